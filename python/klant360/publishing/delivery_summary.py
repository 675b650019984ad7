"""The summary's part on the delivery: unusable rows and cells, how files were read, broken references.

It may be printed where others see it, so it never contains a cell that could name a person.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import duckdb

from klant360.contract import read_contract
from klant360.ingest.delivery import printable
from klant360.ingest.examples import examples

LEAST_MATCH_RATE = 0.9
WAYS_TO_MATCH = {
    "case": "in lower case",
    "last_three_of_18": "without the last three of 18 characters",
    "leading_zeros": "without leading zeros",
    "punctuation": "without punctuation",
}
SHOWN_ACCOUNTS = 5
LONGEST_ID = 40
# For each reason and column, this many distinct cells are searched for examples that can be shown.
CELLS = 100
SHOWN_STATUSES = 20
LONGEST_STATUS = 40
# An unknown status with such a word most likely means that the order should not count.
SUSPICIOUS = ("cancel", "annul", "storn", "refund", "fail")


def delivery_lines(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the lines of the summary about the delivery, with an empty line before each part."""
    return _in_parts(
        _rejections(warehouse),
        _ignored_values(warehouse),
        _statuses(warehouse),
        _decisions(warehouse),
        _references(warehouse),
        _shared_accounts(warehouse),
        _absent_tables(warehouse),
    )


def reading_lines(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the lines about what could not be read, before anything else is built."""
    return _in_parts(
        _rejections(warehouse), _ignored_values(warehouse), _decisions(warehouse), _references(warehouse)
    )


def _in_parts(*parts: list[str]) -> list[str]:
    return [line for part in parts if part for line in ("", *part)]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as 1 customer or 2,000 customers."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rejections(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Rejected rows by table, reason and column, with examples of the cells."""
    rejections = warehouse.execute(f"""
        select source_table, reason, column_name, count(*), list(distinct raw_value)[:{CELLS}]
        from restricted.rejected_rows group by all order by all
    """).fetchall()
    rows = sum(count for *_, count, _ in rejections)
    if not rows:
        return ["Every row was accepted."]
    return [
        f"Rejected rows (restricted.rejected_rows): {rows:,}.",
        *(
            f"  {table:<32}{reason:<19}{column or '':<17}{count:>9,}{_shown(table, column, cells)}"
            for table, reason, column, count, cells in rejections
        ),
    ]


def _ignored_values(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Cells that were ignored in full or in part, by table and column, with examples."""
    ignored = warehouse.execute(f"""
        select source_table, column_name, count(*), list(distinct raw_value)[:{CELLS}]
        from restricted.ignored_values group by all order by all
    """).fetchall()
    if not ignored:
        return []
    return [
        f"Ignored values (restricted.ignored_values): {sum(count for *_, count, _ in ignored):,}.",
        *(
            f"  {table:<32}{'':<19}{column:<17}{count:>9,}{_shown(table, column, cells)}"
            for table, column, count, cells in ignored
        ),
    ]


def _shown(table: str, column: str | None, cells: Iterable[str | None]) -> str:
    known = {each.name: each for each in read_contract()[table].columns}
    found = examples(known[column], sorted(cell for cell in cells if cell)) if column else []
    return f"  such as {', '.join(found)}" if found else ""


def _statuses(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """The statuses of orders, first those that most likely should not count."""
    suspicious = " or ".join(f"contains(normalised_status, '{word}')" for word in SUSPICIOUS)
    statuses = warehouse.execute(f"""
        select coalesce(status, '(none)'), is_known, counts, orders, amount
        from marts.order_statuses
        order by (not is_known and ({suspicious})) desc nulls last, abs(amount) desc, 1
    """).fetchall()
    if not statuses:
        return []
    lines = [f"{'Status of the order':<{LONGEST_STATUS}}{'':<26}{'orders':>9}{'amount':>16}"]
    for status, is_known, counts, orders, amount in statuses[:SHOWN_STATUSES]:
        treatment = ("counts" if counts else "does not count") + ("" if is_known else ", unknown")
        shown = printable(status)[: LONGEST_STATUS - 1]
        lines.append(f"{shown:<{LONGEST_STATUS}}{treatment:<26}{orders:>9,}{amount:>16,.2f}")
    if len(statuses) > SHOWN_STATUSES:
        lines.append(f"and {len(statuses) - SHOWN_STATUSES:,} more: marts.order_statuses")
    if any(not is_known for _, is_known, *_ in statuses):
        lines.append("Unknown statuses count; list those that should not in seeds/known_order_statuses.csv.")
    return lines


def _decisions(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """How files were read, where that changed or is a choice."""
    files = warehouse.execute("""
        select file_name, format, previous_format, ignored_columns
        from staging.delivered_files order by source_table, part_number
    """).fetchall()
    local = warehouse.execute("""
        select local_zone, sum(local_times)
        from staging.delivered_files where local_times > 0 group by all order by 1
    """).fetchall()
    changed = [
        f"{printable(file)} has another format than last time: {now}; it was {before}."
        for file, now, before, _ in files
        if before and before != now
    ]
    ignored = dict.fromkeys(sentence for *_, sentence in files if sentence)
    times = [
        f"{counted(number, 'time')} without an offset {'was' if number == 1 else 'were'} read as {zone}."
        for zone, number in local
    ]
    return [*changed, *ignored, *times]


def _references(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """References of which too few match a row of their target table."""
    poor = warehouse.execute(
        "select source_table || '.' || column_name, target_table, filled, matched, would_match_without,"
        " matched + would_match from marts.reference_quality where match_rate < ? order by match_rate, 1",
        [LEAST_MATCH_RATE],
    ).fetchall()
    if not poor:
        return []
    lines = ["References without a match (marts.reference_quality):"]
    for column, target, filled, matched, way, would in poor:
        help_ = f"; {would:,} of {filled:,} would {WAYS_TO_MATCH[way]}" if way else ""
        lines.append(f"  {column}: {matched:,} of {filled:,} lead to {target}{help_}")
    return lines


def _shared_accounts(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Accounts without a row, with orders of several emails: most likely an id that means a guest."""
    shared = warehouse.execute("""
        with orders as (
            select account_id, lower(email) as email
            from staging.stg_webshop__orders
            semi join (from staging.stg_webshop__accounts where is_implied) using (account_id)
        ),
        shared as (
            select account_id from orders group by account_id having min(email) <> max(email)
        )
        select account_id, count(distinct email) as emails, count(*) as orders
        from orders
        semi join shared using (account_id)
        group by account_id
        order by emails desc, orders desc, account_id
    """).fetchall()
    if not shared:
        return []
    printed = [row for row in shared if "@" not in row[0]][:SHOWN_ACCOUNTS]
    return [
        "Without a row in webshop.accounts, but with orders of several emails:"
        f" {counted(len(shared), 'account')}.",
        "If an id means a guest and not an account, add it to seeds/placeholder_ids.csv and build again.",
        *(
            f"  {printable(account)[:LONGEST_ID]:<{LONGEST_ID}}{emails:>10,} emails{orders:>10,} orders"
            for account, emails, orders in printed
        ),
    ]


def _absent_tables(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    absent = warehouse.execute(
        "select source_table from staging.delivered_tables where not is_delivered order by source_table"
    ).fetchall()
    if not absent:
        return []
    tables = textwrap.wrap(", ".join(table for (table,) in absent), width=78)
    return ["Not delivered, so their models are empty:", *(f"  {line}" for line in tables)]
