"""Recommendations, against a regression of each product by itself and sums in plain Python."""

import numpy as np
import pandas as pd
import pytest

from klant360.analytics.frames import typed
from klant360.analytics.recommendations import CUSTOMER_RECOMMENDATIONS_TYPES, recommendations


def draw(seed, customers=60, products=14, lines=420):
    """Customers who buy mostly neighbours of a product of their own; a fifth of it before the window."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, customers, lines)
    product = (customer + rng.binomial(5, 0.4, lines)) % products
    bought = pd.DataFrame({"customer_id": customer.astype(str), "product_id": product.astype(str)})
    bought["product_id"] = "p" + bought["product_id"].str.zfill(2)
    return bought.assign(is_in_window=rng.random(lines) > 0.2)


def regressions(matrix):
    """The ridge regression of each product on the others, one by one: rows have the products bought."""
    products = range(matrix.shape[1])
    weights = np.zeros((len(products), len(products)))
    for product in products:
        others = [other for other in products if other != product]
        given = matrix[:, others]
        weights[others, product] = np.linalg.solve(
            given.T @ given + 500 * np.eye(len(others)), given.T @ matrix[:, product]
        )
    return np.round(weights, 10)


def cosines(matrix):
    both = matrix.T @ matrix
    weights = both / np.sqrt(np.outer(np.diag(both), np.diag(both)))
    np.fill_diagonal(weights, 0)
    return weights


def brute_force(bought, out_of_stock, weigh, most):
    window = bought[bought["is_in_window"]]
    table = pd.crosstab(window["customer_id"], window["product_id"]).clip(upper=1)
    products = table.columns.tolist()
    weights = pd.DataFrame(weigh(table.to_numpy(float)), index=products, columns=products)
    kept = {
        product: sorted(weights.loc[product].items(), key=lambda item: (-item[1], item[0]))[:most]
        for product in products
    }
    ever = bought.groupby("customer_id")["product_id"].agg(set)
    rows = []
    for customer in table.index:
        found = {}
        for product in table.columns[table.loc[customer] > 0]:
            for other, weight in kept[product]:
                if weight > 0 and other not in ever[customer] and other not in out_of_stock:
                    found.setdefault(other, []).append((weight, product))
        score_of = {other: round(sum(weight for weight, _ in of), 12) for other, of in found.items()}
        ranked = sorted((-score_of[other], other, of) for other, of in found.items())
        for rank, (score, other, of) in enumerate(ranked[:10], start=1):
            greatest = max(weight for weight, _ in of)
            rows.append((customer, rank, other, -score, min(p for w, p in of if w == greatest)))
    return rows


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("max_products", "weigh", "most"), [(14, regressions, 50), (13, cosines, 10)])
def test_brute_force(seed, max_products, weigh, most, monkeypatch):
    monkeypatch.setattr("klant360.analytics.purchase_matrix._BLOCK", 100)
    bought, out_of_stock = draw(seed), ["p03", "unknown"]
    found = recommendations(bought, out_of_stock, max_products).sort_values(["customer_id", "rank"])
    expected = brute_force(bought, out_of_stock, weigh, most)
    assert len(expected) > 100
    for at, column in enumerate(CUSTOMER_RECOMMENDATIONS_TYPES):
        if column == "score":
            assert found[column].tolist() == pytest.approx([row[at] for row in expected], abs=1e-9)
        else:
            assert found[column].tolist() == [row[at] for row in expected]


def test_only_the_greatest_weights_of_a_product_count():
    """Of 70 products that are bought with "a", it speaks for 50: of equals for the first ones."""
    pairs = [(f"c{number}", product) for number in range(70) for product in ("a", f"p{number:02}")]
    bought = pd.DataFrame(pairs, columns=["customer_id", "product_id"]).assign(is_in_window=True)
    newcomer = pd.DataFrame([("new", "a", True)], columns=bought.columns)
    found = recommendations(pd.concat([bought, newcomer]), [f"p{number:02}" for number in range(45)], 8000)
    of_newcomer = found[found["customer_id"] == "new"]
    assert of_newcomer["product_id"].tolist() == [f"p{number:02}" for number in range(45, 50)]
    assert set(of_newcomer["because_product_id"]) == {"a"}
    assert of_newcomer["score"].nunique() == 1


def test_who_bought_all_or_nothing_lately_gets_nothing():
    bought = pd.DataFrame(
        [("all", "x", True), ("all", "y", True), ("one", "x", True), ("past", "x", False)],
        columns=["customer_id", "product_id", "is_in_window"],
    )
    found = recommendations(bought, [], 8000)
    assert found[["customer_id", "product_id", "because_product_id"]].to_numpy().tolist() == [
        ["one", "y", "x"]
    ]


@pytest.mark.parametrize("is_in_window", [False, None])
def test_without_purchases_in_the_window(is_in_window):
    bought = pd.DataFrame(
        [] if is_in_window is None else [("c", "x", is_in_window)],
        columns=["customer_id", "product_id", "is_in_window"],
    )
    assert typed(recommendations(bought, [], 8000), CUSTOMER_RECOMMENDATIONS_TYPES).num_rows == 0
