"""What a sentence about invented or unfinished numbers says first."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec

from inklusion.blocks import Block, Gap, paragraphs
from inklusion.disclosure.release import DRAFT, Released
from inklusion.provenance import SYNTHETIC

P = ParamSpec("P")
_LEAD = "Syntetiske data: "


def marked(write: Callable[P, Block | Gap]) -> Callable[P, Block | Gap]:
    """Sentences about a synthetic table, or one that was made interactively, begin by saying so, once a block."""

    @wraps(write)
    def written(*args: P.args, **kwargs: P.kwargs) -> Block | Gap:
        block = write(*args, **kwargs)
        if isinstance(block, Gap):
            return block
        tables = [value for value in (*args, *kwargs.values()) if isinstance(value, Released)]
        html = block.html
        if any(table.edition == SYNTHETIC for table in tables) and _LEAD not in html:
            html = f"<p>{_LEAD}{html[3:]}" if html.startswith("<p>") else f"<p>{_LEAD.strip()}</p>\n{html}"
        if all(table.publishable for table in tables):
            return replace(block, html=html)
        return replace(block, html=f"{paragraphs(DRAFT.capitalize() + '.')}\n{html}", draft=True)

    return written
