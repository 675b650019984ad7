"""The command line of the demo set: `python -m klant360.demo --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from klant360.demo.generate import generate
from klant360.demo.options import FORMATS, GROUPS, DemoError, Options, flag
from klant360.demo.output import path_of
from klant360.demo.style import STYLES

DESCRIPTION = """\
Make a demo set: a webshop, a CRM and a service desk that know the same people from 2023 to 2025, each in its
own way. Purchases follow BG/NBD with gamma-gamma spend, so that models can be checked against what is true.
The files of the three systems go to DIR/sources, the truth to DIR/truth. The same seed makes the same files;
nobody in them exists.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise DemoError(f"{message[0].upper()}{message[1:]}. See --help.")


def parser() -> argparse.ArgumentParser:
    """Make the parser: the main options by hand, the shares from the fields of Options."""
    made = _Parser(
        prog="python -m klant360.demo",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    default = Options()
    add = made.add_argument
    add("--customers", "--people", dest="people", type=int, default=default.people, metavar="N",
        help=f"how many people (default {default.people})")  # fmt: skip
    add(
        "--seed",
        type=int,
        default=default.seed,
        metavar="S",
        help=f"any number from 0 (default {default.seed})",
    )
    add("--out", type=Path, default=default.out, metavar="DIR",
        help=f"the folder to write; a demo set in it is replaced (default {default.out})")  # fmt: skip
    add("--format", choices=FORMATS, default=default.format, help=f"of all files (default {default.format})")
    add("--style", choices=STYLES, default=default.style,
        help="of the CSV files in sources: plain, or as a Dutch Excel writes the same company "
        f"(semicolons, decimal commas, day first, windows-1252) (default {default.style})")  # fmt: skip
    add("--seasonality", type=float, default=default.seasonality, metavar="X",
        help="strength of the seasons: 0 is the exact process, 1 a Dutch webshop (default 1.0)")  # fmt: skip
    for group, title in GROUPS.items():
        section = made.add_argument_group(f"{title} (shares from 0 to 1)")
        for option in fields(Options):
            if option.metadata.get("group") == group:
                is_count = option.metadata["kind"] == "count"
                section.add_argument(
                    flag(option.name),
                    type=int if is_count else float,
                    default=option.default,
                    metavar="N" if is_count else "SHARE",
                    help=f"{option.metadata['help']} (default {option.default})",
                )
    return made


def summary(rows: dict[str, int], options: Options) -> str:
    """Tell the rows per table and where they stand."""
    lines = [f"{count:>12,}  {options.out / path_of(name, options.format)}" for name, count in rows.items()]
    return "\n".join(
        [*lines, f"{sum(rows.values()):>12,}  rows of {options.people:,} people, seed {options.seed}"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit status (0: made, 1: not writable, 2: refused, 130: stopped)."""
    try:
        options = Options(**vars(parser().parse_args(arguments)))
        rows = generate(options)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The demo set cannot be written: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped before the set was complete: run it again.", file=sys.stderr)
        return 130
    print(summary(rows, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
