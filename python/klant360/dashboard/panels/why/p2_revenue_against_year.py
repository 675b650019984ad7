"""What made the revenue of the last month differ from that of a year before, as a waterfall."""

from __future__ import annotations

from klant360.dashboard.panels.why.p1_revenue_against_month import panel_against

PANEL = panel_against("year_before")
