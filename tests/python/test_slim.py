"""A slim build: only what changed since production was built, on top of production's own tables."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from klant360.cli import main
from klant360.publishing import slim
from warehouses import PARTS_OF_A_PROJECT, PROJECT, Dbt, changed_environment

MARTS = PROJECT / "models" / "marts"
PARTS = {*PARTS_OF_A_PROJECT, "analyses", "connectors", "Makefile", "python", "requirements.lock", "seeds"}


@pytest.fixture(scope="module")
def state(demo_warehouse: Path, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a publication of the demo set leaves."""
    target, folder = tmp_path_factory.mktemp("target"), tmp_path_factory.mktemp("production")
    dbt.manifest().writable_manifest().write(str(target / "manifest.json"))
    slim.keep_state(folder, demo_warehouse, target)
    return folder


@pytest.fixture
def make_slim(state, tmp_path):
    """Return a function that runs `make slim` in a copy of the project with other text in some files."""

    def run(texts: Mapping[Path, str]) -> subprocess.CompletedProcess[str]:
        shutil.copytree(PROJECT / "models", tmp_path / "models")
        for part in PARTS - {"models"}:
            (tmp_path / part).symlink_to(PROJECT / part)
        for file, text in texts.items():
            (tmp_path / file.relative_to(PROJECT)).write_text(text, encoding="utf-8")
        environment = {"PYTHONPATH": str(tmp_path / "python"), "KLANT360_SOURCES": "nowhere"}
        names = [f"BIN={Path(sys.executable).parent}", f"STATE={state}"]
        return subprocess.run(
            ["make", "--assume-old=.venv/installed", "slim", *names],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_changed_mart_is_built_on_production_and_a_broken_one_fails(make_slim, state, tmp_path):
    """The mart with a summary that reads it, and another summary, whose column has another name."""
    before = {file.name: hashlib.sha256(file.read_bytes()).digest() for file in state.iterdir()}
    values, summary = MARTS / "quality" / "ignored_values.sql", MARTS / "quality" / "rejection_summary.sql"
    changed = f"with found as ({values.read_text()}) select * from found"
    done = make_slim({values: changed, summary: summary.read_text().replace("as rows", "as number")})
    output = done.stdout + done.stderr
    assert re.search(r"slim\W+Error 1\b", output), output
    assert len(re.findall("^- .+: error$", output, re.MULTILINE)) == 1, output
    assert "models/marts/quality/rejection_summary.yml" in output
    with duckdb.connect() as connection:
        connection.execute(f"attach '{state / 'klant360.duckdb'}' as klant360 (read_only)")
        connection.execute(f"attach '{tmp_path}/target/slim/klant360__slim.duckdb' as slim (read_only)")
        built = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'slim'"
        ).fetchall()
        summaries = [
            sorted(connection.execute(f"from {database}.marts.ignored_summary").fetchall(), key=repr)
            for database in ("klant360", "slim")
        ]
    assert sorted(built) == [("ignored_summary",), ("ignored_values",)]
    assert summaries[0] == summaries[1] != []
    assert before == {file.name: hashlib.sha256(file.read_bytes()).digest() for file in state.iterdir()}


@pytest.fixture
def asked(monkeypatch, tmp_path) -> list[tuple[Sequence[str], dict[str, str]]]:
    """The arguments and the environment of each build, which dbt does not run."""
    found = []

    def run_dbt(arguments):
        found.append((arguments, dict(os.environ)))
        return SimpleNamespace(success=True, result=SimpleNamespace(results=[]))

    monkeypatch.setattr(slim, "run_dbt", run_dbt)
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    return found


@pytest.mark.parametrize("changed", [None, *slim.BUILDS_ALL])
def test_a_change_that_dbt_does_not_see_builds_all_from_files(changed, state, asked, tmp_path):
    kept = json.loads((state / "state.json").read_text(encoding="utf-8"))
    kept["code"].pop(changed, None)
    (tmp_path / "state.json").write_text(json.dumps(kept), encoding="utf-8")
    with changed_environment({}):
        assert main(["slim", str(tmp_path)]) == 0
    ((arguments, environment),) = asked
    assert ("state:modified+" in arguments, "KLANT360_PRODUCTION" in environment) == (
        not changed,
        not changed,
    )


def test_the_hash_of_code_tells_of_changed_and_new_files_and_not_of_compiled_ones(tmp_path):
    hashes = []
    for name, text in [("a.py", "1"), ("a.py", "2"), ("b.sql", ""), ("__pycache__/a.pyc", "2")]:
        file = tmp_path / "python" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        hashes.append(slim.code_hashes(tmp_path)["python"])
    assert len(set(hashes)) == 3
    assert hashes[2] == hashes[3]


def test_macros_that_no_model_is_known_to_use_build_all(dbt):
    """dbt finds a changed macro by the nodes that use it; nobody else would build what it is for."""
    manifest = dbt.manifest()
    nodes = [node for node in manifest.nodes.values() if node.resource_type != "operation"]
    used, found = set(), [name for node in nodes for name in node.depends_on.macros]
    while found:
        name = found.pop()
        if name not in used:
            used.add(name)
            found += manifest.macros[name].depends_on.macros
    unused = {
        macro.original_file_path
        for name, macro in manifest.macros.items()
        if macro.package_name == "klant360" and name not in used and not macro.name.startswith("spark__")
    }
    on_spark = {"macros/materializations/tables_on_spark.sql", "macros/portable/check_session.sql"}
    assert [path for path in unused - on_spark if not path.startswith(slim.BUILDS_ALL)] == []
    assert "macros/privacy/find_erased_rows.sql" in unused


def test_a_folder_without_state_is_refused(tmp_path, capsys):
    assert main(["slim", str(tmp_path)]) == 3
    assert f"{tmp_path} has no state of production" in capsys.readouterr().err
