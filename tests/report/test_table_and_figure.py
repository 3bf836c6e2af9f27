"""Tables and figures as HTML: read back with a parser."""

import base64
import io
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from compactvid.report.card import html_badge, html_provenance
from compactvid.report.definitions import html_definitions
from compactvid.report.figure import html_figure
from compactvid.report.table import html_table

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def frame():
    return pd.DataFrame({"model": ["K24 <b>", "K8"], "mib": [714.934, None], "count": [32, 7]})


def test_table_reads_back(frame):
    html = html_table(frame, "Sizes & rates", formats={"mib": ".2f"}, headings={"mib": "MiB"})
    soup = BeautifulSoup(html, "html.parser")
    assert soup.caption.text == "Sizes & rates"
    assert [cell.text for cell in soup.thead("th")] == ["model", "MiB", "count"]
    assert [[cell.text for cell in row(["th", "td"])] for row in soup.tbody("tr")] == [
        ["K24 <b>", "714.93", "32"],
        ["K8", "–", "7"],
    ]
    assert all(cell["scope"] == "col" for cell in soup.thead("th"))
    assert [row.th["scope"] for row in soup.tbody("tr")] == ["row", "row"]
    assert ["cv-num" in cell.get("class", []) for cell in soup.tbody.tr("td")] == [True, True]
    assert soup.div["class"] == ["cv-table"]


def test_numbers_below_zero_have_a_minus_and_zero_has_none():
    frame = pd.DataFrame({"name": ["a-b", "c"], "change": [-0.00001, -1.5], "size": [-0.04, 2.0], "count": [-3, 4]})
    html = html_table(frame, "c", formats={"change": "+.2f", "size": ".1f", "count": ","})
    rows = BeautifulSoup(html, "html.parser").tbody("tr")
    assert [[cell.text for cell in row(["th", "td"])] for row in rows] == [
        ["a-b", "+0.00", "0.0", "−3"],
        ["c", "−1.50", "2.0", "4"],
    ]


def test_shared_formats_need_one_column_in_common(frame):
    assert ">714.9<" in html_table(frame, "c", formats={"gap": ".2f", "mib": ".1f"})
    with pytest.raises(ValueError, match=r"formats name \['gap'\], but the frame has \['model', 'mib', 'count'\]"):
        html_table(frame, "c", formats={"gap": ".2f"})


def test_figure_holds_picture_numbers_and_csv(frame):
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    html = html_figure(figure, alt='A "line"', caption="Up.", data=frame, name="line")
    soup = BeautifulSoup(html, "html.parser")
    assert soup.img["alt"] == 'A "line"'
    assert base64.b64decode(soup.img["src"].partition("base64,")[2]).lstrip().startswith(b"<?xml")
    assert soup.figcaption.text == "Up."
    link = soup.find("a", download="line.csv")
    csv = io.BytesIO(base64.b64decode(link["href"].partition("base64,")[2]))
    pd.testing.assert_frame_equal(pd.read_csv(csv), frame)
    assert "http" not in html.replace(soup.img["src"], "").replace(link["href"], "")


def test_hints_are_titles_of_their_marks(frame):
    figure, axes = plt.subplots()
    axes.plot([0], [0], "o", gid="point_0")
    axes.plot([1], [1], "o", gid="point_1")
    hints = {"point_0": "size < 1", "point_1": "b"}
    soup = BeautifulSoup(html_figure(figure, alt="a", caption="c", data=frame, name="n", hints=hints), "html.parser")
    assert soup.object["aria-label"] == "a"
    picture = ElementTree.fromstring(base64.b64decode(soup.object["data"].partition("base64,")[2]))
    titles = {group: picture.findtext(f".//{SVG}g[@id='{group}']/{SVG}title") for group in hints}
    assert titles == hints
    with pytest.raises(ValueError, match="no artist has the id 'point_2'"):
        html_figure(plt.figure(), alt="a", caption="c", data=frame, name="n", hints={"point_2": "c"})


def test_equal_figures_give_equal_html(frame):
    pages = []
    for _ in range(2):
        figure, axes = plt.subplots()
        axes.scatter([0, 1], [0, 1])
        pages.append(html_figure(figure, alt="a", caption="c", data=frame, name="n"))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(("alt", "rows", "message"), [(" ", 1, "alternative text"), ("a", 0, "no data")])
def test_figure_needs_text_and_data(frame, alt, rows, message):
    with pytest.raises(ValueError, match=message):
        html_figure(plt.figure(), alt=alt, caption="c", data=frame.head(rows), name="n")


def test_badge_and_card_escape():
    assert html_badge("a < b") == '<p class="cv-badge">a &lt; b</p>'
    soup = BeautifulSoup(html_provenance({"Device": "x & y"}, "papermill -p a"), "html.parser")
    assert [(t.text, d.text) for t, d in zip(soup("dt"), soup("dd"), strict=True)] == [
        ("Device", "x & y"),
        ("Make it again", "papermill -p a"),
    ]


def test_definitions_read_back():
    frame = pd.DataFrame({"parameter": ["height, width", "seed"], "value": ["96, 64", 0], "reason": ["a < b", "any"]})
    soup = BeautifulSoup(html_definitions(frame, "Sizes & seeds"), "html.parser")
    assert soup.p.text == "Sizes & seeds"
    assert [(term.text, said.text) for term, said in zip(soup("dt"), soup("dd"), strict=True)] == [
        ("height, width = 96, 64", "a < b"),
        ("seed = 0", "any"),
    ]
    assert BeautifulSoup(html_definitions(frame[["value", "reason"]], "c"), "html.parser").dt.text == "96, 64"
    with pytest.raises(ValueError, match="expected 2 or 3 columns"):
        html_definitions(frame[["value"]], "c")
