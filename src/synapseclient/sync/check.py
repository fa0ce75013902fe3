"""What a manifest asks for, checked before anything is sent: files, places, names, sources."""

from __future__ import annotations

import asyncio
import os
import stat
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from synapse_wire import bulk
from synapse_wire import entities as wire
from synapse_wire.system import Extension
from synapseclient.core.exceptions import (
    SynapseFileNotFoundError,
    SynapseHTTPError,
    SynapseProvenanceError,
)
from synapseclient.core.utils import is_synapse_id_str, is_url
from synapseclient.entity import CONTAINER_TYPES
from synapseclient.sync.listing import entry_of, kept, pages_below, without_details
from synapseclient.sync.manifest import BadManifest, Row

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_AT_ONCE_ASKED = 8
_PAGES_AT_ONCE = 2
"""A page of the extension ``bulk`` has thousands of entries."""


@dataclass(slots=True)
class Plan:
    """What a run is to do: the rows, each after those that it was made from, and what Synapse
    has of them."""

    rows: list[Row]
    sizes: dict[str, int]
    """By the path; what stays at its URL has none."""
    existing: dict[int, bulk.TreeEntry] = field(default_factory=dict)
    """By the number of the row."""
    known: dict[str, str] = field(default_factory=dict)
    """The entities of local files that rows were made from and that are no rows themselves."""


async def check(syn: Synapse, rows: Sequence[Row]) -> Plan:
    """Look at everything that can be known before the first byte is sent.

    Raises:
        BadManifest: A row cannot be followed.
        SynapseProvenanceError: Rows are made from each other in a circle, or from nothing known.
    """
    sizes = await asyncio.to_thread(_check_files, rows)
    plan = Plan(_in_order(rows), sizes)
    plan.known = await _find_sources(syn, plan.rows)
    rows_of: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(plan.rows):
        rows_of[row.parent].append(number)
    named = {row.id: number for number, row in enumerate(plan.rows) if row.id is not None}
    bulky = Extension.BULK in await syn.extensions()
    gate = asyncio.Semaphore(_AT_ONCE_ASKED)
    pages = asyncio.Semaphore(_PAGES_AT_ONCE) if bulky else gate

    async def look(parent: str) -> None:
        """Match what lies in a parent, and keep nothing else of it."""
        async with pages:
            try:
                found = await _list_parent(syn, parent)
            except (SynapseHTTPError, ValueError) as error:
                row = plan.rows[rows_of[parent][0]]
                raise BadManifest(
                    f"{row.at}: the parent {parent}: {' '.join(str(error).split())} It must be"
                    " the id of a project or folder in which you may create."
                ) from error
        by_name = {each.entity.name: each for each in found}
        for number in rows_of[parent]:
            known = by_name.get(name_of(plan.rows[number]))
            if known is not None and plan.rows[number].id is None:
                plan.existing[number] = _file(plan.rows[number], known)
        for each in found if named else ():
            if each.entity.id in named:
                number = named[each.entity.id]
                plan.existing[number] = _file(plan.rows[number], each)

    async def fetch(number: int) -> None:
        row = plan.rows[number]
        async with gate:
            plan.existing[number] = _file(row, await _entry_of(syn, row))

    await asyncio.gather(*map(look, rows_of))
    await asyncio.gather(*(fetch(each) for each in named.values() if each not in plan.existing))
    return plan


def _file(row: Row, entry: bulk.TreeEntry) -> bulk.TreeEntry:
    if not isinstance(entry.entity, wire.FileEntity):
        kind = type(entry.entity).__name__.lower()
        what = row.id or f"{name_of(row)!r} in {row.parent}"
        raise BadManifest(f"{row.at}: {what} is a {kind}, and no file. Give the file a name.")
    return entry


async def _list_parent(syn: Synapse, parent: str) -> list[bulk.TreeEntry]:
    if Extension.BULK not in await syn.extensions():  # which looks itself
        header = await syn.call(wire.get_entity_type, parent)
        if header.type not in CONTAINER_TYPES:
            kinds = {name: kind for kind, name in wire.CONCRETE_TYPES.items()}
            raise ValueError(f"{parent} is a {kinds.get(header.type or '', header.type)}.")
    pages = pages_below(syn, parent, recursive=False, annotations=True, activities=True)
    return await kept(pages, without_details)


async def _entry_of(syn: Synapse, row: Row) -> bulk.TreeEntry:
    """The file that a row's id names, wherever it lies."""
    try:
        return await entry_of(syn, row.id or "", activities=True)
    except (SynapseHTTPError, msgspec.ValidationError) as error:
        raise BadManifest(
            f"{row.at}: the id {row.id}: {' '.join(str(error).split())} Leave the id out to store"
            " a new file."
        ) from error


def name_of(row: Row) -> str:
    """What a row's file is called in Synapse."""
    return row.name or os.path.basename(row.path.rstrip("/"))


def _check_files(rows: Sequence[Row]) -> dict[str, int]:
    seen: dict[tuple[str, ...], Row] = {}
    sizes: dict[str, int] = {}

    def once(row: Row, key: tuple[str, ...], both: str) -> None:
        first = seen.setdefault(key, row)
        if first is not row:
            raise BadManifest(f"{first.at} and {row.at[0].lower()}{row.at[1:]} both {both}")

    for row in rows:
        if not is_url(row.path):
            found = _stat(row.path)
            if found is not None and stat.S_ISDIR(found.st_mode):
                raise BadManifest(f"{row.at}: {row.path} is a folder; a row stores one file.")
            if found is None or not stat.S_ISREG(found.st_mode):
                raise BadManifest(
                    f"{row.at}: there is no file {row.path}. Relative paths begin at the working"
                    " folder."
                )
            sizes[row.path] = found.st_size
        once(row, ("path", row.path), f"store {row.path}. A file can be stored once in a run.")
        name = name_of(row)
        once(
            row,
            ("name", row.parent, name),
            f"store {name!r} into {row.parent}. Give one of them another name.",
        )
        if row.id is not None:
            once(row, ("id", row.id), f"store {row.id}. Remove the id from one of them.")
    return sizes


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Each row after those that it was made from."""
    import graphlib

    if not any(row.has_activity for row in rows):
        return list(rows)
    by_path = {row.path: row for row in rows}
    needs: dict[str, list[str]] = {}
    for row in rows:
        needs[row.path] = []
        for reference in (*row.used, *row.executed):
            path = local_path(reference)
            if path in by_path:
                needs[row.path].append(path)
            elif path is not None and not os.path.isfile(path):
                raise SynapseProvenanceError(
                    f"{row.at}: {reference!r} is neither a Synapse id, nor a URL, nor a file that"
                    " is here. Several are separated by semicolons."
                )
    try:
        return [by_path[path] for path in graphlib.TopologicalSorter(needs).static_order()]
    except graphlib.CycleError as error:
        circle = [by_path[path] for path in error.args[1]]
        told = " <- ".join(f"{each.path} (line {each.line})" for each in circle)
        raise SynapseProvenanceError(
            f"Files are made from each other in a circle: {told}. Remove one of them from used"
            " or executed."
        ) from None


async def _find_sources(syn: Synapse, rows: Sequence[Row]) -> dict[str, str]:
    """The entities of local files that rows were made from, found by their content."""
    own = {row.path for row in rows}
    wanted: dict[str, Row] = {}
    for row in rows:
        for reference in (*row.used, *row.executed):
            path = local_path(reference)
            if path is not None and path not in own:
                wanted.setdefault(path, row)
    gate = asyncio.Semaphore(_AT_ONCE_ASKED)

    async def find(path: str, row: Row) -> str:
        async with gate:
            try:
                return str((await syn.get_async(path, downloadFile=False)).id)
            except SynapseFileNotFoundError as error:
                raise SynapseProvenanceError(
                    f"{row.at}: {path} is no row of its own, and Synapse has no file with its"
                    " content. Add a row for it, or store it first."
                ) from error

    ids = await asyncio.gather(*(find(path, row) for path, row in wanted.items()))
    return dict(zip(wanted, ids, strict=True))


def local_path(reference: str) -> str | None:
    """The file that a reference names, or None for an id or a URL."""
    if is_url(reference) or is_synapse_id_str(reference):
        return None
    return os.path.abspath(os.path.expandvars(os.path.expanduser(reference)))
