"""What the oracle expects of the marts, and the comparison with those that were built."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

import oracle
import oracle_behaviour
import oracle_campaigns
import oracle_changes
import oracle_channels
import oracle_engagement
import oracle_experiments
import oracle_metrics
import oracle_orders
import oracle_revenue
import oracle_satisfaction
import oracle_segment_profiles
import oracle_service
import oracle_values
from compiled_project import Drawn

SEEDS = Path(__file__).parents[2] / "seeds"
MAPPING = pd.read_csv(SEEDS / "segment_mapping.csv", dtype=str, keep_default_na=False)
WEIGHTS = {
    act: Decimal(weight)
    for act, weight in pd.read_csv(SEEDS / "engagement_weights.csv", dtype=str).itertuples(index=False)
}
BANDS = pd.read_csv(SEEDS / "engagement_mapping.csv", dtype=str)
TIERS = pd.read_csv(SEEDS / "segments.csv").set_index("segment_code")["tier"].to_dict()
METRICS = pd.read_csv(SEEDS / "metrics.csv")
SEGMENTS = pd.read_csv(SEEDS / "segments.csv")["segment_code"].tolist()
CLOSED_STATUSES = pd.read_csv(SEEDS / "closed_ticket_statuses.csv")["status"].tolist()
KNOWN_STATUSES = pd.read_csv(SEEDS / "known_order_statuses.csv").set_index("status")["counts"].to_dict()

# Of a double, as a share of it where it is above 1.
RATE_TOLERANCE = 1e-12
# Of an effect on revenue: in the base currency, and as a share of it.
EFFECT_TOLERANCES = Decimal("0.0002"), Decimal("1e-9")


def assert_marts_are_right(
    drawn: Drawn, variables: Mapping[str, Any], query: Callable[[str], pd.DataFrame]
) -> None:
    """Compare every mart that only depends on orders with the oracle."""
    window = variables.get("rfm_window_months", 24)
    tie_method = variables.get("rfm_tie_method", "together")
    zone = variables.get("business_timezone", "Europe/Amsterdam")
    orders = oracle_orders.orders_from_rows(
        drawn.rows,
        source_timezone=variables.get("source_timezone") or zone,
        business_timezone=zone,
        rates=drawn.rates,
    )
    buyers = orders["customer_id"].nunique()
    customers = customer_ids(query, orders)
    orders["customer_id"] = orders["customer_id"].map(customers)
    orders = oracle_orders.classify(orders, KNOWN_STATUSES)
    assert orders["customer_id"].nunique() == buyers
    latest = oracle_orders.latest_purchase_date(orders)
    as_of = None if latest is None else (drawn.as_of_date or latest)

    history = oracle.history(orders, as_of, window, MAPPING, tie_method)
    expected = {
        "customer_segment_history": (history, 2),
        "customer_segments": (history[history["snapshot_date"] == as_of], 2),
        "snapshots": (oracle.snapshots(orders, history, as_of, window), 1),
        "rfm_score_boundaries": (oracle.boundaries(history), 3),
        "segment_transitions": (oracle.transitions(history, SEGMENTS), 4),
        "cohort_retention": (oracle.cohorts(orders, as_of), 2),
        "orders": (expected_orders(orders, as_of), 1),
        "revenue_reconciliation": (expected_revenue(orders), 1),
        "order_statuses": (oracle_orders.order_statuses(orders, KNOWN_STATUSES), 1),
        "customer_360": (oracle_orders.customer_order_facts(orders, as_of), 1),
    }
    events = cleaned_events(drawn, variables, customers)
    expected |= expected_behaviour(events, variables, orders, history, as_of)
    if as_of is not None:
        expected |= expected_service(events, variables, orders, history, as_of, query)
        frames = {mart: frame for mart, (frame, _) in expected.items()}
        metrics = oracle_metrics.monthly_metrics(orders, frames, as_of)
        targets = query("select metric, month, target from seeds.targets").itertuples(index=False)
        expected["monthly_metrics"] = (metrics, 2)
        expected["target_results"] = (oracle_metrics.target_results(targets, metrics, METRICS, as_of), 2)
    for mart, (frame, key_columns) in expected.items():
        actual = query(f"select {', '.join(frame.columns)} from marts.{mart}")
        if mart == "customer_360":  # it has those who never ordered too
            actual = actual[actual["customer_id"].isin(orders["customer_id"])]
        assert_same_rows(mart, actual, frame, key_columns)


def customer_ids(query: Callable[[str], pd.DataFrame], orders: pd.DataFrame) -> dict[str, str]:
    """Return the customer of each account and of each guest email."""
    identities = query(
        "select source_entity, source_record_id, customer_id from restricted.customer_identities"
    )
    emails = dict(zip(orders["order_id"], orders["email"], strict=True))
    found: dict[str, str] = {}
    for entity, record, customer in identities.itertuples(index=False):
        buyer = emails[record] if entity == "guest_order" else record
        assert found.setdefault(buyer, customer) == customer
    return found


def cleaned_events(
    drawn: Drawn, variables: Mapping[str, Any], customers: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of events by table, with typed cells and the customer of each."""
    zone = variables.get("business_timezone", "Europe/Amsterdam")
    source_zone = variables.get("source_timezone") or zone

    answers = {row["response_id"] for row in drawn.events["service_desk.survey_responses"]}

    def clean(table: str, owner: str) -> list[dict[str, Any]]:
        """Return rows with typed cells, and the customer of the column that names the owner."""
        found = []
        for row in drawn.events[table]:
            cells: dict[str, Any] = {name: value.strip() or None for name, value in row.items()}
            for name, value in cells.items():
                if value is not None and name.endswith("_at"):
                    cells[name] = oracle_values.instant(value, source_zone, zone)
                elif name in ("channel", "traffic_channel"):
                    cells[name] = value and value.lower()
                elif value is not None and name in ("score", "reopened_count"):
                    cells[name] = int(value)
                elif name == "spend_month":
                    cells[name] = datetime.date.fromisoformat(str(value))
                elif name == "amount":
                    cells[name] = Decimal(str(value))
                elif name.startswith("is_"):
                    cells[name] = value == "true"
                elif name == "response_id" and table == "service_desk.survey_invitations":
                    cells[name] = value if value in answers else None  # an unknown one is ignored
            found.append({**cells, "customer_id": customers.get(row.get(owner, ""))})
        return found

    sessions = clean("webshop.sessions", "session_id")
    accounts = {row["account_id"]: customers[row["account_id"]] for row in drawn.events["webshop.accounts"]}
    accounts |= {row["account_id"]: customers[row["account_id"]] for row in drawn.rows if row["account_id"]}
    emails = {record: customer for record, customer in customers.items() if "@" in str(record)}
    owners = oracle_behaviour.session_customers(sessions, accounts, emails)
    return {
        "sessions": [{**row, "customer_id": owners[row["session_id"]]} for row in sessions],
        "campaign_contacts": clean("crm.campaign_contacts", "customer_number"),
        "campaign_spend": clean("crm.campaign_spend", ""),
        "tickets": clean("service_desk.tickets", "contact_id"),
        "survey_invitations": clean("service_desk.survey_invitations", "contact_id"),
        "survey_responses": clean("service_desk.survey_responses", "contact_id"),
    }


def expected_behaviour(
    events: Mapping[str, list[dict[str, Any]]],
    variables: Mapping[str, Any],
    orders: pd.DataFrame,
    history: pd.DataFrame,
    as_of: datetime.date | None,
) -> dict[str, tuple[pd.DataFrame, int]]:
    """Return the marts of behaviour, each with the number of its key columns."""
    zone = variables.get("business_timezone", "Europe/Amsterdam")
    tie_method = variables.get("rfm_tie_method", "together")
    sessions, campaign_contacts = events["sessions"], events["campaign_contacts"]
    tickets, answers = events["tickets"], events["survey_responses"]
    touches = oracle_behaviour.touchpoints(orders, sessions, campaign_contacts, tickets, answers, as_of, zone)
    engagement = oracle_engagement.customer_engagement_history(
        orders, sessions, campaign_contacts, answers, WEIGHTS, BANDS, as_of, 6, tie_method, zone
    )
    window = variables.get("rfm_window_months", 24)
    changes = oracle_changes.segment_changes(orders, history, MAPPING, TIERS, as_of, tie_method)
    return {
        "touchpoints": (touches, 1),
        "customer_journeys": (oracle_behaviour.customer_journeys(touches), 1),
        "customer_engagement_history": (engagement, 2),
        "customer_engagement": (oracle_engagement.customer_engagement(engagement), 1),
        "engagement_score_boundaries": (oracle_engagement.engagement_score_boundaries(engagement), 3),
        "revenue_concentration": (oracle_revenue.revenue_concentration(orders, as_of), 2),
        "revenue_drivers": (oracle_revenue.revenue_drivers(orders, as_of), 1),
        "segment_changes": (changes, 2),
        "segment_change_causes": (oracle_changes.segment_change_causes(changes), 4),
        "early_warnings": (
            oracle_changes.early_warnings(orders, history, MAPPING, TIERS, as_of, window, 3, tie_method),
            1,
        ),
    }


def expected_service(
    events: Mapping[str, list[dict[str, Any]]],
    variables: Mapping[str, Any],
    orders: pd.DataFrame,
    history: pd.DataFrame,
    as_of: datetime.date,
    query: Callable[[str], pd.DataFrame],
) -> dict[str, tuple[pd.DataFrame, int]]:
    """Return the marts of service, channels, campaigns and profiles, each with its number of key columns.

    Attributes that have an oracle elsewhere are those of customer_360.
    """
    zone = variables.get("business_timezone", "Europe/Amsterdam")
    tickets, answers = events["tickets"], events["survey_responses"]
    people = query("select * from marts.customer_360")

    def attribute(name: str) -> dict[str, Any]:
        return dict(zip(people["customer_id"], people[name], strict=True))

    attributes: dict[str, Any] = {
        name: attribute(name)
        for name in ("age_band", "gender", "country_code", "postal_area", "acquisition_channel")
    }
    attributes |= {name: attribute(name) for name in ("preferred_sales_channel", "engagement_band")}
    attributes |= {"device": oracle_segment_profiles.devices(events["sessions"], as_of, zone)}
    return {
        "service_performance": (
            oracle_service.service_performance(tickets, CLOSED_STATUSES, as_of, zone),
            3,
        ),
        "service_by_segment": (
            oracle_service.service_by_segment(orders, tickets, history, as_of, zone),
            2,
        ),
        "service_impact": (oracle_service.service_impact(orders, tickets, answers, as_of, zone), 2),
        "satisfaction_scores": (
            oracle_satisfaction.satisfaction_scores(answers, events["survey_invitations"], as_of, zone),
            2,
        ),
        "satisfaction_by_segment": (
            oracle_satisfaction.satisfaction_by_segment(orders, answers, history, as_of, zone),
            3,
        ),
        "channel_performance": (
            oracle_channels.channel_performance(
                orders,
                attribute("acquisition_channel"),
                events["campaign_spend"],
                events["campaign_contacts"],
                as_of,
                business_timezone=zone,
            ),
            2,
        ),
        "segment_profiles": (oracle_segment_profiles.segment_profiles(history, attributes), 3),
        "campaign_results": (
            oracle_campaigns.campaign_results(orders, events["campaign_contacts"], as_of, zone),
            1,
        ),
        "experiment_results": (
            oracle_experiments.experiment_results(orders, events["sessions"], {}, as_of, zone),
            2,
        ),
    }


def expected_orders(orders: pd.DataFrame, as_of: datetime.date | None) -> pd.DataFrame:
    """Return the columns of marts.orders that the oracle knows."""
    numbers = oracle_orders.order_numbers(orders, as_of)
    kept = orders[orders["order_id"].isin(list(numbers))]
    columns = ["order_id", "customer_id", "ordered_at", "order_date", "net_amount", "is_purchase"]
    return kept[[*columns, "is_credit_note", "exclusion_reason"]].assign(
        status=pd.Series(map(oracle_orders.shown_status, kept["status"]), kept.index, dtype=object),
        order_number=pd.Series([numbers[order] for order in kept["order_id"]], kept.index, dtype=object),
    )


def expected_revenue(orders: pd.DataFrame) -> pd.DataFrame:
    """Return revenue_reconciliation, for all rows."""
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for order in orders.to_dict("records"):
        amounts[order["outcome"]].append(order["net_amount"])
    rows = [(outcome, len(nets), sum(nets, Decimal(0))) for outcome, nets in amounts.items()]
    return pd.DataFrame(rows, columns=["outcome", "orders", "amount"])


def assert_same_rows(name: str, actual: pd.DataFrame, expected: pd.DataFrame, key_columns: int) -> None:
    """Compare frames of the same columns, in any order of rows; the first columns are the key."""
    found, wanted = _by_key(actual, key_columns), _by_key(expected, key_columns)
    assert len(found) == len(actual), f"{name}: a key is there twice"
    assert found.keys() == wanted.keys(), (
        f"{name}: extra rows {sorted(found.keys() - wanted.keys())[:3]},"
        f" missing {sorted(wanted.keys() - found.keys())[:3]}"
    )
    for key, cells in wanted.items():
        for column, cell, found_cell in zip(expected.columns, cells, found[key], strict=True):
            is_same = _is_close if column.endswith("_effect") else _is_same
            assert is_same(found_cell, cell), f"{name} {key} {column}: {found_cell!r}, expected {cell!r}"


def _by_key(frame: pd.DataFrame, key_columns: int) -> dict[tuple[Any, ...], list[Any]]:
    rows = list(zip(*(frame[column].tolist() for column in frame.columns), strict=True))
    return {tuple(map(str, row[:key_columns])): list(row) for row in rows}


def _is_close(found: Any, expected: Any) -> bool:
    """Compare an amount that comes from logarithms, in which the last place is not exact."""
    if oracle_values.is_null(found) or oracle_values.is_null(expected):
        return _is_same(found, expected)
    amount, share = EFFECT_TOLERANCES
    return abs(found - expected) <= amount + share * abs(expected)


def _is_same(found: Any, expected: Any) -> bool:
    if oracle_values.is_null(found) or oracle_values.is_null(expected):
        return oracle_values.is_null(found) and oracle_values.is_null(expected)
    if isinstance(expected, float):
        return abs(found - expected) <= RATE_TOLERANCE * max(1, abs(expected))
    return not isinstance(found, float) and found == expected
