"""Which orders count and which do not: cancelled, failed, refunded and settled ones."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from warehouses import Warehouse

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]


WHAT_COUNTS = {
    "webshop.orders": """
        order_id,ordered_at,total_amount,refunded_amount,email,status,cancelled_at,parent_order_id
        s1,2025-03-02 10:00,100.00,,sam@shop.example,wc-completed,,
        s2,2025-03-03 10:00,200.00,,sam@shop.example,wc-cancelled,,
        s3,2025-03-04 10:00,300.00,,sam@shop.example,wc-failed,,
        s4,2025-03-05 10:00,400.00,,sam@shop.example,wc-refunded,,
        s5,2025-03-06 10:00,500.00,,sam@shop.example,pending_payment,,
        s6,2025-03-07 10:00,600.00,,sam@shop.example,Storniert,,
        s7,2025-03-08 10:00,700.00,,sam@shop.example,Annulée,,
        s8,2025-03-09 10:00,800.00,,sam@shop.example,Cancelled,,
        s9,2025-03-10 10:00,50.00,,sam@shop.example,geannuleerd door klant,,
        t1,2025-03-02 10:00,80.00,,lisa@shop.example,completed,,
        t2,2025-04-02 10:00,120.00,,lisa@shop.example,refunded,,
        t3,2025-04-10 10:00,-120.00,,LISA@shop.example,completed,,
        t4,2025-04-02 10:00,60.00,60.00,tess@shop.example,completed,,
        t5,2025-04-09 10:00,-15.00,,tess@shop.example,completed,,t4
        a1,2025-06-02 10:00,90.00,100.00,nora@shop.example,completed,,
        a2,2025-06-03 10:00,45.00,-50.00,nora@shop.example,completed,,
        g1,2025-02-20 10:00,80.00,-20.00,guus@shop.example,completed,,
        c1,2025-02-20 10:00,80.00,0,cara@shop.example,paid,2025-02-21 09:00,
        c2,2025-02-20 10:00,81.00,0,cara@shop.example,paid,,
        c3,2025-02-20 10:00,82.00,0,cara@shop.example,paid,vrijdag,
        p1,2025-07-01 10:00,10.00,,pim@shop.example,Vraag pim@shop.example,,
        p2,2025-07-02 10:00,11.00,,pim@shop.example,bel 0612345678,,
        p3,2025-07-03 10:00,12.00,,pim@shop.example,bel 0687654321,,
    """
}


@pytest.fixture(scope="module")
def what_counts(build_warehouse: Build, make_sources: MakeSources) -> Warehouse:
    return build_warehouse(make_sources(WHAT_COUNTS))


def test_refunded_money_is_not_counted(what_counts: Warehouse) -> None:
    per_customer = what_counts.rows(
        "select lower(split_part(email, '@', 1)), lifetime_orders, lifetime_net_revenue"
        " from marts.customer_360 inner join restricted.customer_contact_details using (customer_id)"
        " order by 1"
    )
    assert per_customer == [
        ("cara", 1, Decimal(81)),
        ("guus", 1, Decimal(60)),
        ("lisa", 1, Decimal(80)),
        ("nora", 0, Decimal(0)),
        ("pim", 3, Decimal(33)),
        ("sam", 2, Decimal(150)),
        ("tess", 0, Decimal(0)),
    ]
    reasons = what_counts.rows(
        "select exclusion_reason, string_agg(order_id, ' ' order by order_id) from marts.orders"
        " where exclusion_reason is not null group by 1 order by 1"
    )
    assert reasons == [("cancelled", "c1 c3"), ("settled", "t3 t5"), ("status", "s2 s3 s4 s5 s6 s7 s8 t2")]
    cut = what_counts.rows("select source_row_key, column_name, raw_value from restricted.ignored_values")
    assert sorted(cut) == [
        ("a1", "refunded_amount", "100.00"),
        ("a2", "refunded_amount", "-50.00"),
        ("c3", "cancelled_at", "vrijdag"),
    ]
    outcomes = "select outcome, orders, amount from marts.revenue_reconciliation order by 1"
    assert what_counts.rows(outcomes) == [
        ("excluded", 12, Decimal(3647)),
        ("purchase", 8, Decimal(404)),
        ("refunded", 3, Decimal(0)),
    ]


def test_every_status_shows_how_it_is_treated(what_counts: Warehouse) -> None:
    statuses = what_counts.rows(
        "select status, normalised_status, is_known, counted_orders, excluded_orders, amount"
        " from marts.order_statuses order by 1"
    )
    assert statuses == [
        ("(contains an email address)", "(contains an email address)", False, 1, 0, Decimal(10)),
        ("annulée", "annulee", True, 0, 1, Decimal(700)),
        ("bel #", "bel-#", False, 2, 0, Decimal(23)),
        ("cancelled", "cancelled", True, 0, 1, Decimal(800)),
        ("completed", "completed", True, 5, 2, Decimal(5)),
        ("geannuleerd door klant", "geannuleerd-door-klant", False, 1, 0, Decimal(50)),
        ("paid", "paid", True, 1, 2, Decimal(243)),
        ("pending_payment", "pending-payment", True, 0, 1, Decimal(500)),
        ("refunded", "refunded", True, 0, 1, Decimal(120)),
        ("storniert", "storniert", True, 0, 1, Decimal(600)),
        ("wc-cancelled", "cancelled", True, 0, 1, Decimal(200)),
        ("wc-completed", "completed", True, 1, 0, Decimal(100)),
        ("wc-failed", "failed", True, 0, 1, Decimal(300)),
        ("wc-refunded", "refunded", True, 0, 1, Decimal(400)),
    ]
    published = [rows for name, rows in what_counts.marts().items() if name.startswith("marts.")]
    assert not any(text in row for rows in published for row in rows for text in ("@", "0612345678"))
