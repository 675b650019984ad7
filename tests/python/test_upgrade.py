"""A warehouse of an earlier version is upgraded: ids keep their successors, unused relations are dropped."""

import duckdb
import pytest

from test_customer_merges import ANNA, CALL, FORMER, LATER_CALL, VISSER, ids, merges, tables

MODELS = ["+customer_identities", "+customer_merges"]
SCHEMAS = ("staging", "intermediate", "marts", "restricted", "seeds")


def relations(warehouse):
    """Return schema and name of each table and view in the project's schemas."""
    names = warehouse.rows("select table_schema, table_name from information_schema.tables")
    return {(schema, name) for schema, name in names if schema in SCHEMAS}


pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def warehouses(new_warehouse, make_sources):
    """Two warehouses of the same deliveries; one is changed in between to what the earlier version left."""
    today, upgraded = new_warehouse(), new_warehouse()

    def deliver(contacts):
        sources = make_sources(tables([VISSER], contacts) | {"crm.customers": [ANNA, FORMER]})
        for warehouse in (today, upgraded):
            warehouse.build(sources, select=MODELS, reload=True)

    deliver([])
    deliver([CALL])
    assert len(merges(upgraded)) == 1
    with duckdb.connect(str(upgraded.path)) as connection:
        connection.execute("""
            alter table intermediate.int_identity__known_records rename oldest_record_key to customer_key;
            create table intermediate.int_identity__carriers as from crm.customers;
            create view intermediate.int_identity__carried_values as from intermediate.int_identity__carriers;
            create table marts.former_mart as from crm.customers;
            create table restricted."Former Mart" as from crm.customers
        """)
    deliver([CALL, LATER_CALL])
    return today, upgraded


def test_ids_and_merges_are_those_of_a_warehouse_of_this_version(warehouses):
    today, upgraded = warehouses
    assert ids(upgraded) == ids(today)
    assert merges(upgraded) == merges(today)
    assert len(merges(upgraded)) == 2


def test_relations_that_nothing_makes_are_dropped(warehouses, dbt):
    today, upgraded = warehouses
    manifest = dbt.manifest()
    made = {
        (node.schema, node.alias)
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed")
    }
    made |= {(source.schema, source.identifier) for source in manifest.sources.values()}
    assert relations(upgraded) - made == set()
    assert relations(upgraded) == relations(today)
    assert len(relations(upgraded)) > 30


def test_the_bookkeeping_of_a_history_stays(new_warehouse, make_sources):
    warehouse = new_warehouse()
    sources = make_sources(tables([VISSER], []))
    for _ in range(2):
        warehouse.build(sources)
        assert ("intermediate", "customer_segment_history__computed") in relations(warehouse)
