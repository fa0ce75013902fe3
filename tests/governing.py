"""Restricted data, and a clock that can be put forward."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from synapse_server.kernel import clock
from tests.conftest import User

PACKAGE = "org.sagebionetworks.repo.model."
DAY = 24 * 3600 * 1000
EVERYBODY, PUBLIC = 273948, 273949
UNMET = (
    "There are unmet access requirements that must be met to read content in the requested"
    " container."
)


class Clock:
    """Time as the server sees it."""

    def __init__(self) -> None:
        self.ahead = 0
        self._stopped: int | None = None

    def time_ns(self) -> int:
        """As ``time.time_ns``."""
        present = time.time_ns() if self._stopped is None else self._stopped
        return present + self.ahead * 1_000_000

    def stop(self) -> None:
        """Let time pass no more but by ``forward``."""
        self._stopped = time.time_ns()

    def forward(self, millis: int) -> None:
        """Let so much time pass."""
        self.ahead += millis

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self.time_ns() // 1_000_000


def requirement(kind: str, *entities: str, **fields: Any) -> dict[str, Any]:
    """The body of a requirement on entities."""
    return {
        "concreteType": f"{PACKAGE}{kind}AccessRequirement",
        "name": f"{kind} {clock.new_etag()[:13]}",
        "accessType": "DOWNLOAD",
        "subjectIds": [{"type": "ENTITY", "id": each} for each in entities],
        **fields,
    }


@dataclass
class Data:
    """A file in a folder in a project that its owner shares with everybody."""

    owner: User
    project: str
    folder: str
    file: str

    def may(self, user: User) -> bool:
        """Whether a user may download; all ways to ask must answer the same."""
        handle = self.owner.get(f"/entity/{self.file}")["dataFileHandleId"]
        url = user.send("GET", f"/entity/{self.file}/file?redirect=false")
        association = {
            "fileHandleId": handle,
            "associateObjectId": self.file,
            "associateObjectType": "FileEntity",
        }
        direct = user.send(
            "GET",
            f"/file/v1/file/{handle}?redirect=false&fileAssociateType="
            f"FileEntity&fileAssociateId={self.file}",
        )
        batch = user.post(
            "/file/v1/fileHandle/batch",
            {
                "requestedFiles": [association],
                "includeFileHandles": True,
                "includePreSignedURLs": True,
                "includePreviewPreSignedURLs": False,
            },
        )["requestedFiles"][0]
        copy = None
        if user.token is not None:
            copy = user.post(
                "/file/v1/filehandles/copy", {"copyRequests": [{"originalFile": association}]}, 200
            )["copyResults"][0]
        bundle = user.post(
            f"/entity/{self.file}/bundle2",
            {
                "includePermissions": True,
                "includeFileHandles": True,
                "includeRestrictionInformation": True,
            },
            200,
        )
        tree = user.post(
            "/bulk/tree", {"id": self.project, "recursive": True, "includeUrls": False}, 200
        )
        (entry,) = [each for each in tree["entries"] if each["entity"]["id"] == self.file]
        access = user.get(f"/entity/{self.file}/access?accessType=DOWNLOAD")["result"]
        actions = user.get(f"/entity/{self.file}/actions/download")["actions"]
        answers = {
            "file": url.status_code == 200,
            "direct": direct.status_code == 200,
            "batch": "failureCode" not in batch,
            "batch url": "preSignedURL" in batch,
            "bundle": bool(bundle["fileHandles"]),
            "permissions": bundle["permissions"]["canDownload"],
            "tree": "fileHandle" in entry,
            "access": access,
            "actions": not actions,
        }
        if copy is not None:
            answers["copy"] = "failureCode" not in copy
        assert len(set(answers.values())) == 1, answers
        if url.status_code != 200:
            assert url.status_code == direct.status_code == 403
            assert batch["failureCode"] == "UNAUTHORIZED"
        return url.status_code == 200
