"""Checks of the project's vars, so that a wrong setting is reported before any model runs."""

import csv
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import yaml

from klant360.contract import did_you_mean, read_contract
from klant360.errors import CommandError
from klant360.ingest.file_formats import DATE_ORDERS, DECIMAL_MARKS
from klant360.project import PROJECT

PROJECT_NAME = "klant360"
# The dbt commands that make tables: settings and sources are checked before them.
LOADING_COMMANDS = ("build", "run", "retry")
LONGEST_WINDOW = 1200
# A group of one is a person.
LEAST_CELL_SIZE = 2


def setting_problems(
    declared_vars: Mapping[str, Any], cli_vars: Mapping[str, Any], project: Path = PROJECT
) -> list[str]:
    """Return what is wrong with the vars, one sentence per problem; none when all is well.

    `declared_vars` are the vars of dbt_project.yml, at its root or under the project's name; `cli_vars` those
    of `--vars`, where dbt looks at the root only. A var that dbt_project.yml does not declare is unknown.
    """
    declared, given = flat_vars(declared_vars), flat_vars(cli_vars)
    problems = [
        f"--vars sets {name}, which is not a var of this project: correct the name or leave it out."
        + did_you_mean(name, declared)
        for name in given
        if name not in declared
    ]
    if PROJECT_NAME in cli_vars:
        problems.append(
            f"--vars has vars under {PROJECT_NAME}, where dbt does not look: write them without that name."
        )
    checks = _checks(project)
    for name, value in {**declared, **given}.items():
        wanted = checks[name](value) if name in declared and name in checks else ""
        if wanted:
            place = "--vars" if name in given else "dbt_project.yml"
            problems.append(f"var {name} in {place} is {json.dumps(value, default=str)}: it must be {wanted}")
    return problems


def project_vars(cli_vars: Mapping[str, Any], project: Path = PROJECT) -> dict[str, Any]:
    """Return the vars of dbt_project.yml, overridden by those of `--vars`."""
    return {**flat_vars(declared_vars(project)), **flat_vars(cli_vars)}


def declared_vars(project: Path = PROJECT) -> dict[str, Any]:
    """Return the vars of dbt_project.yml as they are there."""
    return yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8")).get("vars", {})


def parsed_vars(text: str) -> dict[str, Any]:
    """Return the vars of the option --vars. Raises CommandError if they cannot be read."""
    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise CommandError(f"--vars cannot be read ({error}): write them as 'name: value'.") from error
    if not isinstance(found, dict):
        raise CommandError(f"--vars is {text}: write vars as 'name: value'.")
    return found


def engine(target: str | None) -> str:
    """Return the engine of a target of profiles.yml, such as `duckdb`; without one, of the default target.

    Raises CommandError if there is no such target.
    """
    found = profile()
    output = found["outputs"].get(target or found["target"])
    if output is None:
        known = ", ".join(found["outputs"])
        raise CommandError(f"There is no target {target} in profiles.yml: the targets are {known}.")
    return output["type"]


def profile() -> dict[str, Any]:
    """Return the profile of the project; what is a template in it stays text."""
    return yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))[PROJECT_NAME]


def flat_vars(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return vars by name, whether they are at the root or under the project's name."""
    nested = variables.get(PROJECT_NAME)
    flat = {name: value for name, value in variables.items() if name != PROJECT_NAME}
    return {**flat, **nested} if isinstance(nested, Mapping) else flat


def _checks(project: Path) -> dict[str, Callable[[Any], str]]:
    """Return per var a function that returns what the value should be, or nothing when it is right."""
    return {
        "source_timezone": lambda value: "" if value is None else _zone(value),
        "date_order": lambda value: _by_table(value, DATE_ORDERS, project),
        "decimal_mark": lambda value: _by_table(value, DECIMAL_MARKS, project),
        "business_timezone": _zone,
        "base_currency": _currency,
        "default_country": lambda value: _country(value, project),
        "as_of_date": lambda value: "" if value is None else _date(value, " or null"),
        "earliest_possible_date": _date,
        "latest_possible_date": lambda value: "" if value is None else _date(value, " or null"),
        "rfm_window_months": _months,
        "engagement_window_months": _months,
        "early_warning_months": _months,
        "gross_margin_rate": _share,
        "predict_purchases": _boolean,
        "purchase_model": _purchase_model,
        "annual_discount_rate": _share,
        "recommend_products": _boolean,
        "forecast_segments": _boolean,
        "affinity_window_months": _months,
        "affinity_min_customers": _count,
        "affinity_max_products": _count,
        "suspected_till_orders": _count,
        "max_emails_of_a_guest_phone": _count,
        "max_sessions_per_device": _count,
        "publish_touchpoints": _boolean,
        "ignore_email_tags": _boolean,
        "ignore_gmail_dots": _boolean,
        "suggest_merges": _suggestions,
        "least_share_of_rows": _share,
        "accept_fewer_rows": _boolean,
        "greatest_share_rejected": _share,
        "accept_more_rejected": _boolean,
        "freshness_warn_after_days": _count,
        "freshness_error_after_days": _count,
        "rfm_tie_method": _tie_method,
        "min_cell_size": _cell_size,
    }


def _by_table(value: Any, words: tuple[str, ...], project: Path) -> str:
    choice = " or ".join(words)
    given = value if isinstance(value, Mapping) else {None: value}
    if any(word not in (None, *words) for word in given.values()):
        return f"{choice}, null, or a mapping by table such as {{webshop.orders: {words[0]}}}."
    tables = read_contract(project)
    wrong = next((name for name in given if name is not None and name not in tables), None)
    return f"a mapping by table of the contract.{did_you_mean(str(wrong), tables)}" if wrong else ""


def _zone(value: Any) -> str:
    with duckdb.connect() as connection:
        zones = {name for (name,) in connection.execute("select name from pg_timezone_names()").fetchall()}
    if isinstance(value, str) and value in zones:
        return ""
    return "a time zone's IANA name, such as UTC or Europe/Amsterdam." + did_you_mean(str(value), zones)


def _currency(value: Any) -> str:
    right = isinstance(value, str) and re.fullmatch("[A-Za-z]{3}", value)
    return "" if right else "a currency code of three letters, such as EUR."


def _country(value: Any, project: Path) -> str:
    with (project / "seeds" / "countries.csv").open(encoding="utf-8-sig", newline="") as lines:
        countries = {row["country_code"] for row in csv.DictReader(lines)}
    if isinstance(value, str) and value.upper() in countries:
        return ""
    return "a country code of two letters from seeds/countries.csv, in quotes, such as 'NL'."


def _date(value: Any, or_null: str = "") -> str:
    wanted = f"a date that exists, written as YYYY-MM-DD{or_null}."
    if isinstance(value, date):
        return wanted if isinstance(value, datetime) else ""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return wanted
    try:
        date.fromisoformat(value)
    except ValueError:
        return wanted
    return ""


def _boolean(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false, without quotes."


def _share(value: Any) -> str:
    right = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
    return "" if right else "a share from 0 to 1, without quotes."


def _tie_method(value: Any) -> str:
    return "" if value in ("together", "ntile", "rank") else "together, ntile or rank."


def _purchase_model(value: Any) -> str:
    return "" if value in ("mbg_nbd", "bg_nbd") else "mbg_nbd or bg_nbd."


def _suggestions(value: Any) -> str:
    if value is True and find_spec("splink") is None:
        return "false as long as Splink is not installed: run `pip install '.[suggestions]'`."
    return _boolean(value)


def _cell_size(value: Any) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and value >= LEAST_CELL_SIZE
    return "" if right else f"a whole number of people from {LEAST_CELL_SIZE}, without quotes."


def _count(value: Any) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return "" if right else "a whole number from 1, without quotes."


def _months(value: Any) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_WINDOW
    return "" if right else f"a whole number of months from 1 to {LONGEST_WINDOW}, without quotes."
