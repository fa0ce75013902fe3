"""Views against a model: whatever happens to entities and ACLs, in whatever order, and whichever
process is asked, a view shows what a few lines of Python find through the rest of the API."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import column, values, view

STEPS = int(os.environ.get("SYNAPSE_PROOF_STEPS", "0")) // 20 or 50
EXAMPLES = 4
SQL = "select id, name, path, parentId, projectId, benefactorId, etag, n, ROW_VERSION from"


class Views(RuleBasedStateMachine):
    """What may happen, and what the views must show."""

    servers: list[RunningServer]
    admin: User
    owner: User
    others: list[User]

    containers = Bundle("containers")
    files = Bundle("files")
    trashed = Bundle("trashed")

    def __init__(self) -> None:
        super().__init__()
        self.number = self.looks = 0
        self.known: list[str] = []
        self.projects = [self.new(self.owner.project()), self.new(self.owner.project())]
        self.inner = self.new(self.owner.folder(self.projects[1], "inner"))
        self.top = self.projects[0]
        for each in self.others:  # they may change things, too
            self.owner.share(self.projects[0], each.id, "READ", "UPDATE", "DELETE", "CREATE")
        kinds = {"id": "ENTITYID", "parentId": "ENTITYID", "projectId": "ENTITYID"}
        kinds |= {"benefactorId": "ENTITYID", "n": "INTEGER"}
        names = ("id", "name", "path", "parentId", "projectId", "benefactorId", "etag", "n")
        ids = [column(self.owner, name, kinds.get(name, "STRING")) for name in names]
        home = self.owner.project()["id"]
        self.scope = {self.projects[0], self.inner}
        self.view = view(self.owner, ids, home, scopeIds=sorted(self.scope), viewTypeMask=9)["id"]
        self.dataset = view(self.owner, ids, home, "Dataset", items=[])["id"]
        self.items: dict[str, int] = {}
        for each in self.others:
            self.owner.share(home, each.id, "READ")

    def new(self, made: Any) -> str:
        self.known.append(made["id"])
        return str(made["id"])

    def name(self) -> str:
        self.number += 1
        return f"thing {self.number}"

    def fetch(self, id: str) -> Any:
        return self.admin.send("GET", f"/entity/{id}").json()

    # -------------------------------------------------------------- what happens

    @rule(target=containers)
    def begin(self) -> str:
        return self.top

    @rule(target=containers)
    def begin_elsewhere(self) -> str:
        return self.inner

    @rule(target=containers, parent=containers)
    def add_folder(self, parent: str) -> str:
        return self._add(parent, "folder")

    @rule(target=files, parent=containers)
    def add_file(self, parent: str) -> str:
        return self._add(parent, "file")

    def _add(self, parent: str, what: str) -> str:
        body = {"parentId": parent, "name": self.name()}
        package = "org.sagebionetworks.repo.model."
        if what == "file":
            body |= {
                "concreteType": package + "FileEntity",
                "dataFileHandleId": self.owner.external(),
            }
        else:
            body["concreteType"] = package + "Folder"
        answer = self.owner.send("POST", "/entity", body)
        if answer.status_code != 201:  # the parent is in the trash can, or gone
            return parent
        return self.new(answer.json())

    @rule(thing=files | containers, to=containers)
    def move(self, thing: str, to: str) -> None:
        self._put(self.owner, thing, parentId=to)

    @rule(thing=files | containers, who=st.integers(0, 2))
    def rename(self, thing: str, who: int) -> None:
        self._put([self.owner, *self.others][who], thing, name=self.name())

    def _put(self, user: User, thing: str, **changed: Any) -> None:
        found = self.fetch(thing)
        user.send("PUT", f"/entity/{thing}", {**found, **changed})

    @rule(thing=files | containers, value=st.integers(-3, 3), who=st.integers(0, 2))
    def annotate(self, thing: str, value: int, who: int) -> None:
        user = [self.owner, *self.others][who]
        found = self.admin.send("GET", f"/entity/{thing}/annotations2").json()
        given = {"n": {"type": "LONG", "value": [str(value)]}}
        user.send("PUT", f"/entity/{thing}/annotations2", {**found, "annotations": given})

    @rule(thing=files)
    def new_version(self, thing: str) -> None:
        handle = self.owner.external("https://example.org/" + self.name().replace(" ", ""))
        self._put(self.owner, thing, dataFileHandleId=handle)

    @rule(thing=files, number=st.integers(1, 3))
    def delete_version(self, thing: str, number: int) -> None:
        self.owner.send("DELETE", f"/entity/{thing}/version/{number}")

    @rule(target=trashed, thing=consumes(files) | consumes(containers))
    def trash(self, thing: str) -> str:
        if thing not in (self.top, self.inner):
            self.owner.send("DELETE", f"/entity/{thing}")
        return thing

    @rule(target=trashed, place=st.integers(0, 3))
    def trash_item(self, place: int) -> Any:
        if not self.items:
            return multiple()
        return self.trash(sorted(self.items)[place % len(self.items)])

    @rule(target=containers, thing=consumes(trashed))
    def restore(self, thing: str) -> str:
        self.owner.send("PUT", f"/trashcan/restore/{thing}")
        return thing

    @rule(thing=trashed)
    def purge(self, thing: str) -> None:
        self.owner.send("PUT", f"/trashcan/purge/{thing}")
        server = self.servers[0]
        server.do(server.app.sweep_once())

    @rule(
        thing=files | containers,
        who=st.integers(0, 1),
        access=st.sampled_from([(), ("READ",), ("READ", "UPDATE")]),
    )
    def share(self, thing: str, who: int, access: tuple[str, ...]) -> None:
        if self.owner.send("GET", f"/entity/{thing}").status_code == 200:
            self.owner.share(thing, self.others[who].id, *access)

    @rule(thing=files | containers)
    def inherit(self, thing: str) -> None:
        self.owner.send("DELETE", f"/entity/{thing}/acl")

    @rule(things=st.lists(files, min_size=1, max_size=4), old=st.booleans())
    def choose(self, things: list[str], old: bool) -> None:
        items = {}
        for id in things:
            answer = self.owner.send("GET", f"/entity/{id}")
            if answer.status_code == 200 and "versionNumber" in answer.json():
                items[id] = 1 if old else answer.json()["versionNumber"]
        found = self.fetch(self.dataset)
        listed = [{"entityId": id, "versionNumber": number} for id, number in items.items()]
        answer = self.owner.send("PUT", f"/entity/{self.dataset}", {**found, "items": listed})
        if answer.status_code == 200:
            self.items = items

    @rule(which=st.integers(0, 1), deleted=st.booleans())
    def forget_indexes(self, which: int, deleted: bool) -> None:
        server = self.servers[which % len(self.servers)]
        folder = server.app.indexes.folder()
        server.do(server.app.indexes.close())
        if deleted:
            shutil.rmtree(folder, ignore_errors=True)

    # -------------------------------------------------------------- what must come of it

    @invariant()
    def look(self) -> None:
        """By one person after the other, at one view after the other."""
        users = [self.owner, *self.others, self.admin]
        self.looks += 1
        if self.looks % 3 == 0:
            self.check_dataset(users[self.looks % 4])
        else:
            self.check_view(users[self.looks % 4])

    def teardown(self) -> None:
        for user in (self.owner, *self.others, self.admin):
            self.check_view(user)
            self.check_dataset(user)

    def check_view(self, user: User) -> None:
        found: dict[str, list[str | None]] = {}
        for id in self.known:
            row = self.expected(user, id)
            if row is not None and self.is_in_scope(id):
                found[id] = row
        self.compare(user, self.view, found)

    def check_dataset(self, user: User) -> None:
        found = {}
        for id, number in self.items.items():
            row = self.expected(user, id, number)
            if row is not None:
                found[id] = row
        self.compare(user, self.dataset, found)

    def compare(self, user: User, view: str, expected: dict[str, list[str | None]]) -> None:
        shown = {str(row[0]): row for row in values(user, f"{SQL} {view} limit 1000")}
        assert shown == expected

    def is_in_scope(self, id: str) -> bool:
        above = self.above(id)[1:]
        return bool(self.scope & {each["id"] for each in above}) and id not in self.projects

    def above(self, id: str) -> list[Any]:
        """The entity and what it lies in, from there up."""
        path = self.admin.get(f"/entity/{id}/path")["path"]
        return list(reversed(path))[:-1]  # without the root

    def expected(self, user: User, id: str, number: int | None = None) -> list[str | None] | None:
        """The row of an entity; None if there is none that the user may see."""
        version = "" if number is None else f"/version/{number}"
        answer = user.send("GET", f"/entity/{id}{version}")
        if answer.status_code != 200:
            assert answer.status_code in (403, 404)
            return None
        entity = answer.json()
        if number is None:
            number = entity.get("versionNumber", 1)
        notes = self.admin.get(f"/entity/{id}{version}/annotations2")["annotations"]
        n = notes.get("n")
        above = self.above(id)
        return [
            id,
            entity["name"],
            "/".join(each["name"] for each in reversed(above)),
            entity["parentId"],
            above[-1]["id"],
            self.admin.get(f"/entity/{id}/benefactor")["id"],
            entity["etag"],
            None if n is None else n["value"][0],
            str(number),
        ]


@pytest.fixture
def servers(server: RunningServer) -> Iterator[list[RunningServer]]:
    """The server, and another process beside it where there may be one: jobs go to either."""
    if not server.settings.database:
        yield [server]
        return
    second = RunningServer(server.settings)
    yield [server, second]
    second.stop()


@pytest.mark.proof
def test_views_show_what_is_there(servers: list[RunningServer]) -> None:
    first = servers[0]

    class Here(Views):
        pass

    Here.servers = servers
    Here.admin = first.user(admin=True)
    Here.owner = first.user(certified=True)
    Here.others = [first.user(), first.user()]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
