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
from klant360.ingest.connectors.connector import Connector, Export, in_a_line, read_yaml
from klant360.ingest.connectors.recognition import Recognised, Recogniser
from klant360.ingest.delivery import (
    SOURCES_FILE,
    DeliveryError,
    Part,
    file_format,
    in_order,
    is_visible,
    refused,
)
from klant360.project import CONNECTORS

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

    @property
    def parts(self) -> list[Part]:
        """All its files."""
        return [part for parts in self.files.values() for part in parts]

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables of the contract that its files fill."""
        return frozenset(table for export in self.exports for table in export.fills)

    def read_for(self, table: str) -> set[str]:
        """Return the names of the exports that a table is filled from."""
        return {name for export in self.exports for name in export.read_for(table)}

    def files_of(self, table: str) -> tuple[Part, ...]:
        """Return the files that a table is filled from, in order."""
        read = self.read_for(table)
        return tuple(part for name in self.files for part in self.files[name] if name in read)


def read_instances(
    sources: Path, connectors: Mapping[str, Connector], contract: Mapping[str, Table]
) -> tuple[list[Instance], list[str]]:
    """Read the sources.yml of a folder, if it has one: the instances, and a sentence per problem."""
    file = sources / SOURCES_FILE
    if not file.is_file():
        return [], []
    try:
        described = read_yaml(file)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [], [f"{SOURCES_FILE} is not valid YAML: {in_a_line(error)}."]
    if not isinstance(described, dict):
        return [], [f"{SOURCES_FILE} must map the name of each source to its connector and its files."]
    instances: list[Instance] = []
    problems: list[str] = []
    owners: dict[tuple[Path, str | None], str] = {}
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
    if not isinstance(connector, str) or connector not in connectors:
        known, meant = ", ".join(sorted(connectors)), did_you_mean(str(connector), connectors)
        own = f" One of your own lies in the folder that {CONNECTORS} names."
        yield f"there is no connector {connector}: choose one of {known}.{meant or own}"
    files = settings.get("files")
    if not files or not all(isinstance(pattern, str) for pattern in _listed(files)):
        yield "files needs a pattern such as orders_export*.csv, or a list of them."


def _instance(
    name: str,
    settings: Mapping[str, Any],
    sources: Path,
    connectors: Mapping[str, Connector],
    contract: Mapping[str, Table],
    owners: dict[tuple[Path, str | None], str],
) -> Instance:
    """Find and recognise the files of an instance; `owners` has the instance of each file and sheet so far.

    Raises DeliveryError with all problems.
    """
    connector = connectors[settings["connector"]]
    files: dict[str, list[Part]] = defaultdict(list)
    problems: list[str] = []
    sheet = None if settings.get("sheet") is None else str(settings["sheet"])
    recognise = Recogniser({settings["connector"]: connector}, contract).recognise
    for path in _matching(sources, _listed(settings["files"]), problems):
        relative = path.relative_to(sources).as_posix()
        owner = owners.setdefault((path.resolve(), sheet), name)
        if owner != name:
            problems.append(f"{relative} is also one of the files of {owner}: keep it in one of them.")
        elif complaint := refused(path):
            problems.append(f"{relative} {complaint}.")
        else:
            part = Part(path, relative, file_format(path), sheet)
            try:
                found = recognise(part)
            except OSError as error:
                problems.append(f"{relative} cannot be read ({error.strerror}): check its permissions.")
                continue
            if isinstance(found, Recognised):
                files[found.export.name].append(found.part)
            else:
                problems.append(found.sentence)
    if problems:
        raise DeliveryError(*problems)
    return Instance(name, connector, {export: tuple(parts) for export, parts in files.items()})


def _listed(files: Any) -> list[Any]:
    return files if isinstance(files, list) else [files]


def _matching(sources: Path, patterns: list[str], problems: list[str]) -> list[Path]:
    """Return the files that match any pattern, in the order of their paths; adds what matches none."""
    found: dict[Path, Path] = {}
    for pattern in patterns:
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            problems.append(f"{pattern} leads outside the folder: put the files in {sources}.")
            continue
        try:
            matching = [path for path in sources.glob(pattern) if path.is_file() and is_visible(path)]
        except (ValueError, IndexError, NotImplementedError):  # what pathlib raises for '', '**x' and '.'
            problems.append(f"{pattern!r} is not a pattern of file names, such as orders_export*.csv.")
            continue
        if (sources / pattern).is_dir():
            problems.append(f"{pattern} is a folder: write {pattern.rstrip('/')}/* for its files.")
        elif not matching:
            problems.append(f"no file in {sources} matches {pattern}.")
        for path in matching:
            found.setdefault(path.resolve(), path)
    return sorted(
        found.values(), key=lambda path: [in_order(Path(name)) for name in path.relative_to(sources).parts]
    )
