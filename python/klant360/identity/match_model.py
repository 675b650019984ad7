"""The model that weighs how likely two records are of one person.

It is that of Fellegi and Sunter (1969), "A theory for record linkage": each field of two records agrees,
nearly agrees or differs, and each level has a weight: how much likelier it is for one person than for two
(m / u). Splink (Linacre et al. 2022, "Splink: free software for probabilistic record linkage at scale")
estimates u from random pairs and m by expectation maximisation (Dempster, Laird and Rubin 1977), and gives
agreement on a rare name more weight than on a common one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from klant360.identity.comparison_levels import FIELDS

# Random pairs that u is estimated from, and the most pairs that a run of EM uses.
RANDOM_PAIRS = 500_000
TRAINING_PAIRS = 2_000_000
EM_ITERATIONS = 8
# EM needs at least this many pairs that the rules joined; with fewer, our own m are used.
LEAST_TRAINING_PAIRS = 100
# The share of our own m that is mixed into what EM finds, so that a level it never saw is not impossible.
KEPT_SHARE = 0.1
SEED = 360
# EM runs once per block, and estimates the fields that the block does not name.
TRAINING_BLOCKS = (("birth_date",), ("first_name", "surname"))


def match_weights(connection: duckdb.DuckDBPyConnection, count: int) -> pd.DataFrame:
    """Return the candidates with `bits` of evidence that they are one person and the level of each field.

    `home_bits` are those of all fields except first name and birth date. Candidates that can be neither one
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
    # Splink's weight includes the prior odds, those of two random records
    prior_bits = float(np.log2(prior_probability(count) / (1 - prior_probability(count))))
    weighed = linker.inference.predict(threshold_match_weight=prior_bits)
    bits = f"weighed.match_weight - ({prior_bits})"
    home_bits = f"{bits} - mw_first_name - mw_tf_adj_first_name - mw_birth_date"
    # the evidence that would be needed even if every candidate were one person
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


def prior_probability(count: int) -> float:
    """Return the probability that two random records are of one person, as if each record had one match."""
    return 1 / max(count, 2)


def _linker(connection: duckdb.DuckDBPyConnection, table: str, settings: dict[str, Any]) -> tuple[Any, Any]:
    try:
        from splink import DuckDBAPI, Linker
    except ImportError as error:
        raise RuntimeError(
            "Suggested merges need Splink, which is not installed: run `pip install '.[suggestions]'`"
        ) from error
    # it logs every step, and warns about fields that no record has
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI(connection=connection)
    return Linker(database.register(table), settings, log_level=None), database.register


def _settings(learned: Mapping[tuple[str, str], tuple[float, float]], count: int) -> dict[str, Any]:
    """Return Splink's settings, with the learned m and u of each level where there are any."""
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
        "probability_two_random_records_match": prior_probability(count),
        "comparisons": comparisons,
        "max_iterations": EM_ITERATIONS,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }


def _train(connection: duckdb.DuckDBPyConnection, linker: Any, block: tuple[str, ...]) -> None:
    """Run EM on the pairs of a block if the rules joined enough of them."""
    same = " and ".join(f"l.{column} = r.{column}" for column in block)
    joined = connection.sql(f"""
        select count(*) from records as l inner join records as r
        on l.customer_id = r.customer_id and l.record_key < r.record_key and {same}
    """).fetchall()[0][0]
    if joined >= LEAST_TRAINING_PAIRS:
        # where fields never differ, m goes to zero, which Splink refuses: our own m are used instead
        with suppress(ValueError):
            linker.training.estimate_parameters_using_expectation_maximisation(
                same, estimate_without_term_frequencies=True, max_pairs=TRAINING_PAIRS
            )


def _smoothed(linker: Any, count: int) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the learned m and u: m mixed with a share of our own, u no smaller than the sample can show."""
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
