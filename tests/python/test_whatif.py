"""`klant360 whatif`: what another mapping would do; test_other_settings.py compares it with a build."""

import re
from collections import Counter
from io import StringIO
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from klant360.cli import main
from klant360.errors import InputError
from oracle_scores import mapping_rules, segment_of
from warehouses import PROJECT

SHIPPED = (PROJECT / "seeds" / "segment_mapping.csv").read_text(encoding="utf-8")
# One rule is gone, one is narrower, and one is new.
OTHER = re.sub("(?m)^50,.*\n", "", SHIPPED).replace("60,promising,4,5,1,", "60,promising,4,5,2,") + (
    "65,needs_attention,4,5,1,1,1,2,\n"
)
HEADER = SHIPPED.splitlines()[0]
ALL = "1,5,1,5,1,5"


@pytest.fixture
def what_if(tmp_path, capsys, monkeypatch, demo_warehouse):
    """Return a function that tries a mapping on a warehouse; returns what it prints and its exit code."""

    def tried(mapping: str | bytes, warehouse: Path = demo_warehouse) -> tuple[str, int]:
        monkeypatch.setenv("KLANT360_WAREHOUSE", str(warehouse))
        file = tmp_path / "mapping.csv"
        file.write_bytes(mapping if isinstance(mapping, bytes) else mapping.encode())
        code = main(["whatif", "--mapping", str(file)])
        printed = capsys.readouterr()
        return (printed.out if code == 0 else printed.err), code

    return tried


def table(text: str, first_cell: str) -> list[list[str]]:
    """Return the cells of the rows below a header."""
    rows = text[text.index(first_cell) :].split("\n\n")[0].splitlines()[1:]
    return [row.replace(",", "").split() for row in rows]


def test_customers_and_revenue_are_those_of_the_oracle(what_if, demo_warehouse):
    text, code = what_if(OTHER)
    assert code == 0
    rules = mapping_rules(pd.read_csv(StringIO(OTHER), dtype=str))
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select segment_code, monetary, is_in_window, r_score, f_score, m_score, lifetime_orders = 1"
            " from marts.customer_segments"
        ).fetchall()
    customers, revenue = Counter(), Counter()
    for now, monetary, in_window, *scores in rows:
        move = (now, segment_of(rules, *scores) if in_window else now)
        customers[move] += 1
        revenue[move] += monetary
    moves = sorted((move for move in customers if len(set(move)) == 2), key=lambda move: -customers[move])
    assert len(moves) > 1

    moved = sum(customers[move] for move in moves)
    share = sum(revenue[move] for move in moves) / revenue.total()
    assert text.startswith(
        f"{moved} of {len(rows):,} customers who ever bought, with {share:.1%} of revenue, would be"
    )
    shown = table(text, "From ")
    assert sorted(shown) == sorted([*move, str(customers[move]), str(round(revenue[move]))] for move in moves)
    assert [int(row[2]) for row in shown] == [customers[move] for move in moves]
    sizes = {row[0]: list(map(int, row[1:])) for row in table(text, "Segment ")}
    assert set(sizes) == {code for move in customers for code in move}
    for code, (now, then, change, revenue_now, revenue_then, revenue_change) in sizes.items():
        assert now == sum(customers[move] for move in customers if move[0] == code)
        assert then == sum(customers[move] for move in customers if move[1] == code)
        assert revenue_now == round(sum(revenue[move] for move in revenue if move[0] == code))
        assert revenue_then == round(sum(revenue[move] for move in revenue if move[1] == code))
        assert (change, revenue_change) == (then - now, revenue_then - revenue_now)


def test_the_mapping_of_the_warehouse_changes_nothing(what_if):
    """Nor with its columns in another order, and a byte order mark and capitals as Excel writes them."""
    columns = pd.read_csv(StringIO(SHIPPED.replace("true", "TRUE")), dtype=str)
    shuffled = "\ufeff" + columns[columns.columns[::-1]].to_csv(index=False, lineterminator="\r\n")
    for mapping in (SHIPPED, shuffled):
        text, code = what_if(mapping)
        assert code == 0
        assert re.fullmatch(r"Nothing changes: of [\d,]+ customers who ever bought, nobody .*\n", text)


def test_customers_outside_the_window_stay_lost(what_if):
    text, _ = what_if(f"{HEADER}\n1,champion,{ALL},\n")
    sizes = {row[0]: row[1:] for row in table(text, "Segment ")}
    champions, lost = sizes["champion"], sizes["lost"]
    assert int(lost[1]) > 0
    assert lost[4] == "0"
    assert all(row[1] == "0" for code, row in sizes.items() if code not in ("champion", "lost"))
    assert int(champions[1]) + int(lost[1]) == sum(int(row[0]) for row in sizes.values())


def test_a_rule_without_effect_is_named(what_if):
    text, code = what_if(f"{SHIPPED}200,loyal,{ALL},\n")
    assert code == 0
    assert "Nothing changes" in text
    assert "The rule with priority 200 (loyal) never decides" in text


@pytest.mark.parametrize(
    "mapping, problems",
    [
        pytest.param("", ["must have the columns priority, segment_code"], id="empty file"),
        pytest.param(SHIPPED.replace(",", ";"), ["Its first line is priority;segment_code"], id="semicolons"),
        pytest.param(f"{HEADER},note\n", ["must have the columns"], id="column too many"),
        pytest.param(f"{HEADER}\n", ["has no rules"], id="no rules"),
        pytest.param(f"{HEADER}\n1,loyal,{ALL}\n", ["line 2: it has 8 cells for 9 columns"], id="cell less"),
        pytest.param(b"\xff\xfe\x00", ["not text in UTF-8"], id="not text"),
        pytest.param(
            f"{HEADER}\n1,loyal ,{ALL},\n,prospect,{ALL},\n2,,{ALL},\n",
            [
                "line 2: segment_code loyal  is not in marts.segments of the warehouse. Did you mean loyal?",
                "line 3: priority must be a whole number; it is empty",
                "line 3: no rule may lead to prospect",
                "line 4: segment_code is empty",
            ],
            id="segments",
        ),
        pytest.param(
            f"{HEADER}\n1,loyal,0,5,1,6,,5,\n2,loyal,1,5,4,2,1,5,false\n",
            [
                "line 2: r_min must be a score from 1 to 5; it is 0.",
                "line 2: f_max must be a score from 1 to 5; it is 6.",
                "line 2: m_min must be a score from 1 to 5; it is empty.",
                "line 3: f_min (4) is above f_max (2).",
                "line 3: one_order_only must be true or empty; it is false.",
            ],
            id="scores",
        ),
        pytest.param(
            f"{HEADER}\n7,loyal,{ALL},\n\n7,new,{ALL},\n",
            ["lines 2 and 4: rules may not share"],
            id="priority twice",
        ),
        pytest.param(
            f"{HEADER}\n1,loyal,1,5,1,5,2,5,\n2,new,{ALL},true\n",
            ["no rule matches R = 1, F = 1, M = 1 of customers with more orders, nor 24 other combinations"],
            id="combinations without a rule",
        ),
    ],
)  # fmt: skip
def test_a_mapping_on_which_a_build_would_fail_is_refused(what_if, mapping, problems):
    text, code = what_if(mapping)
    assert code == InputError.exit_code
    assert [problem for problem in problems if problem not in text] == []
    assert len(text.splitlines()) == len(problems)


def test_a_missing_file_warehouse_or_table_is_reported(what_if, tmp_path, capsys):
    what_if(SHIPPED)
    assert main(["whatif", "--mapping", str(tmp_path / "none.csv")]) == InputError.exit_code
    assert "none.csv cannot be read: No such file" in capsys.readouterr().err
    text, code = what_if(SHIPPED, tmp_path / "none.duckdb")
    assert (code, "make build" in text) == (1, True)
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    text, code = what_if(SHIPPED, tmp_path / "other.duckdb")
    assert (code, "rebuild it with make build" in text) == (1, True)
    (tmp_path / "text.duckdb").write_text("no database" * 1000)
    text, code = what_if(SHIPPED, tmp_path / "text.duckdb")
    assert (code, "text.duckdb cannot be read" in text) == (1, True)
