"""The data tests pass with other vars and other seeds."""

import csv
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from warehouses import KLANT360, PROJECT, Warehouse

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]


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


@pytest.mark.parametrize(
    "variables, seeds",
    [
        pytest.param(
            {
                "base_currency": "GBP",
                "business_timezone": "America/New_York",
                "source_timezone": "Europe/Amsterdam",
                "rfm_window_months": 6,
                "rfm_tie_method": "ntile",
                "default_country": "BE",
            },
            {
                "segments": OTHER_SEGMENTS,
                "segment_mapping": OTHER_MAPPING,
                "exchange_rates": rates_to_pounds(),
            },
            id="other vars and segments",
        ),
        pytest.param(
            {"rfm_window_months": 1, "base_currency": "eur"},
            {
                "segments": with_ambassadors(),
                "segment_mapping": swapped_mapping(),
                "identity_rules": inactive_rules(),
                "identifier_blocklist": "identifier_type,pattern,reason\n",
                "known_order_statuses": "status,counts\ncancelled,false\n",
            },
            id="no identity rules",
            marks=pytest.mark.deep,
        ),
    ],
)
def test_all_tests_hold_under_other_settings(
    build_warehouse: Build, small_demo: Path, variables: dict[str, Any], seeds: dict[str, Any]
) -> None:
    is_deep = "identity_rules" in seeds
    options = {"variables": variables, "seeds": seeds, "command": "build"}
    # unit tests set their own vars: once, with everything else
    warehouse = build_warehouse(small_demo, **options, exclude=[] if is_deep else ["unit_test"])
    assert warehouse.rows("select count(*) > 50 from marts.customer_segments") == [(True,)]
    if is_deep:
        assert all(len(part) == 1 for part in warehouse.partition())
