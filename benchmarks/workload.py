"""What is asked of the servers: a file with annotations, read, bundled and created."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from benchmarks.harness import Request, call

_KIND = "org.sagebionetworks.repo.model."


class Workload:
    """Requests of one user, on a file in a project of their own."""

    def __init__(self, address: str, token: str, project: str = "Measured") -> None:
        self.address = address
        self.token = token
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self.project = self.send(
            "POST", "/repo/v1/entity", {"concreteType": _KIND + "Project", "name": project}
        )["id"]
        handle = self.send(
            "POST",
            "/file/v1/externalFileHandle",
            {
                "concreteType": _KIND + "file.ExternalFileHandle",
                "externalURL": "https://example.org/matrix.tsv",
            },
        )
        self.handle = handle["id"]
        self._file = {
            "concreteType": _KIND + "FileEntity",
            "dataFileHandleId": self.handle,
            "description": "A matrix of measurements, a row a sample",
        }
        body = {**self._file, "parentId": self.project, "name": "matrix.tsv"}
        self.file = self.send("POST", "/repo/v1/entity", body)["id"]
        path = f"/repo/v1/entity/{self.file}/annotations2"
        annotations = self.send("GET", path)
        for name in ("assay", "tissue", "species", "platform", "cohort", "batch"):
            annotations["annotations"][name] = {"type": "STRING", "value": [f"a {name}"]}
        self.send("PUT", path, annotations)
        self.requests: dict[str, Callable[[], Request]] = {
            "GET entity": self.get,
            "POST entity": self.create,
            "bundle2": self.bundle,
        }

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request, to prepare."""
        return call(self.address, self.token, method, path, body)

    def get(self) -> Request:
        """Read the entity."""
        return Request("GET", f"/repo/v1/entity/{self.file}", headers=self.headers)

    def bundle(self) -> Request:
        """Read what the client reads before a download."""
        wanted = {
            "includeEntity": True,
            "includeAnnotations": True,
            "includeFileHandles": True,
            "includeRestrictionInformation": True,
        }
        path = f"/repo/v1/entity/{self.file}/bundle2"
        return Request("POST", path, json.dumps(wanted), self.headers)

    def create(self) -> Request:
        """Create files in a new folder."""
        folder = self.send(
            "POST",
            "/repo/v1/entity",
            {"concreteType": _KIND + "Folder", "parentId": self.project},
        )["id"]
        body = {**self._file, "parentId": folder, "name": "matrix {n}.tsv"}
        return Request("POST", "/repo/v1/entity", json.dumps(body), self.headers)
