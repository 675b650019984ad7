"""target/summary.md: what each run came to, without groups of few people."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from klant360.errors import InputError
from klant360.publishing.run_summary import CUSTOMERS, ROWS, summarised


def node(name: str, status: str = "success", seconds: float = 0.1, failures: int | None = None):
    resource_type = "model" if status == "success" else "test"
    named = SimpleNamespace(name=name, resource_type=resource_type)
    return SimpleNamespace(node=named, status=status, failures=failures, execution_time=seconds)


@pytest.fixture
def summary_of(demo_warehouse, tmp_path):
    """Return a function that summarises a build of these nodes in the warehouse of the demo."""

    def summarise(*nodes, variables: str = "{}") -> str:
        arguments = ["--target-path", str(tmp_path), "--vars", variables]
        with summarised("build", arguments, demo_warehouse) as run:
            run.result = SimpleNamespace(result=SimpleNamespace(results=nodes))
            run.outcome = "Built and tested."
        return (tmp_path / "summary.md").read_text(encoding="utf-8")

    return summarise


def table(text: str, title: str) -> dict[str, list[str]]:
    """Return the cells of each row below a title, by the first one."""
    lines = text.partition(title)[2].partition("\n###")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {name: cells for name, *cells in rows[1:]}


def test_rows_and_segments_are_those_of_the_marts(summary_of, ask):
    text = summary_of(*map(node, ROWS | CUSTOMERS))
    rows, segments = table(text, "### Rows"), table(text, "who ever bought")
    for each in ask("from marts.source_reconciliation where rows_read > 0"):
        counts = each.rows_read, each.rows_accepted, each.rows_rejected, each.rows_erased
        assert rows[each.source_table][:4] == [f"{count:,}" for count in counts]
        assert bool(rows[each.source_table][4]) == (each.rows_rejected > 0)
    now, before = (
        {each.name_en: each.customers for each in found}
        for found in (
            ask(f"""
                select name_en, count(*) as customers
                from marts.customer_segment_history inner join marts.segments using (segment_code)
                where snapshot_date = (
                    select snapshot_date from marts.snapshots order by snapshot_date desc limit 1 offset {ago}
                )
                group by name_en
            """)
            for ago in (0, 1)
        )
    )
    assert {name: cells for name, cells in segments.items() if name != "Prospect"} == {
        name: [f"{count:,}", f"{count - before[name]:+,}"] for name, count in now.items()
    }


def test_few_people_are_never_counted(summary_of):
    nodes = [*map(node, CUSTOMERS)]
    segments = table(summary_of(*nodes, variables="min_cell_size: 150"), "who ever bought")
    shown = {name: int(cells[0].replace(",", "")) for name, cells in segments.items()}
    assert "Can't lose" not in shown
    assert "Other segments" in shown
    assert min(shown.values()) >= 150
    assert "too few customers" in summary_of(*nodes, variables="min_cell_size: 500")


def test_tests_and_slow_models_are_listed_and_other_parts_left_out(summary_of):
    slow = [node(f"model_{number}", seconds=number) for number in range(20)]
    text = summary_of(*slow, node("works", "pass"), node("doubtful", "warn", failures=1234))
    assert "Tests: 1 pass, 1 warn." in text
    assert "- doubtful: 1,234 rows" in text
    assert list(table(text, "Slowest").items())[:2] == [("model_19", ["19.0"]), ("model_18", ["18.0"])]
    assert "model_9 " not in text
    assert "### Rows" not in text
    assert "customers" not in text


def test_a_failed_and_a_stopped_run_have_a_summary(tmp_path: Path):
    arguments = [f"--target-path={tmp_path}"]
    with pytest.raises(InputError), summarised("publish", arguments, None):
        raise InputError("The file has no orders.")
    assert re.search("exit code 3.*The file has no orders", (tmp_path / "summary.md").read_text())
    with pytest.raises(KeyboardInterrupt), summarised("publish", arguments, None):
        raise KeyboardInterrupt
    assert "Stopped." in (tmp_path / "summary.md").read_text()
