"""Makes a demo set chunk by chunk, each from its own random stream, so that memory stays bounded."""

from __future__ import annotations

import sys

import numpy as np
from tqdm import tqdm

from klant360.demo import clock
from klant360.demo.campaigns import make_campaigns, make_spend
from klant360.demo.catalogue import make_catalogue
from klant360.demo.chunk import Company, make_chunk
from klant360.demo.dirt import spoil
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.output import Output

CHUNK = 20_000
README = """
Nobody in it exists. sources/ has what a company would deliver: the CRM, the webshop and the service desk.
truth/ has what no company knows: the person of each source record (source_records), and the people with
the parameters of their buying behaviour (people; times in UTC). All events are between {start} and {end}.

People: {people}. Seed: {seed}. Seasonality: {seasonality}. Style: {style}. The same command makes the same
files, and replaces the whole folder.
"""


def _stream(seed: int, *place: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=place)))


def generate(options: Options) -> dict[str, int]:
    """Write the demo set that the options describe; returns the number of rows per table.

    Raises DemoError if the folder has files that the demo did not write. The same options give the same bytes
    (with the same versions of numpy, pyarrow and Faker).
    """
    shared = _stream(options.seed, 0)
    company = Company(make_catalogue(shared), make_campaigns(), Numbers())
    starts = range(0, options.people, CHUNK)
    is_quiet = len(starts) == 1 or (not sys.stderr.isatty() and options.people < 200_000)
    with (
        Output(options.out, options.format, options.style) as output,
        tqdm(total=options.people, unit=" people", disable=is_quiet, mininterval=1) as progress,
    ):
        output.write({"webshop.products": company.catalogue.products})
        output.write({"crm.campaign_spend": make_spend(company.campaigns, options.people, shared)})
        for number, start in enumerate(starts):
            n = min(CHUNK, options.people - start)
            rng = _stream(options.seed, 1, number)
            made = make_chunk(start, n, company, options, rng)
            output.write({name: spoil(name, table, options, rng) for name, table in made.items()})
            progress.update(n)
    text = README.format(
        start=clock.MONTHS[0].astype("datetime64[D]"),
        end=clock.MONTHS[-1].astype("datetime64[D]") - 1,
        people=options.people,
        seed=options.seed,
        seasonality=options.seasonality,
        style=options.style,
    )
    output.finish(text)
    return output.rows
