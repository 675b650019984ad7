"""Texts in Dutch and English, and how each language writes numbers and dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

LANGUAGES = ("nl", "en")
MONTHS = {
    "nl": ["januari", "februari", "maart", "april", "mei", "juni",
           "juli", "augustus", "september", "oktober", "november", "december"],
    "en": ["January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"],
}  # fmt: skip
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


def both(write: Callable[[str], str]) -> Text:
    """Return what a function writes in each language."""
    return Text(write("nl"), write("en"))


def same(text: str) -> Text:
    """Return a text that is the same in both languages."""
    return Text(text, text)


def count(value: float | None, language: str, decimals: int = 0) -> str:
    """Write a number, such as 1.234 or 1,234."""
    if value is None:
        return HIDDEN
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,.{decimals}f}".replace("-", MINUS)
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text


def money(value: float | None, language: str, currency: str, decimals: int = 0) -> str:
    """Write an amount, such as € 1.234 or €1,234."""
    if value is None:
        return HIDDEN
    symbol = SYMBOLS.get(currency, f"{currency} ")
    space = "\N{NO-BREAK SPACE}" if language == "nl" and symbol in SYMBOLS.values() else ""
    number = count(abs(value), language, decimals)
    sign = MINUS if value < 0 and number.strip("0.,") else ""
    return f"{sign}{symbol}{space}{number}"


def share(value: float | None, language: str, decimals: int = 0) -> str:
    """Write a share, such as 12,5% or 12.5%."""
    return HIDDEN if value is None else f"{count(100 * value, language, decimals)}%"


def day(value: date | None, language: str) -> str:
    """Write a date, such as 31 december 2025."""
    return HIDDEN if value is None else f"{value.day} {MONTHS[language][value.month - 1]} {value.year}"


def month(value: date | None, language: str) -> str:
    """Write a month, such as december 2025."""
    return HIDDEN if value is None else f"{MONTHS[language][value.month - 1]} {value.year}"


def written(value: Any, kind: str, language: str, currency: str) -> str:
    """Write a cell of a column of some kind; what is hidden is a dash."""
    if value is None:
        return HIDDEN
    if isinstance(value, Text):
        return value[language]
    writers: dict[str, Callable[[], str]] = {
        "count": lambda: count(value, language),
        "money": lambda: money(value, language, currency),
        "share": lambda: share(value, language, 1),
        "number": lambda: count(value, language, 1),
        "day": lambda: day(value, language),
        "month": lambda: month(value, language),
    }
    return writers[kind]() if kind in writers else str(value)
