"""Who may do what with the entities of a tree, and from where they inherit it.

Listings say of each child from which entity it inherits, so that of a tree only the ACLs that
there are have to be asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_wire import access as wire
from synapse_wire import users as users_wire
from synapse_wire.entities import CONCRETE_TYPES, get_benefactor, get_entity_type
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError

if TYPE_CHECKING:
    from synapseclient.client import Synapse

CONTENT = tuple(kind for kind in CONCRETE_TYPES if kind != "project")
"""All kinds of entities that lie in others."""
_KIND = {concrete: kind for kind, concrete in CONCRETE_TYPES.items()}
ROLES = {
    "view": ("READ",),
    "download": ("READ", "DOWNLOAD"),
    "edit": ("READ", "DOWNLOAD", "CREATE", "UPDATE"),
    "delete": ("READ", "DOWNLOAD", "CREATE", "UPDATE", "DELETE"),
    "administrate": (
        "READ",
        "DOWNLOAD",
        "CREATE",
        "UPDATE",
        "DELETE",
        "MODERATE",
        "CHANGE_SETTINGS",
        "CHANGE_PERMISSIONS",
    ),
}
"""What is usually given, from the least to the most."""
_AT_ONCE = 16
_NAMES_AT_ONCE = 50


def role_of(access: Iterable[str]) -> str:
    """The role that has exactly this access, ``custom`` if none does.

    >>> role_of(["DOWNLOAD", "READ"]), role_of(["UPDATE"])
    ('download', 'custom')
    """
    wanted = set(access)
    return next((role for role, has in ROLES.items() if set(has) == wanted), "custom")


@dataclass(frozen=True, slots=True)
class Shared:
    """An entity of a tree, and how it is shared."""

    id: str
    name: str
    kind: str
    """``folder``, ``file`` …"""
    parent: str | None
    """None of the first one."""
    benefactor: str
    acl: dict[str, list[str]] | None
    """Kinds of access by principal; None if it inherits."""


def checked_kinds(kinds: Iterable[str] | None) -> list[str]:
    """Names of kinds of entities, in lower case; folders and files if none are given.

    Raises:
        ValueError: There is no such kind.
    """
    found = [each.lower() for each in kinds] if kinds is not None else ["folder", "file"]
    for each in found:
        if each not in CONCRETE_TYPES:
            raise ValueError(
                f"There is no kind of entity {each!r}. There are: {', '.join(CONCRETE_TYPES)}."
            )
    return found


async def look(
    syn: Synapse,
    id: str,
    *,
    content: bool = False,
    recursive: bool = False,
    kinds: Sequence[str] = ("folder", "file"),
) -> list[Shared]:
    """How an entity is shared, and what lies in it; each before what it holds.

    Args:
        syn: A client.
        id: The entity.
        content: What lies directly in it, too.
        recursive: And in its folders.
        kinds: Which kinds of content; folders are gone through in any case.

    Raises:
        SynapseHTTPError: You may not read one of them.
    """
    header = await syn.call(get_entity_type, id)
    benefactor = str((await syn.call(get_benefactor, id)).id)
    top = Shared(id, header.name or "", _kind(header.type), None, benefactor, None)
    found = [top, *(await _below(syn, id, kinds, recursive) if content else ())]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def with_acl(each: Shared) -> Shared:
        if each.benefactor != each.id:
            return each
        async with gate:
            acl = await syn.call(wire.get_acl, each.id)
        entries = {
            str(entry.principal_id): [str(kind) for kind in entry.access_type or ()]
            for entry in acl.resource_access or ()
        }
        return Shared(each.id, each.name, each.kind, each.parent, each.benefactor, entries)

    return list(await asyncio.gather(*(with_acl(each) for each in found)))


async def _below(syn: Synapse, parent: str, kinds: Sequence[str], recursive: bool) -> list[Shared]:
    asked = list(dict.fromkeys([*kinds, *(["folder"] if recursive else [])]))
    found: list[Shared] = []
    async for child in syn.get_children_async(parent, includeTypes=asked):
        kind = _kind(child["type"])
        benefactor = f"syn{child['benefactorId']}"
        if kind in kinds:
            found.append(Shared(child["id"], child["name"], kind, parent, benefactor, None))
        if kind == "folder" and recursive:
            found += await _below(syn, child["id"], kinds, recursive)
    return found


def _kind(concrete: str | None) -> str:
    """The short name of a ``concreteType``; of one that is not known, its last word."""
    return _KIND.get(concrete or "", (concrete or "").rpartition(".")[2])


async def names_of(syn: Synapse, principals: Iterable[str]) -> dict[str, str]:
    """What users, teams and groups are called, by id."""
    ids = list(dict.fromkeys(principals))
    found: dict[str, str] = {}
    for start in range(0, len(ids), _NAMES_AT_ONCE):
        asked = ",".join(ids[start : start + _NAMES_AT_ONCE])
        page = await syn.call(users_wire.get_headers, asked)
        found |= {each.owner_id: each.user_name or each.owner_id for each in page.children}
    return found


async def stop_sharing_apart(syn: Synapse, tree: Sequence[Shared]) -> None:
    """Let each entity that has an ACL of its own inherit again.

    Raises:
        SynapseError: Some could not be changed; the text says which and why.
    """
    gate = asyncio.Semaphore(_AT_ONCE)
    failures: list[str] = []

    async def change(each: Shared) -> None:
        async with gate:
            try:
                await syn.call(wire.delete_acl, each.id)
            except SynapseHTTPError as error:
                # Somebody else may have been faster.
                if error.response is None or "inherits" not in error.response.reason:
                    failures.append(f"{each.id} ({each.name}): {error}")

    await asyncio.gather(*(change(each) for each in tree if each.acl is not None))
    if failures:
        raise SynapseError(
            "These still have sharing settings of their own:\n" + "\n".join(failures)
        )


def draw(
    tree: Sequence[Shared],
    names: dict[str, str],
    *,
    going: Iterable[str] = (),
    details: bool = True,
    files: bool = True,
) -> str:
    """A tree as text, with the ACLs that there are.

    Args:
        tree: From ``look``.
        names: From ``names_of``.
        going: Entities whose ACL is to be deleted.
        details: Show what each ACL says.
        files: Show files that have no ACL.
    """
    gone = set(going)
    present = {each.id for each in tree}
    below: dict[str | None, list[Shared]] = {}
    for each in tree:
        below.setdefault(each.parent if each.parent in present else None, []).append(each)
    lines: list[str] = []

    def add(each: Shared, lead: str, last: bool, depth: int) -> None:
        branch = "" if depth == 0 else lead + ("└── " if last else "├── ")
        inner = "" if depth == 0 else lead + ("    " if last else "│   ")
        state = ""
        if each.acl is not None:
            state = ": loses its sharing settings" if each.id in gone else ": shared by itself"
        lines.append(f"{branch}{each.name} ({each.id}) [{each.kind}]{state}")
        for principal, access in (each.acl or {}).items() if details else ():
            who = f"{names[principal]} ({principal})" if principal in names else principal
            lines.append(f"{inner}  {who}: {', '.join(access)}")
        shown = [one for one in below.get(each.id, ()) if files or one.kind != "file" or one.acl]
        for number, one in enumerate(shown):
            add(one, inner, number == len(shown) - 1, depth + 1)

    for each in below.get(None, ()):
        add(each, "", True, 0)
    return "\n".join(lines)


def as_json(tree: Sequence[Shared], names: dict[str, str]) -> list[dict[str, Any]]:
    """A tree as plain data."""
    return [
        {
            "id": each.id,
            "name": each.name,
            "kind": each.kind,
            "parent": each.parent,
            "inheritsFrom": each.benefactor if each.acl is None else None,
            "access": None
            if each.acl is None
            else [
                {"principalId": id, "name": names.get(id), "role": role_of(access), "can": access}
                for id, access in each.acl.items()
            ],
        }
        for each in tree
    ]
