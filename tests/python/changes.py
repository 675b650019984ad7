"""What can happen between two builds; `draw` is a number that picks which order, account or rule."""

import calendar
import csv
import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import strategies

SEEDS = Path(__file__).parents[2] / "seeds"
CHANGED_SEEDS = (
    "segment_mapping",
    "known_order_statuses",
    "exchange_rates",
    "identity_decisions",
    "engagement_weights",
    "engagement_mapping",
)
Row = dict[str, str]


@dataclass
class World:
    """The input of a build."""

    orders: list[Row]
    accounts: list[Row]
    sessions: list[Row]
    requests: list[Row] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    seeds: dict[str, list[Row]] = field(
        default_factory=lambda: {name: _seed_rows(name) for name in CHANGED_SEEDS}
    )

    @classmethod
    def of(cls, orders: Sequence[Row]) -> "World":
        """Give each account with orders a row with a unique email, and each order a session on its day."""
        accounts = [
            {"account_id": account, "email": _email(account), "created_at": f"2018-01-{number:02d}"}
            for number, account in enumerate(sorted({row["account_id"] for row in orders}), start=1)
        ]
        sessions = [
            {
                "session_id": f"s{row['order_id']}",
                "account_id": row["account_id"],
                "started_at": row["ordered_at"][:10],
                "page_views": str(number % 5),
                "duration_seconds": str(30 * (number % 4)),
            }
            for number, row in enumerate(orders)
        ]
        return cls([dict(row) for row in orders], accounts, sessions)

    def latest(self) -> datetime.date:
        """Return the date of the latest order, as written."""
        return max(datetime.date.fromisoformat(row["ordered_at"][:10]) for row in self.orders)


def _seed_rows(name: str) -> list[Row]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _email(account: str) -> str:
    return f"{account}@example.nl"


# --- What can happen between two builds: `draw` is a number that picks which order, account or rule


def new_order(world: World, draw: int) -> None:
    """Someone orders, up to 40 days after the latest order."""
    _order(world, draw, world.latest() + datetime.timedelta(days=draw % 41))


def late_order(world: World, draw: int) -> None:
    """An order of about a year ago arrives late."""
    _order(world, draw, world.latest() - datetime.timedelta(days=300 + draw % 100))


def _order(world: World, draw: int, day: datetime.date) -> None:
    account = world.accounts[draw % len(world.accounts)]["account_id"]
    number = 1 + max(int(row["order_id"][1:]) for row in world.orders)
    cells = {"ordered_at": day.isoformat(), "total_amount": str(1 + draw % 90), "account_id": account}
    world.orders.append(dict.fromkeys(strategies.ROW_COLUMNS, "") | {"order_id": f"o{number:03d}"} | cells)


def corrected_amount(world: World, draw: int) -> None:
    """The amount of an order changes."""
    world.orders[draw % len(world.orders)].update(total_amount=f"{1 + draw % 300}.50", refunded_amount="")


def refund(world: World, draw: int) -> None:
    """An order is refunded, in full or by half a euro."""
    row = world.orders[draw % len(world.orders)]
    row.update(total_amount="12.50", refunded_amount="12.50" if draw % 2 else "0.50")


def other_day(world: World, draw: int) -> None:
    """An order moves to another day of its month."""
    row = world.orders[draw % len(world.orders)]
    row["ordered_at"] = f"{row['ordered_at'][:8]}{1 + draw % 28:02d}"


def disappeared_orders(world: World, draw: int) -> None:
    """Every second to sixth order disappears, except the first."""
    step = 2 + draw % 5
    world.orders[:] = [row for place, row in enumerate(world.orders) if place == 0 or place % step]


def other_account(world: World, draw: int) -> None:
    """An order turns out to belong to another account."""
    accounts = world.accounts
    world.orders[draw % len(world.orders)]["account_id"] = accounts[draw // 7 % len(accounts)]["account_id"]


def late_session(world: World, draw: int) -> None:
    """A visit of up to a year ago arrives late."""
    day = world.latest() - datetime.timedelta(days=draw % 365)
    world.sessions.append(
        {
            "session_id": f"late{len(world.sessions)}",
            "account_id": world.accounts[draw % len(world.accounts)]["account_id"],
            "started_at": day.isoformat(),
            "page_views": str(draw % 9),
            "duration_seconds": "60",
        }
    )


def other_session(world: World, draw: int) -> None:
    """A visit turns out to be longer, or of another day or account."""
    session = world.sessions[draw % len(world.sessions)]
    changed = (
        {"page_views": str(draw % 20)},
        {"started_at": f"{session['started_at'][:8]}{1 + draw % 28:02d}"},
        {"account_id": world.accounts[draw // 7 % len(world.accounts)]["account_id"]},
    )
    session.update(changed[draw % 3])


def disappeared_sessions(world: World, draw: int) -> None:
    """Every second to sixth visit disappears, except the first."""
    step = 2 + draw % 5
    world.sessions[:] = [row for place, row in enumerate(world.sessions) if place == 0 or place % step]


def engagement_rule(world: World, draw: int) -> None:
    """An act weighs more, or a rule leads to another band."""
    weights, rules = world.seeds["engagement_weights"], world.seeds["engagement_mapping"]
    if draw % 2:
        weights[draw % len(weights)]["weight"] = f"{1 + draw % 4}.25"
    else:
        rules[draw % len(rules)]["band_code"] = rules[draw // 7 % len(rules)]["band_code"]


def engagement_window(world: World, draw: int) -> None:
    """The window of engagement becomes longer or shorter."""
    world.variables["engagement_window_months"] = (6, 1, 12)[draw % 3]


def merged_customers(world: World, draw: int) -> None:
    """Two accounts share an email: they are one customer."""
    accounts = world.accounts
    accounts[draw % len(accounts)]["email"] = accounts[draw // 7 % len(accounts)]["email"]


def split_customers(world: World, draw: int) -> None:
    """All accounts have a unique email again."""
    for account in world.accounts:
        account["email"] = _email(account["account_id"])


def older_record(world: World, draw: int) -> None:
    """An account older than all others appears with someone's email: the customer's id changes."""
    email = world.accounts[draw % len(world.accounts)]["email"]
    number = len(world.accounts)
    created_at = f"{2017 - number // 12 % 20}-{12 - number % 12:02d}-01"
    world.accounts.append({"account_id": f"old{number}", "email": email, "created_at": created_at})


def reviewed_pair(world: World, draw: int) -> None:
    """A reviewer decides that two accounts are one person, or are not, or withdraws that."""
    decisions = world.seeds["identity_decisions"]
    records = [f"webshop/account/{account['account_id']}" for account in world.accounts]
    pair = sorted({records[draw % len(records)], records[draw // 7 % len(records)]})
    if decisions or len(pair) < 2:
        decisions.clear()
    else:
        decision = "merge" if draw % 2 else "keep_apart"
        cells = {"record_key": pair[0], "other_record_key": pair[1], "decision": decision, "reason": ""}
        decisions.append(cells)


def erased_person(world: World, draw: int) -> None:
    """Someone asks to be erased, in the past half year."""
    day = world.latest() - datetime.timedelta(days=draw % 180)
    email = world.accounts[draw % len(world.accounts)]["email"]
    world.requests.append({"email": email, "requested_at": f"{day} 12:00"})


def mapping_rule(world: World, draw: int) -> None:
    """A rule leads to another segment."""
    rules = world.seeds["segment_mapping"]
    rules[draw % len(rules)]["segment_code"] = rules[draw // 7 % len(rules)]["segment_code"]


def excluded_status(world: World, draw: int) -> None:
    """Paid orders no longer count, or count again."""
    paid = next(row for row in world.seeds["known_order_statuses"] if row["status"] == "paid")
    paid["counts"] = "false" if paid["counts"] == "true" else "true"


def exchange_rate(world: World, draw: int) -> None:
    """A currency is worth more."""
    currency = ("USD", "GBP")[draw % 2]
    for row in world.seeds["exchange_rates"]:
        if row["from_currency"] == currency:
            row["rate"] = f"{float(row['rate']) * (2 + draw % 3):.8f}"


def window(world: World, draw: int) -> None:
    """The window of frequency and monetary becomes longer or shorter."""
    world.variables["rfm_window_months"] = (24, 1, 6, 12)[draw % 4]


def tie_method(world: World, draw: int) -> None:
    """Ties are split, ranked, or neither."""
    world.variables["rfm_tie_method"] = ("ntile", "together", "rank")[draw % 3]


def month_end(world: World, draw: int) -> None:
    """As of an earlier month-end."""
    day = world.latest() - datetime.timedelta(days=draw % 400)
    world.variables["as_of_date"] = day.replace(day=calendar.monthrange(day.year, day.month)[1])


def moved_back(world: World, draw: int) -> None:
    """As of an earlier day, usually in the middle of a month."""
    world.variables["as_of_date"] = world.latest() - datetime.timedelta(days=draw % 400)


def next_day(world: World, draw: int) -> None:
    """As of the day after."""
    today = world.variables.get("as_of_date") or world.latest()
    world.variables["as_of_date"] = today + datetime.timedelta(days=1)


def latest_again(world: World, draw: int) -> None:
    """As of the latest purchase."""
    world.variables["as_of_date"] = None


def nothing(world: World, draw: int) -> None:
    """Nothing happens."""


Change = Callable[[World, int], None]
CHANGES: tuple[Change, ...] = (
    new_order,
    late_order,
    corrected_amount,
    refund,
    other_day,
    disappeared_orders,
    other_account,
    late_session,
    other_session,
    disappeared_sessions,
    engagement_rule,
    engagement_window,
    merged_customers,
    split_customers,
    older_record,
    reviewed_pair,
    erased_person,
    mapping_rule,
    excluded_status,
    exchange_rate,
    window,
    tie_method,
    month_end,
    moved_back,
    next_day,
    latest_again,
    nothing,
)
