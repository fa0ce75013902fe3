"""The graph of provenance around something, level by level: a few queries a level, however wide.

An entity that the caller may not read is told of only where an activity that they may see has
used it, as that activity itself does; and nothing beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.entities import store as rows
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.provenance import activities
from synapse_server.provenance.activities import LATEST
from synapse_wire.base import iso
from synapse_wire.entities import CONCRETE_TYPES
from synapse_wire.errors import BadRequest
from synapse_wire.provenance import (
    MOST_NODES,
    Activity,
    GraphDirection,
    GraphEntity,
    ProvenanceGraph,
    Reference,
)

_AT_ONCE = 400
_Version = tuple[int, int]


async def around(
    tx: Tx,
    caller: Caller,
    id: int,
    version: int | None,
    depth: int,
    direction: GraphDirection,
    limit: int,
    policy: Policy,
) -> ProvenanceGraph:
    """What a version was made from, what was made from it, or both."""
    if depth < 1 or limit < 1:
        raise BadRequest("Depth and limit of a graph must be 1 or more.")
    top = await entities.load(tx, caller, id, bits.READ, policy, version=version)
    walk = _Walk(tx, caller, min(limit, MOST_NODES))
    start = (id, int(top["number"]))
    await walk.add_versions([start])
    if direction in ("UP", "BOTH"):
        await walk.up([start], depth)
    if direction in ("DOWN", "BOTH"):
        await walk.down([start], depth)
    return ProvenanceGraph(
        root=_reference(start),
        entities=list(walk.entities.values()),
        activities=list(walk.activities.values()),
        is_complete=walk.is_complete,
    )


def _reference(version: _Version) -> Reference:
    return Reference(target_id=ids.wire(version[0]), target_version_number=version[1] or None)


class _Walk:
    """A walk under way."""

    def __init__(self, tx: Tx, caller: Caller, limit: int) -> None:
        self.tx = tx
        self.caller = caller
        self.limit = limit
        self.entities: dict[_Version, GraphEntity] = {}
        self.activities: dict[int, Activity] = {}
        self.made_by: dict[_Version, int] = {}
        self.latest: dict[int, int] = {}
        """The current version of each entity, for references that name none."""
        self.is_complete = True

    @property
    def _room(self) -> int:
        return max(0, self.limit - len(self.entities) - len(self.activities))

    def _fit(self, wanted: Sequence[int] | Sequence[_Version]) -> int:
        """How many of these there is room for; if not for all, the graph is not complete."""
        if len(wanted) > self._room:
            self.is_complete = False
        return self._room

    async def add_versions(self, wanted: Iterable[_Version]) -> list[_Version]:
        """Add those versions that are not in it yet; those of them that the caller may read."""
        fresh = [each for each in dict.fromkeys(wanted) if self._named(each) not in self.entities]
        fresh = fresh[: self._fit(fresh)]
        found = self._take(await rows.readable_versions(self.tx, self.caller, fresh))
        for each in fresh:
            if self._named(each) not in self.entities:
                reference = _reference(each)
                self.entities[each] = GraphEntity(
                    target_id=reference.target_id or "",
                    target_version_number=reference.target_version_number,
                    is_readable=False,
                )
        return found

    def _named(self, version: _Version) -> _Version:
        """The same with the number of the current version, if it named none and that is known."""
        id, number = version
        return (id, number or self.latest.get(id, LATEST))

    def _take(self, found: Iterable[Row]) -> list[_Version]:
        taken = []
        for row in found:
            version = (int(row["id"]), int(row["number"]))
            self.latest[version[0]] = row["version"]
            if version in self.entities and self.entities[version].is_readable:
                continue
            taken.append(version)
            made_by = row["activity_id"]
            if made_by is not None:
                self.made_by[version] = made_by
            self.entities[version] = GraphEntity(
                target_id=ids.wire(version[0]),
                target_version_number=version[1],
                name=row["name"],
                type=CONCRETE_TYPES[row["type"]],
                is_latest_version=row["number"] == row["version"],
                modified_by=str(row["modified_by"]),
                modified_on=iso(row["modified_on"]),
                generated_by=None if made_by is None else str(made_by),
                is_readable=True,
            )
        return taken

    async def _add_activities(self, wanted: Iterable[int]) -> list[Activity]:
        fresh = [each for each in dict.fromkeys(wanted) if each not in self.activities]
        fresh = fresh[: self._fit(fresh)]
        found = []
        for start in range(0, len(fresh), _AT_ONCE):
            some = await activities.find_many(self.tx, fresh[start : start + _AT_ONCE])
            for id, row in some.items():
                self.activities[id] = activities.to_activity(row)
                found.append(self.activities[id])
        return found

    async def up(self, level: Sequence[_Version], depth: int) -> None:
        """What these were made from."""
        for _ in range(depth):
            made_by = [self.made_by[each] for each in level if each in self.made_by]
            made = await self._add_activities(made_by)
            used = (pair for activity in made for pair in activities.references(activity))
            level = await self.add_versions(used)
            if not level:
                return
        self._is_cut(self.made_by[each] for each in level if each in self.made_by)

    async def down(self, level: Sequence[_Version], depth: int) -> None:
        """What was made from these. An activity is told of if something that it generated is."""
        for _ in range(depth):
            users = await self._users_of(level)
            fresh = [each for each in users if each not in self.activities]
            found = await rows.readable_results(self.tx, self.caller, fresh, self._room + 1)
            results = [(int(row["id"]), int(row["number"])) for row in found]
            if len(results) > self._fit(results):
                found = found[: self._room]
            level = self._take(found)
            await self._add_activities(self.made_by[each] for each in level)
            if not level:
                return
        self._is_cut(await self._users_of(level))

    async def _users_of(self, level: Sequence[_Version]) -> list[int]:
        """The activities that used these, by number or because they are the current ones."""
        asked = [*level, *((id, LATEST) for id, number in level if self.latest.get(id) == number)]
        found = await activities.users_of(self.tx, asked, most=MOST_NODES)
        return list(dict.fromkeys(activity for _, _, activity in found))

    def _is_cut(self, beyond: Iterable[int]) -> None:
        if any(each not in self.activities for each in beyond):
            self.is_complete = False
