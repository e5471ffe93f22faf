"""What a notebook reads: the released tables of an edition, seen from one municipality."""

import warnings

from inklusion.disclosure.release import Document, Released
from inklusion.editions import data, registered
from inklusion.editions.released import build, inputs, places, quarantined, released, rule_of, shown_as
from inklusion.errors import ComparabilityWarning, MunicipalityError
from inklusion.municipalities import COUNTRY, COUNTRY_NAME, Municipality, municipality
from inklusion.processed import library_hash
from inklusion.provenance import SYNTHETIC, Provenance, Source
from inklusion.sources import manifest

# Citation, licence, period, retrieved and note of a register edition's files.
_ABOUT = {
    "synthetic": ("Syntetisk register, dannet af programmet. Ingen personer findes", "MIT", "", "", ""),
    "own": ("Eget register; indholdet forlader ikke maskinen", "Fortroligt", "", "", ""),
}


class View:
    """Released tables for one municipality, or for the whole edition; remembers which were used.

    Examples
    --------
    ``open_view("Ballerup").own("segregation")`` holds Ballerup's rows and the country's.
    """

    def __init__(self, place: Municipality, edition: str) -> None:
        self.place = place
        self.edition = edition
        self._key = build(edition)
        self._used: list[Released] = []
        self._read: set[str] = set()

    def own(self, name: str, **chosen: str | list[str]) -> Released:
        """The municipality's rows and those of the country and pooled groups; ``chosen`` narrows further."""
        return self._note(released(name, self.edition).for_municipality(self.place.code).where(**chosen))

    def everyone(self, name: str, **chosen: str | list[str]) -> Released:
        """The rows of all municipalities, for a comparison; every row is labelled with its municipality."""
        return self._note(released(name, self.edition).where(**chosen))

    def document(self, name: str) -> Document:
        """A table of texts about the sources; it holds no counts of persons."""
        self._read.add(data.DOCUMENTS[name])
        return Document(name, data.document(name))

    def _note(self, table: Released) -> Released:
        self._used.append(table)
        return table

    def provenance(self) -> Provenance:
        """Sources, code and rule behind everything that was read through this view so far."""
        paths = {
            place.split(", linje")[0]
            for table in self._used
            for source in table.table["source"]
            for place in source.split(", ")
        }
        return Provenance(
            municipality=self.place.code,
            municipality_name=self.place.name,
            edition=self.edition,
            is_synthetic=shown_as(self.edition) == SYNTHETIC,
            library=library_hash(),
            key=self._key,
            sources=self._register_files() + tuple(
                Source(file.path, file.sha256, file.citation, file.licence, file.period, file.retrieved, file.note)
                for file in manifest.verify()
                if file.path in paths or file.contract in self._read
            ),
            rule_da=rule_of(self.edition).sentence_da,
            hidden=sum(table.hidden_count for table in self._used),
            left_out=quarantined(self.edition),
        )  # fmt: skip

    def _register_files(self) -> tuple[Source, ...]:
        """The files of a register edition; their hashes are recorded, their contents stay where they are."""
        if not registered.is_registered(self.edition):
            return ()
        return tuple(Source(path, digest, *_ABOUT[self.edition]) for path, digest in inputs(self.edition).items())


def open_view(place: str, edition: str = "published") -> View:
    """Check both parameters of a notebook and open its view.

    Raises
    ------
    MunicipalityError
        In Danish, for an unknown municipality, and for one whose own data break a rule.
    """
    warnings.simplefilter("ignore", ComparabilityWarning)  # it stands visibly in the caption it belongs to
    chosen = municipality(place)
    require_place(chosen, edition)
    view = View(chosen, edition)
    reason = quarantined(edition).get(view.place.code)
    if reason:
        raise MunicipalityError(
            f"{view.place.name} kan ikke få en rapport: kommunens egne data bryder en regel. {reason} "
            "Ret leveringen, og læg den ind under en ny dato med egen linje i manifestet."
        )
    return view


def require_place(place: Municipality, edition: str) -> None:
    """Refuse a municipality that the edition does not have: invented and real places never mix.

    Raises
    ------
    MunicipalityError
        In Danish, naming the edition.
    """
    known = places(edition)
    if place not in known:
        examples = f"{known[0].name} ({known[0].code})"
        raise MunicipalityError(
            f"{place.name} ({place.code}) findes ikke i udgaven '{edition}', som har {len(known)} kommuner, for eksempel "
            f"{examples}. Vælg en af dem, eller en anden udgave."
        )


def open_edition(edition: str = "published") -> View:
    """The view of the whole edition, for the notebooks that run once."""
    return View(Municipality(COUNTRY, COUNTRY_NAME), edition)
