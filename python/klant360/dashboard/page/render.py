"""Puts the panels of a publication into one HTML file that loads nothing and evaluates nothing."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from klant360.dashboard import panels
from klant360.dashboard.colours import DARK, KEYS, LIGHT, css_variables, variable
from klant360.dashboard.figures.countries import ALL, countries
from klant360.dashboard.figures.dates import FIFTHS, buyers, has_groups
from klant360.dashboard.names import system_name, table_name
from klant360.dashboard.page.frame import COUNTRY_NAMES, PAGES, WORDS
from klant360.dashboard.panel import Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import (
    LANGUAGES,
    MONTHS,
    SHORT_MONTHS,
    Text,
    both,
    count,
    day,
    symbol,
    written,
)

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shown:
    """A panel with its rows and texts, ready for the template."""

    name: str
    panel: Panel
    rows: Sequence[Row]
    titles: Mapping[str, Text]
    note: Text | None
    missing: Sequence[Text]

    @property
    def legend(self) -> Sequence[tuple[Text, str]]:
        """The words and colours of the key above the chart."""
        name = self.panel.legend
        return list(dict.fromkeys((row[name], row["key"]) for row in self.rows)) if name else []

    @property
    def table_rows(self) -> Sequence[Row]:
        """The rows of the table."""
        return [row for row in self.rows if self.panel.table_rows(row)]


@cache
def all_panels() -> Mapping[str, Panel]:
    """Return every panel by name, in the order of pages and files."""
    found = {}
    for page in PAGES:
        package = importlib.import_module(f"{panels.__name__}.{page.name}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
            panel = importlib.import_module(f"{package.__name__}.{module.name}").PANEL
            found[module.name.split("_", 1)[1]] = panel
    return found


def shown_panels(tables: Tables) -> Iterator[Shown]:
    """Yield the panels with what a publication has for them."""
    for name, panel in all_panels().items():
        missing = [table_name(table) for table in panel.needs if not tables.is_delivered(table)]
        rows = [] if missing else list(panel.rows(tables))
        scopes = [ALL, *countries(tables)] if panel.by_country and rows else [ALL]
        titles = {
            scope: panel.title(tables, [row for row in rows if row.get("scope", ALL) == scope])
            for scope in scopes
        }
        yield Shown(name, panel, rows, titles, panel.note(tables) if rows else None, missing)


def dashboard(publication: Path, manifest: Mapping[str, Any]) -> str:
    """Return the page of a publication, from its Parquet files and its manifest."""
    with Tables.of_publication(publication / "parquet", manifest) as tables:
        return _page(tables)


def _page(tables: Tables) -> str:
    shown = list(shown_panels(tables))
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["both"] = spans
    style = _style()
    vega = _vega()
    script = (HERE / "dashboard.js").read_text(encoding="utf-8")
    data = _json({"panels": {each.name: _payload(each) for each in shown}, **_settings(tables)})
    return environment.get_template("dashboard.html.j2").render(
        all=ALL,
        countries={code: COUNTRY_NAMES.get(code, Text(code, code)) for code in countries(tables)},
        css=Markup(style),
        csp=_csp(style, vega, script),
        data=Markup(data),
        few=_few(tables),
        is_demo=tables.manifest["is_demo"],
        pages=PAGES,
        panels={page.name: [each for each in shown if each.panel.page == page.name] for page in PAGES},
        script=Markup(script),
        state=_state(tables),
        tables=tables,
        vega=Markup(vega),
        words=WORDS,
        write=lambda value, kind: written(value, kind, tables.currency),
    )


def _style() -> str:
    """Return the style, with the colours of light and of dark."""
    keys = "".join(f".key-{name.replace('_', '-')}{{fill:{variable(name)}}}" for name in KEYS)
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{css_variables(DARK)}}}}}"
    style = (HERE / "dashboard.css").read_text(encoding="utf-8")
    return f":root{{{css_variables(LIGHT)}}}{dark}{keys}{style}"


def spans(text: Text) -> Markup:
    """Return both languages, of which the page shows one."""
    if text.nl == text.en:
        return escape(text.nl)
    return Markup("").join(Markup('<span lang="{}">{}</span>').format(each, text[each]) for each in LANGUAGES)


def _few(tables: Tables) -> Text | None:
    """Return why only totals are shown, if that is so."""
    if has_groups(tables) or not buyers(tables):
        return None
    if buyers(tables) < tables.least:
        return Text(
            "Er zijn minder dan {} klanten met een aankoop: te weinig om iets over hen te tonen.",
            "There are fewer than {} customers with a purchase: too few to show anything about them.",
        ).fill(tables.least)
    return Text(
        "Er zijn {} klanten met een aankoop. Onder de {} worden alleen totalen getoond: een groep van"
        " minder dan {} mensen zou iemand herkenbaar kunnen maken.",
        "There are {} customers with a purchase. Below {}, only totals are shown: a group of fewer than {}"
        " people could make a person recognisable.",
    ).fill(count(buyers(tables)), count(FIFTHS * tables.least), tables.least)


def _state(tables: Tables) -> Text:
    """Return of which date, run and sources the page is."""
    sources = sorted({table.split(".")[0] for table, rows in tables.manifest["sources"].items() if rows})
    published = datetime.fromisoformat(tables.manifest["published_at"]).date()
    return Text(
        "{} Gepubliceerd op {}, run {}. Bronnen: {}.", "{} Published on {}, run {}. Sources: {}."
    ).fill(
        _as_of(tables.as_of_date),
        day(published),
        tables.manifest["run"],
        both(lambda language: ", ".join(system_name(name)[language] for name in sources)),
    )


def _as_of(as_of_date: date | None) -> Text:
    if as_of_date is None:
        return Text("Nog zonder aankopen.", "No purchases yet.")
    return Text("Stand van {}.", "As of {}.").fill(day(as_of_date))


def _settings(tables: Tables) -> dict[str, Any]:
    return {
        "currency": symbol(tables.currency),
        "months": MONTHS,
        "shortMonths": SHORT_MONTHS,
        "run": tables.manifest["run"],
    }


def _payload(shown: Shown) -> dict[str, Any]:
    """Return what the script needs of a panel: columns, rows and specifications."""
    panel = shown.panel
    names = list(dict.fromkeys(name for row in shown.rows for name in row))
    drawn = panel.form == "chart" and shown.rows
    return {
        "columns": [
            {"name": column.name, "title": column.title, "kind": column.kind} for column in panel.columns
        ],
        "names": names,
        "rows": [[row.get(name) for name in names] for row in shown.rows],
        "spec": panel.chart() if drawn and panel.chart else None,
        "narrow": panel.narrow_chart() if drawn and panel.narrow_chart else None,
        "least_width": panel.least_width(shown.rows) if drawn and panel.least_width else 0,
        "tipped": [
            index for index, row in enumerate(shown.rows) if panel.table_rows(row) or "customers" in row
        ],
    }


def _json(value: Any) -> str:
    """Return JSON that can stand in a script element."""

    def plain(other: Any) -> Any:
        if isinstance(other, Text):
            return {language: other[language] for language in LANGUAGES} if other.nl != other.en else other.nl
        if isinstance(other, Decimal):
            return float(other)
        if isinstance(other, date):
            return other.isoformat()
        raise TypeError(f"{type(other).__name__} cannot be written as JSON")

    text = json.dumps(value, default=plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


@cache
def _vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, whose names do not leave it."""
    bundle = vl_convert.javascript_bundle().replace("</script", "<\\/script")
    return f"(function(){{{bundle}}})();"


def _csp(style: str, *scripts: str) -> str:
    """Return a content security policy by which only these scripts and this style run, and nothing loads."""

    def source(content: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {' '.join(source(each) for each in scripts)};"
        f" style-src {source(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
