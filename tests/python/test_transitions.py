"""Segment transitions: a hand-worked matrix, conservation laws, and the dbt model on DuckDB relations."""

from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.frames import typed
from klant360.analytics.transitions import NEWCOMERS, SEGMENT_TRANSITION_TYPES, segment_transitions
from python_models import result_types, run_model

MODEL = Path(__file__).parents[2] / "models" / "marts" / "segmentation" / "segment_transitions.py"
JANUARY, FEBRUARY, MARCH = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 15)
COUNT_COLUMNS = ["snapshot_date", "from_segment", "to_segment", "customers"]
SNAPSHOT_COLUMNS = ["snapshot_date", "previous_snapshot_date", "is_month_end"]

SNAPSHOTS = pd.DataFrame(
    [(JANUARY, None, True), (FEBRUARY, JANUARY, True), (MARCH, FEBRUARY, False)], columns=SNAPSHOT_COLUMNS
)
# January: 4 in "high". February: 3 of them stay, 1 falls to "low", where 2 newcomers begin.
# March: all 6 in "high".
COUNTS = pd.DataFrame(
    [
        (FEBRUARY, "high", "high", 3),
        (FEBRUARY, "high", "low", 1),
        (FEBRUARY, NEWCOMERS, "low", 2),
        (MARCH, "high", "high", 3),
        (MARCH, "low", "high", 3),
    ],
    columns=COUNT_COLUMNS,
)


def test_hand_worked_matrix():
    result = segment_transitions(COUNTS, SNAPSHOTS, ["high", "low"])
    assert list(result.columns) == list(SEGMENT_TRANSITION_TYPES)
    rate = result["transition_rate"]
    readable = result.assign(
        snapshot_date=result["snapshot_date"].dt.date,
        previous_snapshot_date=result["previous_snapshot_date"].dt.date,
        transition_rate=rate.astype(object).where(rate.notna(), None),
    ).drop(columns=["rate_low", "rate_high"])
    assert list(readable.itertuples(index=False, name=None)) == [
        (FEBRUARY, JANUARY, "(new)", "high", 0, 0.0, True),
        (FEBRUARY, JANUARY, "(new)", "low", 2, 1.0, True),
        (FEBRUARY, JANUARY, "high", "high", 3, 0.75, True),
        (FEBRUARY, JANUARY, "high", "low", 1, 0.25, True),
        (FEBRUARY, JANUARY, "low", "high", 0, None, True),
        (FEBRUARY, JANUARY, "low", "low", 0, None, True),
        (MARCH, FEBRUARY, "(new)", "high", 0, None, False),
        (MARCH, FEBRUARY, "(new)", "low", 0, None, False),
        (MARCH, FEBRUARY, "high", "high", 3, 1.0, False),
        (MARCH, FEBRUARY, "high", "low", 0, 0.0, False),
        (MARCH, FEBRUARY, "low", "high", 3, 1.0, False),
        (MARCH, FEBRUARY, "low", "low", 0, 0.0, False),
    ]


def test_hand_worked_limits():
    """Wilson limits: 0 and 2 of 2, 3 and 1 of 4; none where the row is empty."""
    result = segment_transitions(COUNTS, SNAPSHOTS, ["high", "low"])
    assert result["rate_low"][:4].tolist() == pytest.approx([0, 0.3424, 0.3006, 0.0456], abs=5e-5)
    assert result["rate_high"][:4].tolist() == pytest.approx([0.6576, 1, 0.9544, 0.6994], abs=5e-5)
    assert result["rate_low"][4:6].isna().all() and result["rate_high"][4:6].isna().all()


def test_empty_rows_become_null():
    table = typed(segment_transitions(COUNTS, SNAPSHOTS, ["high", "low"]), SEGMENT_TRANSITION_TYPES)
    assert table["transition_rate"].null_count == table["rate_low"].null_count == 4
    assert table["rate_high"].null_count == 4
    assert table["customers"].null_count == 0


def test_order_of_the_input_does_not_matter():
    again = segment_transitions(COUNTS.iloc[::-1], SNAPSHOTS.iloc[::-1], ["high", "low"])
    pd.testing.assert_frame_equal(again, segment_transitions(COUNTS, SNAPSHOTS, ["high", "low"]))


def test_datetimes_and_dates_are_the_same():
    counts = COUNTS.astype({"snapshot_date": "datetime64[us]"})
    snapshots = SNAPSHOTS.astype(dict.fromkeys(SNAPSHOT_COLUMNS[:2], "datetime64[us]"))
    pd.testing.assert_frame_equal(
        segment_transitions(counts, snapshots, ["high", "low"]),
        segment_transitions(COUNTS, SNAPSHOTS, ["high", "low"]),
    )


@pytest.mark.parametrize("snapshots", [SNAPSHOTS[:0], SNAPSHOTS[:1], pd.DataFrame(columns=SNAPSHOT_COLUMNS)])
@pytest.mark.parametrize("codes", [[], ["high", "low"]])
def test_no_previous_snapshot_gives_no_rows_of_the_same_types(snapshots, codes):
    result = segment_transitions(pd.DataFrame(columns=COUNT_COLUMNS), snapshots, codes)
    full = segment_transitions(COUNTS, SNAPSHOTS, ["high", "low"])
    assert result.empty
    assert typed(result, SEGMENT_TRANSITION_TYPES).schema == typed(full, SEGMENT_TRANSITION_TYPES).schema


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((JANUARY, NEWCOMERS, "high", 4), "snapshot_date 2024-01-31 00:00:00 is not a snapshot_date with"),
        ((date(2023, 1, 1), "high", "high", 4), "is not a snapshot_date with a previous one"),
        ((MARCH, "other", "high", 1), "from_segment other is not a scored segment or (new)"),
        ((MARCH, "high", "other", 1), "to_segment other is not a scored segment"),
        ((MARCH, "high", NEWCOMERS, 1), "to_segment (new) is not a scored segment"),
        ((MARCH, "high", "high", 1), "a cell is there twice"),
        ((MARCH, "high", "low", -1), "a number of customers is negative"),
        ((MARCH, None, "low", 1), "counts: expected no nulls"),
        ((MARCH, "high", "low", 0.5), "customers: expected integers without nulls"),
    ],
)
def test_impossible_counts_are_an_error(row, message):
    counts = pd.concat([COUNTS, pd.DataFrame([row], columns=COUNT_COLUMNS)], ignore_index=True)
    with pytest.raises(ValueError) as error:
        segment_transitions(counts, SNAPSHOTS, ["high", "low"])
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((MARCH, FEBRUARY, True), "a snapshot_date is there twice"),
        ((None, MARCH, True), "expected no nulls"),
        ((date(2024, 4, 30), MARCH, None), "expected no nulls"),
        ((date(2024, 4, 30), date(2024, 4, 30), True), "must be before snapshot_date"),
    ],
)
def test_impossible_snapshots_are_an_error(row, message):
    rows = [*SNAPSHOTS.itertuples(index=False, name=None), row]
    snapshots = pd.DataFrame(rows, columns=SNAPSHOT_COLUMNS)
    with pytest.raises(ValueError, match=message):
        segment_transitions(COUNTS, snapshots, ["high", "low"])


@pytest.mark.parametrize("codes", [["high", "high"], ["high", NEWCOMERS]])
def test_impossible_segment_codes_are_an_error(codes):
    with pytest.raises(ValueError, match="segment codes must be unique"):
        segment_transitions(COUNTS, SNAPSHOTS, codes)


CODES = ["a", "b", "c"]
DATES = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 10)]


@st.composite
def journeys(draw):
    """Draw per customer the segment in each of four snapshots; customers stay in every later one."""
    paths = st.lists(st.sampled_from(CODES), min_size=1, max_size=len(DATES))
    return [[None] * (len(DATES) - len(path)) + path for path in draw(st.lists(paths, max_size=40))]


def counted(paths):
    cells = Counter(
        (day, path[n - 1] or NEWCOMERS, path[n])
        for n, day in enumerate(DATES)
        for path in paths
        if n > 0 and path[n] is not None
    )
    return pd.DataFrame([(*cell, number) for cell, number in cells.items()], columns=COUNT_COLUMNS)


@given(journeys())
def test_rows_add_up_to_the_previous_snapshot_and_columns_to_this_one(paths):
    snapshots = pd.DataFrame(
        [(day, DATES[n - 1] if n else None, n < 3) for n, day in enumerate(DATES)], columns=SNAPSHOT_COLUMNS
    )
    result = segment_transitions(counted(paths), snapshots, CODES)
    assert len(result) == 3 * 4 * 3
    for n, day in enumerate(DATES[1:], start=1):
        here = result[result["snapshot_date"] == pd.Timestamp(day)]
        left = here.groupby("from_segment")["customers"].sum()
        came = here.groupby("to_segment")["customers"].sum()
        for code in CODES:
            assert left[code] == sum(path[n - 1] == code for path in paths)
            assert came[code] == sum(path[n] == code for path in paths)
        assert left[NEWCOMERS] == sum(path[n - 1] is None and path[n] is not None for path in paths)
    filled = result.dropna(subset="transition_rate")
    shares = filled.groupby(["snapshot_date", "from_segment"])["transition_rate"].sum()
    assert shares.tolist() == pytest.approx([1.0] * len(shares))
    assert filled["transition_rate"].between(filled["rate_low"], filled["rate_high"]).all()


SEGMENTS = """
    select * from (values ('low', 1::bigint), ('prospect', 0), ('high', 9), ('also_high', 9))
        as rows(segment_code, tier)
"""


def test_model_on_duckdb():
    inputs = {
        "int_transitions__counts": """
            select date '2024-02-29' as snapshot_date, 'high' as from_segment, 'low' as to_segment,
                5::bigint as customers
        """,
        "snapshots": """
            select
                date '2024-01-31' as snapshot_date,
                null::date as previous_snapshot_date,
                true as is_month_end
            union all
            select date '2024-02-29', date '2024-01-31', true
        """,
        "segments": SEGMENTS,
    }
    with duckdb.connect() as connection:
        result = run_model(MODEL, connection, inputs)
    assert result.num_rows == 4 * 3
    assert list(dict.fromkeys(result["from_segment"].to_pylist())) == ["(new)", "also_high", "high", "low"]
    moved = result.filter(pd.Series(result["customers"].to_pylist()).gt(0).tolist()).to_pylist()
    assert len(moved) == 1
    assert (moved[0]["from_segment"], moved[0]["to_segment"], moved[0]["customers"]) == ("high", "low", 5)
    assert moved[0]["snapshot_date"] == FEBRUARY and moved[0]["previous_snapshot_date"] == JANUARY


def test_model_without_any_purchase():
    inputs = {
        "int_transitions__counts": """
            select null::date as snapshot_date, '' as from_segment, '' as to_segment, 0::bigint as customers
            where false
        """,
        "snapshots": """
            select null::date as snapshot_date, null::date as previous_snapshot_date, true as is_month_end
            where false
        """,
        "segments": SEGMENTS,
    }
    with duckdb.connect() as connection:
        result = run_model(MODEL, connection, inputs)
        types = result_types(connection)
    assert result.num_rows == 0
    assert list(types.items()) == list(SEGMENT_TRANSITION_TYPES.items())


def test_yml_has_the_same_columns_and_types():
    (model,) = yaml.safe_load(MODEL.with_suffix(".yml").read_text())["models"]
    declared = {column["name"]: column["data_type"] for column in model["columns"]}
    assert list(declared.items()) == list(SEGMENT_TRANSITION_TYPES.items())
