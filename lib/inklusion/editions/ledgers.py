"""What earlier editions have shown: a later one must not give away, together with them, what they hid.

A ledger is written when somebody says that an edition has left the house (``python -m inklusion publish``), and
never removed by a command.
"""

from pathlib import Path

import pandas as pd

from inklusion.disclosure.ledger import ledger
from inklusion.disclosure.release import Released
from inklusion.project import root


def earlier(edition: str) -> list[pd.DataFrame]:
    """The ledgers of the edition, oldest name first."""
    return [pd.read_parquet(path) for path in sorted(_folder(edition).glob("*.parquet"))]


def keep(tables: dict[str, Released], edition: str, key: str) -> Path:
    """Write down what is shown; the same edition again changes nothing."""
    path = _folder(edition) / f"{key}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        ledger(tables).to_parquet(part, index=False)
        part.replace(path)
    return path


def _folder(edition: str) -> Path:
    return root() / "data" / "ledger" / edition
