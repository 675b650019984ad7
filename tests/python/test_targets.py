"""The commands on a target other than DuckDB, where no cluster is needed to answer."""

import pytest

from klant360.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["erase", "--target", "sparc"], "There is no target sparc in profiles.yml"),
        (["publish", "--target", "sparc"], "There is no target sparc in profiles.yml"),
        (["erase"], "On DuckDB the next build erases the rows"),
        (["erase", "--target", "spark", "--dry-run"], "leave out --dry-run"),
        (["person", "--target", "spark", "--email", "jan@example.com"], "does not work on Spark"),
    ],
)
def test_a_command_that_a_target_does_not_have_says_so(capsys, arguments, sentence):
    assert main(arguments) != 0
    assert sentence in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_named_at_once(capsys, monkeypatch):
    pytest.importorskip("pyspark", reason="Spark is not installed: make spark")
    monkeypatch.setenv("KLANT360_SPARK_CONNECT", "sc://127.0.0.1:1;token=abc")
    assert main(["erase", "--target", "spark"]) == 1
    error = capsys.readouterr().err
    assert "Spark Connect does not answer at sc://127.0.0.1:1:" in error
    assert "abc" not in error
