"""The demo set: repeatable, complete, with the requested dirt, and true to its buying process."""

import csv
import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from demo_sets import DemoSet, is_near
from klant360.cli import main
from klant360.demo import clock
from klant360.demo.generate import generate
from klant360.demo.names import lexicons
from klant360.demo.options import Options
from klant360.demo.records import phone_text, typo

CONTRACT = Path(__file__).parents[2] / "macros" / "contract" / "source_contract.sql"


@pytest.fixture(scope="session")
def dirty(tmp_path_factory):
    """2,000 people with every default, as CSV."""
    return DemoSet(Options(out=tmp_path_factory.mktemp("dirty")))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_same_bytes(dirty, tmp_path):
    generate(Options(out=tmp_path / "again"))
    generate(Options(out=tmp_path / "other", seed=361))
    assert files(tmp_path / "again") == files(dirty.options.out)
    assert all(
        content != files(dirty.options.out)[name] for name, content in files(tmp_path / "other").items()
    )


def test_every_table_and_column_of_the_contract(dirty):
    contract, table = {}, ""
    for line in CONTRACT.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"    '(\w+\.\w+)': \{$", line):
            contract[table := found[1]] = []
        elif found := re.match(r"            '(\w+)': \{", line):
            contract[table].append(found[1])
    assert len(contract) == 13
    assert {name: list(dirty.table(name).columns) for name in contract} == contract
    assert all(len(dirty.table(name)) == dirty.rows[name] > 0 for name in contract)


def test_truth_has_every_source_record_once(dirty):
    orders = dirty.table("webshop.orders")
    accounts = set(dirty.table("webshop.accounts").account_id)
    implied = set(orders.account_id.dropna()) - accounts
    assert is_near(len(implied), len(orders), 0.9 * dirty.options.unknown_references)
    expected = {
        ("crm", "customer"): set(dirty.table("crm.customers").customer_number),
        ("webshop", "account"): accounts | implied,
        ("webshop", "guest_order"): set(orders.order_id[orders.account_id.isna()]),
        ("service_desk", "contact"): set(dirty.table("service_desk.contacts").contact_id),
    }
    truth = dirty.table("truth.source_records")
    people = dirty.table("truth.people").set_index("person_id")
    assert not truth.duplicated(["source_system", "source_entity", "source_record_id"]).any()
    found = {
        key: set(rows.source_record_id) for key, rows in truth.groupby(["source_system", "source_entity"])
    }
    assert found == expected
    known = truth.groupby("source_system").person_id.agg(set)
    for system in ("crm", "webshop", "service_desk"):
        assert known[system] == set(people.index[people[f"is_in_{system}"] == "true"])
    assert set(people.index) == set(truth.person_id)


def test_a_guest_order_can_be_traced(dirty):
    orders = dirty.table("webshop.orders")
    guests = orders[orders.account_id.isna()]
    assert (guests.email.notna() | guests.phone.notna()).all()


def test_one_shared_mailbox_and_one_call_centre(dirty):
    truth = dirty.table("truth.source_records").set_index(["source_entity", "source_record_id"]).person_id
    for name, key, entity, value, count in [
        ("crm.customers", "customer_number", "customer", "email", dirty.options.shared_mailbox),
        ("service_desk.contacts", "contact_id", "contact", "phone", dirty.options.call_centre),
    ]:
        records = dirty.table(name).drop_duplicates(key)
        most = records[value].value_counts()
        shared = records[records[value] == most.index[0]]
        assert most.iloc[0] == count > 5 * most.iloc[1]
        assert truth[entity].loc[shared[key]].nunique() == count


def test_shares_of_dirt_in_files(dirty):
    options = dirty.options
    orders, lines = dirty.table("webshop.orders"), dirty.table("webshop.order_lines")
    n = len(orders)
    total = orders.total_amount.astype(float)
    assert is_near((total < 0).sum(), n, options.credit_notes)
    assert is_near(orders.refunded_amount.notna().sum(), n, options.refunds)
    assert is_near((orders.currency_code != "EUR").sum(), n, options.other_currencies)
    is_settled = orders.status.isin(["completed", "shipped", "paid"])
    assert is_near((~is_settled).sum(), n, options.excluded_statuses)
    refunds = orders[orders.refunded_amount.notna()]
    assert (refunds.refunded_amount.astype(float) <= refunds.total_amount.astype(float)).all()
    assert is_near((~lines.order_id.isin(orders.order_id)).sum(), len(lines), options.unknown_references)
    for name, key, moment in [
        ("webshop.orders", ["order_id"], "ordered_at"),
        ("webshop.sessions", ["session_id"], "started_at"),
        ("crm.campaign_contacts", ["contact_id"], "sent_at"),
        ("service_desk.tickets", ["ticket_id"], "created_at"),
        ("webshop.order_lines", ["order_id", "line_number"], None),
    ]:
        rows = dirty.table(name)
        assert is_near(rows.duplicated(key).sum(), len(rows), options.double_keys), name
        if moment:
            written = pd.to_datetime(rows[moment], errors="coerce", utc=True, format="ISO8601")
            is_bad = written.isna() | (written.dt.year < 2000)
            assert is_near(is_bad.sum(), len(rows), options.bad_dates), name


def test_options_reach_the_files(tmp_path):
    demo = DemoSet(
        Options(people=300, out=tmp_path, guest_orders=1, no_phones=1, prospects=0, shared_mailbox=0)
    )
    orders = demo.table("webshop.orders")
    assert orders.account_id.isna().all() and orders.phone.isna().all() and orders.email.notna().all()
    assert demo.table("crm.customers").email.value_counts().iloc[0] <= 4


def test_dirty_files_still_contain_the_true_purchases(dirty):
    orders = dirty.table("webshop.orders").drop_duplicates("order_id")
    people = dirty.table("truth.people")
    is_true = orders.status.isin(["completed", "shipped", "paid"]) & (orders.total_amount.astype(float) > 0)
    assert is_true.sum() == people.purchases.astype(int).sum()
    assert orders.total_amount[is_true].astype(float).sum() == pytest.approx(people.spend.astype(float).sum())


def test_seasons_move_orders_and_keep_their_number(dirty, tmp_path):
    flat = DemoSet(Options(out=tmp_path, seasonality=0))
    count = {demo: demo.table("truth.people").purchases.astype(int).sum() for demo in (dirty, flat)}
    assert count[dirty] == count[flat]

    def share_in_december(demo: DemoSet) -> float:
        return (pd.to_datetime(demo.table("truth.people").first_purchase_at).dt.month == 12).mean()

    assert share_in_december(dirty) > 1.2 * share_in_december(flat)


def test_the_clock_knows_summer_time_and_evenings():
    local = np.array(
        ["2024-03-31T01:59:59", "2024-03-31T03:00:00", "2024-10-27T03:00:00"], dtype="datetime64[s]"
    )
    expected = np.array(
        ["2024-03-31T00:59:59", "2024-03-31T01:00:00", "2024-10-27T02:00:00"], dtype="datetime64[s]"
    )
    assert (clock.to_utc(local) == expected).all()
    summer = np.array(["2024-07-01T12:00:00"], dtype="datetime64[s]")
    assert clock.text(summer, "crm").to_pylist() == ["2024-07-01 12:00:00"]
    assert clock.text(summer, "webshop").to_pylist() == ["2024-07-01T12:00:00Z"]
    assert clock.text(summer, "service_desk").to_pylist() == ["2024-07-01T14:00:00+02:00"]
    times = clock.warp(np.linspace(0, clock.WEEKS, 10_001), 1.0)
    hours = (times - times.astype("datetime64[D]")).astype(int) // 3_600
    assert (np.diff(times).astype(int) >= 0).all()
    assert times.min() >= clock.START and times.max() < clock.END
    assert (hours == 20).sum() > 5 * (hours == 3).sum()


def test_parquet_equals_csv(dirty, tmp_path):
    parquet = DemoSet(Options(out=tmp_path, format="parquet"))
    assert parquet.rows == dirty.rows
    for name in dirty.rows:
        typed = duckdb.sql(f"select * from {parquet.relation(name)}")
        casts = ", ".join(f"{c}::{t} as {c}" for c, t in zip(typed.columns, typed.types, strict=True))
        read = duckdb.sql(f"select {casts} from {dirty.relation(name)}")
        assert len(typed.except_(read)) == len(read.except_(typed)) == 0, name


@pytest.fixture(scope="session")
def dutch(tmp_path_factory):
    """The same people as `dirty`, as a Dutch Excel writes them."""
    return DemoSet(Options(out=tmp_path_factory.mktemp("dutch"), style="dutch-excel"))


def plainly(column: str, cell: str) -> str:
    """Undo the style of a cell, except the T between a date and its time."""
    if cell in ("NULL", "#N/B"):
        return ""
    if re.fullmatch(r"'[0+]\d+", cell):
        return cell[1:]
    if found := re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})(.*)", cell):
        return f"{found[3]}-{found[2]}-{found[1]}{found[4]}"
    if column.endswith("_id"):
        return re.sub(r"^(\d+)\.0$", r"\1", cell)
    if column.endswith(("amount", "price", "cost")):
        return cell.replace(",", ".")
    return {"waar": "true", "onwaar": "false"}.get(cell, cell)


def rows_of(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_a_dutch_excel_has_the_same_rows(dirty, dutch):
    assert dutch.rows == dirty.rows
    for name in dirty.rows:
        if name.startswith("truth."):
            assert dutch.path(name).read_bytes() == dirty.path(name).read_bytes()
            continue
        header, *rows = rows_of(dutch.path(name), "cp1252", ";")
        read = [[plainly(*pair) for pair in zip(header, row, strict=True)] for row in rows]
        plain_header, *plain = rows_of(dirty.path(name), "utf-8", ",")
        is_moment = [column.endswith("_at") for column in plain_header]
        assert header == plain_header
        assert read == [
            [
                cell.replace("T", " ", 1) if moment and cell[10:11] == "T" else cell
                for cell, moment in zip(row, is_moment, strict=True)
            ]
            for row in plain
        ], name


def test_a_dutch_excel_writes_in_its_own_way(dutch):
    cells: dict[str, set[str]] = {}
    for name in ("crm.customers", "crm.campaign_spend", "webshop.orders", "webshop.accounts"):
        header, *rows = rows_of(dutch.path(name), "cp1252", ";")
        for column, values in zip(header, zip(*rows, strict=True), strict=True):
            cells.setdefault(column, set()).update(values)

    def some(column: str, pattern: str) -> bool:
        return any(re.fullmatch(pattern, cell) for cell in cells[column])

    assert some("total_amount", r"\d+,\d\d") and not some("total_amount", r".*\..*")
    assert some("ordered_at", r"31-12-2024 \d\d:\d\d:\d\dZ") and not some("ordered_at", r"20\d\d-.*")
    assert some("birth_date", r"\d\d-\d\d-19\d\d")
    assert some("account_id", r"\d+\.0") and some("account_id", r"\d+")
    assert some("phone", r"'0\d{9}") and some("phone", r"'\+31\d{9}") and not some("phone", r"[0+]\d+")
    assert cells["marketing_consent"] == {"waar", "onwaar"}
    assert {"NULL", "#N/B"} <= cells["phone"]
    # days that are all the first of their month do not show whether the day comes first
    assert all(re.fullmatch(r"20\d\d-\d\d-01", day) for day in cells["spend_month"])
    raw = dutch.path("webshop.products").read_bytes()
    assert "Handcrème".encode("cp1252") in raw and "Handcrème".encode() not in raw


def test_a_dutch_excel_has_the_same_bytes_every_time(dutch, tmp_path):
    generate(Options(out=tmp_path, style="dutch-excel"))
    assert files(tmp_path) == files(dutch.options.out)


def test_every_name_fits_windows_1252():
    for lexicon in lexicons().values():
        for draws in (lexicon.female, lexicon.male, lexicon.last, lexicon.streets):
            "".join(draws.values).encode("cp1252")
        "".join(lexicon.cities).encode("cp1252")


def test_a_typo_is_one_typo():
    words = ["Jansen", "de Vries", "Bo", "Anna", "Lotte"]
    for word in words:
        for kind in range(4):
            for place in (0.0, 0.4, 0.99):
                wrong = typo(word, kind, place, "n")
                assert wrong != word and wrong[0] == word[0] and abs(len(wrong) - len(word)) <= 1


@pytest.mark.parametrize(
    ("country", "number", "code"), [("NL", "671234567", "31"), ("BE", "441234567", "32")]
)
def test_phones_are_all_the_same_number(country, number, code):
    for style in range(6):
        digits = re.sub(r"[^\d+]", "", phone_text(number, country, style))
        assert digits in (f"+{code}{number}", f"00{code}{number}", f"0{number}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--customers", "-5"], "--customers must be at least 1, not -5."),
        (["--bad-dates", "1.5"], "--bad-dates must be a share between 0 and 1, not 1.5."),
        (["--no-emails", "nan"], "--no-emails must be a share between 0 and 1, not nan."),
        (["--seed", "-1"], "--seed must be 0 or more"),
        (["--seasonality", "9"], "--seasonality must be between 0 (none) and 5"),
        (["--one-system", "0.8"], "--one-system and --two-systems together must not be more than 1."),
        (["--format", "xlsx"], "'xlsx' is not one of"),
        (["--style", "french"], "'french' is not one of"),
        (["--style", "dutch-excel", "--format", "parquet"], "--style dutch-excel is for CSV"),
        (["--customers", "many"], "'many' is not a valid integer"),
        (["--colour"], "No such option"),
    ],
)
def test_bad_options_are_refused_with_a_sentence(arguments, sentence, tmp_path, capsys):
    assert main(["demo", *arguments, "--out", str(tmp_path / "demo")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_help_names_every_option(capsys):
    assert main(["demo", "--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"--{name.replace('_', '-')}" in text for name in Options.__dataclass_fields__)


def test_a_folder_with_other_files_is_refused(tmp_path, capsys):
    mine = tmp_path / "sources" / "webshop" / "orders.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("precious")
    assert main(["demo", "--customers", "50", "--out", str(tmp_path)]) == 1
    assert "was not written by the demo" in capsys.readouterr().err
    assert mine.read_text() == "precious"


def test_a_set_is_replaced_as_a_whole(tmp_path, capsys):
    assert main(["demo", "--customers", "50", "--out", str(tmp_path)]) == 0
    assert "rows of 50 people, seed 360" in capsys.readouterr().out
    stray = tmp_path / "sources" / "crm" / "stray.csv"
    stray.touch()
    kept = tmp_path / "notes.txt"
    kept.touch()
    assert main(["demo", "--people", "50", "--out", str(tmp_path), "--format", "parquet"]) == 0
    assert not stray.exists() and kept.exists()
    assert not list(tmp_path.rglob("*.csv")) and not (tmp_path / "unfinished").exists()


def test_a_stopped_run_leaves_the_last_set(tmp_path, monkeypatch, capsys):
    options = Options(people=50, out=tmp_path)
    generate(options)
    before = files(tmp_path)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("klant360.demo.generate.make_chunk", stop)
        assert main(["demo", "--customers", "60", "--out", str(tmp_path)]) == 130
    assert "run it again" in capsys.readouterr().err
    assert "Unfinished" in (tmp_path / "unfinished" / "README.txt").read_text()
    assert {name: content for name, content in files(tmp_path).items() if "unfinished" not in name} == before
    generate(options)
    assert files(tmp_path) == before
