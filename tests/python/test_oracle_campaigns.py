"""The oracle of campaigns against hand-worked numbers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from oracle_campaigns import campaign_results
from oracle_samples import make_orders, shown

COMPARING = (
    "control_buyer_rate",
    "uplift",
    "uplift_low",
    "uplift_high",
    "p_value",
    "extra_revenue",
    "extra_revenue_low",
    "extra_revenue_high",
)


def contact(
    key: str, customer: str | None, sent_at: datetime, is_control: bool = False, **columns: Any
) -> dict[str, Any]:
    row = {"contact_id": key, "customer_id": customer, "campaign_id": "k", "sent_at": sent_at}
    return {**row, "is_control": is_control, **columns}


def only(orders: Any, contacts: list[dict[str, Any]], as_of: date | None) -> dict[str, Any]:
    """Return the row of the one campaign."""
    rows = campaign_results(orders, contacts, as_of)
    assert len(rows) == 1
    return rows.astype(object).where(rows.notna(), None).to_dict("records")[0]


def test_a_window_begins_on_the_day_of_the_customers_first_contact() -> None:
    orders = make_orders(
        ("ann", "2024-01-01", "10"),  # the day itself, before the contact
        ("bo", "2024-01-07", "10"),  # the seventh day
        ("cas", "2024-01-08", "10"),
        ("dan", "2024-01-30", "10"),  # the thirtieth
        ("eva", "2024-01-31", "10"),
        ("fay", "2023-12-31", "10"),
        ("gus", "2024-01-03", "10"),
        ("gus", "2024-01-05", "-4"),  # purchases only
        ("zoe", "2024-03-01", "10"),
    )
    names = ("ann", "bo", "cas", "dan", "eva", "fay", "gus")
    contacts = [contact(name, name, datetime(2023, 12, 31, 23)) for name in names]  # 1 January, 00:00
    row = only(orders, contacts, date(2024, 3, 1))
    assert (row["customers"], row["buyers_7_days"], row["buyers_30_days"]) == (7, 3, 5)
    assert row["revenue_30_days"] == Decimal(50)
    assert row["buyer_rate"] == 5 / 7
    assert row["first_sent_date"] == row["last_sent_date"] == date(2024, 1, 1)


def test_a_customer_in_a_campaign_twice_is_one_customer() -> None:
    orders = make_orders(("ann", "2024-02-02", "10"), ("ann", "2024-02-10", "15"))
    contacts = [
        contact("c1", "ann", datetime(2024, 1, 15), opened_at=datetime(2024, 1, 16)),
        # within 30 days of this one, but the window is that of the first: up to 13 February
        contact("c2", "ann", datetime(2024, 2, 1), opened_at=datetime(2024, 2, 2)),
    ]
    row = only(orders, contacts, date(2024, 3, 1))
    assert (row["customers"], row["opened"], row["buyers_7_days"]) == (1, 1, 0)
    assert (row["buyers_30_days"], row["revenue_30_days"]) == (1, Decimal(25))
    assert (row["first_sent_date"], row["last_sent_date"]) == (date(2024, 1, 15), date(2024, 2, 1))
    assert row["is_complete"] is True  # 1 February + 29 days is 1 March
    assert only(orders, contacts, date(2024, 2, 29))["is_complete"] is False


def test_whoever_was_treated_and_held_out_counts_nowhere_else() -> None:
    orders = make_orders(("ann", "2024-01-05", "10"), ("bo", "2024-01-05", "20"), ("cas", "2024-01-05", "40"))
    contacts = [
        contact("c1", "ann", datetime(2024, 1, 1)),
        contact("c2", "bo", datetime(2024, 1, 1), is_control=True),
        contact("c3", "bo", datetime(2024, 1, 9), is_control=True),
        contact("c4", "cas", datetime(2024, 1, 1), is_control=True),
        contact("c5", "cas", datetime(2024, 1, 9), clicked_at=datetime(2024, 1, 10)),
        contact("c6", "cas", datetime(2024, 1, 9), campaign_id="other"),
    ]
    rows = campaign_results(orders, contacts, date(2024, 3, 1))
    columns = ("campaign_id", "customers", "control_customers", "mixed_customers", "clicked")
    assert shown(rows, *columns, "revenue_30_days", "control_revenue_30_days") == [
        ["k", 1, 1, 1, 0, Decimal(10), Decimal(20)],
        ["other", 1, 0, 0, 0, Decimal(0), Decimal(0)],  # in another campaign cas is treated
    ]


def test_what_came_after_as_of_did_not_happen() -> None:
    orders = make_orders(("ann", "2024-01-20", "10"), ("ann", "2024-01-21", "10"))
    contacts = [
        contact(
            "c1",
            "ann",
            datetime(2024, 1, 10),
            opened_at=datetime(2024, 1, 20, 22, 59),
            clicked_at=datetime(2024, 1, 20, 23),  # midnight: 21 January
            unsubscribed_at=datetime(2024, 1, 25),
        ),
        contact("c2", "ann", datetime(2024, 1, 21), is_control=True, campaign_name="later"),
        contact("c3", "bo", datetime(2024, 1, 10), is_control=True, opened_at=datetime(2024, 1, 11)),
    ]
    row = only(orders, contacts, date(2024, 1, 20))
    # of bo, who is a control, nothing counts as opened
    assert (row["opened"], row["clicked"], row["unsubscribed"]) == (1, 0, 0)
    assert (row["customers"], row["mixed_customers"], row["revenue_30_days"]) == (1, 0, Decimal(10))
    assert (row["campaign_name"], row["last_sent_date"]) == (None, date(2024, 1, 10))


def test_a_campaign_without_control_customers_compares_nothing() -> None:
    orders = make_orders(("ann", "2024-01-05", "10"))
    row = only(orders, [contact("c1", "ann", datetime(2024, 1, 1))], date(2024, 3, 1))
    assert row["buyer_rate"] == 1.0
    assert (row["control_customers"], row["control_buyers_30_days"]) == (0, 0)
    assert row["control_revenue_30_days"] == Decimal(0)
    assert [row[column] for column in COMPARING] == [None] * len(COMPARING)


def test_a_campaign_of_control_customers_only() -> None:
    orders = make_orders(("ann", "2024-01-05", "10"))
    row = only(orders, [contact("c1", "ann", datetime(2024, 1, 1), is_control=True)], date(2024, 3, 1))
    assert (row["customers"], row["buyer_rate"], row["control_buyer_rate"]) == (0, None, 1.0)
    assert [row[column] for column in COMPARING[1:]] == [None] * (len(COMPARING) - 1)


def test_the_uplift_of_a_small_campaign() -> None:
    # 9 of 10 treated and 3 of 10 controls buy for 10: Newcombe's own example, 0.1705 to 0.8090
    orders = make_orders(
        *((f"t{number}", "2024-01-05", "10") for number in range(9)),
        *((f"c{number}", "2024-01-05", "10") for number in range(3)),
    )
    contacts = [contact(f"t{number}", f"t{number}", datetime(2024, 1, 1)) for number in range(10)]
    contacts += [contact(f"c{number}", f"c{number}", datetime(2024, 1, 1), True) for number in range(10)]
    row = only(orders, contacts, date(2024, 3, 1))
    assert row["uplift"] == pytest.approx(0.6)
    assert (row["uplift_low"], row["uplift_high"]) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    # pooled 0.6: 0.6 / sqrt(0.24 x 0.2) = 2.7386
    assert row["p_value"] == pytest.approx(0.00617, abs=5e-6)
    # 10 x (9 - 3); limits need 30 customers on a side
    assert (row["extra_revenue"], row["extra_revenue_low"], row["extra_revenue_high"]) == (
        Decimal(60),
        None,
        None,
    )


def test_the_name_is_the_latest_and_the_channel_the_usual_one() -> None:
    orders = make_orders(("ann", "2024-01-05", "10"))
    contacts = [
        contact("c1", "ann", datetime(2024, 1, 3), campaign_name="Winter sale", channel="sms"),
        contact("c2", "bo", datetime(2024, 1, 2), campaign_name="Sale", channel="email"),
        contact("c3", None, datetime(2024, 1, 9), channel="email"),  # of nobody, without a name
        contact("c4", "dan", datetime(2024, 1, 8), is_control=True, channel="sms"),
        contact("c5", "eva", datetime(2024, 1, 8)),
        contact("c6", "eva", datetime(2024, 1, 8), channel="post", campaign_id=None),
    ]
    row = only(orders, contacts, date(2024, 3, 1))
    assert (row["campaign_name"], row["channel"]) == ("Winter sale", "email")  # two each: by name
    assert (row["customers"], row["control_customers"]) == (3, 1)
    assert row["last_sent_date"] == date(2024, 1, 9)


def test_without_contacts_no_campaign_and_without_any_purchase_no_end() -> None:
    orders = make_orders(("ann", "2024-01-05", "0"))
    assert campaign_results(orders, None, date(2024, 1, 31)).empty
    row = only(orders, [contact("c1", "ann", datetime(2030, 1, 1))], None)
    assert (row["customers"], row["buyers_30_days"], row["is_complete"]) == (1, 0, None)
