"""The project, parsed once and then used for every command, with other vars and seeds."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import CompiledNode, SeedNode


def forget_compiled(manifest: Manifest, project: Path | None = None) -> None:
    """Make dbt compile again: it would reuse ephemeral models as compiled by the previous run, with its vars.

    Seeds are those of the project, which may differ from the parsed one in nothing else.
    """
    for node in manifest.nodes.values():
        if isinstance(node, CompiledNode):
            node.compiled, node.extra_ctes_injected, node.extra_ctes = False, False, []
        elif isinstance(node, SeedNode) and project:
            node.root_path = str(project)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Block other workers of this session."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
