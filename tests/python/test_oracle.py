"""The oracle itself against hand-worked numbers, published intervals and conservation laws."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies as own_strategies
from oracle import (
    boundaries,
    cohorts,
    components,
    history,
    snapshot_dates,
    snapshots,
    transitions,
    window_start_date,
)
from oracle_orders import classify, customer_order_facts, latest_purchase_date, orders_from_rows
from oracle_samples import KNOWN, make_orders
from oracle_scores import mapping_rules, ntile_scores, rank_scores, segment_of, tie_safe_scores
from oracle_values import wilson_interval

SEEDS = Path(__file__).parents[2] / "seeds"
SEGMENTS = [
    "champion",
    "loyal",
    "potential_loyal",
    "promising",
    "new",
    "needs_attention",
    "at_risk",
    "cant_lose",
    "about_to_sleep",
    "hibernating",
    "lost",
]


@pytest.fixture(scope="module")
def mapping() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "segment_mapping.csv")


def sizes(scores: Iterable[int]) -> list[int]:
    """Return how many have each score from 1 to 5."""
    listed = list(scores)
    return [listed.count(score) for score in (1, 2, 3, 4, 5)]


# --- Scores -------------------------------------------------------------------------------------------------


def test_frequencies_with_many_ties_leave_the_highest_score_empty() -> None:
    frequencies = [1] * 60 + [2] * 20 + [3] * 12 + [4] * 8
    assert tie_safe_scores(frequencies, "least") == [1] * 60 + [2] * 20 + [3] * 12 + [4] * 8


def test_a_tie_includes_everyone_and_the_rest_is_divided_again() -> None:
    # 10 values: position 2 is a 5, and all four 5s are included; of the 6 left, ceil(6 / 4) = 2 score 2;
    # of 4 left, ceil(4 / 3) = 2 score 3; then 1 and 1.
    assert tie_safe_scores([5, 5, 5, 5, 6, 7, 8, 9, 10, 11], "least") == [1, 1, 1, 1, 2, 2, 3, 3, 4, 5]


@pytest.mark.parametrize(
    ("values", "scores"),
    [
        ([], []),
        ([7], [1]),
        ([7, 8], [1, 2]),
        ([9, 7, 8], [3, 1, 2]),
        ([1, 1, 2], [1, 1, 2]),
        ([1, 2, 2, 3], [1, 2, 2, 3]),
    ],
)
def test_fewer_than_five_customers_get_the_lowest_scores(values: list[int], scores: list[int]) -> None:
    assert tie_safe_scores(values, "least") == scores


def test_ntile_gives_the_first_buckets_the_rest_and_breaks_ties_by_id() -> None:
    assert sizes(ntile_scores(range(12), [f"{i:02d}" for i in range(12)], "least")) == [3, 3, 2, 2, 2]
    assert ntile_scores([1] * 6, list("fedcba"), "least") == [5, 4, 3, 2, 1, 1]
    assert ntile_scores([1] * 6, list("fedcba"), "greatest") == [5, 4, 3, 2, 1, 1]
    assert ntile_scores([1, 2, 3], list("abc"), "greatest") == [3, 2, 1]


def test_by_rank_the_few_best_stand_out_where_nearly_all_are_equal() -> None:
    assert sizes(rank_scores([1] * 90 + [2] * 10, "least")) == [90, 0, 0, 0, 10]
    assert sizes(tie_safe_scores([1] * 90 + [2] * 10, "least")) == [90, 10, 0, 0, 0]
    # with k of N worse: 0, 0, 2, 3 and 3 of 5
    assert rank_scores([30, 30, 20, 10, 10], "greatest") == [1, 1, 3, 4, 4]
    assert rank_scores([7] * 100, "least") == [1] * 100
    assert rank_scores([], "least") == []


@given(st.lists(st.integers(-1000, 1000), unique=True), st.sampled_from(["greatest", "least"]))
def test_without_ties_the_scores_are_ntile(values: list[int], worst_first: str) -> None:
    ids = [str(i) for i in range(len(values))]
    assert tie_safe_scores(values, worst_first) == ntile_scores(values, ids, worst_first)


@given(st.lists(st.integers(0, 12), min_size=1))
def test_equal_values_score_equally_better_ones_never_lower_and_no_score_is_skipped(
    values: list[int],
) -> None:
    pairs = sorted(zip(values, tie_safe_scores(values, "least"), strict=True))
    for (value, score), (next_value, next_score) in pairwise(pairs):
        assert next_score - score == 0 if value == next_value else next_score - score in (0, 1)
    assert pairs[0][1] == 1


def test_the_first_rule_that_fits_names_the_segment(mapping: pd.DataFrame) -> None:
    rules = mapping_rules(mapping)
    assert segment_of(rules, 1, 5, 5, False) == "cant_lose"
    assert segment_of(rules, 2, 5, 5, False) == "at_risk"
    assert segment_of(rules, 5, 1, 3, True) == "new"
    assert segment_of(rules, 5, 1, 3, False) == "potential_loyal"
    assert segment_of(rules, 1, 1, 2, True) == "hibernating"


def test_rules_apply_by_priority_and_a_cell_without_a_rule_is_an_error(mapping: pd.DataFrame) -> None:
    assert segment_of(mapping_rules(mapping[::-1]), 5, 5, 5, False) == "champion"
    with pytest.raises(ValueError, match="no rule for R 5"):
        segment_of(mapping_rules(mapping.tail(1)), 5, 1, 1, False)


def test_without_any_purchase_nothing_is_cut_off_and_dated_marts_are_empty(mapping: pd.DataFrame) -> None:
    orders = make_orders(("a", "2023-01-10", "-10"), ("b", "2024-01-10", "0"))
    facts = customer_order_facts(orders, None).set_index("customer_id")
    assert facts["lifetime_net_revenue"].to_dict() == {"a": Decimal(-10), "b": Decimal(0)}
    rows = history(orders, None, 24, mapping)
    for frame in (
        rows,
        snapshots(orders, rows, None, 24),
        boundaries(rows),
        transitions(rows, SEGMENTS),
        cohorts(orders, None),
    ):
        assert frame.empty
        assert len(frame.columns) > 5


# --- Snapshots and windows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snapshot", "months", "start"),
    [
        (date(2024, 2, 29), 1, date(2024, 2, 1)),
        (date(2024, 2, 29), 12, date(2023, 3, 1)),
        (date(2023, 2, 28), 24, date(2021, 3, 1)),
        (date(2023, 4, 30), 2, date(2023, 3, 1)),
        (date(2024, 2, 28), 12, date(2023, 3, 1)),  # no month-end in a leap year: after 2023-02-28
        (date(2023, 3, 30), 1, date(2023, 3, 1)),  # after 2023-02-28, the last day there is
        (date(2023, 10, 30), 1, date(2023, 10, 1)),
        (date(2011, 12, 9), 24, date(2009, 12, 10)),
        (date(2023, 1, 15), 1, date(2022, 12, 16)),
    ],
)
def test_the_first_day_of_the_window(snapshot: date, months: int, start: date) -> None:
    assert window_start_date(snapshot, months) == start


def test_snapshots_are_month_ends_and_as_of_itself() -> None:
    orders = make_orders(("a", "2023-12-31", "10"), ("a", "2023-11-05", "-3"))
    assert snapshot_dates(orders, date(2024, 3, 30)) == [
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 30),
    ]
    assert snapshot_dates(orders, date(2024, 2, 29))[-2:] == [date(2024, 1, 31), date(2024, 2, 29)]
    assert snapshot_dates(orders, date(2023, 12, 31)) == [date(2023, 12, 31)]
    assert snapshot_dates(orders, date(2023, 12, 30)) == []


def test_a_snapshot_shows_its_window_and_whether_the_data_fill_it(mapping: pd.DataFrame) -> None:
    orders = make_orders(("a", "2024-01-31", "10"), ("b", "2024-04-10", "10"))
    as_of = date(2024, 4, 10)
    frame = snapshots(orders, history(orders, as_of, 2, mapping), as_of, 2)
    assert frame.to_numpy().tolist() == [
        [date(2024, 1, 31), None, date(2023, 12, 1), True, False, 1, 1],
        [date(2024, 2, 29), date(2024, 1, 31), date(2024, 1, 1), True, True, 1, 1],
        [date(2024, 3, 31), date(2024, 2, 29), date(2024, 2, 1), True, True, 1, 0],
        [date(2024, 4, 10), date(2024, 3, 31), date(2024, 2, 11), False, True, 2, 1],
    ]


def test_a_customer_without_a_purchase_in_the_window_is_lost(mapping: pd.DataFrame) -> None:
    orders = make_orders(
        ("a", "2023-01-10", "10"),
        ("a", "2023-01-11", "20"),
        ("a", "2023-03-05", "-4"),  # in the window, but without a purchase it does not count
        ("b", "2023-03-30", "5"),
        ("b", "2023-03-31", "-8"),
    )
    rows = history(orders, date(2023, 3, 31), 1, mapping)
    last = rows[rows["snapshot_date"] == date(2023, 3, 31)].to_numpy().tolist()
    assert last == [
        ["a", date(2023, 3, 31), 79, 0, Decimal(0), 2, 1, 1, 1, "111", "lost", False],
        ["b", date(2023, 3, 31), 1, 1, Decimal(-3), 1, 1, 1, 1, "111", "lost", True],
    ]
    assert boundaries(rows).query("snapshot_date == @last[0][1]").to_numpy().tolist() == [
        [date(2023, 3, 31), "frequency", 1, Decimal(1), Decimal(1), 1],
        [date(2023, 3, 31), "monetary", 1, Decimal(-3), Decimal(-3), 1],
        [date(2023, 3, 31), "recency_days", 1, Decimal(1), Decimal(1), 1],
    ]


def test_the_window_has_both_its_ends_and_new_means_one_order_ever(mapping: pd.DataFrame) -> None:
    orders = make_orders(
        ("a", "2023-03-01", "10"),  # the first day of the window
        ("b", "2023-03-10", "20"),
        ("c", "2023-03-20", "30"),
        ("d", "2023-03-30", "40"),
        ("e", "2023-01-10", "99"),
        ("e", "2023-03-31", "50"),  # one order in the window, two in all
        ("f", "2023-02-28", "60"),  # the day before the window
    )
    rows = history(orders, date(2023, 3, 31), 1, mapping)
    last = rows[rows["snapshot_date"] == date(2023, 3, 31)]
    columns = ["customer_id", "frequency", "lifetime_orders", "rfm_code", "segment_code"]
    assert last[columns].to_numpy().tolist() == [
        ["a", 1, 1, "111", "lost"],
        ["b", 1, 1, "212", "about_to_sleep"],
        ["c", 1, 1, "313", "needs_attention"],
        ["d", 1, 1, "414", "new"],
        ["e", 1, 2, "515", "potential_loyal"],
        ["f", 0, 1, "111", "lost"],
    ]
    assert last["is_in_window"].tolist() == [True, True, True, True, True, False]


def test_a_history_by_hand(mapping: pd.DataFrame) -> None:
    # January: a and b. February: c buys, a buys again, and a cancelled order of b counts for nothing.
    orders = pd.concat(
        [
            make_orders(
                ("a", "2023-01-10", "50"),
                ("b", "2023-01-20", "30"),
                ("c", "2023-02-10", "30"),
                ("a", "2023-02-15", "50"),
            ),
            make_orders(("b", "2023-02-20", "500"), status=" Cancelled"),
        ],
        ignore_index=True,
    )
    rows = history(orders, date(2023, 2, 15), 24, mapping)
    assert rows.drop(columns=["snapshot_date", "is_in_window"]).to_numpy().tolist() == [
        ["a", 21, 1, Decimal(50), 1, 1, 1, 2, "112", "hibernating"],
        ["b", 11, 1, Decimal(30), 1, 2, 1, 1, "211", "about_to_sleep"],
        ["a", 0, 2, Decimal(100), 2, 3, 2, 2, "322", "needs_attention"],
        ["b", 26, 1, Decimal(30), 1, 1, 1, 1, "111", "lost"],
        ["c", 5, 1, Decimal(30), 1, 2, 1, 1, "211", "about_to_sleep"],
    ]
    frame = transitions(rows, [*SEGMENTS, "prospect"])
    assert len(frame) == 12 * 11
    assert not frame["is_complete"].any()
    moved = frame[frame["customers"] > 0]
    assert moved[["from_segment", "to_segment", "customers", "transition_rate"]].to_numpy().tolist() == [
        ["(new)", "about_to_sleep", 1, 1.0],
        ["about_to_sleep", "lost", 1, 1.0],
        ["hibernating", "needs_attention", 1, 1.0],
    ]
    empty = frame[frame["from_segment"] == "champion"]
    assert empty[["transition_rate", "rate_low", "rate_high"]].isna().all(axis=None)


# --- Cohorts ------------------------------------------------------------------------------------------------


def test_a_cohort_by_hand() -> None:
    orders = make_orders(
        ("a", "2022-12-20", "-5"),  # before the first purchase: month 0
        ("a", "2023-01-10", "10"),
        ("b", "2023-01-11", "20"),
        ("c", "2023-01-12", "0.0001"),
        ("c", "2023-02-10", "-2"),  # a credit note does not make anyone active
        ("b", "2023-03-01", "7"),
        ("b", "2023-03-02", "-1"),
        ("d", "2023-03-03", "1"),
        ("a", "2023-04-01", "99"),  # after as_of
    )
    frame = cohorts(orders, date(2023, 3, 15))
    shown = frame.drop(columns=["retention_low", "retention_high"]).to_numpy().tolist()
    january, march = date(2023, 1, 1), date(2023, 3, 1)
    full = [Decimal("25.0001"), Decimal("25.0001"), Decimal("8.3334"), True]  # 8.33336...
    silent = [Decimal(-2), Decimal("23.0001"), Decimal("7.6667"), True]
    last = [Decimal(6), Decimal("29.0001"), Decimal("9.6667"), False]
    assert shown == [
        [january, 0, 3, 3, 1.0, *full],
        [january, 1, 3, 0, 0.0, *silent],  # an observed zero; February has no cohort of its own
        [january, 2, 3, 1, 1 / 3, *last],  # months not yet observed have no row
        [march, 0, 1, 1, 1.0, Decimal(1), Decimal(1), Decimal(1), False],
    ]


def test_the_last_month_is_complete_when_as_of_is_its_end() -> None:
    orders = make_orders(("a", "2024-01-10", "10"))
    assert cohorts(orders, date(2024, 2, 29))["is_complete"].tolist() == [True, True]
    assert cohorts(orders, date(2024, 2, 28))["is_complete"].tolist() == [True, False]


# --- Intervals and identity ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_against_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_components_follow_chains_and_keep_lone_records() -> None:
    links = [("a", "b"), ("c", "d"), ("b", "c"), ("e", "f"), ("g", "g")]
    assert components(links) == {frozenset("abcd"), frozenset("ef"), frozenset("g")}
    assert components([]) == set()


# --- Laws on drawn order sets -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(
    own_strategies.order_sets(),
    own_strategies.as_of_dates(),
    st.sampled_from([1, 6, 24]),
    st.sampled_from(["together", "ntile", "rank"]),
)
def test_conservation_laws(
    mapping: pd.DataFrame, rows: list[own_strategies.Row], as_of: date | None, months: int, ties: str
) -> None:
    orders = classify(orders_from_rows(rows), KNOWN)
    as_of = as_of or latest_purchase_date(orders)
    snapshot_rows = history(orders, as_of, months, mapping, ties)
    dates = snapshot_dates(orders, as_of)
    per_date = snapshots(orders, snapshot_rows, as_of, months).set_index("snapshot_date")
    assert per_date.index.tolist() == dates
    assert per_date["customers"].is_monotonic_increasing

    per_metric = boundaries(snapshot_rows).groupby(["snapshot_date", "metric"])["customers"].sum()
    for (snapshot, _), customers in per_metric.items():
        assert customers == per_date.loc[snapshot, "customers_in_window"]

    moves = transitions(snapshot_rows, SEGMENTS)
    assert len(moves) == 12 * 11 * max(0, len(dates) - 1)
    for snapshot, cells in moves.groupby("snapshot_date"):
        previous = cells["previous_snapshot_date"].iloc[0]
        known = cells[cells["from_segment"] != "(new)"]
        for frame, when, column in ((known, previous, "from_segment"), (cells, snapshot, "to_segment")):
            of_segment = snapshot_rows.loc[snapshot_rows["snapshot_date"] == when, "segment_code"]
            population = of_segment.value_counts()
            sums = frame.groupby(column)["customers"].sum()
            assert sums[sums > 0].to_dict() == population.to_dict()

    grid = cohorts(orders, as_of)
    first_months = grid[grid["months_since_first_order"] == 0]
    assert (first_months["active_customers"] == first_months["cohort_size"]).all()
    facts = customer_order_facts(orders, as_of)
    buyers = facts[facts["lifetime_orders"] > 0]
    assert sum(grid["net_revenue"]) == sum(buyers["lifetime_net_revenue"])
    assert sum(first_months["cohort_size"]) == len(buyers)
    if dates:
        latest = snapshot_rows[snapshot_rows["snapshot_date"] == dates[-1]]
        assert latest["customer_id"].tolist() == buyers["customer_id"].tolist()
        assert latest["lifetime_orders"].tolist() == buyers["lifetime_orders"].tolist()
