"""The rules that decide past figures: vars, seeds and the version of klant360, as a manifest records them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from klant360.project import PROJECT

# Whether an order is accepted and counts, in which month, and for how much.
ORDER_RULES = frozenset({
    "base_currency", "business_timezone", "source_timezone", "date_order", "decimal_mark", "default_country",
    "earliest_possible_date", "latest_possible_date",
    "countries", "exchange_rates", "identifier_blocklist", "known_order_statuses", "null_words",
    "placeholder_ids",
    "klant360",
})  # fmt: skip
# Also: which records are one customer.
CUSTOMER_RULES = ORDER_RULES | {
    "ignore_email_tags", "ignore_gmail_dots", "max_emails_of_a_guest_phone",
    "first_name_forms", "first_names", "identity_decisions", "identity_rules",
}  # fmt: skip
# Also: which segment a customer is in.
SEGMENT_RULES = CUSTOMER_RULES | {"rfm_tie_method", "rfm_window_months", "segment_mapping"}


def rule_facts(variables: Mapping[str, Any], project: Path = PROJECT) -> dict[str, Any]:
    """Return what a manifest records of the rules: the vars, and a fingerprint of each seed."""
    seeds = sorted((project / "seeds").glob("*.csv"))
    return {
        "vars": dict(variables),
        "seeds": {
            path.stem: hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest()[:16]
            for path in seeds
        },
    }


def changed_rules(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Return the rules of past figures that differ between two manifests, each with what changed."""
    changed = {}
    for name in sorted(SEGMENT_RULES):
        one, other = _rule(before, name), _rule(now, name)
        if one != other:
            is_seed = name in before["seeds"] or name in now["seeds"]
            changed[name] = "its rows" if is_seed else f"{json.dumps(one)}, now {json.dumps(other)}"
    return changed


def _rule(manifest: Mapping[str, Any], name: str) -> Any:
    return {**manifest["vars"], **manifest["seeds"], **manifest["versions"]}.get(name)
