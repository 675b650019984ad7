"""The dashboard in a browser: every page, language and width."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from klant360.dashboard.page.frame import PAGES

BROWSERS = ("chromium", "chromium-headless-shell", "google-chrome")
WIDE, PHONE = 1280, 390
# High enough for every page, so that all of it is in view.
HEIGHT = 7000
READY = "html[data-ready]"
# What nobody sees or hears is no concern of axe, but would take it nine tenths of its time.
TAKE_OUT_HIDDEN = """() => {
    const hidden = document.querySelectorAll(".page[hidden] > *, details:not([open]) table");
    window.takenOut = [...hidden].map((element) => {
        const place = document.createComment("");
        element.replaceWith(place);
        return [place, element];
    });
}"""
SEEN = {"exclude": [[".page[hidden]"], [".chart svg"]]}
PUT_BACK = "() => takenOut.reverse().forEach(([place, element]) => place.replaceWith(element))"
OWN = ("file:", "data:", "blob:")

# Texts of charts that are not whole, overlap, or are pale on what is behind them.
TEXT_PROBLEMS = (Path(__file__).parent / "text_problems.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        reason = "no chromium: make browser installs it"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def file(served: Path) -> Path:
    return (served / "dashboard.html").resolve()


@pytest.fixture
def opened(browser: Browser, file: Path):
    """Open the file: `opened(page="segments", language="en", width=390)`; collects what goes wrong."""
    contexts = []

    def open_page(
        page: str = "overview", language: str = "nl", width: int = 1280, height: int = HEIGHT, **options
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.wrong = []
        tab.on("console", lambda message: tab.wrong.append(message.text))
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        tab.on("response", lambda each: None if each.url.startswith(OWN) else tab.wrong.append(each.url))
        tab.goto(f"file://{file}?lang={language}#{page}")
        if options.get("java_script_enabled", True):
            tab.wait_for_selector(READY, state="attached")
        return tab

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(("scheme", "width"), [("light", WIDE), ("dark", PHONE)])
def test_every_text_can_be_read(opened, language, scheme, width):
    tab = opened(language=language, width=width, color_scheme=scheme)
    tab.wait_for_selector("html[data-ready=all]", state="attached")
    problems = []
    for page in PAGES:
        show(tab, page.name)
        problems += tab.evaluate(TEXT_PROBLEMS)
        drawn = tab.locator(f"#{page.name} .chart svg").count()
        assert drawn == tab.locator(f"#{page.name} .chart").count()
    assert problems == []
    assert tab.wrong == []


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("nl", "light", WIDE), ("en", "dark", PHONE)], ids=["wide", "phone"]
)
def test_axe_finds_nothing(opened, language, scheme, width):
    tab = opened(language=language, width=width, color_scheme=scheme)
    tab.wait_for_selector("html[data-ready=all]", state="attached")
    violations = []
    for page in PAGES:
        show(tab, page.name)
        tab.evaluate(TAKE_OUT_HIDDEN)
        found = Axe().run(tab, SEEN, {"resultTypes": ["violations"]}).response
        tab.evaluate(PUT_BACK)
        violations += [
            f"{page.name}: {each['id']}: {[node['target'] for node in each['nodes']][:3]}"
            for each in found["violations"]
        ]
    assert violations == []


def show(tab: Page, page: str) -> None:
    """Go to a page and wait until its charts are drawn."""
    tab.evaluate(f"location.hash = '#{page}'")
    tab.wait_for_selector(f"#{page}:not([hidden])")
    tab.wait_for_timeout(50)


def test_a_page_opens_at_its_top_and_a_panel_at_the_panel(opened):
    tab = opened("movement", height=800)
    tab.wait_for_selector("html[data-ready=all]", state="attached")
    assert tab.evaluate("scrollY") == 0
    tab.evaluate("location.hash = '#movement-transition_matrix'")
    tab.wait_for_timeout(200)
    assert tab.evaluate("scrollY") > 400
    assert tab.locator("#movement-transition_matrix").is_visible()


def test_nothing_else_can_run_or_load(opened):
    tab = opened()
    tab.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "https://example.org/pixel.png";
        document.body.append(image);
    }""")
    tab.wait_for_timeout(100)
    assert tab.evaluate("window.ran") is None
    assert any("Content Security Policy" in each for each in tab.wrong)
    assert not any(each.startswith("https://example.org") for each in tab.wrong)


def test_the_switch_changes_words_numbers_and_charts(opened):
    tab = opened("segments")
    panel = tab.locator("#segments-sizes")
    assert "Kampioen" in panel.locator(".chart").text_content()
    tab.get_by_role("button", name="English").click()
    tab.wait_for_function("document.querySelector('#segments-sizes .chart').textContent.includes('Champion')")
    assert tab.locator("html").get_attribute("lang") == "en"
    assert tab.title() == "Customer picture · klant360"
    heading = tab.locator("#segments h2").inner_text()
    assert heading == "Segments"


def test_a_country_changes_figures_titles_and_charts(opened, demo_warehouse):
    tab = opened("segments", "en")
    tab.locator("#segments [data-filter]").select_option("BE")
    tab.wait_for_timeout(200)
    table = table_of(tab, "segments-sizes")
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        (customers,) = connection.execute(
            "select count(*) from marts.customer_360 where country_code = 'BE' and lifetime_orders > 0"
        ).fetchone()
    assert sum(row["Customers"] for row in table if row["Segment"] != "Prospect") == customers
    assert tab.locator("#overview [data-filter]").input_value() == "BE"
    assert tab.locator("#segments-sizes h3:not([hidden])").count() == 1


def table_of(tab: Page, panel: str) -> list[dict]:
    """Return the visible rows of a panel's table in English, with numbers as such."""
    cells = (
        "(row) => [...row.cells].map((cell) => (cell.querySelector('[lang=en]') || cell).textContent.trim())"
    )
    rows = tab.evaluate(
        f"(id) => [...document.querySelectorAll(id)].map({cells})", f"#{panel} tr:not([hidden])"
    )
    heading, *body = rows
    return [dict(zip(heading, [as_number(cell) for cell in row], strict=True)) for row in body]


def as_number(text: str) -> float | str:
    plain = re.sub(r"[€,%]", "", text)
    return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else text


def test_details_appear_on_hover_focus_and_tap(opened):
    tab = opened("segments", "en", has_touch=True)
    tip = tab.locator(".tip")
    bar = tab.locator("#segments-sizes .chart svg .mark-rect path").first
    bar.hover()
    assert "Champion" in tip.inner_text()
    tab.mouse.move(0, 0)
    tab.wait_for_selector(".tip", state="hidden")
    tab.locator("#segments-sizes .chart").focus()
    tab.keyboard.press("ArrowRight")
    first = tip.inner_text()
    tab.keyboard.press("ArrowRight")
    assert first != tip.inner_text() != ""
    tab.keyboard.press("Escape")
    assert tip.is_hidden()
    bar.tap()
    assert "Customers:" in tip.inner_text()


def test_numbers_and_pictures_can_be_taken_along(opened):
    tab = opened("segments", "en", accept_downloads=True)
    panel = tab.locator("#segments-sizes")
    with tab.expect_download() as taken:
        panel.get_by_role("button", name="CSV").click()
    text = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = table_of(tab, "segments-sizes")
    assert [float(row["Customers"]) for row in rows] == [row["Customers"] for row in shown]
    with tab.expect_download() as taken:
        panel.get_by_role("button", name="PNG").click()
    picture = Path(taken.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000
    assert tab.wrong == []


def test_without_script_all_numbers_can_be_read(opened):
    tab = opened(java_script_enabled=False)
    for page in PAGES:
        assert tab.locator(f"#{page.name}").is_visible()
    tab.locator("#segments-sizes summary").first.click()
    assert tab.locator("#segments-sizes table").is_visible()
    assert "Kampioen" in tab.locator("#segments-sizes table").inner_text()


def test_all_pages_are_printed(opened, tmp_path):
    tab = opened("overview", "en")
    tab.wait_for_selector("html[data-ready=all]", state="attached")
    tab.emulate_media(media="print")
    for page in PAGES:
        for chart in tab.locator(f"#{page.name} .chart").all():
            assert chart.locator("svg").is_visible()
    assert len(tab.pdf(format="A4")) > 50_000
