"""A company's own data replaces the demo set: the result is that of a new warehouse."""

from collections.abc import Callable
from pathlib import Path

import pytest

from klant360.ingest.demo_warehouse import is_of_demo, make_way
from klant360.privacy.ledger import LedgerError, Request, ledger_file, read_ledger, write_ledger
from klant360.publishing.publication import publications
from test_erasure import PUBLISHED_FACTS, VARIABLES, publish
from warehouses import WAREHOUSE_NAME, Dbt, Warehouse, changed_environment

MODELS = ("+customer_merges", *PUBLISHED_FACTS)


class Place:
    """A warehouse, its ledger, and folders that may be delivered; both contain what was delivered."""

    def __init__(self, folder: Path) -> None:
        self.project, self.warehouse = folder, folder / "warehouse" / "klant360.duckdb"
        self.warehouse.parent.mkdir()

    def build(self, sources: str, secret: str = "sesam") -> bool:
        """Deliver `demo/sources` or another folder; returns whether the warehouse was replaced."""
        made_way = make_way(self.warehouse, self.project / sources, self.project, secret)
        with self.warehouse.open("a") as file:
            file.write(f"{sources} ")
        ledger = ledger_file(self.warehouse)
        asked = Request(sources, "email", "2024-01-01 00:00:00", "erased")
        write_ledger(ledger, secret, {*read_ledger(ledger, secret), asked})
        return made_way

    def holds(self, secret: str = "sesam") -> tuple[str, list[str]]:
        """Return what was delivered to the warehouse, and the requests in its ledger."""
        asked = [request.request_hash for request in read_ledger(ledger_file(self.warehouse), secret)]
        return self.warehouse.read_text(), asked


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_own_data_replaces_the_demo_and_its_ledger(place):
    assert [place.build("demo/sources"), place.build("demo/sources")] == [False, False]
    place.warehouse.with_name("klant360.duckdb.wal").write_text("not yet in the file")
    assert is_of_demo(place.warehouse)
    assert place.build("own")
    assert place.holds() == ("own ", ["own"])
    assert not is_of_demo(place.warehouse)
    assert not place.warehouse.with_name("klant360.duckdb.wal").exists()


def test_the_demo_is_rebuilt_when_the_secret_is_set(place):
    place.build("demo/sources", secret="")
    assert place.build("demo/sources")
    assert place.holds() == ("demo/sources ", ["demo/sources"])
    assert is_of_demo(place.warehouse)


def test_a_warehouse_of_own_data_is_never_removed(place):
    place.build("own")
    for sources in ("demo/sources", "own"):
        assert not place.build(sources)
        assert not is_of_demo(place.warehouse)
    assert place.holds()[0] == "own demo/sources own "
    with pytest.raises(LedgerError):
        place.build("demo/sources", "another")
    assert place.holds()[1] == ["demo/sources", "own"]


@pytest.mark.parametrize("named", [False, True], ids=["beside the warehouse", "named"])
def test_a_demo_in_a_new_warehouse_does_not_touch_the_ledger_of_own_data(place, named, tmp_path):
    with changed_environment({"KLANT360_ERASURE_LEDGER": str(tmp_path / "requests.jsonl") if named else ""}):
        place.build("own")
        place.warehouse.unlink()  # as make clean does
        for secret in ("sesam", "another"):
            place.build("demo/sources", secret)
            assert place.holds(secret) == ("demo/sources ", ["demo/sources"])
        assert place.build("own")
        assert place.holds() == ("own ", ["own"])


def test_a_demo_that_was_cleaned_up_leaves_no_ledger_for_own_data(place):
    place.build("demo/sources")
    place.warehouse.unlink()
    assert place.build("own")
    assert place.holds() == ("own ", ["own"])


def test_own_data_after_the_demo_is_built_and_served_as_in_a_new_warehouse(
    make_project: Callable[..., Path],
    make_sources: Callable[..., Path],
    dbt: Dbt,
    tmp_path: Path,
) -> None:
    def delivery(*people: tuple[str, str], orders: int) -> dict[str, str]:
        crm = [f"C{n},{name},{name.lower()}@zon.example,{phone}" for n, (name, phone) in enumerate(people)]
        bought = [f"{n},2024-01-05,10,{people[0][0].lower()}@zon.example" for n in range(orders)]
        return {
            "crm.customers": "\n".join(["customer_number,first_name,email,phone", *crm]),
            "webshop.orders": "\n".join(["order_id,ordered_at,total_amount,email", *bought]),
        }

    # the same keys are two people in the demo and one in the own data: in one warehouse, that is a merge
    demo = delivery(("Anna", "0612345678"), ("Bram", "0687654321"), orders=9)
    own = delivery(("Eva", "0611223344"), ("Eva", "0611223344"), orders=1)
    project, serve = make_project({}), tmp_path / "serve"
    (project / "demo").mkdir()
    demo_sources = make_sources(demo).rename(project / "demo" / "sources")
    warehouse = Warehouse(tmp_path / "built" / WAREHOUSE_NAME, dbt)
    warehouse.path.parent.mkdir()
    warehouse.build(demo_sources, project=project, select=MODELS)
    publish(warehouse.path, serve, VARIABLES, keep=5)
    customers = "select count(distinct customer_id) from intermediate.int_identity__record_customers"
    assert warehouse.rows(customers) == [(2,)]

    # the file starts empty, without seeds
    warehouse = Warehouse(warehouse.path, dbt)
    warehouse.build(make_sources(own), project=project, select=MODELS)
    assert warehouse.rows(customers) == [(1,)]
    assert warehouse.rows("from marts.customer_merges") == []
    publish(warehouse.path, serve, VARIABLES, keep=5)
    assert len(publications(serve)) == 2
