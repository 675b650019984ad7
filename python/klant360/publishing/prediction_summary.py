"""What a summary says about predictions: why there are none, or how good they are."""

from __future__ import annotations

import duckdb

from klant360.dashboard.names import METRICS, MODELS, RULES


def prediction_lines(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return why a model was not fitted, and which predictions are not better than a simple rule.

    Without models (var predict_purchases) there are no lines.
    """
    reasons = warehouse.execute("""
        select string_agg(distinct model, ' and ' order by model desc), reason
        from marts.model_parameters
        where value is null
        group by reason
        order by max(model) desc
    """).fetchall()
    if reasons:
        return ["", *(f"Nothing is predicted by {models}. {reason}" for models, reason in reasons)]
    (models,) = warehouse.execute("select count(*) from marts.model_parameters").fetchall()[0]
    return ["", *_grades(warehouse)] if models else []


def _grades(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return a line on all predictions, and one for each that is not better, by its worst cut."""
    worst = warehouse.execute("""
        select model, metric, grade, value, baseline, baseline_value
        from marts.model_backtests
        where grade is not null
        qualify row_number() over (partition by model, metric order by grade desc, trained_until desc) = 1
        order by model, metric
    """).fetchall()
    if not worst:
        return [
            "Predictions cannot be judged yet: that takes 15 months of purchases, 12 to learn from and 3 to"
            " compare with."
        ]
    failed = [row for row in worst if row[2] == "C"]
    lines = [
        f"Predictions were better than a simple rule in {len(worst) - len(failed)} of {len(worst)} tests on"
        " the past."
    ]
    for model, metric, _, value, baseline, baseline_value in failed:
        lines.append(
            f"  Not better: {MODELS[model].en.lower()}, {METRICS[metric].en}: {value:.2f}, against"
            f' {baseline_value:.2f} for "{RULES[baseline].en}".'
        )
    return lines
