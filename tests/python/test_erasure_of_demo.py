"""Erasure in demo sets, with their typos, double keys and bad dates, against rows that pandas chose."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import phonenumbers
import pytest

from conftest import KLANT360, Warehouse, changed_environment
from klant360.cli import main
from klant360.contract import read_contract
from test_erasure import SALT, contents

CONTRACT = read_contract()
# Of each table the column that holds a record's key, and the kind of record.
RECORDS = {
    "crm.customers": ("customer_number", "customer"),
    "webshop.accounts": ("account_id", "account"),
    "webshop.orders": ("order_id", "guest_order"),
    "service_desk.contacts": ("contact_id", "contact"),
}
# Of each table the column by which its rows are somebody's, whose record that is, and when they happened.
OF_SOMEBODY = {
    "crm.campaign_contacts": ("customer_number", "customer", "sent_at"),
    "webshop.orders": ("account_id", "account", "ordered_at"),
    "webshop.sessions": ("account_id", "account", "started_at"),
    "service_desk.tickets": ("contact_id", "contact", "created_at"),
    "service_desk.survey_invitations": ("contact_id", "contact", "sent_at"),
    "service_desk.survey_responses": ("contact_id", "contact", "responded_at"),
}
# When a row happened that names a value.
HAPPENED = {
    "crm.customers": "created_at",
    "crm.campaign_contacts": "sent_at",
    "webshop.accounts": "created_at",
    "webshop.orders": "ordered_at",
    "webshop.sessions": "started_at",
    "service_desk.contacts": "created_at",
}
NOBODY_ASKS = "email,customer_number,requested_at\n"
END_OF_TIME = pd.Timestamp("2262-01-01")


class World:
    """The source tables of a demo set as text, and who is who in a warehouse that was built of them."""

    def __init__(self, sources: Path, warehouse: Warehouse) -> None:
        self.tables = {
            name: pd.read_csv(sources / f"{table.path}.csv", dtype=str, keep_default_na=False)
            for name, table in CONTRACT.items()
        }
        self.records = warehouse.query(
            "select record_key, customer_id, source_entity, source_record_id, created_at"
            " from intermediate.int_identity__record_customers"
        )
        self.values = warehouse.query(
            "select distinct identifier_type, identifier_value, customer_id"
            " from intermediate.int_identity__customer_identifiers"
        )
        self.accepted = {
            name: set(warehouse.query(f"select {key} as key from staging.stg_{_stem(name)}")["key"])
            for name, (key, _) in RECORDS.items()
        }

    def own_values(self, asked: dict[str, pd.Timestamp]) -> dict[str, dict[str, pd.Timestamp]]:
        """The emails, phones and customer numbers that only these customers have, and when they asked."""
        groups = self.values.groupby(["identifier_type", "identifier_value"])["customer_id"].agg(set)
        own = {kind: {} for kind in ("email", "phone", "customer_number")}
        for (kind, value), customers in groups.items():
            if kind in own and customers <= asked.keys():
                own[kind][value] = max(asked[customer] for customer in customers)
        return own

    def rows_of(self, asked: dict[str, pd.Timestamp]) -> dict[str, pd.Series]:
        """Tell of each table which rows are of these customers, up to the moment that each asked."""
        moments = self.records["customer_id"].map(asked)
        known = self.records[moments.notna()].assign(asked=moments[moments.notna()])
        known = known[known["created_at"].isna() | (known["created_at"] <= known["asked"])]
        asked_of = {
            entity: of_entity.set_index("source_record_id")["asked"]
            for entity, of_entity in known.groupby("source_entity")
        }
        own = self.own_values(asked)
        found = {}
        for name, table in self.tables.items():
            rows = pd.Series(False, index=table.index)
            if name in RECORDS:
                key, entity = RECORDS[name]
                rows |= table[key].isin(asked_of[entity].index if entity in asked_of else [])
            if name in OF_SOMEBODY:
                column, entity, when = OF_SOMEBODY[name]
                limit = pd.to_datetime(table[column].map(asked_of.get(entity, {})))
                rows |= limit.notna() & ~(_moment(table[when]) > limit)
            if name == "webshop.order_lines":
                rows |= table["order_id"].isin(
                    self.tables["webshop.orders"].loc[found["webshop.orders"], "order_id"]
                )
            for limit in self._limits_of_own_values(name, table, own):
                rows |= limit.notna() & ~(_moment(table[HAPPENED[name]]) > limit)
            found[name] = rows
        return found

    def _limits_of_own_values(
        self, name: str, table: pd.DataFrame, own: dict[str, dict[str, pd.Timestamp]]
    ) -> Iterator[pd.Series]:
        """When it was asked, of rows that name a value of these alone: rejected, or a visit of no account."""
        if name not in HAPPENED:
            return
        is_nobodys = pd.Series(True, index=table.index)
        if name == "webshop.sessions":
            is_nobodys = ~table["account_id"].isin(self.accepted["webshop.accounts"])
        elif name in RECORDS:
            is_nobodys = ~table[RECORDS[name][0]].isin(self.accepted[name])
        if "email" in table:
            yield pd.to_datetime(table["email"].str.lower().map(own["email"]).where(is_nobodys))
        if "phone" in table:
            yield pd.to_datetime(table["phone"].map(_e164).map(own["phone"]).where(is_nobodys))
        if "customer_number" in table and name != "crm.customers":
            yield pd.to_datetime(table["customer_number"].map(own["customer_number"]).where(is_nobodys))


def _stem(name: str) -> str:
    return name.replace(".", "__")


def _moment(texts: pd.Series) -> pd.Series:
    """Read moments to UTC; one that cannot be is none."""
    moments = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601").dt.tz_localize(None)
    return moments.where(moments >= "1990-01-01")


def _e164(text: str) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(text, "NL"), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return ""


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(3))
def test_the_world_after_requests_is_the_world_without_the_people(
    seed: int, tmp_path: Path, build_warehouse: Callable[..., Warehouse], capsys: pytest.CaptureFixture[str]
) -> None:
    command = [KLANT360, "demo", "--people", "500", "--seed", str(seed)]
    dirt = ["--bad-dates", "0.03", "--double-keys", "0.03", "--unknown-references", "0.02"]
    subprocess.run([*command, *dirt, "--out", str(tmp_path / "demo")], check=True, capture_output=True)
    sources = tmp_path / "demo" / "sources"
    requests = sources / "crm" / "erasure_requests.csv"
    requests.write_text(NOBODY_ASKS, encoding="utf-8")
    with changed_environment(SALT):
        before = build_warehouse(sources)
        world = World(sources, before)

        draw = random.Random(seed)
        emails = world.values[world.values["identifier_type"] == "email"]
        emails = emails[~emails["identifier_value"].duplicated(keep=False)].sort_values("identifier_value")
        chosen = emails.drop_duplicates("customer_id").sample(40, random_state=seed)
        asked = {
            customer: pd.Timestamp("2023-06-01") + pd.Timedelta(days=draw.randint(0, 1200))
            for customer in chosen["customer_id"]
        }

        # what a request of access tells today is what an erasure would take out today
        for customer, email in zip(chosen["customer_id"][:3], chosen["identifier_value"][:3], strict=True):
            with changed_environment({"KLANT360_WAREHOUSE": str(before.path)}):
                assert main(["person", "--email", email.upper()]) == 0
            told = json.loads(capsys.readouterr().out)
            counts = {name: rows.sum() for name, rows in world.rows_of({customer: END_OF_TIME}).items()}
            assert {name: len(told.get(name, ())) for name in CONTRACT} == counts

        gone = world.rows_of(asked)
        lines = [
            f"{email},,{moment:%Y-%m-%d %H:%M:%S}"
            for email, moment in zip(chosen["identifier_value"], asked.values(), strict=True)
        ]
        requests.write_text(NOBODY_ASKS + "\n".join(lines) + "\n", encoding="utf-8")
        before.build(sources)

        without = shutil.copytree(sources, tmp_path / "without")
        for name, table in CONTRACT.items():
            kept = world.tables[name][~gone[name]]
            kept.to_csv(without / f"{table.path}.csv", index=False)
        alone = build_warehouse(without)
    counted = dict(before.rows("select source_table, rows_erased from marts.source_reconciliation"))
    assert counted == {name: rows.sum() for name, rows in gone.items()} | {"crm.erasure_requests": 40}
    assert sum(counted.values()) > 200
    after, expected = contents(before), contents(alone)
    assert [name for name in expected if after[name] != expected[name]] == []
