"""Which layer may read which, which rules decide what, and the match of yml files with the contract."""

import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from dbt.contracts.graph.manifest import Manifest

from klant360.contract import read_contract
from klant360.publishing.comparison.rules import CUSTOMER_RULES, ORDER_RULES, SEGMENT_RULES
from warehouses import Dbt

CONTRACT = read_contract()
SYSTEMS = {table.system for table in CONTRACT.values()}


@pytest.fixture(scope="module")
def manifest(dbt: Dbt) -> Manifest:
    return dbt.manifest()


def models_of(manifest: Manifest, layer: str) -> Iterator[tuple[str, list[str], set[tuple[str, ...]]]]:
    """Return the models of a layer: name, folders beneath it, and dependencies.

    That is ("source", its system, its table), ("seed",) or ("model", its folders...).
    """
    for node in manifest.nodes.values():
        if node.resource_type == "model" and node.fqn[1] == layer:
            yield node.name, node.fqn[2:-1], {_kind(manifest, key) for key in node.depends_on_nodes}


def _kind(manifest: Manifest, key: str) -> tuple[str, ...]:
    if key in manifest.sources:
        return "source", manifest.sources[key].source_name, manifest.sources[key].name
    node = manifest.nodes[key]
    return ("seed",) if node.resource_type == "seed" else ("model", *node.fqn[1:-1], node.name)


@pytest.mark.parametrize("layer", ["intermediate", "marts"])
def test_marts_and_intermediate_models_read_no_source(manifest: Manifest, layer: str) -> None:
    models = list(models_of(manifest, layer))
    assert len(models) > 10
    assert [(name, read) for name, _, reads in models for read in reads if read[0] == "source"] == []


def test_staging_reads_its_own_system_the_delivery_seeds_and_what_the_contract_refers_to(
    manifest: Manifest,
) -> None:
    referred = {
        (table.system, f"stg_{target.replace('.', '__')}")
        for table in CONTRACT.values()
        for column in table.columns
        if (target := column.attributes.get("references"))
    }
    models = list(models_of(manifest, "staging"))
    assert {folders[0] for _, folders, _ in models} == {*SYSTEMS, "delivery"}
    assert [
        (name, read)
        for name, (system, *_), reads in models
        for read in reads
        if read != ("seed",)
        and read[:2] not in (("source", system), ("source", "delivery"))
        and read[:3] != ("model", "staging", system)
        and (system, read[-1]) not in referred
    ] == []


def test_each_table_of_the_contract_has_a_base_and_a_staging_model_in_the_room_of_its_system(
    manifest: Manifest,
) -> None:
    models = {name: folders for name, folders, _ in models_of(manifest, "staging")}
    of_contract = {}
    for table in CONTRACT.values():
        of_contract[f"base_{table.name.replace('.', '__')}"] = [table.system, "base"]
        of_contract[f"stg_{table.name.replace('.', '__')}"] = [table.system]
    assert {name: folders for name, folders in models.items() if folders != ["delivery"]} == of_contract


def test_the_yml_of_the_sources_has_the_tables_and_columns_of_the_contract(manifest: Manifest) -> None:
    described = {
        f"{source.source_name}.{source.name}": (
            source.meta.get("required", False),
            [(column.name, column.meta.get("required", False)) for column in source.columns.values()],
        )
        for source in manifest.sources.values()
        if source.source_name != "delivery"
    }
    assert described == {
        table.name: (
            table.is_required_table,
            [(column.name, column.is_required) for column in table.columns],
        )
        for table in CONTRACT.values()
    }


def test_every_column_of_the_contract_is_described_at_its_source_and_in_staging(manifest: Manifest) -> None:
    nodes = {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}
    sources = {f"{source.source_name}.{source.name}": source for source in manifest.sources.values()}
    assert [
        (node.unique_id, column.name)
        for table in CONTRACT.values()
        for node in (sources[table.name], nodes[f"stg_{table.name.replace('.', '__')}"])
        for column in table.columns
        if column.name not in node.columns or not node.columns[column.name].description
    ] == []


def rules_read(manifest: Manifest, *models: str) -> set[str]:
    """Return the vars and seeds that models read, or what they depend on."""
    nodes = _with_all(
        {f"model.klant360.{name}" for name in models},
        lambda key: manifest.nodes[key].depends_on_nodes if key in manifest.nodes else [],
    )
    models_and_seeds = [manifest.nodes[key] for key in nodes if key in manifest.nodes]
    macros = _with_all(
        {key for node in models_and_seeds for key in node.depends_on.macros},
        lambda key: manifest.macros[key].depends_on.macros,
    )
    code = [node.raw_code for node in models_and_seeds]
    code += [manifest.macros[key].macro_sql for key in macros if key.startswith("macro.klant360.")]
    seeds = {node.name for node in models_and_seeds if node.resource_type == "seed"}
    return seeds | set(re.findall(r"""var\(["'](\w+)""", "\n".join(code)))


def _with_all(keys: set[str], above: Callable[[str], Iterable[str]]) -> set[str]:
    """Return keys with all that they depend on, however far."""
    found, fresh = set(keys), set(keys)
    while fresh:
        fresh = {name for key in fresh for name in above(key)} - found
        found |= fresh
    return found


@pytest.mark.parametrize(
    ("rules", "models", "without_effect"),
    [
        (
            ORDER_RULES,
            ("stg_webshop__orders", "int_orders__statuses", "int_orders__settled_credit_notes"),
            {"ignore_email_tags", "ignore_gmail_dots"},
        ),
        (CUSTOMER_RULES, ("int_orders__classified",), {"suspected_till_orders"}),
        (
            SEGMENT_RULES,
            ("customer_segment_history",),
            {"suspected_till_orders", "as_of_date", "engagement_window_months"},
        ),
    ],
)
def test_the_rules_of_past_figures_are_those_on_the_way_to_them(
    manifest: Manifest, rules: frozenset[str], models: tuple[str, ...], without_effect: set[str]
) -> None:
    # no model reads these: the loader does, and the version is no var
    assert rules_read(manifest, *models) - without_effect == rules - {"decimal_mark", "klant360"}
