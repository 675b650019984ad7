"""The project on a real Spark cluster: every table equals that of DuckDB, ids included.

One story in the order of its tests, since a build takes minutes: a first day, a publication, and a second day
with late orders, merges, ugly rows and an erasure request, on a cluster in another time zone.
Run by `make test-spark`.
"""

import csv
import os
import shutil
from contextlib import ExitStack

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from klant360.bench.compare import differences, report
from klant360.demo.generate import generate
from klant360.demo.options import Options
from klant360.publishing.publish import publish
from klant360.settings import project_vars
from klant360.spark.erasure import list_rows_to_erase
from klant360.spark.publishing import publish_from_spark
from macro_cases import kinds_of, rendered
from normalisation_cases import NORMALISATION
from portable_cases import PORTABLE
from reading_cases import READING
from spark_cluster import INTERPRETED, SALT, Spark
from warehouses import PROJECT, Warehouse, changed_environment, csv_text

pytestmark = pytest.mark.spark

CASES = PORTABLE | READING | NORMALISATION
SPARK_TYPES = {"varchar": "string", "integer": "int"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def first_day(folder):
    """Sources of 400 people."""
    generate(Options(people=400, out=folder / "demo"))
    return folder / "demo" / "sources"


@pytest.fixture(scope="module")
def on_duckdb(folder, dbt, first_day):
    """The warehouse of the first day on DuckDB."""
    path = folder / "duckdb" / "klant360.duckdb"
    path.parent.mkdir()
    warehouse = Warehouse(path, dbt)
    with changed_environment({"KLANT360_ID_SALT": SALT}):
        warehouse.build(first_day)
    return warehouse


@pytest.fixture(scope="module")
def spark(folder):
    """A cluster in UTC."""
    with ExitStack() as clusters:
        spark = Spark(folder, clusters)
        spark.start("UTC", INTERPRETED)
        yield spark
        spark.stop()


@pytest.fixture(scope="module")
def built(spark, first_day):
    """The result of `dbt build` with all tests, on the sources of the first day."""
    spark.load(first_day)
    result, errors = spark.dbt("build", "--warn-error")
    assert result.success, errors
    return result


def assert_equal(one, other):
    found = differences(one, other)
    assert len(found) > 20
    assert all(table.is_equal for table in found), report(found)


def test_every_table_equals_that_of_duckdb(spark, built, on_duckdb):
    kinds = {outcome.node.resource_type for outcome in built.result.results}
    assert kinds >= {"model", "seed", "test", "unit_test"}
    assert_equal(on_duckdb.path, spark.copy("first_day"))


def test_a_publication_has_the_tables_and_comments_of_one_from_duckdb(spark, built, on_duckdb, folder):
    served = {"spark": folder / "serve_spark", "duckdb": folder / "serve_duckdb"}
    with changed_environment(spark.environment):
        publish_from_spark(built, served["spark"], project_vars({}), keep=1)
    publish(on_duckdb.path, served["duckdb"], project_vars({}), keep=1)
    comments = {}
    for engine, serve in served.items():
        with duckdb.connect(str(serve / "klant360.duckdb"), read_only=True) as connection:
            comments[engine] = connection.execute("""
                select table_name, '', comment from duckdb_tables()
                union all select table_name, column_name, comment from duckdb_columns() where not internal
                order by all
            """).fetchall()
        assert len(list((serve / "parquet").glob("*.parquet"))) > 10
        assert (serve / "manifest.json").is_file()
        assert (serve / "dashboard.html").is_file()
        assert (serve / "changes.md").is_file()
    stripped = {
        engine: [(*names, (text or "").strip()) for *names, text in rows] for engine, rows in comments.items()
    }
    assert stripped["spark"] == stripped["duckdb"]
    # databases are compared by the names of their files
    copy = shutil.copy(served["spark"] / "klant360.duckdb", folder / "served.duckdb")
    found = differences(served["duckdb"] / "klant360.duckdb", copy)
    assert {table.table for table in found} == {
        name for name in on_duckdb.marts() if name.startswith("marts.")
    }
    assert all(table.is_equal for table in found), report(found)


@pytest.mark.parametrize("name", CASES)
def test_macro_cases(spark, on_spark, countries, name):
    table = CASES[name]
    rows = [(*case[:-1], None, None)[:3] for case in table.cases]
    casts = ", ".join(
        f"cast({letter} as {SPARK_TYPES.get(kind, kind)}) as {letter}"
        for letter, kind in zip("abc", kinds_of(table.columns), strict=False)
    )
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(3)]
    frame = pa.table([pa.array(range(len(rows))), *columns], names=["place", "a", "b", "c"])
    spark.session().createDataFrame(frame).createOrReplaceTempView("texts")
    found = spark.session().sql(
        f"with cases as (select place, {casts} from texts)"
        f" select cases.place, {on_spark[name]} as value from {table.source}"
    )
    values = dict(found.collect())
    expected = [case[-1] for case in table.cases]
    if all(isinstance(value, str | None) for value in expected):
        texts = spark.session().sql(
            f"with cases as (select place, {casts} from texts)"
            f" select cases.place, cast({on_spark[name]} as string) as value from {table.source}"
        )
        values = dict(texts.collect())
    assert [values[place] for place in range(len(rows))] == expected
    if table.result:
        kind = table.result.lower()
        assert found.schema["value"].dataType.simpleString() == SPARK_TYPES.get(kind, kind)


@pytest.fixture(scope="module")
def on_spark():
    return rendered(CASES, "spark")


@pytest.fixture(scope="module")
def countries(spark):
    table = pd.read_csv(PROJECT / "seeds" / "countries.csv", dtype=str, keep_default_na=False).replace(
        "", None
    )
    columns = ", ".join(
        f"cast({name} as int) as {name}" if name == "usual_length" else name for name in table.columns
    )
    spark.session().createDataFrame(table).createOrReplaceTempView("country_texts")
    spark.session().sql(f"select {columns} from country_texts").createOrReplaceTempView("countries")


@pytest.fixture(scope="module")
def second_day(folder, first_day):
    """The first day and what came after it: late orders, merges, rows with faults."""
    sources = folder / "second_day"
    shutil.copytree(first_day, sources)
    customers = read(sources, "crm/customers")
    accounts = read(sources, "webshop/accounts")
    orders = read(sources, "webshop/orders")
    # two records of the CRM turn out to be one person
    for one, other in zip(customers[10:16:2], customers[11:17:2], strict=True):
        for column in ("first_name", "last_name", "email", "phone", "birth_date"):
            other[column] = one[column]
    for number, order in enumerate(orders[100:110]):
        late = {**order, "order_id": f"LATE{number}", "ordered_at": f"2024-0{number % 9 + 1}-15T09:00:00Z"}
        orders.append(late)
    orders += [
        {**orders[0], "order_id": "UGLY1", "ordered_at": "31-31-2025"},
        {**orders[1], "order_id": "UGLY2", "total_amount": "a lot"},
        {**orders[2], "order_id": "", "total_amount": "10.00"},
        {**orders[3], "order_id": "UGLY4", "email": "nobody@@nowhere", "account_id": ""},
    ]
    requests = [
        {"email": accounts[5]["email"], "customer_number": "", "requested_at": "2025-12-30T10:00:00Z"},
        {"email": "nobody@unknown.example", "customer_number": "", "requested_at": "2025-12-30T10:00:00Z"},
        {
            "email": "",
            "customer_number": customers[40]["customer_number"],
            "requested_at": "2025-12-30T10:00:00Z",
        },
    ]
    for name, rows in (
        ("crm/customers", customers),
        ("webshop/orders", orders),
        ("crm/erasure_requests", requests),
    ):
        write(sources, name, rows)
    return sources


def read(sources, name):
    with (sources / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(sources, name, rows):
    (sources / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")


@pytest.fixture(scope="module")
def abroad(spark, built, second_day):
    """The same tables on a cluster in New York, with the sources of the second day."""
    before = list(spark.processes)
    spark.start("America/New_York")
    assert not [process for process in before if is_running(process)]
    spark.load(second_day)
    return spark


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def with_settings(folder, settings):
    """Return a folder with a profile whose target has these settings of the server."""
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text("utf-8"))
    profile["klant360"]["outputs"]["spark"]["server_side_parameters"] = settings
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        (
            {"set:hiveconf:spark.klant360.id_salt": SALT},
            ["The time zone of the Spark session is America/New_York"],
        ),
        # without the prefix a setting does not arrive
        (
            {"set:hiveconf:spark.sql.session.timeZone": "UTC", "spark.klant360.id_salt": SALT},
            ["KLANT360_ID_SALT did not reach the Spark session"],
        ),
        (
            {
                "set:hiveconf:spark.sql.session.timeZone": "UTC",
                "set:hiveconf:spark.klant360.id_salt": "a secret",
            },
            ["Spark hides KLANT360_ID_SALT"],
        ),
        (
            {"set:hiveconf:spark.klant360.id_salt": "garlic"},
            ["The time zone of", "KLANT360_ID_SALT did not reach"],
        ),
    ],
)
def test_a_build_stops_in_a_session_without_its_settings(abroad, tmp_path, settings, sentences):
    result, errors = abroad.dbt("run", "--select", "segments+1", profiles=with_settings(tmp_path, settings))
    assert not result.success
    assert all(sentence in errors for sentence in sentences), errors
    assert SALT not in errors


def test_people_who_asked_are_erased_by_the_loader_and_then_everything_equals_duckdb(
    abroad, on_duckdb, second_day, folder
):
    lists = folder / "lists"
    result, errors = abroad.dbt("run")
    assert not result.success
    assert "crm.erasure_requests has 3 rows" in errors

    with changed_environment({**abroad.environment, "KLANT360_ERASURE_LEDGER": str(folder / "ledger.jsonl")}):
        summary = list_rows_to_erase({}, lists)
    assert "webshop.orders" in summary
    listed = {path.stem: read(lists, path.stem) for path in lists.glob("*.csv")}
    assert {"crm.customers", "webshop.accounts", "webshop.orders", "crm.erasure_requests"} <= set(listed)
    assert (lists / "delete.sql").read_text("utf-8").count("delete from ") == len(listed)

    # the loader forgets a table
    for name in sorted(set(listed) - {"webshop.orders"}):
        delete_listed(abroad, lists, name)
    result, errors = abroad.dbt("run")
    assert not result.success
    assert f"webshop.orders still has {len(listed['webshop.orders'])} of the rows" in errors
    assert "crm." not in errors

    delete_listed(abroad, lists, "webshop.orders")
    result, errors = abroad.dbt("run")
    assert result.success, errors
    with changed_environment({"KLANT360_ID_SALT": SALT}):
        on_duckdb.build(second_day)
    found = differences(on_duckdb.path, abroad.copy("second_day"))
    # on DuckDB the request that found nobody stays in its table, here none does
    different = [table for table in found if not table.is_equal]
    assert [(one.table, one.only_before, one.only_after) for one in different] == [
        ("marts.source_reconciliation", 1, 1)
    ], report(found)
    assert on_duckdb.rows("select count(*) > 0 from marts.customer_merges") == [(True,)]
    outcomes = abroad.session().table("restricted.erasure_results").select("outcome").collect()
    assert sorted(outcome for (outcome,) in outcomes) == ["erased", "erased", "not_found"]


def delete_listed(spark, lists, name):
    """Do what delete.sql says, on a table of Parquet, which has no delete."""
    session = spark.session()
    statements = (lists / "delete.sql").read_text("utf-8").splitlines()
    (statement,) = [line for line in statements if line.startswith(f"delete from {name} ")]
    condition = statement.removeprefix(f"delete from {name} where ").removesuffix(";")
    condition = condition.replace("${spark.klant360.id_salt}", SALT)
    session.sql(f"create table {name}__kept using parquet as select * from {name} where not {condition}")
    session.sql(f"drop table {name}")
    session.sql(f"alter table {name}__kept rename to {name}")


def test_rows_that_come_back_stop_the_build(abroad, second_day):
    abroad.load(second_day)
    result, errors = abroad.dbt("run")
    assert not result.success
    assert "webshop.orders still has" in errors
