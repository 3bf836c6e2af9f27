"""The built site as files: every page is there, every link leads somewhere, nothing comes from another host."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

PROJECT = Path(__file__).parents[2]
FROM_ANOTHER_HOST = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
# Each element with the attribute from which a browser loads something by itself. Links to follow are not among them.
LOADED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "input": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "track": "src",
    "video": "src",
}


def local_links(document: BeautifulSoup) -> list[str]:
    """Addresses in the page that stay within the site."""
    found = [element["href"] for element in document.select("a[href], link[href]")]
    found += [element["src"] for element in document.select("[src]")]
    found += [element["action"] for element in document.select("form[action]")]
    return [address for address in found if not urlsplit(address).scheme and not address.startswith("//")]


def test_every_page_of_the_contents_is_there_under_its_own_title(page, documents):
    document = documents.get(Path(f"{page}.html"))
    assert document is not None, f"{page} stands in _toc.yml and was not built"
    heading = document.select_one("article h1").find(string=True).strip()
    assert document.title.string.strip().startswith(heading)


def test_every_link_within_the_site_leads_to_a_file_and_an_anchor(smoke_book, documents):
    anchors = {
        (smoke_book / path).resolve(): {element["id"] for element in document.select("[id]")}
        for path, document in documents.items()
    }
    links = [(path, address) for path, document in documents.items() for address in local_links(document)]
    assert len(links) > 100
    for path, address in links:
        parts = urlsplit(address)
        target = (smoke_book / path.parent / unquote(parts.path) if parts.path else smoke_book / path).resolve()
        assert target.is_file(), f"{path}: {address}"
        assert not parts.fragment or unquote(parts.fragment) in anchors[target], f"{path}: {address}"


def test_links_into_the_repository_name_files_that_exist(documents):
    launched = []
    for path, document in documents.items():
        for link in document.select("a[href*='compactvid/compactvid']"):
            address = urlsplit(link["href"])
            shown = re.search(r"/(?:blob|edit|raw|tree)/main/(.+)", address.path)
            opened = re.search(r"urlpath=(?:lab/)?tree/([^&]+)", address.query)
            for file in [match[1] for match in (shown, opened) if match]:
                assert (PROJECT / unquote(file)).is_file(), f"{path}: {link['href']}"
            if opened:
                launched.append(path)
    assert launched == [path for path in documents if path.parts[0] == "notebooks"]
    # What Binder builds its environment from.
    assert (PROJECT / "environment.yml").is_file()
    assert (PROJECT / "postBuild").is_file()


def test_a_notebook_page_offers_its_script_and_its_executed_notebook(smoke_book, documents):
    pages = [path for path in documents if path.parts[0] == "notebooks"]
    assert pages
    for path in pages:
        offered = {link["href"] for link in documents[path].select(".dropdown-download-buttons a[href]")}
        assert offered == {f"../_sources/notebooks/{path.stem}.py", f"../_sources/notebooks/{path.stem}.ipynb"}
        script = smoke_book / "_sources" / "notebooks" / f"{path.stem}.py"
        # The site lies in _build/html of the project that it was built from.
        assert script.read_bytes() == (smoke_book.parents[1] / "notebooks" / script.name).read_bytes()


def test_no_page_loads_anything_from_another_host(documents):
    for path, document in documents.items():
        for element in document.find_all(list(LOADED)):
            assert not FROM_ANOTHER_HOST.match(element.get(LOADED[element.name], "")), f"{path}: {element}"
            assert not FROM_ANOTHER_HOST.search(element.get("srcset", "")), f"{path}: {element}"
        for script in document.select("script:not([src])"):
            assert not FROM_ANOTHER_HOST.search(script.get_text()), f"{path}: {script}"


def test_no_stylesheet_loads_anything_from_another_host(smoke_book, documents):
    sheets = {path: path.read_text(encoding="utf-8") for path in smoke_book.rglob("*.css")}
    sheets |= {path: "\n".join(style.get_text() for style in page.select("style")) for path, page in documents.items()}
    assert any("cv-verdict" in text for text in sheets.values())
    for path, text in sheets.items():
        for address in re.findall(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""", text):
            assert not FROM_ANOTHER_HOST.match(address), f"{path}: {address}"


def test_pictures_have_a_text_and_pages_a_language_and_unique_ids(documents):
    for path, document in documents.items():
        assert document.html["lang"] == "en", path
        # The mark beside the site's name says nothing that the name does not, so its text is empty.
        silent = [image for image in document.select("img:not(.logo__image)") if not image.get("alt", "").strip()]
        assert not silent, f"{path}: {silent}"
        assert all(image.has_attr("alt") for image in document.select("img")), path
        repeated = [name for name, times in Counter(e["id"] for e in document.select("[id]")).items() if times > 1]
        assert not repeated, f"{path}: {repeated}"


def test_tables_and_figures_of_a_notebook_explain_themselves(documents):
    tables = [(path, table) for path, page in documents.items() for table in page.select(".cv-table table")]
    figures = [(path, figure) for path, page in documents.items() for figure in page.select("figure.cv-figure")]
    assert tables
    assert figures
    for path, table in tables:
        assert table.caption.get_text(strip=True), path
        assert table.select("thead th[scope=col]"), path
    for path, figure in figures:
        assert figure.figcaption.get_text(strip=True), path
        assert figure.select_one("details table"), f"{path}: no table twin"
        assert figure.select_one("details a[download$='.csv'][href]"), f"{path}: no CSV"


def test_the_ledger_can_be_downloaded(smoke_book, documents):
    assert documents[Path("ledger.html")].select_one("article a[href='ledger.csv'][download]")
    header, *rows = (smoke_book / "ledger.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("id,paper,locator,printed,")
    # Liu & Liu's Table 1 alone has 18 rows of three derivable numbers.
    assert len(rows) >= 54
