"""Pairs of customers that no rule joins but that probably are one person, for a reviewer to decide.

The model is that of Fellegi and Sunter (1969), "A theory for record linkage": each field of two records
agrees, nearly agrees or differs, and tells by how much that is likelier of one person than of two (m / u).
Splink (Linacre et al. 2022, "Splink: free software for probabilistic record linkage at scale") estimates u
from random pairs and m by expectation maximisation (Dempster, Laird and Rubin 1977), and lets agreement on
a rare name weigh more than on a common one.

The model takes fields for independent, which they are not in a household: its people share a last name, an
address and often a phone, and twins a birth date too. Two corrections keep a list of suggestions from being
a list of families:

- Two different first names. Pairs of one home with such names are families or records of one person, and
  the birth dates tell how much of either there is in these data: those of a family contradict each other,
  those of one person rarely do. No such pair is more probable than the share that is one person.
- A customer who fits two customers that are two people is only one of them: the two share the probability.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

SUGGESTED_MERGE_TYPES: dict[str, str] = {
    "record_key": "string",
    "other_record_key": "string",
    "customer_id": "string",
    "other_customer_id": "string",
    "match_probability": "double",
    "agreeing_fields": "string",
    "nearly_agreeing_fields": "string",
    "differing_fields": "string",
}
# A pair is suggested when it is at least as likely one person as two.
LEAST_PROBABILITY = 0.5
# A value that more customers than this have in common makes nobody a candidate: this bounds the pairs.
BLOCK_CAP = 50
# Random pairs that u is estimated from, and pairs that a run of EM takes at most.
RANDOM_PAIRS = 500_000
TRAINING_PAIRS = 2_000_000
EM_ITERATIONS = 8
# Pairs that the rules joined before EM has enough to learn from; with fewer, our own m hold.
LEAST_TRAINING_PAIRS = 100
# How much of our own m is kept beside what EM finds, so that what was never seen is not impossible.
KEPT_SHARE = 0.1
# Of two people of one home, the share that has the same birth date, at most: twins.
MOST_TWINS = 0.1
# Of records of one person, how many have contradicting birth dates for each that has not, at most.
CONTRADICTIONS = 0.15
# Two people have the same initial this often.
SAME_INITIALS = 1 / 12
SEED = 360


class Level(NamedTuple):
    """How a field of two records, `l` and `r`, can compare; theirs is the first level whose condition holds.

    `m` is the probability of this level when they are one person (None when one of them lacks the field),
    `counts_as` what a reviewer is told, `frequency_of` the column whose rare values weigh more.
    """

    name: str
    condition: str
    m: float | None
    counts_as: str
    frequency_of: str | None = None


def _alike(one: str, other: str) -> str:
    # one typo, or a few of a long text (Jaro 1989, Winkler 1990)
    return f"(jaro_winkler_similarity({one}, {other}) >= 0.9 or levenshtein({one}, {other}) <= 1)"


def _one_digit(field: str) -> str:
    return f"levenshtein(l.{field}, r.{field}) <= 1"


def _unknown(*fields: str) -> str:
    return " and ".join(f"(l.{field} is null or r.{field} is null)" for field in fields)


_SWAPPED_DAY_AND_MONTH = (
    "left(l.birth_date, 4) = left(r.birth_date, 4)"
    " and substr(l.birth_date, 6, 2) = substr(r.birth_date, 9, 2)"
    " and substr(l.birth_date, 9, 2) = substr(r.birth_date, 6, 2)"
)
_SAME_INITIAL = "left(coalesce(l.first_name, l.initials), 1) = left(coalesce(r.first_name, r.initials), 1)"
_NO_FIRST_NAME = "coalesce(l.first_name, l.initials) is null or coalesce(r.first_name, r.initials) is null"
_BOTH_KNOWN = "l.is_known_first_name and r.is_known_first_name"
_SAME_CITY = _alike("l.city", "r.city")

FIELDS: dict[str, list[Level]] = {
    "first name": [
        Level("unknown", _NO_FIRST_NAME, None, ""),
        Level("same", "l.first_name = r.first_name", 0.85, "agreeing", "first_name"),
        Level("short form", "list_contains(l.name_forms, r.first_name)", 0.01, "nearly agreeing"),
        # two known first names are two names, however alike
        Level(
            "alike",
            f"not ({_BOTH_KNOWN}) and {_alike('l.first_name', 'r.first_name')}",
            0.08,
            "nearly agreeing",
        ),
        Level(
            "swapped with last name",
            f"{_alike('l.first_name', 'r.surname')} and {_alike('l.surname', 'r.first_name')}",
            0.01,
            "nearly agreeing",
        ),
        Level("initial", f"{_unknown('first_name')} and {_SAME_INITIAL}", 0.01, "nearly agreeing"),
        Level("other", "else", 0.04, "differing"),
    ],
    "last name": [
        Level("unknown", _unknown("surname"), None, ""),
        Level("same", "l.surname = r.surname", 0.85, "agreeing", "surname"),
        Level("alike", _alike("l.surname", "r.surname"), 0.09, "nearly agreeing"),
        Level(
            "swapped with first name",
            f"{_alike('l.surname', 'r.first_name')} or {_alike('l.first_name', 'r.surname')}",
            0.01,
            "nearly agreeing",
        ),
        Level("other", "else", 0.05, "differing"),
    ],
    "birth date": [
        Level("unknown", _unknown("birth_date"), None, ""),
        Level("same", "l.birth_date = r.birth_date", 0.9, "agreeing"),
        Level("alike", f"{_one_digit('birth_date')} or ({_SWAPPED_DAY_AND_MONTH})", 0.05, "nearly agreeing"),
        Level("two digits", "levenshtein(l.birth_date, r.birth_date) <= 2", 0.02, "differing"),
        Level("other", "else", 0.03, "differing"),
    ],
    "email": [
        Level("unknown", _unknown("email"), None, ""),
        Level("same", "l.email = r.email", 0.6, "agreeing", "email"),
        Level("same mailbox", "l.mailbox = r.mailbox", 0.08, "nearly agreeing", "mailbox"),
        Level("alike", "levenshtein(l.email, r.email) <= 2", 0.02, "nearly agreeing"),
        Level("other", "else", 0.3, "differing"),
    ],
    "phone": [
        Level("unknown", _unknown("phone"), None, ""),
        Level("same", "l.phone = r.phone", 0.6, "agreeing", "phone"),
        Level("alike", _one_digit("phone"), 0.05, "nearly agreeing"),
        Level("other", "else", 0.35, "differing"),
    ],
    "house": [
        Level("unknown", _unknown("house_number", "street"), None, ""),
        Level("same", "l.house_number = r.house_number and l.street = r.street", 0.6, "agreeing"),
        Level(
            "street alike",
            f"l.house_number = r.house_number and {_alike('l.street', 'r.street')}",
            0.1,
            "nearly agreeing",
        ),
        Level(
            "street unknown", f"l.house_number = r.house_number and {_unknown('street')}", 0.05, "agreeing"
        ),
        Level("other number", _alike("l.street", "r.street"), 0.05, "nearly agreeing"),
        Level("other street", "l.house_number = r.house_number", 0.05, "nearly agreeing"),
        Level("other", "else", 0.15, "differing"),
    ],
    "place": [
        Level("unknown", _unknown("postal_code", "city"), None, ""),
        Level("same", f"l.postal_code = r.postal_code and {_SAME_CITY}", 0.6, "agreeing"),
        Level("postcode", "l.postal_code = r.postal_code", 0.1, "agreeing"),
        Level(
            "postcode alike",
            f"{_SAME_CITY} and levenshtein(l.postal_code, r.postal_code) <= 2",
            0.07,
            "nearly agreeing",
        ),
        Level("other postcode", _SAME_CITY, 0.05, "nearly agreeing"),
        Level("other city", _one_digit("postal_code"), 0.02, "nearly agreeing"),
        Level("other", "else", 0.16, "differing"),
    ],
}

# Two records are compared when they have one of these in common.
BLOCKS = {
    "email": "email",
    "mailbox": "mailbox",
    "phone": "phone",
    "names": "least(first_name, surname) || ' ' || greatest(first_name, surname)",
    "address": "postal_code || ' ' || house_number",
    "birth and first name": "birth_date || ' ' || first_name",
    "birth and last name": "birth_date || ' ' || surname",
    "birth and house": "birth_date || ' ' || house_number",
    "birth and street": "birth_date || ' ' || street",
    "birth and postcode": "birth_date || ' ' || postal_code",
    "birth and city": "birth_date || ' ' || city",
    "first name and postcode": "first_name || ' ' || postal_code",
    "last name and postcode": "surname || ' ' || postal_code",
    "first name and street": "first_name || ' ' || street",
    "last name and street": "surname || ' ' || street",
    "first name and city": "first_name || ' ' || city",
    "last name and city": "surname || ' ' || city",
    "house and street": "house_number || ' ' || street",
    "house and city": "house_number || ' ' || city",
    "beginnings": "left(first_name, 2) || ' ' || left(surname, 2) || ' ' || left(city, 3)",
    "street and postcode": "left(street, 5) || ' ' || postal_code",
    "street and city": "left(street, 5) || ' ' || left(city, 5)",
}
# What EM is run on: the fields that a block does not name are estimated from it.
TRAINING_BLOCKS = (("birth_date",), ("first_name", "surname"))


def suggested_merges(records: pa.Table, decided: pa.Table, name_forms: pa.Table) -> pd.DataFrame:
    """Pairs of customers that are at least as likely one person as two, each with its best pair of records.

    `records` has one row per record to compare: record_key (unique), customer_id, first_name, initials and
    surname folded to a-z, is_known_first_name, birth_date (YYYY-MM-DD, text), email, phone, postal_code,
    house_number, street and city, all normalised, null where unknown or not to be used. `decided` has the
    pairs of customers (customer_id, other_customer_id, in either order) that a reviewer decided on.
    `name_forms` has other forms of first names: given_name, form.

    Returns the columns of `SUGGESTED_MERGE_TYPES`, the most probable first: record_key comes before
    other_record_key in the alphabet; match_probability goes from LEAST_PROBABILITY to 0.9999, in four
    decimals; the fields are told in words, parted by commas.

    The order of the rows makes no difference: samples are drawn by hash. Another number of threads adds up
    floats in another order, which could change a probability in its last decimal.

    Raises RuntimeError, with a sentence, when there are records to compare and Splink is not installed.
    """
    if records.num_rows == 0:
        return _no_suggestions()
    with duckdb.connect() as connection:
        _prepare(connection, records, decided, name_forms)
        if not connection.sql("select count(*) from candidates").fetchall()[0][0]:
            return _no_suggestions()
        pairs = _weighed(connection, records.num_rows)
    pairs["probability"] = _probabilities(pairs, records.num_rows)
    return _best_pairs(pairs[~pairs["is_decided"]])


def to_arrow(relation: Any) -> pa.Table:
    """An Arrow table of what `dbt.ref` gives: a DuckDB relation or a Spark (Connect) frame."""
    return relation.toArrow() if hasattr(type(relation), "toArrow") else relation.to_arrow_table()


def _prepare(
    connection: duckdb.DuckDBPyConnection, records: pa.Table, decided: pa.Table, name_forms: pa.Table
) -> None:
    """Make the tables `records`, `people` (what is compared), `decided` and `candidates` (pairs)."""
    connection.register("given_records", records)
    connection.register("given_forms", name_forms)
    connection.register("given_decisions", decided)
    connection.execute("""
        create table records as
        select
            given_records.*,
            nullif(regexp_replace(split_part(email, '@', 1), '[^a-z0-9]', '', 'g'), '') as mailbox,
            forms.name_forms
        from given_records
        left join (
            select given_name, list(form order by form) as name_forms
            from given_forms
            where length(form) > 1
            group by given_name
        ) as forms on given_records.first_name = forms.given_name
        order by record_key
    """)
    connection.execute("""
        create table decided as
        select least(customer_id, other_customer_id) as one, greatest(customer_id, other_customer_id) as other
        from given_decisions
        group by one, other
    """)
    # a record that lacks a first name or birth date is compared by that of its customer
    connection.execute("""
        create table people as
        with names as (
            select customer_id, arg_min(records, (not is_known_first_name, record_key)) as named
            from records
            where first_name is not null
            group by customer_id
        ),
        birth_dates as (
            select customer_id, arg_min(birth_date, record_key) as birth_date
            from records
            where birth_date is not null
            group by customer_id
        )
        select
            records.* replace (
                coalesce(records.first_name, names.named.first_name) as first_name,
                case when records.first_name is null then coalesce(names.named.is_known_first_name, false)
                    else records.is_known_first_name end as is_known_first_name,
                coalesce(records.name_forms, names.named.name_forms) as name_forms,
                coalesce(records.birth_date, birth_dates.birth_date) as birth_date
            )
        from records
        left join names on records.customer_id = names.customer_id
        left join birth_dates on records.customer_id = birth_dates.customer_id
        order by record_key
    """)
    blocks = " union all ".join(
        f"select record_key, customer_id, hash({number}, {value}) as block"
        f" from people where ({value}) is not null"
        for number, value in enumerate(BLOCKS.values())
    )
    connection.execute(f"""
        create table candidates as
        with blocks as ({blocks}),
        narrow_blocks as (
            select block
            from blocks
            group by block
            having count(distinct customer_id) between 2 and {BLOCK_CAP}
        ),
        members as (
            select blocks.* from blocks inner join narrow_blocks on blocks.block = narrow_blocks.block
        )
        select distinct l.record_key as join_key_l, r.record_key as join_key_r, '0' as match_key
        from members as l
        inner join members as r
            on l.block = r.block and l.record_key < r.record_key and l.customer_id <> r.customer_id
    """)


def _weighed(connection: duckdb.DuckDBPyConnection, count: int) -> pd.DataFrame:
    """The candidates, with `bits` of evidence that they are one person and a column of levels per field.

    `home_bits` are those of all fields but first name and birth date. Candidates that can be neither one
    person nor of one home are left out.
    """
    linker, _ = _linker(connection, "records", _settings({}, count))
    linker.training.estimate_u_using_random_sampling(
        max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    for block in TRAINING_BLOCKS:
        _train(connection, linker, block)
    linker, register = _linker(connection, "people", _settings(_smoothed(linker, count), count))
    linker.table_management.register_blocked_pairs_for_predict(register("candidates"))
    # Splink's weight holds the prior odds, which are those of two records picked at random
    prior_bits = float(np.log2(_prior(count) / (1 - _prior(count))))
    weighed = linker.inference.predict(threshold_match_weight=prior_bits)
    bits = f"weighed.match_weight - ({prior_bits})"
    home_bits = f"{bits} - mw_first_name - mw_tf_adj_first_name - mw_birth_date"
    # were all candidates one person, so much evidence would still be needed
    candidates = connection.sql("select count(*) from candidates").fetchall()[0][0]
    least_bits = float(np.log2(max(count * (count - 1) / 2 / candidates, 1)))
    return connection.sql(f"""
        select
            l.record_key,
            r.record_key as other_record_key,
            l.customer_id,
            r.customer_id as other_customer_id,
            {bits} as bits,
            {home_bits} as home_bits,
            decided.one is not null as is_decided,
            {", ".join(_level_of(field) for field in FIELDS)}
        from {weighed.physical_name} as weighed
        inner join people as l on weighed.record_key_l = l.record_key
        inner join people as r on weighed.record_key_r = r.record_key
        left join decided
            on least(l.customer_id, r.customer_id) = decided.one
            and greatest(l.customer_id, r.customer_id) = decided.other
        where greatest({bits}, {home_bits}) >= {least_bits}
        order by l.record_key, r.record_key
    """).df()


def _level_of(field: str) -> str:
    cases = [f"when {level.condition} then '{level.name}'" for level in FIELDS[field][:-1]]
    names = ", ".join(f"'{level.name}'" for level in FIELDS[field])
    return f"cast(case {' '.join(cases)} else '{FIELDS[field][-1].name}' end as enum({names})) as \"{field}\""


def _prior(count: int) -> float:
    return 1 / max(count, 2)


def _linker(connection: duckdb.DuckDBPyConnection, table: str, settings: dict[str, Any]) -> tuple[Any, Any]:
    try:
        from splink import DuckDBAPI, Linker
    except ImportError as error:
        raise RuntimeError(
            "Suggested merges need Splink, which is not installed: `pip install '.[suggestions]'` does that"
        ) from error
    # it tells at length what it does, and warns of fields that nobody has
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI(connection=connection)
    return Linker(database.register(table), settings, log_level=None), database.register


def _settings(learned: Mapping[tuple[str, str], tuple[float, float]], count: int) -> dict[str, Any]:
    """Splink's settings, with m and u per field and level where they were learned."""
    comparisons = []
    for field, levels in FIELDS.items():
        rendered = []
        for level in levels:
            condition = re.sub(r"\b([lr])\.(\w+)", r"\2_\1", level.condition)
            entry: dict[str, Any] = {"sql_condition": condition, "label_for_charts": level.name}
            if level.m is None:
                entry["is_null_level"] = True
            else:
                m, u = learned.get((field, level.name), (level.m, None))
                entry |= {"m_probability": m} | ({"u_probability": u} if u else {})
            if level.frequency_of:
                entry["tf_adjustment_column"] = level.frequency_of
            rendered.append(entry)
        comparisons.append({"output_column_name": field.replace(" ", "_"), "comparison_levels": rendered})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_key",
        "probability_two_random_records_match": _prior(count),
        "comparisons": comparisons,
        "max_iterations": EM_ITERATIONS,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }


def _train(connection: duckdb.DuckDBPyConnection, linker: Any, block: tuple[str, ...]) -> None:
    """Run EM on the pairs of a block, if the rules joined enough of them."""
    same = " and ".join(f"l.{column} = r.{column}" for column in block)
    joined = connection.sql(f"""
        select count(*) from records as l inner join records as r
        on l.customer_id = r.customer_id and l.record_key < r.record_key and {same}
    """).fetchall()[0][0]
    if joined >= LEAST_TRAINING_PAIRS:
        # where fields never differ, m runs to zero, which Splink refuses: then our own m do as well
        with suppress(ValueError):
            linker.training.estimate_parameters_using_expectation_maximisation(
                same, estimate_without_term_frequencies=True, max_pairs=TRAINING_PAIRS
            )


def _smoothed(linker: Any, count: int) -> dict[tuple[str, str], tuple[float, float]]:
    """What was learned, with a share of our own m, and u no smaller than the sample can tell."""
    least_u = 1 / min(RANDOM_PAIRS, max(count * (count - 1) / 2, 2))
    learned = {}
    trained = linker.misc.save_model_to_json()["comparisons"]
    for (field, levels), comparison in zip(FIELDS.items(), trained, strict=True):
        by_name = {level["label_for_charts"]: level for level in comparison["comparison_levels"]}
        for level in levels:
            if level.m is not None:
                m = by_name[level.name].get("m_probability") or 0.0
                u = by_name[level.name].get("u_probability") or 0.0
                learned[field, level.name] = (
                    KEPT_SHARE * level.m + (1 - KEPT_SHARE) * m,
                    min(max(u, least_u), 1.0),
                )
    return learned


def _probabilities(pairs: pd.DataFrame, count: int) -> np.ndarray:
    """The probability (n,) that each pair is one person, households minded."""
    # one home or household: whom the model would take for one person if it had no first names and birth dates
    of_one_home = _fitted(pairs["home_bits"].to_numpy(), np.ones(len(pairs)), count) >= LEAST_PROBABILITY
    ceiling = _one_person_shares(pairs, of_one_home)
    return _shared_by_rivals(pairs, _fitted(pairs["bits"].to_numpy(), ceiling, count), ceiling)


def _fitted(bits: np.ndarray, ceiling: np.ndarray, count: int) -> np.ndarray:
    """Probabilities (n,) by the prior that agrees with them: EM on how many of all pairs are one person."""
    all_pairs = max(count * (count - 1) / 2, 1)
    prior = _prior(count)
    for _ in range(50):
        odds = np.exp2(np.clip(bits + np.log2(prior / (1 - prior)), -100, 100))
        probabilities = ceiling * odds / (1 + odds)
        prior = min(max(probabilities.sum(), 1.0) / all_pairs, 0.5)
    return probabilities


def _one_person_shares(pairs: pd.DataFrame, of_one_home: np.ndarray) -> np.ndarray:
    """The most (n,) that each pair's probability can be, by what pairs of one home are in these data."""
    shares = np.ones(len(pairs))
    # people of one home have one last name, or two
    for of_these in (pairs["last name"] == "other", pairs["last name"] != "other"):
        shares[of_these] = _shares_of_a_kind(pairs[of_these], of_one_home[of_these])
    return shares


def _shares_of_a_kind(pairs: pd.DataFrame, of_one_home: np.ndarray) -> np.ndarray:
    first, birth = pairs["first name"], pairs["birth date"]
    other_name, some_name = first == "other", ~first.isin(["other", "initial", "unknown"])
    same_birth, unknown_birth = birth.isin(["same", "alike"]), birth == "unknown"

    def customers(which: pd.Series) -> int:
        these = pairs.loc[which & of_one_home, ["customer_id", "other_customer_id"]]
        return len(these.drop_duplicates())

    # of two first names: whose birth dates agree or contradict, and how many of either are two people
    agreeing = customers(other_name & same_birth)
    contradicting = customers(other_name & ~same_birth & ~unknown_birth)
    households = max(contradicting - CONTRADICTIONS * agreeing, 0.0)
    twins = min(MOST_TWINS * households, agreeing)
    two_names = _share(agreeing - twins + contradicting - households, twins + households)
    shares = np.ones(len(pairs))
    shares[other_name & same_birth] = _share(agreeing - twins, twins)
    shares[other_name & ~same_birth & ~unknown_birth] = _share(contradicting - households, households)
    shares[other_name & unknown_birth] = two_names
    # a first name that is not known in full may be anybody's of the home, an initial one in twelve's
    one_person = customers(some_name) + customers(other_name) * two_names
    two_people = customers(other_name) * (1 - two_names)
    shares[of_one_home & (first == "unknown")] = _share(one_person, two_people)
    shares[of_one_home & (first == "initial")] = _share(one_person, two_people * SAME_INITIALS)
    return shares


def _share(these: float, those: float) -> float:
    # the mean of what it may be after so many were seen, by the prior of Jeffreys (1946)
    return (these + 0.5) / (these + those + 1)


def _shared_by_rivals(pairs: pd.DataFrame, probabilities: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """Probabilities (n,) once customers who are two people by their first names share what fits both."""
    either_way = pd.DataFrame(
        {
            "of": pd.concat([pairs["customer_id"], pairs["other_customer_id"]], ignore_index=True),
            "fits": pd.concat([pairs["other_customer_id"], pairs["customer_id"]], ignore_index=True),
            "odds": np.tile(_odds(probabilities), 2),
            "ceiling": np.tile(ceiling, 2),
        }
    )
    best = either_way.groupby(["of", "fits"], as_index=False).max()
    likely = best.loc[best["odds"] >= 1, ["of", "fits", "odds"]]
    two_people = best.loc[best["ceiling"] < LEAST_PROBABILITY, ["of", "fits"]]
    rivals = (
        likely.merge(likely, on="of", suffixes=("", "_of_rival"))
        .merge(two_people, left_on=["fits", "fits_of_rival"], right_on=["of", "fits"], suffixes=("", "_too"))
        .groupby(["of", "fits"])["odds_of_rival"]
        .sum()
    )
    against = rivals.reindex(pd.MultiIndex.from_frame(either_way[["of", "fits"]])).fillna(0.0).to_numpy()
    against = against.reshape(2, -1).max(axis=0)
    odds = _odds(probabilities)
    return np.where(against > 0, odds / (1 + odds + against), probabilities)


def _odds(probabilities: np.ndarray) -> np.ndarray:
    return probabilities / np.clip(1 - probabilities, 1e-9, None)


def _best_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """The suggestions: the most probable pair of records of each two customers, with its fields in words."""
    pairs = pairs.assign(match_probability=pairs["probability"].round(4).clip(upper=0.9999))
    pairs = pairs[pairs["match_probability"] >= LEAST_PROBABILITY]
    pairs = pairs.sort_values(
        ["match_probability", "record_key", "other_record_key"],
        ascending=[False, True, True],
        ignore_index=True,
    )
    customers = pairs[["customer_id", "other_customer_id"]]
    unordered = pd.DataFrame({"low": customers.min(axis=1), "high": customers.max(axis=1)})
    pairs = pairs[~unordered.duplicated()].reset_index(drop=True)
    for kind in ("agreeing", "nearly agreeing", "differing"):
        pairs[f"{kind.replace(' ', '_')}_fields"] = [
            _in_words(levels, kind) for levels in pairs[list(FIELDS)].itertuples(index=False, name=None)
        ]
    return pairs[list(SUGGESTED_MERGE_TYPES)]


def _in_words(names: tuple[str, ...], kind: str) -> str:
    words = []
    for (field, levels), name in zip(FIELDS.items(), names, strict=True):
        level = next(level for level in levels if level.name == name)
        if level.counts_as == kind:
            words.append(field if name in ("same", "other") else f"{field} ({name})")
    return ", ".join(words)


def _no_suggestions() -> pd.DataFrame:
    return pd.DataFrame({column: [] for column in SUGGESTED_MERGE_TYPES}, dtype=object)
