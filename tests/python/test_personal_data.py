"""Publications contain no personal data: neither in their columns nor in any byte."""

import csv
import re
import subprocess
from pathlib import Path

import duckdb
import yaml

from klant360.privacy.personal_data import GENERALISATIONS, TAG, Model, problems
from klant360.publishing.publication import (
    make_publication,
    read_manifest,
)
from warehouses import KLANT360, PROJECT, Warehouse, csv_text

# ---- personal data ----------------------------------------------------------------------------------------


def test_a_mart_with_personal_data_or_derived_from_it_is_refused():
    names = Model(
        "staging.people", ("id", "name", "postal_code"), personal=frozenset({"name", "postal_code"})
    )
    mart = Model(
        "marts.people",
        ("id", "initial", "area", "rows"),
        generalised={"area": "postal_area"},
        sql="with p as (select * from db.staging.people) select id, upper(substr(p.name, 1, 1)) as initial,"
        " substr(postal_code, 1, 2) as area, count(*) as rows from p group by all",
    )
    assert [problem.split(" ")[0] for problem in problems([names, mart])] == ["marts.people.initial"]
    tagged = Model(
        "marts.people", ("name",), personal=frozenset({"name"}), sql="select name from db.staging.people"
    )
    assert "never published" in problems([names, tagged])[0]
    python = Model("marts.counts", ("n",), inputs=("staging.people",))
    assert "marts.counts.n comes from personal data" in problems([names, python])[0]
    unknown = Model("marts.people", ("id",), generalised={"id": "somehow"})
    assert "use one of" in problems([unknown])[0]


def test_columns_that_name_a_person_are_tagged_in_every_model():
    names = {"first_name", "last_name", "email", "phone", "street", "house_number", "postal_code"}
    names |= {"birth_date", "company_name", "comment", "anonymous_id"}
    columns = [
        (model["name"], column)
        for path in sorted((PROJECT / "models").rglob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
        for column in model["columns"]
        if column["name"] in names
    ]
    assert len(columns) > 50
    assert [
        (model, column["name"])
        for model, column in columns
        if TAG not in column.get("config", {}).get("tags", ())
    ] == []


def test_the_ways_to_generalise_are_a_closed_list():
    assert sorted(GENERALISATIONS) == ["age_band", "count", "flag", "postal_area", "reason"]


# The replacement of a column's value, by the number of the value: it occurs nowhere else.
PLANTS = {
    "first_name": "Zqxvoornaam{}",
    "last_name": "Zqxachternaam{}",
    "company_name": "Zqxbedrijf{}",
    "email": "zqxmail{}@zqxhuis.example",
    "phone": "06580{:05}",
    "street": "Zqxstraat{}",
    "comment": "Zqxgroet{}",
}


def planted_demo(folder: Path) -> Path:
    """Make a demo set in which every name, email, phone and street is unique; returns its sources."""
    command = [KLANT360, "demo", "--people", "900", "--erasure-requests", "0"]
    subprocess.run([*command, "--out", str(folder)], check=True, capture_output=True)
    numbers: dict[tuple[str, str], int] = {}
    for path in (folder / "sources").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            for name in PLANTS.keys() & row.keys():
                if row[name]:
                    number = numbers.setdefault((name, row[name]), len(numbers))
                    row[name] = PLANTS[name].format(number)
        if path.name == "orders.csv":
            rows[7]["status"] = "vindbaar"
        if rows:
            path.write_text(csv_text(rows), encoding="utf-8")
    return folder / "sources"


def test_no_published_byte_contains_data_of_500_planted_people(tmp_path, build_warehouse):
    warehouse: Warehouse = build_warehouse(planted_demo(tmp_path / "demo"))
    make_publication(warehouse.path, tmp_path, "r1", {})
    for name in ("first_name", "last_name", "email", "phone", "street"):
        (planted,) = warehouse.rows(
            f"select count(*) from restricted.customer_contact_details"
            f" where regexp_matches(lower({name}), '^zqx|^[+]316580')"
        )[0]
        assert planted >= 500, f"{name} is in the warehouse"
    published = [path for path in (tmp_path / "publications" / "r1").rglob("*") if path.is_file()]
    texts = {path.name: path.read_bytes() for path in published}
    with duckdb.connect() as connection:
        for path in published:
            if path.suffix == ".parquet":
                rows = connection.execute(f"select to_json(t) from read_parquet('{path}') as t").fetchall()
                texts[f"{path.name} decompressed"] = "\n".join(row for (row,) in rows).encode()
        connection.execute(f"attach '{tmp_path}/klant360.duckdb' as served (read_only)")
        for name in read_manifest(tmp_path, "r1")["tables"]:
            rows = connection.execute(f"select to_json(t) from served.marts.{name} as t").fetchall()
            texts[f"{name} as rows"] = "\n".join(row for (row,) in rows).encode()
    for name, text in texts.items():
        # the decimals of a number may have such digits
        assert re.findall(rb"zqx[a-z]+|(?<![\w.])(?:0|31)6580[0-9]{5}(?!\w)", text.lower()) == [], name
    assert b"vindbaar" in texts["orders as rows"], "the search finds existing values"
