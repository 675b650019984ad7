"""The steps of a model that is materialized as `clusters`, from its compiled SQL."""

import re
from typing import NamedTuple


class Step(NamedTuple):
    """A statement of a model: a working `table`, the `components` of a graph, or the `model` itself."""

    sql: str
    kind: str
    name: str


def steps(compiled_code: str) -> list[Step]:
    """Return the statements in order; the last one is the model, for most models the only one."""
    parts = re.split(r"; -- (table|components) ([a-z_]+)\n", compiled_code)
    return [Step(*parts[place : place + 3]) for place in range(0, len(parts) - 1, 3)] + [
        Step(parts[-1], "model", "")
    ]
