"""The CDNOW customers, from the package lifetimes in this environment."""

from importlib.metadata import distribution
from pathlib import Path

import pandas as pd

from klant360.bench import cdnow


def read_cdnow() -> pd.DataFrame:
    return cdnow.read_cdnow(Path(distribution("lifetimes").locate_file("")))
