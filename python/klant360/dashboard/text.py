"""Texts in Dutch and English, and how each language writes numbers and dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from klant360.month_names import MONTHS

LANGUAGES = ("nl", "en")
SHORT_MONTHS = {
    "nl": ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
HIDDEN = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    nl: str
    en: str

    def __getitem__(self, language: str) -> str:
        """Return the text in a language."""
        return self.nl if language == "nl" else self.en

    def __add__(self, other: Text) -> Text:
        """Return both texts, one after the other."""
        return Text(self.nl + other.nl, self.en + other.en)

    def fill(self, *values: Text | str | int, **named: Text) -> Text:
        """Return the text with values in place of its braces, each in its language."""

        def filled(language: str) -> str:
            own = [value[language] if isinstance(value, Text) else value for value in values]
            return self[language].format(*own, **{name: text[language] for name, text in named.items()})

        return both(filled)

    def change(self, change: Callable[[str], str]) -> Text:
        """Return the text, changed in each language, such as by str.lower."""
        return Text(change(self.nl), change(self.en))


def both(write: Callable[[str], str]) -> Text:
    """Return what a function writes in each language."""
    return Text(write("nl"), write("en"))


def same(text: str) -> Text:
    """Return a text that is the same in both languages."""
    return Text(text, text)


def count(value: float | None, decimals: int = 0) -> Text:
    """Write a number, such as 1.234 or 1,234."""
    if value is None:
        return same(HIDDEN)
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,.{decimals}f}".replace("-", MINUS)
    return Text(text.translate(str.maketrans(",.", ".,")), text)


def money(value: float | None, currency: str, decimals: int = 0) -> Text:
    """Write an amount, such as € 1.234 or €1,234."""
    if value is None:
        return same(HIDDEN)
    number = count(abs(value), decimals)
    sign = MINUS if value < 0 and number.en.strip("0.,") else ""
    return same(sign) + symbol(currency) + number


def symbol(currency: str) -> Text:
    """Return what stands before an amount, such as a euro sign."""
    spaced = f"{SYMBOLS.get(currency, currency)}\N{NO-BREAK SPACE}"
    return Text(spaced, SYMBOLS.get(currency, spaced))


def share(value: float | None, decimals: int = 0) -> Text:
    """Write a share, such as 12,5% or 12.5%."""
    return same(HIDDEN) if value is None else count(100 * value, decimals) + same("%")


def day(value: date | None) -> Text:
    """Write a date, such as 31 december 2025."""
    return same(HIDDEN) if value is None else same(f"{value.day} ") + month(value)


def month(value: date | None) -> Text:
    """Write a month, such as december 2025."""
    if value is None:
        return same(HIDDEN)
    return both(lambda language: f"{MONTHS[language][value.month - 1]} {value.year}")


def written(value: Any, kind: str, currency: str) -> Text:
    """Write a cell of a column of some kind; what is hidden is a dash."""
    if isinstance(value, Text):
        return value
    writers: dict[str, Callable[[Any], Text]] = {
        "count": count,
        "money": lambda amount: money(amount, currency),
        "share": lambda part: share(part, 1),
        "day": day,
        "month": month,
    }
    return same(HIDDEN) if value is None else writers.get(kind, lambda text: same(str(text)))(value)
