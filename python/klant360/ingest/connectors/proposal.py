"""What a sources folder holds: tables of the contract, exports that sources.yml names, and others."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from klant360.contract import Table
from klant360.ingest.connectors.connector import read_connectors
from klant360.ingest.connectors.instances import Instance, read_instances
from klant360.ingest.connectors.recognition import Recognised, Recogniser, Unknown
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
_MOST_FILES = 2000
_MOST_NAMED, _MOST_HINTS = 8, 50
_NUMBER = re.compile("[0-9]+")


@dataclass(frozen=True)
class Proposal:
    """Files that sources.yml does not name: those that a connector reads, and the others."""

    recognised: Sequence[Recognised]
    unknown: Sequence[Unknown]

    def of_known(self, instances: Sequence[Instance]) -> list[tuple[Recognised, Instance]]:
        """Return the files that most likely belong to an instance: of its connector, and in its folder."""
        return [
            (file, instance)
            for file in self.recognised
            for instance in instances
            if file.connector == instance.connector.name
            and _folder(file.part.name) in {_folder(part.name) for part in instance.parts}
        ]

    def lines(self, instances: Sequence[Instance]) -> list[str]:
        """Return the lines to add to a sources.yml that has these instances.

        What most likely belongs to one of them is left out: as another instance it would have other keys, and
        count twice.
        """
        left_out = [file for file, _ in self.of_known(instances)]
        new = [file for file in self.recognised if file not in left_out]
        found: dict[tuple[PurePosixPath, str, str | None], list[str]] = {}
        for file in new:
            place = _folder(file.part.name), file.connector, file.part.sheet
            found.setdefault(place, []).append(file.part.name)
        names = {instance.name for instance in instances}
        every = {file.part.name for file in (*self.recognised, *self.unknown)}
        every |= {part.name for instance in instances for part in instance.parts}
        proposed: dict[str, dict[str, Any]] = {}
        for (folder, connector, sheet), files in found.items():
            name = _free_name(re.sub("[^a-z0-9]+", "_", (folder.name or connector).lower()).strip("_"), names)
            names.add(name)
            proposed[name] = {"connector": connector, "files": _patterns(files, every - set(files))}
            if sheet is not None:
                proposed[name]["sheet"] = sheet
        if not proposed:
            return []
        return yaml.safe_dump(proposed, sort_keys=False, allow_unicode=True, width=1000).splitlines()


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
        delivery.problems += delivery.missing.values()
        return Found(delivery)
    try:
        connectors = read_connectors(contract)
    except DeliveryError as error:
        delivery.problems += error.problems
        return Found(delivery)
    instances, problems = read_instances(sources, connectors, contract)
    if instances:
        taken = {part.path for instance in instances for part in instance.parts}
        delivery = find_delivery(sources, contract, taken)
    proposal = _propose(delivery, sources, Recogniser(connectors, contract))
    if not has_file:
        problems += _without_sources_file(sources, proposal)
    filled = {table for instance in instances for table in instance.tables}
    missing = [sentence for table, sentence in delivery.missing.items() if table not in filled]
    if missing and not problems:  # others explain why it is not there; else it may be an unknown file
        problems = [*missing, *(file.sentence for file in proposal.unknown[:_MOST_NAMED])]
    delivery.problems += problems
    delivery.hints += _hints(delivery, proposal, has_file)
    return Found(delivery, instances, proposal)


def _without_sources_file(sources: Path, proposal: Proposal) -> list[str]:
    """Return the problems of a folder without sources.yml that seems to need one."""
    problems = []
    if proposal.recognised:
        named = proposal.recognised[:_MOST_NAMED]
        files = ", ".join(f"{file.part.name} ({file.export.title})" for file in named)
        more = len(proposal.recognised) - len(named)
        problems.append(
            f"the folder has exports, and no {SOURCES_FILE} that says to read them: {files}"
            f"{f' and {more} more' if more else ''}."
            f" Have them read with `klant360 preflight {sources} --write`, or remove them."
        )
    problems += [
        f"{entry.name} is not read: rename it to {SOURCES_FILE}."
        for entry in sources.iterdir()
        if entry.name.lower() in (SOURCES_FILE, "sources.yaml")
    ]
    return problems


def exports_in_place_of_tables(parts: Sequence[Part], contract: Mapping[str, Table]) -> list[str]:
    """Return a sentence per file that was delivered as a table of the contract, and is an export."""
    try:
        recogniser = Recogniser(read_connectors(contract), contract)
        found = [recogniser.recognise(part) for part in parts]
    except (DeliveryError, OSError):
        return []
    return [
        f"{file.part.name} is {file.export.title} as {file.export.system} exports them: move it out of"
        f" {PurePosixPath(file.part.name).parts[0]}, and let klant360 preflight propose a {SOURCES_FILE}."
        for file in found
        if isinstance(file, Recognised)
    ]


def _propose(delivery: Delivery, sources: Path, recogniser: Recogniser) -> Proposal:
    """Recognise the files of a delivery that are neither in the contract's form nor named in sources.yml."""
    recognised: list[Recognised] = []
    unknown: list[Unknown] = []
    files = _files(delivery)
    for path in files[:_MOST_FILES]:
        part = Part(path, path.relative_to(sources).as_posix(), file_format(path))
        if complaint := refused(path):
            unknown.append(Unknown(part, f"{part.name} {complaint}."))
            continue
        try:
            found = recogniser.recognise(part)
        except OSError as error:
            found = Unknown(part, f"{part.name} cannot be read ({error.strerror}): check its permissions.")
        if isinstance(found, Recognised):
            recognised.append(found)
        else:
            unknown.append(found)
    if len(files) > _MOST_FILES:
        delivery.hints.append(
            f"Of {len(files):,} files that are no tables of the contract, {_MOST_FILES:,} were looked at."
        )
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
    hints = list(filter(None, hints))
    more = [f"and {len(hints) - _MOST_HINTS:,} more files are not read."] if len(hints) > _MOST_HINTS else []
    return hints[:_MOST_HINTS] + more


def _files(delivery: Delivery) -> list[Path]:
    """Return the loose files, also those in loose folders."""
    files: list[Path] = []
    for entry in delivery.loose:
        inside = entry.rglob("*") if entry.is_dir() else [entry]
        files += sorted((file for file in inside if file.is_file() and is_visible(file)), key=in_order)
    real = {file.resolve(): file for file in reversed(files)}  # links lead to some files twice
    return [file for file in files if real[file.resolve()] == file]


def _folder(file: str) -> PurePosixPath:
    """Return the folder that tells which shop or system a file is of: one of numbers tells a month."""
    folder = PurePosixPath(file).parent
    while folder.name and not any(letter.isalpha() for letter in folder.name):
        folder = folder.parent
    return folder


def _patterns(files: Sequence[str], others: set[str]) -> list[str]:
    """Return patterns for files: files that differ in numbers only share one, if it matches no other file."""
    alike: dict[str, list[str]] = {}
    for file in files:
        alike.setdefault(_NUMBER.sub("*", glob.escape(file)), []).append(file)
    patterns: list[str] = []
    for pattern, names in alike.items():
        is_shared = len(names) > 1 and not any(PurePosixPath(other).match(pattern) for other in others)
        patterns += [pattern] if is_shared else map(glob.escape, names)
    return patterns


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name for an instance that is not taken."""
    name = name if name[:1].isalpha() else f"source_{name}"
    number = 2
    while name in taken:
        name = f"{name.rstrip('0123456789').rstrip('_')}_{number}"
        number += 1
    return name
