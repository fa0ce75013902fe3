"""The older forms of evaluations, submissions and statuses: dictionaries with attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from synapseclient.annotations import (
    Annotations,
    from_synapse_annotations,
    is_synapse_annotations,
    to_synapse_annotations,
)
from synapseclient.core.dicts import DictObject
from synapseclient.core.exceptions import SynapseError


class Evaluation(DictObject):
    """A queue that people submit to: ``name``, ``description``, ``contentSource`` …"""

    def __init__(self, **kwargs: Any) -> None:
        """
        Raises:
            ValueError: ``contentSource`` is not the id of an entity.
        """
        if not str(kwargs.setdefault("contentSource", "")).startswith("syn"):
            raise ValueError("An Evaluation needs its contentSource: the id of a project.")
        super().__init__(kwargs)

    @classmethod
    def getByNameURI(cls, name: str) -> str:
        """Where the one of a name is."""
        return f"/evaluation/name/{quote(name)}"

    @classmethod
    def getURI(cls, id: str | int) -> str:
        """Where the one of an id is."""
        return f"/evaluation/{id}"

    def postURI(self) -> str:
        """Where it is made."""
        return "/evaluation"

    def putURI(self) -> str:
        """Where it is changed."""
        return f"/evaluation/{self.id}"

    def deleteURI(self) -> str:
        """Where it is deleted."""
        return f"/evaluation/{self.id}"

    def getACLURI(self) -> str:
        """Where its ACL is."""
        return f"/evaluation/{self.id}/acl"

    def putACLURI(self) -> str:
        """Where its ACL is changed."""
        return "/evaluation/acl"


class Submission(DictObject):
    """A version of an entity that was submitted: ``evaluationId``, ``entityId`` …"""

    def __init__(self, **kwargs: Any) -> None:
        """
        Raises:
            KeyError: ``evaluationId``, ``entityId`` or ``versionNumber`` is missing.
        """
        for name in ("evaluationId", "entityId", "versionNumber"):
            if name not in kwargs:
                raise KeyError(name)
        super().__init__(kwargs)

    @classmethod
    def getURI(cls, id: str | int) -> str:
        """Where the one of an id is."""
        return f"/evaluation/submission/{id}"

    def postURI(self) -> str:
        """Where it is made; ``etag`` is the entity's."""
        return f"/evaluation/submission?etag={self.etag}"

    def putURI(self) -> str:
        """Where it would be changed."""
        return f"/evaluation/submission/{self.id}"

    def deleteURI(self) -> str:
        """Where it is deleted."""
        return f"/evaluation/submission/{self.id}"


class SubmissionStatus(DictObject):
    """What became of a submission: ``status``, ``score``, ``submissionAnnotations`` …"""

    def __init__(self, id: str | int, etag: str, **kwargs: Any) -> None:
        values = kwargs.pop("submissionAnnotations", None) or {}
        annotations = _annotations(id, etag, values)
        super().__init__(id=id, etag=etag, submissionAnnotations=annotations, **kwargs)

    @classmethod
    def getURI(cls, id: str | int) -> str:
        """Where the one of a submission is."""
        return f"/evaluation/submission/{id}/status"

    def putURI(self) -> str:
        """Where it is changed."""
        return f"/evaluation/submission/{self.id}/status"

    def json(self, ensure_ascii: bool = True) -> str:
        """As JSON text, with the annotations as the server wants them."""
        found = dict(self)
        if not is_synapse_annotations(self.submissionAnnotations):
            record = _annotations(self.id, self.etag, self.submissionAnnotations)
            found["submissionAnnotations"] = to_synapse_annotations(record)
        return json.dumps(found, sort_keys=True, indent=2, ensure_ascii=ensure_ascii)


def _annotations(id: str | int, etag: str, values: Mapping[str, Any]) -> Annotations:
    if isinstance(values, Annotations):
        return values
    if is_synapse_annotations(values):
        return from_synapse_annotations(values)
    return Annotations(id, etag, values)


def eligible_contributors(eligibility: Mapping[str, Any], team: Any) -> list[dict[str, Any]]:
    """The members of a team who may contribute to a submission now.

    Args:
        eligibility: What the server says of the team.
        team: Its name or id, for the message.

    Raises:
        SynapseError: The team may not submit.
    """
    found = eligibility["teamEligibility"]
    if not found["isEligible"]:
        if not found["isRegistered"]:
            raise SynapseError(f'Team "{team}" is not registered.')
        if found["isQuotaFilled"]:
            raise SynapseError(
                f'Team "{team}" has already submitted the full quota of submissions.'
            )
        raise SynapseError(f'Team "{team}" is not eligible.')
    return [
        {"principalId": str(member["principalId"])}
        for member in eligibility["membersEligibility"]
        if member["isEligible"] and not member["hasConflictingSubmission"]
    ]
