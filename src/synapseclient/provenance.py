"""What something was made from and what was made from it: whole graphs, and W3C PROV.

``graph_of`` asks for a graph, ``to_prov`` writes it as PROV-JSON (W3C submission
https://www.w3.org/submissions/prov-json/), which other programs read. In PROV a version of an
entity is an entity, an activity an activity, a user an agent; code that was executed is the plan
of the association with who ran it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from synapse_wire import provenance as wire
from synapse_wire.system import Extension
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.utils import get_synid_and_version, id_of, is_synapse_id_str

if TYPE_CHECKING:
    from synapseclient.client import Synapse

Graph = wire.ProvenanceGraph
_TERMS = "https://rest-docs.synapse.org/rest/org/sagebionetworks/repo/model/"


async def graph_of_async(
    entity: Any,
    version: int | None = None,
    *,
    depth: int = 1000,
    direction: wire.GraphDirection = "UP",
    limit: int = 10_000,
    synapse_client: Synapse | None = None,
) -> Graph:
    """The provenance around a version of an entity, as far as you may know it.

    Args:
        entity: The entity or its id, ``syn123`` or ``syn123.4``.
        version: The version; the current one if none is named.
        depth: How many activities far.
        direction: ``UP``: what it was made from; ``DOWN``: what was made from it; ``BOTH``.
        limit: At most so many entities and activities.
        synapse_client: The session.

    Raises:
        SynapseHTTPError: You may not read it.
        NotImplementedError: This server cannot tell what was made from something.
    """
    from synapseclient.client import Synapse

    syn = Synapse.get_client(synapse_client)
    id = id_of(entity)
    if is_synapse_id_str(id):
        id, named = get_synid_and_version(id)
        version = version if version is not None else named
    if Extension.PROVENANCE_GRAPH in await syn.extensions():
        return await syn.call(
            wire.get_graph, id, version=version, depth=depth, direction=direction, limit=limit
        )
    if direction != "UP":
        raise NotImplementedError(
            "This server cannot tell what was made from something; ask for the direction UP."
        )
    return await _walk(syn, id, version, depth, limit)


graph_of = blocking(graph_of_async)


async def _walk(syn: Synapse, id: str, version: int | None, depth: int, limit: int) -> Graph:
    """The same with the calls of the official API: two a version."""
    from synapse_wire.entities import get_entity, get_entity_version

    entities: dict[tuple[str, int | None], wire.GraphEntity] = {}
    activities: dict[str, wire.Activity] = {}
    complete = True

    async def look(id: str, version: int | None) -> wire.GraphEntity:
        found = wire.GraphEntity(target_id=id, target_version_number=version, is_readable=False)
        try:
            if version is None:
                body = await syn.call_json(get_entity, id)
            else:
                body = await syn.call_json(get_entity_version, id, version)
        except SynapseHTTPError as error:
            _require_unreadable(error)
            return found
        found.target_version_number = body.get("versionNumber")
        found.name, found.type = body.get("name"), body.get("concreteType")
        found.modified_by, found.is_readable = body.get("modifiedBy"), True
        found.is_latest_version = body.get("isLatestVersion")
        try:
            if found.target_version_number is None:
                made = await syn.call(wire.get_generated_by, id)
            else:
                made = await syn.call(
                    wire.get_version_generated_by, id, found.target_version_number
                )
        except SynapseHTTPError as error:
            _require_unreadable(error)
            return found
        found.generated_by = made.id
        pending[made.id or ""] = made
        return found

    pending: dict[str, wire.Activity] = {}
    top = await look(id, version)
    if not top.is_readable:
        await syn.call_json(get_entity, id)  # for its error
    entities[(id, top.target_version_number)] = top
    for _ in range(depth):
        fresh = {key: value for key, value in pending.items() if key not in activities}
        pending.clear()
        activities |= fresh
        for activity in fresh.values():
            for used in activity.used or ():
                if not isinstance(used, wire.UsedEntity) or used.reference is None:
                    continue
                key = (used.reference.target_id or "", used.reference.target_version_number)
                if key in entities:
                    continue
                if len(entities) + len(activities) >= limit:
                    complete = False
                    break
                found = await look(*key)
                entities.setdefault((key[0], found.target_version_number), found)
        if not pending:
            break
    complete = complete and not set(pending) - set(activities)
    root = wire.Reference(target_id=id, target_version_number=top.target_version_number)
    return Graph(
        root=root,
        entities=list(entities.values()),
        activities=list(activities.values()),
        is_complete=complete,
    )


def _require_unreadable(error: SynapseHTTPError) -> None:
    """Pass if there is nothing, or nothing that one may see; any other failure is one: a graph
    has no silent gaps."""
    if error.response is None or error.response.status_code not in (403, 404):
        raise error


# ------------------------------------------------------------------ PROV


def to_prov(graph: Graph, portal: str = "https://www.synapse.org/") -> dict[str, Any]:
    """A graph as PROV-JSON.

    Args:
        graph: From ``graph_of``.
        portal: The address of the web pages, to which the names of entities belong.
    """
    base = portal.rstrip("/") + "/"
    writer = _Writer(graph)
    writer.write()
    prefixes = {
        "syn": f"{base}Synapse:",
        "activity": f"{base}Activity:",
        "user": f"{base}Profile:",
        "web": f"{base}Reference:",
        "synapse": _TERMS,
    }
    return {"prefix": prefixes, **writer.found}


class _Writer:
    """Collects the records of a document."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.found: dict[str, dict[str, Any]] = {}
        # What used an entity without naming a version used the one that is current now.
        self.latest = {
            each.target_id: each.target_version_number
            for each in graph.entities
            if each.is_latest_version
        }

    def write(self) -> None:
        """All of the graph."""
        for entity in self.graph.entities:
            name = self._name(entity.target_id, entity.target_version_number)
            self._put("entity", name, _entity(entity))
            if entity.generated_by is not None:
                made = {"prov:entity": name, "prov:activity": f"activity:{entity.generated_by}"}
                self._relate("wasGeneratedBy", made)
        for activity in self.graph.activities:
            self._activity(activity)

    def _activity(self, activity: wire.Activity) -> None:
        name, agent = f"activity:{activity.id}", f"user:{activity.created_by}"
        self._put("activity", name, _plain(activity))
        self._put("agent", agent, {"prov:type": _qualified("prov:Person")})
        plans: list[str | None] = []
        for used in activity.used or ():
            target = self._used(used)
            link = {"prov:activity": name, "prov:entity": target}
            if used.was_executed:
                link["prov:role"] = "executed"
                plans.append(target)
            self._relate("used", link)
        for plan in plans or [None]:
            by = {"prov:activity": name, "prov:agent": agent}
            self._relate("wasAssociatedWith", by if plan is None else {**by, "prov:plan": plan})

    def _used(self, used: wire.Used) -> str:
        if isinstance(used, wire.UsedURL):
            url = used.url or ""
            name = "web:" + hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
            label = used.name or url
            location = {"$": url, "type": "xsd:anyURI"}
            self._put("entity", name, {"prov:label": label, "prov:location": location})
            return name
        reference = used.reference or wire.Reference()
        name = self._name(reference.target_id or "", reference.target_version_number)
        if name not in self.found.get("entity", {}):
            self._put("entity", name, {})
        return name

    def _name(self, id: str, version: int | None) -> str:
        version = version or self.latest.get(id)
        return f"syn:{id}.{version}" if version else f"syn:{id}"

    def _put(self, kind: str, name: str, value: dict[str, Any]) -> None:
        self.found.setdefault(kind, {})[name] = value

    def _relate(self, kind: str, value: dict[str, Any]) -> None:
        every = self.found.setdefault(kind, {})
        every[f"_:{kind}{len(every) + 1}"] = value


def _entity(entity: wire.GraphEntity) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if entity.name is not None:
        found["prov:label"] = entity.name
    if entity.type is not None:
        found["prov:type"] = entity.type.rpartition(".")[2]
    if entity.modified_on is not None:
        found["synapse:modifiedOn"] = {"$": entity.modified_on, "type": "xsd:dateTime"}
    return found


def _plain(activity: wire.Activity) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if activity.name:
        found["prov:label"] = activity.name
    if activity.description:
        found["synapse:description"] = activity.description
    if activity.created_on is not None:
        found["synapse:createdOn"] = {"$": activity.created_on, "type": "xsd:dateTime"}
    return found


def _qualified(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


# ------------------------------------------------------------------ text


def draw(graph: Graph) -> str:
    """What something was made from, as an indented list for a terminal."""
    made = {(each.target_id, each.target_version_number): each for each in graph.entities}
    latest = {each.target_id: each for each in graph.entities if each.is_latest_version}
    activities = {each.id: each for each in graph.activities}
    told: set[str] = set()
    text: list[str] = []
    # A stack of its own: provenance may go further back than Python calls itself.
    waiting: list[tuple[str, str, wire.Reference | wire.UsedURL]] = [("", "", graph.root)]
    while waiting:
        indent, mark, what = waiting.pop()
        if isinstance(what, wire.UsedURL):
            text.append(f"{indent}{mark}{what.url}" + (f"  {what.name}" if what.name else ""))
            continue
        id, version = what.target_id or "", what.target_version_number
        entity = made.get((id, version)) or (latest.get(id) if version is None else None)
        shown = f"{id}.{version}" if version else id
        text.append(
            f"{indent}{mark}{shown}" + (f"  {entity.name}" if entity and entity.name else "")
        )
        activity = activities.get(entity.generated_by) if entity else None
        if activity is None:
            continue
        again = activity.id in told
        told.add(activity.id or "")
        name = f"{activity.name or 'activity'} ({activity.id})"
        text.append(f"{indent}    made by {name}" + (", as above" if again else ""))
        for used in reversed([] if again else activity.used or []):
            mark = "executed " if used.was_executed else "used "
            if isinstance(used, wire.UsedURL):
                waiting.append((indent + "      ", mark, used))
            elif used.reference is not None:
                waiting.append((indent + "      ", mark, used.reference))
    if not graph.is_complete:
        text.append("… and more: ask for a greater depth or limit.")
    return "\n".join(text)
