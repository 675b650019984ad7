"""What a summary says about predictions: why there are none, or how good they are."""

from __future__ import annotations

from klant360.dashboard.figures.worst_grades import worst_grades
from klant360.dashboard.names import METRICS, MODELS, RULES
from klant360.dashboard.tables import Tables


def prediction_lines(tables: Tables) -> list[str]:
    """Return why a model was not fitted, and which predictions are not better than a simple rule.

    Without models (var predict_purchases) there are no lines.
    """
    reasons = tables.rows("""
        select string_agg(distinct model, ' and ' order by model desc) as models, reason
        from model_parameters
        where value is null
        group by reason
        order by max(model) desc
    """)
    if reasons:
        return ["", *(f"Nothing is predicted by {row['models']}. {row['reason']}" for row in reasons)]
    return ["", *_grades(tables)] if tables.rows("select 1 from model_parameters limit 1") else []


def _grades(tables: Tables) -> list[str]:
    """Return a line on all predictions, and one for each that is not better, by its worst cut."""
    worst = worst_grades(tables)
    if not worst:
        return [
            "Predictions cannot be judged yet: that takes 15 months of purchases, 12 to learn from and 3 to"
            " compare with."
        ]
    failed = [row for row in worst if row["grade"] == "C"]
    lines = [
        f"Predictions were better than a simple rule in {len(worst) - len(failed)} of {len(worst)} tests on"
        " the past."
    ]
    for row in failed:
        what = f"{MODELS[row['model']].en.lower()}, {METRICS[row['metric']].en}"
        rule = f'{row["baseline_value"]:.2f} for "{RULES[row["baseline"]].en}"'
        lines.append(f"  Not better: {what}: {row['value']:.2f}, against {rule}.")
    return lines
