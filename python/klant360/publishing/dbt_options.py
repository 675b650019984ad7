"""What the options that go to dbt say to klant360 itself."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from klant360.project import PROJECT
from klant360.settings import parsed_vars


def cli_vars(dbt_arguments: Sequence[str]) -> dict[str, Any]:
    """Return the vars of --vars. Raises CommandError."""
    return parsed_vars(_option(dbt_arguments, "--vars", "{}"))


def target_folder(dbt_arguments: Sequence[str]) -> Path:
    """Return the folder in which dbt leaves its manifest and results."""
    return PROJECT / _option(dbt_arguments, "--target-path", os.environ.get("DBT_TARGET_PATH") or "target")


def _option(dbt_arguments: Sequence[str], name: str, default: str) -> str:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument(name, dest="value", default=default)
    return parser.parse_known_args(dbt_arguments)[0].value
