"""The server's decisions against a small model written from the published rules.

A machine of random steps builds trees and ACLs on the real server, teams that people join, leave
and are taken out of, access requirements and approvals, and lets time pass; after each step, every
question about who may do what must have the same answer from both. ``make proof`` takes ten
thousand steps, the tests a few hundred.
"""

from __future__ import annotations

import itertools
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
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import RunningServer, User
from tests.governing import Clock, requirement

from synapse_server.auth import store as auth
from synapse_server.kernel import clock as kernel_clock
from synapse_server.kernel.clock import new_etag
from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapse_wire.base import iso

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
MOST_TEAMS = 3
HOUR = 3600 * 1000
KINDS = ("SelfSign", "ManagedACT")
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


@dataclass
class Team:
    """A team of the model."""

    managers: set[int]
    is_open: bool = False
    invited: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)


@dataclass
class Requirement:
    """An access requirement of the model."""

    id: int
    kind: str
    etag: str
    on: list[Node]
    two_factor: bool = False
    approvals: dict[tuple[int, int], int | None] = field(default_factory=dict)
    """By accessor and submitter, the moment when each ends."""
    exempt: set[int] = field(default_factory=set)
    """The principals that it may exempt."""

    def holds_for(self, node: Node) -> bool:
        """Whether it is on an entity or on something above it."""
        return any(node.is_below(each) for each in self.on)

    def approves(self, user: int, moment: int) -> bool:
        """Whether a user is approved at that moment."""
        ends = [end for (accessor, _), end in self.approvals.items() if accessor == user]
        return any(end is None or end > moment for end in ends)


class Model:
    """The rules."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.teams: dict[int, set[int]] = {}
        """The members of each."""
        self.team: dict[int, Team] = {}
        self.admins: set[int] = set()
        self.requirements: dict[int, Requirement] = {}
        self.two_factor: set[int] = set()

    def manages(self, user: int, team: int) -> bool:
        """Whether somebody may change who is in a team."""
        return user in self.admins or user in self.team[team].managers

    def may_let_in(self, user: int, team: int, whom: int) -> bool:
        """Whether somebody may put somebody into a team, themself perhaps."""
        found = self.team[team]
        if user in self.admins:
            return True
        if user == whom:
            inside = whom in self.teams[team] or whom in found.managers
            return inside or found.is_open or whom in found.invited
        if user not in found.managers:
            return False
        return whom in self.teams[team] or whom in found.asked

    def may_take_out(self, team: int, whom: int) -> bool:
        """Whether a team can do without a member: not without its last one or last manager."""
        return len(self.teams[team]) > 1 and self.team[team].managers != {whom}

    def names(self, user: int) -> set[int]:
        """The principals that a user is."""
        names = {user, PUBLIC}
        if user != ANONYMOUS:
            names.add(EVERYBODY)
            names |= {team for team, members in self.teams.items() if user in members}
        return names

    def above(self, node: Node) -> list[Requirement]:
        """The requirements that hold for an entity."""
        return [each for each in self.requirements.values() if each.holds_for(node)]

    def meets(self, user: int, requirement: Requirement, node: Node) -> bool:
        """Whether a requirement has nothing against a user's download."""
        if requirement.approves(user, self.clock.now()):
            return True
        contributes = self.may(user, "UPDATE", node) and self.may(user, "DELETE", node)
        return contributes and bool(requirement.exempt & self.names(user))

    def may_download(self, user: int, node: Node) -> bool:
        """ACLs and requirements at once."""
        if user in self.admins:
            return True
        above = self.above(node)
        if not all(self.meets(user, each, node) for each in above):
            return False
        if user not in self.two_factor and any(each.two_factor for each in above):
            return False
        return self.may(user, "DOWNLOAD", node)

    def level(self, node: Node) -> str:
        """How strictly an entity is restricted."""
        kinds = {each.kind for each in self.above(node)}
        if kinds - {"SelfSign"}:
            return "CONTROLLED_BY_ACT"
        return "RESTRICTED_BY_TERMS_OF_USE" if kinds else "OPEN"

    def may(self, user: int, access: str, node: Node) -> bool:
        """What ACLs say; the entity is not in the trash can."""
        if user in self.admins:
            return True
        if user == ANONYMOUS and access != "READ":
            return False
        names = self.names(user)
        acl = node.benefactor().acl
        assert acl is not None
        granted = any(access in kinds for name, kinds in acl.items() if name in names)
        if access == "CHANGE_SETTINGS" and user == node.creator:
            return True
        return granted


_server: RunningServer
_clock: Clock


class AccessMachine(RuleBasedStateMachine):
    """Random steps on both."""

    nodes = Bundle("nodes")

    @initialize(target=nodes)
    def begin(self) -> object:
        """Two projects with folders in folders, the first of them open to everybody."""
        _clock.ahead = 0
        self.model = Model(_clock)
        self.numbers = itertools.count()
        self.act = _server.user()
        _server.write(lambda tx: principals.add_member(tx, users.ACT, self.act.id))
        self.people = [_server.user() for _ in range(3)]
        admin = _server.user(admin=True)
        self.model.admins.add(admin.id)
        self.callers = [*self.people, admin, _server.anonymous]
        self.projects: list[Node] = []
        made = []
        for who in (0, 1):
            outer = self.new_project(who)
            inner = self.new_folder(outer, self.people[who])
            made += [outer, inner, self.new_folder(inner, self.people[who])]
        open_to_all = {**(made[0].acl or {}), EVERYBODY: frozenset({"READ", "DOWNLOAD"})}
        self.people[0].share(made[0].id, EVERYBODY, "READ", "DOWNLOAD")
        made[0].acl = open_to_all
        for kind, on in (("SelfSign", made[1]), ("ManagedACT", made[0])):
            self.approved(self.add_requirement(kind, [on]), self.people[1], 5)
        return multiple(*made)

    def pick(self, number: int) -> Requirement | None:
        """One of the requirements, if there are any."""
        known = list(self.model.requirements.values())
        return known[number % len(known)] if known else None

    def add_requirement(self, kind: str, on: list[Node], **fields: object) -> Requirement:
        body = requirement(kind, *(each.id for each in on), **fields)
        made = self.act.post("/accessRequirement", body)
        found = Requirement(made["id"], kind, made["etag"], on)
        self.model.requirements[found.id] = found
        return found

    def approved(self, which: Requirement, user: User, hours: int) -> None:
        if which.kind == "SelfSign":
            user.post("/accessApproval", {"requirementId": which.id})
            which.approvals[user.id, user.id] = None
            return
        ends = _clock.now() + hours * HOUR
        body = {
            "requirementId": which.id,
            "accessorId": str(user.id),
            "expiredOn": iso(ends),
        }
        self.act.post("/accessApproval", body)
        which.approvals[user.id, self.act.id] = ends

    def new_project(self, who: int) -> Node:
        user = self.people[who]
        node = Node(user.project()["id"], "project", None, user.id, {user.id: OWNER})
        self.projects.append(node)
        return node

    def new_folder(self, parent: Node, user: User) -> Node:
        made = user.folder(parent.id, f"f{next(self.numbers)}")
        node = Node(made["id"], "folder", parent, user.id)
        parent.children.append(node)
        return node

    def principal(self, number: int) -> int:
        known = [*(user.id for user in self.people), EVERYBODY, PUBLIC, *self.model.teams]
        return known[number % len(known)]

    @rule(target=nodes, who=st.integers(0, 2))
    def add_project(self, who: int) -> Node:
        return self.new_project(who)

    @rule(target=nodes, parent=nodes, who=st.integers(0, 4))
    def add_folder(self, parent: Node, who: int) -> Node:
        user = self.callers[who]
        body = {
            "concreteType": "org.sagebionetworks.repo.model.Folder",
            "parentId": parent.id,
            "name": f"f{next(self.numbers)}",
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
        name=st.integers(0, 7),
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

    @rule(node=nodes, to=nodes, who=st.sampled_from((0, 1, 2, 3, 3, 3)))
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

    @rule(node=nodes, to=nodes, stays=st.booleans())
    def restore(self, node: Node, to: Node, stays: bool) -> None:
        if not node.trashed:
            return
        parent = node.parent if stays or node.parent is None else to
        path = f"/trashcan/restore/{node.id}" + ("" if parent is node.parent else f"/{to.id}")
        answer = _server_admin(self).send("PUT", path)
        possible = parent is None or (not parent.in_trash() and not parent.is_below(node))
        assert (answer.status_code == 200) == possible, answer.text
        if possible:
            node.trashed = False
            if parent is not None and node.parent is not None:
                node.parent.children.remove(node)
                node.parent = parent
                parent.children.append(node)

    @precondition(lambda self: len(self.model.teams) < MOST_TEAMS)
    @rule(who=st.integers(0, 2))
    def make_team(self, who: int) -> None:
        user = self.people[who]
        id = int(user.post("/team", {"name": f"Model team {new_etag()[:13]}"})["id"])
        self.model.teams[id] = {user.id}
        self.model.team[id] = Team({user.id})

    def chosen(self, team: int) -> tuple[int, Team]:
        ids = list(self.model.teams)
        id = ids[team % len(ids)]
        return id, self.model.team[id]

    @precondition(lambda self: self.model.teams)
    @rule(team=st.integers(0, 5), who=st.integers(0, 4), whom=st.integers(0, 2))
    def invite(self, team: int, who: int, whom: int) -> None:
        id, found = self.chosen(team)
        user, guest = self.callers[who], self.people[whom].id
        body = {"teamId": str(id), "inviteeId": str(guest)}
        answer = user.send("POST", "/membershipInvitation", body)
        if not self.model.manages(user.id, id):
            assert answer.status_code == (401 if user.id == ANONYMOUS else 403), answer.text
            return
        assert answer.status_code == (400 if guest in self.model.teams[id] else 201), answer.text
        if answer.status_code == 201:
            found.invited.add(guest)

    @precondition(lambda self: self.model.teams)
    @rule(team=st.integers(0, 5), who=st.integers(0, 2))
    def ask(self, team: int, who: int) -> None:
        id, found = self.chosen(team)
        user = self.people[who]
        answer = user.send("POST", "/membershipRequest", {"teamId": str(id)})
        taken = not found.is_open and user.id not in self.model.teams[id]
        assert answer.status_code == (201 if taken else 400), answer.text
        if taken:
            found.asked.add(user.id)

    @precondition(lambda self: self.model.teams)
    @rule(team=st.integers(0, 5), who=st.integers(0, 4), whom=st.integers(0, 2))
    def join(self, team: int, who: int, whom: int) -> None:
        id, found = self.chosen(team)
        user, member = self.callers[who], self.people[whom].id
        answer = user.send("PUT", f"/team/{id}/member/{member}")
        if not self.model.may_let_in(user.id, id, member):
            assert answer.status_code == (401 if user.id == ANONYMOUS else 403), answer.text
            return
        assert answer.status_code == 204, answer.text
        if member not in self.model.teams[id]:
            self.model.teams[id].add(member)
            found.invited.discard(member)
            found.asked.discard(member)

    @precondition(lambda self: self.model.teams)
    @rule(team=st.integers(0, 5), who=st.integers(0, 4), whom=st.integers(0, 2))
    def leave(self, team: int, who: int, whom: int) -> None:
        """Or be taken out, when it is somebody else who wants it."""
        id, found = self.chosen(team)
        user, member = self.callers[who], self.people[whom].id
        answer = user.send("DELETE", f"/team/{id}/member/{member}")
        if user.id != member and not self.model.manages(user.id, id):
            assert answer.status_code == (401 if user.id == ANONYMOUS else 403), answer.text
        elif member not in self.model.teams[id]:
            assert answer.status_code == 204, answer.text
        elif not self.model.may_take_out(id, member):
            assert answer.status_code == 400, answer.text
        else:
            assert answer.status_code == 204, answer.text
            self.model.teams[id].discard(member)
            found.managers.discard(member)

    @precondition(lambda self: self.model.teams)
    @rule(
        team=st.integers(0, 5),
        who=st.integers(0, 4),
        whom=st.integers(0, 2),
        manager=st.booleans(),
    )
    def set_manager(self, team: int, who: int, whom: int, manager: bool) -> None:
        id, found = self.chosen(team)
        user, member = self.callers[who], self.people[whom].id
        path = f"/team/{id}/member/{member}/permission?isAdmin={str(manager).lower()}"
        answer = user.send("PUT", path)
        if not self.model.manages(user.id, id):
            assert answer.status_code == (401 if user.id == ANONYMOUS else 403), answer.text
        elif member not in self.model.teams[id]:
            assert answer.status_code == 404, answer.text
        elif not manager and found.managers == {member}:
            assert answer.status_code == 400, answer.text
        else:
            assert answer.status_code == 204, answer.text
            (found.managers.add if manager else found.managers.discard)(member)

    @precondition(lambda self: self.model.teams)
    @rule(team=st.integers(0, 5), who=st.integers(0, 4), opened=st.booleans())
    def open_team(self, team: int, who: int, opened: bool) -> None:
        id, found = self.chosen(team)
        user = self.callers[who]
        body = {**user.get(f"/team/{id}"), "canPublicJoin": opened}
        answer = user.send("PUT", "/team", body)
        allowed = self.model.manages(user.id, id)
        assert (answer.status_code == 200) == allowed, answer.text
        if allowed:
            found.is_open = opened

    @precondition(lambda self: self.model.teams)
    @rule(team=st.integers(0, 5), who=st.integers(0, 4))
    def delete_team(self, team: int, who: int) -> None:
        id, _ = self.chosen(team)
        user = self.callers[who]
        answer = user.send("DELETE", f"/team/{id}")
        allowed = self.model.manages(user.id, id)
        assert (answer.status_code == 204) == allowed, answer.text
        if allowed:
            del self.model.teams[id], self.model.team[id]
            for project in self.projects:
                for node in project.all():
                    if node.acl is not None:
                        node.acl.pop(id, None)

    @invariant()
    def members_agree(self) -> None:
        for id, members in self.model.teams.items():
            found = _server.anonymous.get(f"/teamMembers/{id}")["results"]
            assert {int(each["member"]["ownerId"]) for each in found} == members
            managers = {int(each["member"]["ownerId"]) for each in found if each["isAdmin"]}
            team = self.model.team[id]
            assert managers == team.managers
            for caller, user in itertools.product(self.callers, self.people):
                said = caller.get(f"/team/{id}/member/{user.id}/membershipStatus")
                assert (
                    said["isMember"],
                    said["hasOpenInvitation"],
                    said["hasOpenRequest"],
                    said["canJoin"],
                    said["canSendEmail"],
                ) == (
                    user.id in members,
                    user.id in team.invited,
                    user.id in team.asked,
                    self.model.may_let_in(caller.id, id, user.id),
                    caller.id != ANONYMOUS,
                )

    # -------------------------------------------------------------- requirements

    @rule(
        on=st.lists(nodes, min_size=1, max_size=2),
        kind=st.sampled_from(KINDS),
        two_factor=st.booleans(),
        who=st.integers(0, 4),
    )
    def require(self, on: list[Node], kind: str, two_factor: bool, who: int) -> None:
        user = self.act if who < 3 else self.callers[who - 2]
        fields = {"isTwoFaRequired": two_factor} if kind == "ManagedACT" else {}
        body = requirement(kind, *(each.id for each in on), **fields)
        answer = user.send("POST", "/accessRequirement", body)
        if user is not self.act:
            assert answer.status_code == 403, answer.text
            return
        possible = not any(each.in_trash() for each in on)
        assert answer.status_code == (201 if possible else 404), answer.text
        if not possible:
            return
        made = answer.json()
        found = Requirement(made["id"], kind, made["etag"], list(on), bool(fields) and two_factor)
        self.model.requirements[found.id] = found

    @rule(number=st.integers(0, 9), kind=st.sampled_from(KINDS))
    def require_beside(self, number: int, kind: str) -> None:
        """A second one on the same thing, so that it stays restricted when one goes."""
        which = self.pick(number)
        if which is not None:
            on = [each for each in which.on if not each.in_trash()]
            self.add_requirement(kind, on)

    @rule(node=nodes, who=st.integers(0, 4))
    def lock(self, node: Node, who: int) -> None:
        user = self.callers[who]
        answer = user.send("POST", f"/entity/{node.id}/lockAccessRequirement")
        if node.in_trash():
            assert answer.status_code == 404
            return
        allowed = all(self.model.may(user.id, each, node) for each in ("CREATE", "UPDATE"))
        expected = 403 if not allowed else 400 if self.model.above(node) else 201
        assert answer.status_code == expected, answer.text
        if expected != 201:
            return
        made = answer.json()
        found = Requirement(made["id"], "Lock", made["etag"], [node])
        self.model.requirements[found.id] = found

    @rule(number=st.integers(0, 9), on=st.lists(nodes, max_size=2), keep=st.booleans())
    def put_elsewhere(self, number: int, on: list[Node], keep: bool) -> None:
        which = self.pick(number)
        if which is None:
            return
        on = [*which.on, *on] if keep else on
        body = self.act.get(f"/accessRequirement/{which.id}")
        body["subjectIds"] = [{"type": "ENTITY", "id": each.id} for each in on]
        answer = self.act.send("PUT", f"/accessRequirement/{which.id}", body)
        possible = not any(each.in_trash() for each in on if each not in which.on)
        assert answer.status_code == (200 if possible else 404), answer.text
        if possible:
            which.on = on

    @rule(number=st.integers(0, 9))
    def drop(self, number: int) -> None:
        which = self.pick(number)
        if which is None:
            return
        self.act.delete(f"/accessRequirement/{which.id}", 200)
        del self.model.requirements[which.id]

    @rule(
        number=st.integers(0, 9),
        who=st.sampled_from((0, 0, 1, 1, 2, 2, 4)),
        by=st.sampled_from(("usual", "usual", "usual", 0, 3, 4)),
        hours=st.sampled_from([None, 1, 5, 24]),
    )
    def approve(self, number: int, who: int, by: int | str, hours: int | None) -> None:
        which = self.pick(number)
        if which is None:
            return
        accessor = self.callers[who]
        usual = accessor if which.kind == "SelfSign" else self.act
        submitter = self.callers[by] if isinstance(by, int) else usual
        ends = None if hours is None else _clock.now() + hours * HOUR
        body = {"requirementId": which.id, "accessorId": str(accessor.id)}
        if ends is not None:
            body["expiredOn"] = iso(ends)
        answer = submitter.send("POST", "/accessApproval", body)
        if submitter.id == ANONYMOUS:
            assert answer.status_code == 401
            return
        if which.kind == "Lock":
            assert answer.status_code == 400
            return
        if which.kind == "SelfSign":
            allowed, ends = accessor is submitter, None
        else:
            allowed = submitter is self.act or submitter.id in self.model.admins
        expected = 403 if not allowed else 404 if accessor.id == ANONYMOUS else 201
        assert answer.status_code == expected, answer.text
        if expected == 201:
            which.approvals[accessor.id, submitter.id] = ends

    @rule(number=st.integers(0, 9), who=st.integers(0, 3), by=st.integers(0, 4))
    def revoke(self, number: int, who: int, by: int) -> None:
        which = self.pick(number)
        if which is None:
            return
        accessor = self.callers[who]
        caller = self.act if by == 4 else self.callers[by]
        path = f"/accessApproval?requirementId={which.id}&accessorId={accessor.id}"
        answer = caller.send("DELETE", path)
        if caller not in (accessor, self.act) and caller.id not in self.model.admins:
            assert answer.status_code == 403, answer.text
        elif which.kind != "ManagedACT":
            assert answer.status_code == 400, answer.text
        else:
            assert answer.status_code == 200, answer.text
            which.approvals = {
                key: end for key, end in which.approvals.items() if key[0] != accessor.id
            }

    @rule(number=st.integers(0, 9), who=st.integers(0, 4))
    def revoke_group(self, number: int, who: int) -> None:
        which = self.pick(number)
        if which is None:
            return
        submitter = self.act if who == 4 else self.callers[who]
        body = {"accessRequirementId": str(which.id), "submitterId": str(submitter.id)}
        answer = self.act.send("PUT", "/accessApproval/group/revoke", body)
        assert answer.status_code == (204 if which.kind == "ManagedACT" else 400), answer.text
        if which.kind == "ManagedACT":
            which.approvals = {
                key: end for key, end in which.approvals.items() if key[1] != submitter.id
            }

    @rule(number=st.integers(0, 9), name=st.integers(0, 6), exempts=st.booleans())
    def exempt(self, number: int, name: int, exempts: bool) -> None:
        which = self.pick(number)
        if which is None or which.kind != "ManagedACT":
            return
        path = f"/accessRequirement/{which.id}/acl"
        self.act.send("DELETE", path)
        which.exempt = set()
        principal = self.principal(name)
        if exempts:
            entry = {"principalId": principal, "accessType": ["EXEMPTION_ELIGIBLE"]}
            answer = self.act.send("POST", path, {"resourceAccess": [entry]})
            assert answer.status_code == (400 if principal == PUBLIC else 201), answer.text
            which.exempt = set() if principal == PUBLIC else {principal}

    @rule(who=st.integers(0, 2), uses=st.booleans())
    def change_two_factor(self, who: int, uses: bool) -> None:
        user = self.people[who].id
        since = 1 if uses else None
        _server.write(lambda tx: auth.set_two_factor(tx, user, since))
        (self.model.two_factor.add if uses else self.model.two_factor.discard)(user)

    @rule(hours=st.integers(1, 8), sweeps=st.booleans())
    def time_passes(self, hours: int, sweeps: bool) -> None:
        _clock.forward(hours * HOUR)
        if sweeps:  # which tells people, and decides nothing
            _server.do(_server.app.sweep_once())

    @invariant()
    def all_answers_agree(self) -> None:
        for project in getattr(self, "projects", ()):
            for node in project.all():
                for user in self.callers:
                    self.compare(node, user)

    def compare(self, node: Node, user: User) -> None:
        answer = user.send("GET", f"/entity/{node.id}")
        body = {"restrictableObjectType": "ENTITY", "objectId": node.id}
        information = user.send("POST", "/restrictionInformation", body)
        if node.in_trash():
            assert (answer.status_code, information.status_code) == (404, 404)
            return
        assert (answer.status_code == 200) == self.model.may(user.id, "READ", node), answer.text
        found = information.json()
        said = found["userEntityPermissions"]
        for name, access in (
            ("canView", "READ"),
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
        assert said["canDownload"] == self.model.may_download(user.id, node), found
        above = sorted(self.model.above(node), key=lambda each: each.id)
        details = [
            (each["accessRequirementId"], each["isMet"]) for each in found["restrictionDetails"]
        ]
        met = [self.model.meets(user.id, each, node) for each in above]
        assert details == list(zip((each.id for each in above), met, strict=True)), found
        assert found["hasUnmetAccessRequirement"] is not all(met), found
        assert found["restrictionLevel"] == self.model.level(node), found


def _server_admin(machine: AccessMachine) -> User:
    return machine.callers[3]


@pytest.mark.proof
def test_the_server_and_the_model_agree(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    global _server, _clock
    _server, _clock = server, Clock()
    monkeypatch.setattr(kernel_clock, "time", _clock)
    per_run = 50
    examples = max(STEPS // per_run, 1) if STEPS else 4
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
