"""Products that are bought by the same customers, against pandas and scipy.stats."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from klant360.analytics.affinities import PRODUCT_AFFINITIES_TYPES, product_affinities
from klant360.analytics.frames import typed
from klant360.analytics.p_values import overlap_test


def lines(baskets):
    rows = [(customer, product) for customer, products in baskets.items() for product in products]
    return pd.DataFrame(rows, columns=["customer_id", "product_id"], dtype=object)


def test_hand_worked_pair():
    """Of 10 customers 4 bought tea and 5 cups, 3 of them both."""
    baskets = {**dict.fromkeys("abc", ("tea", "cup")), "d": ["tea"], "e": ["cup"], "f": ["cup"]}
    found = product_affinities(lines(baskets | dict.fromkeys("ghij", ("mat",))), min_customers=3)
    assert found["product_id"].tolist() == ["cup", "tea"]
    tea = found.iloc[1]
    assert tea["also_product_id"] == "cup"
    assert tea[["customers_product", "customers_also", "customers_both", "customers"]].tolist() == [
        4,
        5,
        3,
        10,
    ]
    assert (tea["support"], tea["confidence"], tea["lift"]) == pytest.approx((0.3, 0.75, 1.5))
    assert tea["similarity"] == pytest.approx(3 / 20**0.5)
    # (C(5,3) C(5,1) + C(5,4)) / C(10,4)
    assert tea["p_value"] == pytest.approx(55 / 210)
    assert typed(found, PRODUCT_AFFINITIES_TYPES).num_rows == 2


def brute_force(bought, min_customers):
    """A join of all lines with themselves, in pandas."""
    bought = bought.drop_duplicates()
    customers = bought["customer_id"].nunique()
    number = bought["product_id"].value_counts()
    pairs = bought.merge(bought, on="customer_id", suffixes=("", "_also"))
    pairs = pairs[pairs["product_id"] != pairs["product_id_also"]]
    both = pairs.groupby(["product_id", "product_id_also"]).size().rename("both").reset_index()
    both["one"], both["also"] = number[both["product_id"]].array, number[both["product_id_also"]].array
    both = both[(both["both"] >= min_customers) & (both["both"] * customers > both["one"] * both["also"])]
    both["similarity"] = both["both"] / np.sqrt(both["one"] * both["also"])
    both["p_value"] = hypergeom.sf(both["both"] - 1, customers, both["also"], both["one"])
    order = ["product_id", "similarity", "product_id_also"]
    both = both.sort_values(order, ascending=[True, False, True])
    return both.groupby("product_id").head(20)


baskets = st.dictionaries(
    st.sampled_from([f"c{number}" for number in range(25)]),
    st.lists(st.sampled_from([f"p{number}" for number in range(6)]), min_size=1, max_size=6),
    max_size=25,
)


@settings(max_examples=40)
@given(baskets, st.integers(1, 3))
def test_brute_force(baskets, min_customers):
    bought = lines(baskets)
    found, expected = product_affinities(bought, min_customers), brute_force(bought, min_customers)
    for column, as_column in {
        "product_id": "product_id",
        "also_product_id": "product_id_also",
        "customers_product": "one",
        "customers_also": "also",
        "customers_both": "both",
    }.items():
        assert found[column].tolist() == expected[as_column].tolist()
    assert found["similarity"].tolist() == pytest.approx(expected["similarity"].tolist())
    assert found["p_value"].tolist() == pytest.approx(expected["p_value"].tolist())


def test_many_products_in_blocks(monkeypatch):
    monkeypatch.setattr("klant360.analytics.purchase_matrix._BLOCK", 700)
    rng = np.random.default_rng(1)
    bought = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 300, 6000).astype(str),
            "product_id": (99 * rng.beta(1, 3, 6000)).astype(int).astype(str),
        }
    )
    found, expected = product_affinities(bought, 5), brute_force(bought, 5)
    assert found["also_product_id"].tolist() == expected["product_id_also"].tolist()
    assert found["customers_both"].tolist() == expected["both"].tolist()
    assert found.groupby("product_id").size().max() == 20


@settings(max_examples=40)
@given(st.data())
def test_overlap_against_scipy(data):
    total = data.draw(st.integers(1, 4000))
    one, other = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    both = data.draw(st.integers(max(0, one + other - total), min(one, other)))
    expected = hypergeom.sf(both - 1, total, one, other)
    assert overlap_test(both, one, other, total) == pytest.approx(expected, rel=1e-7, abs=1e-300)


def test_overlaps_of_a_million():
    """Far tails do not become 0, and shapes broadcast."""
    found = overlap_test([[5_000, 6_000]], 50_000, 100_000, 1_000_000)
    assert found.shape == (1, 2)
    assert 0.4 < found[0, 0] < 0.6
    assert np.log(found[0, 1]) == pytest.approx(hypergeom.logsf(5_999, 10**6, 50_000, 100_000), rel=1e-6)
    assert overlap_test([], [], [], 5).shape == (0,)
