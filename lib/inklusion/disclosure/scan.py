"""The scan of a finished page: every number in its text, its attributes and its CSV files must have been released."""

import ast
import csv
import io
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html.parser import HTMLParser
from importlib import resources

import pandas as pd

from inklusion.errors import DisclosureError
from inklusion.municipalities import COUNTRY, name_of

Row = tuple[str, ...]
_Between = tuple[str | None, str, str | None]
_KEY = ("municipality", "unit", "period", "definition", "measure", "group")
_COUNTS = ("numerator", "denominator")
_VALUES = ("estimate", "lower", "upper")
_KEYS_SHOWN = ("municipality", "unit", "period", "group")  # "0-10 pct." is also shown as "0 til 10 pct."
_TEXTS = ("method", "note", "source", "reason")
_ADDED = ("municipality_name", "data", "publication")  # columns that a CSV file has beside the released ones
_COUNTED = ("municipality", "unit", "group")
_COUNTABLE = re.compile(
    r"(kommune|distrikt|skoledistrikt|skole|gruppe|tiendedel|opgørelse|indikator)(r|er|e)?|spørgsmål|definition(er)?|(risiko)?faktor(er)?|kategori(er)?"
)
_MOST_COUNTED, _ENOUGH = 98, 100
_INLINE = re.compile("a|abbr|b|br|cite|code|em|i|mark|q|small|span|strong|sub|sup|u|wbr").fullmatch
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr").fullmatch
_LAYOUT = re.compile("charset|class|colspan|lang|media|rel|role|rowspan|scope|tabindex|type").fullmatch
_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")
_TOKEN = re.compile(r"(−?)(\w+(?:[.,]\d+)*)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_FOOT = re.compile(r"\d[\d.]* tal er skjult på denne side|\d+\.\d+\.\d+\+[0-9a-f]{12}|[0-9a-f]{16}")
_NUMBERED = re.compile(r"(?<=[:;] )(\d+)(?= er )")  # "Båndene: 1 er 0 til 10 pct.; 2 er …"
_NEUTRALISED = re.compile(r"'\s*[=+\-@＝＋－＠]")
_OWN_SENTENCES = ("figures", "narrative", "tables")
_GAP = "_"
_PARAGRAPHS = re.compile(r"\n\s*\n|\n(?=[#|*-])")


@dataclass(frozen=True)
class _Piece:
    """One element's text or attribute; ``files`` are the CSV files offered right below a table or a figure."""

    place: str
    text: str
    shows: bool
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Proof:
    """What certain rows allow: printed numbers, words of their keys, wording of their texts, counts of what is there."""

    numbers: frozenset[str]
    words: frozenset[str]
    wording: frozenset[_Between]
    counts: frozenset[int]


class Scan:
    """What the released tables of an edition allow a page to show. Made once, used for every page of the edition.

    Parameters
    ----------
    tables
        All released tables of the edition.
    texts
        Fixed wording and provenance: a number that stands there may stand on a page between the same words.
    """

    def __init__(self, tables: Iterable[pd.DataFrame], texts: Iterable[str] = ()) -> None:
        self._columns: tuple[str, ...] = ()
        self._rows: set[Row] = set()
        self._own: dict[str, list[Row]] = defaultdict(list)
        for table in tables:
            header, *rows = csv.reader(io.StringIO(table.to_csv(index=False, float_format="%.10g")))
            if self._columns and tuple(header) != self._columns:
                raise DisclosureError("Released tables have the same columns in the same order; these have not.")
            self._columns = tuple(header)
            self._rows.update(map(tuple, rows))
            for row in rows:
                self._own[row[header.index("municipality")]].append(tuple(row))
        self._place = {name: position for position, name in enumerate(self._columns)}
        self._municipalities = self._counts([row for rows in self._own.values() for row in rows], ("municipality",))
        self._texts = _neighbours(texts)

    def unreleased(
        self, html: str, csv: Mapping[str, str], *, municipality: str | None = None, texts: Iterable[str] = ()
    ) -> list[str]:
        """Places of every number that was not released.

        Parameters
        ----------
        html
            The finished page.
        csv
            Its CSV files by name.
        municipality
            Whose page it is: only its own rows, the country's, and those in the page's CSV files prove a number.
            Without it all rows of the edition do.
        texts
            Wording and provenance of this page alone.

        Returns
        -------
        list of str
            Element or file with column, a colon, and the number as it stands there.

        Notes
        -----
        A number in a table or a figure must stand in the CSV file offered below it; where none is offered, and in
        sentences, in any row that the page may use. The forms are the Danish and the plain one with the row's own
        decimals, without sign or with the right one. How many municipalities a measure has may stand on every page.
        Drawings (``data:`` addresses) and style sheets are not read, nor numbers written as words. The count of hidden
        numbers and the fingerprints at the foot of the page stand in no table.
        """
        found: list[str] = []
        files = {name: self._released_rows(name, text, found) for name, text in csv.items()}
        chosen = (municipality, COUNTRY) if municipality else tuple(self._own)
        own = self._proof([row for code in dict.fromkeys(chosen) for row in self._own.get(code, [])])
        parts = {name: self._proof(rows) for name, rows in files.items()}
        wording = self._texts | _neighbours([*texts, *csv])
        for piece in _pieces(html):
            offered = [parts[name] for name in piece.files if name in parts] if piece.shows else []
            proofs = offered or [own, *parts.values()]
            text = _FOOT.sub("", piece.text) if piece.place == "dd" else piece.text
            found += [f"{piece.place}: {number}" for number in _unproven(text, proofs, wording)]
        return found

    def _released_rows(self, name: str, text: str, found: list[str]) -> list[Row]:
        """The released rows of a CSV file; whatever else stands in it goes to ``found``."""
        header, *lines = list(csv.reader(io.StringIO(text))) or [[]]
        missing = [column for column in self._columns if column not in header]
        unknown = [column for column in header if column not in (*self._columns, *_ADDED)]
        if missing or unknown:
            found.append(f"{name}, columns: {', '.join(missing + unknown)}")
            return []
        order = [header.index(column) for column in self._columns]
        rows = []
        for line in lines:
            row: Row = tuple(_as_released(line[place]) for place in order) if len(line) == len(header) else ()
            if row in self._rows:
                rows.append(row)
                found += self._added(name, dict(zip(header, line, strict=True)))
            elif len(found) < _ENOUGH:
                found += self._differences(name, row)
        return rows

    @staticmethod
    def _added(name: str, cells: dict[str, str]) -> list[str]:
        """Numbers in the columns beside the released ones: none but those in the municipality's name."""
        named = {"", name_of(cells["municipality"])}
        added = {column: cells.get(column, "") for column in _ADDED}
        return [
            f"{name}, column {column}: {text}"
            for column, text in added.items()
            if _has_digit(text) and text not in named
        ]

    def _differences(self, name: str, row: Row) -> list[str]:
        """The columns in which a row is not the released one with the same key."""
        key = [self._place[column] for column in _KEY]
        same = [known for known in self._rows if row and all(known[place] == row[place] for place in key)]
        if not same:
            return [f"{name}, whole row: {', '.join(row[place] for place in key if row and row[place])}"]
        nearest = max(same, key=lambda known: sum(map(str.__eq__, known, row)))
        return [
            f"{name}, column {column}: {row[place] or 'empty'}"
            for column, place in self._place.items()
            if row[place] != nearest[place]
        ]

    def _proof(self, rows: list[Row]) -> _Proof:
        numbers: set[str] = set()
        for row in rows:
            for column in (*_COUNTS, *_VALUES):
                decimals = 0 if column in _COUNTS else int(row[self._place["decimals"]])
                numbers |= _printed(row[self._place[column]], decimals)
        keys, texts = ({row[self._place[name]] for name in names for row in rows} for names in (_KEYS_SHOWN, _TEXTS))
        words = {word for key in keys for _, word in _tokens(key)}
        return _Proof(
            frozenset(numbers),
            frozenset(words),
            _neighbours(texts),
            frozenset(self._counts(rows, _COUNTED) | self._municipalities),
        )

    def _counts(self, rows: list[Row], counted: Sequence[str]) -> set[int]:
        """How many municipalities, units, groups and rows each measure has, altogether and by status and note."""
        members: dict[Row, list[Row]] = defaultdict(list)
        by = [self._place[column] for column in ("definition", "measure", "period")]
        status, note = self._place["status"], self._place["note"]
        for row in rows:
            measure = tuple(row[place] for place in by)
            for about in (measure, (*measure, row[status]), (*measure, row[status], row[note])):
                members[about].append(row)
        found = {len(part) for part in members.values()} if counted == _COUNTED else set()
        for place in (self._place[column] for column in counted):
            found |= {len({row[place] for row in part} - {"", COUNTRY}) for part in members.values()}
        return {count for count in found if count <= _MOST_COUNTED}


def unreleased_numbers(
    html: str, csv: Mapping[str, str], tables: Iterable[pd.DataFrame], texts: Iterable[str]
) -> list[str]:
    """Places of every number of a page that stands neither in a released table nor in its fixed wording.

    See :meth:`Scan.unreleased`; for many pages of one edition, make one ``Scan``.
    """
    return Scan(tables, texts).unreleased(html, csv)


@cache
def library_wording() -> tuple[str, ...]:
    """What the library's own sentences, captions, definitions and templates say whatever the data are."""
    folder = resources.files("inklusion")
    found: list[str] = []
    for name in ("definitions.toml", "gaps.toml"):
        found += _strings(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")))
    template = re.sub(r"\{[{%].*?[%}]\}", f" {_GAP} ", folder.joinpath("report", "page.html.j2").read_text("utf-8"))
    found += [piece.text for piece in _pieces(template)]
    sources = [folder.joinpath("prose.py"), folder.joinpath("report", "page.py")]
    for room in _OWN_SENTENCES:
        sources += [file for file in folder.joinpath(room).iterdir() if file.name.endswith(".py")]
    for source in sources:
        found += _sentences(ast.parse(source.read_text(encoding="utf-8")))
    return tuple(found)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _strings(part)
    elif isinstance(value, str):
        yield value


def _sentences(tree: ast.AST) -> Iterator[str]:
    """Texts of a module, docstrings left out. What an f-string fills in is a gap: no word is known to stand there."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = said | {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else _GAP for part in node.values]
            yield " ".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def _as_released(cell: str) -> str:
    """A cell as it was before it was made safe for spreadsheets."""
    return cell[1:] if _NEUTRALISED.match(cell) else cell


@lru_cache(maxsize=100_000)
def _printed(cell: str, decimals: int) -> frozenset[str]:
    """A number as Danish and plain text; without sign, and with it when it is negative."""
    if not cell:
        return frozenset()
    value = float(cell)
    danish = f"{abs(value):,.{decimals}f}".translate({ord(","): ".", ord("."): ","})
    found = frozenset({danish, f"{abs(value):.{decimals}f}"})
    return found | {f"−{text}" for text in found} if value < 0 else found


def _tokens(text: str) -> list[tuple[str, str]]:
    """Words and numbers in order, each with the minus sign before it."""
    return [(sign, token.lower()) for sign, token in _TOKEN.findall(text)]


def _has_digit(token: str) -> bool:
    return any(letter.isnumeric() for letter in token)


def _neighbours(texts: Iterable[str]) -> frozenset[_Between]:
    """Each number of the texts with the words around it; nothing where the text begins, ends or is filled in."""
    found: set[_Between] = set()
    for text in texts:
        for paragraph in _PARAGRAPHS.split(text):
            words = [None if token == _GAP else token for _, token in _tokens(paragraph)]
            found |= {_between(words, place) for place, word in enumerate(words) if word and _has_digit(word)}
    return frozenset(found)


def _between(words: Sequence[str | None], place: int) -> _Between:
    """A number with the words around it; a name or fingerprint that holds digits stands for itself."""
    word = words[place] or ""
    if not _NUMBER.fullmatch(word):
        return None, word, None
    return words[place - 1] if place else None, word, words[place + 1] if place + 1 < len(words) else None


def _unproven(text: str, proofs: list[_Proof], wording: frozenset[_Between]) -> Iterator[str]:
    tokens = _tokens(_without_numbering(text))
    words = [token for _, token in tokens]
    for place, (sign, word) in enumerate(tokens):
        if not _has_digit(word):
            continue
        before, _, after = _between(words, place)
        # Wording that begins, ends or is filled in on one side fits on the other side alone.
        half = [(before, word, None)] * bool(before) + [(None, word, after)] * bool(after)
        fits = {(before, word, after), *half}
        if fits & wording or any(fits & proof.wording for proof in proofs):
            continue
        if any(word in proof.words or sign + word in proof.numbers for proof in proofs):
            continue
        near = any(map(_COUNTABLE.fullmatch, words[place + 1 : place + 3]))
        if near and word.isdecimal() and any(int(word) in proof.counts for proof in proofs):
            continue
        yield sign + word


def _without_numbering(text: str) -> str:
    """The text without the numbers 1, 2, 3 … of a list, when they are just that."""
    numbered = _NUMBERED.findall(text)
    in_order = numbered == [str(place) for place, _ in enumerate(numbered, start=1)]
    return _NUMBERED.sub("", text) if in_order else text


def _decoded(address: str) -> str:
    """``h%C3%B8j`` → ``høj``."""
    return _ENCODED.sub(lambda found: bytes.fromhex(found[1].decode()), address.encode()).decode(errors="replace")


def _pieces(html: str) -> list[_Piece]:
    reader = _Reader()
    reader.feed(f"{html}<p>")
    reader.close()
    return reader.pieces


class _Reader(HTMLParser):
    """Splits a page into the texts of its block elements, its attributes and its comments."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[_Piece] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._waiting: list[_Piece] = []
        self._in_download = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if not _INLINE(tag):
            self.finish()
            self._in_download = tag == "p" and named.get("class") == "download"
        if not _VOID(tag):
            self._open.append(tag)
        for name, value in attrs:
            if value and not _LAYOUT(name) and not (name == "src" and value.startswith("data:")):
                self._add(
                    "alt text" if name == "alt" else name, _decoded(value) if name in {"href", "id"} else value, tag
                )
        target = named.get("href") or ""
        if self._in_download and tag == "a" and target not in (self._waiting[0].files if self._waiting else []):
            for piece in self._waiting:
                piece.files.append(target)

    def handle_endtag(self, tag: str) -> None:
        if not _INLINE(tag):
            self.finish()
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "p" and self._in_download:
            self._in_download = False
            self._waiting = []

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self._add("comment", data, "")

    def handle_decl(self, decl: str) -> None:
        self._add("declaration", decl, "")

    def finish(self) -> None:
        """The text so far is one piece."""
        text, self._text = "".join(self._text), []
        blocks = [tag for tag in self._open if not _INLINE(tag)]
        self._add(blocks[-1] if blocks else "text", text, "")

    def _add(self, place: str, text: str, tag: str) -> None:
        if not _has_digit(text):
            return
        shows = bool({"table", "figure"} & {*self._open, tag})
        self.pieces.append(_Piece(place, text, shows))
        if shows:
            self._waiting.append(self.pieces[-1])
