"""Backtests of recommendations, by hand and against a count in plain Python."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES, backtest_cuts
from klant360.analytics.frames import typed
from klant360.analytics.recommendation_backtests import recommendation_backtests
from klant360.analytics.recommendations import recommendations

COLUMNS = ["customer_id", "product_id", "bought_on", "is_kept"]
CUT, UNTIL = date(2025, 6, 30), date(2025, 12, 31)
CUTS = pd.DataFrame({"trained_until": [CUT], "tested_until": [UNTIL]})
OLD, BEFORE, AFTER = date(2023, 6, 30), date(2025, 6, 30), date(2025, 7, 1)


def test_hand_worked_rates():
    """Tea goes with cups. Three customers buy something new: one a cup, one a cup and a mat, one a mat."""
    lines = [
        *((f"pair{n}", product, BEFORE, True) for n in range(20) for product in ("tea", "cup")),
        *((f"p{n}{k}", f"top{n}", BEFORE, True) for n in range(10) for k in range(30)),  # what most bought
        *((customer, "tea", BEFORE, True) for customer in ("a", "b", "c", "nothing", "returns")),
        ("pair1", "mat", BEFORE, True),
        ("a", "cup", AFTER, True),
        ("b", "cup", AFTER, True),
        ("b", "mat", AFTER, True),
        ("c", "rug", AFTER, True),
        ("c", "rug", UNTIL, True),
        # not judged: bought nothing new, kept nothing, came later, or too late
        ("nothing", "tea", AFTER, True),
        ("returns", "cup", AFTER, False),
        ("newcomer", "cup", AFTER, True),
        ("pair2", "mat", date(2026, 1, 1), True),
    ]
    found = recommendation_backtests(pd.DataFrame(lines, columns=COLUMNS), CUTS, 24, 8000)
    by_metric = found.set_index("metric")
    assert by_metric["customers"].tolist() == [3, 3]
    assert by_metric.loc["hit_rate", "value"] == pytest.approx(2 / 3)
    assert by_metric.loc["recall", "value"] == pytest.approx((1 + 2 / 2 + 0) / 3)
    assert by_metric["baseline_value"].tolist() == [0, 0]
    assert set(found["baseline"]) == {"most_bought"} and set(found["grade"]) == {"A"}
    assert typed(found, MODEL_BACKTESTS_TYPES).num_rows == 2


def test_what_left_the_window_speaks_for_nothing_but_is_not_new():
    pairs = [(f"pair{n}", product, BEFORE, True) for n in range(20) for product in ("tea", "cup")]
    lines = [
        *pairs,
        ("a", "tea", OLD, True),  # 24 months to 30 June 2025 begin on 1 July 2023
        ("a", "cup", OLD, False),  # returned, but bought before
        ("a", "cup", AFTER, True),
        ("b", "tea", OLD, True),
        ("b", "cup", AFTER, True),
    ]
    found = recommendation_backtests(pd.DataFrame(lines, columns=COLUMNS), CUTS, 24, 8000)
    assert found["customers"].tolist() == [1, 1]  # b, whose cup is new
    assert found["value"].tolist() == [0, 0]
    assert found["baseline_value"].tolist() == [1, 1]  # there are only two products
    assert found["grade"].tolist() == ["C", "C"]


def draw(seed):
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, 200, 3000)
    product = (customer + rng.binomial(12, 0.3, 3000) + 20 * (rng.random(3000) < 0.2)) % 60
    day = pd.Timestamp(2022, 1, 1) + pd.to_timedelta(rng.integers(0, 1461, 3000), "D")
    return pd.DataFrame(
        {
            "customer_id": customer.astype(str),
            "product_id": product.astype(str),
            "bought_on": day,
            "is_kept": rng.random(3000) > 0.1,
        }
    )


def test_counted_in_plain_python():
    bought = draw(3)
    cuts = backtest_cuts(date(2022, 1, 1), UNTIL)
    found = recommendation_backtests(bought, cuts, 24, 8000)
    assert len(found) == 6
    row = found[(found["metric"] == "recall") & (pd.to_datetime(found["trained_until"]) == pd.Timestamp(CUT))]
    known = bought[bought["bought_on"] <= pd.Timestamp(CUT)]
    in_window = known["is_kept"] & (known["bought_on"] > pd.Timestamp(OLD))
    recommended = recommendations(known.assign(is_in_window=in_window), [], 8000)
    given = recommended.groupby("customer_id")["product_id"].agg(set).to_dict()
    ever = known.groupby("customer_id")["product_id"].agg(set).to_dict()
    most = known[in_window].drop_duplicates(["customer_id", "product_id"])["product_id"].value_counts()
    top = sorted(most.index, key=lambda product: (-most[product], product))[:10]
    later = bought[(bought["bought_on"] > pd.Timestamp(CUT)) & bought["is_kept"]]
    recalls, top_recalls = [], []
    for customer, products in later.groupby("customer_id")["product_id"].agg(set).items():
        new = products - ever.get(customer, products)
        if new:
            recalls.append(len(new & given.get(customer, set())) / len(new))
            top_recalls.append(len(new & set(top)) / len(new))
    assert row["customers"].item() == len(recalls)
    assert row["value"].item() == pytest.approx(np.mean(recalls))
    assert row["baseline_value"].item() == pytest.approx(np.mean(top_recalls))
    assert row["grade"].item() == "A"


def test_the_order_of_the_rows_changes_no_digit():
    bought, cuts = draw(4), backtest_cuts(date(2022, 1, 1), UNTIL)
    found = recommendation_backtests(bought, cuts, 24, 8000)
    for seed in range(5):
        shuffled = bought.sample(frac=1, random_state=seed, ignore_index=True)
        again = recommendation_backtests(shuffled, cuts, 24, 8000)
        pd.testing.assert_frame_equal(again, found, check_exact=True)


def test_without_new_products_or_cuts_there_are_no_rows():
    bought = pd.DataFrame([("a", "tea", BEFORE, True), ("a", "tea", AFTER, True)], columns=COLUMNS)
    for cuts in (CUTS, CUTS.head(0)):
        found = recommendation_backtests(bought, cuts, 24, 8000)
        assert typed(found, MODEL_BACKTESTS_TYPES).num_rows == 0
