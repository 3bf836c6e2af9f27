"""The built site in Chromium, opened from its folder: what a reader sees, in both themes, at a desk and on a phone."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# Text with less contrast to its ground than WCAG 2.2 AA asks for: 4.5, or 3 where it is large (24 px, bold 18.66 px).
# The ground is the nearest opaque one around it. Formulas are drawings in the colour of the text around them.
TOO_FAINT = """() => {
  const channel = v => (v /= 255, v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const parse = colour => { const n = colour.match(/[0-9.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.querySelector(".bd-container"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const [a, b] = [luminance(parse(style.color)), luminance(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < (large ? 3 : 4.5))
      faint.add(`${contrast.toFixed(2)} <${element.tagName.toLowerCase()} class="${element.className}">`
        + walker.currentNode.data.trim().slice(0, 40));
  }
  return [...faint];
}"""


class Reader:
    """A browser tab that notes whatever goes wrong in it."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.trouble: list[str] = []
        self.requests: list[str] = []
        tab.on("console", lambda m: self.trouble.append(m.text) if m.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.trouble.append(f"uncaught: {error}"))
        tab.on("requestfailed", lambda request: self.trouble.append(f"failed: {request.url}"))
        tab.on("response", lambda r: self.trouble.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        tab.on("request", lambda request: self.requests.append(request.url))

    def open(self, address: str) -> Page:
        self.tab.goto(address)
        self.tab.evaluate("document.fonts.ready.then(() => true)")
        self.tab.evaluate("window.MathJax?.startup?.promise?.then(() => true)")
        return self.tab


@pytest.fixture
def reader(browser: Browser) -> Iterator[Callable[[str], Reader]]:
    """Open a tab in the theme that a reader's system asks for."""
    contexts = []

    def new(theme: str) -> Reader:
        contexts.append(browser.new_context(viewport=DESK, color_scheme=theme, reduced_motion="reduce"))
        return Reader(contexts[-1].new_page())

    yield new
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def server(smoke_book: Path) -> Iterator[str]:
    """The site over HTTP."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=smoke_book)) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_opens_from_its_folder(page, theme, reader, smoke_book):
    reading = reader(theme)
    tab = reading.open((smoke_book / f"{page}.html").as_uri())
    assert tab.locator("html").get_attribute("data-theme") == theme
    assert tab.locator("article h1").is_visible()
    for formula in tab.locator(".math").all():
        assert formula.locator("mjx-container svg").count() > 0, formula.inner_text()
    assert tab.locator("mjx-merror, [data-mjx-error]").count() == 0
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert tab.evaluate(TOO_FAINT) == []
    for viewport in (DESK, PHONE):
        tab.set_viewport_size(viewport)
        assert tab.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert reading.trouble == []
    assert reading.requests
    assert [address for address in reading.requests if not address.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_table_1_shows_its_table_figure_badge_and_provenance(viewport, reader, smoke_book):
    tab = reader("light").open((smoke_book / "notebooks" / "liu2018_table_1.html").as_uri())
    tab.set_viewport_size(viewport)
    assert "Table 1" in tab.locator("article h1").inner_text()
    assert tab.locator(".cv-badge").is_visible()
    table = tab.locator(".cv-table > table").first
    assert table.is_visible()
    rows = table.locator("tbody tr")
    assert rows.count() == 18 + 10
    # As the paper prints its first row, and as it comes out.
    assert rows.first.inner_text().split()[:3] == ["K24-H1440", "714.93", "714.93"]
    for figure in tab.locator(".cv-figure > img").all():
        assert figure.is_visible()
        assert figure.evaluate("image => image.complete && image.naturalWidth > 0")
        assert figure.bounding_box()["width"] > 0.8 * tab.locator("article").bounding_box()["width"]
    card = tab.locator(".cv-provenance")
    assert not card.locator("dl").is_visible()
    card.locator("summary").press("Enter")
    assert card.locator("dl").is_visible()


@pytest.mark.parametrize("name", ["index", "notebooks/liu2018_table_1"])
def test_who_walks_through_a_page_by_keyboard_sees_where_they_are(name, reader, smoke_book):
    tab = reader("dark").open((smoke_book / f"{name}.html").as_uri())
    stops: list[str] = []
    while len(stops) < 80:
        tab.keyboard.press("Tab")
        stop, marked = tab.evaluate("""() => {
          const element = document.activeElement;
          // A card's link covers the card and shows its focus there.
          const styles = [element, element.closest(".sd-card") ?? element].map(each => getComputedStyle(each));
          const marked = styles.some(s => s.outlineStyle !== "none" || s.boxShadow.includes(" 0px 0px 3px"));
          return [element.outerHTML.slice(0, 120), marked];
        }""")
        if stop in stops[:1] or stop.startswith("<body"):
            break
        assert marked, f"nothing shows that the keyboard is at {stop}"
        stops.append(stop)
    for part in ("#main-content", "search-button", "theme-switch-button", "cv-table"):
        assert any(part in stop for stop in stops), part


def test_a_wide_table_scrolls_by_keyboard_and_keeps_its_row_headings(reader, smoke_book):
    tab = reader("light").open((smoke_book / "ledger.html").as_uri())
    tab.set_viewport_size(PHONE)
    table = tab.locator(".cv-table").first
    heading = table.locator("tbody th").first
    before = heading.bounding_box()["x"]
    assert table.evaluate("element => element.scrollWidth > element.clientWidth")
    table.focus()
    for _ in range(5):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function("document.querySelector('.cv-table').scrollLeft > 100")
    assert heading.bounding_box()["x"] == pytest.approx(before, abs=2)


def test_a_verdict_shows_a_mark_beside_its_colour(reader, smoke_book):
    tab = reader("light").open((smoke_book / "index.html").as_uri())
    verdicts = tab.locator(".cv-legend .cv-verdict")
    seen = verdicts.evaluate_all("""all => all.map(element => {
      const before = getComputedStyle(element, "::before");
      return [element.innerText, getComputedStyle(element).color, before.maskImage, before.width];
    })""")
    marks: dict[str, set[str]] = {}
    for text, colour, mark, width in seen:
        assert mark.startswith("url("), text
        assert float(width.removesuffix("px")) > 8, text
        marks.setdefault(colour, set()).add(mark)
    # Who sees no colour still tells the groups apart: no mark serves two colours.
    assert len(marks) > 4
    assert sum(len(found) for found in marks.values()) == len(set().union(*marks.values()))


def test_search_finds_pages_from_the_folder(reader, smoke_book):
    reading = reader("dark")
    tab = reading.open((smoke_book / "search.html").as_uri() + "?q=checkpoint")
    tab.locator("#search-results li a").first.wait_for()
    found = tab.locator("#search-results li a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    assert any("liu2018_table_1.html" in address for address in found)
    assert reading.trouble == []


def test_search_from_the_keyboard_leads_to_a_page_over_http(reader, server):
    reading = reader("light")
    tab = reading.open(f"{server}/index.html")
    tab.keyboard.press("Control+k")
    tab.locator("#pst-search-dialog input").fill("checkpoint")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=checkpoint")
    tab.locator("#search-results li a[href*='liu2018_table_1']").first.click()
    tab.wait_for_url("**/notebooks/liu2018_table_1.html*")
    assert "Table 1" in tab.locator("article h1").inner_text()
    tab.wait_for_load_state("networkidle")
    assert reading.trouble == []
    assert [address for address in reading.requests if not address.startswith((server, "data:"))] == []


def test_the_theme_can_be_switched_and_the_choice_is_kept(reader, smoke_book):
    tab = reader("light").open((smoke_book / "index.html").as_uri())
    chosen = []
    for _ in range(3):
        tab.locator(".article-header-buttons .theme-switch-button").click()
        chosen.append(tab.locator("html").get_attribute("data-theme"))
    assert set(chosen) == {"light", "dark"}
    while tab.locator("html").get_attribute("data-mode") != "dark":
        tab.locator(".article-header-buttons .theme-switch-button").click()
    tab.reload()
    assert tab.locator("html").get_attribute("data-theme") == "dark"
