# Every target is a thin call of `python -m inklusion …`; on Windows use the same words (see README).
.DEFAULT_GOAL := help
.PHONY: help environment lock verify data register-check wheelhouse lab report reports publish check test dictionary strip clean

SYSTEM_PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTHON := .venv/bin/python
READY := .venv/ready
EDITION ?= published

help: ## denne liste
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

$(READY): requirements.lock pyproject.toml
	@"$(SYSTEM_PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 eller nyere er nødvendig")'
	"$(SYSTEM_PYTHON)" -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

environment: $(READY) ## opret .venv med de låste versioner

verify: $(READY) ## kontrollér rådata mod manifestet
	@$(PYTHON) -m inklusion verify

data: $(READY) ## byg data/processed for en udgave (published, synthetic, own)
	@$(PYTHON) -m inklusion data --edition $(EDITION)

register-check: $(READY) ## læs registret i data/own, eller sig, hvilken række der er forkert
	@$(PYTHON) -m inklusion register-check

wheelhouse: $(READY) ## hent de låste pakker til en lukket maskine: make wheelhouse PLATFORM=windows
	@$(PYTHON) -m inklusion wheelhouse $(if $(PLATFORM),--platform $(PLATFORM))

lab: $(READY) ## åbn JupyterLab på notesbøgerne
	@$(PYTHON) -m inklusion lab

report: $(READY) ## rapporten for én kommune: make report MUNICIPALITY=Ballerup
	@$(PYTHON) -m inklusion report --municipality "$(MUNICIPALITY)" --edition $(EDITION)

reports: $(READY) ## rapporter for alle kommuner og en forside: make reports EDITION=synthetic
	@$(PYTHON) -m inklusion reports --edition $(EDITION)

publish: $(READY) ## skriv ned, hvad en udgave har vist: make publish EDITION=own
	@$(PYTHON) -m inklusion publish --edition $(EDITION)

check: $(READY) ## format, typer, lag og notesbogsregler
	@$(PYTHON) -m inklusion check

test: $(READY) ## alle test
	@$(PYTHON) -m inklusion test

dictionary: $(READY) ## skriv data/DICTIONARY.md
	@$(PYTHON) -m inklusion dictionary

strip: $(READY) ## fjern output fra notesbøgerne
	@$(PYTHON) -m inklusion strip

lock: $(READY) ## skriv requirements.lock igen fra pyproject.toml
	@$(PYTHON) -m inklusion lock

clean: $(READY) ## slet data, rapporter og log, der kan bygges igen
	@$(PYTHON) -m inklusion clean
