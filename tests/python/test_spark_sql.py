"""Every SQL model and data test, rendered by dbt's Spark adapter, means the same there as on DuckDB.

This reads the text: `make test-spark` runs it, on data that need not show a difference. Python models are
left out.
"""

import pytest

from rendering import PROJECT, renderer
from spark_sql import findings, source_findings
from steps import steps

# Columns that sort a window and are never null there, without a not_null test in the project.
FILLED_KEYS = {
    "contradictory_customers": {"other_representative_number"},
    "int_customer__acquisition": {"source_priority", "tie_break"},
    "int_customer__consent": {"marketing_consent"},
    "int_customer__orders": {"sales_channel"},
    "int_customer__golden_records": {"records_alike"},
    "int_customer__withdrawals": {"unsubscribed_at"},
    "customer_segment_history": {"ranked_value"},
    "customer_engagement_history": {"ranked_value"},
    "customer_journeys": {"kind_and_channel", "kind"},
}

# Vars that render different SQL than their defaults.
VARS = {
    "default vars": {},
    "other vars": {
        "rfm_tie_method": "ntile",
        "source_timezone": "Europe/Amsterdam",
        "business_timezone": "UTC",
        "as_of_date": "2026-01-31",
        "latest_possible_date": "2026-12-31",
    },
    "ties by rank": {"rfm_tie_method": "rank"},
}


# A Hive metastore has this many characters for the comment of a column. Spark tries a longer one ten times,
# while all other statements wait, and then stores the table so that only Spark can read it.
MOST_CHARACTERS = 256


def never_null():
    """Return the names of the columns with a not_null test."""
    tests = (node for node in renderer("spark").manifest.nodes.values() if hasattr(node, "test_metadata"))
    return {test.column_name for test in tests if test.test_metadata.name == "not_null"}


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param(VARS["default vars"], id="default vars"),
        pytest.param(VARS["other vars"], id="other vars", marks=pytest.mark.deep),
        pytest.param(VARS["ties by rank"], id="ties by rank", marks=pytest.mark.deep),
    ],
)
def test_rendered_sql_means_the_same_on_spark(variables):
    nodes = renderer("spark").nodes(**variables)
    filled = never_null()
    names = {node.name for node in nodes}
    assert {"base_webshop__orders", "customer_segment_history", "customer_360"} <= names
    found = [
        finding
        for node in nodes
        for step in steps(node.compiled_code)
        for finding in findings(
            node.name,
            step.sql,
            (filled | FILLED_KEYS.get(node.name, set())).__contains__,
        )
    ]
    assert not found, "\n" + "\n".join(map(str, found))


def test_sql_in_unit_tests_means_the_same_on_spark():
    given = [
        (test.name, rows.rows)
        for test in renderer("spark").manifest.unit_tests.values()
        for rows in (*test.given, test.expect)
        if isinstance(rows.rows, str)
    ]
    assert given
    found = [finding for name, sql in given for finding in findings(name, sql)]
    assert not found, "\n" + "\n".join(map(str, found))


def test_each_column_of_a_python_model_has_a_type():
    """Spark makes its table from the yml."""
    models = [
        node
        for node in renderer("spark").manifest.nodes.values()
        if node.resource_type == "model" and node.language == "python"
    ]
    assert models
    untyped = [
        f"{model.name}.{name}"
        for model in models
        for name, column in model.columns.items()
        if not column.data_type
    ]
    assert not untyped


def test_functions_with_two_meanings_are_only_in_dispatched_macros():
    files = sorted(
        path for folder in ("models", "macros", "tests") for path in (PROJECT / folder).rglob("*.sql")
    )
    assert len(files) > 50
    found = [
        finding
        for path in files
        for finding in source_findings(str(path.relative_to(PROJECT)), path.read_text("utf-8"))
    ]
    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("select a.last_date - b.first_date from t", "date - date"),
        ("select cast(a as date) - min(b_at) from t", "date - date"),
        ("select a_date + interval 1 day as b from t", "date + interval"),
        ("select date_trunc('month', a_date) as b from t", "date_trunc"),
        ("select cast(a / 2 as int) from t", "a fraction"),
        ("select cast(2.5 as bigint) as a", "a fraction"),
        ("select try_cast(avg(a) as integer) from t", "a fraction"),
        ("select max_by(a, b) from t", "nulls are skipped"),
        ("select min_by(a, b) filter (where b is not null) from t", "nulls are skipped"),
        ("select a / b from t", "a division by 0"),
        ("select trim(a, 'x') from t", "trim with characters"),
        ("select cast(null as varchar) as a", "varchar"),
        ("select row_number() over (order by a) from t", "order of nulls"),
        ("select row_number() over (partition by b order by b desc, a asc) from t", "order of nulls"),
    ],
)
def test_sql_with_two_meanings_is_found(sql, construct):
    found = findings("model", f"\n{sql}")
    assert any(finding.construct.startswith(construct) for finding in found), found
    assert {finding.line for finding in found} <= {0, 2}


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) filter (where a > 1) as n, bool_or(b) as c from t group by all",
        "select cast(a as decimal(18, 4)), cast(b as string), try_cast(c as timestamp) from t",
        "select cast(a_date + interval 1 day as date), cast(date_trunc('month', a_at) as date) from t",
        "select cast((as_of_date + interval 1 day) as timestamp) from t",
        "select cast(round(a / 2.0) as bigint), cast(ceil(a / nullif(b, 0)) as int) from t",
        "select last_value - first_value, a_date - 1 from t",
        "select max_by(a, b) filter (where a is not null and c), min_by(coalesce(a, ''), b) from t",
        "select trim(both 'x' from a), trim(b), 'not \"quoted\", not a::cast' as c from t",
        "select row_number() over (order by a asc nulls last, b desc, id, coalesce(c, 0)) from t order by a",
        "select 1 as a -- (a) text::int // in a comment",
        "select a from t where exists (select 1 from u where u.a = t.a) and a not in (1, 2)",
    ],
)
def test_portable_sql_is_accepted(sql):
    assert findings("model", sql, {"id"}.__contains__) == []


def test_source_findings_name_the_line_outside_dispatched_macros():
    text = """{# concat(a, b) in a comment #}
{% macro default__f(a) -%}
    regexp_replace({{ a }}, 'b', 'c', 'g')
{%- endmacro %}
{% macro f(a) -%}
    {% do log('a message') %} dbt.concat([a]) -- log(a)
    {% set b = 'sign(' ~ a ~ ')' %} Regexp_Replace({{ a }}, 'b', 'c')
    extract(dow from {{ a }}) + log({{ a }})
{%- endmacro %}
"""
    found = [(finding.line, finding.construct.split(":")[0]) for finding in source_findings("f.sql", text)]
    assert found == [(7, "sign"), (7, "Regexp_Replace"), (8, "dow"), (8, "log")]


def test_descriptions_of_columns_fit_the_metastore():
    found = {
        (node.name, column.name): len(column.description.strip())
        for node in renderer("spark").manifest.nodes.values()
        if node.resource_type in ("model", "seed")
        for column in node.columns.values()
    }
    assert len(found) > 1000
    assert {names: length for names, length in found.items() if length > MOST_CHARACTERS} == {}
