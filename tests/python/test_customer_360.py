"""A dozen people worked out by hand: their records, their purchases and their rows in the marts."""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from klant360.contract import read_contract
from warehouses import Warehouse

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]


# The latest purchase is Anna's of 15 June 2024, which is also the day of several birthdays.
PEOPLE: dict[str, str] = {
    "crm.customers": """
        customer_number,first_name,last_name,email,phone,birth_date,gender,postal_code,house_number,country_code,marketing_consent,consent_updated_at,created_at
        C1,Anna,Aerts,anna@example.nl,,1989-06-15,f,1234 AB,1,NL,ja,2023-01-01,2022-01-01
        C4,Dirk,Daems,dirk@example.be,,2006-06-16,m,2000,4,be,nee,2023-01-01,2022-01-04
        C9,Iris,IJzer,iris@example.nl,,1949-06-16,,,,nl,,,2022-01-09
        C11,Kees,Kok,kees@example.nl,,2006-06-15,,,,,true,,2022-01-11
        C12,Loes,Lam,loes@example.nl,,1949-06-15,,,,,,,2022-01-12
        """,
    "crm.campaign_contacts": """
        contact_id,customer_number,channel,sent_at,clicked_at
        m1,C4,email,2024-05-31T08:00,2024-06-01T08:00:00Z
        m2,C11,email,2024-05-31T08:00,
        m3,C12,email,2024-05-31T08:00,2024-06-16T08:00:00Z
        """,
    "webshop.accounts": """
        account_id,email,first_name,last_name,postal_code,country_code,customer_number,acquisition_channel,created_at
        a1,anna@example.nl,Anna,Aerts,,,C1,Paid_Search,2023-01-01
        a1b,,Anna,Aerts,,,C1,,2022-12-01
        a1c,,Anna,Aerts,,,C1,referral,2023-02-01
        a2,bob@example.nl,Bob,Bos,9876 ZZ,NL,,,2024-01-01
        a3,carla@example.nl,Carla,Cools,,,,,2024-01-02
        a6,finn@example.nl,Finn,Faber,,,,,2024-01-03
        a7,gina@example.nl,Gina,Gelder,,,,,2024-01-04
        a10,joost@example.nl,Joost,Jansen,,,,direct,2024-06-09
        """,
    "webshop.orders": """
        order_id,ordered_at,total_amount,account_id,email,status,sales_channel,refunded_amount
        o01,2023-03-01T12:00,100,a1,,paid,web,
        o02,2024-02-10T12:00,50,a1,,paid,store,
        o03,2024-06-15T10:00,25,a1,,paid,Store,5
        o04,2024-01-05T12:00,10,a2,,paid,web,
        o05,2024-03-05T12:00,20,a2,,paid,app,
        o06,2024-04-05T12:00,30,a2,,paid,,
        o07,2024-04-05T13:00,40,a2,,paid,,
        o08,2024-05-05T12:00,60,a3,,paid,store,
        o09,2024-05-05T13:00,60,a3,,paid,phone,
        o10,2022-01-10,5,,eva@example.nl,paid,,
        o11,2021-12-10,5,,EVA@example.nl,paid,,
        o12,2024-03-03T12:00,9,a6,,paid,web,9
        o13,2024-03-03T12:00,-15,a7,,paid,web,
        o14,2024-06-01T12:00,80,a9,iris@example.nl,paid,web,
        o15,2024-06-10T12:00,300,a10,,paid,app,
        o16,2024-06-20T12:00,70,a2,,cancelled,app,
        """,
    "webshop.sessions": """
        session_id,started_at,account_id,email,traffic_channel
        s1,2024-06-15T21:30Z,a1,,seo
        s2,2024-06-15T22:30Z,a1,,seo
        s3,2024-01-02T09:00Z,a2,,Email
        s4,2024-01-01T09:00Z,a2,,
        s5,2024-01-03T09:00Z,a2,,seo
        s6,2024-02-03T09:00Z,,carla@example.nl,social
        s7,2024-02-02T09:00Z,,nobody@example.nl,social
        """,
    "service_desk.contacts": """
        contact_id,first_name,last_name,email,customer_number,created_at
        k1,Anna,Aerts,anna@example.nl,,2024-01-01
        k8,Hugo,Haan,hugo@example.nl,,2024-01-01
        """,
    "service_desk.tickets": """
        ticket_id,contact_id,created_at
        t1,k1,2024-05-01T10:00Z
        t2,k1,2024-06-20T10:00Z
        t3,k1,2024-04-01T10:00Z
        """,
    "service_desk.survey_responses": """
        response_id,contact_id,survey_type,score,responded_at
        r1,k1,nps,9,2024-04-01T09:00Z
        r3,k1,nps,8,2024-05-02T09:00Z
        r2,k1,nps,3,2024-05-02T09:00Z
        r4,k1,csat,1,2024-05-03T09:00Z
        r5,k8,nps,7,2024-06-16T09:00Z
        r6,k8,csat,4,2024-02-02T09:00Z
        """,
}
# One record of each person.
RECORDS = {
    "Anna": "C1", "Bob": "a2", "Carla": "a3", "Dirk": "C4", "Eva": "o10", "Finn": "a6", "Gina": "a7",
    "Hugo": "k8", "Iris": "C9", "Joost": "a10", "Kees": "C11", "Loes": "C12",
}  # fmt: skip


@pytest.fixture(scope="module")
def people_sources(make_sources: MakeSources) -> Path:
    return make_sources(PEOPLE)


@pytest.fixture(scope="module")
def people(build_warehouse: Build, people_sources: Path) -> Warehouse:
    return build_warehouse(people_sources)


def by_person(warehouse: Warehouse, columns: str) -> dict[str, Any]:
    """Return columns of customer_360 per person: the value of one column, a tuple of several."""
    rows = warehouse.rows(
        f"select source_record_id, {columns} from restricted.customer_identities"
        " inner join marts.customer_360 using (customer_id)"
    )
    values = {record: cells[0] if len(cells) == 1 else tuple(cells) for record, *cells in rows}
    return {person: values[record] for person, record in RECORDS.items()}


def test_each_person_is_one_customer(people: Warehouse) -> None:
    parts = people.partition()
    assert frozenset({"C1", "a1", "a1b", "a1c", "k1"}) in parts
    assert frozenset({"C9", "a9"}) in parts
    assert frozenset({"o10", "o11"}) in parts
    assert len(parts) == len(RECORDS)
    assert by_person(people, "is_in_crm, is_in_webshop, is_in_service_desk") == {
        "Anna": (True, True, True),
        "Bob": (False, True, False),
        "Carla": (False, True, False),
        "Dirk": (True, False, False),
        "Eva": (False, True, False),
        "Finn": (False, True, False),
        "Gina": (False, True, False),
        "Hugo": (False, False, True),
        "Iris": (True, True, False),
        "Joost": (False, True, False),
        "Kees": (True, False, False),
        "Loes": (True, False, False),
    }


def test_order_facts(people: Warehouse) -> None:
    assert by_person(people, "lifetime_orders, lifetime_net_revenue, average_order_value") == {
        "Anna": (3, Decimal(170), Decimal("56.6667")),
        "Bob": (4, Decimal(100), Decimal(25)),
        "Carla": (2, Decimal(120), Decimal(60)),
        "Dirk": (0, Decimal(0), None),
        "Eva": (2, Decimal(10), Decimal(5)),
        "Finn": (0, Decimal(0), None),
        "Gina": (0, Decimal(-15), None),
        "Hugo": (0, Decimal(0), None),
        "Iris": (1, Decimal(80), Decimal(80)),
        "Joost": (1, Decimal(300), Decimal(300)),
        "Kees": (0, Decimal(0), None),
        "Loes": (0, Decimal(0), None),
    }


def test_segments_now_and_at_the_month_end_before(people: Warehouse) -> None:
    columns = "r_score, f_score, m_score, segment_code, previous_segment_code"
    prospect = (None, None, None, "prospect", None)
    assert by_person(people, columns) == {
        "Anna": (5, 3, 4, "loyal", "hibernating"),
        "Bob": (1, 4, 2, "hibernating", "about_to_sleep"),
        "Carla": (2, 2, 3, "about_to_sleep", "about_to_sleep"),
        "Dirk": prospect,
        "Eva": (1, 1, 1, "lost", "lost"),
        "Finn": prospect,
        "Gina": prospect,
        "Hugo": prospect,
        "Iris": (3, 1, 1, "about_to_sleep", None),
        "Joost": (4, 1, 5, "new", None),
        "Kees": prospect,
        "Loes": prospect,
    }


def test_channels(people: Warehouse) -> None:
    channels = by_person(people, "acquisition_channel, preferred_sales_channel")
    assert {person: pair for person, pair in channels.items() if pair != (None, None)} == {
        "Anna": ("paid_search", "store"),  # a1b is older, but has no channel
        "Bob": ("email", "app"),  # s4 is earlier, but has no channel; app is later than web
        "Carla": ("social", "phone"),  # by her email; two channels on one day are ordered by name
        "Iris": (None, "web"),
        "Joost": ("direct", "app"),
    }


def test_age_area_and_consent(people: Warehouse) -> None:
    ages = by_person(people, "age_band, gender, country_code, postal_area")
    assert {person: cells for person, cells in ages.items() if any(cells)} == {
        "Anna": ("35-44", "f", "NL", "12"),
        "Bob": (None, None, "NL", "98"),
        "Dirk": ("<18", "m", "BE", "20"),
        "Iris": ("65-74", None, "NL", None),
        "Kees": ("18-24", None, None, None),
        "Loes": ("75+", None, None, None),
    }
    consent = by_person(people, "has_marketing_consent")
    assert [person for person in RECORDS if consent[person]] == ["Anna", "Kees"]


def test_tickets_answers_and_last_seen(people: Warehouse) -> None:
    def moment(text: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(text)

    assert by_person(people, "ticket_count, last_ticket_at, latest_nps_score")["Anna"] == (
        2,
        moment("2024-05-01 10:00"),
        8,
    )
    assert by_person(people, "ticket_count, last_ticket_at, latest_nps_score")["Hugo"] == (0, None, None)
    assert by_person(people, "last_seen_at") == {
        "Anna": moment("2024-06-15 21:30"),  # the next session is on 16 June in Amsterdam
        "Bob": moment("2024-04-05 11:00"),  # 13:00 in Amsterdam; a cancelled order is not a purchase
        "Carla": moment("2024-05-05 11:00"),
        "Dirk": moment("2024-06-01 08:00"),
        "Eva": moment("2022-01-09 23:00"),  # a bare date is its local midnight
        "Finn": None,
        "Gina": None,
        "Hugo": moment("2024-02-02 09:00"),
        "Iris": moment("2024-06-01 10:00"),
        "Joost": moment("2024-06-10 10:00"),
        "Kees": None,
        "Loes": None,
    }


@pytest.mark.parametrize(
    "as_of_date",
    ["2024-05-31", pytest.param(datetime.date(2024, 5, 31), marks=pytest.mark.deep)],
    ids=["text", "yaml date"],
)
def test_as_of_an_earlier_date(
    build_warehouse: Build, people_sources: Path, as_of_date: str | datetime.date
) -> None:
    marts = ["+customer_360", "+customer_identities", "+orders", "+revenue_reconciliation", "+snapshots"]
    warehouse = build_warehouse(people_sources, variables={"as_of_date": as_of_date}, select=marts)
    segments = by_person(warehouse, "segment_code, lifetime_orders, last_order_date")
    day = datetime.date
    assert {person: cells for person, cells in segments.items() if cells[0] != "prospect"} == {
        "Anna": ("hibernating", 2, day(2024, 2, 10)),
        "Bob": ("about_to_sleep", 4, day(2024, 4, 5)),
        "Carla": ("about_to_sleep", 2, day(2024, 5, 5)),
        "Eva": ("lost", 2, day(2022, 1, 10)),
    }
    assert warehouse.rows("select max(snapshot_date), max(previous_snapshot_date) from marts.snapshots") == [
        (day(2024, 5, 31), day(2024, 4, 30))
    ]
    assert warehouse.rows("select count(*), max(order_date) from marts.orders") == [(12, day(2024, 5, 5))]
    assert by_person(warehouse, "ticket_count")["Anna"] == 2
    assert by_person(warehouse, "last_seen_at")["Anna"] == datetime.datetime(2024, 5, 3, 9)
    assert by_person(warehouse, "last_seen_at")["Dirk"] is None
    assert by_person(warehouse, "age_band")["Anna"] == "25-34"
    reconciled = warehouse.rows("select sum(orders) from marts.revenue_reconciliation")
    assert reconciled == [(16,)]


def write_parquet(source: Path, target: Path) -> None:
    """Write a typed table: numbers, instants with a zone, dates and booleans."""
    contract = read_contract()[f"{source.parent.name}.{source.stem}"]
    types = {column.name: column.type for column in contract.columns}
    frame = pd.read_csv(source, dtype=str)
    for name in frame.columns:
        texts = frame[name].dropna()
        if (
            types[name] == "timestamp"
            and len(texts)
            and texts.str.contains(r"T.*(?:Z|[+-]\d\d:?\d\d)$").all()
        ):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        elif types[name] == "date":
            frame[name] = pd.to_datetime(frame[name])
        elif types[name] == "amount":
            frame[name] = frame[name].astype(float)
        elif types[name] == "integer":
            frame[name] = frame[name].astype("Int64")
        elif types[name] == "boolean":
            frame[name] = frame[name].map({"ja": True, "true": True, "nee": False})
    target.parent.mkdir(exist_ok=True)
    frame.to_parquet(target)


@pytest.mark.deep
def test_parquet_with_its_own_types(
    build_warehouse: Build, people: Warehouse, people_sources: Path, tmp_path: Path
) -> None:
    for path in people_sources.glob("*/*.csv"):
        write_parquet(path, tmp_path / path.parent.name / f"{path.stem}.parquet")
    warehouse = build_warehouse(tmp_path)
    found, expected = warehouse.marts(), people.marts()
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
