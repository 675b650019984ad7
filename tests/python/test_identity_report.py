"""The identity report counts correctly, and the measurement itself: how well demo people are found."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import duckdb
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klant360.cli import main
from klant360.demo.generate import generate
from klant360.demo.options import Options
from klant360.identity.report import (
    Cause,
    Evidence,
    decidable,
    joined,
    measure,
    read_evidence,
    read_truth,
)

# Every option for dirt in source records except known_numbers: known numbers help.
DOUBLE_DIRT = {
    option.name: 2 * option.default
    for option in fields(Options)
    if option.metadata.get("group") == "record" and option.name != "known_numbers"
}

Links = Iterable[tuple[int, int, str]]


def evidence(
    people: str,
    customers: str,
    values: dict[str, str] | None = None,
    *,
    nameless: str = "",
    blocklisted: str = "",
    over_cap: str = "",
    links: Links = (),
    held_apart: Links = (),
) -> Evidence:
    """Return records 0, 1, ...: a letter each for person and customer; `values` has the records of each."""
    rows = [
        (int(record), value, value in blocklisted, value in over_cap)
        for value, records in (values or {}).items()
        for record in records
    ]
    return Evidence(
        records=pd.DataFrame(
            {
                "record_key": [f"crm/customer/{record}" for record in range(len(people))],
                "customer": pd.factorize(np.array(list(customers), dtype=object))[0],
                "person": pd.factorize(np.array(list(people), dtype=object))[0],
                "is_nameless": [str(record) in nameless for record in range(len(people))],
            }
        ),
        values=pd.DataFrame(rows, columns=["record", "value", "is_blocklisted", "is_over_cap"]).astype(
            {"record": int, "is_blocklisted": bool, "is_over_cap": bool}
        ),
        links=pd.DataFrame(links, columns=["one", "other", "cause"]).astype({"one": int, "other": int}),
        held_apart=pd.DataFrame(held_apart, columns=["one", "other", "cause"]).astype(
            {"one": int, "other": int}
        ),
    )


def counts(causes: list[Cause]) -> dict[str, int]:
    return {cause.name: cause.pairs for cause in causes if cause.pairs}


def best(of: Evidence) -> list[set[int]]:
    groups = pd.Series(range(len(of.records))).groupby(decidable(of.records, of.values))
    return [set(group) for _, group in groups if len(group) > 1]


def test_precision_and_recall_count_pairs():
    # Anna has records 0 to 3, Bert 4 and 5; customer x has three of Anna and one of Bert.
    report = measure(evidence("aaaabb", "xxxyxz", {"e": "0123", "f": "45"}))
    assert (report.true, report.found, report.false) == (7, 3, 3)
    assert (report.precision, report.recall) == (3 / 6, 3 / 7)
    assert (report.decidable, report.decidable_found) == (7, 3)


def test_people_with_one_record_lose_no_pairs():
    report = measure(evidence("abc", "xyz"))
    assert (report.true, report.precision, report.recall, report.decidable_recall) == (0, 1, 1, 1)


def test_values_connect_in_chains_within_a_person():
    assert best(evidence("aaaab", "vwxyz", {"email": "01", "phone": "124"})) == [{0, 1, 2}]


def test_a_named_record_counts_by_a_value_that_others_carry():
    assert best(evidence("aab", "xyz", {"email of the household": "012"})) == [{0, 1}]


def test_a_nameless_record_counts_only_by_values_of_its_person_alone():
    # Record 1 is a guest order of Anna's: with the household's email only, then with her own phone too.
    household = {"email": "012"}
    assert best(evidence("aab", "xyz", household, nameless="1")) == []
    assert best(evidence("aab", "xyz", {**household, "phone": "01"}, nameless="1")) == [{0, 1}]


def test_nameless_records_alone_are_decided_by_their_own_email():
    assert best(evidence("aa", "xy", {"email": "01"}, nameless="01")) == [{0, 1}]


def test_a_nameless_record_does_not_link_by_values_of_others():
    # The household's email ties 0 and 2, whatever the guest order between them has.
    assert best(evidence("aaab", "wxyz", {"email": "0123", "phone": "1"}, nameless="1")) == [{0, 2}]


def test_blocklisted_values_make_no_pair_decidable_but_capped_values_do():
    assert best(evidence("aa", "xy", {"e": "01"}, blocklisted="e")) == []
    assert best(evidence("aa", "xy", {"e": "01"}, over_cap="e")) == [{0, 1}]


def test_undecidable_pairs_are_lost_by_the_first_missing_evidence():
    # Of Anna, 0 and 1 share a blocklisted value, 2 is a guest order of the household's email, 3 has nothing.
    lost = evidence("aaaab", "vwxyz", {"e": "01", "h": "124"}, nameless="2", blocklisted="e")
    assert counts(measure(lost).undecidable) == {
        "only by a nameless record whose value others have": 1,  # 1 and 2
        "only by a blocklisted value": 2,  # 0 with 1 and with 2
        "no value in common": 3,
    }


def test_a_lost_pair_has_the_cause_that_was_last_in_its_way():
    report = measure(
        evidence(
            "aaaaaa",
            "uuvwxy",
            {"e": "012345", "c": "45"},
            over_cap="c",
            held_apart=[
                (1, 2, "names differ"),
                (2, 3, "several customers fit"),
                (0, 3, "several customers fit"),
            ],
        )
    )
    assert counts(report.held_apart) == {
        "a value over its cap": 1,  # 4 and 5
        "names differ": 2,  # 2 with 0 and 1, which were found
        "several customers fit": 3,  # 3 with 0, 1 and 2
        "other": 8,  # 4 and 5 with the four others
    }
    assert report.decidable_recall == 1 / 15


def test_false_pairs_are_counted_by_the_rule_that_made_them():
    report = measure(
        evidence(
            "aabcd",
            "xxxxx",
            links=[(0, 1, "email"), (1, 2, "email"), (0, 2, "phone"), (2, 3, "phone")],
        ),
        examples=2,
    )
    assert counts(report.joined) == {"email": 2, "phone": 3, "other": 4}
    assert {cause.name: cause.examples for cause in report.joined} == {
        "email": [(0, 2)],
        "phone": [(0, 3)],
        "other": [(0, 4)],
    }


def test_chains_of_any_length_are_joined():
    n = 5_000
    order = np.random.default_rng(1).permutation(n)
    assert len(np.unique(joined(np.arange(n), order[:-1], order[1:]))) == 1
    assert len(np.unique(joined(np.arange(n), order[:-2], order[1:-1]))) == 2


records = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.booleans()), min_size=1, max_size=12)
carried = st.lists(st.tuples(st.integers(0, 11), st.sampled_from("pqrstu")), max_size=20, unique=True)
linked = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from("klm")), max_size=8)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(records, carried, linked, linked)
def test_counts_agree_with_every_pair_looked_at(records, carried, used, vetoed):
    n = len(records)
    person, customer, is_nameless = zip(*records, strict=True)
    carried = [(record, value) for record, value in carried if record < n]
    in_order = [sorted((x for x in links if max(x[:2]) < n), key=lambda x: x[2]) for links in (used, vetoed)]
    of = evidence(
        "".join("abcd"[one] for one in person),
        "".join("vwxyz"[one] for one in customer),
        links=in_order[0],
        held_apart=in_order[1],
    )
    of.records["is_nameless"] = is_nameless
    frame = pd.DataFrame(carried, columns=["record", "value"]).astype({"record": int})
    of = Evidence(
        of.records,
        frame.assign(is_blocklisted=frame.value.eq("p"), is_over_cap=frame.value.eq("q")),
        of.links,
        of.held_apart,
    )
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    for record, value in carried:
        others = {person[other] for other, same in carried if same == value}
        if value != "p" and (not is_nameless[record] or len(others) == 1):
            graph.add_edge(record, (person[record], value))
    true = {pair for pair in combinations(range(n), 2) if person[pair[0]] == person[pair[1]]}
    together = {pair for pair in combinations(range(n), 2) if customer[pair[0]] == customer[pair[1]]}
    can_be_found = {pair for pair in true if nx.has_path(graph, *pair)}

    report = measure(of, examples=3)
    assert (report.true, report.found, report.false) == (
        len(true),
        len(true & together),
        len(together - true),
    )
    assert (report.decidable, report.decidable_found) == (len(can_be_found), len(can_be_found & together))
    lost = report.undecidable + report.held_apart
    assert sum(cause.pairs for cause in lost) == len(true - together)
    assert min((cause.pairs for cause in lost + report.joined), default=0) >= 0
    for causes, pairs in (
        (report.undecidable, true - together - can_be_found),
        (report.held_apart, can_be_found - together),
        (report.joined, together - true),
    ):
        assert all(set(cause.examples) <= pairs for cause in causes)
        assert all(cause.examples for cause in causes if cause.pairs)


def proof(
    folder: Path, build_warehouse: Callable, options: dict[str, float], people: int = 20_000
) -> SimpleNamespace:
    """Build the identities of a demo set, without the truth in the sources."""
    options = {**options, "erasure_requests": 0}  # the report covers all people
    generate(Options(people=people, out=folder / "demo", format="parquet", **options))
    truth = (folder / "demo" / "truth").rename(folder / "truth") / "source_records.parquet"
    path = build_warehouse(folder / "demo" / "sources", select=["+customer_identities"]).path
    return SimpleNamespace(path=path, truth=truth, report=measure(read_evidence(path, read_truth(truth))))


@pytest.fixture(scope="module")
def default_dirt(tmp_path_factory, build_warehouse):
    return proof(tmp_path_factory.mktemp("default_dirt"), build_warehouse, {}, people=6_000)


def test_people_are_found_at_default_dirt(default_dirt):
    report = default_dirt.report
    assert report.true > 9_000 and report.decidable > 0.9 * report.true
    assert report.precision >= 0.995
    assert report.decidable_recall >= 0.99


@pytest.mark.deep
def test_people_are_found_at_double_dirt(tmp_path_factory, build_warehouse):
    assert DOUBLE_DIRT["name_typos"] == 0.08
    report = proof(tmp_path_factory.mktemp("double_dirt"), build_warehouse, DOUBLE_DIRT).report
    assert report.true > 30_000 and report.decidable > 0.8 * report.true
    assert report.precision >= 0.99
    assert report.decidable_recall >= 0.98


def test_the_report_shows_only_figures_and_record_keys(default_dirt, monkeypatch, capsys):
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(default_dirt.path))
    assert main(["identity-report", "--truth", str(default_dirt.truth), "--examples", "1"]) == 0
    text = capsys.readouterr().out
    report = default_dirt.report
    assert f"{report.precision:.2%}" in text and f"{report.decidable_recall:.2%}" in text
    pairs = [line.split(" + ") for line in text.splitlines() if " + " in line]
    lost_and_false = report.undecidable + report.held_apart + report.joined
    assert len(pairs) == len([cause for cause in lost_and_false if cause.pairs])
    with duckdb.connect(str(default_dirt.path), read_only=True) as warehouse:
        known = warehouse.execute("select * from intermediate.int_identity__source_records").df()
    assert {key.strip() for pair in pairs for key in pair} <= set(known.record_key)
    words = set(text.split())
    for column in ("last_name", "email", "phone", "street"):
        assert not words & set(known[column].dropna()), column


def test_a_truth_of_other_data_is_refused(default_dirt, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(default_dirt.path))
    read_truth(default_dirt.truth).iloc[2:].to_csv(tmp_path / "truth.csv", index=False)
    assert main(["identity-report", "--truth", str(tmp_path / "truth.csv")]) == 1
    message = capsys.readouterr().err
    assert message.startswith("2 of the ") and "it was built from other data" in message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no file"),
        ("", "cannot be read"),
        ("source_system,person_id\n", "it lacks source_entity, source_record_id"),
        (
            "source_system,source_entity,source_record_id,person_id\n" + "crm,customer,1,a\n" * 2,
            "it repeats a record",
        ),
        ("source_system,source_entity,source_record_id,person_id\n", "There is no warehouse"),
    ],
)
def test_an_unreadable_truth_is_reported(text, sentence, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(tmp_path / "none.duckdb"))
    truth = tmp_path / "source_records.csv"
    if text is not None:
        truth.write_text(text, encoding="utf-8")
    assert main(["identity-report", "--truth", str(truth)]) == 1
    assert sentence in capsys.readouterr().err


def test_a_file_that_is_not_a_warehouse_is_reported(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(tmp_path / "file.duckdb"))
    truth = tmp_path / "source_records.csv"
    truth.write_text("source_system,source_entity,source_record_id,person_id\n", encoding="utf-8")
    duckdb.connect(str(tmp_path / "file.duckdb")).close()
    assert main(["identity-report", "--truth", str(truth)]) == 1
    assert "was built by another version: rebuild it" in capsys.readouterr().err
    (tmp_path / "file.duckdb").write_text("no database", encoding="utf-8")
    assert main(["identity-report", "--truth", str(truth)]) == 1
    assert "cannot be read" in capsys.readouterr().err
