"""The worst grade of each prediction, apart from the masked figures: the summary needs no masking."""

from __future__ import annotations

from typing import Any

from klant360.dashboard.tables import Tables


def worst_grades(tables: Tables, least: int = 0) -> list[dict[str, Any]]:
    """Return rows of model, metric and its worst grade, with the value, the rule and its value at that cut.

    Of equal grades the latest cut counts. Left out are cuts at which fewer customers than `least` were
    judged, and metrics without a rule to compare with.
    """
    return tables.rows(
        """
        select model, metric, grade, trained_until, value, baseline, baseline_value
        from model_backtests
        where grade is not null and customers >= $least
        qualify row_number() over (partition by model, metric order by grade desc, trained_until desc) = 1
        order by model, metric
        """,
        {"least": least},
    )
