"""The exit codes of klant360, as docs/pipelines.md lists them: each in a case that costs little."""

import re
import shutil
from types import SimpleNamespace

import duckdb
import pytest

from klant360.cli import main
from klant360.publishing import build, publish
from klant360.publishing.build_lock import build_lock
from warehouses import PROJECT, WAREHOUSE_NAME, changed_environment


@pytest.fixture(autouse=True)
def place(tmp_path):
    """A folder for all that a command writes."""
    names = {"WAREHOUSE": WAREHOUSE_NAME, "SERVE": "serve", "SOURCES": "sources"}
    folders = {f"KLANT360_{name}": str(tmp_path / path) for name, path in names.items()}
    with changed_environment({**folders, "DBT_TARGET_PATH": str(tmp_path / "target")}):
        yield tmp_path


def dbt_comes_to(monkeypatch, module, **outcome):
    monkeypatch.setattr(module, "run_dbt", lambda arguments: SimpleNamespace(**outcome))


def result(*statuses):
    """Return what dbt build returns, with one test of each of these statuses."""
    node = SimpleNamespace(name="orders_add_up", resource_type="test")
    outcomes = [
        SimpleNamespace(node=node, status=status, failures=1, execution_time=0) for status in statuses
    ]
    return SimpleNamespace(results=outcomes)


def test_0_done(monkeypatch):
    dbt_comes_to(monkeypatch, build, success=True, result=result("pass", "warn"))
    assert main(["build"]) == 0


def test_1_a_test_failed(monkeypatch, capsys):
    dbt_comes_to(monkeypatch, build, success=False, result=result("pass", "fail"))
    assert main(["build"]) == 1
    assert "orders_add_up: 1 row\n" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["publihs"], ["build", "--frob"], ["publish", "--vars", "a: b: c"]])
def test_2_the_command_line_is_wrong(arguments):
    assert main(arguments) == 2


def test_3_the_sources_cannot_be_used(capsys, dbt):
    with dbt.parsed(build):
        assert main(["build"]) == 3
    assert re.search("sources folder .* does not exist", capsys.readouterr().err)


def test_4_what_was_built_is_refused(monkeypatch, demo_warehouse, place, capsys):
    warehouse = shutil.copy(demo_warehouse, place / WAREHOUSE_NAME)
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "update marts.source_reconciliation set rows_accepted = 0 where source_table = 'webshop.orders'"
        )
    dbt_comes_to(monkeypatch, publish, success=True, result=result())
    assert main(["publish"]) == 4
    assert "webshop.orders has no order" in capsys.readouterr().err
    assert "exit code 4" in (place / "target" / "summary.md").read_text()


def test_5_another_build_is_running(place):
    with build_lock(place / WAREHOUSE_NAME):
        assert main(["build"]) == 5


def test_130_stopped(monkeypatch):
    stopped = SimpleNamespace(exception=KeyboardInterrupt())
    monkeypatch.setattr(build, "dbtRunner", lambda callbacks: SimpleNamespace(invoke=lambda words: stopped))
    assert main(["build"]) == 130


def test_the_docs_and_the_help_list_these_codes(capsys):
    tested = {re.match("test_([0-9]+)_", name)[1] for name in globals() if re.match("test_[0-9]", name)}
    page = (PROJECT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| ([0-9]+) \|", page, re.MULTILINE)) == tested
    assert main(["--help"]) == 0
    assert set(re.findall(r"^ +([0-9]+)  ", capsys.readouterr().out, re.MULTILINE)) == tested
