"""The data tests pass with other vars and other seeds."""

import csv
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from klant360.segments.whatif import groups
from warehouses import KLANT360, PROJECT, Warehouse

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]

OTHER_VARS = {
    "base_currency": "GBP",
    "business_timezone": "America/New_York",
    "source_timezone": "Europe/Amsterdam",
    "rfm_window_months": 6,
    "rfm_tie_method": "ntile",
    "default_country": "BE",
}
OTHER_SEGMENTS = """
    segment_code,name_nl,name_en,tier,description_nl,description_en
    vip,Vip,VIP,3,Beste klanten.,Best customers.
    regular,Vast,Regular,2,De rest.,The others.
    lost,Vertrokken,Lost,1,Niets gekocht.,Bought nothing.
    prospect,Prospect,Prospect,0,Nog nooit gekocht.,Never bought.
"""
OTHER_MAPPING = """
    priority,segment_code,r_min,r_max,f_min,f_max,m_min,m_max,one_order_only
    5,vip,3,5,2,5,4,5,
    7,regular,5,5,1,5,1,5,true
    9,lost,1,1,1,1,1,1,
    11,regular,1,5,1,5,1,5,
"""
YET_ANOTHER_MAPPING = """
    priority,segment_code,r_min,r_max,f_min,f_max,m_min,m_max,one_order_only
    5,vip,1,5,2,5,4,5,
    11,regular,1,5,1,5,1,5,
"""
# up to the segments of today
FROM_THE_MAPPING = [
    "int_rfm__segment_cells",
    "int_rfm__snapshot_fingerprints",
    "customer_segment_history",
    "customer_segments",
]


def rates_to_pounds() -> list[dict[str, str]]:
    return [
        {"month": f"{year}-{month:02d}-01", "from_currency": code, "to_currency": "GBP", "rate": rate}
        for year in range(2022, 2027)
        for month in range(1, 13)
        for code, rate in (("EUR", "0.85"), ("USD", "0.78"))
    ]


def swapped_mapping() -> list[dict[str, str]]:
    """Return the shipped mapping with a company's own segment, and with two segments swapped."""
    swap = {"loyal": "at_risk", "at_risk": "loyal"}
    with (PROJECT / "seeds" / "segment_mapping.csv").open() as file:
        rows = [
            {**row, "segment_code": swap.get(row["segment_code"], row["segment_code"])}
            for row in csv.DictReader(file)
        ]
    own = {"r_min": "5", "r_max": "5", "f_min": "5", "f_max": "5", "m_min": "5", "m_max": "5"}
    return [{"priority": "1", "segment_code": "ambassador", **own, "one_order_only": ""}, *rows]


def with_ambassadors() -> str:
    text = (PROJECT / "seeds" / "segments.csv").read_text(encoding="utf-8")
    return (
        text.rstrip("\n")
        + "\nambassador,Ambassadeur,Ambassador,10,Koopt het meest van al.,Buys most of all.\n"
    )


def inactive_rules() -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "identity_rules.csv").open() as file:
        return [{**row, "is_active": "false"} for row in csv.DictReader(file)]


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small_demo")
    command = [KLANT360, "demo", "--people", "150", "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "sources"


@pytest.fixture(scope="module")
def other_warehouse(build_warehouse: Build, small_demo: Path) -> Warehouse:
    """A warehouse with other vars and segments; unit tests set their own vars: once, with everything else."""
    seeds = {
        "segments": OTHER_SEGMENTS,
        "segment_mapping": OTHER_MAPPING,
        "exchange_rates": rates_to_pounds(),
    }
    options = {"variables": OTHER_VARS, "seeds": seeds, "command": "build", "exclude": ["unit_test"]}
    return build_warehouse(small_demo, **options)


def test_all_tests_hold_under_other_vars_and_segments(other_warehouse: Warehouse) -> None:
    assert other_warehouse.rows("select count(*) > 50 from marts.customer_segments") == [(True,)]


@pytest.mark.deep
def test_all_tests_hold_without_identity_rules(build_warehouse: Build, small_demo: Path) -> None:
    seeds = {
        "segments": with_ambassadors(),
        "segment_mapping": swapped_mapping(),
        "identity_rules": inactive_rules(),
        "identifier_blocklist": "identifier_type,pattern,reason\n",
        "known_order_statuses": "status,counts\ncancelled,false\n",
    }
    variables = {"rfm_window_months": 1, "base_currency": "eur"}
    warehouse = build_warehouse(small_demo, variables=variables, seeds=seeds, command="build")
    assert warehouse.rows("select count(*) > 50 from marts.customer_segments") == [(True,)]
    assert all(len(part) == 1 for part in warehouse.partition())


def test_whatif_tells_what_a_build_with_the_mapping_gives(
    other_warehouse: Warehouse, make_project: MakeSources, small_demo: Path
) -> None:
    """Customers and revenue per segment before and after, of each customer."""
    project = make_project(
        {
            "segments": OTHER_SEGMENTS,
            "segment_mapping": YET_ANOTHER_MAPPING,
            "exchange_rates": rates_to_pounds(),
        }
    )
    customers = "select customer_id, segment_code, monetary from marts.customer_segments"
    before = {customer: segment for customer, segment, _ in other_warehouse.rows(customers)}
    with duckdb.connect(str(other_warehouse.path), read_only=True) as connection:
        told = groups(connection, project / "seeds" / "segment_mapping.csv")
    other_warehouse.build(
        small_demo, variables=OTHER_VARS, project=project, select=["segment_mapping", *FROM_THE_MAPPING]
    )
    moves, revenue = Counter(), Counter()
    for customer, segment, monetary in other_warehouse.rows(customers):
        moves[before[customer], segment] += 1
        revenue[before[customer], segment] += monetary
    assert {(now, then) for now, then in moves if now != then} == {("lost", "regular"), ("regular", "vip")}
    assert told == sorted(
        ((*move, number, revenue[move]) for move, number in moves.items()),
        key=lambda group: (-group[2], -group[3], group),
    )
