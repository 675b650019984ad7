"""Which columns of the marts come from personal data: published columns may not, unless generalised.

Columns with personal data have the tag `personal_data` in their yml. The origin of a column is read from the
compiled SQL of the models, column by column (sqlglot's lineage: what a value is made of, not how rows were
selected); in a Python model every column comes from all columns that it reads. A column whose meta has
`generalised` is not personal data, and neither are columns made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage

TAG = "personal_data"
# The ways in which a value can be too coarse to identify anyone.
GENERALISATIONS = {
    "postal_area": "the first two characters of a postal code",
    "age_band": "an age in bands of ten years",
    "count": "how many, or which share",
    "reason": "one of a fixed list of words that say why",
    "flag": "whether something is so",
}
PUBLISHED_SCHEMA = "marts"


@dataclass(frozen=True)
class Model:
    """A table or view that dbt built or read, with what lineage needs.

    `tags` and `generalised` are per column; `sql` is the compiled SELECT, empty for seeds, sources and Python
    models; `inputs` are the relations (`schema.name`) that a Python model reads.
    """

    relation: str
    columns: tuple[str, ...]
    personal: frozenset[str] = frozenset()
    generalised: Mapping[str, str] = field(default_factory=dict)
    sql: str = ""
    inputs: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Models are identified by their relation."""
        return hash(self.relation)


def problems(models: Iterable[Model], dialect: str = "duckdb") -> list[str]:
    """Return a sentence per column that must not be published; none if all may be.

    `dialect` is sqlglot's name of the SQL of the models.
    """
    known = {model.relation: model for model in models}
    sentences = [
        f"{model.relation}.{column} is generalised as {way}: use one of {', '.join(GENERALISATIONS)}."
        for model in known.values()
        for column, way in model.generalised.items()
        if way not in GENERALISATIONS
    ]
    origins = _Origins(known, dialect)
    for model in known.values():
        if model.relation.split(".")[0] != PUBLISHED_SCHEMA:
            continue
        for column in model.columns:
            found = sorted(origins.of(model.relation, column))
            if column in model.personal:
                sentences.append(f"{model.relation}.{column} is personal data, which is never published.")
            elif found:
                sentences.append(
                    f"{model.relation}.{column} comes from personal data ({_few(found)}), and its meta does"
                    " not say how it was generalised."
                )
    return sentences


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


class _Origins:
    """Return the personal data columns that a column is made of."""

    def __init__(self, models: Mapping[str, Model], dialect: str) -> None:
        self._models, self._dialect = models, dialect
        self._schema: dict[str, dict[str, dict[str, str]]] = {}
        for model in models.values():
            schema, name = model.relation.split(".")
            if model.columns:
                self._schema.setdefault(schema, {})[name] = dict.fromkeys(model.columns, "text")
        self._lineage = cache(self._lineage_of)

    def of(self, relation: str, column: str) -> set[str]:
        """Return the personal data columns that are reached; a model may read the table that it replaces."""
        found, seen, waiting = set(), set(), [(relation, column)]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            model, name = self._models[here[0]], here[1]
            if name in model.personal:
                found.add(".".join(here))
            elif name not in model.generalised:
                waiting += self._read_by(model, name)
        return found

    def _read_by(self, model: Model, column: str) -> set[tuple[str, str]]:
        """Return the columns of other relations that a column is made of.

        For a Python model those are all that it reads; for a column that a materialization adds, all that the
        SQL selects.
        """
        if model.sql:
            columns = self._lineage(model)
            return columns[column] if column in columns else set().union(*columns.values())
        return {
            (relation, name)
            for relation in model.inputs
            if relation in self._models
            for name in self._models[relation].columns
        }

    def _lineage_of(self, model: Model) -> dict[str, set[tuple[str, str]]]:
        tree = parse_one(model.sql, read=self._dialect)
        for table in tree.find_all(exp.Table):
            table.set("catalog", None)
        nodes = lineage(None, tree, self._schema, dialect=self._dialect, trim_selects=False, copy=False)
        return {
            column: {pair for node in root.walk() for pair in self._leaf(node)}
            for column, root in nodes.items()
        }

    def _leaf(self, node: Node) -> set[tuple[str, str]]:
        # a function such as generate_series is not a relation
        if not isinstance(node.expression, exp.Table) or not node.expression.name:
            return set()
        relation = f"{node.expression.db}.{node.expression.name}"
        name = node.name.split(".")[-1].strip('"')
        if name == "*":
            return {(relation, column) for column in self._models[relation].columns}
        return {(relation, name)}
