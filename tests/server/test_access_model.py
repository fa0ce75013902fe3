"""The server's decisions against a small model written from the published rules.

A machine of random steps builds trees, ACLs, teams and callers on the real server; after each
step, every question about who may do what must have the same answer from both. ``make proof``
takes ten thousand steps, the tests a few hundred.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import RunningServer, User

from synapse_server.users import store as principals

PUBLIC, EVERYBODY, ANONYMOUS, ADMINISTRATORS = 273949, 273948, 273950, 2
ACCESS = (
    "READ",
    "DOWNLOAD",
    "CREATE",
    "UPDATE",
    "DELETE",
    "CHANGE_PERMISSIONS",
    "CHANGE_SETTINGS",
    "MODERATE",
)
OWNER = frozenset(ACCESS)
STEPS = int(os.environ.get("SYNAPSE_PROOF_STEPS", "0"))


@dataclass
class Node:
    """An entity of the model."""

    id: str
    kind: str
    parent: Node | None
    creator: int
    acl: dict[int, frozenset[str]] | None = None
    trashed: bool = False
    children: list[Node] = field(default_factory=list)

    def benefactor(self) -> Node:
        """Where the ACL comes from."""
        node = self
        while node.acl is None:
            assert node.parent is not None
            node = node.parent
        return node

    def in_trash(self) -> bool:
        """Whether it or something above it was deleted."""
        return self.trashed or (self.parent is not None and self.parent.in_trash())

    def is_below(self, other: Node) -> bool:
        """Whether it is the other or lies below it."""
        return self is other or (self.parent is not None and self.parent.is_below(other))

    def all(self) -> list[Node]:
        """It and everything below it."""
        return [self, *(each for child in self.children for each in child.all())]


class Model:
    """The rules."""

    def __init__(self) -> None:
        self.teams: dict[int, set[int]] = {}
        self.admins: set[int] = set()

    def may(self, user: int, access: str, node: Node) -> bool:
        """One question; the entity is not in the trash can."""
        if user in self.admins:
            return True
        if user == ANONYMOUS and access != "READ":
            return False
        names = {user, PUBLIC}
        if user != ANONYMOUS:
            names.add(EVERYBODY)
            names |= {team for team, members in self.teams.items() if user in members}
        acl = node.benefactor().acl
        assert acl is not None
        granted = any(access in kinds for name, kinds in acl.items() if name in names)
        if access == "CHANGE_SETTINGS" and user == node.creator:
            return True
        return granted


_server: RunningServer


class AccessMachine(RuleBasedStateMachine):
    """Random steps on both."""

    nodes = Bundle("nodes")

    @initialize()
    def begin(self) -> None:
        self.model = Model()
        self.people = [_server.user() for _ in range(3)]
        admin = _server.user(admin=True)
        self.model.admins.add(admin.id)
        self.callers = [*self.people, admin, _server.anonymous]
        self.projects: list[Node] = []
        for _ in range(2):
            team = _server.write(principals.next_id)
            _server.write(
                lambda tx, team=team: principals.add_principal(tx, team, "team", f"team {team}")
            )  # type: ignore[misc]
            self.model.teams[team] = set()

    def principal(self, number: int) -> int:
        known = [*(user.id for user in self.people), EVERYBODY, PUBLIC, *self.model.teams]
        return known[number % len(known)]

    @rule(target=nodes, who=st.integers(0, 2))
    def add_project(self, who: int) -> Node:
        user = self.people[who]
        node = Node(user.project()["id"], "project", None, user.id, {user.id: OWNER})
        self.projects.append(node)
        return node

    @rule(target=nodes, parent=nodes, who=st.integers(0, 4))
    def add_folder(self, parent: Node, who: int) -> Node:
        user = self.callers[who]
        body = {
            "concreteType": "org.sagebionetworks.repo.model.Folder",
            "parentId": parent.id,
            "name": f"f{len(parent.children)}-{parent.id}",
        }
        answer = user.send("POST", "/entity", body)
        allowed = not parent.in_trash() and self.model.may(user.id, "CREATE", parent)
        assert (answer.status_code == 201) == allowed, answer.text
        if not allowed:
            assert answer.status_code == 403
            return parent
        # Whoever may create without reading is not shown what they made, but made it is.
        node = Node(answer.json()["id"], "folder", parent, user.id)
        parent.children.append(node)
        return node

    @rule(
        node=nodes,
        who=st.integers(0, 4),
        name=st.integers(0, 6),
        kinds=st.frozensets(st.sampled_from(ACCESS), max_size=8),
    )
    def share(self, node: Node, who: int, name: int, kinds: frozenset[str]) -> None:
        user = self.callers[who]
        principal = self.principal(name)
        acl = dict(node.benefactor().acl or {})
        acl.pop(principal, None)
        if kinds:
            acl[principal] = kinds
        entries = [{"principalId": each, "accessType": sorted(what)} for each, what in acl.items()]
        own = node.acl is not None
        seen = _server_admin(self).send("GET", f"/entity/{node.id}/acl")
        etag = seen.json().get("etag") if own else None
        verb = "PUT" if own else "POST"
        answer = user.send(
            verb, f"/entity/{node.id}/acl", {"etag": etag, "resourceAccess": entries}
        )
        good = answer.status_code in (200, 201)
        if node.in_trash():
            assert answer.status_code == 404
            return
        expected = self.model.may(user.id, "CHANGE_PERMISSIONS", node)
        if expected and principal == PUBLIC and kinds and kinds != {"READ"}:
            assert answer.status_code == 400
            return
        if expected and not self.keeps(user, acl, node):
            assert answer.status_code == 400, answer.text
            return
        assert good == expected, answer.text
        if good:
            node.acl = acl

    def keeps(self, user: User, acl: dict[int, frozenset[str]], node: Node) -> bool:
        """Whether the caller keeps the right to change the ACL."""
        if user.id in self.model.admins or user.id == node.creator:
            return True
        groups = {
            EVERYBODY,
            *(team for team, members in self.model.teams.items() if user.id in members),
        }
        return any(
            "CHANGE_PERMISSIONS" in kinds
            for name, kinds in acl.items()
            if name in {user.id, *groups}
        )

    @rule(node=nodes, who=st.integers(0, 3))
    def inherit_again(self, node: Node, who: int) -> None:
        user = self.callers[who]
        answer = user.send("DELETE", f"/entity/{node.id}/acl")
        if node.in_trash():
            assert answer.status_code == 404
            return
        allowed = (
            self.model.may(user.id, "CHANGE_PERMISSIONS", node)
            and node.kind != "project"
            and node.acl is not None
        )
        assert (answer.status_code == 204) == allowed, answer.text
        if allowed:
            node.acl = None

    @rule(node=nodes, to=nodes, who=st.integers(0, 3))
    def move(self, node: Node, to: Node, who: int) -> None:
        user = self.callers[who]
        if node.kind == "project" or node.in_trash():
            return
        entity = _server_admin(self).get(f"/entity/{node.id}")
        body = {**entity, "parentId": to.id, "name": f"m{entity['etag'][:8]}"}
        answer = user.send("PUT", f"/entity/{node.id}", body)
        same = node.parent is to
        allowed = self.model.may(user.id, "UPDATE", node)
        if not same:
            allowed = (
                allowed
                and self.model.may(user.id, "CHANGE_PERMISSIONS", node)
                and not to.in_trash()
                and self.model.may(user.id, "CREATE", to)
                and not to.is_below(node)
            )
        assert (answer.status_code == 200) == allowed, answer.text
        if allowed and not same:
            assert node.parent is not None
            node.parent.children.remove(node)
            node.parent = to
            to.children.append(node)

    @rule(node=nodes, who=st.integers(0, 3))
    def delete(self, node: Node, who: int) -> None:
        user = self.callers[who]
        answer = user.send("DELETE", f"/entity/{node.id}")
        if node.in_trash():
            assert answer.status_code == 404
            return
        allowed = self.model.may(user.id, "DELETE", node)
        assert (answer.status_code == 204) == allowed, answer.text
        if allowed:
            node.trashed = True
            self.deleter = {**getattr(self, "deleter", {}), node.id: user.id}

    @rule(node=nodes)
    def restore(self, node: Node) -> None:
        if not node.trashed:
            return
        answer = _server_admin(self).send("PUT", f"/trashcan/restore/{node.id}")
        possible = node.parent is None or not node.parent.in_trash()
        assert (answer.status_code == 200) == possible, answer.text
        if possible:
            node.trashed = False

    @rule(team=st.integers(0, 1), who=st.integers(0, 2), joins=st.booleans())
    def change_team(self, team: int, who: int, joins: bool) -> None:
        id = list(self.model.teams)[team]
        user = self.people[who].id
        change = principals.add_member if joins else principals.remove_member
        _server.write(lambda tx: change(tx, id, user))
        (self.model.teams[id].add if joins else self.model.teams[id].discard)(user)

    @invariant()
    def all_answers_agree(self) -> None:
        for project in getattr(self, "projects", ()):
            for node in project.all():
                for user in self.callers:
                    self.compare(node, user)

    def compare(self, node: Node, user: User) -> None:
        answer = user.send("GET", f"/entity/{node.id}")
        permissions = user.send("GET", f"/entity/{node.id}/permissions")
        if node.in_trash():
            assert (answer.status_code, permissions.status_code) == (404, 404)
            return
        assert (answer.status_code == 200) == self.model.may(user.id, "READ", node), answer.text
        said = permissions.json()
        for name, access in (
            ("canView", "READ"),
            ("canDownload", "DOWNLOAD"),
            ("canAddChild", "CREATE"),
            ("canEdit", "UPDATE"),
            ("canDelete", "DELETE"),
            ("canChangePermissions", "CHANGE_PERMISSIONS"),
            ("canModerate", "MODERATE"),
        ):
            expected = self.model.may(user.id, access, node)
            assert said[name] == expected, (name, user.name, node.id)
        if user.id != ANONYMOUS:
            expected = self.model.may(user.id, "CHANGE_SETTINGS", node)
            assert said["canChangeSettings"] == expected


def _server_admin(machine: AccessMachine) -> User:
    return machine.callers[3]


@pytest.mark.proof
def test_the_server_and_the_model_agree(server: RunningServer) -> None:
    global _server
    _server = server
    per_run = 50
    examples = max(STEPS // per_run, 1) if STEPS else 6
    run_state_machine_as_test(
        AccessMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=per_run,
            deadline=None,
            database=None,
            derandomize=not STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
