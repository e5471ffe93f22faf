"""The command line: parses, calls, exits."""

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from inklusion.danish import date
from inklusion.errors import InklusionError
from inklusion.municipalities import municipality
from inklusion.project import contain, root


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 a report failed, 2 nothing was started."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        return _COMMANDS[chosen.command](chosen)
    except InklusionError as problem:
        print(problem, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inklusion", description="Åbne rapporter om segregering og trivsel")
    commands = parser.add_subparsers(dest="command", metavar="kommando")
    words = {
        "verify": "kontrollér rådata mod manifestet",
        "data": "byg data/processed fra data/raw",
        "register-check": "læs registret i data/own, og sig, hvad der er læst, eller hvilken række der er forkert",
        "wheelhouse": "hent de låste pakker til en lukket maskine uden internet",
        "publish": "skriv ned, hvad en udgave har vist, så senere udgaver ikke røber det, den skjulte",
        "lock-plan": "lås en plan for en evaluering, før udfaldene bliver set",
        "lab": "åbn JupyterLab på notesbøgerne",
        "check": "format, typer, lag og notesbogsregler",
        "test": "kør alle test",
        "dictionary": "skriv data/DICTIONARY.md fra kolonnebeskrivelserne",
        "strip": "fjern output fra notesbøgerne",
        "lock": "skriv requirements.lock igen fra pyproject.toml",
        "clean": "slet data, rapporter og log, der kan bygges igen",
    }
    for name, text in words.items():
        commands.add_parser(name, help=text, allow_abbrev=False)
    commands.choices["data"].add_argument("--force", action="store_true", help="byg igen, selv om intet er ændret")
    wheels = commands.choices["wheelhouse"]
    wheels.add_argument("--platform", choices=("windows", "linux"), help="den lukkede maskine, hvis den er en anden")
    commands.choices["lock-plan"].add_argument("plan", type=Path, help="planens fil, for eksempel plans/musik.toml")
    one = commands.add_parser("report", allow_abbrev=False, help="lav rapporten for én kommune")
    one.add_argument("--municipality", required=True, help="navn eller nummer, for eksempel Ballerup eller 151")
    many = commands.add_parser("reports", allow_abbrev=False, help="lav rapporter for alle 98 kommuner")
    for command in (one, many, commands.choices["data"], commands.choices["publish"]):
        command.add_argument("--edition", default="published", help="udgave: published, synthetic eller own")
    for command in (one, many):
        command.add_argument("--workers", type=int, default=None, help="samtidige kørsler, højst én pr. kerne")
        command.add_argument("--timeout", type=int, default=300, help="sekunder, som en celle må bruge")
        command.add_argument("--quiet", action="store_true", help="ingen bjælke")
    return parser


def _verify(_: argparse.Namespace) -> int:
    from inklusion.sources.manifest import verify

    print(f"{len(verify())} filer i data/raw stemmer med manifestet.")
    return 0


def _data(chosen: argparse.Namespace) -> int:
    contain()
    from inklusion.editions.released import build
    from inklusion.recording import set_aside_lines

    print(f"data/processed er ajour. Dataversion {build(chosen.edition, force=chosen.force)}.")
    aside = set_aside_lines(chosen.edition)
    print("\n".join(aside.values()), file=sys.stderr, end="\n" if aside else "")
    return int(bool(aside))


def _reports(chosen: argparse.Namespace) -> int:
    own = [municipality(chosen.municipality)] if chosen.command == "report" else []
    contain()
    from inklusion import batch, recording
    from inklusion.editions.released import places as places_of

    places = own or places_of(chosen.edition)

    jobs = batch.plan(chosen.edition, places, timeout=chosen.timeout)
    outcomes = batch.run_all(jobs, workers=chosen.workers, quiet=chosen.quiet)
    index = recording.record(jobs, outcomes)
    print(recording.summary(chosen.edition, outcomes))
    print(f"Begynd her: {index.relative_to(root()).as_posix()}")
    return int(any(outcome.status != "færdig" for outcome in outcomes))


def _register_check(_: argparse.Namespace) -> int:
    from inklusion.project import own_folder
    from inklusion.register.read import read_with_report
    from inklusion.register.report import summary, survey_summary
    from inklusion.register.surveys import read_surveys

    if (own_folder() / "register.toml").is_file() or not (own_folder() / "surveys.toml").is_file():
        print(summary(*read_with_report(own_folder())))
    print(survey_summary(read_surveys(own_folder())))
    return 0


def _wheelhouse(chosen: argparse.Namespace) -> int:
    from inklusion import wheelhouse

    return wheelhouse.fetch(root(), chosen.platform)


def _publish(chosen: argparse.Namespace) -> int:
    contain()
    from inklusion.editions.released import publish

    print(f"Udgaven er skrevet ned i {publish(chosen.edition).relative_to(root()).as_posix()}.")
    return 0


def _lock_plan(chosen: argparse.Namespace) -> int:
    from inklusion import plans

    found = plans.lock(chosen.plan)
    print(f"{chosen.plan.name} er låst {date(found.locked)}. Læg både plan og lås i git.")
    if found.outcome_existed:
        print(
            f"Udfaldene i {found.plan.outcome_file} forelå allerede, da planen blev låst. Det kommer til at stå på siden."
        )
    return 0


def _lab(_: argparse.Namespace) -> int:
    contain()
    return subprocess.call([sys.executable, "-m", "jupyter", "lab", "notebooks"], cwd=root())


def _check(_: argparse.Namespace) -> int:
    contain()
    steps = (
        ["-m", "ruff", "format", "--check", "lib", "tests"],
        ["-m", "ruff", "check", "lib", "tests"],
        ["-m", "mypy"],
        ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        ["-m", "pytest", "tests/architecture", "tests/notebooks/test_rules.py"],
    )
    codes = [subprocess.call([sys.executable, *step], cwd=root()) for step in steps]  # noqa: S603
    return int(any(codes))


def _test(_: argparse.Namespace) -> int:
    contain()
    side_by_side = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    return subprocess.call([sys.executable, "-m", "pytest", *side_by_side], cwd=root())  # noqa: S603


def _dictionary(_: argparse.Namespace) -> int:
    from inklusion.contracts.dictionary import render

    path = root() / "data" / "DICTIONARY.md"
    path.write_text(render(), encoding="utf-8", newline="\n")
    print(f"{path.relative_to(root()).as_posix()} er skrevet.")
    return 0


def _strip(_: argparse.Namespace) -> int:
    paths = [str(path) for path in sorted((root() / "notebooks").glob("*.ipynb"))]
    keys = "metadata.papermill cell.metadata.papermill cell.metadata.execution metadata.language_info"
    command = [sys.executable, "-m", "nbstripout", "--keep-id", "--extra-keys", keys, *paths]
    return subprocess.call(command)  # noqa: S603


def _lock(_: argparse.Namespace) -> int:
    words = ["--universal", "--generate-hashes", "--no-header", "--all-extras", "-o", "requirements.lock"]
    command = [sys.executable, "-m", "uv", "pip", "compile", *words, "pyproject.toml"]
    return subprocess.call(command, cwd=root(), stdout=subprocess.DEVNULL)  # noqa: S603


def _clean(_: argparse.Namespace) -> int:
    for folder in ("data/processed", "reports", "failed", "log", ".cache"):
        shutil.rmtree(root() / folder, ignore_errors=True)
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "verify": _verify,
    "data": _data,
    "register-check": _register_check,
    "wheelhouse": _wheelhouse,
    "publish": _publish,
    "lock-plan": _lock_plan,
    "lab": _lab,
    "check": _check,
    "test": _test,
    "dictionary": _dictionary,
    "strip": _strip,
    "lock": _lock,
    "clean": _clean,
    "report": _reports,
    "reports": _reports,
}

if __name__ == "__main__":
    sys.exit(main())
