"""What a sources folder holds: tables of the contract, exports that sources.yml names, and others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from klant360.contract import Table
from klant360.ingest.connectors.connector import Connector, read_connectors
from klant360.ingest.connectors.instances import Instance, read_instances
from klant360.ingest.connectors.recognition import Recognised, Unknown, recognise
from klant360.ingest.delivery import (
    SOURCES_FILE,
    Delivery,
    DeliveryError,
    Part,
    file_format,
    find_delivery,
    in_order,
    is_visible,
    refused,
)

# Of more files than these, the rest is not looked at.
_MOST_FILES = 200
_NUMBER = re.compile("[0-9]+")


@dataclass(frozen=True)
class Proposal:
    """Files that sources.yml does not name: those that a connector reads, and the others."""

    recognised: Sequence[Recognised]
    unknown: Sequence[Unknown]

    def of_known(self, instances: Sequence[Instance]) -> list[tuple[Recognised, Instance]]:
        """Return the files that most likely belong to an instance: of its connector, and beside its files."""
        return [
            (file, instance)
            for file in self.recognised
            for instance in instances
            if file.connector == instance.connector.folder.name
            and file.part.path.parent
            in {part.path.parent for parts in instance.files.values() for part in parts}
        ]

    def lines(self, instances: Sequence[Instance]) -> list[str]:
        """Return the lines to add to a sources.yml that has these instances.

        What most likely belongs to one of them is left out: as another instance it would have other keys, and
        count twice.
        """
        left_out = [file for file, _ in self.of_known(instances)]
        found: dict[tuple[PurePosixPath, str], list[str]] = {}
        for file in self.recognised:
            if file not in left_out:
                folder = PurePosixPath(file.part.name).parent
                found.setdefault((folder, file.connector), []).append(file.part.name)
        names = {instance.name for instance in instances}
        lines = []
        for (folder, connector), files in found.items():
            name = _free_name(re.sub("[^a-z0-9]+", "_", (folder.name or connector).lower()).strip("_"), names)
            names.add(name)
            others = {file.part.name for file in self.recognised} - set(files)
            others |= {file.part.name for file in self.unknown}
            lines += [f"{name}:", f"  connector: {connector}", "  files:"]
            lines += [f"    - {pattern!r}" for pattern in _patterns(files, others)]
        return lines


@dataclass(frozen=True)
class Found:
    """All files of a sources folder: those that are read, and those that could be."""

    delivery: Delivery
    instances: Sequence[Instance] = ()
    proposal: Proposal = Proposal((), ())


def find_all(sources: Path, contract: Mapping[str, Table]) -> Found:
    """Find the files of every table, and the instances that sources.yml names with theirs.

    Without a sources.yml, files that a connector could read are a problem of the delivery; beside one they
    are a hint.
    """
    delivery = find_delivery(sources, contract)
    has_file = (sources / SOURCES_FILE).is_file()
    if not has_file and not delivery.loose:
        return Found(delivery)
    try:
        connectors = read_connectors(contract)
    except DeliveryError as error:
        delivery.problems += error.problems
        return Found(delivery)
    instances, problems = read_instances(sources, connectors, contract)
    taken = {part.path for instance in instances for parts in instance.files.values() for part in parts}
    filled = {table for instance in instances for table in instance.tables}
    delivery = find_delivery(sources, contract, taken, filled)
    proposal = _propose(delivery, sources, connectors, contract)
    if proposal.recognised and not has_file:
        files = ", ".join(f"{file.part.name} ({file.export.title})" for file in proposal.recognised)
        problems.append(
            f"the folder has exports, and no {SOURCES_FILE} that says to read them: {files}."
            f" Have them read with `klant360 preflight {sources} --write`, or remove them."
        )
    if problems:  # they explain why a required table is not there
        delivery = find_delivery(sources, contract, taken, contract)
    delivery.problems += problems
    delivery.hints += _hints(delivery, proposal, has_file)
    return Found(delivery, instances, proposal)


def _propose(
    delivery: Delivery, sources: Path, connectors: Mapping[str, Connector], contract: Mapping[str, Table]
) -> Proposal:
    """Recognise the files of a delivery that are neither in the contract's form nor named in sources.yml."""
    recognised: list[Recognised] = []
    unknown: list[Unknown] = []
    for path in _files(delivery):
        part = Part(path, path.relative_to(sources).as_posix(), file_format(path))
        if complaint := refused(path):
            unknown.append(Unknown(part, f"{part.name} {complaint}."))
            continue
        try:
            found = recognise(part, connectors, contract)
        except OSError as error:
            found = Unknown(part, f"{part.name} cannot be read ({error.strerror}): check its permissions.")
        if isinstance(found, Recognised):
            recognised.append(found)
        else:
            unknown.append(found)
    return Proposal(recognised, unknown)


def _hints(delivery: Delivery, proposal: Proposal, has_file: bool) -> list[str]:
    """Return what the log says of files that are not read: what each resembles, if it is a table."""
    said = {file.part.path: f"Not read: {file.sentence}" for file in proposal.unknown}
    for file in proposal.recognised:
        why = f"Not read, because {SOURCES_FILE} does not name it: {file.part.name} ({file.export.title})."
        said[file.part.path] = why if has_file else ""
    hints: list[str] = []
    for entry, hint in delivery.loose.items():
        inside = [sentence for path, sentence in said.items() if path == entry or entry in path.parents]
        hints += inside or [hint]
    return list(filter(None, hints))


def _files(delivery: Delivery) -> list[Path]:
    """Return the loose files, also those in loose folders."""
    files: list[Path] = []
    for entry in delivery.loose:
        inside = entry.rglob("*") if entry.is_dir() else [entry]
        files += sorted((file for file in inside if file.is_file() and is_visible(file)), key=in_order)
    return files[:_MOST_FILES]


def _patterns(files: Sequence[str], others: set[str]) -> list[str]:
    """Return patterns for files: files that differ in numbers only share one, if it matches no other file."""
    patterns: dict[str, list[str]] = {}
    for file in files:
        patterns.setdefault(_NUMBER.sub("*", file), []).append(file)
    return [
        name
        for pattern, alike in patterns.items()
        for name in (
            [pattern]
            if len(alike) > 1 and not any(PurePosixPath(other).match(pattern) for other in others)
            else alike
        )
    ]


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name for an instance that is not taken."""
    name = name if name[:1].isalpha() else f"source_{name}"
    number = 2
    while name in taken:
        name = f"{name.rstrip('0123456789').rstrip('_')}_{number}"
        number += 1
    return name
