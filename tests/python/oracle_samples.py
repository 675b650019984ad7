"""Orders, statuses, events and the rows of a table for tests of the oracle."""

from datetime import datetime
from typing import Any

import pandas as pd

from oracle_orders import classify, orders_from_rows

NOT_COUNTING = ["cancelled", "geannuleerd", "test", "refunded", "void", "annulee", "pending-payment"]
KNOWN = dict.fromkeys(NOT_COUNTING, False) | {"completed": True, "paid": True}


def make_orders(*cells: tuple[str, str, str], **columns: str) -> pd.DataFrame:
    """Classified orders of (customer, timestamp, total), named o1, o2, ... in the order given."""
    rows = [
        {"order_id": f"o{i}", "account_id": customer, "ordered_at": at, "total_amount": total, **columns}
        for i, (customer, at, total) in enumerate(cells, start=1)
    ]
    return classify(orders_from_rows(rows), KNOWN)


def shown(frame: pd.DataFrame, *columns: str) -> list[list[Any]]:
    """Return rows as lists, of all columns or these."""
    return frame[list(columns or frame.columns)].to_numpy(dtype=object).tolist()


def session(key: str, customer: str | None, started_at: datetime, **columns: Any) -> dict[str, Any]:
    return {"session_id": key, "customer_id": customer, "started_at": started_at, **columns}


def contact(key: str, customer: str, sent_at: datetime, **columns: Any) -> dict[str, Any]:
    return {"contact_id": key, "customer_id": customer, "sent_at": sent_at, **columns}


def answer(key: str, customer: str, responded_at: datetime) -> dict[str, Any]:
    return {"response_id": key, "customer_id": customer, "responded_at": responded_at}
