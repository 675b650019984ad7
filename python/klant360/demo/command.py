"""`klant360 demo`: its options are those of `klant360.demo.options`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from klant360.demo.options import FORMATS, DemoError, Options, flag
from klant360.demo.style import STYLES

DEFAULT = Options()


def _with_shares(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option per field of Options that has a help text, in their order."""
    for option in reversed(fields(Options)):
        if help_text := option.metadata.get("help"):
            is_count = option.metadata["kind"] == "count"
            command = click.option(
                flag(option.name),
                type=int if is_count else float,
                default=option.default,
                metavar="N" if is_count else "SHARE",
                help=f"{help_text} (default {option.default})",
            )(command)
    return command


@click.command(
    short_help="Make a demo company with known truth.",
    epilog="Example: klant360 demo --customers 500 --seed 7 --out company",
)
@click.option("--customers", "--people", "people", type=int, default=DEFAULT.people, metavar="N",
              help=f"how many people (default {DEFAULT.people})")  # fmt: skip
@click.option("--seed", type=int, default=DEFAULT.seed, metavar="S",
              help=f"0 or more; the same seed makes the same files (default {DEFAULT.seed})")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=DEFAULT.out, metavar="DIR",
              help=f"the folder to write; a demo set in it is replaced (default {DEFAULT.out})")  # fmt: skip
@click.option("--format", type=click.Choice(FORMATS), default=DEFAULT.format,
              help=f"of all files (default {DEFAULT.format})")  # fmt: skip
@click.option("--style", type=click.Choice(STYLES), default=DEFAULT.style,
              help="of the CSV files in sources: plain, or as a Dutch Excel writes the same company "
              f"(semicolons, decimal commas, day first, windows-1252) (default {DEFAULT.style})")  # fmt: skip
@click.option("--seasonality", type=float, default=DEFAULT.seasonality, metavar="X",
              help="strength of the seasons and of two weak months: 0 for none, 1 for a Dutch webshop "
              "(default 1.0)")  # fmt: skip
@_with_shares
def demo(**chosen: Any) -> None:
    """Make a webshop, a CRM and a service desk with the same people, from 2023 to 2025.

    Purchases follow BG/NBD with gamma-gamma spend (exactly with --seasonality 0), so that models can be
    checked against the truth. The files of the three systems go to DIR/sources, the truth to DIR/truth.
    Nobody in them exists. A SHARE is a fraction from 0 to 1.
    """
    try:
        options = Options(**chosen)
    except DemoError as error:
        raise click.UsageError(str(error)) from error
    from klant360.demo.generate import generate
    from klant360.demo.output import path_of

    try:
        rows = generate(options)
    except OSError as error:
        raise DemoError(f"The demo set cannot be written: {error}.") from error
    except KeyboardInterrupt as stopped:
        click.echo("Stopped before the set was complete: run it again.", err=True)
        raise click.exceptions.Exit(130) from stopped
    for name, count in rows.items():
        click.echo(f"{count:>12,}  {options.out / path_of(name, options.format)}")
    click.echo(f"{sum(rows.values()):>12,}  rows of {options.people:,} people, seed {options.seed}")
