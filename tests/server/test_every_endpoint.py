"""Every endpoint, called by everybody who may or may not: the table is written from the rules.

One project is open to those who are named in its ACL, its twin lies under an access requirement. A
row of the table says who gets what they ask for; all others are refused, and so is every token that
lacks a scope. A new endpoint without a row fails here.
"""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.conftest import PASSWORD, RunningServer, User
from tests.governing import PACKAGE, requirement
from tests.server.tables import tabling
from tests.server.test_evaluations import grant, moment, queue
from tests.server.test_files import upload
from tests.server.test_submissions import submit
from tests.server.test_teams import new_name
from tests.server.test_wiki import markdown

from synapse_server.kernel.clock import new_etag, now
from synapse_wire.base import iso
from synapseclient.core.transport import Answer

ROLES = (
    "anonymous",
    "stranger",
    "revoked",
    "reader",
    "unapproved",
    "expired",
    "downloader",
    "member",
    "editor",
    "owner",
    "admin",
)
ALL = frozenset(ROLES)
SIGNED = ALL - {"anonymous"}
ADMIN = frozenset(["admin"])
OWNERS = ADMIN | {"owner"}
WRITERS = OWNERS | {"editor"}
DOWNLOADERS = WRITERS | {"downloader", "member"}
READERS = DOWNLOADERS | {"reader", "unapproved", "expired"}
SUBMITTERS = WRITERS | {"downloader", "unapproved", "expired"}
NOBODY = frozenset[str]()
SCOPES = ("view", "download", "modify", "authorize", "offline_access", "openid")
_numbers = itertools.count(1)


class World:
    """A project with things of all kinds, shared with people of all kinds."""

    def __init__(self, server: RunningServer, people: dict[str, User], team: Any) -> None:
        self.server = server
        self.people = people
        self.owner = owner = people["owner"]
        self.admin = people["admin"]
        self.team = team
        self.project = owner.project(alias=f"walk{time.time_ns()}")["id"]
        for role, access in {
            "reader": ("READ",),
            "unapproved": ("READ", "DOWNLOAD"),
            "expired": ("READ", "DOWNLOAD"),
            "downloader": ("READ", "DOWNLOAD"),
            "editor": ("READ", "DOWNLOAD", "CREATE", "UPDATE"),
        }.items():
            owner.share(self.project, people[role].id, *access)
        owner.share(self.project, int(team["id"]), "READ", "DOWNLOAD")
        self.activity = owner.post("/activity", {"name": "step"})
        self.file = owner.file(self.project, "data.csv", description="d")
        owner.put(f"/entity/{self.file['id']}/generatedBy?generatedBy={self.activity['id']}")
        self.handle = self.file["dataFileHandleId"]
        self.f = f"/entity/{self.file['id']}"
        self.p = f"/entity/{self.project}"
        self.shared = owner.folder(self.project, "shared")["id"]
        acl = owner.get(f"{self.p}/acl")
        owner.post(f"/entity/{self.shared}/acl", {**acl, "id": self.shared})
        self.forum = owner.get(f"/project/{self.project}/forum")
        self.thread = self.new_thread()
        self.reply = self.new_reply()
        self.evaluation = queue(owner, contentSource=self.project)
        for role, access in {
            "reader": ("READ",),
            "unapproved": ("READ", "SUBMIT"),
            "expired": ("READ", "SUBMIT"),
            "downloader": ("READ", "SUBMIT"),
            "editor": ("READ", "SUBMIT", "CREATE", "UPDATE"),
        }.items():
            grant(owner, self.evaluation, people[role], *access)
        grant(owner, self.evaluation, int(team["id"]), "READ")
        self.v = f"/evaluation/{self.evaluation['id']}"
        self.submission = submit(owner, self.evaluation, owner.get(self.f))
        self.s = f"/evaluation/submission/{self.submission['id']}"
        self.attached = owner.external()  # replaced where bytes are needed
        self.wiki = self.new_page(f"{self.p}/wiki2", attach=True)
        self.wiki_of_queue = self.new_page(f"{self.v}/wiki2", attach=True)
        body = {"projectId": self.project, "participantTeamId": team["id"]}
        self.challenge = owner.post("/challenge", body)
        self.c = f"/challenge/{self.challenge['id']}"
        self.message = self.new_message(owner)
        self.requirement: Any = None
        self.is_restricted = False

    def restrict(self, act: User) -> None:
        """Put the whole under a requirement that one user met until a moment ago."""
        kind = requirement("ManagedACT", self.project)
        self.requirement = act.post("/accessRequirement", kind)
        body = {
            "requirementId": self.requirement["id"],
            "accessorId": str(self.people["expired"].id),
            "expiredOn": iso(now() + 400),
        }
        self.approval = act.post("/accessApproval", body)
        time.sleep(0.5)
        self.is_restricted = True

    # ---------------------------------------------------------- new things, to be used up

    def new_file(self) -> Any:
        return self.owner.file(self.project, f"file {next(_numbers)}")

    def new_folder(self) -> Any:
        return self.owner.folder(self.project, f"folder {next(_numbers)}")

    def trashed(self) -> str:
        id = self.new_file()["id"]
        self.owner.delete(f"/entity/{id}")
        return str(id)

    def new_thread(self) -> Any:
        body = {"forumId": self.forum["id"], "title": "t", "messageMarkdown": "m"}
        return self.owner.post("/thread", body)

    def new_reply(self) -> Any:
        body = {"threadId": self.thread["id"], "messageMarkdown": "m"}
        return self.owner.post("/reply", body)

    def new_page(self, path: str, *, attach: bool = False, by: User | None = None) -> Any:
        user = by or self.owner
        body: dict[str, Any] = {"title": "t", "markdownFileHandleId": markdown(user)}
        found = user.send("GET", path)
        if found.status_code == 200:
            body["parentWikiId"] = found.json()["id"]
        if attach:
            body["attachmentFileHandleIds"] = [markdown(user, "attached")]
        return user.post(path, body)

    def new_queue(self) -> Any:
        return queue(self.owner, f"Queue {next(_numbers)} of {self.project}")

    def new_submission(self) -> Any:
        if self.is_restricted:  # nobody can hand it in, and what there is will do
            return self.submission
        return submit(self.owner, self.evaluation, self.owner.get(self.f))

    def new_round(self) -> Any:
        starts = next(_numbers)
        body = {"roundStart": moment(days=starts), "roundEnd": moment(days=starts, hours=1)}
        return self.owner.post(f"{self.v2}/round", body)

    @property
    def v2(self) -> str:
        """A queue that takes no submissions now: rounds are made in it."""
        if not hasattr(self, "_rounds"):
            self._rounds = queue(self.owner, f"Rounds of {self.project}")
            for role in ("reader", "unapproved", "expired", "downloader", "editor"):
                access = ("READ", "UPDATE") if role == "editor" else ("READ",)
                grant(self.owner, self._rounds, self.people[role], *access)
            grant(self.owner, self._rounds, int(self.team["id"]), "READ")
        return f"/evaluation/{self._rounds['id']}"

    def new_team(self) -> Any:
        return self.owner.post("/team", {"name": new_name("Walk")})

    def new_message(self, to: User) -> Any:
        sender = self.new_user()  # nobody may write often
        body = {"recipients": [str(to.id)], "subject": "s", "fileHandleId": note(sender)}
        return sender.post("/message", body)

    def new_user(self) -> User:
        return self.server.user()


def note(user: User) -> str:
    """A file handle with the text of a message."""
    if user.token is None:
        return "1"
    return upload(user, b"hello", fileName="note.txt", contentType="text/plain")


@dataclass(frozen=True)
class Case:
    """Who gets what they ask for from one endpoint, and how they ask."""

    allowed: frozenset[str]
    path: str
    body: Any = None
    also: frozenset[int] = field(default=frozenset())
    """Statuses that are no refusal: what was asked for is not there, or was done before."""
    gives: Callable[[Any], bool] = lambda answer: True
    """Whether an answer of success has what was asked for."""
    hidden: bool = False
    """Who may not, is told that there is nothing: 404."""


Build = Callable[[World, User], Case]
TABLE: dict[str, Build] = {}


def row(
    endpoint: str, allowed: frozenset[str], build: Callable[[World, User], Any], **more: Any
) -> None:
    """One row: ``build`` gives a path, or a path and a body."""

    def case(w: World, me: User) -> Case:
        found = build(w, me)
        path, body = found if isinstance(found, tuple) else (found, None)
        return Case(allowed, path, body, **more)

    assert endpoint not in TABLE, endpoint
    TABLE[endpoint] = case


E = "/repo/v1/entity/{id}"

# ------------------------------------------------------------------ entities: reading

for verb in (
    "",
    "/type",
    "/path",
    "/benefactor",
    "/annotations",
    "/annotations2",
    "/json",
    "/version?limit=5&offset=0",
    "/accessRequirement",
    "/actions/download",
    "/generatedBy",
    "/provenanceGraph",
    "/threads?limit=5&offset=0",
    "/version/1",
    "/version/1/annotations",
    "/version/1/annotations2",
    "/version/1/json",
    "/version/1/type",
    "/version/1/generatedBy",
):
    name = verb.partition("?")[0].replace("/version/1", "/version/{versionNumber}")
    row(f"GET {E}{name}", READERS, lambda w, me, verb=verb: w.f + verb)
row(f"GET {E}/acl", READERS, lambda w, me: f"{w.p}/acl")
row(f"GET {E}/bundle", READERS, lambda w, me: f"{w.f}/bundle?mask=1")
row(
    f"GET {E}/version/{{versionNumber}}/bundle",
    READERS,
    lambda w, me: f"{w.f}/version/1/bundle?mask=1",
)
row(f"POST {E}/bundle2", READERS, lambda w, me: (f"{w.f}/bundle2", {"includeEntity": True}))
row(
    f"POST {E}/version/{{versionNumber}}/bundle2",
    READERS,
    lambda w, me: (f"{w.f}/version/1/bundle2", {"includeEntity": True}),
)
row(
    "GET /repo/v1/entity/type",
    READERS,
    lambda w, me: f"/entity/type?batch={w.file['id']}",
    gives=lambda a: a["totalNumberOfResults"] > 0 and a["results"] != [],
)
row(
    "POST /repo/v1/entity/header",
    READERS,
    lambda w, me: ("/entity/header", {"references": [{"targetId": w.file["id"]}]}),
    gives=lambda a: a["results"] != [],
)
row(
    "POST /repo/v1/entity/children",
    READERS,
    lambda w, me: ("/entity/children", {"parentId": w.project, "includeTypes": ["file"]}),
)
row("GET /repo/v1/admin/overview", ADMIN, lambda w, me: "/admin/overview")
row("GET /repo/v1/admin/accounts", ADMIN, lambda w, me: "/admin/accounts")
row(
    "POST /repo/v1/search",
    READERS,
    lambda w, me: ("/search", {"queryTerm": [w.file["id"]]}),
    gives=lambda a: a["hits"] != [],
)
row(
    "POST /repo/v1/entity/child",
    READERS,
    lambda w, me: ("/entity/child", {"parentId": w.project, "entityName": "data.csv"}),
)
row(
    "GET /repo/v1/entity/alias/{alias}",
    ALL,
    lambda w, me: f"/entity/alias/{w.owner.get(w.p)['alias']}",
)
row("GET /repo/v1/entity/md5/{md5}", ALL, lambda w, me: f"/entity/md5/{'0' * 32}")
row(
    "POST /repo/v1/entity/threadcounts",
    READERS,
    lambda w, me: ("/entity/threadcounts", {"idList": [w.file["id"]]}),
    gives=lambda a: a["list"] != [],
)
# That a thing exists, and what the caller may do with it, is no secret.
row(f"GET {E}/permissions", ALL, lambda w, me: f"{w.f}/permissions")
row(f"GET {E}/access", ALL, lambda w, me: f"{w.f}/access?accessType=READ")
row("POST /repo/v1/bulk/tree", READERS, lambda w, me: ("/bulk/tree", {"id": w.project}))

# ------------------------------------------------------------------ entities: bytes


def _has_url(answer: Any) -> bool:
    return "preSignedURL" in answer["requestedFiles"][0]


def _association(w: World) -> dict[str, str]:
    return {
        "fileHandleId": w.handle,
        "associateObjectId": w.file["id"],
        "associateObjectType": "FileEntity",
    }


for verb in ("/file", "/version/1/file"):
    name = verb.replace("/1/", "/{versionNumber}/")
    row(f"GET {E}{name}", DOWNLOADERS, lambda w, me, verb=verb: f"{w.f}{verb}?redirect=false")
for verb in ("/filepreview", "/version/1/filepreview"):
    name = verb.replace("/1/", "/{versionNumber}/")
    row(f"GET {E}{name}", DOWNLOADERS, lambda w, me, verb=verb: w.f + verb, also=frozenset([404]))
for verb in ("/filehandles", "/version/1/filehandles"):
    name = verb.replace("/1/", "/{versionNumber}/")
    row(
        f"GET {E}{name}",
        DOWNLOADERS,
        lambda w, me, verb=verb: w.f + verb,
        gives=lambda answer: answer["list"] != [],
    )
row(
    "GET /file/v1/file/{id}",
    DOWNLOADERS,
    lambda w, me: (
        f"/file/v1/file/{w.handle}?fileAssociateType=FileEntity&fileAssociateId={w.file['id']}&redirect=false"
    ),
)
row(
    "POST /file/v1/fileHandle/batch",
    DOWNLOADERS,
    lambda w, me: (
        "/file/v1/fileHandle/batch",
        {
            "requestedFiles": [_association(w)],
            "includeFileHandles": True,
            "includePreSignedURLs": True,
            "includePreviewPreSignedURLs": False,
        },
    ),
    gives=_has_url,
)
row(
    "POST /file/v1/filehandles/copy",
    DOWNLOADERS,
    lambda w, me: (
        "/file/v1/filehandles/copy",
        {"copyRequests": [{"originalFile": _association(w), "newFileName": "copy.csv"}]},
    ),
    gives=lambda a: "newFileHandle" in a["copyResults"][0],
)
row(
    "POST /file/v1/file/bulk/async/start",
    SIGNED,
    lambda w, me: ("/file/v1/file/bulk/async/start", {"requestedFiles": [_association(w)]}),
)

# ------------------------------------------------------------------ entities: changing


def _renamed(w: World) -> tuple[str, Any]:
    made = w.new_file()
    return f"/entity/{made['id']}", {**made, "name": f"renamed {next(_numbers)}"}


def _new_version(w: World) -> str:
    made = w.new_file()
    w.owner.put(f"/entity/{made['id']}?newVersion=true", made)
    return f"/entity/{made['id']}/version/1"


def _child(w: World) -> dict[str, Any]:
    return {
        "concreteType": PACKAGE + "Folder",
        "parentId": w.project,
        "name": f"child {next(_numbers)}",
    }


row("POST /repo/v1/entity", WRITERS, lambda w, me: ("/entity", _child(w)))
row(
    "POST /repo/v1/entity/bundle2/create",
    WRITERS,
    lambda w, me: ("/entity/bundle2/create", {"entity": _child(w)}),
)
row(
    "POST /repo/v1/bulk/commit",
    WRITERS,
    lambda w, me: (
        "/bulk/commit",
        {"key": new_etag(), "changes": [{"change": "create", "entity": _child(w)}]},
    ),
)
row(f"PUT {E}", WRITERS, lambda w, me: _renamed(w))
row(
    f"PUT {E}/bundle2",
    WRITERS,
    lambda w, me: (f"{(made := _renamed(w))[0]}/bundle2", {"entity": made[1]}),
)
row(
    f"PUT {E}/annotations",
    WRITERS,
    lambda w, me: (
        f"/entity/{(made := w.new_file())['id']}/annotations",
        {"id": made["id"], "etag": made["etag"], "stringAnnotations": {"a": ["b"]}},
    ),
)
row(
    f"PUT {E}/annotations2",
    WRITERS,
    lambda w, me: (
        f"/entity/{(made := w.new_file())['id']}/annotations2",
        {"id": made["id"], "etag": made["etag"], "annotations": {}},
    ),
)
row(
    f"PUT {E}/json",
    WRITERS,
    lambda w, me: (
        f"/entity/{(made := w.new_file())['id']}/json",
        w.owner.get(f"/entity/{made['id']}/json"),
    ),
)
row(f"PUT {E}/version", WRITERS, lambda w, me: f"/entity/{w.new_file()['id']}/version")
row(
    f"PUT {E}/version/{{versionNumber}}/filehandle",
    WRITERS,
    lambda w, me: (
        f"/entity/{(made := w.new_file())['id']}/version/1/filehandle",
        {
            "oldFileHandleId": made["dataFileHandleId"],
            "newFileHandleId": me.external() if me.token else "1",
        },
    ),
    also=frozenset([412]),
)
row(
    f"PUT {E}/generatedBy",
    OWNERS,
    lambda w, me: f"/entity/{w.new_file()['id']}/generatedBy?generatedBy={w.activity['id']}",
)
row(f"DELETE {E}/generatedBy", WRITERS, lambda w, me: f"/entity/{w.new_file()['id']}/generatedBy")
row(f"DELETE {E}", OWNERS, lambda w, me: f"/entity/{w.new_file()['id']}")
row(f"DELETE {E}/version/{{versionNumber}}", OWNERS, lambda w, me: _new_version(w))
row(
    f"PUT {E}/datatype",
    OWNERS,
    lambda w, me: f"/entity/{w.new_file()['id']}/datatype?type=SENSITIVE_DATA",
)
row(
    f"POST {E}/acl",
    OWNERS,
    lambda w, me: (
        f"/entity/{(made := w.new_folder())['id']}/acl",
        {**w.owner.get(f"{w.p}/acl"), "id": made["id"]},
    ),
)
row(
    f"PUT {E}/acl",
    OWNERS,
    lambda w, me: (f"/entity/{w.shared}/acl", w.owner.get(f"/entity/{w.shared}/acl")),
)


def _shared_again(w: World) -> str:
    id = w.new_folder()["id"]
    w.owner.post(f"/entity/{id}/acl", {**w.owner.get(f"{w.p}/acl"), "id": id})
    return f"/entity/{id}/acl"


row(f"DELETE {E}/acl", OWNERS, lambda w, me: _shared_again(w))
row(
    "PUT /repo/v1/trashcan/trash/{id}",
    OWNERS,
    lambda w, me: f"/trashcan/trash/{w.new_file()['id']}",
)
for verb in ("purge", "restore"):
    row(
        f"PUT /repo/v1/trashcan/{verb}/{{id}}",
        OWNERS,
        lambda w, me, verb=verb: f"/trashcan/{verb}/{w.trashed()}",
    )
row(
    "PUT /repo/v1/trashcan/restore/{id}/{parentId}",
    OWNERS,
    lambda w, me: f"/trashcan/restore/{w.trashed()}/{w.project}",
)
row("GET /repo/v1/trashcan/view", SIGNED, lambda w, me: "/trashcan/view")

# ------------------------------------------------------------------ provenance

row("POST /repo/v1/activity", SIGNED, lambda w, me: ("/activity", {"name": "a"}))
row("GET /repo/v1/activity/{id}", READERS, lambda w, me: f"/activity/{w.activity['id']}")
row(
    "GET /repo/v1/activity/{id}/generated",
    READERS,
    lambda w, me: f"/activity/{w.activity['id']}/generated",
)
row(
    "PUT /repo/v1/activity/{id}",
    OWNERS,
    lambda w, me: (f"/activity/{(made := w.owner.post('/activity', {'name': 'a'}))['id']}", made),
)
row(
    "DELETE /repo/v1/activity/{id}",
    OWNERS,
    lambda w, me: f"/activity/{w.owner.post('/activity', {'name': 'a'})['id']}",
)

# ------------------------------------------------------------------ files

F = "/file/v1"
for verb in ("uploadDestination", "uploadDestinations", "uploadDestinationLocations"):
    row(
        f"GET {F}/entity/{{id}}/{verb}",
        READERS,
        lambda w, me, verb=verb: f"{F}/entity/{w.project}/{verb}",
    )
row(
    f"GET {F}/entity/{{id}}/uploadDestination/{{storageLocationId}}",
    READERS,
    lambda w, me: f"{F}/entity/{w.project}/uploadDestination/1",
)
row(f"GET {F}/fileHandle/{{handleId}}", OWNERS, lambda w, me: f"{F}/fileHandle/{w.handle}")
row(
    f"GET {F}/fileHandle/{{handleId}}/url",
    OWNERS,
    lambda w, me: f"{F}/fileHandle/{w.handle}/url?redirect=false",
)
row(
    f"DELETE {F}/fileHandle/{{handleId}}",
    OWNERS,
    lambda w, me: f"{F}/fileHandle/{w.owner.external()}",
)
row(
    f"DELETE {F}/fileHandle/{{handleId}}/filepreview",
    OWNERS,
    lambda w, me: f"{F}/fileHandle/{w.handle}/filepreview",
    also=frozenset([400, 404]),
)
row(
    f"POST {F}/fileHandle/{{handleIdToCopyFrom}}/copy",
    OWNERS,
    lambda w, me: (
        f"{F}/fileHandle/{markdown(w.owner)}/copy",
        {"concreteType": PACKAGE + "file.S3FileHandle", "fileName": "c.txt"},
    ),
)
row(
    f"POST {F}/externalFileHandle",
    SIGNED,
    lambda w, me: (
        f"{F}/externalFileHandle",
        {
            "concreteType": PACKAGE + "file.ExternalFileHandle",
            "externalURL": "https://example.org/a",
        },
    ),
)
for kind, name in (
    ("googleCloud", "GoogleCloudFileHandle"),
    ("proxy", "ProxyFileHandle"),
    ("s3", "S3FileHandle"),
):
    row(
        f"POST {F}/externalFileHandle/{kind}",
        SIGNED,
        lambda w, me, kind=kind, name=name: (
            f"{F}/externalFileHandle/{kind}",
            {"concreteType": f"{PACKAGE}file.{name}"},
        ),
        also=frozenset([501, 400]),
    )
UPLOAD = {
    "concreteType": PACKAGE + "file.MultipartUploadRequest",
    "contentMD5Hex": "0" * 32,
    "fileName": "a.bin",
    "fileSizeBytes": 7,
    "partSizeBytes": 5_242_880,
    "contentType": "text/plain",
}
row(f"POST {F}/file/multipart", SIGNED, lambda w, me: (f"{F}/file/multipart", UPLOAD))


def _upload(w: World) -> str:
    made = w.owner.post(f"{F}/file/multipart?forceRestart=true", UPLOAD)
    return f"{F}/file/multipart/{made['uploadId']}"


# An upload is its starter's alone: not even an administrator goes on with it.
STARTER = frozenset(["owner"])
row(
    f"POST {F}/file/multipart/{{uploadId}}/presigned/url/batch",
    STARTER,
    lambda w, me: (f"{_upload(w)}/presigned/url/batch", {"partNumbers": [1]}),
)
row(
    f"PUT {F}/file/multipart/{{uploadId}}/add/{{partNumber}}",
    STARTER,
    lambda w, me: f"{_upload(w)}/add/1?partMD5Hex={'0' * 32}",
)
row(
    f"PUT {F}/file/multipart/{{uploadId}}/complete",
    STARTER,
    lambda w, me: f"{_upload(w)}/complete",
    also=frozenset([400]),
)
row(
    f"POST {F}/fileHandle/restore/async/start",
    SIGNED,
    lambda w, me: (f"{F}/fileHandle/restore/async/start", {"fileHandleIds": [w.handle]}),
)


def _zip_job(w: World) -> str:
    body = {"requestedFiles": [_association(w)]}
    return str(w.owner.post(f"{F}/file/bulk/async/start", body)["token"])


def _restore_job(w: World) -> str:
    body = {"fileHandleIds": [w.handle]}
    return str(w.owner.post(f"{F}/fileHandle/restore/async/start", body)["token"])


row(
    f"GET {F}/file/bulk/async/get/{{asyncToken}}",
    OWNERS,
    lambda w, me: f"{F}/file/bulk/async/get/{_zip_job(w)}",
    also=frozenset([202]),
)
row(
    f"GET {F}/fileHandle/restore/async/get/{{asyncToken}}",
    OWNERS,
    lambda w, me: f"{F}/fileHandle/restore/async/get/{_restore_job(w)}",
    also=frozenset([202]),
)
row(
    "POST /repo/v1/asynchronous/job",
    SIGNED,
    lambda w, me: (
        "/asynchronous/job",
        {
            "concreteType": PACKAGE + "file.BulkFileDownloadRequest",
            "requestedFiles": [_association(w)],
        },
    ),
)
row(
    "GET /repo/v1/asynchronous/job/{jobId}",
    OWNERS,
    lambda w, me: f"/asynchronous/job/{_zip_job(w)}",
)
row(
    "GET /repo/v1/asynchronous/job/{jobId}/cancel",
    OWNERS,
    lambda w, me: f"/asynchronous/job/{_zip_job(w)}/cancel",
)
row(
    "POST /repo/v1/bulk/uploads",
    SIGNED,
    lambda w, me: ("/bulk/uploads", {"files": [{"contentMd5": "0" * 32, "contentSize": 3}]}),
)

# ------------------------------------------------------------------ wikis


def _texts(w: World, owner: str) -> dict[str, str]:
    """The pages that rows of a kind of owner are about."""
    if owner == "entity":
        return {"path": w.p, "id": w.wiki["id"]}
    if owner == "evaluation":
        return {"path": w.v, "id": w.wiki_of_queue["id"]}
    return {"path": f"/access_requirement/{w.requirement['id']}", "id": w.rules["id"]}


def _spare(w: World, owner: str) -> Any:
    """A page to be used up."""
    by = w.admin if owner == "access_requirement" else w.owner
    return w.new_page(f"{_texts(w, owner)['path']}/wiki2", by=by)


def _wikis(
    owner: str,
    readers: frozenset[str],
    creators: frozenset[str],
    editors: frozenset[str],
    deleters: frozenset[str],
) -> None:
    base = f"/repo/v1/{owner}/{{ownerId}}"
    none = frozenset([404])

    def get(name: str, asked: str, **more: Any) -> None:
        def build(w: World, me: User) -> str:
            return asked.format(**_texts(w, owner))

        row(f"GET {base}/{name}", readers, build, **more)

    get("wiki2", "{path}/wiki2")
    get("wiki2/{wikiId}", "{path}/wiki2/{id}")
    get("wiki2/{wikiId}/wikihistory", "{path}/wiki2/{id}/wikihistory?offset=0&limit=5")
    get("wiki2/{wikiId}/attachmenthandles", "{path}/wiki2/{id}/attachmenthandles")
    file = "wiki_markdown.md.gz"
    get(
        "wiki2/{wikiId}/attachment",
        f"{{path}}/wiki2/{{id}}/attachment?redirect=false&fileName={file}",
        also=none,
    )
    get(
        "wiki2/{wikiId}/attachmentpreview",
        f"{{path}}/wiki2/{{id}}/attachmentpreview?fileName={file}",
        also=none,
    )
    get("wiki2/{wikiId}/markdown", "{path}/wiki2/{id}/markdown?redirect=false")
    get("wiki2/{wikiId}/html", "{path}/wiki2/{id}/html")
    row(
        f"POST {base}/wikidraft/html",
        readers - {"anonymous"},
        lambda w, me: (f"{_texts(w, owner)['path']}/wikidraft/html", {"markdown": "m"}),
    )
    get("wikiheadertree2", "{path}/wikiheadertree2")
    get("wikikey", "{path}/wikikey")
    get("wiki/{wikiId}", "{path}/wiki/{id}")
    if owner != "access_requirement":
        get("wiki", "{path}/wiki")
        get("wiki/{wikiId}/attachmenthandles", "{path}/wiki/{id}/attachmenthandles")
        get(
            "wiki/{wikiId}/attachment",
            f"{{path}}/wiki/{{id}}/attachment?redirect=false&fileName={file}",
            also=none,
        )
        get(
            "wiki/{wikiId}/attachmentpreview",
            f"{{path}}/wiki/{{id}}/attachmentpreview?fileName={file}",
            also=none,
        )
        get("wikiheadertree", "{path}/wikiheadertree")
    for kind in ("wiki", "wiki2"):
        row(
            f"POST {base}/{kind}",
            creators,
            lambda w, me, kind=kind: (
                f"{_texts(w, owner)['path']}/{kind}",
                {
                    "title": "n",
                    "parentWikiId": _texts(w, owner)["id"],
                    **(
                        {"markdown": "m"}
                        if kind == "wiki"
                        else {"markdownFileHandleId": markdown(me) if me.token else "1"}
                    ),
                },
            ),
        )

        def change(w: World, me: User, kind: str = kind) -> Any:
            path = f"{_texts(w, owner)['path']}/{kind}/{_spare(w, owner)['id']}"
            return path, w.admin.get(path)

        row(f"PUT {base}/{kind}/{{wikiId}}", editors, change)
        if kind == "wiki2" or owner != "access_requirement":
            row(
                f"DELETE {base}/{kind}/{{wikiId}}",
                deleters,
                lambda w, me, kind=kind: (
                    f"{_texts(w, owner)['path']}/{kind}/{_spare(w, owner)['id']}"
                ),
            )
    row(
        f"PUT {base}/wiki2/{{wikiId}}/{{wikiVersion}}",
        editors,
        lambda w, me: f"{_texts(w, owner)['path']}/wiki2/{_spare(w, owner)['id']}/0",
    )


_wikis("entity", READERS, WRITERS, WRITERS, OWNERS)
_wikis("evaluation", READERS, WRITERS, WRITERS, OWNERS)
_wikis("access_requirement", ALL, ADMIN, ADMIN, ADMIN)
row("GET /repo/v1/entity/{ownerId}/wiki2orderhint", READERS, lambda w, me: f"{w.p}/wiki2orderhint")
row(
    "PUT /repo/v1/entity/{ownerId}/wiki2orderhint",
    WRITERS,
    lambda w, me: (f"{w.p}/wiki2orderhint", w.owner.get(f"{w.p}/wiki2orderhint")),
)

# ------------------------------------------------------------------ evaluations

V = "/repo/v1/evaluation/{evalId}"
S = "/repo/v1/evaluation/submission/{subId}"
row(
    "POST /repo/v1/evaluation",
    WRITERS,
    lambda w, me: (
        "/evaluation",
        {"name": f"Walk {next(_numbers)} {w.project}", "contentSource": w.project},
    ),
)
row(f"GET {V}", READERS, lambda w, me: w.v)
row(
    "GET /repo/v1/evaluation/name/{name}",
    READERS,
    lambda w, me: f"/evaluation/name/{w.evaluation['name'].replace(' ', '%20')}",
)
for path in ("/evaluation", "/entity/{id}/evaluation", "/evaluation/available"):
    row(
        f"GET /repo/v1{path}",
        SUBMITTERS if path.endswith("available") else READERS,
        lambda w, me, path=path: f"{path.format(id=w.project)}?evaluationIds={w.evaluation['id']}",
        gives=lambda a: a["results"] != [],
    )
row(f"GET {V}/access", ALL, lambda w, me: f"{w.v}/access?accessType=READ")
row(f"GET {V}/permissions", ALL, lambda w, me: f"{w.v}/permissions")
row(f"GET {V}/acl", READERS, lambda w, me: f"{w.v}/acl")
row(
    "PUT /repo/v1/evaluation/acl",
    OWNERS,
    lambda w, me: ("/evaluation/acl", w.owner.get(f"{w.v}/acl")),
)


def _without_acl(w: World) -> Any:
    made = w.new_queue()
    acl = w.owner.get(f"/evaluation/{made['id']}/acl")
    w.owner.delete(f"/evaluation/{made['id']}/acl")
    return acl


row("POST /repo/v1/evaluation/acl", OWNERS, lambda w, me: ("/evaluation/acl", _without_acl(w)))
row(f"DELETE {V}/acl", OWNERS, lambda w, me: f"/evaluation/{w.new_queue()['id']}/acl")
row(f"PUT {V}", WRITERS, lambda w, me: (w.v2, w.owner.get(w.v2)))
row(f"DELETE {V}", OWNERS, lambda w, me: f"/evaluation/{w.new_queue()['id']}")
row(f"POST {V}/migratequota", WRITERS, lambda w, me: f"{w.v2}/migratequota", also=frozenset([400]))
row(
    f"POST {V}/round",
    WRITERS,
    lambda w, me: (
        f"{w.v2}/round",
        {"roundStart": moment(days=(day := next(_numbers))), "roundEnd": moment(days=day, hours=1)},
    ),
)
row(f"POST {V}/round/list", READERS, lambda w, me: (f"{w.v2}/round/list", {}))
row(f"GET {V}/round/{{roundId}}", READERS, lambda w, me: f"{w.v2}/round/{w.new_round()['id']}")
row(
    f"PUT {V}/round/{{roundId}}",
    WRITERS,
    lambda w, me: (f"{w.v2}/round/{(made := w.new_round())['id']}", made),
)
row(f"DELETE {V}/round/{{roundId}}", WRITERS, lambda w, me: f"{w.v2}/round/{w.new_round()['id']}")
# Of the team only its members may ask, and of these only those who may submit.
row(
    f"GET {V}/team/{{id}}/submissionEligibility",
    OWNERS,
    lambda w, me: f"{w.v}/team/{w.team['id']}/submissionEligibility",
)
# The challenge's participant team is the walk's: who is in it and may submit, submits.
row(
    "POST /repo/v1/evaluation/submission",
    WRITERS | {"downloader"},
    lambda w, me: (
        f"/evaluation/submission?etag={w.owner.get(w.f)['etag']}",
        {"evaluationId": w.evaluation["id"], "entityId": w.file["id"]},
    ),
    also=frozenset([400]),
)
row(f"GET {S}", OWNERS, lambda w, me: w.s)
row(
    "GET /repo/v1/evaluation/submission/query",
    READERS,
    lambda w, me: (
        f"/evaluation/submission/query?query=SELECT%20*%20FROM%20{w.v[1:].replace('/', '_')}"
    ),
)
row(f"DELETE {S}", OWNERS, lambda w, me: f"/evaluation/submission/{w.new_submission()['id']}")
row(f"GET {S}/status", READERS, lambda w, me: f"{w.s}/status")
row(
    f"PUT {S}/status",
    OWNERS,
    lambda w, me: (
        f"/evaluation/submission/{(made := w.new_submission())['id']}/status",
        w.owner.get(f"/evaluation/submission/{made['id']}/status"),
    ),
)
row(f"PUT {S}/cancellation", STARTER, lambda w, me: f"{w.s}/cancellation", also=frozenset([409]))
row(f"GET {S}/file/{{fileHandleId}}", OWNERS, lambda w, me: f"{w.s}/file/{w.handle}?redirect=false")
row(
    f"PUT {V}/statusBatch",
    OWNERS,
    lambda w, me: (
        f"{w.v}/statusBatch",
        {
            "statuses": [w.owner.get(f"/evaluation/submission/{w.new_submission()['id']}/status")],
            "isFirstBatch": True,
            "isLastBatch": True,
        },
    ),
)
for verb, who in (
    ("", READERS),
    ("/bundle", READERS),
    ("/status/all", READERS),
    ("/all", OWNERS),
    ("/bundle/all", OWNERS),
    ("/count", OWNERS),
):
    row(f"GET {V}/submission{verb}", who, lambda w, me, verb=verb: f"{w.v}/submission{verb}")
row(
    "POST /repo/v1/admin/evaluation/submission/{subId}/contributor",
    ADMIN,
    lambda w, me: (
        f"/admin/evaluation/submission/{w.submission['id']}/contributor",
        {"principalId": str(w.owner.id)},
    ),
)

# ------------------------------------------------------------------ challenges

C = "/repo/v1/challenge/{challengeId}"
TEAM = frozenset(["member", "owner", "admin"])
for verb in ("", "/participant", "/challengeTeam"):
    row(f"GET {C}{verb}", READERS, lambda w, me, verb=verb: w.c + verb)
for verb in ("/registratableTeam", "/submissionTeams"):
    row(f"GET {C}{verb}", READERS, lambda w, me, verb=verb: w.c + verb)
row(
    "GET /repo/v1/challenge",
    READERS,
    lambda w, me: f"/challenge?participantId={w.owner.id}&limit=50",
    gives=lambda a: a["results"] != [],
)
row("GET /repo/v1/entity/{id}/challenge", READERS, lambda w, me: f"{w.p}/challenge")


def _contest(w: World) -> Any:
    """A challenge of a project that is shared like the walk's, to be used up."""
    project = w.owner.project()["id"]
    acl = w.owner.get(f"/entity/{project}/acl")
    shares = w.owner.get(f"{w.p}/acl")["resourceAccess"]
    w.owner.put(f"/entity/{project}/acl", {**acl, "resourceAccess": shares})
    return {"projectId": project, "participantTeamId": w.team["id"]}


row("POST /repo/v1/challenge", WRITERS, lambda w, me: ("/challenge", _contest(w)))
row(
    f"PUT {C}",
    WRITERS,
    lambda w, me: (f"/challenge/{(made := w.owner.post('/challenge', _contest(w)))['id']}", made),
)
row(
    f"DELETE {C}",
    OWNERS,
    lambda w, me: f"/challenge/{w.owner.post('/challenge', _contest(w))['id']}",
)


def _registered(w: World) -> Any:
    return w.owner.post(f"{w.c}/challengeTeam", {"teamId": w.new_team()["id"]})


row(
    f"POST {C}/challengeTeam",
    OWNERS,
    lambda w, me: (f"{w.c}/challengeTeam", {"teamId": w.new_team()["id"]}),
)
row(
    f"PUT {C}/challengeTeam/{{challengeTeamId}}",
    OWNERS,
    lambda w, me: (f"{w.c}/challengeTeam/{(made := _registered(w))['id']}", made),
)
row(
    "DELETE /repo/v1/challengeTeam/{challengeTeamId}",
    OWNERS,
    lambda w, me: f"/challengeTeam/{_registered(w)['id']}",
)

# ------------------------------------------------------------------ discussions

row("GET /repo/v1/project/{projectId}/forum", READERS, lambda w, me: f"/project/{w.project}/forum")
for verb in (
    "",
    "/moderators?limit=5&offset=0",
    "/threads?limit=5&offset=0&filter=EXCLUDE_DELETED",
    "/threadcount?filter=EXCLUDE_DELETED",
):
    row(
        f"GET /repo/v1/forum/{{forumId}}{verb.partition('?')[0]}",
        READERS,
        lambda w, me, verb=verb: f"/forum/{w.forum['id']}{verb}",
    )
row(
    "POST /repo/v1/forum/{forumId}/search",
    READERS,
    lambda w, me: (f"/forum/{w.forum['id']}/search", {"searchString": "what"}),
)
for verb in (
    "",
    "/replies?limit=5&offset=0&filter=EXCLUDE_DELETED",
    "/replycount?filter=EXCLUDE_DELETED",
):
    row(
        f"GET /repo/v1/thread/{{threadId}}{verb.partition('?')[0]}",
        READERS,
        lambda w, me, verb=verb: f"/thread/{w.thread['id']}{verb}",
    )
row(
    "GET /repo/v1/thread/messageUrl",
    READERS,
    lambda w, me: f"/thread/messageUrl?messageKey={w.thread['messageKey']}",
)
row("GET /repo/v1/reply/{replyId}", READERS, lambda w, me: f"/reply/{w.reply['id']}")
row(
    "GET /repo/v1/reply/messageUrl",
    READERS,
    lambda w, me: f"/reply/messageUrl?messageKey={w.reply['messageKey']}",
)
row(
    "POST /repo/v1/thread",
    READERS,
    lambda w, me: ("/thread", {"forumId": w.forum["id"], "title": "t", "messageMarkdown": "m"}),
)
row(
    "POST /repo/v1/reply",
    READERS,
    lambda w, me: ("/reply", {"threadId": w.thread["id"], "messageMarkdown": "m"}),
)
row(
    "PUT /repo/v1/thread/{threadId}/title",
    STARTER,
    lambda w, me: (f"/thread/{w.thread['id']}/title", {"title": "t"}),
)
row(
    "PUT /repo/v1/thread/{threadId}/message",
    STARTER,
    lambda w, me: (f"/thread/{w.new_thread()['id']}/message", {"messageMarkdown": "m"}),
)
row(
    "PUT /repo/v1/reply/{replyId}/message",
    STARTER,
    lambda w, me: (f"/reply/{w.new_reply()['id']}/message", {"messageMarkdown": "m"}),
)
row("DELETE /repo/v1/reply/{replyId}", OWNERS, lambda w, me: f"/reply/{w.new_reply()['id']}")
row("DELETE /repo/v1/thread/{threadId}", OWNERS, lambda w, me: f"/thread/{w.new_thread()['id']}")
for verb in ("pin", "unpin", "restore"):
    row(
        f"PUT /repo/v1/thread/{{threadId}}/{verb}",
        OWNERS,
        lambda w, me, verb=verb: f"/thread/{w.new_thread()['id']}/{verb}",
    )

# ------------------------------------------------------------------ subscriptions


def _topic(w: World) -> dict[str, str]:
    return {"objectId": w.forum["id"], "objectType": "FORUM"}


def _followed(w: World) -> str:
    return str(w.owner.post("/subscription", _topic(w))["subscriptionId"])


row("POST /repo/v1/subscription", READERS, lambda w, me: ("/subscription", _topic(w)))
row(
    "POST /repo/v1/subscription/subscribers",
    READERS,
    lambda w, me: ("/subscription/subscribers", _topic(w)),
)
row(
    "POST /repo/v1/subscription/subscribers/count",
    READERS,
    lambda w, me: ("/subscription/subscribers/count", _topic(w)),
)
row(
    "POST /repo/v1/subscription/all",
    ADMIN,
    lambda w, me: "/subscription/all?objectType=DATA_ACCESS_SUBMISSION",
)
row(
    "GET /repo/v1/subscription/all",
    SIGNED,
    lambda w, me: "/subscription/all?objectType=FORUM&limit=5&offset=0",
)
row(
    "POST /repo/v1/subscription/list",
    SIGNED,
    lambda w, me: ("/subscription/list", {"objectType": "FORUM", "idList": [w.forum["id"]]}),
)
row("GET /repo/v1/subscription/{id}", STARTER, lambda w, me: f"/subscription/{_followed(w)}")
row("DELETE /repo/v1/subscription/{id}", STARTER, lambda w, me: f"/subscription/{_followed(w)}")
row("DELETE /repo/v1/subscription/all", SIGNED, lambda w, me: "/subscription/all")

# ------------------------------------------------------------------ teams

T = "/repo/v1/team/{id}"
row("POST /repo/v1/team", SIGNED, lambda w, me: ("/team", {"name": new_name("Walk")}))
row("PUT /repo/v1/team", OWNERS, lambda w, me: ("/team", w.new_team()))
row(f"GET {T}", ALL, lambda w, me: f"/team/{w.team['id']}")
row(f"DELETE {T}", OWNERS, lambda w, me: f"/team/{w.new_team()['id']}")
row(f"GET {T}/acl", SIGNED, lambda w, me: f"/team/{w.team['id']}/acl")
row(
    "PUT /repo/v1/team/acl",
    OWNERS,
    lambda w, me: ("/team/acl", w.owner.get(f"/team/{w.new_team()['id']}/acl")),
)
for verb in ("icon", "icon/preview"):
    row(
        f"GET {T}/{verb}",
        ALL,
        lambda w, me, verb=verb: f"/team/{w.team['id']}/{verb}",
        also=frozenset([404]),
    )
row(f"GET {T}/accessRequirement", ALL, lambda w, me: f"/team/{w.team['id']}/accessRequirement")
row(
    f"GET {T}/member/{{principalId}}",
    ALL,
    lambda w, me: f"/team/{w.team['id']}/member/{w.owner.id}",
)
row(
    f"GET {T}/member/{{principalId}}/membershipStatus",
    ALL,
    lambda w, me: f"/team/{w.team['id']}/member/{w.owner.id}/membershipStatus",
)
row(
    f"POST {T}/memberList",
    ALL,
    lambda w, me: (f"/team/{w.team['id']}/memberList", {"list": [w.owner.id]}),
)
row("POST /repo/v1/teamList", ALL, lambda w, me: ("/teamList", {"list": [int(w.team["id"])]}))
row("GET /repo/v1/teams", ALL, lambda w, me: "/teams?limit=1")
row("GET /repo/v1/teamMembers/{id}", ALL, lambda w, me: f"/teamMembers/{w.team['id']}")
row("GET /repo/v1/teamMembers/count/{id}", ALL, lambda w, me: f"/teamMembers/count/{w.team['id']}")
row("GET /repo/v1/user/{id}/team", ALL, lambda w, me: f"/user/{w.owner.id}/team")
row("GET /repo/v1/user/{id}/team/id", ALL, lambda w, me: f"/user/{w.owner.id}/team/id")
row(
    "POST /repo/v1/user/{id}/memberList",
    ALL,
    lambda w, me: (f"/user/{w.owner.id}/memberList", {"list": [int(w.team["id"])]}),
)


def _asking(w: World) -> tuple[Any, User]:
    """A team, and somebody who asks to join it."""
    team, user = w.new_team(), w.new_user()
    user.post("/membershipRequest", {"teamId": team["id"]})
    return team, user


def _inside(w: World) -> str:
    team, user = _asking(w)
    w.owner.put(f"/team/{team['id']}/member/{user.id}", status=204)
    return f"/team/{team['id']}/member/{user.id}"


row(
    f"PUT {T}/member/{{principalId}}",
    OWNERS,
    lambda w, me: f"/team/{(found := _asking(w))[0]['id']}/member/{found[1].id}",
)
row(f"DELETE {T}/member/{{principalId}}", OWNERS, lambda w, me: _inside(w))
row(
    f"PUT {T}/member/{{principalId}}/permission",
    OWNERS,
    lambda w, me: f"{_inside(w)}/permission?isAdmin=true",
)
row(
    "PUT /repo/v1/teamMember",
    NOBODY,
    lambda w, me: (
        "/teamMember",
        {
            "concreteType": PACKAGE + "JoinTeamSignedToken",
            "teamId": w.team["id"],
            "memberId": str(w.owner.id),
            "userId": str(w.owner.id),
            "hmac": "00",
        },
    ),
    also=frozenset([400]),
)


def _invitation(w: World, email: bool = False) -> Any:
    to = (
        {"inviteeEmail": f"walk{next(_numbers)}@example.org"}
        if email
        else {"inviteeId": str(w.new_user().id)}
    )
    return w.owner.post("/membershipInvitation", {"teamId": w.new_team()["id"], **to})


M = "/repo/v1/membershipInvitation"
row(
    f"POST {M}",
    OWNERS,
    lambda w, me: (
        "/membershipInvitation",
        {"teamId": w.new_team()["id"], "inviteeId": str(w.people["stranger"].id)},
    ),
)
row(
    f"GET {M}/openInvitationCount",
    SIGNED,
    lambda w, me: "/membershipInvitation/openInvitationCount",
)
row(f"GET {M}/{{id}}", OWNERS, lambda w, me: f"/membershipInvitation/{_invitation(w)['id']}")
row(f"DELETE {M}/{{id}}", OWNERS, lambda w, me: f"/membershipInvitation/{_invitation(w)['id']}")
FORGED = {
    "concreteType": PACKAGE + "MembershipInvtnSignedToken",
    "membershipInvitationId": "1",
    "hmac": "00",
}
row(
    f"POST {M}/{{id}}",
    NOBODY,
    lambda w, me: (
        f"/membershipInvitation/{(made := _invitation(w))['id']}",
        {**FORGED, "membershipInvitationId": made["id"]},
    ),
    also=frozenset([400]),
)
row(
    f"PUT {M}/{{id}}/inviteeId",
    NOBODY,
    lambda w, me: (
        f"/membershipInvitation/{(made := _invitation(w, email=True))['id']}/inviteeId",
        {
            "concreteType": PACKAGE + "InviteeVerificationSignedToken",
            "membershipInvitationId": made["id"],
            "inviteeId": str(me.id),
            "hmac": "00",
        },
    ),
    also=frozenset([400]),
)
row(
    f"GET {M}/{{id}}/inviteeVerificationSignedToken",
    NOBODY,
    lambda w, me: (
        f"/membershipInvitation/{_invitation(w, email=True)['id']}/inviteeVerificationSignedToken"
    ),
)
row(f"GET {T}/openInvitation", OWNERS, lambda w, me: f"/team/{w.team['id']}/openInvitation")
row(
    "GET /repo/v1/user/{id}/openInvitation",
    OWNERS,
    lambda w, me: f"/user/{w.owner.id}/openInvitation",
)
R = "/repo/v1/membershipRequest"
row(
    f"POST {R}",
    SIGNED,
    lambda w, me: ("/membershipRequest", {"teamId": w.new_team()["id"]}),
    also=frozenset([400]),
)
row(f"GET {R}/openRequestCount", SIGNED, lambda w, me: "/membershipRequest/openRequestCount")


def _own_request(w: World) -> str:
    team = w.people["member"].post("/team", {"name": new_name("Walk")})
    return str(w.owner.post("/membershipRequest", {"teamId": team["id"]})["id"])


row(f"GET {R}/{{id}}", OWNERS | {"member"}, lambda w, me: f"/membershipRequest/{_own_request(w)}")
row(
    f"DELETE {R}/{{id}}", OWNERS | {"member"}, lambda w, me: f"/membershipRequest/{_own_request(w)}"
)
row(f"GET {T}/openRequest", OWNERS, lambda w, me: f"/team/{w.team['id']}/openRequest")
row("GET /repo/v1/user/{id}/openRequest", OWNERS, lambda w, me: f"/user/{w.owner.id}/openRequest")

# ------------------------------------------------------------------ messages

row(
    "POST /repo/v1/message",
    SIGNED,
    lambda w, me: (
        "/message",
        {
            "recipients": [str(w.owner.id)],
            "subject": "s",
            "fileHandleId": note(me),
        },
    ),
)
row(
    "POST /repo/v1/entity/{id}/message",
    READERS,
    lambda w, me: (
        f"{w.f}/message",
        {"subject": "s", "fileHandleId": note(me)},
    ),
)
for verb in ("inbox", "outbox"):
    row(f"GET /repo/v1/message/{verb}", SIGNED, lambda w, me, verb=verb: f"/message/{verb}")
row(
    "PUT /repo/v1/message/status",
    STARTER,
    lambda w, me: (
        "/message/status",
        {"messageId": w.message["id"], "recipientId": str(me.id), "status": "READ"},
    ),
    hidden=True,
)
for verb in ("", "/conversation", "/file"):
    row(
        f"GET /repo/v1/message/{{messageId}}{verb}",
        OWNERS,
        lambda w, me, verb=verb: f"/message/{w.message['id']}{verb}",
    )
row(
    "POST /repo/v1/message/{messageId}/forward",
    OWNERS,
    lambda w, me: (
        f"/message/{w.message['id']}/forward",
        {"recipients": [str(w.people["reader"].id)]},
    ),
)
row(
    "DELETE /repo/v1/admin/message/{messageId}",
    ADMIN,
    lambda w, me: f"/admin/message/{w.new_message(w.owner)['id']}",
)

# ------------------------------------------------------------------ users

for path in (
    "/userGroup",
    "/user",
    "/userGroupHeaders?prefix=us",
    "/userGroupHeaders/batch?ids=273949",
):
    row(f"GET /repo/v1{path.partition('?')[0]}", ALL, lambda w, me, path=path: path)
row(
    "POST /repo/v1/userGroupHeaders/aliases",
    ALL,
    lambda w, me: ("/userGroupHeaders/aliases", {"list": [w.owner.name]}),
)
row("GET /repo/v1/user/bundle", ALL, lambda w, me: "/user/bundle?mask=1")
row("GET /repo/v1/user/{id}/bundle", ALL, lambda w, me: f"/user/{w.owner.id}/bundle?mask=1")
row("GET /repo/v1/userProfile", ALL, lambda w, me: "/userProfile")
row("GET /repo/v1/userProfile/{profileId}", ALL, lambda w, me: f"/userProfile/{w.owner.id}")
row("POST /repo/v1/userProfile", ALL, lambda w, me: ("/userProfile", {"list": [str(w.owner.id)]}))
row(
    "PUT /repo/v1/userProfile", STARTER, lambda w, me: ("/userProfile", w.owner.get("/userProfile"))
)
for verb in ("image", "image/preview"):
    row(
        f"GET /repo/v1/userProfile/{{profileId}}/{verb}",
        ALL,
        lambda w, me, verb=verb: f"/userProfile/{w.owner.id}/{verb}",
        also=frozenset([404]),
    )
row("GET /repo/v1/favorite", SIGNED, lambda w, me: "/favorite")
row("POST /repo/v1/favorite/{id}", READERS, lambda w, me: f"/favorite/{w.file['id']}")
row("DELETE /repo/v1/favorite/{id}", SIGNED, lambda w, me: f"/favorite/{w.file['id']}")
row(
    "PUT /repo/v1/notificationSettings",
    NOBODY,
    lambda w, me: (
        "/notificationSettings",
        {
            "concreteType": PACKAGE + "message.NotificationSettingsSignedToken",
            "userId": str(w.owner.id),
            "settings": {"sendEmailNotifications": False},
            "hmac": "00",
        },
    ),
    also=frozenset([400]),
)
for path in ("/projects", "/projects/MY_PROJECTS"):
    name = "/projects/{deprecatedType}" if path.endswith("MY_PROJECTS") else path
    row(f"GET /repo/v1{name}", SIGNED, lambda w, me, path=path: path)
row("GET /repo/v1/projects/user/{principalId}", ALL, lambda w, me: f"/projects/user/{w.owner.id}")
row(
    "GET /repo/v1/projects/{deprecatedType}/user/{principalId}",
    ALL,
    lambda w, me: f"/projects/OTHER_USER_PROJECTS/user/{w.owner.id}",
)
row(
    "GET /repo/v1/projects/{deprecatedType}/team/{teamId}",
    SIGNED,
    lambda w, me: f"/projects/TEAM_PROJECTS/team/{w.team['id']}",
)

# ------------------------------------------------------------------ principals

row(
    "POST /repo/v1/principal/available",
    ALL,
    lambda w, me: ("/principal/available", {"alias": "nobody-yet", "type": "USER_NAME"}),
)
row(
    "POST /repo/v1/principal/alias",
    ALL,
    lambda w, me: ("/principal/alias", {"alias": w.owner.name, "type": "USER_NAME"}),
)
row("GET /repo/v1/notificationEmail", SIGNED, lambda w, me: "/notificationEmail")
row(
    "PUT /repo/v1/notificationEmail",
    SIGNED,
    lambda w, me: ("/notificationEmail", {"email": f"{me.name}@example.org"}),
)
row(
    "POST /repo/v1/account/emailValidation",
    ALL,
    lambda w, me: (
        f"/account/emailValidation?portalEndpoint={w.server.url}/a",
        {"email": f"walk{next(_numbers)}@example.net"},
    ),
)
row(
    "POST /repo/v1/account/{id}/emailValidation",
    SIGNED,
    lambda w, me: (
        f"/account/{me.id}/emailValidation?portalEndpoint={w.server.url}/a",
        {"email": f"walk{next(_numbers)}@example.net"},
    ),
)
EMAIL = {
    "concreteType": PACKAGE + "principal.EmailValidationSignedToken",
    "email": "a@example.net",
    "hmac": "00",
}
row(
    "POST /repo/v1/account2",
    NOBODY,
    lambda w, me: (
        "/account2",
        {"username": "walker", "password": PASSWORD, "emailValidationSignedToken": EMAIL},
    ),
    also=frozenset([400]),
)
row("POST /repo/v1/email", NOBODY, lambda w, me: ("/email", EMAIL), also=frozenset([400]))
row(
    "DELETE /repo/v1/email",
    NOBODY,
    lambda w, me: f"/email?email={w.owner.name}@example.org",
    also=frozenset([400]),
    hidden=True,
)

# ------------------------------------------------------------------ auth

A = "/auth/v1"
LOGIN = {"username": "nobody", "password": "wrong"}
for verb in ("login", "login2"):
    row(
        f"POST {A}/{verb}",
        NOBODY,
        lambda w, me, verb=verb: (f"{A}/{verb}", LOGIN),
        also=frozenset([401, 423]),
    )
row(
    f"POST {A}/session",
    NOBODY,
    lambda w, me: (f"{A}/session", {"email": "nobody", "password": "x"}),
    also=frozenset([401, 423]),
)
row(f"GET {A}/authenticatedOn", SIGNED, lambda w, me: f"{A}/authenticatedOn", also=frozenset([404]))
row(f"GET {A}/personalAccessToken", SIGNED, lambda w, me: f"{A}/personalAccessToken")
row(
    f"POST {A}/personalAccessToken",
    SIGNED,
    lambda w, me: (f"{A}/personalAccessToken", {"scope": ["view"], "name": f"t{next(_numbers)}"}),
)


def _token(w: World) -> str:
    body = {"scope": ["view"], "name": f"walk {next(_numbers)}"}
    w.owner.post(f"{A}/personalAccessToken", body, 200)
    return str(w.owner.get(f"{A}/personalAccessToken")["results"][0]["id"])


row(
    f"GET {A}/personalAccessToken/{{id}}",
    STARTER,
    lambda w, me: f"{A}/personalAccessToken/{_token(w)}",
    hidden=True,
)
row(
    f"DELETE {A}/personalAccessToken/{{id}}",
    STARTER,
    lambda w, me: f"{A}/personalAccessToken/{_token(w)}",
    hidden=True,
)
row(f"GET {A}/secretKey", SIGNED, lambda w, me: f"{A}/secretKey")
row(f"DELETE {A}/secretKey", SIGNED, lambda w, me: f"{A}/secretKey")
row(
    f"DELETE {A}/sessionAccessToken",
    NOBODY,
    lambda w, me: f"{A}/no-such-path",
    also=frozenset([404]),
)
row(
    f"DELETE {A}/user/{{targetUserId}}/sessionAccessToken/all",
    ADMIN,
    lambda w, me: f"{A}/user/{w.new_user().id}/sessionAccessToken/all",
)
row(f"GET {A}/termsOfUse2/info", ALL, lambda w, me: f"{A}/termsOfUse2/info")
row(f"GET {A}/termsOfUse2/status", SIGNED, lambda w, me: f"{A}/termsOfUse2/status")
row(
    f"POST {A}/termsOfUse2",
    NOBODY,
    lambda w, me: (f"{A}/termsOfUse2", {"accessToken": "x"}),
    also=frozenset([400, 401]),
)
row(
    f"PUT {A}/termsOfUse2/requirements",
    ADMIN,
    lambda w, me: (
        f"{A}/termsOfUse2/requirements",
        {"minimumTermsOfServiceVersion": "x", "requirementDate": "x"},
    ),
    also=frozenset([400, 501]),
)
row(
    f"POST {A}/user/changePassword",
    NOBODY,
    lambda w, me: (
        f"{A}/user/changePassword",
        {
            "concreteType": PACKAGE + "auth.ChangePasswordWithCurrentPassword",
            "username": "nobody",
            "currentPassword": "x",
            "newPassword": PASSWORD,
        },
    ),
    also=frozenset([401, 423]),
)
row(
    f"POST {A}/user/password/reset",
    ALL,
    lambda w, me: (
        f"{A}/user/password/reset?passwordResetEndpoint={w.server.url}/a",
        {"email": f"nobody{next(_numbers)}@example.net"},
    ),
)
row(f"GET {A}/2fa", SIGNED, lambda w, me: f"{A}/2fa")
for verb, path in (("POST", "enroll"), ("POST", "recoveryCodes")):
    row(
        f"{verb} {A}/2fa/{path}",
        SIGNED,
        lambda w, me, path=path: f"{A}/2fa/{path}",
        also=frozenset([400]),
    )
row(
    f"POST {A}/2fa",
    SIGNED,
    lambda w, me: (f"{A}/2fa", {"secretId": "1", "totp": "000000"}),
    also=frozenset([400, 401, 404]),
)
row(f"DELETE {A}/2fa", SIGNED, lambda w, me: f"{A}/2fa", also=frozenset([400]))
for verb in ("disable", "reset", "token"):
    row(
        f"POST {A}/2fa/{verb}",
        NOBODY,
        lambda w, me, verb=verb: (
            f"{A}/2fa/{verb}",
            {
                "userId": w.owner.id,
                "twoFaToken": "x",
                "otpCode": "000000",
                "otpType": "TOTP",
                "password": "x",
                "twoFaResetToken": {},
                "twoFaResetEndpoint": f"{w.server.url}/a",
            },
        ),
        also=frozenset([400, 401]),
    )

# ------------------------------------------------------------------ certification

row("GET /repo/v1/certifiedUserTest", SIGNED, lambda w, me: "/certifiedUserTest")
row(
    "POST /repo/v1/certifiedUserTestResponse",
    SIGNED,
    lambda w, me: ("/certifiedUserTestResponse", {"quizId": 0, "questionResponses": []}),
    also=frozenset([400, 404]),
)
row(
    "GET /repo/v1/user/{id}/certifiedUserPassingRecord",
    ALL,
    lambda w, me: f"/user/{w.owner.id}/certifiedUserPassingRecord",
    also=frozenset([404]),
)
row(
    "GET /repo/v1/user/{id}/certifiedUserPassingRecords",
    ADMIN,
    lambda w, me: f"/user/{w.owner.id}/certifiedUserPassingRecords",
)
row(
    "GET /repo/v1/admin/certifiedUserTestResponse",
    ADMIN,
    lambda w, me: "/admin/certifiedUserTestResponse",
)
row(
    "DELETE /repo/v1/admin/certifiedUserTestResponse/{id}",
    ADMIN,
    lambda w, me: "/admin/certifiedUserTestResponse/999999",
    also=frozenset([404]),
)
row(
    "PUT /repo/v1/admin/user/{id}/certificationStatus",
    ADMIN,
    lambda w, me: f"/admin/user/{w.new_user().id}/certificationStatus?isCertified=true",
)
row(
    "PUT /repo/v1/user/{id}/revokeCertification",
    ADMIN,
    lambda w, me: f"/user/{w.new_user().id}/revokeCertification",
    also=frozenset([400, 404]),
)

# ------------------------------------------------------------------ access requirements

Q = "/repo/v1/accessRequirement"
ACT = ADMIN


def _rule(w: World, kind: str = "TermsOfUse") -> Any:
    return w.admin.post("/accessRequirement", requirement(kind, w.new_folder()["id"]))


row(
    f"POST {Q}",
    ACT,
    lambda w, me: ("/accessRequirement", requirement("TermsOfUse", w.new_folder()["id"])),
)
row(f"GET {Q}/{{requirementId}}", ALL, lambda w, me: f"/accessRequirement/{w.requirement['id']}")
row(
    f"GET {Q}/{{requirementId}}/subjects",
    ALL,
    lambda w, me: f"/accessRequirement/{w.requirement['id']}/subjects",
)
row(
    f"PUT {Q}/{{requirementId}}",
    ACT,
    lambda w, me: (f"/accessRequirement/{(made := _rule(w))['id']}", made),
)
row(f"DELETE {Q}/{{requirementId}}", ACT, lambda w, me: f"/accessRequirement/{_rule(w)['id']}")
row(
    f"POST {Q}/search",
    ALL,
    lambda w, me: ("/accessRequirement/search", {"sort": [{"field": "NAME", "direction": "ASC"}]}),
)
row(
    f"PUT {Q}/conversion",
    ACT,
    lambda w, me: (
        "/accessRequirement/conversion",
        {
            "accessRequirementId": str((made := _rule(w, "ACT"))["id"]),
            "etag": made["etag"],
            "currentVersion": made["versionNumber"],
        },
    ),
)
row(
    f"POST {E}/lockAccessRequirement",
    WRITERS,
    lambda w, me: f"/entity/{w.new_folder()['id']}/lockAccessRequirement",
    also=frozenset([400]),
)
REVIEWERS = {"resourceAccess": []}


def _reviewed(w: World) -> str:
    made = _rule(w, "ManagedACT")
    entry = {"principalId": w.owner.id, "accessType": ["REVIEW_SUBMISSIONS"]}
    w.admin.post(f"/accessRequirement/{made['id']}/acl", {"resourceAccess": [entry]})
    return f"/accessRequirement/{made['id']}/acl"


row(f"GET {Q}/{{requirementId}}/acl", SIGNED, lambda w, me: _reviewed(w))
row(
    f"PUT {Q}/{{requirementId}}/acl", ACT, lambda w, me: ((path := _reviewed(w)), w.admin.get(path))
)
row(f"DELETE {Q}/{{requirementId}}/acl", ACT, lambda w, me: _reviewed(w))
row(
    f"POST {Q}/{{requirementId}}/acl",
    ACT,
    lambda w, me: (
        f"/accessRequirement/{_rule(w, 'ManagedACT')['id']}/acl",
        {"resourceAccess": [{"principalId": w.owner.id, "accessType": ["REVIEW_SUBMISSIONS"]}]},
    ),
)
row(
    "POST /repo/v1/restrictionInformation",
    ALL,
    lambda w, me: (
        "/restrictionInformation",
        {"restrictableObjectType": "ENTITY", "objectId": w.file["id"]},
    ),
)
row(
    "POST /repo/v1/restrictionInformation/batch",
    ALL,
    lambda w, me: (
        "/restrictionInformation/batch",
        {"restrictableObjectType": "ENTITY", "objectIds": [w.file["id"]]},
    ),
)

# ------------------------------------------------------------------ approvals and requests

P = "/repo/v1/accessApproval"


def _approved(w: World) -> Any:
    body = {"requirementId": w.requirement["id"], "accessorId": str(w.new_user().id)}
    return w.admin.post("/accessApproval", body)


row(
    f"POST {P}",
    ACT,
    lambda w, me: (
        "/accessApproval",
        {"requirementId": w.requirement["id"], "accessorId": str(w.new_user().id)},
    ),
)
row(f"GET {P}/{{approvalId}}", ACT, lambda w, me: f"/accessApproval/{_approved(w)['id']}")
row(
    f"DELETE {P}",
    ACT,
    lambda w, me: (
        f"/accessApproval?requirementId={w.requirement['id']}&accessorId={_approved(w)['accessorId']}"
    ),
)
row(f"POST {P}/group", ACT, lambda w, me: ("/accessApproval/group", {}))
row(
    f"PUT {P}/group/revoke",
    ACT,
    lambda w, me: (
        "/accessApproval/group/revoke",
        {"accessRequirementId": str(w.requirement["id"]), "submitterId": str(w.new_user().id)},
    ),
)
row(
    f"POST {P}/information",
    SIGNED,
    lambda w, me: (
        "/accessApproval/information",
        {"userId": str(me.id), "accessRequirementIds": [str(w.requirement["id"])]},
    ),
)
row(
    f"POST {P}/notifications",
    ACT,
    lambda w, me: (
        "/accessApproval/notifications",
        {"requirementId": w.requirement["id"], "recipientIds": [w.owner.id]},
    ),
)
row(
    f"POST {P}/search",
    ACT,
    lambda w, me: ("/accessApproval/search", {"accessorId": str(w.owner.id)}),
)
DATA_ACCESS = PACKAGE + "dataaccess."
for verb in ("dataAccessRequestForUpdate", "researchProjectForUpdate", "status"):
    row(
        f"GET {Q}/{{requirementId}}/{verb}",
        SIGNED,
        lambda w, me, verb=verb: f"/accessRequirement/{w.requirement['id']}/{verb}",
    )
row(
    f"POST {Q}/{{requirementId}}/submissions",
    ACT,
    lambda w, me: (
        f"/accessRequirement/{w.requirement['id']}/submissions",
        {"accessRequirementId": str(w.requirement["id"])},
    ),
)
row(
    f"POST {Q}/{{requirementId}}/approvedSubmissionInfo",
    ACT,
    lambda w, me: (
        f"/accessRequirement/{w.requirement['id']}/approvedSubmissionInfo",
        {"accessRequirementId": str(w.requirement["id"])},
    ),
)


def _asked(w: World, user: User | None = None) -> Any:
    """A request for data that was handed in, to be used up."""
    user, made = user or w.new_user(), _rule(w, "ManagedACT")
    subject = made["subjectIds"][0]["id"]
    path = f"/accessRequirement/{made['id']}"
    project = user.post(
        "/researchProject",
        {
            "accessRequirementId": str(made["id"]),
            "institution": "i",
            "projectLead": "l",
            "intendedDataUseStatement": "s",
        },
        200,
    )
    body = user.get(f"{path}/dataAccessRequestForUpdate")
    changes = [{"userId": str(user.id), "type": "GAIN_ACCESS"}]
    body = {**body, "researchProjectId": project["id"], "accessorChanges": changes}
    request = user.post("/dataAccessRequest", body, 200)
    return {
        "request": request,
        "body": {
            "requestId": request["id"],
            "requestEtag": request["etag"],
            "subjectId": subject,
            "subjectType": "ENTITY",
        },
    }


def _handed_in(w: World) -> str:
    found = _asked(w, w.owner)
    path = f"/dataAccessRequest/{found['request']['id']}/submission"
    return str(w.owner.post(path, found["body"], 200)["submissionId"])


row(
    "POST /repo/v1/researchProject",
    SIGNED,
    lambda w, me: (
        "/researchProject",
        {
            "accessRequirementId": str(_rule(w, "ManagedACT")["id"]),
            "institution": "i",
            "projectLead": "l",
            "intendedDataUseStatement": "s",
        },
    ),
)
row(
    "POST /repo/v1/dataAccessRequest",
    STARTER,
    lambda w, me: ("/dataAccessRequest", _asked(w, w.owner)["request"]),
)
row(
    "POST /repo/v1/dataAccessRequest/{requestId}/submission",
    STARTER,
    lambda w, me: (
        f"/dataAccessRequest/{(found := _asked(w, w.owner))['request']['id']}/submission",
        found["body"],
    ),
)
row("POST /repo/v1/dataAccessRequest/list", SIGNED, lambda w, me: ("/dataAccessRequest/list", {}))
D = "/repo/v1/dataAccessSubmission"
row(f"GET {D}/openSubmissions", ACT, lambda w, me: "/dataAccessSubmission/openSubmissions")
row(
    f"POST {D}/search",
    SIGNED,
    lambda w, me: (
        "/dataAccessSubmission/search",
        {"sort": [{"field": "CREATED_ON", "direction": "ASC"}]},
    ),
)
row(f"POST {D}/userRequests", SIGNED, lambda w, me: ("/dataAccessSubmission/userRequests", {}))
row(f"GET {D}/{{submissionId}}", OWNERS, lambda w, me: f"/dataAccessSubmission/{_handed_in(w)}")
row(f"DELETE {D}/{{submissionId}}", ACT, lambda w, me: f"/dataAccessSubmission/{_handed_in(w)}")
row(
    f"PUT {D}/{{submissionId}}",
    ACT,
    lambda w, me: (
        f"/dataAccessSubmission/{(id := _handed_in(w))}",
        {"submissionId": id, "newState": "REJECTED", "rejectedReason": "r"},
    ),
)
row(
    f"PUT {D}/{{submissionId}}/cancellation",
    STARTER,
    lambda w, me: f"/dataAccessSubmission/{_handed_in(w)}/cancellation",
)
row(
    f"GET {D}/{{submissionId}}/userAccessApproval",
    STARTER,
    lambda w, me: f"/dataAccessSubmission/{_handed_in(w)}/userAccessApproval",
    also=frozenset([400, 404]),
)

# ------------------------------------------------------------------ tables


def _table(w: World) -> str:
    """A table with a column and a row."""
    if not hasattr(w, "_table"):
        w._column = tabling.column(w.owner, "walked")  # type: ignore[attr-defined]
        id = tabling.table(w.owner, [w._column], w.project)["id"]  # type: ignore[attr-defined]
        w._table = id  # type: ignore[attr-defined]
        if not w.is_restricted:
            tabling.transact(w.owner, id, _new_row(w))
    return str(w._table)  # type: ignore[attr-defined]


def _new_row(w: World) -> Any:
    id = _table(w)
    return tabling.rows(id, [w._column], [["x"]])  # type: ignore[attr-defined]


def _transaction(w: World) -> Any:
    kind = tabling.PACKAGE + "TableUpdateTransactionRequest"
    return {"concreteType": kind, "changes": [_new_row(w)]}


def _csv(w: World, user: User) -> Any:
    text = "walked\ny\n"
    handle = "1"
    if user.token is not None:
        handle = upload(user, text.encode(), fileName="rows.csv", contentType="text/csv")
    return {
        "concreteType": tabling.PACKAGE + "UploadToTableRequest",
        "uploadFileHandleId": handle,
    }


def _preview(user: User) -> Any:
    handle = user.external() if user.token is not None else "1"
    kind = tabling.PACKAGE + "UploadToTablePreviewRequest"
    return {"concreteType": kind, "uploadFileHandleId": handle}


def _query(w: World) -> Any:
    kind = tabling.PACKAGE + "QueryBundleRequest"
    return {"concreteType": kind, "query": {"sql": f"select * from {_table(w)}"}}


def _next_page(w: World) -> Any:
    query = f'{{"sql": "select * from {_table(w)}"}}'
    kind = tabling.PACKAGE + "QueryNextPageToken"
    return {"concreteType": kind, "token": base64.urlsafe_b64encode(query.encode()).decode()}


def _to_csv(w: World) -> Any:
    kind = tabling.PACKAGE + "DownloadFromTableRequest"
    return {"concreteType": kind, "sql": f"select * from {_table(w)}"}


COLUMN = {"name": "walked", "columnType": "STRING"}
row("POST /repo/v1/column", SIGNED, lambda w, me: ("/column", COLUMN))
row("POST /repo/v1/column/batch", SIGNED, lambda w, me: ("/column/batch", {"list": [COLUMN]}))
row("GET /repo/v1/column", ALL, lambda w, me: "/column?prefix=walked")
row(
    "GET /repo/v1/column/{columnId}",
    ALL,
    lambda w, me: f"/column/{tabling.column(w.owner, 'walked')}",
)
row(f"GET {E}/column", READERS, lambda w, me: f"/entity/{_table(w)}/column")
row(
    f"POST {E}/table/deleteRows",
    WRITERS,
    lambda w, me: (f"/entity/{_table(w)}/table/deleteRows", {"rowIds": [1]}),
)
row(f"POST {E}/table/snapshot", WRITERS, lambda w, me: (f"/entity/{_table(w)}/table/snapshot", {}))
# Who may ask is told at once; what a job answers is its starter's.
QUERIERS = DOWNLOADERS
for what, allowed, ask in (
    ("append", WRITERS, lambda w, me: _new_row(w)),
    ("transaction", WRITERS, lambda w, me: _transaction(w)),
    ("upload/csv", WRITERS, _csv),
    ("query", QUERIERS, lambda w, me: _query(w)),
    ("query/nextPage", QUERIERS, lambda w, me: _next_page(w)),
    ("download/csv", QUERIERS, lambda w, me: _to_csv(w)),
):
    row(
        f"POST {E}/table/{what}/async/start",
        allowed,
        lambda w, me, what=what, ask=ask: (
            f"/entity/{_table(w)}/table/{what}/async/start",
            ask(w, me),
        ),
    )


def _started(w: World, what: str, body: Any) -> str:
    path = f"/entity/{_table(w)}/table/{what}/async"
    # The owner of what lies under a requirement may change it, but not read it without approval.
    answer = w.owner.send("POST", f"{path}/start", body)
    token = answer.json()["token"] if answer.status_code == 201 else _zip_job(w)
    return f"{path}/get/{token}"


for what, ask in (
    ("append", lambda w, me: _new_row(w)),
    ("transaction", lambda w, me: _transaction(w)),
    ("upload/csv", _csv),
    ("query", lambda w, me: _query(w)),
    ("query/nextPage", lambda w, me: _next_page(w)),
    ("download/csv", lambda w, me: _to_csv(w)),
):
    row(
        f"GET {E}/table/{what}/async/get/{{asyncToken}}",
        OWNERS,
        lambda w, me, what=what, ask=ask: _started(w, what, ask(w, w.owner)),
        also=frozenset([202]),
    )
for what, allowed, ask in (
    ("upload/csv", WRITERS, _csv),
    ("download/csv", QUERIERS, lambda w, me: _to_csv(w)),
):
    row(
        f"POST /repo/v1/table/{what}/async/start",
        allowed,
        lambda w, me, what=what, ask=ask: (
            f"/table/{what}/async/start",
            {"entityId": _table(w), **ask(w, me)},
        ),
    )
    row(
        f"GET /repo/v1/table/{what}/async/get/{{asyncToken}}",
        OWNERS,
        lambda w, me, what=what, ask=ask: _started(w, what, ask(w, w.owner)).replace(
            f"/entity/{_table(w)}", ""
        ),
        also=frozenset([202]),
    )
row(
    "POST /repo/v1/table/upload/csv/preview/async/start",
    SIGNED,
    lambda w, me: ("/table/upload/csv/preview/async/start", _preview(me)),
)
row(
    "GET /repo/v1/table/upload/csv/preview/async/get/{asyncToken}",
    OWNERS,
    lambda w, me: (
        "/table/upload/csv/preview/async/get/"
        + w.owner.post("/table/upload/csv/preview/async/start", _preview(w.owner))["token"]
    ),
    also=frozenset([202, 400]),  # there are no bytes to look into
)


def _files_table(w: World) -> tuple[str, str]:
    """A table with a file in a cell, and the file's column."""
    if not hasattr(w, "_files"):
        file = tabling.column(w.owner, "file", "FILEHANDLEID")
        id = tabling.table(w.owner, [file], w.project)["id"]
        if not w.is_restricted:
            tabling.transact(w.owner, id, tabling.rows(id, [file], [[w.owner.external()]]))
        w._files = id, file  # type: ignore[attr-defined]
    return w._files  # type: ignore[attr-defined,no-any-return]


def _cell(w: World, what: str) -> str:
    id, file = _files_table(w)
    return f"/entity/{id}/table/column/{file}/row/1/version/2/{what}?redirect=false"


row(
    "POST /repo/v1/validateDefiningSql",
    ALL,
    lambda w, me: (
        "/validateDefiningSql",
        {"definingSql": f"select * from {_table(w)}", "entityType": "virtualtable"},
    ),
)
# There are rows in the one table, and none in the one under a requirement.
NO_ROW = frozenset([404])
row(
    f"POST {E}/table/filehandles",
    DOWNLOADERS,
    lambda w, me: (
        f"/entity/{_files_table(w)[0]}/table/filehandles",
        {"headers": [{"id": _files_table(w)[1]}], "rows": [{"rowId": 1}]},
    ),
    also=frozenset([400]),
)
for what in ("file", "filepreview"):
    row(
        f"GET {E}/table/column/{{columnId}}/row/{{rowId}}/version/{{versionNumber}}/{what}",
        DOWNLOADERS,
        lambda w, me, what=what: _cell(w, what),
        also=NO_ROW,
    )

# ------------------------------------------------------------------ views

DEFAULTS = "/column/tableview/defaults"
row(f"GET /repo/v1{DEFAULTS}", ALL, lambda w, me: f"{DEFAULTS}?viewTypeMask=1")
row(f"GET /repo/v1{DEFAULTS}/{{viewtype}}", ALL, lambda w, me: f"{DEFAULTS}/file_and_table")


def _suggestion(w: World) -> Any:
    kind = tabling.PACKAGE + "ViewColumnModelRequest"
    return {"concreteType": kind, "viewScope": {"scope": [w.project], "viewTypeMask": 1}}


# What the scope may show is asked by the job: everybody may ask.
row(
    "POST /repo/v1/column/view/scope/async/start",
    SIGNED,
    lambda w, me: ("/column/view/scope/async/start", _suggestion(w)),
)
row(
    "GET /repo/v1/column/view/scope/async/get/{asyncToken}",
    OWNERS,
    lambda w, me: (
        "/column/view/scope/async/get/"
        + w.owner.post("/column/view/scope/async/start", _suggestion(w))["token"]
    ),
    also=frozenset([202]),
)

# ------------------------------------------------------------------ the server itself

for path in ("version", "status", "openapi"):
    row(f"GET /repo/v1/{path}", ALL, lambda w, me, path=path: f"/{path}")
row("HEAD /repo/v1/healthcheck", ALL, lambda w, me: "/healthcheck")


# ------------------------------------------------------------------ the walk


@pytest.fixture(scope="module")
def worlds(server: RunningServer) -> dict[str, World]:
    """The open project and its restricted twin, by role."""
    people = {role: server.user() for role in ROLES}
    people["anonymous"] = server.anonymous
    people["admin"] = server.user(admin=True)
    owner, team = people["owner"], people["owner"].post("/team", {"name": new_name("Walk")})
    for role in ("member", "revoked"):
        people[role].post("/membershipRequest", {"teamId": team["id"]})
        owner.put(f"/team/{team['id']}/member/{people[role].id}", status=204)
    owner.delete(f"/team/{team['id']}/member/{people['revoked'].id}")
    plain, restricted = World(server, people, team), World(server, people, team)
    restricted.restrict(people["admin"])
    # What rows of requirements are about has nobody's approval.
    spare = plain.new_folder()["id"]
    plain.requirement = people["admin"].post("/accessRequirement", requirement("ManagedACT", spare))
    for world in (plain, restricted):
        path = f"/access_requirement/{world.requirement['id']}/wiki2"
        world.rules = world.new_page(path, by=people["admin"])  # type: ignore[attr-defined]
    return {role: restricted if role in ("unapproved", "expired") else plain for role in ROLES}


def gets(case: Case, answer: Answer) -> bool:
    """Whether an answer has what was asked for."""
    if answer.status_code in case.also:
        return True
    if answer.status_code not in (200, 201, 202, 204, 307):
        return False
    is_json = "json" in answer.headers.get("content-type", "")
    return case.gives(answer.json() if is_json and answer.content else None)


def refuses(case: Case, role: str, answer: Answer) -> bool:
    """Whether an answer says no in the right way, and nothing more."""
    if answer.status_code == 200 or answer.status_code == 201:
        return not gets(case, answer)  # a list without it
    if case.hidden and answer.status_code == 404:
        return True
    return answer.status_code == 403 or (role == "anonymous" and answer.status_code == 401)


def test_every_endpoint_has_a_row(server: RunningServer) -> None:
    served = {f"{route.known.method} {route.known.path}" for route in server.app.api.routes}
    assert served - set(TABLE) == set()
    assert set(TABLE) - served == set()


@pytest.mark.parametrize("endpoint", TABLE)
def test_who_gets_what(worlds: dict[str, World], endpoint: str) -> None:
    verb = endpoint.partition(" ")[0]
    wrong = []
    for role in ROLES:
        world = worlds[role]
        user = world.people[role]
        case = TABLE[endpoint](world, user)
        answer = user.send(verb, case.path, case.body)
        good = gets(case, answer) if role in case.allowed else refuses(case, role, answer)
        if case.allowed == NOBODY:  # a proof decides, and there is none
            good = answer.status_code in case.also or refuses(case, role, answer)
        if not good:
            wrong.append(f"{role}: {verb} {case.path} {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)


def test_tokens_of_one_scope(server: RunningServer) -> None:
    """What a token lacks, it is refused for, whoever has it and whatever is asked."""
    admin = server.user(admin=True)
    tokens = {
        scope: User(server, admin.id, scope, server.app.tokens.login_token(admin.id, [scope]))
        for scope in SCOPES
    }
    wrong = []
    for route in server.app.api.routes:
        path = route.known.path
        for name in route.endpoint.path_parameters:
            kind = route.endpoint._hints[name]
            path = path.replace("{" + _camel(name) + "}", "999999999" if kind is str else "1")
        for scope, user in tokens.items():
            body = b"{}" if route.body is not None else None
            answer = user.send(route.known.method, path, body)
            refused = answer.status_code == 403 and "insufficient_scope" in answer.text
            if refused == (set(route.known.scopes) <= {scope}):
                wrong.append(f"{scope}: {route.known.method} {path} {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def _camel(name: str) -> str:
    from synapse_wire.base import camel

    return camel(name)
