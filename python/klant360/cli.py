"""The command `klant360`. Each command imports what it needs itself, so that --help is quick."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from klant360.bench.command import bench
from klant360.demo.command import demo
from klant360.errors import UserError
from klant360.project import PROJECT, serve_folder, warehouse_file

DBT_OPTIONS = {"ignore_unknown_options": True}
VARS = click.option("--vars", "cli_vars", default="{}", help="vars of dbt, as the warehouse was built with")
TARGET = click.option("--target", "-t", metavar="NAME", envvar="DBT_TARGET", show_envvar=True,
                      help="output of profiles.yml: duckdb (default) or spark")  # fmt: skip
WAIT = click.option("--wait", is_flag=True, help="wait for another build of this warehouse")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="klant360")
def cli() -> None:
    """Turn CRM, webshop and service-desk files into one picture of each customer.

    KLANT360_SOURCES names the folder of delivered files (default: demo/sources), KLANT360_WAREHOUSE the
    DuckDB file that is built (default: warehouse/klant360.duckdb), KLANT360_SERVE the folder that is served
    to others (default: serve). The documentation is in docs/.

    \b
    Exit codes:
      0    done
      1    failed: a model, a data test of severity error, or the command itself
      2    wrong command line
      3    the settings or the delivered files cannot be used: correct them
      4    built and tested, but refused for publication
      5    another build of this warehouse is running
      130  stopped
    """


@cli.command(
    context_settings=DBT_OPTIONS,
    short_help="Run dbt build with a progress bar.",
    epilog="Example: klant360 build --select customer_360 --vars 'base_currency: GBP'",
)
@WAIT
@click.argument("dbt_options", nargs=-1, type=click.UNPROCESSED)
def build(wait: bool, dbt_options: tuple[str, ...]) -> None:
    """Load the sources and run dbt build with a progress bar. Other options go to dbt."""
    from klant360.publishing import build

    build.build(dbt_options, wait=wait)


@cli.command(
    context_settings=DBT_OPTIONS,
    short_help="Build, test, and serve the marts to others.",
    epilog="Example: klant360 publish --keep 10 --vars 'rfm_window_months: 12'",
)
@click.option("--list", "lists", is_flag=True, help="list the publications that are kept")
@click.option("--rollback", is_flag=False, flag_value="", metavar="[RUN]",
              help="serve an earlier publication: RUN, or the one before the current")  # fmt: skip
@click.option("--keep", type=click.IntRange(min=1), default=5, show_default=True, help="publications to keep")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="leave a copy of the warehouse here, and what klant360 slim compares with")  # fmt: skip
@TARGET
@WAIT
@click.argument("dbt_options", nargs=-1, type=click.UNPROCESSED)
def publish(
    lists: bool,
    rollback: str | None,
    keep: int,
    state: Path | None,
    target: str | None,
    wait: bool,
    dbt_options: tuple[str, ...],
) -> None:
    """Run dbt build; when every test of severity error passed, publish the marts.

    A publication is klant360.duckdb, parquet/, dashboard.html, changes.md and manifest.json in the folder
    KLANT360_SERVE. Other options go to dbt.
    """
    from klant360.publishing import publish
    from klant360.settings import engine

    if lists:
        click.echo("\n".join(publish.list_publications()))
    elif rollback is not None:
        click.echo(publish.roll_back(rollback, wait=wait))
    else:
        partial = next((word for word in dbt_options if word.split("=")[0] in publish.PARTIAL), None)
        if partial:
            raise click.UsageError(f"{partial} builds only a part: only a full build can be published.")
        if state and engine(target) == "spark":
            raise click.UsageError("--state copies a warehouse of DuckDB: leave it out on Spark.")
        folder = state.resolve() if state else None
        click.echo(publish.build_and_publish(dbt_options, target=target, keep=keep, wait=wait, state=folder))


@cli.command(
    context_settings=DBT_OPTIONS,
    short_help="Build and test only what changed since production.",
    epilog="Example: klant360 slim target/state",
)
@click.argument("state", type=click.Path(path_type=Path, file_okay=False))
@click.argument("dbt_options", nargs=-1, type=click.UNPROCESSED)
def slim(state: Path, dbt_options: tuple[str, ...]) -> None:
    """Build and test what changed since klant360 publish --state STATE, and all that follows from it.

    What did not change is read from the copy of the warehouse in STATE, and no file is loaded. A change in
    python/, or elsewhere out of dbt's sight, builds everything from the sources folder. The result is in
    target/slim. Other options go to dbt.
    """
    from klant360.publishing import slim

    click.echo(slim.build_changes(state.resolve(), dbt_options))


@cli.command(
    short_help="Look at a folder of files before it is built.",
    epilog="Example: klant360 preflight deliveries --write",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="write what it proposes to sources.yml in the folder")
@VARS
def preflight(folder: Path, write: bool, cli_vars: str) -> None:
    """Recognise the files in a folder, and tell what a build would make of them.

    It says what each file was taken for, how it writes numbers and dates, which rows would be rejected, which
    references lead nowhere, and which marts would fill. Files of known systems are proposed for sources.yml.
    """
    from klant360.preflight.preflight import preflight as look
    from klant360.settings import parsed_vars

    look(folder.resolve(), write=write, cli_vars=parsed_vars(cli_vars), echo=click.echo)


@cli.command(
    short_help="Draw the dashboard of the current publication again.",
    epilog="Example: klant360 dashboard --out customers.html",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="file to write (default: dashboard.html of the publication)")  # fmt: skip
def dashboard(out: Path | None) -> None:
    """Write the dashboard of the current publication, from its tables alone.

    Publishing does so already: this is for after an upgrade, or for a copy elsewhere. It is one HTML file,
    which loads nothing else and shows no group of fewer people than the var min_cell_size.
    """
    from klant360.dashboard.page.render import dashboard as draw
    from klant360.publishing.publication import redraw_dashboard

    click.echo(f"The dashboard is {redraw_dashboard(serve_folder(), out, draw)}")


@cli.command(epilog="Example: klant360 summary")
def summary() -> None:
    """Summarise the warehouse: customers, segments, and how its files were read."""
    from klant360.publishing import summary

    click.echo(summary.summary(warehouse_file()))


@cli.command(
    short_help="See who would change segment under other rules.",
    epilog="Example: klant360 whatif --mapping my_mapping.csv",
)
@click.option("--mapping", type=click.Path(path_type=Path), required=True, metavar="FILE",
              help="rules to try, as in seeds/segment_mapping.csv")  # fmt: skip
def whatif(mapping: Path) -> None:
    """Compare the segments in the warehouse with those that other rules would give, before you change any.

    It prints how many customers, and how much revenue, would be in each segment, and the moves between them.
    Nothing is built or changed.
    """
    from klant360.segments.whatif import what_if

    click.echo(what_if(warehouse_file(), mapping))


@cli.command(
    short_help="Show or list the rows that erasure requests erase.",
    epilog="Example: klant360 erase --dry-run",
)
@click.option("--dry-run", is_flag=True, help="change nothing: show what the next build on DuckDB erases")
@click.option("--out", type=click.Path(path_type=Path), default=PROJECT / "warehouse" / "rows_to_erase",
              metavar="DIR", help="lists for Spark (default: warehouse/rows_to_erase)")  # fmt: skip
@TARGET
@VARS
def erase(dry_run: bool, out: Path, target: str | None, cli_vars: str) -> None:
    """Find the rows that the requests in crm/erasure_requests and in the ledger erase.

    On DuckDB the next build erases them, and this command only shows them (--dry-run). On Spark the loader of
    the tables deletes them: this command lists their keys per table, and the next build checks that they are
    gone. The lists are personal data.
    """
    from klant360.settings import engine, parsed_vars

    if engine(target) == "spark":
        if dry_run:
            raise click.UsageError(
                "On Spark this command lists the rows and deletes none: leave out --dry-run."
            )
        from klant360.spark import erasure

        click.echo(erasure.list_rows_to_erase(parsed_vars(cli_vars), out))
    elif not dry_run:
        raise click.UsageError("On DuckDB the next build erases the rows; --dry-run shows them.")
    else:
        from klant360.privacy import erasure

        click.echo(erasure.preview(parsed_vars(cli_vars)))


@cli.command(
    short_help="Print all that is held on one customer.",
    epilog="Example: klant360 person --email jan@example.com > jan.json",
)
@click.option("--email", help="any email address of the customer")
@click.option("--customer-number", help="the number in the CRM")
@TARGET
@VARS
def person(email: str | None, customer_number: str | None, target: str | None, cli_vars: str) -> None:
    """Print all that the warehouse holds on one customer, as JSON by table: for a request for access.

    It is personal data: give it to nobody else.
    """
    from klant360.privacy import person
    from klant360.settings import engine

    if engine(target) == "spark":
        raise UserError(
            "klant360 person does not work on Spark: restricted.customer_identities has the source records of"
            " each customer, and these lead to the rows in the source tables."
        )
    if (email is None) == (customer_number is None):
        raise click.UsageError("Name the customer by --email or by --customer-number.")
    click.echo(person.person(email=email, customer_number=customer_number, cli_vars=cli_vars))


@cli.command(
    short_help="Write the seed of exchange rates.",
    epilog="Example: klant360 rates --base GBP --currencies USD,EUR --since 2020-01",
)
@click.option("--base", default="EUR", show_default=True, help="currency to convert to")
@click.option("--currencies", help="currencies to convert from, joined by commas (default: the usual eight)")
@click.option("--since", default="2009-01", show_default=True, help="first month, YYYY-MM")
@click.option("--out", type=click.Path(path_type=Path), default=PROJECT / "seeds" / "exchange_rates.csv",
              help="file to write (default: the seed)")  # fmt: skip
def rates(base: str, currencies: str | None, since: str, out: Path) -> None:
    """Write the seed of monthly exchange rates, from the reference rates of the European Central Bank."""
    from klant360.reference import exchange_rates

    chosen = None if currencies is None else currencies.split(",")
    click.echo(exchange_rates.write_rates(base, chosen, since, out))


@cli.command(
    "identity-report",
    short_help="Measure how well the people of the demo set were recognised.",
    epilog="Example: klant360 identity-report --examples 5",
)
@click.option("--truth", type=click.Path(path_type=Path), metavar="FILE",
              help="whose each source record is (default: demo/truth/source_records.csv)")  # fmt: skip
@click.option("--examples", type=click.IntRange(min=0), default=3, show_default=True, metavar="N",
              help="record keys of N pairs per cause")  # fmt: skip
def identity_report(truth: Path | None, examples: int) -> None:
    """Compare the customers in the warehouse with the true people of the demo set that it was built from."""
    from klant360.identity import report

    evidence = report.read_evidence(warehouse_file(), report.read_truth(truth or report.TRUTH))
    click.echo("\n".join(report.report_lines(evidence, report.measure(evidence, examples))))


@cli.command(short_help="Look up known vulnerabilities of the packages.", epilog="Example: klant360 audit")
def audit() -> None:
    """Look up known vulnerabilities of all packages in requirements.lock."""
    from klant360 import audit

    click.echo(audit.audit())


cli.add_command(demo)
cli.add_command(bench)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code, after a sentence on stderr if that is not 0."""
    try:
        return cli.main(arguments, prog_name="klant360", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UserError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
