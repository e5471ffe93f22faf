"""All reports of four municipalities read by rules, and by axe-core in headless Chromium."""

import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
BROWSER = os.environ.get("INKLUSION_CHROMIUM", BROWSER)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


class Outline(HTMLParser):
    """Headings, images, tables and the document's language in reading order."""

    def __init__(self):
        super().__init__()
        self.levels, self.alts, self.tables, self.language = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "html":
            self.language = values.get("lang")
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "img":
            self.alts.append(values.get("alt"))
        if tag == "table":
            self.tables.append({"caption": 0, "col": 0, "row": 0, "bare": 0})
        if tag == "caption":
            self.tables[-1]["caption"] += 1
        if tag == "th":
            self.tables[-1][values.get("scope", "bare")] += 1


@pytest.fixture(scope="session")
def pages(finished):
    folder, _ = finished
    found = sorted((folder / "reports").rglob("*.html"))
    assert len(found) == 6 + 5 + 4 + 6 + 2 + 1
    return found


def own_home(folder):
    """The browser writes its settings into the test's folder, not into the user's."""
    return {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}


def outline(path):
    reader = Outline()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def test_language_headings_images_and_tables_of_every_page(pages):
    for path in pages:
        found = outline(path)
        where = f"{path.parent.name}/{path.name}"
        assert found.language == "da", where
        assert found.levels.count(1) == 1, where
        assert found.levels[0] == 1, where
        assert all(b - a <= 1 for a, b in zip(found.levels, found.levels[1:], strict=False)), f"{where}: {found.levels}"
        for table in found.tables:
            assert table["caption"] == 1, where
            assert table["col"] >= 2, where
            assert table["bare"] == 0, where


def test_every_image_states_its_finding(pages):
    alts = [alt for path in pages for alt in outline(path).alts]
    assert len(alts) >= 6
    for alt in alts:
        assert alt
        assert len(alt.split()) >= 12
        assert re.search(r"\d", alt) or "Blandt de" in alt
        assert "No description" not in alt


def test_titles_differ_between_pages(pages):
    titles = [re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"))[1] for path in pages]
    assert len(set(titles)) == len(titles)


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: axe-core was NOT run")
def test_axe_core_finds_nothing_on_any_page(pages, tmp_path):
    import axe_playwright_python
    from playwright.sync_api import sync_playwright

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    findings = []
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"], env=own_home(tmp_path))
        page = browser.new_page()
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        for path in pages:
            page.goto(path.as_uri())
            page.evaluate(axe)
            result = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
            assert result["passes"], "axe-core checked nothing"
            findings += [
                f"{path.name}: {v['impact']} {v['id']}: {v['nodes'][0]['target']}" for v in result["violations"]
            ]
        outside = [url for url in requests if not url.startswith(("file:", "data:"))]
        browser.close()
    assert findings == []
    assert outside == []


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: the search box was NOT tried")
def test_the_index_finds_a_municipality_by_name(pages, tmp_path):
    from playwright.sync_api import sync_playwright

    index = next(path for path in pages if path.name == "index.html")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"], env=own_home(tmp_path))
        page = browser.new_page()
        page.goto(index.as_uri())
        assert page.locator("#rows tr:visible").count() == 98
        page.fill("#find", "høje taa")
        assert page.locator("#rows tr:visible th").all_inner_texts() == ["Høje-Taastrup"]
        assert page.inner_text("#found") == "1 kommuner"
        browser.close()
