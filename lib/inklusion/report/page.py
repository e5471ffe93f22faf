"""One executed notebook as one accessible page, with the released CSV files beside it."""

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import Any

import nbformat
from jinja2 import Environment, PackageLoader, StrictUndefined
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from inklusion.blocks import CSV_TYPE, DRAFT_TYPE, GAP_TYPE
from inklusion.errors import ReportError

_HEADING = re.compile(r"^(#{1,3}) +(.+)$", re.MULTILINE)
# The fixed sections of every notebook . The first two speak about results and go when there are none.
_ABOUT_RESULTS = ("Metode", "Hvor sikre er vi?")
_AROUND_RESULTS = (
    *_ABOUT_RESULTS,
    "Data",
    "Hvad siden ikke siger",
    "Hvad mangler, og hvem kan svare?",
    "Kilder og gentagelse",
)


@dataclass(frozen=True)
class Page:
    """A finished page: file name, HTML text, and its CSV files by name."""

    name: str
    html: str
    csv: dict[str, str]


@dataclass
class _Section:
    """A heading and what stands under it."""

    title: str
    level: int
    parts: list[str]
    shown: int = 0
    gaps: int = 0

    @property
    def is_result(self) -> bool:
        return self.level == 2 and self.shown > 0 and self.title not in _AROUND_RESULTS

    @property
    def is_only_gaps(self) -> bool:
        return self.gaps > 0 and self.shown == 0


def make_page(
    notebook: nbformat.NotebookNode, name: str, place: str, links: dict[str, str], *, edition: str, wide: bool = False
) -> Page:
    """Turn an executed notebook into a page.

    Parameters
    ----------
    notebook
        Executed without error; code is left out, and so are cells tagged ``notebook-only`` (they speak to whoever
        has the notebook open) and cells tagged for the other kind of edition (``published-only``, ``register-only``).
    name
        The notebook's file name without ending; also the page's.
    place
        Whom the page is about, for title and header.
    links
        Title to file name, for the navigation.
    edition
        A page of the synthetic edition says so at the top.
    wide
        Leave room for tables with many columns.

    Notes
    -----
    A section (second-level heading) whose every output is a gap is left out: no empty figures, no text about
    a figure that is not there. When no result section is left, the sections on method and certainty go too.
    What is missing stands in the page's own section about it.

    Raises
    ------
    ReportError
        When the notebook has not exactly one first-level heading, or an output that no reader should see.
    """
    left_out = {"notebook-only", "register-only" if edition == "published" else "published-only"}
    csv: dict[str, str] = {}
    sections = [_Section("", 0, [])]
    for cell in notebook.cells:
        if left_out & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            _add_markdown(cell.source, sections)
        elif cell.cell_type == "code":
            _add_outputs(cell, sections[-1], csv, prefix=name[:2])
    titles = [section.title for section in sections if section.level == 1]
    if len(titles) != 1:
        raise ReportError(f"{name}: a notebook has one first-level heading, this one has {len(titles)}.")
    has_results = any(section.is_result for section in sections)
    kept = [
        part
        for section in sections
        if not section.is_only_gaps and (has_results or section.title not in _ABOUT_RESULTS)
        for part in section.parts
    ]
    html = _template("page.html.j2").render(
        title=titles[0], place=place, body="\n".join(kept), links=links, wide=wide, current=f"{name}.html",
        edition=edition, css=_css(),
    )  # fmt: skip
    return Page(f"{name}.html", html, csv)


def title_of(notebook: nbformat.NotebookNode) -> str:
    """The first-level heading of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.match(r"# +(.+)", cell.source)):
            return str(found[1])
    raise ReportError("A notebook begins with a first-level heading.")


def render_index(**values: Any) -> str:
    """The edition's index page."""
    return str(_template("index.html.j2").render(css=_css(), **values))


def _add_markdown(source: str, sections: list[_Section]) -> None:
    heading = _HEADING.match(source.strip())
    if heading and len(heading[1]) <= 2:
        sections.append(_Section(heading[2].strip(), len(heading[1]), []))
    sections[-1].parts.append(_markdown(source))


def _markdown(source: str) -> str:
    html = str(markdown2html_mistune(source))
    html = re.sub(r'<a class="anchor-link".*?</a>', "", html)
    return html.strip()


def _add_outputs(cell: Any, section: _Section, csv: dict[str, str], *, prefix: str) -> None:
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type not in {"display_data", "execute_result"} or "text/html" not in data:
            raise ReportError(
                f"Cell {cell.get('id', '?')} has an output of type '{output.output_type}' that no page can show. "
                "Cells show figures, tables or sentences of the library, nothing else."
            )
        if DRAFT_TYPE in data:
            raise ReportError(
                f"Cell {cell.get('id', '?')} shows a table that was made interactively: not for publication."
            )
        if GAP_TYPE in data:
            section.gaps += 1
            continue
        section.shown += 1
        files = {f"{prefix}_{name}.csv": text for name, text in data.get(CSV_TYPE, {}).items()}
        csv.update(files)
        section.parts.append(data["text/html"] + _downloads(list(files)))


def _downloads(names: list[str]) -> str:
    links = "".join(
        f'<a href="{escape(name, quote=True)}" download>Tallene som CSV: {escape(name)}</a> ' for name in names
    )
    return f'\n<p class="download">{links.strip()}</p>' if links else ""


@cache
def _template(name: str) -> Any:
    loader = PackageLoader("inklusion.report", ".")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(name)


@cache
def _css() -> str:
    return resources.files("inklusion.report").joinpath("style.css").read_text(encoding="utf-8")
