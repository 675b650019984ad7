"""Publishing from the command line: failed audits, concurrent builds, killed builds."""

import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from conftest import small_disk
from klant360.cli import main
from klant360.publishing import build
from klant360.publishing.build_lock import build_lock
from klant360.publishing.publication import current, read_manifest
from warehouses import KLANT360, PROJECT, WAREHOUSE_NAME, Dbt, changed_environment

ORDERS = "order_id,ordered_at,total_amount,email\n" + "".join(
    f"{number},2024-0{1 + number % 9}-05,{number % 50 + 1},p{number % 30}@example.nl\n"
    for number in range(1, 200)
)
PUBLISH = (KLANT360, "publish")
# The same command after its build, which has passed all tests.
PUBLISH_WHAT_IS_BUILT = """
from types import SimpleNamespace
from klant360.cli import main
from klant360.publishing import publish
publish.run_dbt = lambda arguments: SimpleNamespace(success=True, result=SimpleNamespace(results=[]))
main(["publish"])
"""


class Place:
    """A separate warehouse and publication folder, and the command that builds and publishes there."""

    def __init__(self, folder: Path, sources: Path, dbt: Dbt) -> None:
        self.folder, self.serve, self._dbt = folder, folder / "serve", dbt
        self.warehouse = folder / "built" / WAREHOUSE_NAME
        self.environment = {
            "KLANT360_ID_SALT": "sesam",
            "KLANT360_SOURCES": str(sources),
            "KLANT360_WAREHOUSE": str(self.warehouse),
            "KLANT360_SERVE": str(self.serve),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, which can be killed."""
        return subprocess.Popen(
            command,
            env={**os.environ, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def publish(self, *arguments: str, project: Path = PROJECT, **environment: str) -> tuple[int, str]:
        """Run the command in this process, which has parsed the project; returns its status and output."""
        output = io.StringIO()
        with (
            self._dbt.parsed(build, project),
            changed_environment({**self.environment, **environment}),
            redirect_stdout(output),
            redirect_stderr(output),
        ):
            return main(["publish", *arguments]), output.getvalue()

    def tables(self) -> dict:
        """Return rows and content hash of each published mart."""
        return json.loads((self.serve / "manifest.json").read_text(encoding="utf-8"))["tables"]


@pytest.fixture(scope="module")
def place(tmp_path_factory, make_sources, dbt) -> Place:
    """A small delivery that was published once."""
    made = Place(tmp_path_factory.mktemp("place"), make_sources({"webshop.orders": ORDERS}), dbt)
    # dbt writes this when it parses the project, which it has done by now
    dbt.manifest().writable_manifest().write(str(made.folder / "target" / "manifest.json"))
    status, output = made.publish("--state", str(made.folder / "state"))
    assert status == 0, output
    return made


def test_a_publication_is_listed_with_its_facts(place):
    manifest = json.loads((place.serve / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sources"]["webshop.orders"] == 199
    assert manifest["as_of_date"] == "2024-09-05"
    assert manifest["versions"]["duckdb"] == duckdb.__version__
    status, output = place.publish("--list")
    assert status == 0
    assert manifest["run"] in output
    assert "<- served" in output
    with duckdb.connect(str(place.serve / "klant360.duckdb"), read_only=True) as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
        uncommented = connection.execute(
            "select table_name, column_name from duckdb_columns() where comment is null and not internal"
        ).fetchall()
        with duckdb.connect(str(place.warehouse), read_only=True) as built:
            wanted = built.execute(
                "select table_name, column_name from duckdb_columns()"
                " where schema_name = 'marts' and comment is null"
            ).fetchall()
    assert schemas == [("marts",)]
    assert uncommented == wanted


def test_a_publication_leaves_what_slim_builds_compare_with(place):
    state = place.folder / "state"
    assert json.loads((state / "state.json").read_text(encoding="utf-8"))["warehouse"] == WAREHOUSE_NAME
    assert "customer_360" in (state / "manifest.json").read_text(encoding="utf-8")
    with duckdb.connect(str(state / WAREHOUSE_NAME), read_only=True) as connection:
        orders = connection.execute("select count(*) from webshop.orders").fetchall()
    assert orders == [(199,)]


def test_a_partial_build_is_not_published(place):
    status, output = place.publish("--select", "customer_360")
    assert status == 2
    assert "only a full build can be published" in output


def test_a_second_build_stops_at_once_with_a_sentence_or_waits(place):
    with build_lock(place.warehouse):
        refused = place.start(*PUBLISH)
        waiting = place.start(*PUBLISH, "--wait", "--rollback", "none")
        output, _ = refused.communicate()
        assert refused.returncode == 5
        assert "Another build of" in output
        assert "Traceback" not in output
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=5)
    output, _ = waiting.communicate()
    assert "There is no publication none" in output


def test_a_failed_audit_publishes_nothing_and_reports_the_test_and_its_rows(place, make_project):
    before, served = place.tables(), current(place.serve)
    mapping = (PROJECT / "seeds" / "segment_mapping.csv").read_text(encoding="utf-8")
    holed = "".join(line for line in mapping.splitlines(keepends=True) if ",hibernating," not in line)
    status, output = place.publish(project=make_project({"segment_mapping": holed}))
    assert status == 1
    assert "nothing is published" in output
    assert re.search(r"^- \w+: [0-9]+ rows$", output, re.MULTILINE)
    assert "Traceback" not in output
    assert (current(place.serve), place.tables()) == (served, before)


@pytest.mark.deep
def test_a_delivery_with_missing_rows_is_refused_and_the_last_publication_stays(place, make_sources):
    before, served = place.tables(), current(place.serve)
    gutted = make_sources({"webshop.orders": re.sub("(,[0-9]+)(,p[0-9]+@)", r"\1 euro\2", ORDERS)})
    status, output = place.publish(KLANT360_SOURCES=str(gutted))
    assert status == 4
    assert "Nothing is published; the last publication stays" in output
    assert 'unreadable_value in total_amount, such as "10 xxxx" and "11 xxxx"' in output
    assert "Traceback" not in output
    assert (current(place.serve), place.tables()) == (served, before)


def test_a_full_disk_during_the_build_is_reported_and_the_last_publication_stays(place, tmp_path):
    before, served = place.tables(), current(place.serve)
    with small_disk(tmp_path / "disk", "200k") as disk:
        status, output = place.publish(KLANT360_WAREHOUSE=str(disk / WAREHOUSE_NAME))
    assert status == 1
    assert "No space left on device" in output or "is full" in output
    assert "nothing is published" in output
    assert "Traceback" not in output
    assert (current(place.serve), place.tables()) == (served, before)


def kill(place: Place, moments: Iterable[Callable[[], bool]], *command: str) -> None:
    """Kill a command at each of the moments; the publication is complete after each of them."""
    whole = place.tables()
    for has_come in moments:
        process = place.start(*command, KLANT360_RELOAD="1")
        while not has_come() and process.poll() is None:
            time.sleep(0.001)
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL, output
        served = current(place.serve)
        assert read_manifest(place.serve, served)["tables"] == whole
        with duckdb.connect(str(place.serve / "klant360.duckdb"), read_only=True) as connection:
            rows = {
                name: connection.execute(f"select count(*) from marts.{name}").fetchall()[0][0]
                for name in whole
            }
        assert rows == {name: table["rows"] for name, table in whole.items()}
    status, output = place.publish()
    assert status == 0, output
    assert place.tables() == whole
    assert "Nothing changed." in (place.serve / "changes.md").read_text(encoding="utf-8")
    assert not list((place.serve / "publications").glob(".*")), "no unfinished files are left"


def after(seconds: float) -> Callable[[], bool]:
    """Return whether this much time has passed since the first call."""
    start: list[float] = []

    def has_come() -> bool:
        start.append(time.monotonic())
        return start[-1] - start[0] > seconds

    return has_come


def test_a_killed_publication_keeps_the_last_one_and_needs_no_cleaning_up(place):
    publications = place.serve / "publications"

    def is_half_made() -> bool:
        return any(publications.glob(".making-*/parquet/*"))

    kill(place, [is_half_made], sys.executable, "-c", PUBLISH_WHAT_IS_BUILT)


@pytest.mark.deep
def test_forty_kills(place):
    drawn = random.Random(360)
    kill(place, [after(drawn.uniform(0, 28)) for _ in range(40)], *PUBLISH)
