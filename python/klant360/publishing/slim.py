"""Slim builds: only what changed since production was built, and all that follows from it.

What did not change is read from the warehouse of production, which is attached for reading. A slim build
needs the state of production in a folder: `klant360 publish --state FOLDER` leaves it there after each
publication.

    FOLDER/NAME.duckdb      a copy of the warehouse: personal data
    FOLDER/manifest.json    the code that built it, as dbt compares it
    FOLDER/state.json       the name of that file, and a hash of the code that dbt does not compare
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from klant360.errors import InputError, UserError
from klant360.project import PRODUCTION, PROJECT, SOURCE_DATABASE, WAREHOUSE
from klant360.publishing.build import run_dbt
from klant360.publishing.build_lock import build_lock
from klant360.publishing.run_summary import failures, summarised

# What dbt does not compare, though it decides how models are built or what the loader makes of the files.
BUILDS_ALL = (
    "python",
    "connectors",
    "macros/contract",
    "macros/materializations",
    "macros/privacy",
    "macros/portable/prepare_run.sql",
    "macros/generate_schema_name.sql",
    "seeds/null_words.csv",
    "seeds/placeholder_ids.csv",
    "dbt_project.yml",
    "profiles.yml",
    "requirements.lock",
)
CHANGED = ("--defer", "--select", "state:modified+", "--target", "slim")


def keep_state(folder: Path, warehouse: Path, target: Path) -> None:
    """Copy a warehouse to a folder, with the code that built it; `target` is where dbt left its manifest.

    Raises UserError if the folder cannot be written.
    """
    state = {"warehouse": warehouse.name, "code": code_hashes(PROJECT)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.json").unlink(missing_ok=True)
        shutil.copyfile(target / "manifest.json", folder / "manifest.json")
        shutil.copyfile(warehouse, folder / warehouse.name)
        (folder / "state.json").write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"The state cannot be written to {folder} ({error.strerror}).") from error


def build_changes(folder: Path, dbt_arguments: Sequence[str]) -> str:
    """Build and test what changed since a state was kept, and what follows from it; returns a sentence.

    After a change to the code that dbt does not compare, that is everything, from the sources folder. The
    result is in target/slim. Raises InputError if the folder has no state, UserError if anything failed.
    """
    state = _read_state(folder)
    hashes = code_hashes(PROJECT)
    changed = [path for path in BUILDS_ALL if hashes[path] != state["code"].get(path)]
    production = folder / state["warehouse"]
    place = PROJECT / "target" / "slim"
    # a name of its own beside the attached one
    warehouse = place / ("klant360.duckdb" if changed else f"{production.stem}__slim.duckdb")
    arguments = ["--target-path", str(place / "target"), *dbt_arguments]
    with build_lock(warehouse), summarised("slim", dbt_arguments, warehouse) as run:
        for file in place.iterdir():
            if file.is_file() and not file.name.startswith("."):  # the lock stays
                file.unlink()
        os.environ[WAREHOUSE] = str(warehouse)
        if changed:
            what = f"All was built, because of a change in {', '.join(changed)}"
        else:
            os.environ |= {PRODUCTION: str(production), SOURCE_DATABASE: production.stem}
            arguments += [*CHANGED, "--state", str(folder)]
            what = "What changed was built, with all that follows from it"
        run.result = run_dbt(arguments)
        if not run.result.success:
            raise UserError("\n- ".join(["\nThe slim build failed:", *failures(run.result)]))
        models = sum(outcome.node.resource_type == "model" for outcome in run.nodes)
        run.outcome = (
            f"{what}: {models} models, and {len(run.nodes) - models} seeds and tests."
            if run.nodes
            else "Nothing that dbt builds has changed."
        )
    return run.outcome


def code_hashes(project: Path) -> dict[str, str]:
    """Return a hash of the contents of each of BUILDS_ALL in a project."""
    hashes = {}
    for name in BUILDS_ALL:
        path, digest = project / name, hashlib.sha256()
        files = path.rglob("*") if path.is_dir() else [path]
        for file in sorted(files):
            made = any(part.endswith((".egg-info", "__pycache__")) for part in file.parts)
            if file.is_file() and not made:
                digest.update(f"{file.relative_to(project)}\n".encode() + file.read_bytes())
        hashes[name] = digest.hexdigest()
    return hashes


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} has no state of production: klant360 publish --state {folder} leaves it there."
        ) from error
