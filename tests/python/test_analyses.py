"""Every analysis runs on the demo set as its yml says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from answers import run

PROJECT = Path(__file__).parents[2]
ANALYSES = PROJECT / "analyses"
NAMES = sorted(path.stem for path in ANALYSES.glob("*.sql"))
# These may return no rows.
MAY_BE_EMPTY = {
    "bought_only_once_last_winter": "nobody who bought once that winter need have consented",
    "cant_lose_call_list": "nobody in the segment need have consented",
    "champions_slipping_away": "every champion may have stayed one",
    "rejected_rows_by_reason_and_column": "a clean delivery has no rejected row",
    "suggested_merges_to_review": "suggestions are off by default",
}
# These ask about source records, which are personal data.
FOR_THE_FEW_WHO_MAY = {
    "suggested_merges_to_review",
    "why_are_these_held_apart",
    "why_are_these_one_customer",
}
TYPES = {"VARCHAR", "BIGINT", "DOUBLE", "DECIMAL(18,4)", "DATE", "TIMESTAMP", "BOOLEAN"}
MONEY = re.compile(r"(^|_)(revenue|amount|monetary)(_|$)")
PROPORTION = re.compile(r"(^|_)(share|rate|retention)(_|$)|_(low|high)$")
# Syntax of DuckDB that Spark does not have, the clock, and floats for money.
UNPORTABLE = re.compile(
    r"::|//|\bqualify\b|distinct on|\bexclude\b|group by all|order by all"
    r"|current_date|current_timestamp|\bnow\(|\btoday\(|\bfloat\b|\breal\b"
)


def declared(name: str) -> dict[str, Any]:
    """Return the analysis as described in its yml."""
    analyses = yaml.safe_load((ANALYSES / f"{name}.yml").read_text(encoding="utf-8"))["analyses"]
    assert [analysis["name"] for analysis in analyses] == [name]
    return analyses[0]


def test_every_file_belongs_to_an_analysis():
    assert len(NAMES) >= 10
    assert sorted(path.stem for path in ANALYSES.glob("*.yml")) == NAMES
    assert set(MAY_BE_EMPTY) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_answers_with_rows(name, answer):
    if name not in MAY_BE_EMPTY:
        assert answer(name).rows


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_yml(name, answer):
    analysis = declared(name)
    assert "?" in analysis["description"], "the description begins with the question"
    assert all(column["description"] for column in analysis["columns"])
    columns = answer(name).columns
    assert len(set(columns)) == len(columns)
    assert columns == [column["name"] for column in analysis["columns"]]


@pytest.mark.parametrize("name", NAMES)
def test_money_is_decimal_and_proportions_are_doubles(name, answer):
    result = answer(name)
    for column, data_type in zip(result.columns, result.types, strict=True):
        assert data_type in TYPES, column
        if PROPORTION.search(column):
            assert data_type == "DOUBLE", column
        elif MONEY.search(column):
            assert data_type == "DECIMAL(18,4)", column


@pytest.mark.parametrize("name", NAMES)
def test_rows_do_not_depend_on_threads(name, answer, nodes, demo_warehouse):
    sql = nodes[f"analysis.klant360.{name}"].compiled_code
    assert run(demo_warehouse, sql, threads=1).rows == answer(name).rows


@pytest.mark.parametrize("name", NAMES)
def test_sql_is_portable_and_knows_no_clock(name):
    sql = (ANALYSES / f"{name}.sql").read_text(encoding="utf-8")
    assert not UNPORTABLE.findall(sql.lower())


@pytest.mark.parametrize("name", NAMES)
def test_reads_only_what_analysts_may_see(name, nodes):
    for parent in nodes[f"analysis.klant360.{name}"].depends_on.nodes:
        schema = nodes[parent].schema
        is_counted_only = parent.endswith(".rejected_rows")
        assert schema == "marts" or is_counted_only or name in FOR_THE_FEW_WHO_MAY, parent


@pytest.mark.parametrize("name", sorted(FOR_THE_FEW_WHO_MAY))
def test_says_that_it_reads_personal_data(name):
    assert "Reads schema `restricted`" in " ".join(declared(name)["description"].split())


@pytest.mark.parametrize("name", NAMES)
def test_proportions_lie_between_0_and_1_and_in_their_limits(name, answer):
    result = answer(name)
    for row in result.rows:
        values = vars(row)
        for column in filter(PROPORTION.search, result.columns):
            value = values[column]
            is_difference = column.endswith("_difference")
            # credit notes can make the revenue of the rest negative
            is_revenue = column == "share_of_revenue"
            assert value is None or is_difference or is_revenue or 0 <= value <= 1, column
            middle = re.sub(r"_low$", "_retention" if "month" in column else "_rate", column)
            if column.endswith("_low") and value is not None:
                rates = [values[c] for c in (middle, "repeat_rate", "win_back_rate") if c in values]
                assert value <= rates[0] <= values[column.replace("_low", "_high")], column
