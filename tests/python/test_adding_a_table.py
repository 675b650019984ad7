"""The guide to adding a table, applied to a copy of the project: no other change is needed."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from klant360.contract import read_contract
from klant360.privacy import person
from warehouses import PROJECT, Dbt, Warehouse, changed_environment

GUIDE = PROJECT / "docs" / "adding-a-table.md"
# A line that names a new file, or an existing one and the line before which its text goes; then the text.
STEP = re.compile(r"^(?:\*\*(\S+)\*\*, new|`(\S+)`, before `([^`\n]+)`):\n\n```\w+\n(.*?)^```", re.M | re.S)

NOBODY_ASKS = "email,customer_number,requested_at\n"
TABLES = {
    "crm.customers": """
        customer_number,first_name,last_name,email
        C1,Anna,Zon,anna@zon.example
        C2,Bram,Maan,bram@maan.example
        """,
    # L3 is dated after the request, L4 is rejected
    "crm.loyalty_points": """
        points_id,customer_number,points,earned_at
        L1,C1,10,2024-01-01
        L2,C2,20,2024-01-01
        L3,C1,30,2024-07-01
        L4,C1,veel,2024-01-01
        """,
    # Zoe is in no other system, S4 is rejected
    "subscriptions.contracts": """
        contract_id,email,signed_at
        S1,Anna@Zon.example,2024-01-01
        S2,bram@maan.example,2024-01-01
        S3,zoe@ster.example,2024-01-01
        S4,anna@zon.example,ooit
        """,
    "webshop.orders": """
        order_id,ordered_at,total_amount,email
        O1,2024-08-01,10,bram@maan.example
        """,
    "crm.erasure_requests": NOBODY_ASKS,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the two tables of the guide."""
    copy = tmp_path_factory.mktemp("project")
    for part in ("dbt_project.yml", "profiles.yml", ".dbtignore", "seeds", "tests"):
        (copy / part).symlink_to(PROJECT / part)
    for part in ("macros", "models"):
        shutil.copytree(PROJECT / part, copy / part)
    for new, existing, marker, text in STEP.findall(GUIDE.read_text(encoding="utf-8")):
        path = copy / (new or existing)
        assert path.exists() == bool(existing), f"the guide is wrong about {path}"
        if existing:
            before, found, after = path.read_text(encoding="utf-8").partition(f"\n{marker}")
            assert found, f"{existing} has no line {marker}"
            text = f"{before}\n{text}{found}{after}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def warehouse(
    project: Path, make_sources: Callable[..., Path], new_warehouse: Callable[[], Warehouse]
) -> Warehouse:
    """The copy, built before any erasure request."""
    warehouse = new_warehouse()
    held = ["rejected_rows", "ignored_values", "erasure_results"]
    held += ["int_identity__customer_identifiers", "stg_webshop__sessions"]
    golden = ["customer_identities", "customer_contact_details", "profile_completeness"]
    models = [f"+{model}" for model in (*held, *golden)]
    warehouse.build(make_sources(TABLES), project=project, select=models)
    return warehouse


@pytest.fixture(scope="module")
def held_on_anna(warehouse: Warehouse, project: Path, dbt: Dbt) -> dict[str, Any]:
    """All data on Anna, as a request for access shows it."""
    with (
        dbt.parsed(person, project),
        pytest.MonkeyPatch.context() as patch,
        changed_environment({"KLANT360_WAREHOUSE": str(warehouse.path)}),
    ):
        patch.setattr(person, "read_contract", lambda: read_contract(project))
        return json.loads(person.person(email="anna@zon.example", customer_number=None, cli_vars="{}"))


@pytest.fixture(scope="module")
def erased(
    held_on_anna: dict[str, Any], warehouse: Warehouse, project: Path, make_sources: Callable[..., Path]
) -> Warehouse:
    """The same warehouse after Anna asked to be erased."""
    requests = f"{NOBODY_ASKS}anna@zon.example,,2024-06-01\n"
    sources = make_sources({**TABLES, "crm.erasure_requests": requests})
    warehouse.build(sources, project=project, select=["+source_reconciliation"])
    return warehouse


def test_a_table_takes_five_files() -> None:
    for tables in GUIDE.read_text(encoding="utf-8").split("\n## A table of a new system\n"):
        assert len({new or existing for new, existing, *_ in STEP.findall(tables)}) == 5


def test_records_of_a_new_system_join_customers(warehouse: Warehouse) -> None:
    assert warehouse.rows("""
        select contracts.source_record_id, string_agg(others.source_entity, ' ' order by others.source_entity)
        from restricted.customer_identities as contracts
        left join restricted.customer_identities as others
            on contracts.customer_id = others.customer_id and others.source_entity <> 'contract'
        where contracts.source_system = 'subscriptions' and contracts.source_entity = 'contract'
        group by 1 order by 1
    """) == [("S1", "customer"), ("S2", "customer guest_order"), ("S3", None)]
    assert warehouse.rows(
        "select email_source, email_source_record_id from restricted.customer_contact_details"
        " where email = 'zoe@ster.example'"
    ) == [("subscriptions", "S3")]
    assert warehouse.rows(
        "select field, records, filled, missing_everywhere from marts.profile_completeness"
        " where source_entity = 'contract'"
    ) == [("email", 3, 3, 0)]
    assert warehouse.rows(
        "select count(*), count(*) filter (where not (is_in_crm or is_in_webshop or is_in_service_desk))"
        " from intermediate.int_customer__customers"
    ) == [(3, 1)]


def test_access_shows_the_rows_of_both_tables(held_on_anna: dict[str, Any]) -> None:
    assert [row["points_id"] for row in held_on_anna["crm.loyalty_points"]] == ["L1", "L3", "L4"]
    assert [row["contract_id"] for row in held_on_anna["subscriptions.contracts"]] == ["S1", "S4"]
    assert {row["source_row_key"] for row in held_on_anna["restricted.rejected_rows"]} == {"L4", "S4"}


def test_erasure_takes_the_rows_out_of_both_tables(erased: Warehouse) -> None:
    assert erased.rows("select points_id from crm.loyalty_points order by 1") == [("L2",), ("L3",)]
    assert erased.rows("select contract_id from subscriptions.contracts order by 1") == [("S2",), ("S3",)]


def test_both_tables_are_reconciled(erased: Warehouse) -> None:
    assert erased.rows(
        "select * exclude (latest_event_at) from marts.source_reconciliation"
        " where source_table in ('crm.loyalty_points', 'subscriptions.contracts') order by 1"
    ) == [("crm.loyalty_points", 4, 1, 1, 2), ("subscriptions.contracts", 4, 2, 0, 2)]
