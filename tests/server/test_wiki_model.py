"""A wiki against a model of it: any order of creating, changing, moving, restoring and deleting
pages, through both generations of endpoints, leaves what a few lines of Python say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import RunningServer, User
from tests.server.test_wiki import markdown

STEPS = int(os.environ.get("SYNAPSE_PROOF_STEPS", "0")) // 20 or 60
TEXTS = ("", "one", "# two ü")


@dataclass
class Page:
    """A page as it should be."""

    id: str
    parent: str | None
    etag: str
    versions: list[tuple[str, str]] = field(default_factory=list)
    """Title and text of each."""


class Wikis(RuleBasedStateMachine):
    """What may be done, and what must come of it."""

    owner: User
    handles: dict[str, str]
    pages = Bundle("pages")

    def __init__(self) -> None:
        super().__init__()
        self.project: str = self.owner.project()["id"]
        self.model: dict[str, Page] = {}

    def path(self, end: str = "") -> str:
        return f"/entity/{self.project}{end}"

    def body(self, old: bool, title: str, text: str, **more: Any) -> tuple[str, dict[str, Any]]:
        """The path's last word and the body of either generation."""
        if old:
            return "/wiki", {"title": title, "markdown": text, **more}
        return "/wiki2", {"title": title, "markdownFileHandleId": self.handles[text], **more}

    def below(self, id: str) -> set[str]:
        found = {id}
        while more := {each.id for each in self.model.values() if each.parent in found} - found:
            found |= more
        return found

    @rule(target=pages, old=st.booleans(), text=st.sampled_from(TEXTS))
    def create_root(self, old: bool, text: str) -> str:
        where, body = self.body(old, "root", text)
        answer = self.owner.send("POST", self.path(where), body)
        if any(each.parent is None for each in self.model.values()):
            assert answer.status_code == 409
            return next(each.id for each in self.model.values() if each.parent is None)
        assert answer.status_code == 201
        return self.note(answer.json(), "root", text)

    def note(self, made: dict[str, Any], title: str, text: str) -> str:
        id = str(made["id"])
        page = self.model.setdefault(id, Page(id, None, ""))
        page.parent, page.etag = made.get("parentWikiId"), made["etag"]
        page.versions.append((title, text))
        return id

    @rule(target=pages, old=st.booleans(), parent=pages, text=st.sampled_from(TEXTS))
    def create(self, old: bool, parent: str, text: str) -> str:
        where, body = self.body(old, "sub", text, parentWikiId=parent)
        answer = self.owner.send("POST", self.path(where), body)
        if parent not in self.model:
            assert answer.status_code == 404
            return parent
        assert answer.status_code == 201
        return self.note(answer.json(), "sub", text)

    @rule(
        old=st.booleans(),
        page=pages,
        to=st.none() | pages,
        text=st.sampled_from(TEXTS),
        stale=st.booleans(),
    )
    def change(self, old: bool, page: str, to: str | None, text: str, stale: bool) -> None:
        known = self.model.get(page)
        etag = "stale" if stale or known is None else known.etag
        title = f"t{len(text)}"
        where, body = self.body(old, title, text, etag=etag, parentWikiId=to)
        answer = self.owner.send("PUT", self.path(f"{where}/{page}"), body)
        if known is None:
            assert answer.status_code == 404
        elif stale:
            assert answer.status_code == 412
        elif to is not None and to != known.parent and known.parent is None:
            assert answer.status_code == 400
        elif to is not None and to not in self.model:
            assert answer.status_code == 404
        elif to is not None and to in self.below(page):
            assert answer.status_code == 400
        else:
            assert answer.status_code == 200, answer.text
            self.note(answer.json(), title, text)
            assert known.parent == (to or known.parent)

    @rule(page=pages, back=st.integers(0, 5))
    def restore(self, page: str, back: int) -> None:
        known = self.model.get(page)
        version = 0 if known is None else len(known.versions) - 1 - back
        answer = self.owner.send("PUT", self.path(f"/wiki2/{page}/{version}"))
        if known is None or version < 0:
            assert answer.status_code == 404
        else:
            self.note(answer.json(), *known.versions[version])

    @rule(page=consumes(pages), old=st.booleans())
    def delete(self, page: str, old: bool) -> None:
        answer = self.owner.send("DELETE", self.path(f"/wiki{'' if old else '2'}/{page}"))
        if page not in self.model:
            assert answer.status_code == 404
            return
        assert answer.status_code == 200
        for each in self.below(page):
            del self.model[each]

    @invariant()
    def the_tree_is_right(self) -> None:
        answer = self.owner.send("GET", self.path("/wikiheadertree2?limit=50"))
        if not self.model:
            assert answer.status_code == 404
            return
        found = answer.json()["results"]
        assert {each["id"]: (each.get("parentId"), each["title"]) for each in found} == {
            page.id: (page.parent, page.versions[-1][0]) for page in self.model.values()
        }
        seen: set[str | None] = {None}
        for each in found:
            assert each.get("parentId") in seen
            seen.add(each["id"])

    @invariant()
    def pages_say_what_was_written(self) -> None:
        for page in list(self.model.values())[-3:]:
            title, text = page.versions[-1]
            got = self.owner.get(self.path(f"/wiki/{page.id}"))
            assert (got["title"], got["markdown"], got["etag"]) == (title, text, page.etag)
            title, text = page.versions[0]
            got = self.owner.get(self.path(f"/wiki/{page.id}?wikiVersion=0"))
            assert (got["title"], got["markdown"]) == (title, text)


@pytest.mark.proof
def test_any_order_of_changes(server: RunningServer) -> None:
    owner = server.user()

    class Here(Wikis):
        pass

    Here.owner = owner
    Here.handles = {text: markdown(owner, text) for text in TEXTS}
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Here,
        settings=settings(
            max_examples=max(1, STEPS // 20),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
