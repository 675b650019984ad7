"""One chunk of people: all three systems, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo.campaigns import Campaigns
from klant360.demo.catalogue import Catalogue
from klant360.demo.crm import make_crm
from klant360.demo.life import live, people_table
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.people import draw_people
from klant360.demo.service_desk import make_service_desk
from klant360.demo.webshop import make_webshop


@dataclass(frozen=True)
class Company:
    """What all chunks share."""

    catalogue: Catalogue
    campaigns: Campaigns
    numbers: Numbers


def make_chunk(
    first_index: int, n: int, company: Company, options: Options, rng: np.random.Generator
) -> dict[str, pa.Table]:
    """Make the tables of n people, numbered from first_index on; the dirt of the files is added later."""
    people = draw_people(first_index, n, options, rng)
    life = live(people, company.campaigns, options, rng)
    numbers = company.numbers
    crm, customer_numbers = make_crm(people, life, company.campaigns, numbers, options, rng)
    webshop = make_webshop(people, life, customer_numbers, company.catalogue, numbers, options, rng)
    desk = make_service_desk(people, life, customer_numbers, numbers, options, rng)
    records = pa.concat_tables([system.pop("truth.source_records") for system in (crm, webshop, desk)])
    return (
        crm | webshop | desk | {"truth.people": people_table(people, life), "truth.source_records": records}
    )
