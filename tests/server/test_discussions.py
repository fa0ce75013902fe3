"""Discussions: who reads and writes, who moderates, what is found and who is told."""

from __future__ import annotations

import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests import mailbox
from tests.conftest import RunningServer, User

ALL = "filter=EXCLUDE_DELETED&limit=20&offset=0"


class Room:
    """A project of Alice's with its forum, which Bob may read."""

    def __init__(self, alice: User, bob: User) -> None:
        self.project = alice.project()["id"]
        alice.share(self.project, bob.id, "READ")
        self.forum = alice.get(f"/project/{self.project}/forum")
        self.path = f"/forum/{self.forum['id']}"

    def thread(self, user: User, title: str = "Question", text: str = "How so?") -> Any:
        body = {"forumId": self.forum["id"], "title": title, "messageMarkdown": text}
        return user.post("/thread", body)

    def threads(self, user: User, query: str = ALL) -> list[str]:
        return [each["id"] for each in user.get(f"{self.path}/threads?{query}")["results"]]


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    return Room(alice, bob)


def reply(user: User, thread: Any, text: str = "Because.") -> Any:
    return user.post("/reply", {"threadId": thread["id"], "messageMarkdown": text})


def text_of(user: User, kind: str, bundle: Any) -> str:
    url = user.get(f"/{kind}/messageUrl?messageKey={bundle['messageKey']}")["messageUrl"]
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        return str(answer.read().decode())


def test_a_forum(room: Room, alice: User, bob: User, server: RunningServer) -> None:
    assert room.forum == {
        "id": room.forum["id"],
        "projectId": room.project,
        "etag": room.forum["etag"],
    }
    assert bob.get(f"/project/{room.project}/forum") == bob.get(room.path) == room.forum
    for someone in (server.user(), server.anonymous):
        for path in (
            f"/project/{room.project}/forum",
            room.path,
            f"{room.path}/threads?{ALL}",
            f"{room.path}/threadcount?filter=EXCLUDE_DELETED",
            f"{room.path}/moderators?limit=5&offset=0",
        ):
            someone.get(path, 403)
        someone.post(f"{room.path}/search", {"searchString": "how"}, 403)
    alice.get(f"/project/{alice.folder(room.project)['id']}/forum", 400)
    alice.get("/project/syn9/forum", 404)
    alice.get("/forum/9999999", 404)
    alice.get("/forum/x", 400)
    moderators = bob.get(f"{room.path}/moderators?limit=5&offset=0")["results"]
    assert moderators == [str(alice.id)]


def test_first_visits_at_once_make_one_forum(alice: User) -> None:
    project = alice.project()["id"]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: alice.get(f"/project/{project}/forum"), range(6)))
    assert len({each["id"] for each in found}) == 1


def test_a_thread(room: Room, alice: User, bob: User, server: RunningServer) -> None:
    made = room.thread(bob, "Où est la donnée?", "In **syn1**? 🙂")
    assert made == {
        "id": made["id"],
        "forumId": room.forum["id"],
        "projectId": room.project,
        "title": "Où est la donnée?",
        "createdOn": made["createdOn"],
        "createdBy": str(bob.id),
        "modifiedOn": made["createdOn"],
        "etag": made["etag"],
        "messageKey": made["messageKey"],
        "numberOfViews": 0,
        "numberOfReplies": 0,
        "lastActivity": made["createdOn"],
        "activeAuthors": [str(bob.id)],
        "isEdited": False,
        "isDeleted": False,
        "isPinned": False,
    }
    path = f"/thread/{made['id']}"
    assert text_of(alice, "thread", made) == "In **syn1**? 🙂"
    for _ in range(2):
        alice.get(path)
        bob.get(path)
    deadline = time.monotonic() + 60
    while (seen := alice.get(path)["numberOfViews"]) < 2:  # noted behind the answer
        assert time.monotonic() < deadline, seen
    assert seen == 2
    changed = bob.put(path + "/title", {"title": "Found"}, 201)
    assert (changed["title"], changed["isEdited"]) == ("Found", True)
    again = bob.put(path + "/message", {"messageMarkdown": "Thanks"}, 201)
    assert again["etag"] != changed["etag"]
    assert text_of(bob, "thread", again) == "Thanks"
    alice.get(f"/thread/messageUrl?messageKey={made['messageKey']}", 404)
    stranger, nobody = server.user(), server.anonymous
    for someone in (alice, stranger):
        someone.put(path + "/title", {"title": "Mine"}, 403)
        someone.put(path + "/message", {"messageMarkdown": "Mine"}, 403)
    nobody.put(path + "/title", {"title": "Mine"}, 403)
    for someone in (stranger, nobody):
        someone.get(path, 403)
        someone.get(f"/thread/messageUrl?messageKey={again['messageKey']}", 403)
        someone.get(f"{path}/replies?{ALL}", 403)
        someone.get(f"{path}/replycount?filter=EXCLUDE_DELETED", 403)
    stranger.post(
        "/thread", {"forumId": room.forum["id"], "title": "t", "messageMarkdown": "m"}, 403
    )
    nobody.post("/thread", {"forumId": room.forum["id"], "title": "t", "messageMarkdown": "m"}, 401)
    # who may not read the project any more reads nothing of it
    alice.share(room.project, bob.id)
    bob.get(path, 403)
    bob.put(path + "/title", {"title": "Mine"}, 403)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"title": ""}, 400),
        ({"title": "x" * 141}, 400),
        ({"title": None}, 400),
        ({"messageMarkdown": " "}, 400),
        ({"messageMarkdown": "x" * 100_001}, 400),
        ({"forumId": None}, 400),
        ({"forumId": "x"}, 400),
        ({"forumId": "99999999"}, 404),
    ],
)
def test_threads_that_cannot_be(room: Room, bob: User, fields: dict[str, Any], status: int) -> None:
    body = {"forumId": room.forum["id"], "title": "t", "messageMarkdown": "m", **fields}
    assert bob.post("/thread", body, status)["reason"]
    assert room.threads(bob) == []


def test_replies(room: Room, alice: User, bob: User, server: RunningServer) -> None:
    thread = room.thread(bob)
    first = reply(alice, thread, "One")
    assert first == {
        "id": first["id"],
        "threadId": thread["id"],
        "forumId": room.forum["id"],
        "projectId": room.project,
        "createdOn": first["createdOn"],
        "createdBy": str(alice.id),
        "modifiedOn": first["createdOn"],
        "etag": first["etag"],
        "messageKey": first["messageKey"],
        "isEdited": False,
        "isDeleted": False,
    }
    second = reply(bob, thread, "Two")
    path = f"/thread/{thread['id']}"
    found = bob.get(path)
    assert (found["numberOfReplies"], found["lastActivity"]) == (2, second["createdOn"])
    assert found["activeAuthors"] == [str(bob.id), str(alice.id)]
    assert bob.get(f"/reply/{first['id']}") == first
    assert text_of(bob, "reply", first) == "One"
    page = bob.get(f"{path}/replies?{ALL}")["results"]
    assert page == [first, second]
    assert bob.get(f"{path}/replies?{ALL}&ascending=false&sort=CREATED_ON")["results"] == page[::-1]
    assert bob.get(f"{path}/replies?filter=EXCLUDE_DELETED&limit=1&offset=1")["results"] == [second]
    changed = alice.put(f"/reply/{first['id']}/message", {"messageMarkdown": "Uno"}, 201)
    assert changed["isEdited"]
    assert text_of(bob, "reply", changed) == "Uno"
    bob.put(f"/reply/{first['id']}/message", {"messageMarkdown": "Mine"}, 403)
    bob.delete(f"/reply/{first['id']}", 403)
    bob.get(f"{path}/replies?filter=NO_FILTER&limit=5&offset=0", 403)
    alice.delete(f"/reply/{second['id']}")
    bob.get(f"/reply/{second['id']}", 404)
    bob.get(f"/reply/messageUrl?messageKey={second['messageKey']}", 404)
    bob.put(f"/reply/{second['id']}/message", {"messageMarkdown": "Back"}, 404)
    assert alice.get(f"/reply/{second['id']}")["isDeleted"]
    assert bob.get(path)["numberOfReplies"] == 1
    assert bob.get(path)["lastActivity"] == first["createdOn"]
    assert bob.get(f"{path}/replycount?filter=EXCLUDE_DELETED") == {"count": 1}
    assert alice.get(f"{path}/replycount?filter=DELETED_ONLY") == {"count": 1}
    deleted = alice.get(f"{path}/replies?filter=DELETED_ONLY&limit=5&offset=0")["results"]
    assert [each["id"] for each in deleted] == [second["id"]]
    for someone, status in ((server.user(), 403), (server.anonymous, 401)):
        someone.post("/reply", {"threadId": thread["id"], "messageMarkdown": "x"}, status)
        someone.delete(f"/reply/{first['id']}", status)
        someone.get(f"/reply/{first['id']}", 403)
        someone.get(f"/reply/messageUrl?messageKey={changed['messageKey']}", 403)
    for body, status in (
        ({"threadId": thread["id"]}, 400),
        ({"messageMarkdown": "x"}, 400),
        ({"threadId": "9999999", "messageMarkdown": "x"}, 404),
    ):
        bob.post("/reply", body, status)


def test_moderation(room: Room, alice: User, bob: User, server: RunningServer) -> None:
    first, second = room.thread(bob, "First"), room.thread(bob, "Second")
    path = f"/thread/{first['id']}"
    for someone, status in ((bob, 403), (server.user(), 403), (server.anonymous, 401)):
        for verb in ("pin", "unpin", "restore"):
            someone.put(f"{path}/{verb}", None, status)
        someone.delete(path, status)
    assert room.threads(bob) == [second["id"], first["id"]]
    alice.put(f"{path}/pin", None, 204)
    assert alice.get(path)["isPinned"]
    assert room.threads(bob) == [first["id"], second["id"]]
    alice.put(f"{path}/unpin", None, 204)
    alice.delete(path)
    bob.get(path, 404)
    bob.put(f"{path}/title", {"title": "x"}, 404)
    bob.post("/reply", {"threadId": first["id"], "messageMarkdown": "x"}, 404)
    alice.post("/reply", {"threadId": first["id"], "messageMarkdown": "x"}, 404)
    alice.put(f"{path}/pin", None, 404)
    assert alice.get(path)["isDeleted"]
    assert room.threads(bob) == [second["id"]]
    bob.get(f"{room.path}/threads?filter=DELETED_ONLY&limit=5&offset=0", 403)
    assert room.threads(alice, "filter=DELETED_ONLY&limit=5&offset=0") == [first["id"]]
    assert alice.get(f"{room.path}/threadcount?filter=NO_FILTER") == {"count": 2}
    assert bob.get(f"{room.path}/threadcount?filter=EXCLUDE_DELETED") == {"count": 1}
    alice.put(f"{path}/restore", None, 200)
    assert bob.get(path)["title"] == "First"
    # a moderator who is not the owner
    alice.share(room.project, bob.id, "READ", "MODERATE")
    bob.put(f"/thread/{second['id']}/pin", None, 204)


def test_orders_and_pages(room: Room, bob: User, alice: User) -> None:
    threads = [room.thread(bob, title) for title in ("b", "c", "a")]
    ids = [each["id"] for each in threads]
    reply(bob, threads[0])
    for _ in range(2):
        reply(bob, threads[1])
    while not alice.get(f"/thread/{ids[2]}")["numberOfViews"]:
        time.sleep(0.01)
    assert room.threads(bob) == [ids[1], ids[0], ids[2]]
    assert room.threads(bob, f"{ALL}&sort=THREAD_TITLE&ascending=true") == [ids[2], ids[0], ids[1]]
    assert room.threads(bob, f"{ALL}&sort=NUMBER_OF_REPLIES") == [ids[1], ids[0], ids[2]]
    assert room.threads(bob, f"{ALL}&sort=NUMBER_OF_VIEWS")[0] == ids[2]
    one = "filter=EXCLUDE_DELETED&limit=1&offset=1"
    assert room.threads(bob, one) == [ids[0]]
    bob.get(f"{room.path}/threads?filter=EXCLUDE_DELETED&limit=0&offset=0", 400)
    bob.get(f"{room.path}/threads?filter=EXCLUDE_DELETED&limit=5", 400)
    bob.get(f"{room.path}/threads?limit=5&offset=0", 400)
    bob.get(f"{room.path}/threads?{ALL}&sort=BEAUTY", 400)


def test_threads_about_an_entity(room: Room, alice: User, bob: User, server: RunningServer) -> None:
    file = alice.file(room.project)["id"]
    thread = room.thread(alice, f"About {file}", "and syn999999999")
    other = room.thread(alice, "Nothing")
    reply(alice, other, f"see {file.upper()} and x{file}")
    path = f"/entity/{file}/threads?limit=20&offset=0"
    assert {each["id"] for each in bob.get(path)["results"]} == {thread["id"], other["id"]}
    counts = bob.post("/entity/threadcounts", {"idList": [file, room.project, "syn9"]}, 200)
    assert counts["list"] == [
        {"entityId": file, "count": 2},
        {"entityId": room.project, "count": 0},
    ]
    bundle = bob.post(f"/entity/{file}/bundle2", {"includeThreadCount": True}, 200)
    assert bundle["threadCount"] == 2
    # threads of projects that the caller may not read do not count
    hidden = server.user()
    elsewhere = Room(hidden, server.user())
    alice.share(room.project, hidden.id, "READ")
    elsewhere.thread(hidden, f"Gossip about {file}")
    assert len(hidden.get(path)["results"]) == 3
    assert len(bob.get(path)["results"]) == 2
    alice.delete(f"/thread/{thread['id']}")
    assert len(bob.get(path)["results"]) == 1
    server.user().get(path, 403)
    stranger = server.user()
    found = stranger.post("/entity/threadcounts", {"idList": [file]}, 200)
    assert found == {"list": []}
    bob.post("/entity/threadcounts", {"idList": []}, 400)
    bob.post("/entity/threadcounts", {"idList": [f"syn{n}" for n in range(21)]}, 400)


def test_search(room: Room, alice: User, bob: User) -> None:
    first = room.thread(bob, "Batch effects", "How do I remove 100% of them?")
    second = room.thread(bob, "Other", "Größe und Ärger")
    answer = reply(alice, first, "Use ComBat on the batch")

    def found(text: str) -> list[Any]:
        return list(bob.post(f"{room.path}/search", {"searchString": text}, 200)["matches"])

    forum = {"forumId": room.forum["id"]}
    in_first = {**forum, "threadId": first["id"]}
    assert found("batch") == [{**in_first, "replyId": answer["id"]}, in_first]
    assert found("EFFECTS remove") == [in_first]
    assert found("combat BATCH") == [{**in_first, "replyId": answer["id"]}]
    assert found("größe ärger") == [{**forum, "threadId": second["id"]}]
    assert found("100%") == [in_first]
    assert found("1%0") == found("b_tch") == found("nothing") == []
    for wrong in ("ab", "", None, "w " * 30):
        bob.post(f"{room.path}/search", {"searchString": wrong}, 400)
    alice.delete(f"/reply/{answer['id']}")
    assert found("combat") == []
    alice.delete(f"/thread/{first['id']}")
    assert found("batch") == []


def test_more_is_found_than_a_page(room: Room, bob: User) -> None:
    thread = room.thread(bob)
    ids = [reply(bob, thread, f"needle {n}")["id"] for n in range(51)]
    body = {"searchString": "needle"}
    page = bob.post(f"{room.path}/search", body, 200)
    rest = bob.post(f"{room.path}/search", {**body, "nextPageToken": page["nextPageToken"]}, 200)
    matches = [*page["matches"], *rest["matches"]]
    assert [each["replyId"] for each in matches] == ids[::-1]
    assert "nextPageToken" not in rest


def test_it_goes_with_the_project(
    room: Room, alice: User, bob: User, server: RunningServer
) -> None:
    thread = room.thread(bob)
    answer = reply(bob, thread)
    alice.delete(f"/entity/{room.project}")
    bob.get(f"/thread/{thread['id']}", 404)
    alice.put(f"/trashcan/purge/{room.project}")
    server.do(server.app.sweep_once())
    alice.get(room.path, 404)
    alice.get(f"/thread/{thread['id']}", 404)
    alice.get(f"/reply/{answer['id']}", 404)
    assert bob.get("/subscription/all?objectType=THREAD&limit=9&offset=0")["results"] == []


# ------------------------------------------------------------------ subscriptions


def follow(user: User, kind: str, id: str, status: int = 201) -> Any:
    return user.post("/subscription", {"objectId": id, "objectType": kind}, status)


def test_subscriptions(room: Room, alice: User, bob: User, server: RunningServer) -> None:
    thread = room.thread(alice)
    made = follow(bob, "FORUM", room.forum["id"])
    assert made == {
        "subscriptionId": made["subscriptionId"],
        "subscriberId": str(bob.id),
        "objectId": room.forum["id"],
        "objectType": "FORUM",
        "createdOn": made["createdOn"],
    }
    assert follow(bob, "FORUM", room.forum["id"]) == made
    path = f"/subscription/{made['subscriptionId']}"
    assert bob.get(path) == made
    second = follow(bob, "THREAD", thread["id"])
    everything = bob.get("/subscription/all?objectType=THREAD&limit=10&offset=0")
    assert everything["results"] == [second]
    asked = {"objectType": "FORUM", "idList": [room.forum["id"], "77"]}
    assert bob.post("/subscription/list", asked, 200)["results"] == [made]
    topic = {"objectId": thread["id"], "objectType": "THREAD"}
    assert alice.post("/subscription/subscribers/count", topic, 200) == {"count": 2}
    found = alice.post("/subscription/subscribers", topic, 200)
    assert found == {"subscribers": sorted([str(alice.id), str(bob.id)])}
    stranger, nobody = server.user(), server.anonymous
    for someone, status in ((stranger, 403), (nobody, 401)):
        someone.get(path, status)
        someone.delete(path, status)
    for someone, status in ((stranger, 403), (nobody, 403)):
        someone.post("/subscription/subscribers", topic, status)
        someone.post("/subscription/subscribers/count", topic, status)
    follow(stranger, "THREAD", thread["id"], 403)
    follow(nobody, "THREAD", thread["id"], 401)
    nobody.get("/subscription/all?objectType=THREAD&limit=10&offset=0", 401)
    nobody.delete("/subscription/all", 401)
    nobody.post("/subscription/list", asked, 401)
    nobody.post("/subscription/all?objectType=DATA_ACCESS_SUBMISSION", None, 401)
    bob.delete(path)
    bob.get(path, 404)
    bob.delete("/subscription/all")
    assert bob.get("/subscription/all?objectType=THREAD&limit=10&offset=0")["results"] == []
    for body, status in (
        ({"objectType": "FORUM"}, 400),
        ({"objectId": "1"}, 400),
        ({"objectType": "FORUM", "objectId": "99999999"}, 404),
        ({"objectType": "MOON", "objectId": "1"}, 400),
    ):
        bob.post("/subscription", body, status)
    bob.post("/subscription/list", {"objectType": "FORUM"}, 400)
    bob.post("/subscription/list", {**asked, "idList": [str(n) for n in range(101)]}, 400)


def test_orders_of_subscriptions(room: Room, alice: User, bob: User) -> None:
    threads = [room.thread(alice)["id"] for _ in range(3)]
    for id in (threads[1], threads[0], threads[2]):
        follow(bob, "THREAD", id)
    path = "/subscription/all?objectType=THREAD&limit=10&offset=0"

    def listed(more: str = "") -> list[str]:
        return [each["objectId"] for each in bob.get(path + more)["results"]]

    assert listed() == [threads[1], threads[0], threads[2]]
    assert listed("&sortBy=OBJECT_ID&sortDirection=DESC") == threads[::-1]
    assert (
        bob.get(path.replace("limit=10&offset=0", "limit=1&offset=2"))["results"][0]["objectId"]
        == (threads[2])
    )


def test_requests_for_data_are_followed_by_those_who_decide(
    bob: User, server: RunningServer
) -> None:
    admin = server.user(admin=True)
    path = "/subscription/all?objectType=DATA_ACCESS_SUBMISSION"
    bob.post(path, None, 403)
    assert admin.post(path)["objectId"] == "0"
    admin.post("/subscription/all?objectType=FORUM", None, 400)
    follow(bob, "DATA_ACCESS_SUBMISSION", "5", 403)
    follow(admin, "DATA_ACCESS_SUBMISSION", "5")
    follow(bob, "DATA_ACCESS_SUBMISSION_STATUS", "5")


# ------------------------------------------------------------------ mail


def test_who_is_told(
    room: Room,
    alice: User,
    bob: User,
    server: RunningServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    carol, revoked = server.user(), server.user()
    for person in (carol, revoked):
        alice.share(room.project, person.id, "READ")
        follow(person, "FORUM", room.forum["id"])
    alice.share(room.project, revoked.id)
    thread = room.thread(alice, "News", f"Look, @{bob.name}.")
    for person in (bob, carol):
        text = mailbox.letter(caplog, f"{person.name}@example.org")
        assert "began the thread" in text
        assert f"threadId={thread['id']}" in text
    reply(carol, thread, "Nice")
    assert "Nice" in mailbox.letter(caplog, f"{alice.name}@example.org")
    for person, count in ((bob, 1), (carol, 1), (revoked, 0)):
        assert len(mailbox.letters(caplog, f"{person.name}@example.org")) == count
