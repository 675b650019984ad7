"""The ledger of erasure requests."""

from collections.abc import Callable

import pytest

from klant360.privacy.ledger import LedgerError, Request, read_ledger, write_ledger

REQUESTS = [Request("a" * 64, "email", "2024-01-01 00:00:00", "erased")]


def test_a_ledger_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "ledger.jsonl"
    assert read_ledger(path, "sesam") == []
    write_ledger(path, "sesam", REQUESTS)
    assert read_ledger(path, "sesam") == REQUESTS
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.jsonl"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda text: text, "another KLANT360_ID_SALT"),
        (lambda text: text[:-20], "damaged"),
        (lambda text: "", "damaged"),
        (lambda text: text.replace("outcome", "income"), "damaged"),
    ],
)
def test_a_ledger_that_cannot_be_trusted_stops_the_build(
    tmp_path, spoil: Callable[[str], str], sentence: str
):
    path = tmp_path / "ledger.jsonl"
    write_ledger(path, "another secret", REQUESTS)
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(LedgerError, match=sentence):
        read_ledger(path, "sesam")
