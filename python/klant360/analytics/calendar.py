"""Days with the names and holidays that reports group by."""

from __future__ import annotations

from datetime import date

import holidays
import pandas as pd

from klant360.month_names import MONTHS

CALENDAR_TYPES: dict[str, str] = {
    "date_day": "date",
    "year": "bigint",
    "quarter": "bigint",
    "quarter_name_nl": "string",
    "quarter_name_en": "string",
    "month": "date",
    "month_number": "bigint",
    "month_name_nl": "string",
    "month_name_en": "string",
    "iso_year": "bigint",
    "iso_week": "bigint",
    "iso_week_name": "string",
    "week_name_nl": "string",
    "weekday": "bigint",
    "weekday_name_nl": "string",
    "weekday_name_en": "string",
    "is_weekend": "boolean",
    "is_first_of_month": "boolean",
    "is_last_of_month": "boolean",
    "is_observed": "boolean",
    "is_month_complete": "boolean",
    "is_holiday_netherlands": "boolean",
    "holiday_netherlands_nl": "string",
    "holiday_netherlands_en": "string",
    "is_holiday_belgium": "boolean",
    "holiday_belgium_nl": "string",
    "holiday_belgium_en": "string",
}

WEEKDAYS_NL = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
COUNTRIES = {"netherlands": "NL", "belgium": "BE"}
LANGUAGES = {"nl": "nl", "en": "en_US"}


def calendar(first_order_date: date | None, last_date: date | None, as_of_date: date | None) -> pd.DataFrame:
    """Return the days from 1 January of the first order's year to the end of the year after `last_date`.

    `last_date` is `as_of_date`, or the date of the last order when nothing was bought and there is no
    `as_of_date`. Without orders there are no days.

    The columns are those of `CALENDAR_TYPES`, one row per day without gaps. Weeks are those of ISO 8601,
    which the Netherlands and Belgium use: Monday is day 1, and week 1 has the year's first Thursday. A day is
    observed up to `as_of_date`; a month is complete when its last day is. Holidays are the public ones of the
    package `holidays`, which has Good Friday and, every five years, 5 May among those of the Netherlands; two
    on one day are joined by "; ".
    """
    if first_order_date is None or last_date is None:
        return pd.DataFrame(columns=list(CALENDAR_TYPES))
    days = pd.Series(pd.date_range(f"{first_order_date.year}-01-01", f"{last_date.year + 1}-12-31"))
    as_of = pd.Timestamp(as_of_date) if as_of_date else pd.NaT
    date_of, week = days.dt, days.dt.isocalendar()
    month_end = days + pd.offsets.MonthEnd(0)
    quarter = date_of.quarter.astype(str)
    year = date_of.year.astype(str)
    frame = pd.DataFrame(
        {
            "date_day": days,
            "year": date_of.year,
            "quarter": date_of.quarter,
            "quarter_name_nl": year + "-K" + quarter,
            "quarter_name_en": year + "-Q" + quarter,
            "month": month_end - pd.offsets.MonthBegin(1),
            "month_number": date_of.month,
            "month_name_nl": date_of.month.map(lambda number: MONTHS["nl"][number - 1]),
            "month_name_en": date_of.month_name(),
            "iso_year": week["year"],
            "iso_week": week["week"],
            "iso_week_name": week["year"].astype(str) + "-W" + week["week"].astype(str).str.zfill(2),
            "week_name_nl": "week " + week["week"].astype(str) + " van " + week["year"].astype(str),
            "weekday": week["day"],
            "weekday_name_nl": week["day"].map(lambda number: WEEKDAYS_NL[number - 1]),
            "weekday_name_en": date_of.day_name(),
            "is_weekend": week["day"] >= 6,
            "is_first_of_month": date_of.is_month_start,
            "is_last_of_month": date_of.is_month_end,
            "is_observed": days <= as_of,
            "is_month_complete": month_end <= as_of,
        }
    )
    for country, code in COUNTRIES.items():
        for language, locale in LANGUAGES.items():
            names = _holidays(code, locale, set(date_of.year))
            frame[f"holiday_{country}_{language}"] = date_of.date.map(names)
        frame[f"is_holiday_{country}"] = frame[f"holiday_{country}_nl"].notna()
    return frame


def _holidays(country: str, locale: str, years: set[int]) -> dict[date, str]:
    """Return the names of the public holidays of a country, in a language, by date."""
    return dict(holidays.country_holidays(country, years=years, language=locale).items())
