"""What a notebook cell shows: HTML for people, and beside it the released data for the exporter."""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

CSV_TYPE = "application/vnd.inklusion.csv+json"
DRAFT_TYPE = "application/vnd.inklusion.draft+json"
GAP_TYPE = "application/vnd.inklusion.gap+json"


@dataclass(frozen=True)
class Block:
    """A piece of a page. ``csv`` holds the released tables behind it by name; a draft is never published."""

    html: str
    csv: dict[str, str] = field(default_factory=dict)
    draft: bool = False

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        data: dict[str, Any] = {"text/html": self.html}
        data |= {CSV_TYPE: self.csv} if self.csv else {}
        data |= {DRAFT_TYPE: {}} if self.draft else {}
        return data


@dataclass(frozen=True)
class Gap:
    """Nothing to show here, and why. A section that holds only gaps is left out of the report."""

    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": f'<p class="gap">{escape(self.text)}</p>', GAP_TYPE: {"text": self.text}}


def paragraphs(*sentences: str) -> str:
    """Each text as an escaped HTML paragraph; empty ones are left out."""
    return "\n".join(f"<p>{escape(text)}</p>" for text in sentences if text)


def bullets(items: list[str]) -> str:
    """An escaped HTML list."""
    return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"


def html_table(caption: str, columns: list[str], rows: list[list[str]], *, numeric: tuple[int, ...] = ()) -> str:
    """An accessible table: caption, column headers with scope, the first cell of a row as its header."""
    right = ' class="number"'
    head = "".join(
        f'<th scope="col"{right if place in numeric else ""}>{escape(name)}</th>' for place, name in enumerate(columns)
    )
    body = []
    for row in rows:
        first, *rest = row
        cells = "".join(
            f"<td{right if place in numeric else ''}>{_cell(cell)}</td>" for place, cell in enumerate(rest, start=1)
        )
        body.append(f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>')
    return (
        f'<div class="table" role="region" tabindex="0" aria-label="{escape(caption, quote=True)}"><table>\n'
        f"<caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table></div>"
    )


def _cell(text: str) -> str:
    """Escaped, and a long file path may break after its slashes and underscores."""
    html = escape(text)
    return re.sub(r"([/_])(?=\w)", r"\1<wbr>", html) if ".csv" in html else html
