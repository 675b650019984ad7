"""The febrl benchmarks, built through the source contract and scored by pairs of records."""

import csv
from collections.abc import Callable
from typing import NamedTuple

import pytest

from febrl import Scores, merged, pairwise_scores, person_of, read_febrl, write_sources
from warehouses import PROJECT, Warehouse

ACCEPTED = 0.95
LEAST_PRECISION = 0.999
# The lowest F1 allowed: of the rules alone, as shipped and with all rules switched on, and with accepted
# suggestions. Splink alone reaches 0.996 on febrl3 and 0.998 on febrl4 with the national id, which is not
# used here. Rules do not join records with different first names, as one febrl record in twelve has.
LEAST_F1 = {
    (1, "shipped"): (0.89, 0.99),
    (2, "shipped"): (0.85, 0.99),
    (3, "shipped"): (0.84, 0.996),
    (4, "shipped"): (0.885, 0.998),
    (3, "all"): (0.87, 0.996),
    (4, "all"): (0.91, 0.998),
}
QUICK = (1, "shipped")


def all_rules() -> list[dict[str, str]]:
    """The shipped seed of rules, with every rule switched on."""
    with (PROJECT / "seeds" / "identity_rules.csv").open(encoding="utf-8", newline="") as lines:
        return [{**rule, "is_active": "true"} for rule in csv.DictReader(lines)]


class Benchmark(NamedTuple):
    number: int
    switched_on: str
    rules: Scores
    with_suggestions: Scores


@pytest.fixture(
    scope="module",
    params=[pytest.param(case, marks=[] if case == QUICK else pytest.mark.deep) for case in LEAST_F1],
    ids=lambda case: f"febrl{case[0]}-{case[1]}-rules",
)
def benchmark(
    request: pytest.FixtureRequest,
    build_warehouse: Callable[..., Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
) -> Benchmark:
    """One febrl set, built; its scores are printed too."""
    number, switched_on = request.param
    records = read_febrl(number)
    warehouse = build_warehouse(
        write_sources(records, tmp_path_factory.mktemp("febrl") / "sources"),
        variables={"suggest_merges": True},
        seeds={"identity_rules": all_rules()} if switched_on == "all" else None,
        select=["+customer_identities", "+suggested_merges"],
    )
    customers = dict(
        warehouse.rows(
            "select source_record_id, customer_id from restricted.customer_identities"
            " where source_system = 'crm'"
        )
    )
    accepted = warehouse.rows(
        "select split_part(record_key, '/', 3), split_part(other_record_key, '/', 3)"
        f" from restricted.suggested_merges where match_probability >= {ACCEPTED}"
    )
    people = {record["rec_id"]: person_of(record["rec_id"]) for record in records}
    assert customers.keys() == people.keys()
    built = Benchmark(
        number=number,
        switched_on=switched_on,
        rules=pairwise_scores(customers, people),
        with_suggestions=pairwise_scores(merged(customers, accepted), people),
    )
    for name, scores in (("rules alone", built.rules), ("with suggestions", built.with_suggestions)):
        line = f"precision {scores.precision:.4f}, recall {scores.recall:.4f}, F1 {scores.f1:.4f}"
        print(f"\nfebrl{number}, {name} ({switched_on} rules): {line}", end="")
    return built


def test_rules_alone(benchmark: Benchmark) -> None:
    least, _ = LEAST_F1[benchmark.number, benchmark.switched_on]
    assert benchmark.rules.precision >= LEAST_PRECISION
    assert benchmark.rules.f1 >= least


def test_rules_with_accepted_suggestions(benchmark: Benchmark) -> None:
    _, least = LEAST_F1[benchmark.number, benchmark.switched_on]
    assert benchmark.with_suggestions.precision >= LEAST_PRECISION
    assert benchmark.with_suggestions.f1 >= least


def test_scores_are_those_counted_by_hand() -> None:
    # a and b joined correctly; c and d wrongly; d and e not joined: 1 correct of 2 found, and 1 of 2 true
    customers = {"a": "1", "b": "1", "c": "2", "d": "2", "e": "3"}
    people = {"a": "anna", "b": "anna", "c": "bob", "d": "cees", "e": "cees"}
    assert pairwise_scores(customers, people) == (0.5, 0.5, 0.5)
    # accepting d and e joins c, d and e: 2 correct of 4
    assert pairwise_scores(merged(customers, [("d", "e")]), people) == (0.5, 1.0, pytest.approx(2 / 3))


def test_febrl_is_complete_with_its_truth() -> None:
    # according to the package: 500 and 500, 4,000 and 1,000, 2,000 and 3,000, 5,000 and 5,000
    originals = [sum(record["rec_id"].endswith("-org") for record in read_febrl(n)) for n in (1, 2, 3, 4)]
    assert originals == [500, 4000, 2000, 5000]
    assert [len(read_febrl(n)) for n in (1, 2, 3, 4)] == [1000, 5000, 5000, 10000]
    assert len({record["rec_id"] for record in read_febrl(4)}) == 10000
    assert "soc_sec_id" not in read_febrl(1)[0]
