"""`python -m klant360.build`, what `make build` runs, as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb


def run_build(
    folder: Path, sources: Path, *arguments: str, secret: str = "sesam"
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "KLANT360_ID_SALT": secret,
        "KLANT360_SOURCES": str(sources),
        "KLANT360_WAREHOUSE": str(folder / "klant360.duckdb"),
    }
    folders = ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    return subprocess.run(
        [sys.executable, "-m", "klant360.build", *folders, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_options_go_to_dbt_and_the_loader_is_heard(tmp_path, make_sources):
    rows = "order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@b.nl\n"
    done = run_build(tmp_path, make_sources({"webshop.orders": rows}), "--select", "identity_rules")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Loaded webshop.orders: 1 rows from 1 file" in done.stdout
    with duckdb.connect(str(tmp_path / "klant360.duckdb"), read_only=True) as connection:
        built = connection.execute(
            "select table_name from duckdb_tables() where schema_name in ('seeds', 'marts')"
        ).fetchall()
    assert built == [("identity_rules",)]


def test_a_failed_build_says_so_and_where_to_look(tmp_path):
    done = run_build(tmp_path, tmp_path / "nowhere")
    assert done.returncode == 1
    assert "does not exist" in done.stdout + done.stderr
    assert "logs/dbt.log" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_ids_that_can_be_guessed_are_warned_of(tmp_path, make_sources):
    sources = make_sources(
        {"webshop.orders": "order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@b.nl\n"}
    )
    with_secret = run_build(tmp_path, sources, "--select", "identity_rules")
    without = run_build(tmp_path, sources, "--select", "identity_rules", secret="")
    assert with_secret.returncode == without.returncode == 0
    assert "KLANT360_ID_SALT is not set" in without.stdout
    assert "KLANT360_ID_SALT" not in with_secret.stdout + with_secret.stderr


def test_a_memory_limit_that_is_no_size_is_a_sentence(tmp_path, make_sources, monkeypatch):
    monkeypatch.setenv("KLANT360_MEMORY_LIMIT", "plenty")
    rows = "order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@b.nl\n"
    done = run_build(tmp_path, make_sources({"webshop.orders": rows}), "--select", "identity_rules")
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "KLANT360_MEMORY_LIMIT is plenty: it must be a size such as 4GB" in " ".join(told.split())
    assert "Traceback" not in told
