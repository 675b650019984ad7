"""Real builds of small folders: what may be handed in, what is told, and what the marts then hold."""

import csv
import datetime
import gzip
import io
import os
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pandas as pd
import pytest

import oracle
from conftest import KLANT360, PROJECT, Warehouse, csv_text
from klant360.contract import read_contract
from klant360.ingest.loading import load_sources

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]
Folder = dict[str, str]

DATED_MARTS = [
    "customer_segment_history",
    "customer_segments",
    "snapshots",
    "rfm_score_boundaries",
    "segment_transitions",
    "cohort_retention",
]


def all_marts(warehouse: Warehouse) -> dict[str, list[str]]:
    """Give the rows of every table that analysts see, as sorted text."""
    names = warehouse.rows(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema in ('marts', 'restricted')"
    )
    assert len(names) > 10
    return {name: sorted(map(repr, warehouse.rows(f"from {name}"))) for (name,) in names}


# --- What may be handed in ----------------------------------------------------------------------------------


def test_one_file_of_four_columns_is_enough(build_warehouse: Build, make_sources: MakeSources) -> None:
    sources = make_sources(
        {
            "webshop.orders": """
                order_id,ordered_at,total_amount,email
                1,2024-01-05,10.00,anna@example.nl
                2,2024-02-05T12:00,20,bob@example.nl
                3,2024-03-05 23:30+01:00,5.5,Anna@example.nl
            """
        }
    )
    warehouse = build_warehouse(sources)
    customers = warehouse.rows(
        "select lifetime_orders, lifetime_net_revenue, last_order_date from marts.customer_360 order by 1"
    )
    assert customers == [
        (1, Decimal(20), datetime.date(2024, 2, 5)),
        (2, Decimal("15.5"), datetime.date(2024, 3, 5)),
    ]
    read = warehouse.rows(
        "select source_table, rows_read from marts.source_reconciliation where rows_read > 0"
    )
    assert read == [("webshop.orders", 3)]


def test_every_table_of_the_demo_set_is_read(demo_warehouse: Path) -> None:
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        counts = connection.execute(
            "select source_table, rows_read, rows_accepted + rows_rejected + rows_erased"
            " from marts.source_reconciliation"
        ).fetchall()
    assert {table for table, rows_read, _ in counts if rows_read > 0} == set(read_contract())
    assert all(rows_read == rows_found for _, rows_read, rows_found in counts)


def test_credit_notes_and_headers_without_rows(build_warehouse: Build, make_sources: MakeSources) -> None:
    contract = read_contract()
    tables = {name: ",".join(column.name for column in table.columns) for name, table in contract.items()}
    tables["webshop.orders"] = """
        order_id,ordered_at,total_amount,account_id
        1,2024-01-05,-10.00,a1
        2,2024-03-05,-2.5,a1
    """
    warehouse = build_warehouse(make_sources(tables), command="build", exclude=["unit_test"])
    assert {mart: warehouse.rows(f"select count(*) from marts.{mart}") for mart in DATED_MARTS} == {
        mart: [(0,)] for mart in DATED_MARTS
    }
    customers = warehouse.rows(
        "select segment_code, lifetime_orders, lifetime_net_revenue, average_order_value, first_order_date"
        " from marts.customer_360"
    )
    assert customers == [("prospect", 0, Decimal("-12.5"), None, None)]
    assert warehouse.rows("select count(*) from marts.orders") == [(2,)]

    tables["webshop.orders"] = "order_id,ordered_at,total_amount,account_id\n"
    warehouse.build(make_sources(tables))
    assert warehouse.rows("select count(*) from marts.customer_360") == [(0,)]
    assert warehouse.rows("select count(*) from marts.orders") == [(0,)]


# --- About a dozen people, worked out by hand ---------------------------------------------------------------

# The latest purchase is Anna's of 15 June 2024, which is also the day of several birthdays.
PEOPLE: Folder = {
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
    """Give columns of customer_360 per person: the value of one column, a tuple of several."""
    rows = warehouse.rows(
        f"select source_record_id, {columns} from restricted.customer_identities"
        " inner join marts.customer_360 using (customer_id)"
    )
    values = {record: cells[0] if len(cells) == 1 else tuple(cells) for record, *cells in rows}
    return {person: values[record] for person, record in RECORDS.items()}


def test_everybody_is_one_customer(people: Warehouse) -> None:
    parts = partition(people)
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
        "Carla": ("social", "phone"),  # by her email; two channels on one day go by name
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
        "Bob": moment("2024-04-05 11:00"),  # 13:00 in Amsterdam; a cancelled order is no purchase
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
    warehouse = build_warehouse(people_sources, variables={"as_of_date": as_of_date})
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


# --- Formats, and what is read again ------------------------------------------------------------------------


def rewritten(sources: Path, target: Path, write: Callable[[list[list[str]], Path], None]) -> Path:
    """Write every table of a folder in another way; `write` gets the lines and the path without a suffix."""
    for path in sorted(sources.glob("*/*.csv")):
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        folder = target / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        write(lines, folder / path.stem)
    return target


def as_text(lines: Iterable[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue()


def write_semicolons(lines: list[list[str]], path: Path) -> None:
    path.with_suffix(".csv").write_text("\ufeff" + as_text(lines, ";"), encoding="utf-8")


def write_tabs(lines: list[list[str]], path: Path) -> None:
    header = [name.upper() for name in lines[0]]
    path.with_suffix(".csv").write_text(as_text([header, *lines[1:]], "\t"), encoding="utf-8")


def write_gzip(lines: list[list[str]], path: Path) -> None:
    path.with_suffix(".csv.gz").write_bytes(gzip.compress(as_text(lines).encode()))


def write_parts(lines: list[list[str]], path: Path) -> None:
    path.mkdir()
    half = (len(lines) + 1) // 2
    for number, rows in enumerate((lines[1:half], lines[half:])):
        (path / f"part-{number}.csv").write_text(as_text([lines[0], *rows]), encoding="utf-8")


def write_parquet(lines: list[list[str]], path: Path) -> None:
    """Columns get types of their own: numbers, instants with a zone, dates and booleans."""
    contract = read_contract()[f"{path.parent.name}.{path.name}"]
    types = {column.name: column.type for column in contract.columns}
    frame = pd.DataFrame(lines[1:], columns=lines[0]).replace("", None)
    for name in frame.columns:
        has_times = frame[name].str.len().max() > len("2024-01-01")
        if types[name] == "timestamp" and has_times and frame[name].str.len().min() > len("2024-01-01"):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        elif types[name] == "date":
            frame[name] = pd.to_datetime(frame[name])
        elif types[name] == "amount":
            frame[name] = frame[name].astype(float)
        elif types[name] == "integer":
            frame[name] = frame[name].astype("Int64")
        elif types[name] == "boolean":
            frame[name] = frame[name].map({"ja": True, "true": True, "nee": False})
    frame.to_parquet(path.with_suffix(".parquet"))


@pytest.mark.parametrize("write", [write_semicolons, write_tabs, write_gzip, write_parts])
def test_the_same_text_in_another_format(
    people_sources: Path, tmp_path: Path, write: Callable[[list[list[str]], Path], None]
) -> None:
    """The source tables are the same, and so are the marts: they are made of nothing else."""
    contract = read_contract()

    def loaded(sources: Path) -> dict[str, list[tuple[Any, ...]]]:
        with duckdb.connect() as connection:
            load_sources(connection, sources, contract, log=lambda line: None)
            delivered = "select source_table, is_delivered, row_count from staging.delivered_tables"
            return {
                "": sorted(connection.execute(delivered).fetchall()),
                **{
                    # in whichever part a row came
                    name: sorted(
                        connection.execute(f"select * exclude (part_number) from {name}").fetchall(), key=repr
                    )
                    for name in contract
                },
            }

    other = loaded(rewritten(people_sources, tmp_path, write))
    assert sum(map(len, other.values())) > 50
    assert other == loaded(people_sources)


@pytest.mark.deep
def test_parquet_with_types_of_its_own(
    build_warehouse: Build, people: Warehouse, people_sources: Path, tmp_path: Path
) -> None:
    warehouse = build_warehouse(rewritten(people_sources, tmp_path, write_parquet))
    found, expected = all_marts(warehouse), all_marts(people)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.mark.deep
def test_an_unchanged_file_is_not_read_again(
    new_warehouse: Callable[[], Warehouse], people: Warehouse, people_sources: Path, tmp_path: Path
) -> None:
    """The file gets other bytes, but keeps its size and time: whoever reads it would see that."""
    sources = tmp_path / "sources"
    shutil.copytree(people_sources, sources)
    orders = sources / "webshop" / "orders.csv"
    warehouse = new_warehouse()
    warehouse.build(sources)
    before, state = all_marts(warehouse), orders.stat()
    assert before == all_marts(people)

    orders.write_text(orders.read_text().replace(",300,", ",301,"))
    os.utime(orders, ns=(state.st_atime_ns, state.st_mtime_ns))
    warehouse.build(sources)
    assert all_marts(warehouse) == before

    warehouse.build(sources, reload=True)
    assert warehouse.rows("select net_amount from marts.orders where order_id = 'o15'") == [(Decimal(301),)]


# --- Other settings and seeds -------------------------------------------------------------------------------

OTHER_SEGMENTS = """
    segment_code,name_nl,name_en,tier,description_nl,description_en
    vip,Vip,VIP,3,Beste klanten.,Best customers.
    regular,Vast,Regular,2,De rest.,The others.
    lost,Vertrokken,Lost,1,Niets gekocht.,Bought nothing.
    prospect,Prospect,Prospect,0,Nog nooit gekocht.,Never bought.
"""
OTHER_MAPPING = """
    priority,segment_code,r_min,r_max,f_min,f_max,m_min,m_max,one_order_only
    5,vip,3,5,2,5,4,5,
    7,regular,5,5,1,5,1,5,true
    9,lost,1,1,1,1,1,1,
    11,regular,1,5,1,5,1,5,
"""


def rates_to_pounds() -> list[dict[str, str]]:
    return [
        {"month": f"{year}-{month:02d}-01", "from_currency": code, "to_currency": "GBP", "rate": rate}
        for year in range(2022, 2027)
        for month in range(1, 13)
        for code, rate in (("EUR", "0.85"), ("USD", "0.78"))
    ]


def swapped_mapping() -> list[dict[str, str]]:
    """Give the delivered mapping with a segment of a company's own, and with two segments swapped."""
    swap = {"loyal": "at_risk", "at_risk": "loyal"}
    with (PROJECT / "seeds" / "segment_mapping.csv").open() as file:
        rows = [
            {**row, "segment_code": swap.get(row["segment_code"], row["segment_code"])}
            for row in csv.DictReader(file)
        ]
    own = {"r_min": "5", "r_max": "5", "f_min": "5", "f_max": "5", "m_min": "5", "m_max": "5"}
    return [{"priority": "1", "segment_code": "ambassador", **own, "one_order_only": ""}, *rows]


def with_ambassadors() -> str:
    text = (PROJECT / "seeds" / "segments.csv").read_text(encoding="utf-8")
    return (
        text.rstrip("\n")
        + "\nambassador,Ambassadeur,Ambassador,10,Koopt het meest van al.,Buys most of all.\n"
    )


def inactive_rules() -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "identity_rules.csv").open() as file:
        return [{**row, "is_active": "false"} for row in csv.DictReader(file)]


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small_demo")
    command = [KLANT360, "demo", "--people", "150", "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "sources"


@pytest.mark.parametrize(
    "variables, seeds",
    [
        pytest.param(
            {
                "base_currency": "GBP",
                "business_timezone": "America/New_York",
                "source_timezone": "Europe/Amsterdam",
                "rfm_window_months": 6,
                "rfm_tie_method": "ntile",
                "default_country": "BE",
            },
            {
                "segments": OTHER_SEGMENTS,
                "segment_mapping": OTHER_MAPPING,
                "exchange_rates": rates_to_pounds(),
            },
            id="other vars and segments",
        ),
        pytest.param(
            {"rfm_window_months": 1, "base_currency": "eur"},
            {
                "segments": with_ambassadors(),
                "segment_mapping": swapped_mapping(),
                "identity_rules": inactive_rules(),
                "identifier_blocklist": "identifier_type,pattern,reason\n",
                "known_order_statuses": "status,counts\ncancelled,false\n",
            },
            id="no identity rules",
            marks=pytest.mark.deep,
        ),
    ],
)
def test_all_tests_hold_under_other_settings(
    build_warehouse: Build, small_demo: Path, variables: dict[str, Any], seeds: dict[str, Any]
) -> None:
    warehouse = build_warehouse(small_demo, variables=variables, seeds=seeds, command="build")
    assert warehouse.rows("select count(*) > 50 from marts.customer_segments") == [(True,)]
    if "identity_rules" in seeds:
        assert all(len(part) == 1 for part in partition(warehouse))


# --- What counts --------------------------------------------------------------------------------------------

WHAT_COUNTS: Folder = {
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
    return build_warehouse(make_sources(WHAT_COUNTS), command="build", exclude=["unit_test"])


def test_no_money_is_counted_that_came_back(what_counts: Warehouse) -> None:
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


def test_every_status_tells_what_it_is_taken_for(what_counts: Warehouse) -> None:
    told = what_counts.rows(
        "select status, normalised_status, is_known, counted_orders, excluded_orders, amount"
        " from marts.order_statuses order by 1"
    )
    assert told == [
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
    published = [rows for name, rows in all_marts(what_counts).items() if name.startswith("marts.")]
    assert not any(text in row for rows in published for row in rows for text in ("@", "0612345678"))


# --- Wrong input --------------------------------------------------------------------------------------------


def run_dbt(folder: Path, sources: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt as people do; returns what it printed and how it ended."""
    environment = {
        **os.environ,
        "KLANT360_SOURCES": str(sources),
        "KLANT360_WAREHOUSE": str(folder / "klant360.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    folders = ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    command = [str(Path(sys.executable).with_name("dbt")), "build", *folders, *arguments]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def assert_stopped(done: subprocess.CompletedProcess[str], folder: Path, *told: str) -> None:
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in output
    assert [words for words in told if words not in output] == [], output
    with duckdb.connect(str(folder / "klant360.duckdb"), read_only=True) as connection:
        built = connection.execute(
            "select table_name from information_schema.tables where table_schema not in ('staging', 'main')"
        ).fetchall()
        views = connection.execute(
            "select table_name from information_schema.tables where table_name like 'stg_%'"
        ).fetchall()
    assert built == views == []


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path, make_sources: MakeSources) -> None:
    sources = make_sources(
        {
            "webshop.orders": "order_id,ordered_at,total,email\n1,2024-01-01,5,anna@example.nl\n",
            "webshop.accounts": "account_id,email,Email\na1,a@example.nl,b@example.nl\n",
        }
    )
    (sources / "crm").mkdir()
    whole = gzip.compress(b"customer_number\nC1\n" * 1000)
    (sources / "crm" / "customers.csv.gz").write_bytes(whole[: len(whole) // 2])
    done = run_dbt(tmp_path, sources, "--vars", "{rfm_tie_method: random, as_of_dat: 2024-01-01}")
    assert_stopped(
        done,
        tmp_path,
        "webshop.orders: webshop/orders.csv lacks the required column total_amount",
        "columns found: order_id, ordered_at, total, email",
        "webshop.accounts: webshop/accounts.csv has 2 headers that are the column email",
        "crm.customers: crm/customers.csv.gz is no whole gzip archive",
        'var rfm_tie_method in --vars is "random": it must be together, ntile or rank',
        "as_of_dat, which is no var of this project",
    )


# --- Dirt ---------------------------------------------------------------------------------------------------

DIRT: Folder = {
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


# --- Identity -----------------------------------------------------------------------------------------------

Partition = set[frozenset[str]]


def customers_of(warehouse: Warehouse) -> dict[str, str]:
    """Give the customer of each source record, whose ids differ in these folders."""
    rows = warehouse.rows("select source_record_id, customer_id from restricted.customer_identities")
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def partition(warehouse: Warehouse) -> Partition:
    """Give the records of each customer."""
    groups = defaultdict(set)
    for record, customer in customers_of(warehouse).items():
        groups[customer].add(record)
    return set(map(frozenset, groups.values()))


def people_by_hand() -> tuple[dict[str, list[dict[str, str]]], Partition]:
    """Give records without names, and who they are: only what they carry can link them."""
    team = [
        {"account_id": f"n{i}", "email": "team@example.nl", "created_at": f"2021-03-{i:02d}"}
        for i in range(1, 11)
    ]
    mailbox = [{"account_id": f"m{i}", "email": "info@example.nl"} for i in range(1, 12)]
    household = [
        {"order_id": f"h{i:02d}", "email": "home@example.nl", "phone": "06-20000000"} for i in range(1, 15)
    ]
    tables = {
        "crm.customers": [
            {"customer_number": "C1", "email": "Chain1@example.nl ", "created_at": "2021-01-05"},
            {"customer_number": "C5", "created_at": "2021-02-01"},
            {"customer_number": "C6", "email": "older@example.nl", "created_at": "2021-01-01"},
        ],
        "webshop.accounts": [
            {
                "account_id": "a1",
                "email": "chain1@example.nl",
                "phone": "06 1000 0001",
                "created_at": "2021-01-04",
            },
            {"account_id": "a5", "customer_number": "C5"},
            {"account_id": "a6", "customer_number": "C404", "email": "a6@example.nl"},
            {"account_id": "a7", "phone": "+31 6 10000007", "created_at": "2021-06-01"},
            {"account_id": "b1", "email": "noreply@example.nl"},
            {"account_id": "b2", "email": "noreply@example.nl"},
            {"account_id": "d1", "phone": "1111111111"},
            {"account_id": "d2", "phone": "1111111111"},
            {"account_id": "x1", "email": "x1@example.nl"},
            *team,
            *mailbox,
        ],
        "webshop.orders": [
            {"order_id": "g1", "email": "chain2@example.nl", "phone": "0031 610000002"},
            {"order_id": "g2", "phone": "+31(0)610000002"},
            {"order_id": "g3", "phone": "0610000002", "email": "not an email"},
            {"order_id": "z1o", "account_id": "z1", "email": "implied@example.nl"},
            {"order_id": "z1p", "account_id": "z1", "email": "implied2@example.nl"},
            {"order_id": "x1o", "account_id": "x1", "email": "other@example.nl"},
            *household,
        ],
        "service_desk.contacts": [
            {"contact_id": "k1", "email": "chain2@example.nl", "phone": "0610000001"},
            {"contact_id": "k5", "customer_number": "C5"},
            {"contact_id": "k6", "customer_number": "C404", "email": "k6@example.nl"},
            {"contact_id": "kz", "email": "implied2@example.nl"},
            {"contact_id": "kx", "email": "other@example.nl"},
            {"contact_id": "kh", "email": "home@example.nl"},
        ],
    }
    groups = [
        {"C1", "a1", "k1", "g1", "g2", "g3"},
        {"C5", "a5", "k5"},
        {"z1", "kz"},
        {"kh", *(row["order_id"] for row in household)},
        {row["account_id"] for row in team},
        *({row["account_id"]} for row in mailbox),
        *({record} for record in ("C6", "a6", "a7", "b1", "b2", "d1", "d2", "x1", "k6", "kx")),
    ]
    return tables, set(map(frozenset, groups))


def people_at_random(records: int = 500) -> tuple[dict[str, list[dict[str, str]]], Partition]:
    """Give records that share emails and phones at random, after two chains of 150; none over its cap."""
    draw = random.Random(20240615)
    carriers: dict[str, list[str]] = defaultdict(list)
    tables: dict[str, list[dict[str, str]]] = {"webshop.accounts": [], "service_desk.contacts": []}
    for number in range(records):
        chain, link = divmod(number, 150)
        if chain < 2:  # each record has one value of the record before and one of the record after
            email, phone = (
                f"chain{chain}.{link // 2}@example.com",
                f"06{50000000 + 1000 * chain + (link + 1) // 2}",
            )
        else:
            email = f"r{draw.randrange(260)}@example.com" if draw.random() < 0.7 else ""
            phone = f"06{60000000 + draw.randrange(260)}" if draw.random() < 0.6 else ""
        email, phone = (value if len(carriers[value]) < 10 else "" for value in (email, phone))
        record = f"r{number:03d}"
        for value in {email, phone, record} - {""}:
            carriers[value].append(record)
        is_account = draw.random() < 0.6
        table, key = (
            ("webshop.accounts", "account_id") if is_account else ("service_desk.contacts", "contact_id")
        )
        created = f"2022-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        tables[table].append({key: record, "email": email, "phone": phone, "created_at": created})
    links = [(carried[0], record) for carried in carriers.values() for record in carried]
    return tables, oracle.components(links)


def identity_tables(seed: int | None = None) -> dict[str, list[dict[str, str]]]:
    """Give both sets of people, in the order as written or shuffled."""
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for part in (people_by_hand()[0], people_at_random()[0]):
        for name, rows in part.items():
            tables[name] += rows
    order = {"ordered_at": "2021-05-01", "total_amount": "10"}
    tables["webshop.orders"] = [{**order, **row} for row in tables["webshop.orders"]]
    if seed is not None:
        for rows in tables.values():
            rows.sort(key=lambda row: len(row), reverse=True)  # so that the header stays complete
            random.Random(seed).shuffle(rows)
    return dict(tables)


@pytest.fixture(scope="module")
def identities(build_warehouse: Build, make_sources: MakeSources) -> Warehouse:
    return build_warehouse(make_sources(identity_tables()))


def test_customers_are_the_connected_components(identities: Warehouse) -> None:
    by_hand, at_random = people_by_hand()[1], people_at_random()[1]
    assert max(map(len, at_random)) >= 150
    assert len(at_random) > 50
    found = partition(identities)
    assert sorted(map(sorted, found - by_hand - at_random)) == []
    assert sorted(map(sorted, (by_hand | at_random) - found)) == []


def test_ids_stay_when_newer_records_join(
    build_warehouse: Build, make_sources: MakeSources, identities: Warehouse
) -> None:
    tables = identity_tables()
    newer = {"created_at": "2024-12-01"}
    tables["webshop.accounts"] += [
        {"account_id": "y1", "email": "chain2@example.nl", **newer},
        {"account_id": "y2", "email": "home@example.nl", "phone": "06 99999999", **newer},
        {"account_id": "y3", "email": "y3@example.nl", **newer},
        # this one makes two customers one: the older id survives
        {"account_id": "y4", "email": "older@example.nl", "phone": "06 10000007", **newer},
        {"account_id": "C0", "email": "c0@example.nl", **newer},
    ]
    tables["service_desk.contacts"] += [{"contact_id": "y5", "phone": "0699999999", **newer}]
    before, after = customers_of(identities), customers_of(build_warehouse(make_sources(tables)))
    changed = {record for record, customer in before.items() if after[record] != customer}
    assert changed == {"a7"}
    assert after["a7"] == after["y4"] == before["C6"]
    assert after["y1"] == before["C1"]
    assert after["y2"] == after["y5"] == before["kh"]
