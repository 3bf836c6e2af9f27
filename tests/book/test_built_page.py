"""The page on the build: its times are the stored ones, and its tables sort."""

import json
from pathlib import Path

import pytest

PAGE = Path("built.html")


def rows(table):
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]


def test_every_run_and_notebook_of_the_build_has_the_seconds_that_it_stored(smoke_project, documents):
    notebooks, runs = (rows(table) for table in documents[PAGE].select(".cv-sortable > table"))
    marked = (smoke_project.folder / "_build" / "runs" / "smoke-0").glob("*.json")
    assert len(runs) == sum(len(json.loads(path.read_text())) for path in marked)
    for _, _, run, seconds, *_ in runs:
        (folder,) = (smoke_project.folder / ".runs").glob(f"{run}*")
        assert float(seconds) == pytest.approx(
            json.loads((folder / "provenance.json").read_text())["seconds"], abs=0.051
        )
    for page, seconds, *_ in notebooks:
        written = json.loads((smoke_project.folder / "_build" / "results" / "smoke" / f"{page}.json").read_text())
        assert float(seconds) == pytest.approx(written["provenance"]["seconds"], abs=0.051)
    assert {page for page, *_ in notebooks} == {path.stem for path in (smoke_project.folder / "notebooks").glob("*.py")}


def test_the_graph_counts_the_jobs_of_the_build(smoke_project, documents):
    (graph,) = documents[PAGE].select("figure.cv-figure")
    jobs = {rule: int(number) for rule, number, _ in rows(graph)}
    assert jobs["runs"] == len(list((smoke_project.folder / "_build" / "runs" / "smoke-0").glob("*.json")))
    assert jobs["notebook"] == len(list((smoke_project.folder / "notebooks").glob("*.py")))
    assert jobs["book"] == 1


@pytest.fixture
def tab(browser, smoke_book):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.goto((smoke_book / PAGE).as_uri())
    yield tab
    context.close()


def test_a_heading_sorts_by_mouse_and_keyboard_and_says_so(tab):
    table = tab.locator(".cv-sortable > table").last
    heading = table.locator("thead th", has_text="seconds")
    cells = table.locator("tbody tr td:nth-child(4)")
    before = [float(text) for text in cells.all_inner_texts()]
    assert heading.get_attribute("aria-sort") is None
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [float(text) for text in cells.all_inner_texts()] == sorted(before)
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert [float(text) for text in cells.all_inner_texts()] == sorted(before, reverse=True)
    page = table.locator("thead th").first
    page.locator("button").press("Space")
    assert page.get_attribute("aria-sort") == "ascending"
    assert heading.get_attribute("aria-sort") is None
    names = table.locator("tbody th").all_inner_texts()
    assert names == sorted(names)


def test_the_script_is_on_this_page_only(documents):
    with_script = {path for path, page in documents.items() if page.select("script[src*='sortable_tables.js']")}
    assert with_script == {PAGE}
