"""The file `sources.yml` of a sources folder: which files come from which system."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from klant360.contract import Table, did_you_mean
from klant360.ingest.connectors.connector import Connector, Export, in_a_line
from klant360.ingest.connectors.recognition import Recognised, recognise
from klant360.ingest.delivery import (
    SOURCES_FILE,
    DeliveryError,
    Part,
    file_format,
    in_order,
    is_visible,
    refused,
)

_SETTINGS = ("connector", "files", "sheet")
_NAME = re.compile("[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Instance:
    """One shop, CRM or help desk: its name, its connector, and its files by export."""

    name: str
    connector: Connector
    files: Mapping[str, tuple[Part, ...]]

    @property
    def exports(self) -> list[Export]:
        """The exports of the connector of which there are files."""
        return [export for export in self.connector.exports.values() if export.name in self.files]

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables of the contract that its files fill."""
        return frozenset(table for export in self.exports for table in export.fills)

    def files_of(self, table: str) -> tuple[Part, ...]:
        """The files that a table is filled from, in order."""
        read = {name for export in self.exports for name in export.read_for(table)}
        return tuple(part for name in self.files for part in self.files[name] if name in read)


def read_instances(
    sources: Path, connectors: Mapping[str, Connector], contract: Mapping[str, Table]
) -> tuple[list[Instance], list[str]]:
    """Read the sources.yml of a folder, if it has one: the instances, and a sentence per problem."""
    file = sources / SOURCES_FILE
    if not file.is_file():
        return [], []
    try:
        described = yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [], [f"{SOURCES_FILE} is not valid YAML: {in_a_line(error)}."]
    if not isinstance(described, dict):
        return [], [f"{SOURCES_FILE} must map the name of each source to its connector and its files."]
    instances: list[Instance] = []
    problems: list[str] = []
    owners: dict[Path, str] = {}
    for name, settings in described.items():
        wrong = list(_setting_problems(str(name), settings, connectors))
        if not wrong:
            try:
                instances.append(_instance(str(name), settings, sources, connectors, contract, owners))
            except DeliveryError as error:
                wrong = list(error.problems)
        problems += [f"{SOURCES_FILE}: {name}: {problem}" for problem in wrong]
    return instances, problems


def _setting_problems(name: str, settings: Any, connectors: Mapping[str, Connector]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "a name has lower case letters, digits and _ only, such as shop_nl."
    if not isinstance(settings, dict):
        yield "needs a connector and files, such as {connector: shopify, files: orders_export*.csv}."
        return
    for key in settings:
        if key not in _SETTINGS:
            yield f"{key} is not a setting.{did_you_mean(str(key), _SETTINGS)}"
    connector = settings.get("connector")
    if connector not in connectors:
        known, meant = ", ".join(sorted(connectors)), did_you_mean(str(connector), connectors)
        yield f"there is no connector {connector}: choose one of {known}.{meant}"
    files = settings.get("files")
    if not files or not all(isinstance(pattern, str) for pattern in _listed(files)):
        yield "files needs a pattern such as orders_export*.csv, or a list of them."


def _instance(
    name: str,
    settings: Mapping[str, Any],
    sources: Path,
    connectors: Mapping[str, Connector],
    contract: Mapping[str, Table],
    owners: dict[Path, str],
) -> Instance:
    """Find and recognise the files of an instance; `owners` has the instance of each file found so far.

    Raises DeliveryError with all problems.
    """
    connector = connectors[settings["connector"]]
    files: dict[str, list[Part]] = defaultdict(list)
    problems: list[str] = []
    for path in _matching(sources, _listed(settings["files"]), problems):
        relative = path.relative_to(sources).as_posix()
        if owners.setdefault(path, name) != name:
            problems.append(f"{relative} is also one of the files of {owners[path]}: keep it in one of them.")
        elif complaint := refused(path):
            problems.append(f"{relative} {complaint}.")
        else:
            part = Part(path, relative, file_format(path), settings.get("sheet"))
            try:
                found = recognise(part, {settings["connector"]: connector}, contract)
            except OSError as error:
                problems.append(f"{relative} cannot be read ({error.strerror}): check its permissions.")
                continue
            if isinstance(found, Recognised):
                files[found.export.name].append(part)
            else:
                problems.append(found.sentence)
    if problems:
        raise DeliveryError(*problems)
    return Instance(name, connector, {export: tuple(parts) for export, parts in files.items()})


def _listed(files: Any) -> list[Any]:
    return files if isinstance(files, list) else [files]


def _matching(sources: Path, patterns: list[str], problems: list[str]) -> list[Path]:
    """Return the files that match any of the patterns, in order; adds patterns that match none."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            problems.append(f"{pattern} leads outside the folder: put the files in {sources}.")
            continue
        matching = [path for path in sources.glob(pattern) if path.is_file() and is_visible(path)]
        if not matching:
            problems.append(f"no file in {sources} matches {pattern}.")
        found.update(dict.fromkeys(matching))
    return sorted(found, key=in_order)
