"""Independent oracle: what the marts must hold, written from the definitions alone.

Slow and obvious on purpose: plain loops over plain values, no SQL, no histograms, nothing shared with the
project's models. Money goes in and comes out as ``Decimal`` with four places and is summed as whole
ten-thousandths (``units``). Dates are ``datetime.date``, instants naive ``datetime`` in UTC, a null in a
column of text, dates or money is None and in a column of floats NaN.

The usual chain::

    orders = classify(orders_from_rows(rows), known_statuses)
    as_of = latest_purchase_date(orders)
    rows_per_snapshot = history(orders, as_of, 24, mapping)
    snapshots(orders, rows_per_snapshot, as_of, 24)
"""

import calendar
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import networkx as nx
import pandas as pd

WorstFirst = Literal["greatest", "least"]
TieMethod = Literal["together", "ntile", "rank"]
Record = TypeVar("Record", bound=Hashable)

SCORES = (1, 2, 3, 4, 5)
Z_95 = Decimal("1.959963984540054")
NEW_CUSTOMER = "(new)"
PROSPECT = "prospect"
LOST = "lost"
# Of each metric: which values are the worst, those that sort first on the way to score 1.
METRICS: dict[str, tuple[str, WorstFirst]] = {
    "recency_days": ("r_score", "greatest"),
    "frequency": ("f_score", "least"),
    "monetary": ("m_score", "least"),
}

ORDER_COLUMNS = [
    "order_id",
    "customer_id",
    "ordered_at",
    "order_date",
    "total_amount",
    "refunded_amount",
    "status",
    "rate",
    "account_id",
    "email",
    "currency_code",
    "is_cancelled",
    "parent_order_id",
]
STATUS_COLUMNS = [
    "status",
    "normalised_status",
    "is_known",
    "counts",
    "orders",
    "counted_orders",
    "excluded_orders",
    "amount",
]
HISTORY_COLUMNS = [
    "customer_id",
    "snapshot_date",
    "recency_days",
    "frequency",
    "monetary",
    "lifetime_orders",
    "r_score",
    "f_score",
    "m_score",
    "rfm_code",
    "segment_code",
    "is_in_window",
]
SNAPSHOT_COLUMNS = [
    "snapshot_date",
    "previous_snapshot_date",
    "window_start_date",
    "is_month_end",
    "is_window_full",
    "customers",
    "customers_in_window",
]
BOUNDARY_COLUMNS = ["snapshot_date", "metric", "score", "value_from", "value_to", "customers"]
TRANSITION_COLUMNS = [
    "snapshot_date",
    "previous_snapshot_date",
    "from_segment",
    "to_segment",
    "customers",
    "transition_rate",
    "rate_low",
    "rate_high",
    "is_complete",
]
COHORT_COLUMNS = [
    "cohort_month",
    "months_since_first_order",
    "cohort_size",
    "active_customers",
    "retention_rate",
    "retention_low",
    "retention_high",
    "net_revenue",
    "cumulative_net_revenue",
    "cumulative_revenue_per_customer",
    "is_complete",
]
CUSTOMER_COLUMNS = [
    "customer_id",
    "first_order_date",
    "last_order_date",
    "lifetime_orders",
    "lifetime_net_revenue",
    "average_order_value",
]


# --- Small helpers: nulls, money, months, intervals ---------------------------------------------------------


def is_null(value: Any) -> bool:
    """Whether a cell is None, NaN, NaT or NA."""
    return value is None or bool(pd.isna(value))


def text_or_none(value: Any) -> str | None:
    """A cell without the white space around it; an empty one is null."""
    if is_null(value):
        return None
    return str(value).strip() or None


def units(amount: Decimal) -> int:
    """An amount as whole ten-thousandths; an amount with more than four decimals is an error."""
    numerator, denominator = amount.as_integer_ratio()
    whole, rest = divmod(numerator * 10_000, denominator)
    if rest:
        raise ValueError(f"{amount} has more than four decimals")
    return whole


def money(amount_units: int) -> Decimal:
    """Whole ten-thousandths as a decimal with four places."""
    return Decimal(amount_units).scaleb(-4)


def divide_half_away(numerator: int, denominator: int) -> int:
    """Divide by a positive integer and round to an integer, halves away from zero."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def first_of_month(day: date) -> date:
    """Give the first day of a date's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """Give the last day of a date's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def is_month_end(day: date) -> bool:
    """Whether a date is the last day of its month."""
    return day == last_of_month(day)


def month_number(day: date) -> int:
    """Count months since the year 0, so that months can be subtracted."""
    return day.year * 12 + day.month - 1


def minus_months(day: date, months: int) -> date:
    """Go back whole months; a day that the month does not have becomes its last day."""
    year, month = divmod(month_number(day) - months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day))


@cache
def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95% Wilson score interval without continuity correction, worked out in 50 decimals."""
    with localcontext() as context:
        context.prec = 50
        share = Decimal(successes) / trials
        centre = share + Z_95**2 / (2 * trials)
        margin = Z_95 * (share * (1 - share) / trials + Z_95**2 / (4 * Decimal(trials) ** 2)).sqrt()
        scale = 1 + Z_95**2 / trials
        low = max(Decimal(0), (centre - margin) / scale)
        high = min(Decimal(1), (centre + margin) / scale)
        return float(low), float(high)


def rate_with_interval(successes: int, trials: int) -> tuple[float, float, float]:
    """Give a share and its limits; of nothing, three times null."""
    if trials == 0:
        return (float("nan"),) * 3
    return (successes / trials, *wilson_interval(successes, trials))


# --- Timestamps ---------------------------------------------------------------------------------------------

_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[T ](?P<hour>\d{2}):(?P<minute>\d{2})"
    r"(:(?P<second>\d{2})(\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<offset_hours>\d{2})(:(?P<offset_minutes>\d{2}))?)?",
    re.ASCII,
)


def _in_utc(local: datetime, zone: str) -> datetime:
    # fold=0 takes the offset from before a clock change: that moves a time in the gap forward by the
    # width of the gap, and makes a double hour the earlier one.
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(timezone.utc).replace(tzinfo=None)


def instant(text: str, source_timezone: str, business_timezone: str) -> datetime:
    """Give the naive UTC instant of a contract timestamp; a bare date is its local midnight."""
    text = text.strip()
    if _BARE_DATE.fullmatch(text):
        return _in_utc(datetime.combine(date.fromisoformat(text), time()), business_timezone)
    parts = _TIMESTAMP.fullmatch(text)
    if parts is None:
        raise ValueError(f"not a timestamp of the contract: {text!r}")
    local = datetime.combine(
        date.fromisoformat(parts["date"]),
        time(
            int(parts["hour"]),
            int(parts["minute"]),
            int(parts["second"] or 0),
            int((parts["fraction"] or "0").ljust(6, "0")[:6]),
        ),
    )
    if parts["zone"] is None:
        return _in_utc(local, source_timezone)
    if parts["zone"] == "Z":
        return local
    offset = timedelta(hours=int(parts["offset_hours"]), minutes=int(parts["offset_minutes"] or 0))
    return local - offset if parts["sign"] == "+" else local + offset


def order_date(text: str, source_timezone: str, business_timezone: str) -> date:
    """Give the local date of a contract timestamp; a bare date is that date, in no zone."""
    if _BARE_DATE.fullmatch(text.strip()):
        return date.fromisoformat(text.strip())
    moment = instant(text, source_timezone, business_timezone)
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(business_timezone)).date()


# --- Orders -------------------------------------------------------------------------------------------------


def orders_from_rows(
    rows: Iterable[Mapping[str, Any]],
    source_timezone: str = "UTC",
    business_timezone: str = "Europe/Amsterdam",
    base_currency: str = "EUR",
    rates: Mapping[tuple[date, str], Decimal] | None = None,
) -> pd.DataFrame:
    """Turn raw rows of the contract's orders, all of them valid, into the oracle's input.

    The customer is the account, else the email. ``rates`` gives the rate to the base currency by first day
    of the month and upper-case currency code; a rate that is missing is an error here (such a row is not
    valid).
    """
    records = []
    for row in rows:
        local_date = order_date(row["ordered_at"], source_timezone, business_timezone)
        currency = (text_or_none(row.get("currency_code")) or base_currency).upper()
        refunded = text_or_none(row.get("refunded_amount"))
        is_base = currency == base_currency.strip().upper()
        records.append(
            {
                "order_id": text_or_none(row["order_id"]),
                "customer_id": text_or_none(row["account_id"]) or guest_email(row),
                "ordered_at": instant(row["ordered_at"], source_timezone, business_timezone),
                "order_date": local_date,
                "total_amount": Decimal(str(row["total_amount"]).strip()),
                "refunded_amount": None if refunded is None else Decimal(refunded),
                "status": text_or_none(row.get("status")),
                "rate": None if is_base else (rates or {})[first_of_month(local_date), currency],
                "account_id": text_or_none(row["account_id"]),
                "email": guest_email(row),
                "currency_code": currency,
                "is_cancelled": text_or_none(row.get("cancelled_at")) is not None,
                "parent_order_id": text_or_none(row.get("parent_order_id")),
            }
        )
    return _frame(records, ORDER_COLUMNS)


def guest_email(row: Mapping[str, Any]) -> str | None:
    """Give an email as guests are compared by it: trimmed, in lower case."""
    return (text_or_none(row.get("email")) or "").lower() or None


def counted_refund(total: Decimal, refunded: Any) -> Decimal:
    """Give what a refund counts for: without its sign, and never for more than the total."""
    return Decimal(0) if is_null(refunded) or total < 0 else min(abs(refunded), total)


def normalised_status(status: str) -> str:
    """Give a status as statuses are compared: `wc-Annulée` as annulee, `On_hold` as on-hold."""
    letters = unicodedata.normalize("NFD", status.strip().lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare.replace(" ", "-").replace("_", "-").removeprefix("wc-")


def _status_counts(status: Any, known_statuses: Mapping[str, bool]) -> bool:
    """Whether orders with a status count: those of an unknown one do, and those of none."""
    text = text_or_none(status)
    return text is None or known_statuses.get(normalised_status(text), True)


def _settled_credit_notes(orders: Sequence[Mapping[str, Any]], undone: set[str]) -> set[str]:
    """Give the credit notes for money that is already out; ``undone`` are excluded by status or cancelled."""
    by_id = {order["order_id"]: order for order in orders}
    settled: set[str] = set()
    loose: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    repaid: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for order in sorted(orders, key=lambda order: (order["ordered_at"], order["order_id"])):
        total, is_undone = order["total_amount"], order["order_id"] in undone
        refund = counted_refund(total, order["refunded_amount"])
        buyer = ("account", order["account_id"]) if order["account_id"] else ("email", order["email"])
        alike = (*buyer, order["currency_code"], abs(total))
        parent = by_id.get(order["parent_order_id"])
        if total > 0 and (is_undone or refund == total):
            repaid[alike].append(order)
        elif total < 0 and not is_undone and parent is None:
            loose[alike].append(order)
        elif total < 0 and not is_undone and parent is not None:
            covers = counted_refund(parent["total_amount"], parent["refunded_amount"]) >= -total
            if parent["order_id"] in undone or covers:
                settled.add(order["order_id"])
    for alike, notes in loose.items():
        for order, note in zip(repaid[alike], notes, strict=False):
            if alike[1] is not None and order["ordered_at"] <= note["ordered_at"]:
                settled.add(note["order_id"])
    return settled


def _net_units(total: Decimal, refunded: Any, rate: Any) -> int:
    net = units(total) - units(counted_refund(total, refunded))
    if is_null(rate):
        return net
    numerator, denominator = rate.as_integer_ratio()
    return divide_half_away(net * numerator, denominator)


def _outcome(exclusion_reason: str | None, total: Decimal, net: int) -> str:
    if exclusion_reason is not None:
        return "excluded"
    if total < 0:
        return "credit_note"
    if total == 0:
        return "no_value"
    return "purchase" if net > 0 else "refunded"


def classify(orders: pd.DataFrame, known_statuses: Mapping[str, bool]) -> pd.DataFrame:
    """Add net_amount (base currency), exclusion_reason, is_purchase, is_credit_note and outcome.

    ``known_statuses`` says of normalised statuses whether they count.
    """
    records = orders.to_dict("records")
    reasons: dict[str, str] = {}
    for order in records:
        if not _status_counts(order["status"], known_statuses):
            reasons[order["order_id"]] = "status"
        elif order["is_cancelled"]:
            reasons[order["order_id"]] = "cancelled"
    reasons |= dict.fromkeys(_settled_credit_notes(records, set(reasons)), "settled")
    net_amounts, outcomes = [], []
    for order in records:
        if isinstance(order["order_date"], datetime):
            raise TypeError("order_date must be a date, not a timestamp")
        net = _net_units(order["total_amount"], order["refunded_amount"], order.get("rate"))
        net_amounts.append(money(net))
        outcomes.append(_outcome(reasons.get(order["order_id"]), order["total_amount"], net))
    return orders.assign(
        exclusion_reason=pd.Series([reasons.get(o) for o in orders["order_id"]], orders.index, dtype=object),
        net_amount=pd.Series(net_amounts, index=orders.index, dtype=object),
        is_purchase=pd.Series([o == "purchase" for o in outcomes], index=orders.index, dtype=bool),
        is_credit_note=pd.Series([o == "credit_note" for o in outcomes], index=orders.index, dtype=bool),
        outcome=pd.Series(outcomes, index=orders.index, dtype=object),
    )


def latest_purchase_date(orders: pd.DataFrame) -> date | None:
    """Give the default of as_of_date: the latest purchase date in classified orders, None without any."""
    return max(orders.loc[orders["is_purchase"], "order_date"], default=None)


def shown_status(status: Any) -> str | None:
    """Give a status as marts show it: in lower case, without emails and long numbers."""
    text = text_or_none(status)
    if text is not None and "@" in text:
        return "(contains an email address)"
    return None if text is None else re.sub("[0-9]{5,}", "#", text.lower())


def order_statuses(orders: pd.DataFrame, known_statuses: Mapping[str, bool]) -> pd.DataFrame:
    """Give order_statuses: one row per status as it is shown, of classified orders."""
    rows: dict[str | None, dict[str, Any]] = {}
    for order in orders.to_dict("records"):
        text, shown = text_or_none(order["status"]), shown_status(order["status"])
        normalised = None if text is None else normalised_status(text)
        row = rows.setdefault(
            shown,
            {
                "status": shown,
                "normalised_status": shown_status(normalised),
                "is_known": normalised in known_statuses,
                "counts": _status_counts(text, known_statuses),
                "orders": 0,
                "counted_orders": 0,
                "excluded_orders": 0,
                "amount": Decimal(0),
            },
        )
        row["orders"] += 1
        row["counted_orders" if order["exclusion_reason"] is None else "excluded_orders"] += 1
        row["amount"] += order["net_amount"]
    return _frame(list(rows.values()), STATUS_COLUMNS)


class Counted(NamedTuple):
    """A purchase or a credit note on or before as_of: an order that counts for something."""

    customer_id: str
    order_date: date
    net: int
    is_purchase: bool


def _counted(orders: pd.DataFrame, as_of: date | None) -> list[Counted]:
    """Give the orders that count; without any purchase there is no as_of and nothing is cut off."""
    return [
        Counted(order["customer_id"], order["order_date"], units(order["net_amount"]), order["is_purchase"])
        for order in orders.to_dict("records")
        if (order["is_purchase"] or order["is_credit_note"])
        and (as_of is None or order["order_date"] <= as_of)
    ]


def _by_customer(counted: Iterable[Counted]) -> dict[str, list[Counted]]:
    """Give the orders per customer, of customers with at least one purchase only."""
    per_customer: dict[str, list[Counted]] = defaultdict(list)
    for order in counted:
        per_customer[order.customer_id].append(order)
    return {
        customer: own for customer, own in sorted(per_customer.items()) if any(o.is_purchase for o in own)
    }


# --- Scores and segments ------------------------------------------------------------------------------------


def tie_safe_scores(values: Sequence[Any], worst_first: WorstFirst) -> list[int]:
    """Give each value its score of 1 to 5: NTILE(5) that never splits a tie.

    Sort from worst to best (``worst_first`` says which values are the worst). The first bucket ends with the
    value at position ceil(N / 5) and takes all who have that value; the next ends with the value at position
    ceil(rest / 4) of those who are left, and so on with 3, 2 and 1.
    """
    left = sorted(values, reverse=worst_first == "greatest")
    score_of: dict[Any, int] = {}
    for score, buckets_left in zip(SCORES, (5, 4, 3, 2, 1), strict=True):
        if not left:
            break
        position = -(-len(left) // buckets_left)  # counted from 1
        last_value = left[position - 1]
        end = position
        while end < len(left) and left[end] == last_value:
            end += 1
        for value in left[:end]:
            score_of[value] = score
        left = left[end:]
    return [score_of[value] for value in values]


def ntile_scores(values: Sequence[Any], customer_ids: Sequence[str], worst_first: WorstFirst) -> list[int]:
    """Give each value its score by SQL's plain NTILE(5), ties in ascending order of customer_id."""
    by_id = sorted(range(len(values)), key=lambda i: customer_ids[i])
    ranked = sorted(by_id, key=lambda i: values[i], reverse=worst_first == "greatest")  # stable both ways
    size, larger_buckets = divmod(len(values), 5)
    scores_in_order = [score for score in SCORES for _ in range(size + (score <= larger_buckets))]
    scores = [0] * len(values)
    for i, score in zip(ranked, scores_in_order, strict=True):
        scores[i] = score
    return scores


def rank_scores(values: Sequence[Any], worst_first: WorstFirst) -> list[int]:
    """Give each value its score by how many of all values are strictly worse."""
    if worst_first == "greatest":
        worse = [sum(other > value for other in values) for value in values]
    else:
        worse = [sum(other < value for other in values) for value in values]
    return [1 + 5 * k // len(values) for k in worse]


def _scores(values: Sequence[Any], ids: Sequence[str], worst: WorstFirst, tie_method: TieMethod) -> list[int]:
    if tie_method == "together":
        return tie_safe_scores(values, worst)
    if tie_method == "ntile":
        return ntile_scores(values, ids, worst)
    if tie_method == "rank":
        return rank_scores(values, worst)
    raise ValueError(f"unknown tie method {tie_method!r}")


class Rule(NamedTuple):
    """A row of the seed segment_mapping."""

    priority: int
    segment_code: str
    r: tuple[int, int]
    f: tuple[int, int]
    m: tuple[int, int]
    one_order_only: bool

    def fits(self, r: int, f: int, m: int, has_one_order: bool) -> bool:
        """Whether the scores lie within the limits, and the customer has one order if that is asked."""
        return (
            self.r[0] <= r <= self.r[1]
            and self.f[0] <= f <= self.f[1]
            and self.m[0] <= m <= self.m[1]
            and (has_one_order or not self.one_order_only)
        )


def mapping_rules(mapping: pd.DataFrame) -> list[Rule]:
    """Read the seed's rows, in order of priority."""
    rules = [
        Rule(
            int(row["priority"]),
            str(row["segment_code"]).strip(),
            (int(row["r_min"]), int(row["r_max"])),
            (int(row["f_min"]), int(row["f_max"])),
            (int(row["m_min"]), int(row["m_max"])),
            (text_or_none(row["one_order_only"]) or "").lower() == "true",
        )
        for row in mapping.to_dict("records")
    ]
    return sorted(rules)


def segment_of(rules: Sequence[Rule], r: int, f: int, m: int, has_one_order: bool) -> str:
    """Give the segment of the first rule that fits; a cell without any is an error."""
    for rule in rules:
        if rule.fits(r, f, m, has_one_order):
            return rule.segment_code
    raise ValueError(f"no rule for R {r}, F {f}, M {m}, one order: {has_one_order}")


# --- Snapshots and history ----------------------------------------------------------------------------------


def _first_purchase_date(orders: pd.DataFrame, as_of: date | None) -> date | None:
    return min((o.order_date for o in _counted(orders, as_of) if o.is_purchase), default=None)


def snapshot_dates(orders: pd.DataFrame, as_of: date | None) -> list[date]:
    """Every month-end from the first purchase's month on, and as_of itself as the last one."""
    first = _first_purchase_date(orders, as_of)
    if as_of is None or first is None:
        return []
    dates = []
    month_end = last_of_month(first)
    while month_end < as_of:
        dates.append(month_end)
        month_end = last_of_month(month_end + timedelta(days=1))
    return [*dates, as_of]


def window_start_date(snapshot: date, window_months: int) -> date:
    """Give the first day of the window that ends with a snapshot date."""
    if is_month_end(snapshot):
        return minus_months(first_of_month(snapshot), window_months - 1)
    return minus_months(snapshot, window_months) + timedelta(days=1)


def _customer_at(customer: str, own: Sequence[Counted], snapshot: date, start: date) -> dict[str, Any] | None:
    """Give a customer's values as of a snapshot, None for who is not a customer yet."""
    until = [order for order in own if order.order_date <= snapshot]
    purchases = [order for order in until if order.is_purchase]
    if not purchases:
        return None
    frequency = sum(order.order_date >= start for order in purchases)
    in_window = sum(order.net for order in until if order.order_date >= start)
    return {
        "customer_id": customer,
        "snapshot_date": snapshot,
        "recency_days": (snapshot - max(order.order_date for order in purchases)).days,
        "frequency": frequency,
        "monetary": money(in_window if frequency else 0),
        "lifetime_orders": len(purchases),
        "r_score": 1,
        "f_score": 1,
        "m_score": 1,
        "segment_code": LOST,
        "is_in_window": frequency > 0,
    }


def _score_customers(scored: list[dict[str, Any]], rules: Sequence[Rule], tie_method: TieMethod) -> None:
    """Fill in scores and segments of the customers in the window."""
    ids = [row["customer_id"] for row in scored]
    for metric, (score_column, worst_first) in METRICS.items():
        scores = _scores([row[metric] for row in scored], ids, worst_first, tie_method)
        for row, score in zip(scored, scores, strict=True):
            row[score_column] = score
    for row in scored:
        has_one_order = row["lifetime_orders"] == 1
        row["segment_code"] = segment_of(rules, row["r_score"], row["f_score"], row["m_score"], has_one_order)


def history(
    orders: pd.DataFrame,
    as_of: date | None,
    window_months: int,
    mapping: pd.DataFrame,
    tie_method: TieMethod = "together",
) -> pd.DataFrame:
    """Give customer_segment_history, by snapshot_date and customer_id."""
    rules = mapping_rules(mapping)
    per_customer = _by_customer(_counted(orders, as_of))
    rows: list[dict[str, Any]] = []
    for snapshot in snapshot_dates(orders, as_of):
        start = window_start_date(snapshot, window_months)
        at_snapshot = [_customer_at(customer, own, snapshot, start) for customer, own in per_customer.items()]
        customers = [row for row in at_snapshot if row is not None]
        _score_customers([row for row in customers if row["is_in_window"]], rules, tie_method)
        rows.extend(customers)
    for row in rows:
        row["rfm_code"] = f"{row['r_score']}{row['f_score']}{row['m_score']}"
    return _frame(rows, HISTORY_COLUMNS)


def snapshots(
    orders: pd.DataFrame, history_rows: pd.DataFrame, as_of: date | None, window_months: int
) -> pd.DataFrame:
    """Give one row per snapshot date; counts come from the history of the same window."""
    customers = Counter(history_rows["snapshot_date"])
    in_window = Counter(history_rows.loc[history_rows["is_in_window"].astype(bool), "snapshot_date"])
    first = _first_purchase_date(orders, as_of)
    rows: list[dict[str, Any]] = []
    previous = None
    for snapshot in snapshot_dates(orders, as_of):
        start = window_start_date(snapshot, window_months)
        rows.append(
            {
                "snapshot_date": snapshot,
                "previous_snapshot_date": previous,
                "window_start_date": start,
                "is_month_end": is_month_end(snapshot),
                "is_window_full": first is not None and first_of_month(first) <= first_of_month(start),
                "customers": customers[snapshot],
                "customers_in_window": in_window[snapshot],
            }
        )
        previous = snapshot
    return _frame(rows, SNAPSHOT_COLUMNS)


def boundaries(history_rows: pd.DataFrame) -> pd.DataFrame:
    """Give rfm_score_boundaries: the least and greatest value of the customers in the window per score."""
    groups: dict[tuple[date, str, int], list[Decimal]] = defaultdict(list)
    for row in history_rows.to_dict("records"):
        if row["is_in_window"]:
            for metric, (score_column, _) in METRICS.items():
                groups[row["snapshot_date"], metric, row[score_column]].append(Decimal(row[metric]))
    rows = [
        {
            "snapshot_date": snapshot,
            "metric": metric,
            "score": score,
            "value_from": min(values),
            "value_to": max(values),
            "customers": len(values),
        }
        for (snapshot, metric, score), values in sorted(groups.items())
    ]
    return _frame(rows, BOUNDARY_COLUMNS)


def transitions(history_rows: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    """Give segment_transitions: (new) and each segment to each segment, zero-filled; prospect is left out."""
    codes = [code for code in segments if code != PROSPECT]
    segment_at: dict[date, dict[str, str]] = defaultdict(dict)
    for row in history_rows.to_dict("records"):
        segment_at[row["snapshot_date"]][row["customer_id"]] = row["segment_code"]
    dates = sorted(segment_at)
    rows: list[dict[str, Any]] = []
    for previous, snapshot in pairwise(dates):
        moves = _moves(segment_at[previous], segment_at[snapshot])
        if not {code for move in moves for code in move} <= {NEW_CUSTOMER, *codes}:
            raise ValueError("the history has a segment that is not in the list")
        for from_segment in (NEW_CUSTOMER, *codes):
            total = sum(moves[from_segment, to_segment] for to_segment in codes)
            for to_segment in codes:
                customers = moves[from_segment, to_segment]
                rate, low, high = rate_with_interval(customers, total)
                rows.append(
                    {
                        "snapshot_date": snapshot,
                        "previous_snapshot_date": previous,
                        "from_segment": from_segment,
                        "to_segment": to_segment,
                        "customers": customers,
                        "transition_rate": rate,
                        "rate_low": low,
                        "rate_high": high,
                        "is_complete": is_month_end(snapshot),
                    }
                )
    return _frame(rows, TRANSITION_COLUMNS)


def _moves(before: Mapping[str, str], after: Mapping[str, str]) -> Counter[tuple[str, str]]:
    gone = before.keys() - after.keys()
    if gone:
        raise ValueError(f"customers of one snapshot are missing in the next: {sorted(gone)[:3]}")
    return Counter((before.get(customer, NEW_CUSTOMER), segment) for customer, segment in after.items())


# --- Cohorts ------------------------------------------------------------------------------------------------


def cohorts(orders: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Give cohort_retention: one row per cohort and observed month, by cohort_month and month."""
    if as_of is None:
        return _frame([], COHORT_COLUMNS)
    members: dict[date, list[list[Counted]]] = defaultdict(list)
    for own in _by_customer(_counted(orders, as_of)).values():
        members[first_of_month(min(o.order_date for o in own if o.is_purchase))].append(own)
    rows: list[dict[str, Any]] = []
    for cohort_month in sorted(members):
        rows.extend(_cohort_rows(cohort_month, members[cohort_month], as_of))
    return _frame(rows, COHORT_COLUMNS)


def _cohort_rows(cohort_month: date, members: list[list[Counted]], as_of: date) -> list[dict[str, Any]]:
    active: Counter[int] = Counter()
    revenue: Counter[int] = Counter()
    for own in members:
        active.update({_months_after(cohort_month, o.order_date) for o in own if o.is_purchase})
        for order in own:  # a credit note before the first purchase counts in month 0
            revenue[max(0, _months_after(cohort_month, order.order_date))] += order.net
    size, cumulative, rows = len(members), 0, []
    last_month = _months_after(cohort_month, as_of)
    for month in range(last_month + 1):
        cumulative += revenue[month]
        rate, low, high = rate_with_interval(active[month], size)
        rows.append(
            {
                "cohort_month": cohort_month,
                "months_since_first_order": month,
                "cohort_size": size,
                "active_customers": active[month],
                "retention_rate": rate,
                "retention_low": low,
                "retention_high": high,
                "net_revenue": money(revenue[month]),
                "cumulative_net_revenue": money(cumulative),
                "cumulative_revenue_per_customer": money(divide_half_away(cumulative, size)),
                "is_complete": month < last_month or is_month_end(as_of),
            }
        )
    return rows


def _months_after(cohort_month: date, day: date) -> int:
    return month_number(day) - month_number(cohort_month)


# --- Customers ----------------------------------------------------------------------------------------------


def customer_order_facts(orders: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
    """Give the order columns of customer_360, for every customer of any order, whatever its status or date.

    A customer without a purchase has no dates and no average; credit notes count in the revenue all the same.
    """
    per_customer: dict[str, list[Counted]] = {customer: [] for customer in sorted(set(orders["customer_id"]))}
    for order in _counted(orders, as_of):
        per_customer[order.customer_id].append(order)
    rows = []
    for customer, own in per_customer.items():
        dates = [order.order_date for order in own if order.is_purchase]
        revenue = sum(order.net for order in own)
        rows.append(
            {
                "customer_id": customer,
                "first_order_date": min(dates, default=None),
                "last_order_date": max(dates, default=None),
                "lifetime_orders": len(dates),
                "lifetime_net_revenue": money(revenue),
                "average_order_value": money(divide_half_away(revenue, len(dates))) if dates else None,
            }
        )
    return _frame(rows, CUSTOMER_COLUMNS)


def order_numbers(orders: pd.DataFrame, as_of: date | None) -> dict[str, int | None]:
    """Give the order_number of each order up to as_of: a purchase's rank by ordered_at, then order_id.

    Without any purchase there is no as_of (None) and nothing is cut off.
    """
    counter: Counter[str] = Counter()
    numbers: dict[str, int | None] = {}
    kept = [o for o in orders.to_dict("records") if as_of is None or o["order_date"] <= as_of]
    for order in sorted(kept, key=lambda o: (o["ordered_at"], o["order_id"])):
        numbers[order["order_id"]] = None
        if order["is_purchase"]:
            counter[order["customer_id"]] += 1
            numbers[order["order_id"]] = counter[order["customer_id"]]
    return numbers


# --- Identity -----------------------------------------------------------------------------------------------


def components(links: Iterable[tuple[Record, Record]]) -> set[frozenset[Record]]:
    """Give the connected components of links between records; a record alone is a link to itself."""
    graph: nx.Graph = nx.Graph()
    graph.add_edges_from(links)
    return {frozenset(component) for component in nx.connected_components(graph)}


# --- Frames -------------------------------------------------------------------------------------------------

_INTEGERS = {
    "recency_days",
    "frequency",
    "lifetime_orders",
    "r_score",
    "f_score",
    "m_score",
    "score",
    "customers",
    "customers_in_window",
    "months_since_first_order",
    "cohort_size",
    "active_customers",
    "orders",
    "counted_orders",
    "excluded_orders",
}
_BOOLEANS = {
    "is_in_window",
    "is_month_end",
    "is_window_full",
    "is_complete",
    "is_cancelled",
    "is_known",
    "counts",
}
_DOUBLES = {
    "transition_rate",
    "rate_low",
    "rate_high",
    "retention_rate",
    "retention_low",
    "retention_high",
}


def _dtype(column: str) -> str:
    if column in _INTEGERS:
        return "int64"
    if column in _BOOLEANS:
        return "bool"
    if column in _DOUBLES:
        return "float64"
    return "datetime64[us]" if column == "ordered_at" else "object"


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a frame with these columns and fixed dtypes, also of no rows; None stays None."""
    return pd.DataFrame(
        {column: pd.Series([row[column] for row in rows], dtype=_dtype(column)) for column in columns}
    )
