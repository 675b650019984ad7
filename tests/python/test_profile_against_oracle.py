"""The golden record, completeness and consent against the independent oracle.

On the demo set, and on customers drawn so that ranks, dates, spellings and statements often tie: one build of
hundreds, their records joined by reviewed decisions, so that names can differ freely.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import oracle_profile as oracle
from warehouses import PROJECT, Warehouse

Query = Callable[[str], pd.DataFrame]
Row = dict[str, str]

CUSTOMERS = 400
# Ranks other than the project's: equal ones, and another order for some fields.
RANKS = {
    "name": {"customer": 1, "account": 2, "contact": 2, "guest_order": 3},
    "email": {"customer": 2, "account": 1, "contact": 3, "guest_order": 1},
    "phone": {"customer": 1, "account": 1, "contact": 1, "guest_order": 1},
    "address": {"customer": 2, "account": 1, "contact": 3, "guest_order": 4},
    "country": {"customer": 1, "account": 1, "contact": 2, "guest_order": 2},
    "birth_date": {"customer": 1, "account": 2, "contact": 3, "guest_order": 4},
    "gender": {"customer": 1, "account": 2, "contact": 3, "guest_order": 4},
}
UNEXPECTED = ("gender",)
BLOCKLIST = [("email", "noreply@%"), ("phone", "+31600000%")]
# The last ones are after the latest purchase: consent always counts.
MOMENTS = ("", "2023-01-01", "2023-01-01T12:00", "2023-06-01", "2024-03-01 08:30:00", "2025-02-01")
CONSENTS = ("ja", "ja", "Y", "opt-in", "nee", "N", "unsubscribed", "", "", "liever niet")
FIRST_NAMES = ("Jan", "JAN", "J.", "Jaap", "", "Chloë", "Chloe", "C.")
LAST_NAMES = ("van den Berg", "Berg, van den", "Berg", "VAN DEN BERG", "de Vries", "", "-")


def drawn_tables(seed: int) -> tuple[dict[str, list[Row]], list[Row]]:
    """Draw the sources, and the decisions that join the records of each customer."""
    draw = random.Random(seed)
    tables: dict[str, list[Row]] = defaultdict(list)
    decisions: list[Row] = []
    for person in range(CUSTOMERS):
        emails = (f"a{person}@example.nl", f"A{person}@Example.NL", f"b{person}@example.nl")
        emails += ("", "n/a", f"noreply@shop{person}.nl")
        phones = (f"+31 6 {10000000 + person}", f"0031 (0)6-{10000000 + person}", f"+316{20000000 + person}")
        phones += ("", "0000000000", f"+31 6 00000{person:03d}")

        def someone(emails: tuple[str, ...] = emails, phones: tuple[str, ...] = phones) -> Row:
            return {
                "first_name": draw.choice(FIRST_NAMES),
                "last_name": draw.choice(LAST_NAMES),
                "email": draw.choice(emails),
                "phone": draw.choice(phones),
                "created_at": draw.choice(MOMENTS),
                "updated_at": draw.choice(MOMENTS),
            }

        birth_month = f"{1930 + person // 12}-{1 + person % 12:02d}"
        postal_codes = (f"{1000 + person} AB", f"{1000 + person}ab", f"{5000 + person}ZZ", "")

        def living_somewhere(postal_codes: tuple[str, ...] = postal_codes) -> Row:
            return {
                "postal_code": draw.choice(postal_codes),
                "house_number": draw.choice(("12", "12 a", "12A", "")),
                "country_code": draw.choice(("NL", "nl", "BE", "", "")),
            }

        records = []
        for number in range(draw.randint(0, 3)):
            key = f"C{person:03d}{number}"
            records.append(f"crm/customer/{key}")
            tables["crm.customers"].append(
                {
                    "customer_number": key,
                    **someone(),
                    **living_somewhere(),
                    "street": draw.choice(("Dorpsstraat", "")),
                    "city": draw.choice(("Ede", "")),
                    "birth_date": draw.choice((birth_month + "-11", birth_month + "-25", "")),
                    "gender": draw.choice(("M", "m", "V", "")),
                    "marketing_consent": draw.choice(CONSENTS),
                    "consent_updated_at": draw.choice((*MOMENTS, *MOMENTS, "onlangs")),
                }
            )
            for contact in range(draw.choice((0, 0, 1, 2, 3))):
                tables["crm.campaign_contacts"].append(
                    {
                        "contact_id": f"m{key}{contact}",
                        "customer_number": key,
                        "channel": draw.choice((*oracle.CHANNELS, "email", "", "pigeon")),
                        "sent_at": draw.choice(MOMENTS[1:]),
                        "unsubscribed_at": draw.choice((*MOMENTS, "", "ja")),
                    }
                )
        for number in range(draw.randint(0, 2)):
            key = f"A{person:03d}{number}"
            records.append(f"webshop/account/{key}")
            tables["webshop.accounts"].append({"account_id": key, **someone(), **living_somewhere()})
        for number in range(draw.randint(0, 2)):
            key = f"K{person:03d}{number}"
            records.append(f"service_desk/contact/{key}")
            tables["service_desk.contacts"].append({"contact_id": key, **someone()})
        for number in range(draw.randint(1, 3)):
            key = f"O{person:03d}{number}"
            is_guest = draw.random() < 0.7
            records.append(f"webshop/{'guest_order' if is_guest else 'account'}/{key}")
            tables["webshop.orders"].append(
                {
                    "order_id": key,
                    "account_id": "" if is_guest else key,  # an account without a row
                    "ordered_at": draw.choice(("2023-01-01", "2023-06-01", "2024-03-01 08:30:00")),
                    "total_amount": "10",
                    "email": draw.choice(emails[:3]) if is_guest else draw.choice(emails),
                    "phone": draw.choice(phones),
                }
            )
        decisions += [
            {"record_key": one, "other_record_key": other, "decision": "merge", "reason": "drawn"}
            for one, other in pairwise(records)
        ]
    return dict(tables), decisions


@pytest.fixture(scope="module")
def drawn(build_warehouse: Callable[..., Warehouse], make_sources: Callable[..., Path]) -> Warehouse:
    tables, decisions = drawn_tables(seed=20241126)
    seeds = {
        "survivorship": [
            {"attribute": field, "source_entity": entity, "rank": rank}
            for field, ranks in RANKS.items()
            for entity, rank in ranks.items()
        ],
        "profile_attributes": [
            {"attribute": field, "is_expected": str(field not in UNEXPECTED).lower()} for field in RANKS
        ],
        "identifier_blocklist": [
            {"identifier_type": kind, "pattern": pattern, "reason": "drawn"} for kind, pattern in BLOCKLIST
        ],
        "identity_decisions": decisions,
    }
    return build_warehouse(
        make_sources(tables),
        seeds=seeds,
        select=["+customer_360", "+profile_completeness", "customer_identities", "+ignored_values"],
    )


def agrees(
    query: Query,
    ranks: oracle.Ranks,
    expected: list[str],
    blocklist: oracle.Blocklist,
) -> dict[str, int]:
    """Compare a warehouse with the oracle; returns how much there was to compare."""
    records = oracle.records_from(query)
    customers = sorted({record.customer_id for record in records})
    golden = oracle.golden_records(records, ranks, blocklist)

    details = {
        row["customer_id"]: row for row in oracle.rows_of(query("from restricted.customer_contact_details"))
    }
    assert sorted(details) == customers
    for customer in customers:
        assert details[customer] == oracle.golden_values(golden, customer)

    profiles = {row["customer_id"]: row for row in oracle.rows_of(query("from marts.customer_360"))}
    assert sorted(profiles) == customers
    conflicts = oracle.conflicting_fields(records, blocklist)
    for customer in customers:
        assert profiles[customer]["completeness"] == oracle.completeness(golden, customer, expected)
        assert (customer, profiles[customer]["conflicting_fields"]) == (customer, conflicts[customer])

    counts = oracle.profile_completeness(records, golden, blocklist)
    found = oracle.rows_of(query("from marts.profile_completeness"))
    assert len(found) == len(counts)
    for row in found:
        for name, count in counts[row["source_entity"], row["field"]].items():
            assert (row["source_entity"], row["field"], name, row[name]) == (
                row["source_entity"], row["field"], name, count,
            )  # fmt: skip
        share = row["filled"] / row["records"] if row["records"] else None
        assert row["share_filled"] == share
    return {
        "customers": len(customers),
        "conflicts": conflicts.total(),
        "missing": sum(row["missing"] for row in counts.values()),
    }


def consent_agrees(query: Query) -> dict[tuple[bool, str | None], int]:
    """Compare consent with the oracle; returns the numbers of open and closed channels per kind of record."""
    customer_of = {
        row["source_record_id"]: row["customer_id"]
        for row in oracle.rows_of(
            query("from restricted.customer_identities where source_entity = 'customer'")
        )
    }
    unread = {
        (row["source_row_key"], row["column_name"])
        for row in oracle.rows_of(query("from restricted.ignored_values where source_table like 'crm.%'"))
    }
    statements: dict[str, list[oracle.Statement]] = defaultdict(list)
    for row in oracle.rows_of(query("from staging.base_crm__customers where reject_reason is null")):
        key = row["customer_number"]
        is_unread, is_date_unread = (
            (key, name) in unread for name in ("marketing_consent", "consent_updated_at")
        )
        if row["marketing_consent"] is not None or is_unread:
            is_yes = not is_unread and row["marketing_consent"]
            statements[customer_of[key]].append(
                oracle.Statement(is_yes, row["consent_updated_at"], key, is_date_unread)
            )
    left: dict[str, list[oracle.Unsubscription]] = defaultdict(list)
    for row in oracle.rows_of(query("from staging.base_crm__campaign_contacts where reject_reason is null")):
        key = row["contact_id"]
        at = row["sent_at"] if (key, "unsubscribed_at") in unread else row["unsubscribed_at"]
        if at is not None:
            left[customer_of[row["customer_number"]]].append(oracle.Unsubscription(row["channel"], at, key))
    has_consent = {
        row["customer_id"]: row["has_marketing_consent"]
        for row in oracle.rows_of(query("select customer_id, has_marketing_consent from marts.customer_360"))
    }
    found = oracle.rows_of(query("from restricted.customer_consent"))
    by_channel = {(row["customer_id"], row["channel"]): row for row in found}
    assert len(found) == len(by_channel) == len(has_consent) * len(oracle.CHANNELS)
    kinds: dict[tuple[bool, str | None], int] = defaultdict(int)
    for customer, is_open in has_consent.items():
        states = [
            oracle.consent(statements[customer], left[customer], channel) for channel in oracle.CHANNELS
        ]
        assert is_open == any(one.is_open for one in states)
        for channel, one in zip(oracle.CHANNELS, states, strict=True):
            row = by_channel[customer, channel]
            record = (row["source_entity"], row["source_record_id"]) if row["source_entity"] else None
            assert (customer, channel, row["is_open"], row["since_at"], record) == (customer, channel, *one)
            kinds[one.is_open, one.record and one.record[0]] += 1
    return kinds


def test_drawn_customers_have_the_golden_records_of_the_oracle(drawn: Warehouse) -> None:
    expected = [field for field in RANKS if field not in UNEXPECTED]
    compared = agrees(drawn.query, RANKS, expected, BLOCKLIST)
    assert compared["customers"] == CUSTOMERS
    assert compared["conflicts"] > CUSTOMERS
    assert compared["missing"] > CUSTOMERS


def test_drawn_customers_have_the_consent_of_the_oracle(drawn: Warehouse) -> None:
    kinds = consent_agrees(drawn.query)
    assert set(kinds) == {
        (True, "customer"), (False, "customer"), (False, "campaign_contact"), (False, None),
    }  # fmt: skip
    assert min(kinds.values()) > 50


@pytest.fixture(scope="module")
def demo(demo_warehouse: Path) -> Query:
    def query(sql: str) -> pd.DataFrame:
        with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
            return connection.execute(sql).to_arrow_table().to_pandas(integer_object_nulls=True)

    return query


def seed_rows(name: str) -> list[Mapping[str, Any]]:
    return pd.read_csv(PROJECT / "seeds" / f"{name}.csv").to_dict(orient="records")


def test_demo_customers_have_the_golden_records_of_the_oracle(demo: Query) -> None:
    ranks: dict[str, dict[str, int]] = defaultdict(dict)
    for row in seed_rows("survivorship"):
        ranks[row["attribute"]][row["source_entity"]] = row["rank"]
    expected = [row["attribute"] for row in seed_rows("profile_attributes") if row["is_expected"]]
    blocklist = [(row["identifier_type"], row["pattern"]) for row in seed_rows("identifier_blocklist")]
    compared = agrees(demo, ranks, expected, blocklist)
    assert compared["customers"] > 1000
    assert compared["conflicts"] > 100


def test_demo_customers_have_the_consent_of_the_oracle(demo: Query) -> None:
    kinds = consent_agrees(demo)
    assert kinds[True, "customer"] > 1000
