"""The tables of the demo: columns, types, and how arrays become a table.

Columns that carry bad dates are text; all others have the type that their values have.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from klant360.demo import clock

TEXT, INTEGER, BOOLEAN, DATE = pa.string(), pa.int64(), pa.bool_(), pa.date32()
MONEY = pa.decimal128(12, 2)
NUMBER = pa.float64()
NAIVE, INSTANT = pa.timestamp("us"), pa.timestamp("us", tz="UTC")


def _schema(**types: Any) -> pa.Schema:
    return pa.schema(list(types.items()))


TABLES: dict[str, pa.Schema] = {
    "crm.customers": _schema(
        customer_number=TEXT, first_name=TEXT, last_name=TEXT, email=TEXT, phone=TEXT,
        birth_date=TEXT, gender=TEXT, street=TEXT, house_number=TEXT, postal_code=TEXT, city=TEXT,
        country_code=TEXT, company_name=TEXT, marketing_consent=BOOLEAN, consent_updated_at=NAIVE,
        created_at=NAIVE, updated_at=NAIVE,
    ),
    "crm.campaign_contacts": _schema(
        contact_id=TEXT, customer_number=TEXT, campaign_id=TEXT, campaign_name=TEXT, channel=TEXT,
        sent_at=TEXT, opened_at=NAIVE, clicked_at=NAIVE, unsubscribed_at=NAIVE, is_control=BOOLEAN,
    ),
    "crm.campaign_spend": _schema(spend_month=DATE, channel=TEXT, amount=MONEY, campaign_id=TEXT),
    "crm.erasure_requests": _schema(email=TEXT, customer_number=TEXT, requested_at=NAIVE),
    "webshop.orders": _schema(
        order_id=TEXT, ordered_at=TEXT, total_amount=MONEY, account_id=TEXT, email=TEXT, phone=TEXT,
        status=TEXT, sales_channel=TEXT, currency_code=TEXT, discount_amount=MONEY,
        shipping_amount=MONEY, refunded_amount=MONEY, paid_at=INSTANT, due_at=INSTANT,
        cancelled_at=INSTANT, parent_order_id=TEXT, updated_at=INSTANT,
    ),
    "webshop.order_lines": _schema(
        order_id=TEXT, line_number=INTEGER, product_id=TEXT, quantity=INTEGER, unit_price=MONEY,
        line_amount=MONEY, returned_quantity=INTEGER,
    ),
    "webshop.products": _schema(
        product_id=TEXT, product_name=TEXT, category=TEXT, unit_cost=MONEY, is_in_stock=BOOLEAN
    ),
    "webshop.accounts": _schema(
        account_id=TEXT, email=TEXT, phone=TEXT, first_name=TEXT, last_name=TEXT, postal_code=TEXT,
        house_number=TEXT, country_code=TEXT, customer_number=TEXT, acquisition_channel=TEXT,
        created_at=INSTANT, updated_at=INSTANT,
    ),
    "webshop.sessions": _schema(
        session_id=TEXT, started_at=TEXT, account_id=TEXT, email=TEXT, anonymous_id=TEXT,
        duration_seconds=INTEGER, page_views=INTEGER, product_views=INTEGER, searches=INTEGER,
        device=TEXT, traffic_channel=TEXT, experiment=TEXT, variant=TEXT, is_converted=BOOLEAN,
    ),
    "service_desk.contacts": _schema(
        contact_id=TEXT, first_name=TEXT, last_name=TEXT, email=TEXT, phone=TEXT,
        customer_number=TEXT, created_at=INSTANT, updated_at=INSTANT,
    ),
    "service_desk.tickets": _schema(
        ticket_id=TEXT, contact_id=TEXT, created_at=TEXT, channel=TEXT, category=TEXT,
        priority=TEXT, status=TEXT, first_responded_at=INSTANT, resolved_at=INSTANT,
        reopened_count=INTEGER, updated_at=INSTANT,
    ),
    "service_desk.survey_invitations": _schema(
        invitation_id=TEXT, contact_id=TEXT, survey_type=TEXT, sent_at=TEXT, response_id=TEXT
    ),
    "service_desk.survey_responses": _schema(
        response_id=TEXT, contact_id=TEXT, survey_type=TEXT, score=INTEGER, responded_at=TEXT,
        ticket_id=TEXT, comment=TEXT,
    ),
    # One row per source record that the files contain or imply, with its true person.
    "truth.source_records": _schema(
        source_system=TEXT, source_entity=TEXT, source_record_id=TEXT, person_id=TEXT
    ),
    # purchase_rate is BG/NBD's lambda, per week; dropout_probability its p; mean_spend gamma-gamma's p
    # / nu, in euros.
    "truth.people": _schema(
        person_id=TEXT, first_name=TEXT, last_name=TEXT, gender=TEXT, birth_date=DATE, email=TEXT,
        phone=TEXT, street=TEXT, house_number=TEXT, postal_code=TEXT, city=TEXT, country_code=TEXT,
        household_id=TEXT, is_in_crm=BOOLEAN, is_in_webshop=BOOLEAN, is_in_service_desk=BOOLEAN,
        acquisition_channel=TEXT, first_purchase_at=INSTANT, last_purchase_at=INSTANT,
        purchases=INTEGER, spend=MONEY, purchase_rate=NUMBER, dropout_probability=NUMBER,
        mean_spend=NUMBER, dropout_at=INSTANT,
    ),
}  # fmt: skip


def numbered(prefix: str, numbers: np.ndarray, width: int = 7) -> pa.Array:
    """Make ids: a prefix and a number padded with zeros. A number below 0 has no id (null)."""
    digits = pc.utf8_lpad(pa.array(numbers, mask=np.asarray(numbers) < 0).cast(TEXT), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def where(kept: np.ndarray, values: Any) -> pa.Array:
    """Return the values that are kept, null elsewhere."""
    return pc.if_else(pa.array(kept), values if isinstance(values, pa.Array) else pa.array(values), None)


def _column(values: Any, kind: pa.DataType, system: str) -> pa.Array:
    is_numpy = isinstance(values, np.ndarray)
    if is_numpy and values.dtype.kind == "M" and kind == TEXT:
        return clock.text(values, system)
    array = pa.array(values, type=TEXT) if is_numpy and values.dtype.kind == "O" else values
    array = array if isinstance(array, (pa.Array, pa.ChunkedArray)) else pa.array(array)
    if kind == MONEY:
        cents = array.cast(pa.decimal128(19, 0))
        array = pc.multiply(cents, pa.scalar(Decimal("0.01"), pa.decimal128(3, 2)))
    if kind == INSTANT:
        array = array.cast(NAIVE)
    return array.cast(kind)


def build(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Make a table of equally long columns: numpy or Arrow arrays, instants in UTC, money in whole cents.

    Instants in a text column are written as their system writes them. Raises KeyError for a missing column.
    """
    schema = TABLES[name]
    system = name.split(".")[0]
    return pa.table([_column(columns[field.name], field.type, system) for field in schema], schema=schema)
