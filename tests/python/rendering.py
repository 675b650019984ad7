"""The project's SQL as dbt renders it for an engine, without a connection."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dbt.adapters.spark import connections
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from parsing import forget_compiled, locked

PROJECT = Path(__file__).parents[2]
PROFILES = Path(__file__).with_name("profiles")

# Python models are not SQL, and this test queries the warehouse while it is rendered.
NEEDS_A_WAREHOUSE = ("file:*.py", "test_name:columns_match_yml")


class Renderer:
    """The parsed project for one target of the profile beside this file: `duckdb` or `spark`."""

    # the folder in which one worker parses for all workers of a session, and the parsed projects
    shared_folder: Path
    parsed: Mapping[str, Callable[[], Manifest]] = {}

    def __init__(self, target: str) -> None:
        scratch = self.shared_folder / target
        self._arguments = [
            *("--project-dir", str(PROJECT)),
            *("--profiles-dir", str(PROFILES), "--target", target),
            *("--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")),
            "--quiet",
        ]
        _allow_profile_without_driver()
        with locked(scratch):
            self.manifest = self.parsed[target]() if target in self.parsed else self._invoke("parse")

    def nodes(self, **variables: Any) -> list[Any]:
        """Return every SQL model and data test, compiled under these vars."""
        results = self._invoke(*_compile(variables), "--exclude", *NEEDS_A_WAREHOUSE)
        return [result.node for result in results if result.node.resource_type in ("model", "test")]

    def macros(self, calls: Mapping[str, str], **variables: Any) -> dict[str, str]:
        """Return each rendered macro call, with these vars."""
        template = "{{ tojson({" + ", ".join(f'"{name}": {call}' for name, call in calls.items()) + "}) }}"
        (result,) = self._invoke(*_compile(variables), "--inline", template)
        return json.loads(result.node.compiled_code)

    def _invoke(self, command: str, *arguments: str) -> Any:
        manifest = None if command == "parse" else self.manifest
        if manifest:
            forget_compiled(manifest)
        outcome = dbtRunner(manifest=manifest).invoke([command, *arguments, *self._arguments])
        if not outcome.success:
            failures = [result.message for result in outcome.result or [] if result.message]
            raise RuntimeError(f"dbt {command} failed: {outcome.exception or failures}")
        return outcome.result


def _compile(variables: dict[str, Any]) -> tuple[str, ...]:
    return "compile", "--no-introspect", "--no-populate-cache", "--vars", json.dumps(variables)


def _allow_profile_without_driver() -> None:
    """Replace PyHive, which dbt-spark imports when it reads the profile; no connection is opened."""
    for name in ("ThriftState", "THttpClient", "hive"):
        if getattr(connections, name) is None:
            setattr(connections, name, object())


# Parsing takes seconds: once per session and target.
renderer = cache(Renderer)
