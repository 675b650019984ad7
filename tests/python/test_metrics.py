"""The semantic layer, through MetricFlow, against the mart of monthly metrics and plain SQL."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.validations.semantic_manifest_validator import (
    SemanticManifestValidator,
)
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from warehouses import PROJECT, Dbt

MONTH = "metric_time__month"
TOLERANCE = 1e-9


class Metrics:
    """Asks MetricFlow for SQL, and a warehouse for the values."""

    def __init__(self, manifest: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.semantics = parse_manifest_from_dbt_generated_manifest(manifest.read_text())
        self.connection = connection
        self.engine = MetricFlowEngine(
            semantic_manifest_lookup=SemanticManifestLookup(self.semantics),
            sql_client=SimpleNamespace(
                sql_engine_type=SqlEngine.DUCKDB, sql_plan_renderer=DuckDbSqlPlanRenderer()
            ),
        )

    def sql(self, metric: str, *groups: str) -> str:
        request = MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=groups)
        return self.engine.explain(request).sql_statement.sql

    def values(self, metric: str, group: str) -> dict[Any, Any]:
        """Return the values of a metric by group."""
        return self.plain(self.sql(metric, group))

    def plain(self, query: str) -> dict[Any, Any]:
        """Return the second column of a query by its first."""
        return dict(self.connection.execute(query).fetchall())


@pytest.fixture(scope="module")
def metrics(dbt: Dbt, demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    file = tmp_path_factory.mktemp("semantics") / "semantic_manifest.json"
    SemanticManifest(dbt.manifest()).write_json_to_file(str(file))
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        yield Metrics(file, connection)


def differences(found: dict[Any, Any], expected: dict[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Return what differs by more than a rounding error; a group that MetricFlow leaves out is null."""
    pairs = {group: (found.get(group), expected.get(group)) for group in found.keys() | expected.keys()}
    return {
        group: pair
        for group, pair in pairs.items()
        if pair[0] is not pair[1]
        and (None in pair or abs(float(pair[0]) - float(pair[1])) > TOLERANCE * max(1, abs(float(pair[1]))))
    }


def test_metricflow_finds_no_fault_in_the_semantic_layer(metrics: Metrics) -> None:
    issues = SemanticManifestValidator().validate_semantic_manifest(metrics.semantics)
    assert [issue.message for issue in (*issues.errors, *issues.future_errors)] == []


def test_every_metric_can_be_grouped_by_month_and_all_of_its_dimensions(metrics: Metrics) -> None:
    asked = 0
    for metric in metrics.engine.list_metrics():
        dimensions = metrics.engine.simple_dimensions_for_metrics([metric.name])
        groups = {dimension.granularity_free_dunder_name for dimension in dimensions} - {"metric_time"}
        metrics.connection.execute(f"explain {metrics.sql(metric.name, MONTH, *sorted(groups))}")
        asked += len(groups)
    assert asked > 100


def test_monthly_metrics_equal_the_semantic_layer(metrics: Metrics) -> None:
    names = metrics.plain("select metric, name_en from marts.metrics")
    assert {
        metric.name: metric.label for metric in metrics.semantics.metrics if metric.name in names
    } == names
    wrong = {}
    for name in names:
        expected = metrics.plain(f"select month, value from marts.monthly_metrics where metric = '{name}'")
        # it has no row for a month in which nothing is counted
        counted = {day.strftime("%Y-%m-%d"): value for day, value in metrics.values(name, MONTH).items()}
        found = {
            month: counted.get(str(month), 0 if value == 0 else None) for month, value in expected.items()
        }
        if wrong_months := differences(found, expected):
            wrong[name] = wrong_months
    assert wrong == {}


@pytest.mark.parametrize(
    ("metric", "group", "query"),
    [
        (
            "net_revenue",
            "customer__segment__name_nl",
            """
            select name_nl, coalesce(sum(net_amount) filter (where is_purchase or is_credit_note), 0)
            from marts.orders
            join marts.customer_360 using (customer_id)
            join marts.segments using (segment_code)
            group by name_nl
            """,
        ),
        (
            "new_customers",
            "customer__acquisition_channel",
            """
            select acquisition_channel, count(distinct customer_id) filter (where order_number = 1)
            from marts.orders join marts.customer_360 using (customer_id)
            group by acquisition_channel
            """,
        ),
        (
            "share_lost",
            "metric_time__year",
            """
            select
                max(date_trunc('year', snapshot_date)),
                avg(case when segment_code = 'lost' then 1 else 0 end)
            from marts.customer_segment_history
            where snapshot_date in (
                select max(snapshot_date) from marts.snapshots group by year(snapshot_date)
            )
            group by snapshot_date
            """,
        ),
        (
            "retention_rate",
            "cohort__months_since_first_order",
            """
            select months_since_first_order, sum(active_customers) / sum(cohort_size)
            from marts.cohort_retention
            where is_complete and months_since_first_order > 0
            group by months_since_first_order
            """,
        ),
        (
            "average_order_value",
            "order__sales_channel",
            """
            select sales_channel, avg(cast(net_amount as double)) filter (where is_purchase)
            from marts.orders group by sales_channel
            """,
        ),
        (
            "expected_revenue",
            "customer__next_purchase_status",
            """
            select next_purchase_status, sum(expected_revenue_365_days)
            from marts.customer_predictions group by next_purchase_status
            """,
        ),
        (
            "campaign_buyer_rate",
            "campaign__channel",
            """
            select channel, sum(buyers_30_days) / sum(customers) from marts.campaign_results group by channel
            """,
        ),
    ],
)  # fmt: skip
def test_metrics_by_group_equal_plain_sql(metrics: Metrics, metric: str, group: str, query: str) -> None:
    expected = metrics.plain(query)
    assert len(expected) > 1
    assert differences(metrics.values(metric, group), expected) == {}


def test_cumulative_metrics_end_at_as_of_date(metrics: Metrics) -> None:
    as_of = metrics.connection.execute("select max(snapshot_date) from marts.snapshots").fetchall()[0][0]
    customers = metrics.connection.execute("select count(*) from marts.customer_segments").fetchall()[0][0]
    found = metrics.values("customers", "metric_time__day")
    assert {day.strftime("%Y-%m-%d"): value for day, value in found.items()}[str(as_of)] == customers
    assert max(found).strftime("%Y-%m-%d") == str(as_of)


def test_every_line_of_the_star_in_the_docs_is_a_relationship_test(dbt: Dbt) -> None:
    tested = {
        (
            node.attached_node.split(".")[-1],
            re.findall(r"\w+", node.test_metadata.kwargs["to"])[1],
            node.column_name,
        )
        for node in dbt.manifest().nodes.values()
        if node.resource_type == "test" and node.name.startswith("relationships_")
    }
    page = (PROJECT / "docs" / "metrics.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^    (\w+) \S+--\S+ (\w+) : (\w+)$", page, re.MULTILINE))
    assert len(drawn) > 20
    assert drawn - tested == set()
