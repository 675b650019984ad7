"""Pairs of customers that no rule joins but that probably are one person, for a reviewer to decide on."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from klant360.identity.candidates import make_candidates
from klant360.identity.comparison_levels import FIELDS
from klant360.identity.match_model import match_weights
from klant360.identity.probabilities import LEAST_PROBABILITY, probabilities

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


def suggested_merges(records: pa.Table, decided: pa.Table, name_forms: pa.Table) -> pd.DataFrame:
    """Return pairs of customers that are at least as likely to be one person as two, with their best records.

    `records` has one row per record to compare: record_key (unique), customer_id, first_name, initials and
    surname folded to a-z, is_known_first_name, birth_date (YYYY-MM-DD, text), email, phone, postal_code,
    house_number, street and city, all normalised, null where unknown or unusable. `decided` has the pairs of
    customers (customer_id, other_customer_id, in either order) that a reviewer decided on. `name_forms` has
    other forms of first names: given_name, form.

    Returns the columns of `SUGGESTED_MERGE_TYPES`, the most probable first. record_key sorts before
    other_record_key; match_probability ranges from LEAST_PROBABILITY to 0.9999, with four decimals; the
    fields are listed by name, separated by commas.

    The order of the rows does not matter: samples are drawn by hash. The number of threads changes the order
    in which floats are added, which could change the last decimal of a probability.

    Raises RuntimeError when there are records to compare and Splink is not installed.
    """
    if records.num_rows == 0:
        return _no_suggestions()
    with duckdb.connect() as connection:
        make_candidates(connection, records, decided, name_forms)
        if not connection.sql("select count(*) from candidates").fetchall()[0][0]:
            return _no_suggestions()
        pairs = match_weights(connection, records.num_rows)
    pairs["probability"] = probabilities(pairs, records.num_rows)
    return _best_pairs(pairs[~pairs["is_decided"]])


def to_arrow(relation: Any) -> pa.Table:
    """Convert what `dbt.ref` returns, a DuckDB relation or a Spark (Connect) frame, to an Arrow table."""
    return relation.toArrow() if hasattr(type(relation), "toArrow") else relation.to_arrow_table()


def _best_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the suggestions: the most probable pair of records of each pair of customers."""
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
