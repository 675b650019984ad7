"""Publishing from the command line: failed audits, concurrent builds, killed builds."""

import json
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pytest

from conftest import small_disk
from klant360.publishing.build_lock import build_lock
from klant360.publishing.publication import current, read_manifest
from warehouses import KLANT360, PROJECT, WAREHOUSE_NAME

ORDERS = "order_id,ordered_at,total_amount,email\n" + "".join(
    f"{number},2024-0{1 + number % 9}-05,{number % 50 + 1},p{number % 30}@example.nl\n"
    for number in range(1, 200)
)


class Place:
    """A separate warehouse and publication folder, and the command that builds and publishes there."""

    def __init__(self, folder: Path, sources: Path) -> None:
        self.folder, self.serve = folder, folder / "serve"
        self.warehouse = folder / "built" / WAREHOUSE_NAME
        self.environment = {
            **os.environ,
            "KLANT360_ID_SALT": "sesam",
            "KLANT360_SOURCES": str(sources),
            "KLANT360_WAREHOUSE": str(self.warehouse),
            "KLANT360_SERVE": str(self.serve),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def command(self, *arguments: str) -> list[str]:
        return [KLANT360, "publish", *arguments]

    def publish(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def tables(self) -> dict:
        """Return rows and content hash of each published mart."""
        return json.loads((self.serve / "manifest.json").read_text(encoding="utf-8"))["tables"]


@pytest.fixture(scope="module")
def place(tmp_path_factory, make_sources) -> Place:
    """A small delivery that was published once."""
    made = Place(tmp_path_factory.mktemp("place"), make_sources({"webshop.orders": ORDERS}))
    done = made.publish()
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_a_publication_is_listed_with_its_facts(place):
    manifest = json.loads((place.serve / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sources"]["webshop.orders"] == 199
    assert manifest["as_of_date"] == "2024-09-05"
    assert manifest["versions"]["duckdb"] == duckdb.__version__
    listed = place.publish("--list")
    assert listed.returncode == 0
    assert manifest["run"] in listed.stdout
    assert "<- served" in listed.stdout
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


def test_a_partial_build_is_not_published(place):
    refused = place.publish("--select", "customer_360")
    assert refused.returncode == 2
    assert "only a full build can be published" in refused.stderr


def test_a_second_build_stops_at_once_with_a_sentence_or_waits(place):
    with build_lock(place.warehouse):
        refused = place.publish()
        waiting = subprocess.Popen(
            place.command("--wait", "--rollback", "none"),
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert refused.returncode == 1
        assert "Another build of" in refused.stderr
        assert "Traceback" not in refused.stderr
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=5)
    output, _ = waiting.communicate()
    assert "There is no publication none" in output


def test_a_failed_audit_publishes_nothing_and_reports_the_test_and_its_rows(place, make_project):
    before, served = place.tables(), current(place.serve)
    mapping = (PROJECT / "seeds" / "segment_mapping.csv").read_text(encoding="utf-8")
    holed = "".join(line for line in mapping.splitlines(keepends=True) if ",hibernating," not in line)
    project = make_project({"segment_mapping": holed})
    shutil.copytree(PROJECT / "python", project / "python", ignore=shutil.ignore_patterns("*.egg-info"))
    refused = place.publish(PYTHONPATH=str(project / "python"))
    assert refused.returncode == 1
    assert "nothing is published" in refused.stderr
    assert re.search(r"^- \w+: [0-9]+ rows$", refused.stderr, re.MULTILINE)
    assert "Traceback" not in refused.stdout + refused.stderr
    assert (current(place.serve), place.tables()) == (served, before)


@pytest.mark.deep
def test_a_delivery_with_missing_rows_is_refused_and_the_last_publication_stays(place, make_sources):
    before, served = place.tables(), current(place.serve)
    gutted = make_sources({"webshop.orders": re.sub("(,[0-9]+)(,p[0-9]+@)", r"\1 euro\2", ORDERS)})
    refused = place.publish(KLANT360_SOURCES=str(gutted))
    assert refused.returncode == 1
    assert "Nothing is published; the last publication stays" in refused.stderr
    assert 'unreadable_value in total_amount, such as "10 xxxx" and "11 xxxx"' in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert (current(place.serve), place.tables()) == (served, before)


def test_a_full_disk_during_the_build_is_reported_and_the_last_publication_stays(place, tmp_path):
    before, served = place.tables(), current(place.serve)
    with small_disk(tmp_path / "disk", "200k") as disk:
        stopped = place.publish(KLANT360_WAREHOUSE=str(disk / WAREHOUSE_NAME))
    output = stopped.stdout + stopped.stderr
    assert stopped.returncode == 1
    assert "No space left on device" in output or "is full" in output
    assert "nothing is published" in output
    assert "Traceback" not in output
    assert (current(place.serve), place.tables()) == (served, before)


def kill(place: Place, moments: Iterable[Callable[[], bool]]) -> None:
    """Kill a build and publish at each of the moments; the publication is complete after each of them."""
    whole = place.tables()
    for has_come in moments:
        process = subprocess.Popen(
            place.command("--vars", "accept_fewer_rows: true"),
            env={**place.environment, "KLANT360_RELOAD": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not has_come() and process.poll() is None:
            time.sleep(0.001)
        os.killpg(process.pid, 9)
        process.wait()
        served = current(place.serve)
        assert read_manifest(place.serve, served)["tables"] == whole
        with duckdb.connect(str(place.serve / "klant360.duckdb"), read_only=True) as connection:
            rows = {
                name: connection.execute(f"select count(*) from marts.{name}").fetchall()[0][0]
                for name in whole
            }
        assert rows == {name: table["rows"] for name, table in whole.items()}
    done = place.publish()
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.tables() == whole
    assert not list((place.serve / "publications").glob(".*")), "no unfinished files are left"


def after(seconds: float) -> Callable[[], bool]:
    """Return whether this much time has passed since the first call."""
    start: list[float] = []

    def has_come() -> bool:
        start.append(time.monotonic())
        return start[-1] - start[0] > seconds

    return has_come


def test_a_killed_build_keeps_the_last_publication_and_needs_no_cleaning_up(place):
    half_made = place.serve / "publications"
    kill(place, [lambda: any(half_made.glob(".making-*/parquet/*"))])


@pytest.mark.deep
def test_forty_kills(place):
    drawn = random.Random(360)
    kill(place, [after(drawn.uniform(0, 28)) for _ in range(40)])
