"""Copies of file handles: new ones, owned by the caller, of bytes that stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synapse_wire import files as wire

if TYPE_CHECKING:
    from synapseclient.client import Synapse

MOST_COPIES = 100
"""Copies of one request."""


def copy_request(
    handle_id: str,
    object_id: str,
    *,
    object_type: wire.AssociateType = "FileEntity",
    name: str | None = None,
    content_type: str | None = None,
) -> wire.FileHandleCopyRequest:
    """Ask for a copy of a handle that is reached through an object, such as a file entity.

    What is not given stays as it is: the name that the bytes are saved under, their type.
    """
    return wire.FileHandleCopyRequest(
        original_file=wire.FileHandleAssociation(
            file_handle_id=handle_id,
            associate_object_id=object_id,
            associate_object_type=object_type,
        ),
        new_file_name=name,
        new_content_type=content_type,
    )


async def copy_handles(
    syn: Synapse, requests: Sequence[wire.FileHandleCopyRequest]
) -> list[dict[str, Any]]:
    """Copy any number of handles.

    Returns:
        As the server sends them, in the order of the requests: ``newFileHandle``, or a
        ``failureCode``: NOT_FOUND, or UNAUTHORIZED for what the caller may not download.
    """
    results: list[dict[str, Any]] = []
    for start in range(0, len(requests), MOST_COPIES):
        some = list(requests[start : start + MOST_COPIES])
        body = wire.BatchFileHandleCopyRequest(copy_requests=some)
        results += (await syn.call_json(wire.copy_file_handles, body))["copyResults"]
    return results


def copied_id(result: dict[str, Any]) -> str:
    """The id of a new handle.

    Raises:
        ValueError: It could not be made; the text says why.
    """
    code = result.get("failureCode")
    if code is None:
        return str(result["newFileHandle"]["id"])
    why = {
        "UNAUTHORIZED": "you may not download it; ask its owner for DOWNLOAD access",
        "NOT_FOUND": "it is not there any more",
    }.get(code, "the server does not say why")
    raise ValueError(f"{code} dataFileHandleId: {result.get('originalFileHandleId')}: {why}.")
