"""x"""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from conftest import Warehouse, csv_text
from klant360.contract import read_contract

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]


DIRT: dict[str, str] = {
    "crm.customers": """
        customer_number,first_name,birth_date,country_code,marketing_consent,consent_updated_at,created_at,updated_at
        C1,Anna,1990-01-01,NL,ja,,,
        ,Nobody,,,,,,
        C2,Bob,,,,,,2024-02-01
        C2,Bob,,,,,,2024-01-01
        C3,Carla,1899-12-31,XX,maybe,yesterday,1980-01-01,2024-02-30
        C4,Dirk,,,,,,,more
        """,
    "crm.campaign_contacts": """
        contact_id,customer_number,channel,sent_at,opened_at,is_control
        1,C1,email,2024-01-01T10:00,,
        2,C404,email,2024-01-01T10:00,,
        3,C4,email,2024-01-01T10:00,,
        4,C1,email,soon,,
        5,C1,email,1989-12-31,,
        6,C1,email,,,
        7,C1,fax,2024-01-01T10:00,24:00,2
        8,,email,,,
        """,
    "crm.campaign_spend": """
        spend_month,channel,amount,campaign_id
        2024-01-01,email,10,x
        2024-01-02,email,10,
        2024-13-01,email,10,
        2024-02-01,email,"12,50,0",x
        2024-03-01,post,5,
        2024-03-01,post,6,
        2024-04-01,email,1000000000,
        2024-05-01,,1,
        """,
    "crm.erasure_requests": """
        email,customer_number,requested_at
        nobody@example.org,,2024-01-01
        ,,2024-01-01
        nobody@example.org,,
        nobody@example.org,,nope
        ,,
        """,
    "webshop.orders": """
        order_id,ordered_at,total_amount,account_id,email,phone,status,sales_channel,currency_code,discount_amount,shipping_amount,refunded_amount,paid_at,due_at,updated_at
        o01,2024-01-01T10:00,10,a1,,,,web,,,,,,,
        ,2024-01-01T10:00,10,a1,,,,,,,,,,,
        o02,,10,a1,,,,,,,,,,,
        o03,2024-01-01T10:00,"12,50,0",a1,,,,,,,,,,,
        o04,2024-01-01T10:00,1e5,a1,,,,,,,,,,,
        o05,2024-01-01T10:00,1.23456,a1,,,,,,,,,,,
        o06,2024-02-31,10,a1,,,,,,,,,,,
        o07,2024-01-01T10:00,10,a1,,,,,E$,,,,,,
        o08,2024-01-01T10:00,10,a1,,,,,,,,x,,,
        o09,1989-12-31,10,a1,,,,,,,,,,,
        o10,2024-01-01T10:00,1000000000,a1,,,,,,,,,,,
        o11,2024-01-01T10:00,10,a1,,,,,,,,-1,,,
        o12,2024-01-01T10:00,10,a1,,,,,,,,11,,,
        o13,2024-01-01T10:00,-10,a1,,,,,,,,1,,,
        o14,2024-01-01T10:00,10,,not an email,1111111111,,,,,,,,,
        o15,2024-01-01T10:00,10,,noreply@example.nl,,,,,,,,,,
        o16,2024-01-01T10:00,10,a1,,,,,XAU,,,,,,
        o17,2024-01-01T10:00,10,a1,,,cancelled,,XAU,,,,,,
        o18,2024-01-01T10:00,10,a1,,,,,,,,,,,
        o18,2024-01-01T10:00,10,a1,,,,,,,,,,,
        o19,2999-01-01,10,a1,,,,,,,,,,,
        o20,2024-01-01T10:00,10,a1,,,,kiosk,,abc,1000000000,,x,2999-01-01,31-12-24
        o21,x,,a1,,,,,,,,,,,
        o22,2024-01-01T10:00,10,a1
        """,
    "webshop.order_lines": """
        order_id,line_number,product_id,quantity,unit_price,returned_quantity
        o01,1,p1,1,,
        o01,1,p0,1,,
        o404,1,p1,1,,
        o03,1,p1,1,,
        o01,2,p1,0,,
        o01,3,p1,1.5,,
        o01,x,p1,1,,
        o01,4,,1,,
        o01,5,p1,1,x,y
        """,
    "webshop.products": """
        product_id,product_name,unit_cost,is_in_stock
        p1,Aap,,
        p1,Bij,,
        ,Cactus,,
        p2,Dak,"1,5,0",perhaps
        """,
    "webshop.accounts": """
        account_id,first_name,country_code,customer_number,created_at,updated_at
        a1,Anna,,C1,,
        ,Bob,,,,
        a2,Carla,ZZ,C404,x,
        a3,Dirk,,,,
        a3,Dirk,,,,2024-01-01
        """,
    "webshop.sessions": """
        session_id,started_at,duration_seconds,page_views,is_converted
        s1,2024-01-01T10:00,,,
        ,2024-01-01T10:00,,,
        s2,x,,,
        s3,2999-01-01,,,
        s4,2024-01-01T10:00,x,1.5,z
        """,
    "service_desk.contacts": """
        contact_id,customer_number,created_at,updated_at
        k1,C1,,
        ,C1,,
        k2,C404,,x
        """,
    "service_desk.tickets": """
        ticket_id,contact_id,created_at,channel,resolved_at,reopened_count
        t1,k1,2024-01-01T10:00,chat,,
        t2,k404,2024-01-01T10:00,chat,,
        t3,,2024-01-01T10:00,chat,,
        t4,k1,x,chat,,
        t5,k1,2024-01-01T10:00,fax,x,x
        """,
    "service_desk.survey_responses": """
        response_id,contact_id,survey_type,score,responded_at,ticket_id
        r1,k1,nps,10,2024-01-01T10:00,t1
        r2,k1,nps,11,2024-01-01T10:00,
        r3,k1,csat,0,2024-01-01T10:00,
        r4,k1,xyz,1,2024-01-01T10:00,
        r5,k1,nps,x,2024-01-01T10:00,
        r6,k404,nps,5,2024-01-01T10:00,
        r7,k1,nps,5,2024-01-01T10:00,t404
        r8,k1,ces,8,2024-01-01T10:00,
        """,
    "service_desk.survey_invitations": """
        invitation_id,contact_id,survey_type,sent_at,response_id
        i1,k1,nps,2024-01-01T10:00,r1
        i2,k1,nps,2024-01-01T10:00,r404
        i3,k1,nps,2024-01-01T10:00,r2
        i4,k1,xyz,2024-01-01T10:00,
        i5,k404,nps,2024-01-01T10:00,
        """,
}
REJECTED = """
    crm.customers - missing_required customer_number
    crm.customers C2 duplicate_key customer_number
    crm.customers crm/customers.csv:7 malformed_row -
    crm.campaign_contacts 2 unknown_reference customer_number
    crm.campaign_contacts 3 unknown_reference customer_number
    crm.campaign_contacts 4 unreadable_value sent_at
    crm.campaign_contacts 5 impossible_value sent_at
    crm.campaign_contacts 6 missing_required sent_at
    crm.campaign_contacts 8 missing_required customer_number
    crm.campaign_spend 2024-01-02|email| impossible_value spend_month
    crm.campaign_spend 2024-13-01|email| unreadable_value spend_month
    crm.campaign_spend 2024-02-01|email|x unreadable_value amount
    crm.campaign_spend 2024-03-01|post| duplicate_key spend_month
    crm.campaign_spend 2024-04-01|email| impossible_value amount
    crm.campaign_spend 2024-05-01|| missing_required channel
    crm.erasure_requests - missing_required email
    crm.erasure_requests - missing_required requested_at
    crm.erasure_requests - unreadable_value requested_at
    crm.erasure_requests - missing_required email
    webshop.orders - missing_required order_id
    webshop.orders o02 missing_required ordered_at
    webshop.orders o03 unreadable_value total_amount
    webshop.orders o04 unreadable_value total_amount
    webshop.orders o05 unreadable_value total_amount
    webshop.orders o06 unreadable_value ordered_at
    webshop.orders o07 unreadable_value currency_code
    webshop.orders o08 unreadable_value refunded_amount
    webshop.orders o09 impossible_value ordered_at
    webshop.orders o10 impossible_value total_amount
    webshop.orders o13 impossible_value refunded_amount
    webshop.orders o14 no_customer account_id
    webshop.orders o15 no_customer account_id
    webshop.orders o16 no_exchange_rate currency_code
    webshop.orders o17 no_exchange_rate currency_code
    webshop.orders o18 duplicate_key order_id
    webshop.orders o19 impossible_value ordered_at
    webshop.orders o21 missing_required total_amount
    webshop.orders webshop/orders.csv:25 malformed_row -
    webshop.order_lines o01|1 duplicate_key order_id
    webshop.order_lines o404|1 unknown_reference order_id
    webshop.order_lines o03|1 unknown_reference order_id
    webshop.order_lines o01|2 impossible_value quantity
    webshop.order_lines o01|3 unreadable_value quantity
    webshop.order_lines o01|x unreadable_value line_number
    webshop.order_lines o01|4 missing_required product_id
    webshop.products p1 duplicate_key product_id
    webshop.products - missing_required product_id
    webshop.accounts - missing_required account_id
    webshop.accounts a3 duplicate_key account_id
    webshop.sessions - missing_required session_id
    webshop.sessions s2 unreadable_value started_at
    webshop.sessions s3 impossible_value started_at
    service_desk.contacts - missing_required contact_id
    service_desk.tickets t2 unknown_reference contact_id
    service_desk.tickets t3 missing_required contact_id
    service_desk.tickets t4 unreadable_value created_at
    service_desk.survey_responses r2 impossible_value score
    service_desk.survey_responses r3 impossible_value score
    service_desk.survey_responses r4 impossible_value survey_type
    service_desk.survey_responses r5 unreadable_value score
    service_desk.survey_responses r6 unknown_reference contact_id
    service_desk.survey_responses r8 impossible_value score
    service_desk.survey_invitations i4 impossible_value survey_type
    service_desk.survey_invitations i5 unknown_reference contact_id
"""
IGNORED = """
    crm.customers C3 birth_date 1899-12-31
    crm.customers C3 country_code XX
    crm.customers C3 marketing_consent maybe
    crm.customers C3 consent_updated_at yesterday
    crm.customers C3 created_at 1980-01-01
    crm.customers C3 updated_at 2024-02-30
    crm.campaign_contacts 7 channel fax
    crm.campaign_contacts 7 opened_at 24:00
    crm.campaign_contacts 7 is_control 2
    webshop.orders o12 refunded_amount 11
    webshop.orders o20 sales_channel kiosk
    webshop.orders o20 discount_amount abc
    webshop.orders o20 shipping_amount 1000000000
    webshop.orders o20 paid_at x
    webshop.orders o20 updated_at 31-12-24
    webshop.order_lines o01|5 unit_price x
    webshop.order_lines o01|5 returned_quantity y
    webshop.products p2 unit_cost 1,5,0
    webshop.products p2 is_in_stock perhaps
    webshop.accounts a2 country_code ZZ
    webshop.accounts a2 customer_number C404
    webshop.accounts a2 created_at x
    webshop.sessions s4 duration_seconds x
    webshop.sessions s4 page_views 1.5
    webshop.sessions s4 is_converted z
    service_desk.contacts k2 customer_number C404
    service_desk.contacts k2 updated_at x
    service_desk.tickets t5 channel fax
    service_desk.tickets t5 resolved_at x
    service_desk.tickets t5 reopened_count x
    service_desk.survey_responses r7 ticket_id t404
    service_desk.survey_invitations i2 response_id r404
    service_desk.survey_invitations i3 response_id r2
"""


@pytest.fixture(scope="module")
def dirty(build_warehouse: Build, make_sources: MakeSources) -> Warehouse:
    return build_warehouse(make_sources(DIRT))


def differences(found: list[tuple[Any, ...]], expected: str) -> tuple[list[str], list[str]]:
    """Give the rows too many and the rows missing, written as the lists above are."""
    lines = Counter(" ".join("-" if cell is None else str(cell) for cell in row) for row in found)
    listed = Counter(dedent(expected).strip().splitlines())
    return sorted((lines - listed).elements()), sorted((listed - lines).elements())


def test_every_bad_row_is_listed_with_its_reason(dirty: Warehouse) -> None:
    found = dirty.rows(
        "select source_table, source_row_key, reason, column_name from restricted.rejected_rows"
    )
    assert differences(found, REJECTED) == ([], [])


def test_every_bad_value_is_listed(dirty: Warehouse) -> None:
    found = dirty.rows(
        "select source_table, source_row_key, column_name, raw_value from restricted.ignored_values"
    )
    assert differences(found, IGNORED) == ([], [])


def test_no_row_gets_lost(dirty: Warehouse) -> None:
    found = dirty.rows(
        "select source_table, rows_read, rows_rejected, rows_erased from marts.source_reconciliation"
    )
    lines = {table: len(csv_text(text).strip().splitlines()) - 1 for table, text in DIRT.items()}
    rejected = Counter(line.split()[0] for line in REJECTED.strip().splitlines())
    assert {table: tuple(counts) for table, *counts in found} == {
        table: (lines[table], rejected[table], 0) for table in read_contract()
    }


def test_the_duplicate_that_stays_is_the_right_one(dirty: Warehouse) -> None:
    assert dirty.rows("select product_name from staging.stg_webshop__products where product_id = 'p1'") == [
        ("Bij",)
    ]
    assert dirty.rows("select amount from staging.stg_crm__campaign_spend where channel = 'post'") == [
        (Decimal(6),)
    ]
    assert dirty.rows("select product_id from staging.stg_webshop__order_lines where line_number = 1") == [
        ("p1",)
    ]
