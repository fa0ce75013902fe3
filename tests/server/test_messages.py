"""Messages: to users and teams, in their inboxes, by mail; and who wants none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests import mailbox
from tests.conftest import RunningServer, User
from tests.mailserver import MailServer, mail_server, text_of
from tests.server.test_files import raw, text_url, upload
from tests.server.test_joining import address, invite
from tests.server.test_teams import make, put_in

from synapse_server.settings import Settings
from synapse_server.users import store as principals


def write(user: User, text: str = "Grüße", kind: str = "text/plain") -> str:
    """A file for the text of a message."""
    return upload(user, text.encode(), fileName="message.txt", contentType=kind)


def send(sender: User, *to: User, status: int = 201, **fields: Any) -> Any:
    handle = fields.pop("handle", None) or write(sender, fields.pop("text", "Grüße"))
    body = {"recipients": [str(user.id) for user in to], "fileHandleId": handle, **fields}
    return sender.post("/message", body, status)


def inbox(user: User, query: str = "") -> list[Any]:
    return [each["message"]["id"] for each in user.get(f"/message/inbox{query}")["results"]]


def test_from_one_to_another(server: RunningServer, alice: User, bob: User) -> None:
    message = send(alice, bob, subject="Über Daten 🙂", text="Schöne Grüße")
    assert message == {
        "id": message["id"],
        "createdBy": str(alice.id),
        "createdOn": message["createdOn"],
        "fileHandleId": message["fileHandleId"],
        "recipients": [str(bob.id)],
        "subject": "Über Daten 🙂",
        "inReplyToRoot": message["id"],
    }
    status = {"messageId": message["id"], "recipientId": str(bob.id), "status": "UNREAD"}
    page = {"results": [{"message": message, "status": status}], "totalNumberOfResults": 1}
    assert bob.get("/message/inbox") == page
    assert alice.get("/message/inbox")["results"] == []
    assert alice.get("/message/outbox")["results"] == [message]
    assert bob.get("/message/outbox")["results"] == []
    stranger, nobody = server.user(), server.anonymous
    path = f"/message/{message['id']}"
    for user in (alice, bob):
        assert user.get(path) == message
        assert raw(user, "GET", text_url(user, f"{path}/file")).text == "Schöne Grüße"
        assert user.send("GET", f"{path}/file").status_code == 307
    for each in (path, f"{path}/file", f"{path}/conversation"):
        stranger.get(each, 403)
        nobody.get(each, 401)
    for each in ("/message/inbox", "/message/outbox"):
        nobody.get(each, 401)
    alice.get("/message/999999999", 404)
    alice.get("/message/first", 400)
    association = {
        "fileHandleId": message["fileHandleId"],
        "associateObjectId": message["id"],
        "associateObjectType": "MessageAttachment",
    }
    ask = {"includePreSignedURLs": True, "requestedFiles": [association]}
    [found] = bob.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert raw(bob, "GET", found["preSignedURL"]).text == "Schöne Grüße"
    [found] = stranger.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert found["failureCode"] == "UNAUTHORIZED"
    association["fileHandleId"] = write(bob)
    [found] = bob.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
    assert found["failureCode"] == "UNAUTHORIZED"
    alice.delete(f"/file/v1/fileHandle/{message['fileHandleId']}", 409)


def test_messages_that_are_not_sent(server: RunningServer, alice: User, bob: User) -> None:
    handle, theirs = write(alice), write(bob)
    good = {"recipients": [str(bob.id)], "fileHandleId": handle, "subject": "s"}
    evil = "https://evil.example/#!Settings:"
    for change, status in (
        ({"recipients": []}, 400),
        ({"recipients": None}, 400),
        ({"recipients": ["999999999"]}, 400),
        ({"recipients": ["273948"]}, 400),
        ({"recipients": ["273950"]}, 400),
        ({"recipients": [bob.name]}, 400),
        ({"recipients": [str(id) for id in range(51)]}, 400),
        ({"fileHandleId": None}, 400),
        ({"fileHandleId": "999999999"}, 404),
        ({"fileHandleId": theirs}, 403),
        ({"fileHandleId": alice.external()}, 400),
        ({"fileHandleId": write(alice, kind="image/png")}, 400),
        ({"fileHandleId": write(alice, "x" * (2 * 1024 * 1024 + 1))}, 400),
        ({"subject": "x" * 1001}, 400),
        ({"inReplyTo": "999999999"}, 404),
        ({"inReplyTo": "the last one"}, 400),
        ({"notificationUnsubscribeEndpoint": evil}, 400),
        ({"userProfileSettingEndpoint": evil}, 400),
    ):
        alice.post("/message", {**good, **change}, status)
    server.anonymous.post("/message", good, 401)
    alice.send("POST", "/message", b"{")
    assert inbox(bob) == []
    assert alice.get("/message/outbox")["results"] == []


def test_the_inbox(alice: User, bob: User) -> None:
    sent = [send(alice, bob, subject=subject)["id"] for subject in ("b", "c", "a")]
    assert inbox(bob) == sent[::-1]
    assert inbox(bob, "?descending=false") == sent
    assert inbox(bob, "?orderBy=SUBJECT") == [sent[1], sent[0], sent[2]]
    assert inbox(bob, "?orderBy=SUBJECT&descending=false&limit=1&offset=1") == [sent[0]]
    for status, id in (("READ", sent[0]), ("ARCHIVED", sent[1])):
        bob.put("/message/status", {"messageId": id, "status": status})
    assert inbox(bob) == [sent[2]]
    assert inbox(bob, "?inboxFilter=READ") == [sent[0]]
    assert inbox(bob, "?inboxFilter=read,%20ARCHIVED") == [sent[1], sent[0]]
    assert inbox(bob, "?inboxFilter=UNREAD,READ,ARCHIVED") == sent[::-1]
    bob.put("/message/status", {"messageId": sent[0], "status": "UNREAD"})
    assert inbox(bob) == [sent[2], sent[0]]
    for query in ("inboxFilter=LOST", "orderBy=AGE", "limit=0", "offset=-1", "descending=so"):
        bob.get(f"/message/inbox?{query}", 400)
    subjects = [each["subject"] for each in alice.get("/message/outbox?orderBy=SUBJECT")["results"]]
    assert subjects == ["c", "b", "a"]


def test_statuses_are_the_receivers(server: RunningServer, alice: User, bob: User) -> None:
    id = send(alice, bob)["id"]
    mine = {"messageId": id, "recipientId": str(bob.id), "status": "READ"}
    alice.put("/message/status", mine, 403)
    alice.put("/message/status", {"messageId": id, "status": "READ"}, 403)
    server.user().put("/message/status", {"messageId": id, "status": "READ"}, 403)
    server.anonymous.put("/message/status", mine, 401)
    bob.put("/message/status", {**mine, "status": "TRASHED"}, 400)
    bob.put("/message/status", {**mine, "status": None}, 400)
    bob.put("/message/status", {**mine, "messageId": "999999999"}, 404)
    bob.put("/message/status", {**mine, "messageId": None}, 400)
    assert inbox(bob) == [id]
    bob.put("/message/status", mine)
    assert inbox(bob) == []


def test_conversations(server: RunningServer, alice: User, bob: User) -> None:
    carol = server.user()
    first = send(alice, bob, carol)
    answer = send(bob, alice, inReplyTo=first["id"])
    assert (answer["inReplyTo"], answer["inReplyToRoot"]) == (first["id"], first["id"])
    more = send(alice, bob, inReplyTo=answer["id"])
    send(alice, bob)

    def seen(user: User, query: str = "") -> list[str]:
        page = user.get(f"/message/{first['id']}/conversation{query}")
        return [each["id"] for each in page["results"]]

    assert seen(alice) == [more["id"], answer["id"], first["id"]]
    assert seen(bob, "?descending=false&limit=2") == [first["id"], answer["id"]]
    assert seen(carol) == [first["id"]]
    carol.get(f"/message/{answer['id']}/conversation", 403)
    send(carol, bob, inReplyTo=answer["id"], status=403)  # a talk that is not theirs
    send(server.user(), bob, inReplyTo=first["id"], status=403)


def test_forwarding(server: RunningServer, alice: User, bob: User) -> None:
    carol, dave = server.user(), server.user()
    message = send(alice, bob, subject="news", text="the text")
    path = f"/message/{message['id']}/forward"
    carol.post(path, {"recipients": [str(carol.id)]}, 403)
    server.anonymous.post(path, {"recipients": [str(carol.id)]}, 401)
    bob.post(path, {"recipients": []}, 400)
    bob.post("/message/999999999/forward", {"recipients": [str(carol.id)]}, 404)
    sent = bob.post(path, {"recipients": [str(carol.id), str(dave.id), str(carol.id)]})
    assert sent["createdBy"] == str(bob.id)
    assert sent["subject"] == "news"
    assert sent["inReplyTo"] == message["id"]
    for user in (carol, dave):
        assert inbox(user) == [sent["id"]]
        assert raw(user, "GET", text_url(user, f"/message/{sent['id']}/file")).text == "the text"
        user.get(f"/message/{message['id']}", 403)


def test_writing_to_a_team(server: RunningServer, alice: User, bob: User, admin: User) -> None:
    team = make(alice)
    put_in(alice, team, bob)
    stranger = server.user()
    to_team = {"recipients": [team["id"], str(bob.id)]}
    message = stranger.post("/message", {**to_team, "fileHandleId": write(stranger)})
    assert message["recipients"] == to_team["recipients"]
    assert inbox(alice) == inbox(bob) == [message["id"]]
    acl = alice.get(f"/team/{team['id']}/acl")
    acl["resourceAccess"] = [
        each for each in acl["resourceAccess"] if each["principalId"] != 273948
    ]
    alice.put("/team/acl", acl)
    stranger.post("/message", {**to_team, "fileHandleId": write(stranger)}, 403)
    bob.post("/message", {**to_team, "fileHandleId": write(bob)})
    alice.delete(f"/team/{team['id']}/member/{bob.id}")
    bob.post("/message", {**to_team, "fileHandleId": write(bob)}, 403)
    bob.get(f"/message/{message['id']}")  # what they have got, they have
    admin.post("/message", {**to_team, "fileHandleId": write(admin)})
    assert len(inbox(alice)) == 3


def test_ten_a_minute(server: RunningServer, bob: User, admin: User) -> None:
    sender, trusted = server.user(), server.user()
    server.write(lambda tx: principals.add_member(tx, 4, trusted.id))

    def sends(user: User) -> list[int]:
        body = {"recipients": [str(bob.id)], "fileHandleId": write(user)}
        with ThreadPoolExecutor(4) as pool:
            return sorted(
                pool.map(lambda _: user.send("POST", "/message", body).status_code, range(12))
            )

    assert sends(sender) == [201] * 10 + [429] * 2
    assert sends(trusted) == sends(admin) == [201] * 12
    many = [str(server.user().id) for _ in range(51)]
    trusted.post("/message", {"recipients": many, "fileHandleId": write(trusted)})


def test_writing_to_who_may_share_an_entity(server: RunningServer, alice: User, bob: User) -> None:
    carol, reader, stranger = (server.user() for _ in range(3))
    project = alice.project()["id"]
    folder = alice.folder(project)["id"]
    team, closed = make(carol), make(bob)
    acl = bob.get(f"/team/{closed['id']}/acl")
    acl["resourceAccess"] = [
        each for each in acl["resourceAccess"] if each["principalId"] != 273948
    ]
    bob.put("/team/acl", acl)
    for id in (int(team["id"]), int(closed["id"])):
        alice.share(project, id, "READ", "CHANGE_PERMISSIONS")
    alice.share(project, reader.id, "READ")
    body = {"fileHandleId": write(reader), "subject": "may I?"}
    message = reader.post(f"/entity/{folder}/message", body)
    assert message["recipients"] == [str(alice.id), team["id"]]
    assert inbox(alice) == inbox(carol) == [message["id"]]
    assert inbox(bob) == []
    more = reader.post(f"/entity/{folder}/message", {**body, "recipients": [str(bob.id)]})
    assert inbox(bob) == [more["id"]]
    stranger.post(f"/entity/{folder}/message", {**body, "fileHandleId": write(stranger)}, 403)
    server.anonymous.post(f"/entity/{folder}/message", body, 401)
    reader.post("/entity/syn999999999/message", body, 404)


def test_administrators_delete_messages(
    server: RunningServer, alice: User, bob: User, admin: User
) -> None:
    message = send(alice, bob)
    path = f"/admin/message/{message['id']}"
    for user, status in ((alice, 403), (bob, 403), (server.anonymous, 401)):
        user.delete(path, status)
    assert alice.send("DELETE", f"/message/{message['id']}").status_code == 410
    admin.delete(path, 200)
    admin.delete(path, 404)
    alice.get(f"/message/{message['id']}", 404)
    assert inbox(bob) == []
    alice.delete(f"/file/v1/fileHandle/{message['fileHandleId']}", 200)


# ------------------------------------------------------------------ mail


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as found:
        yield found


@pytest.fixture(scope="module")
def mailing(mail: MailServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that sends mail."""
    folder = str(tmp_path_factory.mktemp("mailing"))
    server = RunningServer(
        Settings(data=folder, smtp=mail.url, public_url="https://synapse.example.org")
    )
    yield server
    server.stop()


def test_messages_go_out_by_mail(mailing: RunningServer, mail: MailServer) -> None:
    alice, bob, carol = (mailing.user() for _ in range(3))
    subject = "Größe\r\nBcc: evil@example.org"
    send(alice, bob, carol, subject=subject, text="Schöne Grüße\n.\nund mehr")
    for user in (bob, carol):
        [found] = mail.to(address(user))
        assert found["Subject"] == "Größe Bcc: evil@example.org"
        assert found["Bcc"] is None
        text = text_of(found)
        assert text.startswith(f"{alice.name} writes to you on Synapse:")
        assert "Schöne Grüße\n.\nund mehr" in text
        [link] = mailbox.links(text)
        assert link.startswith("https://synapse.example.org/#!SignedToken:Settings/")
        token = mailbox.token(link)
        assert token["userId"] == str(user.id)
        assert token["settings"] == {"sendEmailNotifications": False}
    assert len(inbox(bob)) == 1
    mailing.anonymous.put("/notificationSettings", token)
    send(alice, bob, carol, text="again")
    mail.to(address(bob), 2)
    assert len(mail.to(address(carol))) == 1
    assert len(inbox(carol)) == 2


def test_mail_of_html_has_a_plain_form(mailing: RunningServer, mail: MailServer) -> None:
    alice, bob = mailing.user(), mailing.user()
    page = "<html><head><title>t</title></head><body><p>Hi <b>you</b></p><p>&amp; bye</p></body>"
    send(alice, bob, handle=write(alice, page, "text/html; charset=UTF-8"))
    [found] = mail.to(address(bob))
    assert found["Subject"] == f"A message from {alice.name}"
    assert "\n\nHi you\n& bye\n\n" in text_of(found)
    assert page in text_of(found, "html")
    both = json.dumps({"plain": "in words", "html": "<i>in style</i>"})
    send(alice, bob, handle=write(alice, both, "application/json"))
    found = mail.to(address(bob), 2)[-1]
    assert "\n\nin words\n\n" in text_of(found)
    assert "<i>in style</i>" in text_of(found, "html")
    send(alice, bob, handle=write(alice, "no [JSON", "application/json"))
    assert "no [JSON" in text_of(mail.to(address(bob), 3)[-1])


def test_what_was_mailed_may_count_as_read(mailing: RunningServer, mail: MailServer) -> None:
    alice, bob = mailing.user(), mailing.user()
    profile = bob.get("/userProfile")
    wishes = {"sendEmailNotifications": True, "markEmailedMessagesAsRead": True}
    bob.put("/userProfile", {**profile, "notificationSettings": wishes})
    id = send(alice, bob)["id"]
    assert inbox(bob) == []
    assert inbox(bob, "?inboxFilter=READ") == [id]
    mail.to(address(bob))


def test_links_of_ones_own(mailing: RunningServer, mail: MailServer) -> None:
    alice, bob = mailing.user(), mailing.user()
    ours = "https://synapse.example.org/app/"
    send(
        alice,
        bob,
        notificationUnsubscribeEndpoint=f"{ours}unsubscribe:",
        userProfileSettingEndpoint=f"{ours}settings",
        withProfileSettingLink=True,
    )
    unsubscribe, settings = mailbox.links(text_of(mail.to(address(bob))[0]))
    assert unsubscribe.startswith(f"{ours}unsubscribe:")
    assert settings == f"{ours}settings"


def test_a_mail_server_that_is_down_stops_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    with mail_server() as gone:
        pass
    folder = str(tmp_path_factory.mktemp("no-mail"))
    server = RunningServer(Settings(data=folder, smtp=gone.url))
    try:
        alice, bob = server.user(), server.user()
        assert send(alice, bob)["id"] in inbox(bob)
    finally:
        server.stop()


def test_who_wants_no_mail_gets_none(
    server: RunningServer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    invite(alice, make(alice), bob)
    token = mailbox.token(mailbox.links(mailbox.letter(caplog, address(bob)))[-1])
    kind = "org.sagebionetworks.repo.model.message.NotificationSettingsSignedToken"
    assert token["concreteType"] == kind
    nobody = server.anonymous
    nobody.put("/notificationSettings", {**token, "userId": str(alice.id)}, 400)
    nobody.put("/notificationSettings", {**token, "settings": None}, 400)
    nobody.put("/notificationSettings", {}, 400)
    profile = bob.get("/userProfile")
    assert "message" in nobody.put("/notificationSettings", token)
    changed = bob.get("/userProfile")
    assert changed["notificationSettings"] == {"sendEmailNotifications": False}
    assert changed["etag"] != profile["etag"]
    caplog.clear()
    team = make(alice)
    invite(alice, team, bob)
    bob.post("/membershipRequest", {"teamId": team["id"]})
    mailbox.letter(caplog, address(alice))  # which went out later than bob's would have
    assert mailbox.letters(caplog, address(bob)) == []
    assert bob.get("/membershipInvitation/openInvitationCount") == {"count": 2}
