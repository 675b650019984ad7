"""All data on one customer, and none on others."""

import json

import duckdb
import pytest

from erasure_world import delivery
from klant360.cli import main
from klant360.privacy import person
from warehouses import changed_environment


@pytest.fixture(scope="module")
def ask(make_sources, build_warehouse, dbt):
    """Request access for a customer of the erasure test data, before anything is erased."""
    tables = delivery(crm__erasure_requests="email,customer_number,requested_at")
    rows = ["+customer_identities", "+rejected_rows", "+ignored_values", "+erasure_results"]
    of_customers = ["+customer_360", "+int_identity__customer_identifiers"]
    warehouse = build_warehouse(make_sources(tables), select=rows + of_customers)

    def ask(*arguments: str) -> int:
        with changed_environment({"KLANT360_WAREHOUSE": str(warehouse.path)}):
            return main(["person", *arguments])

    with dbt.parsed(person):
        yield ask


@pytest.mark.parametrize("who", [("--email", "Anna Z <A2@Zon.example>"), ("--customer-number", "C1")])
def test_all_data_of_a_customer_is_shown_and_none_of_others(ask, capsys, who):
    assert ask(*who) == 0
    text = capsys.readouterr().out
    assert not any(word in text for word in ("Bram", "bram@", "Carla", "Dirk", "O6", "A2", "C2", "S2"))
    held = json.loads(text)

    def keys(table: str, column: str) -> list[str]:
        return sorted(row[column] for row in held[table])

    assert [row["customer_number"] for row in held["crm.customers"]] == ["C1", "C1", None]
    assert [row["street"] for row in held["crm.customers"]] == ["Annastraat", "Annastraat", None]
    assert keys("webshop.accounts", "account_id") == ["'70001"]
    assert keys("webshop.orders", "order_id") == ["O1", "O2", "O3", "O4", "O5", "O8", "O9"]
    assert keys("webshop.order_lines", "order_id") == ["O1", "O2", "O3", "O8"]
    of_her_device = {"W7", "W8", "W9", "W11", "W13"}
    assert {*keys("webshop.sessions", "session_id")} == {"W1", "W2", "W3", "W5", "W6"} | of_her_device
    assert keys("service_desk.tickets", "ticket_id") == ["T1", "T3"]
    assert keys("service_desk.survey_responses", "comment") == ["Groet van Anna Zonnebloem"]
    assert keys("crm.campaign_contacts", "contact_id") == ["K1", "K3"]
    assert {row["first_name"] for row in held["restricted.customer_contact_details"]} == {"Anna"}
    assert len(held["restricted.customer_identities"]) == 5
    rejected = {row["source_row_key"] for row in held["restricted.rejected_rows"]}
    assert rejected == {"C1", None, "O8", "O9", "O8|1", "W5", "W9", "K3"}
    assert len(held["marts.customer_360"]) == 1


def test_an_email_of_several_customers_shows_no_data_and_asks_for_the_number(ask, capsys):
    assert ask("--email", "huis@maan.example") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "belongs to" in captured.err
    assert "--customer-number" in captured.err
    assert "Carla" not in captured.err


def test_an_unknown_customer_is_reported(ask, capsys, tmp_path):
    assert ask("--email", "niemand@nergens.example") == 1
    assert "No customer has the email" in capsys.readouterr().err
    with changed_environment({"KLANT360_WAREHOUSE": str(tmp_path / "none.duckdb")}):
        assert main(["person", "--email", "x@y.example"]) == 1
    assert "There is no warehouse" in capsys.readouterr().err
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with changed_environment({"KLANT360_WAREHOUSE": str(tmp_path / "empty.duckdb")}):
        assert main(["person", "--email", "x@y.example"]) == 1
    assert "rebuild it" in capsys.readouterr().err
