"""How well identity resolution found the people of the demo set, whose true identities are known.

All is counted in pairs of source records: a pair is true when both records are of one person, and found when
they are of one customer as well. Pairs are not listed but counted from partitions of the records, which are
arrays (n,) of group labels: a group of k records has k (k - 1) / 2 pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from klant360.errors import UserError
from klant360.project import PROJECT

TRUTH = PROJECT / "demo" / "truth" / "source_records.csv"
RECORD_KEY = ["source_system", "source_entity", "source_record_id"]

# How much of a name each record has: 1 full, 2 an initial and a last name, 3 one name, 4 none.
_WITH_NAMES = """
    with records as (
        select record_values.record_number, representatives.representative_number, representatives.name_level
        from intermediate.int_identity__record_values as record_values
        inner join intermediate.int_identity__representatives as representatives using (representative_number)
    )
"""
_RECORDS = """
    select
        source_records.record_number,
        source_records.record_key,
        source_records.source_system,
        source_records.source_entity,
        source_records.source_record_id,
        identities.customer_id,
        records.name_level = 4 as is_nameless
    from intermediate.int_identity__source_records as source_records
    inner join restricted.customer_identities as identities
        using (source_system, source_entity, source_record_id)
    inner join records on source_records.record_number = records.record_number
    order by source_records.record_number
"""
_VALUES = """
    select
        records.record_number as record,
        dense_rank() over (order by identifiers.identifier_type, identifiers.identifier_value) as value,
        coalesce(shared_values.skip_reason = 'blocklisted', false) as is_blocklisted,
        coalesce(shared_values.skip_reason = 'over_cap', false) as is_over_cap
    from records
    inner join intermediate.int_identity__identifiers as identifiers
        on records.representative_number = identifiers.representative_number
    left join intermediate.int_identity__shared_values as shared_values
        on identifiers.identifier_type = shared_values.identifier_type
        and identifiers.identifier_value = shared_values.identifier_value
"""
_LINKS = """
    select
        links.record_number as one,
        links.linked_record_number as other,
        greatest(records.name_level, others.name_level) as names,
        links.identifier_type || case names
            when 1 then ', full names' when 2 then ', an initial' when 3 then ', one name' else ', no name'
        end as cause
    from intermediate.int_identity__links as links
    inner join records on links.record_number = records.record_number
    inner join records as others on links.linked_record_number = others.record_number
    left join seeds.identity_rules as rules on links.identifier_type = rules.identifier_type
    order by rules.priority nulls first, names
"""
_HELD_APART = """
    , causes (rank, reason, cause) as (
        values
        (1, 'cut', 'in a chain that was cut'),
        (2, 'birth_dates_differ', 'birth dates differ'),
        (3, 'between_birth_dates', 'fits two birth dates'),
        (4, 'names_differ', 'names differ'),
        (5, 'several_customers_fit', 'several customers fit')
    ),
    held_apart (one, other, reason) as (
        select representative_number, other_representative_number, 'cut'
        from intermediate.int_identity__candidate_links
        union
        select representative_number, other_representative_number, veto_reason
        from intermediate.int_identity__pairs
        union
        select representative_number, other_representative_number, veto_reason
        from intermediate.int_identity__initials_ties
        union
        select representative_number, other_representative_number, veto_reason
        from intermediate.int_identity__one_name_ties
        union
        select representative_number, other_representative_number, veto_reason
        from intermediate.int_identity__nameless_ties
        union
        -- a guest's orders stay separate if all its values fit several customers
        select record_number, representative_number, 'several_customers_fit' from records
    )
    select one, other, cause from held_apart inner join causes using (reason) order by rank
"""


class ReportError(UserError):
    """The report cannot be made; the message says why."""


@dataclass(frozen=True)
class Evidence:
    """The input of the report; record, one and other are positions in `records`.

    `records`: record_key, customer, person, is_nameless. `values`, a row per record and normalised value:
    record, value, is_blocklisted, is_over_cap. `links` that were used and `held_apart`, links that were not:
    one, other, cause (as it is printed), in the order in which causes count.
    """

    records: pd.DataFrame
    values: pd.DataFrame
    links: pd.DataFrame
    held_apart: pd.DataFrame


@dataclass(frozen=True)
class Cause:
    """The number of pairs lost or false for one reason; examples are positions of two records."""

    name: str
    pairs: int
    examples: list[tuple[int, int]]


@dataclass(frozen=True)
class Report:
    """Counts of pairs; `undecidable` and `held_apart` are lost pairs by cause, `joined` false pairs."""

    true: int
    found: int
    decidable: int
    undecidable: list[Cause]
    held_apart: list[Cause]
    joined: list[Cause]

    @property
    def false(self) -> int:
        """Pairs that belong to one customer but to two people."""
        return sum(cause.pairs for cause in self.joined)

    @property
    def decidable_found(self) -> int:
        """Decidable pairs that were found."""
        return self.decidable - sum(cause.pairs for cause in self.held_apart)

    @property
    def precision(self) -> float:
        """Share of the pairs of one customer that are true; 1 if there are none."""
        return _share(self.found, self.found + self.false)

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found; 1 if there are none."""
        return _share(self.found, self.true)

    @property
    def decidable_recall(self) -> float:
        """Share of the decidable pairs that were found; 1 if there are none."""
        return _share(self.decidable_found, self.decidable)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def count_pairs(labels: np.ndarray) -> int:
    """Count the pairs of records that a partition (n,) puts together."""
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the intersection (n,) of two partitions (n,)."""
    return (
        pd.DataFrame({"one": one, "other": other}).groupby(["one", "other"], sort=False).ngroup().to_numpy()
    )


def joined(labels: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Merge the groups of a partition (n,) that edges connect, in chains of any length.

    `one` and `other` (m,) are the positions of the records at the ends of each edge. Each round gives a group
    the lowest label among its neighbours, and follows labels to their end.
    """
    labels = np.unique(labels, return_inverse=True)[1]
    while (labels[one] != labels[other]).any():
        to = np.arange(len(labels))
        low = np.minimum(labels[one], labels[other])
        np.minimum.at(to, labels[one], low)
        np.minimum.at(to, labels[other], low)
        while (to[to] != to).any():
            to = to[to]
        labels = to[labels]
    return labels


def joined_by_values(labels: np.ndarray, values: pd.DataFrame, within: np.ndarray) -> np.ndarray:
    """Merge the groups of a partition (n,) whose records share a value and a group of `within`."""
    first = values.groupby([values.value, within[values.record]]).record.transform("first")
    return joined(labels, values.record.to_numpy(), first.to_numpy())


def decidable(records: pd.DataFrame, values: pd.DataFrame) -> np.ndarray:
    """Return the best partition (n,) possible: people, as far as shared usable values connect them.

    A nameless record counts only by values that no other person has. Frames as in Evidence.
    """
    person = records.person.to_numpy()
    usable = values[~values.is_blocklisted]
    people = pd.Series(person[usable.record], usable.index).groupby(usable.value).transform("nunique")
    is_telling = ~records.is_nameless.to_numpy()[usable.record] | (people == 1)
    return joined_by_values(np.arange(len(records)), usable[is_telling], person)


def causes(
    before: np.ndarray,
    steps: Iterable[tuple[str, np.ndarray]],
    examples: int,
    found: np.ndarray | None = None,
) -> list[Cause]:
    """Return the pairs that each step adds, except those of `found`.

    All are partitions (n,), each step coarser than the one before. So each pair has one cause.
    """
    found = np.arange(len(before)) if found is None else found

    def count(labels: np.ndarray) -> int:
        return count_pairs(labels) - count_pairs(overlap(labels, found))

    causes = []
    for name, after in steps:
        pairs = count(after) - count(before)
        shown = _some_pairs(before, after, found, examples) if pairs else []
        causes.append(Cause(name, pairs, shown))
        before = after
    return causes


def _some_pairs(before: np.ndarray, after: np.ndarray, found: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Return example pairs that only `after` puts together, one per group, from its first few records."""
    frame = pd.DataFrame({"record": range(len(after)), "after": after, "before": before, "found": found})
    frame = frame.drop_duplicates(["after", "before", "found"]).groupby("after").head(20)
    pairs = frame.merge(frame, on="after", suffixes=("", "_of_other"))
    pairs = pairs[
        (pairs.record < pairs.record_of_other)
        & (pairs.before != pairs.before_of_other)
        & (pairs.found != pairs.found_of_other)
    ]
    pairs = pairs.drop_duplicates("after").head(most)
    return list(zip(pairs.record.tolist(), pairs.record_of_other.tolist(), strict=True))


def joined_in_turn(
    labels: np.ndarray, links: pd.DataFrame, within: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Merge a partition (n,) by the links of one cause after the other, inside the groups of `within` (n,).

    `links`: one, other, cause, in the order of the causes. Ends with "other", which is all of `within`.
    """
    links = links[within[links.one] == within[links.other]]
    for name, some in links.groupby("cause", sort=False):
        labels = joined(labels, some.one.to_numpy(), some.other.to_numpy())
        yield str(name), labels
    yield "other", within


def measure(evidence: Evidence, examples: int = 0) -> Report:
    """Compare customers with people: pairs found, lost and false, each lost or false pair with one cause.

    A lost decidable pair counts for the first cause whose links, with those of earlier causes, would have
    found it. A false pair counts for the first rule whose links, with those of earlier rules, made it.
    """
    records, values = evidence.records, evidence.values
    person, customer = records.person.to_numpy(), records.customer.to_numpy()
    found, best = overlap(person, customer), decidable(records, values)
    usable = joined_by_values(best, values[~values.is_blocklisted], person)
    connected = joined_by_values(usable, values, person)
    from_found = overlap(best, found)
    capped = joined_by_values(from_found, values[values.is_over_cap], best)
    undecidable = [
        ("only by a nameless record whose value others have", usable),
        ("only by a blocklisted value", connected),
        ("no value in common", person),
    ]
    held_apart = [("a value over its cap", capped), *joined_in_turn(capped, evidence.held_apart, best)]
    return Report(
        true=count_pairs(person),
        found=count_pairs(found),
        decidable=count_pairs(best),
        undecidable=causes(best, undecidable, examples, found),
        held_apart=causes(from_found, held_apart, examples),
        joined=causes(found, joined_in_turn(found, evidence.links, customer), examples),
    )


def read_truth(file: Path) -> pd.DataFrame:
    """Read the person of each source record: source_system, source_entity, source_record_id, person_id."""
    if not file.is_file():
        raise ReportError(f"There is no file {file}: make the demo data with make demo, or set --truth.")
    try:
        truth = (
            pd.read_parquet(file)
            if file.suffix == ".parquet"
            else pd.read_csv(file, dtype=str, keep_default_na=False)
        )
    except (ValueError, OSError) as error:
        raise ReportError(f"{file} cannot be read: {error}") from error
    if lacking := [name for name in [*RECORD_KEY, "person_id"] if name not in truth]:
        raise ReportError(f"{file} is not truth/source_records of the demo: it lacks {', '.join(lacking)}.")
    if truth.duplicated(RECORD_KEY).any():
        raise ReportError(f"{file} is not truth/source_records of the demo: it repeats a record.")
    return truth


def read_evidence(file: Path, truth: pd.DataFrame) -> Evidence:
    """Read the input of the report from a warehouse that was built from the data of `truth`."""
    if not file.exists():
        raise ReportError(f"There is no warehouse at {file}: build one with make build.")
    try:
        with duckdb.connect(str(file), read_only=True) as warehouse:
            records, *parts = (
                warehouse.execute(_WITH_NAMES + sql).df() for sql in (_RECORDS, _VALUES, _LINKS, _HELD_APART)
            )
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(f"{file} was built by another version: rebuild it with make build.") from error
    except duckdb.Error as error:
        raise ReportError(f"{file} cannot be read: {str(error).splitlines()[0]}") from error
    records = records.merge(truth, on=RECORD_KEY, how="left", validate="one_to_one")
    if strangers := records.person_id.isna().sum():
        raise ReportError(
            f"{strangers:,} of the {len(records):,} source records in {file} are not in the truth: it"
            " was built from other data. To build the demo data into its own file, run"
            " KLANT360_WAREHOUSE=warehouse/demo.duckdb make identity-report."
        )
    records = records.assign(
        person=pd.factorize(records.person_id)[0], customer=pd.factorize(records.customer_id)[0]
    )
    position = pd.Series(records.index, records.record_number)
    for part in parts:
        for column in part.columns.intersection(["record", "one", "other"]):
            part[column] = position[part[column]].to_numpy()
    return Evidence(records, *parts)


def report_lines(evidence: Evidence, report: Report) -> list[str]:
    """Format the report for a terminal."""
    records = evidence.records
    found_pairs = report.found + report.false
    lines = [
        f"{records.customer.nunique():,} customers, recognised in {len(records):,} source records"
        f" of {records.person.nunique():,} people.",
        "",
        f"{'Pairs of records':<52}{'pairs':>10}{'found':>10}{'share':>9}",
        _line("of one customer, and of one person: precision", found_pairs, report.found, report.precision),
        _line("of one person: recall", report.true, report.found, report.recall),
        _line("of those, decidable", report.decidable, report.decidable_found, report.decidable_recall),
    ]
    lost = "Lost: nothing shows that they are one person"
    lines += _causes(lost, report.undecidable, report.true, records)
    lines += _causes("Lost, though decidable", report.held_apart, report.decidable, records)
    lines += _causes("False, by the rule that joined them", report.joined, found_pairs, records)
    return lines


def _line(name: str, pairs: int, found: int, share: float) -> str:
    return f"  {name:<50}{pairs:>10,}{found:>10,}{share:>9.2%}"


def _causes(title: str, causes: list[Cause], whole: int, records: pd.DataFrame) -> list[str]:
    total = sum(one.pairs for one in causes)
    lines = ["", f"{title:<52}{total:>10,}{'':>10}{_share(total, whole) if whole else 0:>9.2%}"]
    for one in causes:
        if one.pairs:
            lines.append(f"  {one.name:<50}{one.pairs:>10,}{'':>10}{one.pairs / whole:>9.2%}")
            keys = records.record_key
            lines += [f"      {keys[first]} + {keys[second]}" for first, second in one.examples]
    return lines
