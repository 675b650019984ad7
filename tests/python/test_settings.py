import datetime

import pytest
import yaml

from klant360.project import PROJECT
from klant360.settings import setting_problems

DECLARED = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def test_the_vars_that_are_shipped_are_right():
    assert setting_problems(DECLARED, {}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source_timezone", "America/New_York"),
        ("base_currency", "USD"),
        ("default_country", "BE"),
        ("as_of_date", "2024-02-29"),
        ("as_of_date", datetime.date(2024, 2, 29)),
        ("as_of_date", None),
        ("latest_possible_date", None),
        ("rfm_window_months", 1),
        ("rfm_window_months", 1200),
        ("rfm_tie_method", "ntile"),
        ("rfm_tie_method", "rank"),
        ("ignore_email_tags", True),
        ("ignore_gmail_dots", True),
        ("greatest_share_rejected", 1),
        ("accept_more_rejected", True),
        ("min_cell_size", 2),
    ],
)
def test_right_values(name, value):
    assert setting_problems(DECLARED, {name: value}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source_timezone", "Amsterdam"),
        ("business_timezone", None),
        ("base_currency", "EURO"),
        ("base_currency", 978),
        ("default_country", "XX"),
        ("default_country", False),  # how YAML reads NO
        ("as_of_date", "2023-02-29"),
        ("as_of_date", "20240229"),
        ("as_of_date", 20240229),
        ("as_of_date", datetime.datetime(2024, 2, 29)),
        ("earliest_possible_date", None),
        ("rfm_window_months", 0),
        ("rfm_window_months", 1201),
        ("rfm_window_months", True),
        ("rfm_window_months", "24"),
        ("rfm_window_months", 24.0),
        ("rfm_tie_method", "NTILE"),
        ("rfm_tie_method", []),
        ("ignore_email_tags", "yes"),
        ("ignore_gmail_dots", 1),
        ("greatest_share_rejected", 1.01),
        ("greatest_share_rejected", "0.5"),
        ("accept_more_rejected", "true"),
        ("ignore_gmail_dots", None),
        ("min_cell_size", 1),
        ("min_cell_size", 9.5),
    ],
)
@pytest.mark.parametrize("place", ["--vars", "dbt_project.yml"])
def test_wrong_values_are_reported_with_their_place(name, value, place):
    declared, given = (DECLARED, {name: value}) if place == "--vars" else ({**DECLARED, name: value}, {})
    (problem,) = setting_problems(declared, given)
    assert name in problem
    assert place in problem


def test_unknown_names_are_reported_with_a_suggestion():
    (problem,) = setting_problems(DECLARED, {"rfm_window_month": 12})
    assert "rfm_window_month," in problem
    assert "rfm_window_months" in problem


def test_vars_under_the_name_of_the_project_are_checked_too():
    assert setting_problems({"klant360": DECLARED}, {"base_currency": "USD"}) == []
    assert len(setting_problems({"klant360": {**DECLARED, "base_currency": "x"}}, {})) == 1


def test_dbt_ignores_vars_under_the_name_of_the_project_on_the_command_line():
    (problem,) = setting_problems(DECLARED, {"klant360": {"base_currency": "USD"}})
    assert "--vars" in problem
    assert len(setting_problems(DECLARED, {"klant360": {"base_currency": "EURO", "curency": "EUR"}})) == 3


def test_all_problems_are_reported_at_once():
    assert len(setting_problems(DECLARED, {"rfm_tie_method": "x", "base_currency": "x", "y": 1})) == 3
