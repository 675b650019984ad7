"""changes.md: which past figures a publication changes, by how much and why, and what it must not tell."""

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compared_worlds import (
    SEGMENTS,
    VARIABLES,
    World,
    drawn_worlds,
    manifest_facts,
    order,
    publish,
    regulars,
    write_marts,
)
from klant360.publishing import publication
from klant360.publishing.comparison import changes_file
from klant360.publishing.comparison.changes_file import changes
from klant360.publishing.comparison.rules import changed_rules, rule_facts
from klant360.publishing.publication import (
    PublicationError,
    current,
    make_publication,
    serve_publication,
)
from oracle_past_figures import Difference, Key, differences
from oracle_values import last_of_month
from warehouses import PROJECT, WAREHOUSE_NAME

CODES = dict(zip(SEGMENTS["name_en"], SEGMENTS["segment_code"], strict=True))
MEASURES = {
    "Net revenue (EUR)": "net_revenue",
    "Orders": "purchases",
    "Active customers": "active_customers",
    "New customers": "new_customers",
}
# Each counts fewer of the same than the one before it.
NESTED = ("purchases", "active_customers", "new_customers")
FORTY = regulars(40)
MARCH = date(2024, 3, 20)
Rows = dict[tuple[int, str], "Told"]


@dataclass(frozen=True)
class Told:
    """A row of changes.md."""

    month_end: date
    measure: str
    difference: Decimal
    why: str

    @property
    def parts(self) -> dict[str, Decimal]:
        """What each cause changed, where the file lists several."""
        pairs = re.findall(r"([a-z ]+) ([+-]?[\d,.]+)(?:, |$)", self.why)
        return {cause.strip(): Decimal(amount.replace(",", "")) for cause, amount in pairs}


def told(text: str) -> list[Told]:
    rows = []
    for cells in re.findall(r"^\| (\d{4}-\d\d) \| (.+) \| (.+) \| (.+) \|$", text, re.MULTILINE):
        month, figure, difference, why = cells
        measure = MEASURES.get(figure) or CODES[figure.removeprefix("Customers in ")]
        month_end = last_of_month(date.fromisoformat(f"{month}-01"))
        rows.append(Told(month_end, measure, Decimal(difference.replace(",", "")), why))
    return rows


def by_month(text: str, *, of_segments: bool = False) -> Rows:
    """Return the rows by number of the month and measure, without those of segments."""
    rows = {(each.month_end.month, each.measure): each for each in told(text)}
    return {key: row for key, row in rows.items() if of_segments or key[1] in MEASURES.values()}


def small_changes(text: str) -> int:
    found = re.search(r"^Small changes: ([\d,]+) figure", text, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else 0


@pytest.fixture(scope="module")
def forty(tmp_path_factory) -> Path:
    """A publication of forty customers."""
    return publish(tmp_path_factory.mktemp("forty") / "r1", FORTY)


@pytest.fixture
def after_forty(forty, tmp_path) -> Callable[..., str]:
    """Return the changes.md of a publication that comes after that of the forty."""
    return lambda world, **facts: changes(publish(tmp_path / "r2", world, **facts), forty)


def late_orders(
    customers: Sequence[int], day: date = MARCH, amount: int = 100, status: str = "paid"
) -> World:
    """Return the forty with one more order of some customers."""
    first = 1000 * day.month
    return FORTY.with_orders(
        *(order(first + number, f"c{number:03}", day, amount, status) for number in customers)
    )


# ---- business cases --------------------------------------------------------------------------------------


def test_the_first_publication_has_nothing_to_compare_with(forty):
    assert "This is the first publication" in changes(forty, None)


def test_equal_publications_say_that_nothing_changed(forty):
    text = changes(forty, forty)
    assert "Compared with the last publication, r1 (as of 2024-06-15), up to 2024-05." in text
    assert "Nothing changed." in text
    assert not told(text)


def test_late_orders_of_enough_customers_are_told_with_all_that_they_changed(after_forty):
    newcomers = [order(9000 + number, f"n{number}", MARCH, 100) for number in range(12)]
    text = after_forty(FORTY.with_orders(*newcomers))
    end = date(2024, 3, 31)
    assert by_month(text) == {
        (3, measure): Told(end, measure, Decimal(difference), "late orders")
        for measure, difference in (("net_revenue", 1200), *((name, 12) for name in NESTED))
    }
    assert {each.month_end.month for each in told(text)} <= {3, 4, 5}
    assert told(text) == sorted(told(text), key=lambda each: each.month_end)


def test_months_that_were_not_complete_are_left_out(after_forty):
    assert "Nothing changed." in after_forty(late_orders(range(30), date(2024, 6, 14)))


@pytest.mark.parametrize("customers", [1, 9])
def test_a_change_of_few_customers_is_only_counted(after_forty, customers):
    text = after_forty(late_orders(range(customers), amount=777))
    assert small_changes(text) >= 2
    assert not by_month(text)
    assert "777" not in text


def test_an_order_that_is_delivered_otherwise_is_late(after_forty):
    rows = [row | {"status": "cancelled"} if row["ordered_at"] < "2024-02" else row for row in FORTY.rows]
    found = by_month(after_forty(replace(FORTY, rows=tuple(rows))))
    assert (found[1, "purchases"].difference, found[1, "purchases"].why) == (-40, "late orders")
    assert (found[2, "new_customers"].difference, found[2, "new_customers"].why) == (20, "late orders")


def test_a_rule_of_segments_changes_segments_only_and_is_named(tmp_path):
    many = regulars(100)
    text = changes(publish(tmp_path / "r2", replace(many, window=1)), publish(tmp_path / "r1", many))
    assert "- `rfm_window_months`: 3, now 1" in text
    assert {each.why for each in told(text)} == {"rules"}
    assert not by_month(text)


def test_a_rule_of_orders_is_told_from_orders_that_are_delivered_otherwise(tmp_path):
    tests = late_orders(range(12), status="test")
    paid = late_orders(range(20, 32), date(2024, 4, 20))
    before = FORTY.with_orders(*tests.rows[len(FORTY.rows) :], *paid.rows[len(FORTY.rows) :])
    rows = [
        row | {"status": "cancelled"} if row["ordered_at"].startswith("2024-04-20") else row
        for row in before.rows
    ]
    after = replace(before, rows=tuple(rows), counting=("paid", "test"))
    text = changes(publish(tmp_path / "r2", after), publish(tmp_path / "r1", before))
    assert "- `known_order_statuses`: its rows" in text
    found = by_month(text)
    assert (found[3, "net_revenue"].difference, found[3, "net_revenue"].why) == (1200, "rules")
    assert (found[4, "net_revenue"].difference, found[4, "net_revenue"].why) == (-1200, "late orders")


def test_a_rule_that_does_not_decide_a_figure_is_not_its_cause(after_forty):
    gone = replace(FORTY, rows=tuple(row for row in FORTY.rows if row["account_id"] > "c014"), window=2)
    text = after_forty(gone, vars=gone.rules["vars"] | {"gross_margin_rate": 0.3})
    assert "- `rfm_window_months`: 3, now 2" in text
    assert "gross_margin_rate" not in text
    assert {each.why for each in by_month(text).values()} == {"other"}


def test_merges_change_customers_and_no_orders(after_forty):
    pairs = tuple((f"c{number + 1:03}", f"c{number:03}") for number in range(0, 30, 2))
    found = by_month(after_forty(replace(FORTY, moved=pairs)))
    assert {measure for _, measure in found} == {"active_customers", "new_customers"}
    assert (found[1, "new_customers"].difference, found[1, "new_customers"].why) == (-15, "other")


def test_customers_with_another_id_changed_nothing(after_forty):
    renamed = tuple((f"c{number:03}", f"z{number:03}") for number in range(40))
    assert "Nothing changed." in after_forty(replace(FORTY, moved=renamed))


def test_an_erasure_cannot_be_seen_by_itself(after_forty):
    world = late_orders(range(4, 32, 2))
    erased = [row for row in world.rows if row["account_id"] != "c002"]
    found = by_month(after_forty(replace(world, rows=tuple(erased))))
    assert {month for month, _ in found} == {3}
    assert found[3, "net_revenue"].why == found[3, "purchases"].why == "mostly late orders"


def test_of_many_figures_those_that_differ_most_are_shown(after_forty, monkeypatch):
    monkeypatch.setattr(changes_file, "MOST_MONTHS", 1)
    april = late_orders(range(12), date(2024, 4, 20), 80)
    text = after_forty(late_orders(range(12)).with_orders(*april.rows[len(FORTY.rows) :]))
    assert [key for key in by_month(text) if key[1] == "net_revenue"] == [(3, "net_revenue")]
    assert re.search(r"^Not shown: \d+ more", text, re.MULTILINE)


# ---- what cannot be compared -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"vars": None}, "an earlier version of klant360 made it"),
        ({"is_demo": True}, "one of the two is of the demo data"),
        ({"as_of_date": None}, "an earlier version of klant360 made it"),
        ({"as_of_date": ""}, "one of the two has no purchases"),
    ],
)
def test_publications_that_cannot_be_compared(after_forty, facts, sentence):
    text = after_forty(late_orders(range(12)), **facts)
    assert f"Not compared with the last publication, r1: {sentence}." in text
    assert not told(text)


def lose(file: Path) -> None:
    file.unlink()


def damage(file: Path) -> None:
    file.write_bytes(b"no database")


def make_older(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table marts.orders drop order_number")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lose, "its klant360.duckdb cannot be read"),
        (damage, "its klant360.duckdb cannot be read"),
        (make_older, "an earlier version of klant360 made its tables"),
    ],
)
def test_a_last_publication_whose_tables_cannot_be_compared(forty, tmp_path, change, sentence):
    last = Path(shutil.copytree(forty, tmp_path / "r0"))
    change(last / "klant360.duckdb")
    assert f"Not compared with the last publication, r0: {sentence}." in changes(forty, last)


def test_amounts_in_another_currency_are_not_compared(after_forty):
    text = after_forty(late_orders(range(12)), base_currency="GBP")
    assert "Net revenue is not compared" in text
    assert {measure for _, measure in by_month(text)} == {"purchases"}


# ---- in a publication ------------------------------------------------------------------------------------


def make(serve: Path, run: str, world: World) -> str:
    """Make a publication of a warehouse; returns the changes.md that is served."""
    warehouse = serve.parent / run / WAREHOUSE_NAME
    warehouse.parent.mkdir()
    write_marts(world, warehouse)
    make_publication(warehouse, serve, run, manifest_facts(world, 10))
    return (serve / "changes.md").read_text(encoding="utf-8")


def test_a_publication_is_compared_with_the_one_that_it_replaces(tmp_path):
    serve = tmp_path / "serve"
    assert "first publication" in make(serve, "r1", FORTY)
    assert "the last publication, r1 " in make(serve, "r2", late_orders(range(12)))
    serve_publication(serve, "r1")
    assert "first publication" in (serve / "changes.md").read_text(encoding="utf-8")
    text = make(serve, "r3", FORTY)
    assert "the last publication, r1 " in text
    assert "Nothing changed." in text


def test_nothing_is_published_if_the_changes_cannot_be_written(tmp_path, monkeypatch):
    def fail(*_: Path) -> str:
        raise duckdb.IOException("the disk is full")

    serve = tmp_path / "serve"
    make(serve, "r1", FORTY)
    monkeypatch.setattr(publication, "changes", fail)
    with pytest.raises(PublicationError, match="the disk is full"):
        make(serve, "r2", FORTY)
    assert current(serve) == "r1"
    assert not list((serve / "publications").glob(".*"))


def test_rules_are_vars_and_the_rows_of_seeds(tmp_path):
    shutil.copytree(PROJECT / "seeds", tmp_path / "seeds")
    mapping = tmp_path / "seeds" / "segment_mapping.csv"
    before = {"versions": {"klant360": "1.0"}} | rule_facts(VARIABLES, tmp_path)
    mapping.write_bytes(mapping.read_bytes().replace(b"\n", b"\r\n"))
    assert changed_rules(before, before | rule_facts(VARIABLES, tmp_path)) == {}
    mapping.write_bytes(mapping.read_bytes().replace(b"champion", b"loyal"))
    after = before | rule_facts(VARIABLES | {"rfm_tie_method": "rank"}, tmp_path)
    assert changed_rules(before, after).keys() == {"segment_mapping", "rfm_tie_method"}
    assert changed_rules(before, before | {"versions": {"klant360": "2.0"}}).keys() == {"klant360"}


# ---- drawn publications ----------------------------------------------------------------------------------


def compare(seed: int, least: int, folder: Path) -> int:
    """Publish two drawn worlds and check the second one's file; returns the number of figures in it."""
    before, after = drawn_worlds(seed)
    folder.mkdir()
    text = changes(publish(folder / "r2", after, least), publish(folder / "r1", before, least))
    of_orders, of_segments = after.counting != before.counting, after.rules != before.rules
    causes = dict.fromkeys(MEASURES.values(), "rules" if of_orders else "other")
    found = differences(before.published, after.published, date(2024, 5, 31), has_changed_rules=of_orders)
    rows = {(each.month_end, each.measure): each for each in told(text)}
    differing = {key: each for key, each in found.items() if each.total()}
    assert rows.keys() <= differing.keys()
    assert len(rows) + small_changes(text) == len(differing)
    for key, row in rows.items():
        check(row, differing[key], least, causes.get(row.measure, "rules" if of_segments else "other"))
    # these come first, so nothing but a small change hides them
    always = {key for key in differing if key[1] in ("net_revenue", "purchases")}
    assert {key for key in always if len(differing[key].customers()) >= least} <= rows.keys()
    attack(rows, found, least)
    return len(rows)


def check(row: Told, difference: Difference, least: int, cause: str) -> None:
    """Compare a figure with the oracle's."""
    late, rest = difference.customers(is_late=True), difference.customers(is_late=False)
    assert row.difference == difference.total()
    assert len(difference.customers()) >= least
    if late and rest and row.parts:
        amounts = {"late orders": difference.total(is_late=True), cause: difference.total(is_late=False)}
        assert row.parts == amounts
        assert min(len(late), len(rest)) >= least
    elif late and rest:
        assert row.why == f"mostly {'late orders' if len(late) >= len(rest) else cause}"
    else:
        assert row.why == ("late orders" if late else cause)


def attack(rows: Mapping[Key, Told], found: Mapping[Key, Difference], least: int) -> None:
    """Subtract figures from each other: no difference may be one of few customers."""
    for month_end in {month for month, _ in rows}:
        nested = [rows[month_end, name] for name in NESTED if (month_end, name) in rows]
        for place, one in enumerate(nested):
            for other in nested[:place]:
                causes = [None] if "mostly" in one.why + other.why else [None, True, False]
                for cause in causes:
                    first, second = (
                        found[month_end, each.measure].by_customer(is_late=cause) for each in (one, other)
                    )
                    people = first.keys() | second.keys()
                    apart = [who for who in people if first.get(who, 0) != second.get(who, 0)]
                    assert not 0 < len(apart) < least
        # the sum over all segments is how many became customers, at other month-ends too
        segments = {name for month, name in found if month == month_end} - set(MEASURES.values())
        if any((month_end, name) in rows for name in segments):
            untold = {
                who
                for name in segments
                if (month_end, name) not in rows
                for who in found[month_end, name].customers()
            }
            someone_came = any(name == "new_customers" for _, name in found)
            assert len(untold) >= least or not (untold or someone_came)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), least=st.sampled_from([2, 4]))
def test_drawn_publications(tmp_path_factory, seed, least):
    compare(seed, least, tmp_path_factory.mktemp("drawn") / "serve")


@pytest.mark.deep
def test_many_drawn_publications_tell_much_and_nothing_of_few(tmp_path):
    figures = [compare(seed, 2 + seed % 3, tmp_path / str(seed)) for seed in range(400)]
    assert sum(number > 5 for number in figures) > 100
