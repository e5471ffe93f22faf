import hashlib

import pytest

from inklusion.errors import InklusionError, ManifestError
from inklusion.project import root
from inklusion.sources import manifest

FIELDS = ("publisher", "title", "url", "retrieved", "period", "licence", "citation", "access", "contract", "note")
CONTENT = b"kommune,antal\n151,12\n"


def entry(path="x/2026-01-01/a.csv", content=CONTENT, **changes):
    fixed = {"path": path, "sha256": hashlib.sha256(content).hexdigest()}
    values = {**fixed, **{name: name for name in FIELDS}, "access": "public", **changes}
    lines = [f'{name} = "{value}"' for name, value in values.items() if value is not None]
    return "\n".join(["[[file]]", f"bytes = {len(content)}", *lines, ""])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project with one raw file that its manifest accounts for."""
    raw = tmp_path / "data/raw"
    (raw / "x/2026-01-01").mkdir(parents=True)
    (raw / "x/2026-01-01/a.csv").write_bytes(CONTENT)
    (raw / "manifest.toml").write_text(entry(), encoding="utf-8")
    monkeypatch.setenv("INKLUSION_PROJECT", str(tmp_path))
    return raw


def refused():
    with pytest.raises(ManifestError) as caught:
        manifest.verify()
    return str(caught.value)


def test_a_listed_and_unchanged_file_passes_with_its_entry(project):
    (file,) = manifest.verify()
    assert (file.path, file.name, file.bytes) == ("x/2026-01-01/a.csv", "a.csv", len(CONTENT))
    assert file.licence == "licence"


def test_a_file_without_entry_stops_and_is_named(project):
    (project / "x/2026-01-01/b.csv").write_bytes(b"1")
    (project / "x/hidden").write_bytes(b"1")
    message = refused()
    assert "data/raw/x/2026-01-01/b.csv" in message and "2 such files" in message


def test_an_entry_without_file_stops_and_is_named(project):
    (project / "x/2026-01-01/a.csv").unlink()
    assert "data/raw/x/2026-01-01/a.csv: listed" in refused()


@pytest.mark.parametrize("content", [CONTENT.replace(b"12", b"13"), CONTENT[:-1], CONTENT + b"\n", b""])
def test_one_changed_byte_stops_and_the_message_says_what_to_do(project, content):
    (project / "x/2026-01-01/a.csv").write_bytes(content)
    message = refused()
    assert "data/raw/x/2026-01-01/a.csv" in message and hashlib.sha256(CONTENT).hexdigest()[:12] in message
    assert "new delivery under a new date" in message


@pytest.mark.parametrize("name", ["sha256", *FIELDS])
def test_an_entry_that_lacks_a_field_stops_and_names_it(project, name):
    (project / "manifest.toml").write_text(entry(**{name: None}), encoding="utf-8")
    message = refused()
    assert "entry 1 (x/2026-01-01/a.csv)" in message and f"missing fields ['{name}']" in message


def test_an_entry_with_an_unknown_field_stops_and_names_it(project):
    (project / "manifest.toml").write_text(entry(license="MIT"), encoding="utf-8")
    assert "unknown fields ['license']" in refused()


def test_the_number_of_the_broken_entry_is_told(project):
    (project / "manifest.toml").write_text(entry() + entry("y/b.csv", note=None), encoding="utf-8")
    assert "entry 2 (y/b.csv)" in refused()


@pytest.mark.parametrize("text", ["[[file", "", "title = 'no file'\n", "[[file]]\npath = x\n"])
def test_a_manifest_that_cannot_be_read_stops(project, text):
    (project / "manifest.toml").write_text(text, encoding="utf-8")
    assert "data/raw/manifest.toml" in refused()


def test_a_manifest_in_another_encoding_stops(project):
    (project / "manifest.toml").write_bytes(entry(title="Børn").encode("latin-1"))
    assert "cannot be read" in refused()


@pytest.mark.parametrize("text", ["file = 5\n", "[file]\npath = 'a'\n"])
def test_a_manifest_whose_file_entries_are_no_list_stops_with_a_message(project, text):
    (project / "manifest.toml").write_text(text, encoding="utf-8")
    refused()


def test_without_a_manifest_there_is_no_project(tmp_path, monkeypatch):
    monkeypatch.setenv("INKLUSION_PROJECT", str(tmp_path))
    with pytest.raises(InklusionError, match="INKLUSION_PROJECT"):
        root()


def test_a_wrong_number_of_bytes_stops(project):
    text = entry().replace(f"bytes = {len(CONTENT)}", "bytes = 1")
    (project / "manifest.toml").write_text(text, encoding="utf-8")
    assert f"{len(CONTENT)} bytes, the manifest says 1" in refused()


def test_a_hash_in_capitals_is_the_same_hash(project):
    digest = hashlib.sha256(CONTENT).hexdigest()
    (project / "manifest.toml").write_text(entry().replace(digest, digest.upper()), encoding="utf-8")
    assert len(manifest.verify()) == 1


def test_a_file_that_is_listed_twice_stops(project):
    (project / "manifest.toml").write_text(entry() + entry(), encoding="utf-8")
    assert "twice" in refused()


def test_a_restricted_delivery_stops(project):
    (project / "manifest.toml").write_text(entry(access="restricted"), encoding="utf-8")
    assert "Restricted deliveries live outside" in refused()
