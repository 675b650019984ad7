"""Two real years of a webshop, against numbers that were computed outside this project."""

import csv
import datetime
import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import oracle
import oracle_orders
from klant360.dashboard.page.render import shown_panels
from oracle_marts import KNOWN_STATUSES, MAPPING, assert_same_rows
from published_worlds import publish_marts
from test_dashboard import GREATEST_SIZE, tables_of
from warehouses import Warehouse

SHARED = Path(__file__).parents[3] / "shared"
SOURCES = SHARED / "data" / "online_retail"
SEGMENTS = {
    "champion": 1039,
    "loyal": 777,
    "potential_loyal": 465,
    "promising": 409,
    "new": 92,
    "needs_attention": 474,
    "at_risk": 382,
    "cant_lose": 24,
    "about_to_sleep": 1106,
    "hibernating": 614,
    "lost": 496,
}
SEGMENTS_OF_SIX_MONTHS = {
    "champion": 577,
    "loyal": 398,
    "potential_loyal": 260,
    "promising": 294,
    "new": 38,
    "needs_attention": 291,
    "at_risk": 131,
    "cant_lose": 15,
    "about_to_sleep": 817,
    "hibernating": 432,
    "lost": 2625,
}
AS_OF_DATE = datetime.date(2011, 12, 9)

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(
        not (SOURCES / "webshop").is_dir(),
        reason="The data set Online Retail II is missing: get it from the UCI Machine Learning Repository"
        " (https://archive.ics.uci.edu/dataset/502/online+retail+ii). Convert it to the source contract: it"
        f" belongs in the folder {SOURCES}.",
    ),
]


@pytest.fixture(scope="module")
def retail(build_warehouse: Callable[..., Warehouse]) -> Warehouse:
    return build_warehouse(SOURCES, variables={"base_currency": "GBP"})


@pytest.fixture(scope="module")
def retail_of_six_months(build_warehouse: Callable[..., Warehouse]) -> Warehouse:
    select = ["+customer_segments"]
    variables = {"base_currency": "GBP", "rfm_window_months": 6}
    return build_warehouse(SOURCES, variables=variables, select=select)


def counts(warehouse: Warehouse, sql: str) -> dict[Any, Any]:
    return dict(warehouse.rows(sql))


def test_segments(retail: Warehouse) -> None:
    found = counts(retail, "select segment_code, count(*) from marts.customer_segments group by all")
    assert found == SEGMENTS
    assert sum(found.values()) == 5878
    assert retail.rows(
        "select distinct snapshot_date, sum(monetary) over () from marts.customer_segments"
    ) == [(AS_OF_DATE, Decimal("16077025.948"))]
    history = retail.rows("select count(*) from marts.customer_segment_history")
    assert history == [(98557,)]


def test_dashboard(retail: Warehouse, tmp_path: Path) -> None:
    facts = {"base_currency": "GBP", "as_of_date": AS_OF_DATE.isoformat()}
    served = publish_marts(retail.path, tmp_path, **facts)
    assert (served / "dashboard.html").stat().st_size < GREATEST_SIZE
    with tables_of(served) as tables:
        shown = {panel.name: panel for panel in shown_panels(tables)}
    sizes = {row["key"]: row["customers"] for row in shown["sizes"].rows if row["scope"] == "all"}
    assert {code: size for code, size in sizes.items() if code != "prospect"} == SEGMENTS
    frequency = [row["meaning"].en for row in shown["scores_in_words"].rows if row["score"].startswith("F")]
    assert frequency == ["12 or more orders", "7 to 11 orders", "4 to 6 orders", "2 to 3 orders", "1 order"]


def test_frequency_bands(retail: Warehouse) -> None:
    bands = retail.rows(
        "select score, value_from, value_to from marts.rfm_score_boundaries"
        f" where metric = 'frequency' and snapshot_date = '{AS_OF_DATE}' order by score"
    )
    assert bands[:4] == [(1, 1, 1), (2, 2, 3), (3, 4, 6), (4, 7, 11)]
    assert bands[4][:2] == (5, 12)


def test_cohort_of_january_2010(retail: Warehouse) -> None:
    months = retail.rows(
        "select cohort_size, active_customers from marts.cohort_retention"
        " where cohort_month = '2010-01-01' and months_since_first_order <= 4"
        " order by months_since_first_order"
    )
    assert months == [(383, 383), (383, 79), (383, 119), (383, 117), (383, 101)]


def test_rejections(retail: Warehouse) -> None:
    found = retail.rows(
        "select source_table, reason, count(*) from restricted.rejected_rows group by all order by 1"
    )
    assert found == [
        ("webshop.order_lines", "unknown_reference", 235_287),
        ("webshop.orders", "no_customer", 8_752),
        ("webshop.products", "duplicate_key", 1),  # 47503J, with and without a trailing space
    ]


def test_segments_of_a_window_of_six_months(retail_of_six_months: Warehouse) -> None:
    found = counts(
        retail_of_six_months, "select segment_code, count(*) from marts.customer_segments group by all"
    )
    assert found == SEGMENTS_OF_SIX_MONTHS
    assert retail_of_six_months.rows("select sum(monetary) from marts.customer_segments") == [
        (Decimal("4983676.963"),)
    ]


def test_marts_against_the_oracle(retail: Warehouse) -> None:
    with gzip.open(SOURCES / "webshop" / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["account_id"]]
    orders = oracle_orders.orders_from_rows(rows, base_currency="GBP")
    ids = counts(retail, "select source_record_id, customer_id from restricted.customer_identities")
    orders["customer_id"] = orders["customer_id"].map(ids)
    orders = oracle_orders.classify(orders, KNOWN_STATUSES)
    assert oracle_orders.latest_purchase_date(orders) == AS_OF_DATE
    history = oracle.history(orders, AS_OF_DATE, 24, MAPPING)
    expected: dict[str, tuple[pd.DataFrame, int]] = {
        "customer_segment_history": (history, 2),
        "rfm_score_boundaries": (oracle.boundaries(history), 3),
        "snapshots": (oracle.snapshots(orders, history, AS_OF_DATE, 24), 1),
        "cohort_retention": (oracle.cohorts(orders, AS_OF_DATE), 2),
    }
    for mart, (frame, key_columns) in expected.items():
        actual = retail.query(f"select {', '.join(frame.columns)} from marts.{mart}")
        assert_same_rows(mart, actual, frame, key_columns)


def test_recommendations_find_more_than_the_most_bought_products(retail: Warehouse) -> None:
    rates = retail.rows("""
        select metric, value / baseline_value
        from marts.model_backtests
        where model = 'recommendations'
    """)
    least = {"hit_rate": 1.35, "recall": 2.0}
    assert len(rates) == 6
    assert [(metric, ratio) for metric, ratio in rates if ratio < least[metric]] == []


def test_where_last_year_beats_the_model_the_grade_says_so(retail: Warehouse) -> None:
    totals = retail.rows("""
        select value, baseline, baseline_value, grade
        from marts.model_backtests
        where model in ('purchases', 'revenue') and metric = 'total_error'
        order by model, trained_until
    """)
    assert len(totals) == 6
    assert "year_earlier" in {baseline for _, baseline, _, grade in totals if grade == "C"}
    assert all((grade == "C") == (value >= rule) for value, _, rule, grade in totals)
    probabilities = retail.rows("select grade from marts.model_backtests where metric = 'brier_score'")
    assert probabilities == [("A",)] * 3
