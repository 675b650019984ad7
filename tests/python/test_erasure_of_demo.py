"""Erasure in demo sets, with their typos, duplicate keys and bad dates, against rows selected in pandas."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import phonenumbers
import pytest

from erasure_world import SALT, contents
from klant360.cli import main
from klant360.contract import read_contract
from warehouses import KLANT360, Warehouse, changed_environment

CONTRACT = read_contract()
# The key and the kind of record of each table of records.
RECORDS = {name: (table.key[0], table.record["entity"]) for name, table in CONTRACT.items() if table.record}
# The columns by which the rows of a table belong to rows of another one.
OWNERS = {
    name: [
        (owner["column"], owner["table"])
        for owner in table.belongs_to
        if "table" in owner and name != "crm.erasure_requests"
    ]
    for name, table in CONTRACT.items()
}
# When the rows of a table happened.
HAPPENED = {
    name: next(
        column.name
        for column in sorted(table.columns, key=lambda column: column.name != "created_at")
        if column.name == "created_at" or (column.type == "timestamp" and column.is_required)
    )
    for name, table in CONTRACT.items()
    if (table.record or table.belongs_to) and name not in ("webshop.order_lines", "crm.erasure_requests")
}
NOBODY_ASKS = "email,customer_number,requested_at\n"
END_OF_TIME = pd.Timestamp("2262-01-01")


class World:
    """The source tables of a demo set as text, and the identities in a warehouse that was built from them."""

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
        self.values = pd.concat([self.values, self._devices(warehouse)])
        self.accepted = {
            name: set(warehouse.query(f"select {key} as key from staging.stg_{_stem(name)}")["key"])
            for name, (key, _) in RECORDS.items()
        }

    def _devices(self, warehouse: Warehouse) -> pd.DataFrame:
        """Return the customers whose account or email was used on each device: no device here is too busy."""
        sessions = warehouse.query(
            "select account_id, email, anonymous_id from staging.stg_webshop__sessions"
            " where anonymous_id is not null"
        )
        assert sessions["anonymous_id"].value_counts().max() <= 1000
        accounts = self.records[self.records["source_entity"] == "account"].set_index("source_record_id")
        emails = self._customers_of("email")
        by_email = sessions["email"].map(
            {value: min(found) for value, found in emails.items() if len(found) == 1}
        )
        customers = sessions["account_id"].map(accounts["customer_id"]).fillna(by_email)
        devices = pd.DataFrame(
            {
                "identifier_type": "anonymous_id",
                "identifier_value": sessions["anonymous_id"],
                "customer_id": customers,
            }
        )
        return devices.dropna().drop_duplicates()

    def _customers_of(self, kind: str) -> dict[str, set[str]]:
        """Return the customers who have each value of a kind."""
        values = self.values[self.values["identifier_type"] == kind]
        return values.groupby("identifier_value")["customer_id"].agg(set).to_dict()

    def own_values(self, asked: dict[str, pd.Timestamp]) -> dict[str, dict[str, pd.Timestamp]]:
        """Return the values of these customers alone, and when they asked."""
        return {
            kind: {
                value: max(asked[customer] for customer in customers)
                for value, customers in self._customers_of(kind).items()
                if customers <= asked.keys()
            }
            for kind in READ
        }

    def rows_of(self, asked: dict[str, pd.Timestamp]) -> dict[str, pd.Series]:
        """Return the rows of these customers per table, up to the moment of each request."""
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
            for column, owner in OWNERS[name]:
                if CONTRACT[owner].is_always_a_record:
                    limit = pd.to_datetime(table[column].map(asked_of.get(RECORDS[owner][1], {})))
                    rows |= limit.notna() & ~(_moment(table[HAPPENED[name]]) > limit)
                else:
                    gone = self.tables[owner].loc[found[owner], CONTRACT[owner].key[0]]
                    rows |= table[column].isin(gone)
            for limit in self._limits_of_own_values(name, table, own):
                rows |= limit.notna() & ~(_moment(table[HAPPENED[name]]) > limit)
            found[name] = rows
        return found

    def _limits_of_own_values(
        self, name: str, table: pd.DataFrame, own: dict[str, dict[str, pd.Timestamp]]
    ) -> Iterator[pd.Series]:
        """Return when erasure was requested for rows that are only known by a value of these customers."""
        ways = [owner["column"] for owner in CONTRACT[name].belongs_to]
        for kind, read in READ.items():
            if name not in HAPPENED or kind not in table or (kind,) == CONTRACT[name].key:
                continue
            is_rejected = [(CONTRACT[name].key[0], name)]
            earlier = OWNERS[name][: ways.index(kind)] if kind in ways else is_rejected
            limits = pd.to_datetime(table[kind].map(read).map(own[kind]))
            for column, owner in earlier:
                limits = limits.where(~table[column].isin(self.accepted[owner]))
            for value in ways[: ways.index(kind)] if kind in ways else ():
                if value in READ:
                    customers = table[value].map(READ[value]).map(self._customers_of(value))
                    limits = limits.where(customers.str.len() != 1)
            yield limits


def _share_devices(file: Path) -> None:
    """Move a tenth of the sessions to devices of several people."""
    sessions = pd.read_csv(file, dtype=str, keep_default_na=False)
    some = sessions.index[::10]
    sessions.loc[some, "anonymous_id"] = [
        f"shared{number * 7 % (len(some) // 3)}" for number in range(len(some))
    ]
    sessions.to_csv(file, index=False)


def _stem(name: str) -> str:
    return name.replace(".", "__")


def _moment(texts: pd.Series) -> pd.Series:
    """Read moments as UTC; impossible ones are null."""
    moments = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601").dt.tz_localize(None)
    return moments.where(moments >= "1990-01-01")


def _e164(text: str) -> str:
    try:
        return phonenumbers.format_number(phonenumbers.parse(text, "NL"), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return ""


# How the values that lead to one customer are read, by kind.
READ = {"email": str.lower, "phone": _e164, "customer_number": str, "anonymous_id": str}


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
    _share_devices(sources / "webshop" / "sessions.csv")
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

        # a request for access shows the rows that an erasure would erase
        for customer, email in zip(chosen["customer_id"][:3], chosen["identifier_value"][:3], strict=True):
            with changed_environment({"KLANT360_WAREHOUSE": str(before.path)}):
                assert main(["person", "--email", email.upper()]) == 0
            shown = json.loads(capsys.readouterr().out)
            counts = {name: rows.sum() for name, rows in world.rows_of({customer: END_OF_TIME}).items()}
            assert {name: len(shown.get(name, ())) for name in CONTRACT} == counts

        gone = world.rows_of(asked)
        lines = [
            f"{email},,{moment:%Y-%m-%dT%H:%M:%SZ}"
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
