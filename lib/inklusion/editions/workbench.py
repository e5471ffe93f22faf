"""The researcher's workbench: try a choice, see what it does, keep it for the edition. Nothing here is published."""

from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd

from inklusion.analyses.expected import UNCLEAR, adjusted, standing, verdicts
from inklusion.analyses.model_card import CARD, quality, tenths
from inklusion.analyses.printed import estimates
from inklusion.analyses.risk import WITH_PRACTICE, Risk, fit_risk
from inklusion.blocks import Block, Gap, paragraphs
from inklusion.contracts.register import OUTCOMES, Register
from inklusion.disclosure.release import Document, Released, release_interactive
from inklusion.disclosure.rule import REGISTER
from inklusion.editions.registered import open_register
from inklusion.errors import ParameterError
from inklusion.models.specification import Specification, read_specification
from inklusion.municipalities import COUNTRY
from inklusion.project import settings_folder

PLACED = OUTCOMES[0]
_FILE = "risk_model.toml"


class Workbench:
    """A register, a sample of it, and the choices that were tried on the sample.

    Every table it returns passed the interactive rule (small cells hidden) and is marked as not for publication.

    Parameters
    ----------
    edition
        A register edition: ``synthetic`` or ``own``.
    sample
        Part of the families that is used, 0-1; 1 is everybody. Whole families, so that siblings stay together.
    """

    def __init__(self, edition: str, *, sample: float = 1.0) -> None:
        if not 0 < sample <= 1:
            raise ParameterError(f"sample er {sample:g}; det skal være over 0 og højst 1 (hele registret).")
        self._edition = edition
        self._register = _sampled(open_register(edition), sample)
        self._tried: dict[str, tuple[Specification, Risk]] = {}
        self.settings = read_specification(settings_folder() / _FILE)

    def __repr__(self) -> str:
        return (
            f"Workbench({self._edition}, {len(self._register.pupils)} rows, tried: {', '.join(self._tried) or 'none'})"
        )

    def covariates(self) -> Document:
        """The covariates of the register, from its dictionary; no counts."""
        return Document("covariates", self._register.dictionary)

    def try_out(self, name: str, **choices: object) -> Released:
        """Fit the edition's settings with some of them changed; returns what the fit is worth.

        Parameters
        ----------
        name
            What to call the choice in tables.
        choices
            Fields of :class:`~inklusion.models.specification.Specification`, such as ``penalty=0.1`` or
            ``models=("boosting",)`` or ``left_out=("autism_diagnosis",)``.
        """
        specification = replace(self.settings, **choices)  # type: ignore[arg-type]
        risk = fit_risk(self._register, specification, source=_FILE, outcomes=(PLACED,), variants=(WITH_PRACTICE,))
        self._tried[name] = specification, risk
        return self._released(quality(risk.fits[PLACED, WITH_PRACTICE], name), risk)

    def compare(self) -> Released:
        """Log loss, AUC and calibration of everything tried, and how many verdicts differ from the first's."""
        rows = []
        first = self._verdicts(next(iter(self._tried)))
        for name, (_, risk) in self._tried.items():
            own = self._verdicts(name)
            counts = {
                "verdicts_clear": int((own != UNCLEAR).sum()),
                "verdicts_changed": int((own != first.reindex(own.index)).sum()),
            }
            rows += quality(risk.fits[PLACED, WITH_PRACTICE], name)
            rows += [
                {"measure": measure, "group": name, "estimate": count, "decimals": 0, "method": "talt"}
                for measure, count in counts.items()
            ]
        return self._released(rows, risk)

    def calibration(self, name: str) -> Released:
        """Predicted and observed in tenths of pupils, for one choice."""
        risk = self._tried[name][1]
        return self._released(tenths(risk.fits[PLACED, WITH_PRACTICE]), risk)

    def keep(self, name: str) -> Block | Gap:
        """Make a choice the settings of the edition from now on; an empty name keeps what stands."""
        if not name:
            return Gap("Intet valg er gemt. Skriv valgets navn i parameteren keep, når udgaven skal bruge det.")
        if name not in self._tried:
            raise ParameterError(f"'{name}' er ikke prøvet. Prøvet er: {', '.join(self._tried)}.")
        text = self._tried[name][0].to_toml()
        target = settings_folder() / _FILE
        part = target.with_suffix(".part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
        saved = f"Valget »{name}« er gemt i settings/{_FILE}. Næste kørsel af udgaven bruger det."
        return Block(paragraphs(saved) + f"<pre>{escape(text)}</pre>", draft=True)

    def _verdicts(self, name: str) -> pd.Series:
        risk = self._tried[name][1]
        places, *_ = standing(risk, risk.fits[PLACED, WITH_PRACTICE], np.ones(len(risk.latest), dtype=bool))
        found = verdicts(places, adjusted(places["p_value"].to_numpy(), "holm"))
        return pd.Series(found, index=places["municipality"])

    def _released(self, rows: list[dict[str, object]], risk: Risk) -> Released:
        label, (kind, _) = list(risk.periods.items())[-1]
        shared = {"municipality": COUNTRY, "definition": CARD, "period": label, "period_type": kind, "source": _FILE}
        return release_interactive(estimates([{**shared, **row} for row in rows]), self._edition, REGISTER)


def _sampled(register: Register, share: float) -> Register:
    """Whole families, chosen by a fixed rule of their number; the same share gives the same sample."""
    if share == 1:
        return register
    family = register.pupils["family"].to_numpy(dtype=np.uint64)
    spread = (family * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(11)
    kept = spread < share * 2**53
    return replace(
        register,
        pupils=register.pupils[kept].reset_index(drop=True),
        covariates=register.covariates[kept].reset_index(drop=True),
    )
