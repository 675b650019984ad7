"""What a run did, as Markdown in target/summary.md, for a pipeline to show.

Others may read it, so it counts people as the dashboard does: no group of fewer than the var min_cell_size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import duckdb
from dbt.artifacts.schemas.results import NodeStatus
from dbt.cli.main import dbtRunnerResult

from klant360.errors import UserError
from klant360.publishing.dbt_options import cli_vars, target_folder
from klant360.settings import project_vars

if TYPE_CHECKING:
    from klant360.dashboard.tables import Tables

FAILED = (NodeStatus.Fail, NodeStatus.Error, NodeStatus.RuntimeErr, NodeStatus.PartialSuccess)
SLOWEST = 10
REASONS = 3
# What each part reads: after a run that did not build all of it, the part is left out.
ROWS = {"source_reconciliation", "rejection_summary"}
CUSTOMERS = {
    "customer_360", "customer_segments", "segment_change_causes", "segment_transitions", "segments",
    "snapshots",
}  # fmt: skip


@dataclass
class Run:
    """A run of `klant360 build`, `publish` or `slim`, as far as it came.

    `warehouse` is the file that is built; None on a cluster.
    """

    command: str
    warehouse: Path | None
    outcome: str = "Stopped."
    result: dbtRunnerResult | None = None

    @property
    def nodes(self) -> Sequence[Any]:
        """The outcomes of the models, seeds and tests that dbt ran."""
        return self.result.result.results if self.result else ()


@contextmanager
def summarised(command: str, dbt_arguments: Sequence[str], warehouse: Path | None) -> Iterator[Run]:
    """Write target/summary.md when a run ends, whether it succeeds, fails or is stopped."""
    run = Run(command, warehouse)
    try:
        yield run
    except UserError as error:
        run.outcome = f"Failed with exit code {error.exit_code}: {str(error).strip()}"
        raise
    finally:
        file = target_folder(dbt_arguments) / "summary.md"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join([*_lines(run, dbt_arguments), ""]), encoding="utf-8")
        except (OSError, duckdb.Error) as error:
            click.echo(f"{file} cannot be written: {str(error).splitlines()[0]}.", err=True)


def failures(result: dbtRunnerResult) -> list[str]:
    """Return a line per failed test and model of a dbt build, with the number of rows that a test found."""
    return _named(result.result.results, FAILED)


def _named(nodes: Sequence[Any], statuses: Sequence[NodeStatus]) -> list[str]:
    return [
        f"{outcome.node.name}: {outcome.failures:,} row{'' if outcome.failures == 1 else 's'}"
        if outcome.status in (NodeStatus.Fail, NodeStatus.Warn) and outcome.failures is not None
        else f"{outcome.node.name}: {outcome.status}"
        for outcome in nodes
        if outcome.status in statuses
    ]


def _lines(run: Run, dbt_arguments: Sequence[str]) -> Iterator[str]:
    yield f"## klant360 {run.command}\n"
    yield run.outcome
    yield from _tests(run.nodes)
    built = {outcome.node.name for outcome in run.nodes if outcome.status == NodeStatus.Success}
    if run.warehouse and (built >= ROWS or built >= CUSTOMERS):
        # imported here: it takes a second, and other parts of klant360 import this module
        from klant360.dashboard.tables import Tables

        with Tables.of_warehouse(run.warehouse, project_vars(cli_vars(dbt_arguments))) as tables:
            if built >= ROWS:
                yield from _rows(tables)
            if built >= CUSTOMERS:
                yield from _customers(tables)
    yield from _slowest(run.nodes)


def _tests(nodes: Sequence[Any]) -> Iterator[str]:
    found = Counter(outcome.status for outcome in nodes if "test" in outcome.node.resource_type)
    if found:
        yield f"\nTests: {', '.join(f'{number:,} {status}' for status, number in sorted(found.items()))}."
    if warned := _named(nodes, [NodeStatus.Warn]):
        yield "\nWarnings:\n"
        yield from (f"- {line}" for line in warned)


def _rows(tables: Tables) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for row in tables.rows("from rejection_summary order by rows desc, reason, column_name"):
        where = f" in {row['column_name']}" if row["column_name"] else ""
        reasons.setdefault(row["source_table"], []).append(f"{row['reason']}{where} ({row['rows']:,})")
    yield from _table(
        "Rows",
        ("source table", "read", "accepted", "rejected", "erased", "most common reasons"),
        (
            (
                row["source_table"],
                *(row[f"rows_{name}"] for name in ("read", "accepted", "rejected", "erased")),
                ", ".join(reasons.get(row["source_table"], [])[:REASONS]),
            )
            for row in tables.rows("from source_reconciliation where rows_read > 0 order by source_table")
        ),
    )


def _customers(tables: Tables) -> Iterator[str]:
    from klant360.dashboard.figures.countries import ALL
    from klant360.dashboard.figures.dates import buyers, snapshots
    from klant360.dashboard.figures.movements import KINDS, segment_sizes, shown_numbers, shown_periods
    from klant360.dashboard.figures.segments import OTHER, segments_now
    from klant360.dashboard.names import segment_names

    now = [row for row in segments_now(tables) if row["scope"] == ALL]
    if not now:
        yield f"\nThere are too few customers to show groups (min_cell_size is {tables.least})."
        return
    last, names = snapshots(tables)[-1], segment_names(tables)
    before = {
        row["segment"]: row["customers"] for row in segment_sizes(tables) if row["day"] == last.previous
    }

    def change(row: dict[str, Any]) -> str:
        # other segments may be other ones than last time
        is_known = row["segment"] in before and row["segment"] != OTHER
        return f"{row['customers'] - before[row['segment']]:+,}" if is_known else ""

    yield from _table(
        f"{buyers(tables):,} customers who ever bought, on {last.day}",
        ("segment", "customers", f"change since {last.previous}" if before else "change"),
        ((names[row["segment"]].en, row["customers"], change(row)) for row in now),
    )
    if last in shown_periods(tables):
        moved = shown_numbers(tables, last)
        said = ", ".join(f"{kind} {moved[kind]:,}" for kind in KINDS if kind in moved)
        yield f"\nSince {last.previous}: {said}. All but the new ones are rounded."


def _slowest(nodes: Sequence[Any]) -> Iterator[str]:
    models = [outcome for outcome in nodes if outcome.node.resource_type == "model"]
    models.sort(key=lambda outcome: -outcome.execution_time)
    yield from _table(
        f"Slowest of {len(models)} models",
        ("model", "seconds"),
        ((outcome.node.name, f"{outcome.execution_time:.1f}") for outcome in models[:SLOWEST]),
    )


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a table in Markdown, if it has rows."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    if cells:
        yield f"\n### {title}\n"
        yield f"| {' | '.join(header)} |"
        yield f"|---|{'---|' * (len(header) - 1)}"
        yield from (f"| {' | '.join(row)} |" for row in cells)
