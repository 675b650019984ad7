"""Tells how many customers, and how much revenue, another mapping of scores would move between segments."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb
import jinja2

from klant360.errors import InputError, UserError
from klant360.project import PROJECT
from klant360.publishing.delivery_summary import counted
from klant360.segments.mapping import COLUMNS, read_mapping

# The model that applies the mapping in a build.
SEGMENT_CELLS = PROJECT / "models" / "intermediate" / "rfm" / "int_rfm__segment_cells.sql"

_GROUPS = """
    with now as (
        select
            segment_code, is_in_window, r_score, f_score, m_score, lifetime_orders = 1 as is_one_order_only,
            count(*) as customers, sum(monetary) as revenue
        from marts.customer_segments
        group by all
    )
    select
        now.segment_code as segment_now,
        -- no rule applies to customers without a purchase in the window
        case when now.is_in_window then cells.segment_code else now.segment_code end as segment_then,
        cast(sum(now.customers) as bigint) as customers,
        sum(now.revenue) as revenue
    from now
    inner join segment_cells as cells using (r_score, f_score, m_score, is_one_order_only)
    group by all
    order by customers desc, revenue desc, segment_now, segment_then
"""


class Group(NamedTuple):
    """Customers with the same segment now and the same segment then."""

    segment_now: str
    segment_then: str
    customers: int
    revenue: Decimal


def what_if(file: Path, mapping: Path) -> str:
    """Return, as text, the sizes of the segments now and with the mapping, and the moves between them.

    `file` is a warehouse or a published file. Raises UserError when it cannot be read, or when a build with
    the mapping would fail.
    """
    if not file.exists():
        raise UserError(f"There is no warehouse at {file}: build one with make build.")
    try:
        with duckdb.connect(str(file), read_only=True) as warehouse:
            found = groups(warehouse, mapping)
            return "\n".join(_lines(warehouse, found))
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise UserError(f"{file} lacks tables of this version: rebuild it with make build.") from error
    except duckdb.Error as error:
        raise UserError(f"{file} cannot be read: {str(error).splitlines()[0]}") from error


def groups(warehouse: duckdb.DuckDBPyConnection, mapping: Path) -> list[Group]:
    """Return all customers who ever bought, by their segments now and with the mapping, largest group first.

    The rules become the temporary table segment_mapping, and the segment of each combination of scores the
    table segment_cells: the model that a build uses reads one and makes the other. Raises InputError when the
    mapping has a mistake.
    """
    rules = read_mapping(mapping, _segments(warehouse))
    columns = ", ".join(f"{name} {data_type}" for name, data_type in COLUMNS.items())
    warehouse.execute(f"create temp table segment_mapping ({columns})")
    warehouse.executemany(f"insert into segment_mapping values ({', '.join('?' for _ in COLUMNS)})", rules)
    model = jinja2.Template(SEGMENT_CELLS.read_text(encoding="utf-8"))
    cells = model.render(ref=lambda seed: seed)
    warehouse.execute(f"create temp table segment_cells as {cells}")
    _refuse_holes(warehouse, mapping)
    return [Group(*row) for row in warehouse.execute(_GROUPS).fetchall()]


def _segments(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the codes of the segments, best first."""
    codes = warehouse.execute("select segment_code from marts.segments order by tier desc, segment_code")
    return [code for (code,) in codes.fetchall()]


def _refuse_holes(warehouse: duckdb.DuckDBPyConnection, mapping: Path) -> None:
    holes = warehouse.execute(
        "select r_score, f_score, m_score, is_one_order_only from segment_cells where segment_code is null"
        " order by all"
    ).fetchall()
    if holes:
        r, f, m, one = holes[0]
        others = f", nor {counted(len(holes) - 1, 'other combination')}" if len(holes) > 1 else ""
        raise InputError(
            f"{mapping}: no rule matches R = {r}, F = {f}, M = {m} of customers with"
            f" {'one order' if one else 'more orders'}{others}. A build fails on that."
        )


def _lines(warehouse: duckdb.DuckDBPyConnection, found: Sequence[Group]) -> list[str]:
    moves = [group for group in found if group.segment_now != group.segment_then]
    lines = [_headline(found, moves), *_idle_rules(warehouse)]
    if moves:
        (as_of,) = warehouse.execute("select max(snapshot_date) from marts.customer_segments").fetchall()[0]
        lines += ["", *_sizes(found, _segments(warehouse)), "", *_moves(moves), ""]
        lines += [
            f"As of {as_of}. Revenue is `monetary`: purchases less refunds and credit notes in the RFM",
            "window, in the base currency. Customers without a purchase in the window stay lost.",
        ]
    return lines


def _headline(found: Sequence[Group], moves: Sequence[Group]) -> str:
    if not found:
        return "Nobody has bought anything yet, so there are no segments."
    customers, moving = (sum(group.customers for group in some) for some in (found, moves))
    revenue, of_moving = (sum(group.revenue for group in some) for some in (found, moves))
    buyers = f"{counted(customers, 'customer')} who ever bought"
    if not moves:
        return f"Nothing changes: of {buyers}, nobody would be in another segment."
    share = f", with {of_moving / revenue:.1%} of revenue," if revenue > 0 else ""
    return f"{moving:,} of {buyers}{share} would be in another segment."


def _idle_rules(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    rules = warehouse.execute(
        "select priority, segment_code from segment_mapping"
        " anti join segment_cells using (priority) order by priority"
    ).fetchall()
    return [
        f"The rule with priority {priority} ({code}) never decides: an earlier rule always does."
        for priority, code in rules
    ]


def _sizes(found: Sequence[Group], best_first: Sequence[str]) -> list[str]:
    lines = [
        f"{'':<22}{'customers':>33}{'revenue':>39}",
        f"{'Segment':<22}{'now':>11}{'then':>11}{'change':>11}{'now':>13}{'then':>13}{'change':>13}",
    ]
    for code in best_first:
        now = [group for group in found if group.segment_now == code]
        then = [group for group in found if group.segment_then == code]
        if now or then:
            customers = _change(*(sum(group.customers for group in side) for side in (now, then)), width=11)
            revenue = _change(
                *(round(sum(group.revenue for group in side)) for side in (now, then)), width=13
            )
            lines.append(f"{code:<22}{customers}{revenue}")
    return lines


def _change(now: int, then: int, width: int) -> str:
    change = f"{then - now:+,}" if then != now else "0"
    return f"{now:>{width},}{then:>{width},}{change:>{width}}"


def _moves(moves: Sequence[Group]) -> list[str]:
    return [
        f"{'From':<22}{'to':<22}{'customers':>11}{'revenue':>13}",
        *(
            f"{move.segment_now:<22}{move.segment_then:<22}{move.customers:>11,}{round(move.revenue):>13,}"
            for move in moves
        ),
    ]
