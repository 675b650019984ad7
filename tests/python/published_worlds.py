"""Publications of drawn customers, made by the oracle: no dbt, so that tests can draw many."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import oracle
import oracle_behaviour
import oracle_campaigns
import oracle_changes
import oracle_channels
import oracle_engagement
import oracle_experiments
import oracle_metrics
import oracle_revenue
import oracle_satisfaction
import oracle_segment_profiles
import oracle_service
from klant360.analytics.cohort_projection import COHORT_PROJECTION_TYPES, cohort_projection
from klant360.analytics.customer_predictions import CUSTOMER_PREDICTIONS_TYPES, customer_predictions
from klant360.analytics.frames import typed
from klant360.analytics.purchase_models import PurchaseModel
from klant360.analytics.segment_forecast import SEGMENT_FORECAST_TYPES, segment_forecast
from klant360.analytics.spend_model import SpendModel
from klant360.analytics.tiles import tie_fair_tiles
from klant360.dashboard.page.render import dashboard
from klant360.publishing.publication import make_publication
from oracle_orders import customer_order_facts, latest_purchase_date, order_numbers
from oracle_samples import make_orders
from warehouses import PROJECT

COUNTRIES = ("NL", "BE", "DE", None)
SHARES = (0.6, 0.25, 0.1, 0.05)
START = date(2024, 1, 1)
# Shares of the channels of what customers do besides buying.
MIX = (0.2, 0.5, 0.3)
# Shares of the kinds of what they do.
KINDS = {"sessions": 0.6, "contacts": 0.2, "tickets": 0.1, "answers": 0.1}
FACTS = {
    "published_at": "2026-01-02T03:04:05+00:00",
    "as_of_date": "2025-12-31",
    "is_demo": True,
    "base_currency": "EUR",
    "min_cell_size": 10,
    "vars": {"business_timezone": "Europe/Amsterdam"},
}
EMPTY = {
    "model_backtests": "model varchar, metric varchar, trained_until date, customers bigint, value double,"
    " baseline varchar, baseline_value double, grade varchar",
    "products": "product_id varchar, product_name varchar, category varchar, is_in_stock boolean",
    "product_affinities": "product_id varchar, also_product_id varchar, customers_product bigint,"
    " customers_also bigint, customers_both bigint, customers bigint, confidence double, lift double,"
    " similarity double, p_value double",
    "rejection_summary": "source_table varchar, reason varchar, column_name varchar, rows bigint",
    "ignored_summary": "source_table varchar, column_name varchar, cells bigint",
    "order_statuses": "status varchar, is_known boolean, counts boolean, orders bigint,"
    " excluded_orders bigint, amount decimal(18, 4)",
    "reference_quality": "source_table varchar, column_name varchar, target_table varchar, filled bigint,"
    " matched bigint, match_rate double, would_match_without varchar",
    "revenue_reconciliation": "outcome varchar, orders bigint, amount decimal(18, 4)",
    "profile_completeness": "source_system varchar, source_entity varchar, field varchar, records bigint,"
    " share_filled double, missing bigint",
}


def draw_orders(rng: np.random.Generator, customers: int, days: int) -> pd.DataFrame:
    """Draw the orders of some customers; most buy once or twice, some often."""
    cells = []
    for customer in range(customers):
        first = int(rng.integers(0, days))
        for _ in range(1 + int(rng.poisson(rng.choice([0.3, 4])))):
            day = START + timedelta(days=int(rng.integers(first, days)))
            amount = -5 if rng.random() < 0.04 else int(rng.integers(5, 200))
            cells.append((f"c{customer:04}", f"{day}T12:00:00Z", f"{amount}.00"))
    return make_orders(*cells)


def publish(folder: Path, orders: pd.DataFrame, seed: int, least: int) -> dict[str, Any]:
    """Write the tables of a publication that the dashboard reads as Parquet; returns its manifest."""
    rng = np.random.default_rng(seed)
    as_of = latest_purchase_date(orders)
    mapping = pd.read_csv(PROJECT / "seeds" / "segment_mapping.csv", dtype=object)
    segments = pd.read_csv(PROJECT / "seeds" / "segments.csv")
    tiers = dict(zip(segments["segment_code"], segments["tier"], strict=True))
    history = oracle.history(orders, as_of, 3, mapping)
    changes = oracle_changes.segment_changes(orders, history, mapping, tiers, as_of)
    # the acts have a stream of their own, so that the orders of a seed stay what they were
    events = draw_events(orders, np.random.default_rng([seed, 1]))
    behaviour = _behaviour(orders, events, as_of)
    customers = _customers(orders, history, behaviour, as_of, rng)
    numbers = order_numbers(orders, as_of)
    tables = {
        **behaviour,
        **_service(orders, events, history, customers, as_of),
        "segment_change_causes": oracle_changes.segment_change_causes(changes),
        "early_warnings": oracle_changes.early_warnings(orders, history, mapping, tiers, as_of, 3),
        "revenue_concentration": oracle_revenue.revenue_concentration(orders, as_of),
        "revenue_drivers": oracle_revenue.revenue_drivers(orders, as_of),
        "engagement_bands": pd.read_csv(PROJECT / "seeds" / "engagement_bands.csv"),
        "segments": segments,
        "customer_360": customers,
        "customer_segments": history[history["snapshot_date"] == as_of],
        "customer_segment_history": history,
        "snapshots": oracle.snapshots(orders, history, as_of, 3),
        "rfm_score_boundaries": oracle.boundaries(history),
        "segment_transitions": oracle.transitions(history, list(segments["segment_code"])),
        "orders": orders.assign(order_number=orders["order_id"].map(numbers)),
        "source_reconciliation": pd.DataFrame(
            {
                "source_table": ["webshop.orders"],
                "rows_read": [len(orders)],
                "rows_accepted": [len(orders)],
                "rows_rejected": [0],
                "rows_erased": [0],
                "latest_event_at": [pd.Timestamp(as_of)],
            }
        ),
    }
    tables |= _predictions(orders, as_of)
    forecast = segment_forecast(tables["segment_transitions"], tables["snapshots"])
    tables["segment_forecast"] = typed(forecast, SEGMENT_FORECAST_TYPES)
    tables |= _metrics(orders, {**tables, "cohort_retention": oracle.cohorts(orders, as_of)}, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register("frame", frame)
            select = _typed(frame) if isinstance(frame, pd.DataFrame) else "*"
            connection.execute(f"copy (select {select} from frame) to '{folder / name}.parquet'")
            connection.unregister("frame")
        for name, columns in EMPTY.items():
            connection.execute(f"create table {name} ({columns})")
            connection.execute(f"copy {name} to '{folder / name}.parquet'")
    sources = {"webshop.orders": len(orders), "crm.campaign_contacts": 1, "webshop.sessions": 1}
    sources |= {"service_desk.tickets": 1, "service_desk.survey_responses": 1}
    return {**FACTS, "run": "r1", "as_of_date": as_of, "min_cell_size": least, "sources": sources}


def publish_marts(warehouse: Path, serve: Path, **facts: Any) -> Path:
    """Publish the marts of a built warehouse with a dashboard; returns the folder that is served."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        read = connection.execute("select source_table, rows_read from marts.source_reconciliation")
        sources = dict(read.fetchall())
    make_publication(warehouse, serve, "r1", {**FACTS, "sources": sources, **facts}, draw=dashboard)
    return serve


def draw_events(orders: pd.DataFrame, rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    """Draw what buyers, and some others, do besides buying; rows by table, with their customer."""
    others = [f"p{number:04}" for number in range(rng.integers(0, 40))]
    days = (max(orders["order_date"]) - START).days + 1
    half = datetime.combine(START, time(0)) + timedelta(days=days / 2)
    events: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("sessions", "contacts", "tickets", "answers", "spend")
    }
    for customer in [*sorted(set(orders["customer_id"])), *others]:
        for _ in range(rng.poisson(rng.choice([0, 1, 6]))):
            at = datetime.combine(START, time(12)) + timedelta(days=int(rng.integers(0, days)))
            # campaigns and experiments end early enough to be complete
            early = min(at, half)
            channel = str(rng.choice(["email", "direct", "search"], p=MIX))
            own = {"customer_id": customer, "channel": channel}
            kind = rng.choice(list(KINDS), p=list(KINDS.values()))
            key = f"{kind[0]}{len(events[kind])}"
            if kind == "sessions":
                own |= {"session_id": key, "started_at": at, "anonymous_id": f"d-{customer}"}
                own |= {"traffic_channel": channel, "duration_seconds": int(rng.integers(9, 900))}
                variant = "ab"[int(customer[1:]) % 2]
                own |= {"experiment": "e", "variant": variant if at < half else None}
                own |= {"is_converted": bool(rng.random() < 0.5), "device": str(rng.choice(["phone", "pc"]))}
            elif kind == "contacts":
                own |= {"contact_id": key, "sent_at": early, "opened_at": early}
                own |= {"campaign_id": "c", "campaign_name": "C"}
                own |= {"is_control": int(customer[1:]) % 3 == 0}
            elif kind == "tickets":
                own |= {"ticket_id": key, "created_at": at, "reopened_count": int(rng.integers(0, 2))}
                own |= {"first_responded_at": at + timedelta(hours=2)}
            else:
                own |= {"response_id": key, "responded_at": at, "survey_type": "nps"}
                own |= {"score": int(rng.integers(0, 11))}
            events[kind].append(own)
    months = {day.replace(day=1) for day in orders["order_date"]}
    events["spend"] = [
        {"spend_month": month, "channel": "search", "amount": Decimal(50), "campaign_id": None}
        for month in sorted(months)
    ]
    return events


def _behaviour(
    orders: pd.DataFrame, events: dict[str, list[dict[str, Any]]], as_of: date | None
) -> dict[str, pd.DataFrame]:
    """Return the marts of touches and engagement."""
    seeds = {
        name: pd.read_csv(PROJECT / "seeds" / f"engagement_{name}.csv", dtype=str)
        for name in ("weights", "mapping")
    }
    weights = {act: Decimal(weight) for act, weight in seeds["weights"].itertuples(index=False)}
    sessions, contacts, tickets, answers = (
        events[name] for name in ("sessions", "contacts", "tickets", "answers")
    )
    history = oracle_engagement.customer_engagement_history(
        orders, sessions, contacts, answers, weights, seeds["mapping"], as_of, 3
    )
    touches = oracle_behaviour.touchpoints(orders, sessions, contacts, tickets, answers, as_of)
    return {
        "customer_engagement_history": history,
        "customer_engagement": oracle_engagement.customer_engagement(history),
        "customer_journeys": oracle_behaviour.customer_journeys(touches),
    }


def _service(
    orders: pd.DataFrame,
    events: dict[str, list[dict[str, Any]]],
    history: pd.DataFrame,
    customers: pd.DataFrame,
    as_of: date | None,
) -> dict[str, pd.DataFrame]:
    """Return the marts of service, satisfaction, channels, campaigns, experiments and profiles."""
    tickets, answers, sessions, contacts = (
        events[name] for name in ("tickets", "answers", "sessions", "contacts")
    )
    channels = {row["customer_id"]: row["traffic_channel"] for row in sessions}
    attributes = {
        name: customers.dropna(subset=[name]).set_index("customer_id")[name].to_dict()
        for name in ("country_code", "engagement_band")
    }
    attributes |= {"device": oracle_segment_profiles.devices(sessions, as_of)}
    return {
        "service_performance": oracle_service.service_performance(tickets, (), as_of),
        "service_by_segment": oracle_service.service_by_segment(orders, tickets, history, as_of),
        "service_impact": oracle_service.service_impact(orders, tickets, answers, as_of),
        "satisfaction_scores": oracle_satisfaction.satisfaction_scores(answers, None, as_of),
        "satisfaction_by_segment": oracle_satisfaction.satisfaction_by_segment(
            orders, answers, history, as_of
        ),
        "channel_performance": oracle_channels.channel_performance(
            orders, channels, events["spend"], (), as_of
        ),
        "campaign_results": oracle_campaigns.campaign_results(orders, contacts, as_of),
        "experiment_results": oracle_experiments.experiment_results(orders, sessions, {}, as_of),
        "segment_profiles": oracle_segment_profiles.segment_profiles(history, attributes),
    }


def _metrics(
    orders: pd.DataFrame, marts: dict[str, pd.DataFrame], as_of: date | None
) -> dict[str, pd.DataFrame]:
    """Return the marts of metrics, with a target for each metric and month."""
    seed = pd.read_csv(PROJECT / "seeds" / "metrics.csv")
    metrics = oracle_metrics.monthly_metrics(orders, marts, as_of)
    targets = [(row.metric, row.month, 5.0) for row in metrics.itertuples(index=False)]
    return {
        "metrics": seed,
        "monthly_metrics": metrics,
        "target_results": oracle_metrics.target_results(targets, metrics, seed, as_of),
    }


def _predictions(orders: pd.DataFrame, as_of: date | None) -> dict[str, Any]:
    """Return the marts of predictions, by models that need not be fitted to so few customers."""
    purchases = orders[orders["is_purchase"]]
    days = purchases.groupby("customer_id")["order_date"].agg(["nunique", "min", "max"])
    customers = pd.DataFrame(
        {
            "customer_id": days.index,
            "purchase_days": days["nunique"].astype("int64"),
            "recency_days": [
                (last - first).days for first, last in zip(days["min"], days["max"], strict=True)
            ],
            "age_days": [(as_of - first).days for first in days["min"]],
            "repeat_spend_units": (days["nunique"].astype("int64") - 1) * 500_000,
        }
    ).reset_index(drop=True)
    models = PurchaseModel(1, 9, 1.3, 6.6, may_leave_at_first=True), SpendModel(6, 3.6, 30)
    predictions = customer_predictions(customers, *models, 1, 0.1)
    projection = cohort_projection(customers, *models, as_of)
    tenth = tie_fair_tiles(predictions["probability_90_days"].to_numpy(), 10)
    bought = np.random.default_rng(len(days)).random(len(days)) < predictions["probability_90_days"]
    calibration = (
        pd.DataFrame(
            {"decile": tenth, "predicted": predictions["probability_90_days"], "actual": bought.astype(float)}
        )
        .groupby("decile", as_index=False)
        .agg(customers=("actual", "size"), predicted=("predicted", "mean"), actual=("actual", "mean"))
        .assign(metric="probability_90_days", trained_until=as_of)
    )
    return {
        "model_calibration": calibration,
        "customer_predictions": typed(predictions, CUSTOMER_PREDICTIONS_TYPES),
        "cohort_projection": typed(projection, COHORT_PROJECTION_TYPES),
    }


def _customers(
    orders: pd.DataFrame,
    history: pd.DataFrame,
    behaviour: dict[str, pd.DataFrame],
    as_of: date | None,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return customer_360 of the buyers, and of those who only did other things."""
    facts = customer_order_facts(orders, as_of)
    now = history[history["snapshot_date"] == as_of].set_index("customer_id")
    place = rng.choice(len(COUNTRIES), size=len(facts), p=SHARES)
    buyers = facts.assign(
        country_code=[COUNTRIES[each] for each in place],
        source_records=rng.choice([1, 1, 1, 2, 2, 3, 7], size=len(facts)),
    )
    touched = behaviour["customer_journeys"]["customer_id"]
    others = pd.DataFrame({"customer_id": touched[~touched.isin(facts["customer_id"])]})
    others = others.assign(lifetime_orders=0, lifetime_net_revenue=Decimal(0), source_records=1)
    everyone = pd.concat([buyers, others.astype({"source_records": "int64"})], ignore_index=True)
    bands = behaviour["customer_engagement"].set_index("customer_id")["engagement_band"]
    return everyone.assign(
        segment_code=everyone["customer_id"].map(now["segment_code"]).fillna("prospect"),
        r_score=everyone["customer_id"].map(now["r_score"]),
        f_score=everyone["customer_id"].map(now["f_score"]),
        engagement_band=everyone["customer_id"].map(bands),
    )


def _typed(frame: pd.DataFrame) -> str:
    """Return a select list that gives money, dates and whole numbers the types of the marts."""
    types = {
        "net_amount": "decimal(18, 4)",
        "lifetime_net_revenue": "decimal(18, 4)",
        "average_order_value": "decimal(18, 4)",
        "total_amount": "decimal(18, 4)",
        "monetary": "decimal(18, 4)",
        "value_from": "decimal(18, 4)",
        "value_to": "decimal(18, 4)",
        "value_at_stake": "decimal(18, 4)",
        "net_revenue": "decimal(18, 4)",
        "previous_net_revenue": "decimal(18, 4)",
        "yearly_previous_net_revenue": "decimal(18, 4)",
        **{
            f"{of}{effect}_effect": "decimal(18, 4)"
            for of in ("", "yearly_")
            for effect in ("customers", "frequency", "value", "other")
        },
        **dict.fromkeys(
            ("spend", "cost_per_new_customer", "extra_revenue", "extra_revenue_low", "extra_revenue_high"),
            "decimal(18, 4)",
        ),
        **{f"revenue_{months}_months": "decimal(18, 4)" for months in (3, 6, 12)},
        "payback_months": "bigint",
        **dict.fromkeys(("value", "numerator", "denominator", "actual", "expected_by_now"), "double"),
        "days_to_first_purchase": "bigint",
        "touches_before_first_purchase": "bigint",
        "order_number": "bigint",
        "r_score": "bigint",
        "f_score": "bigint",
    }
    # a column of texts without any value would be one of integers
    types |= {
        name: "varchar"
        for name in frame.columns
        if name not in types and not name.endswith("_date") and frame[name].dtype == object
        if frame[name].isna().all()
    }
    return ", ".join(
        f'cast("{name}" as {types[name]}) as "{name}"'
        if name in types
        else f'cast("{name}" as date) as "{name}"'
        if name.endswith("_date")
        else f'"{name}"'
        for name in frame.columns
    )
