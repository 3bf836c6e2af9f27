"""What the tests of the built site share. `smoke_book`, the folder of a site built at profile smoke, is in tests/."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`page` is each page of the table of contents in turn, such as `notebooks/liu2018_table_1`."""
    if "page" in metafunc.fixturenames:
        contents = yaml.safe_load((PROJECT / "book" / "_toc.yml").read_text(encoding="utf-8"))
        chapters = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
        metafunc.parametrize("page", [contents["root"], *chapters])


@pytest.fixture(scope="session")
def documents(smoke_book: Path) -> dict[Path, BeautifulSoup]:
    """Every HTML file of the site, parsed; search and index pages included."""
    return {
        path.relative_to(smoke_book): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(smoke_book.rglob("*.html"))
        if path.relative_to(smoke_book).parts[0] != "_static"
    }


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Where it is absent the tests that need it are skipped, but fail where CI=true."""
    if not CHROMIUM.is_file():
        message = f"{CHROMIUM} is absent: pages are not opened in a browser (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        # Chromium refuses to sandbox itself for root, which containers run as.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
