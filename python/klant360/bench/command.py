"""`klant360 bench`: what the project costs, and whether a change altered its results."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(short_help="Measure what a build costs; compare the results of two commits.")
def bench() -> None:
    """Measure what a build costs, and compare the results of two commits."""


@bench.command(
    short_help="Measure a build of many orders.", epilog="Example: klant360 bench build --orders 2000000"
)
@click.option("--orders", type=click.IntRange(min=1000), default=1_000_000, show_default=True,
              envvar="BENCH_ORDERS", help="approximate number of orders")  # fmt: skip
@click.option("--memory", default="4.5GB", show_default=True, help="DuckDB's memory limit")
def build(orders: int, memory: str) -> None:
    """Build a large company with three systems and print what it cost.

    Prints rows, wall time, CPU, peak memory, and ratios to a hand-written floor, to peers and to a tenth of
    the orders, all measured in one run. Needs about 1 GB of disk per million orders, and the package registry
    once, for the peers. The table goes to target/bench/bench.json and target/bench/bench.png.
    """
    from klant360.bench.build import measure

    measure(orders, memory)


@bench.command(
    short_help="Measure resolving millions of records.",
    epilog="Example: klant360 bench identity --people 200000",
)
@click.option("--people", type=click.IntRange(min=1), default=1_300_000, show_default=True,
              help="number of people")  # fmt: skip
@click.option("--memory", default="1.2GB", show_default=True, help="DuckDB's memory limit")
def identity(people: int, memory: str) -> None:
    """Resolve the source records of a large demo company and print what it cost.

    The cost is also shown as a ratio to a scan of the records plus scipy's connected components on the same
    links. The table goes to target/bench/identity.json.
    """
    from klant360.bench.identity import measure

    measure(people, memory)


@bench.command(
    short_help="Measure loading order lines through a connector.",
    epilog="Example: klant360 bench exports --lines 200000",
)
@click.option("--lines", type=click.IntRange(min=1), default=1_000_000, show_default=True,
              help="number of order lines")  # fmt: skip
def exports(lines: int) -> None:
    """Load an export of Shopify, and the same orders in the contract's own form, in turn; print the ratio.

    Needs about 500 MB of disk per million lines, in target/bench/exports.
    """
    from klant360.bench.exports import measure

    measure(lines)


@bench.command(
    short_help="Measure predictions and recommendations.",
    epilog="Example: klant360 bench predictions --customers 200000",
)
@click.option("--customers", type=click.IntRange(min=1000), default=1_000_000, show_default=True,
              help="number of customers to predict")  # fmt: skip
@click.option("--lines", type=click.IntRange(min=1000), default=2_000_000, show_default=True,
              help="number of order lines to recommend from")  # fmt: skip
def predictions(customers: int, lines: int) -> None:
    """Predict purchases and recommend products at size, and beside peers, and print what it cost.

    lifetimes and pymc-marketing predict the customers of CDNOW, implicit recommends from the same lines; the
    hit rate tells how good its recommendations and ours are. Needs 1 GB of disk in target/bench/predictions,
    and the package registry once, for the peers.
    """
    from klant360.bench.predictions import measure

    measure(customers, lines)


@bench.command(
    short_help="Measure builds on a Spark cluster on this machine.",
    epilog="Example: klant360 bench spark --orders 100000 --orders 300000",
)
@click.option("--orders", type=click.IntRange(min=1000), multiple=True, default=[100_000, 300_000, 1_000_000],
              show_default=True, help="approximate number of orders; may be repeated")  # fmt: skip
@click.option("--memory", default="4g", show_default=True, help="memory of the worker")
def spark(orders: tuple[int, ...], memory: str) -> None:
    """Build companies of several sizes on a Spark cluster and print what each group of models cost.

    Prints the time of the second run of two, and how much Spark shuffled, by its own metrics. Needs Java. The
    table goes to target/bench/spark/spark.json.
    """
    from klant360.bench.spark import measure

    measure(orders, memory)


@bench.command(
    short_help="Check that two commits make the same marts.",
    epilog="Example: klant360 bench compare HEAD~1 HEAD --sources demo/sources",
)
@click.argument("before")
@click.argument("after", default="HEAD")
@click.option(
    "--sources",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    default=["demo/sources"],
    show_default=True,
    help="delivered files; may be repeated",
)
@click.option("--vars", "cli_vars", default="{}", help="vars of dbt for both builds")
def compare(before: str, after: str, sources: tuple[Path, ...], cli_vars: str) -> None:
    """Build two commits on the same files and compare every table of the marts, both ways.

    Fails if a table has a row that the other build lacks.
    """
    from klant360.bench.compare import compare

    if not compare(before, after, sources, cli_vars):
        raise click.exceptions.Exit(1)
