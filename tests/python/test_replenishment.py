"""When a category is bought again: hand-worked intervals and statuses, properties, and backtests."""

from datetime import date, timedelta
from itertools import chain

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES
from klant360.analytics.frames import typed
from klant360.analytics.replenishment import (
    CATEGORY_REPLENISHMENT_TYPES,
    category_replenishment,
    replenishment_backtests,
)

START = date(2025, 1, 1)


def bought(customer, category, *offsets):
    return [(customer, category, START + timedelta(days=offset)) for offset in offsets]


def frame(*rows):
    return pd.DataFrame(list(chain(*rows)), columns=["customer_id", "category", "bought_on"])


def test_hand_worked_interval():
    """Own gaps of 8 and 32 days have the mean 16, all three gaps of coffee 8: (16^2 x 8^3)^(1/5)."""
    given = frame(bought("a", "coffee", 0, 8, 40), bought("b", "coffee", 0, 2), bought("b", "tea", 0, 1))
    found = category_replenishment(given, date(2025, 2, 10))
    assert found[["customer_id", "category"]].to_numpy().tolist() == [["a", "coffee"]]
    interval = (16**2 * 8**3) ** (1 / 5)  # 10.556 days
    assert found["typical_interval_days"].item() == pytest.approx(interval)
    (row,) = typed(found, CATEGORY_REPLENISHMENT_TYPES).to_pylist()
    assert row["last_bought_on"] == START + timedelta(days=40)
    assert row["expected_on"] == START + timedelta(days=40 + 11)


@pytest.mark.parametrize(
    ("passed", "status"), [(0, "not_due"), (10, "not_due"), (11, "due"), (20, "due"), (21, "overdue")]
)
def test_status(passed, status):
    """All gaps are 10 days: due after that, overdue after 20."""
    found = category_replenishment(frame(bought("a", "tea", 0, 10, 20)), START + timedelta(days=20 + passed))
    assert found["status"].item() == status
    assert found["typical_interval_days"].item() == pytest.approx(10)


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.integers(0, 300)), max_size=40
)


@given(rows)
def test_order_and_repetition_do_not_matter(rows):
    lines = [bought(customer, category, offset) for customer, category, offset in rows]
    today = START + timedelta(days=300)
    found = category_replenishment(frame(*lines), today)
    again = category_replenishment(frame(*lines[::-1], *lines), today)
    order = ["customer_id", "category"]
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True), again.sort_values(order, ignore_index=True)
    )
    days = pd.DataFrame(rows, columns=["customer_id", "category", "day"]).drop_duplicates()
    number = days.groupby(order)["day"].nunique()
    assert sorted(zip(found["customer_id"], found["category"], strict=True)) == sorted(
        number[number >= 3].index
    )
    gaps = days.sort_values("day").groupby(order)["day"].diff().dropna()
    # between the shortest and the longest gap, of whomever
    assert found["typical_interval_days"].between(gaps.min() - 1e-9, gaps.max() + 1e-9).all()


CUTS = pd.DataFrame(
    {"trained_until": [START + timedelta(days=100)], "tested_until": [START + timedelta(days=200)]}
)


def test_hand_worked_backtest():
    """Gaps of 10, 10 and 70 days, where 70 is usual: expected about day 126, by their median on day 100."""
    usual = [bought(f"usual{number}", "tea", 0, 70) for number in range(500)]
    judged = [
        bought(f"judged{number}", "tea", 0, 10, 20, 90, *again)
        for number, again in enumerate([[118], [136], [145], [101, 127], [], [201]])
    ]
    due = bought("due", "tea", 0, 1, 2, 3, 127)
    found = replenishment_backtests(frame(*usual, *judged, due), CUTS)
    assert found["customers"].item() == 6
    assert found["metric"].item() == "share_within_14_days"
    assert found["value"].item() == pytest.approx(2 / 6)  # 118 and 136
    assert found["baseline"].item() == "own_median"
    assert found["baseline_value"].item() == pytest.approx(1 / 6)  # 101
    assert found["grade"].item() == "A"
    assert typed(found, MODEL_BACKTESTS_TYPES).num_rows == 1


def test_no_rows_without_rhythms():
    given = frame(bought("a", "tea", 0, 150))
    assert typed(category_replenishment(given, START), CATEGORY_REPLENISHMENT_TYPES).num_rows == 0
    assert typed(replenishment_backtests(given, CUTS), MODEL_BACKTESTS_TYPES).num_rows == 0
    nobody = given.head(0)
    assert typed(category_replenishment(nobody, START), CATEGORY_REPLENISHMENT_TYPES).num_rows == 0
