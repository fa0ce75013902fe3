"""Copies of entities and of file handles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from synapse_wire.files import AssociateType
from synapseclient import Synapse
from synapseclient.core.blocking import blocking, run
from synapseclient.core.dicts import DictObject
from synapseclient.core.utils import get_synid_and_version, id_of, is_synapse_id_str
from synapseclient.sync.copy import copy_tree
from synapseclient.sync.wikis import WikiOptions, copy_wiki
from synapseclient.transfer import handles

MAX_FILE_HANDLE_PER_COPY_REQUEST = handles.MOST_COPIES
_WIKI_OPTIONS = {"updateLinks", "updateSynIds", "entitySubPageId", "destinationSubPageId"}
_OPTIONS = {"version", "updateExisting", "setProvenance", "excludeTypes", *_WIKI_OPTIONS}


def copy(
    syn: Synapse,
    entity: Any,
    destinationId: str,
    skipCopyWikiPage: bool = False,
    skipCopyAnnotations: bool = False,
    **kwargs: Any,
) -> dict[str, str]:
    """Copy an entity into a project or folder, with all that is in it. No bytes are sent.

    What you may not download, and what has conditions of use, is not copied; a warning says so.

    Args:
        syn: A client that is logged in.
        entity: A file, link, folder or project, or its id. What is in a project goes into the
            other one.
        destinationId: The project or folder to put the copy into.
        skipCopyWikiPage: Leave wikis where they are.
        skipCopyAnnotations: Leave annotations out.
        **kwargs: ``version`` (of a file: which one), ``updateExisting`` (change what has the
            same name there, unless it is the same already; else that is an error),
            ``setProvenance`` (of files: ``"traceback"``, the default, records that they were
            copied, and from what; ``"existing"`` has the activity of the original; ``None``
            records nothing), ``excludeTypes`` (a list of ``"file"``, ``"link"`` and
            ``"table"``), and those of ``copyWiki``: ``updateLinks``, ``updateSynIds``,
            ``entitySubPageId`` and ``destinationSubPageId``.

    Returns:
        The new ids by the old ones.

    Raises:
        ValueError: It cannot be; nothing was copied.
        SynapseError: Something could not be copied; all else was, and the text names it.
    """
    unknown = sorted(set(kwargs) - _OPTIONS)
    if unknown:
        raise TypeError(f"copy has no option {', '.join(unknown)}.")
    exclude = kwargs.get("excludeTypes") or []
    if isinstance(exclude, str):
        raise ValueError("excludeTypes must be a list, such as ['file', 'link'].")
    provenance = kwargs.get("setProvenance", "traceback")
    if isinstance(provenance, str) and provenance.lower() == "none":
        provenance = None
    wikis = WikiOptions(
        page_id=kwargs.get("entitySubPageId"),
        into_page_id=kwargs.get("destinationSubPageId"),
        update_links=kwargs.get("updateLinks", True),
        update_ids=kwargs.get("updateSynIds", True),
    )
    id, version = id_of(entity), kwargs.get("version")
    if is_synapse_id_str(id):
        id, named = get_synid_and_version(id)
        version = version if version is not None else named
    copied = run(
        copy_tree(
            syn,
            id,
            id_of(destinationId),
            version=None if version is None else int(version),
            annotations=not skipCopyAnnotations,
            wikis=None if skipCopyWikiPage else wikis,
            provenance=provenance,
            update_existing=bool(kwargs.get("updateExisting")),
            exclude=exclude,
        )
    )
    copied.raise_for_failures()
    return copied.mapping


async def copy_file_handles_async(
    syn: Synapse,
    fileHandles: Sequence[Any],
    associateObjectTypes: Sequence[str],
    associateObjectIds: Sequence[str],
    newContentTypes: Sequence[str | None] | None = None,
    newFileNames: Sequence[str | None] | None = None,
) -> list[dict[str, Any]]:
    """Make new file handles, owned by you, of bytes that you may download.

    Args:
        syn: A client that is logged in.
        fileHandles: File handles, or their ids.
        associateObjectTypes: For each, what kind of object you reach it through:
            ``FileEntity`` …
        associateObjectIds: For each, the id of that object.
        newContentTypes: For each, a new content type, or None to keep it.
        newFileNames: For each, a new name, or None to keep it.

    Returns:
        For each ``newFileHandle``, or a ``failureCode``: UNAUTHORIZED or NOT_FOUND.
    """
    count = len(fileHandles)
    types = [None] * count if newContentTypes is None else newContentTypes
    names = [None] * count if newFileNames is None else newFileNames
    given = {
        "associateObjectTypes": associateObjectTypes,
        "associateObjectIds": associateObjectIds,
        "newContentTypes": types,
        "newFileNames": names,
    }
    for option, values in given.items():
        if len(values) != count:
            raise ValueError(
                f"The length of all lists must be the same: fileHandles has {count},"
                f" {option} {len(values)}."
            )
    requests = [
        handles.copy_request(
            id_of(handle),
            id_of(object_id),
            object_type=cast(AssociateType, object_type),
            name=name,
            content_type=content_type,
        )
        for handle, object_type, object_id, content_type, name in zip(
            fileHandles, associateObjectTypes, associateObjectIds, types, names, strict=True
        )
    ]
    return await handles.copy_handles(syn, requests)


async def change_file_metadata_async(
    syn: Synapse,
    entity: Any,
    downloadAs: str | None = None,
    contentType: str | None = None,
    forceVersion: bool = True,
    name: str | None = None,
) -> Any:
    """Change what a file is called, or what it is saved as, or its content type; no bytes move.

    Args:
        syn: A client that is logged in.
        entity: A file, or its id.
        downloadAs: The name that it gets when it is downloaded.
        contentType: The content type.
        forceVersion: Make a new version.
        name: The name of the entity.

    Returns:
        The file as it is stored.
    """
    file = await syn.get_async(entity, downloadFile=False)
    if "dataFileHandleId" not in file.properties:
        raise ValueError(f"{id_of(file)} is a {type(file).__name__}, which has no file.")
    request = handles.copy_request(
        file["dataFileHandleId"], file["id"], name=downloadAs, content_type=contentType
    )
    (result,) = await handles.copy_handles(syn, [request])
    file.properties["dataFileHandleId"] = handles.copied_id(result)
    file.path = None
    if name is not None:
        file.name = name
    return await syn.store_async(file, forceVersion=forceVersion)


async def copy_wiki_async(
    syn: Synapse,
    entity: Any,
    destinationId: str,
    entitySubPageId: str | None = None,
    destinationSubPageId: str | None = None,
    updateLinks: bool = True,
    updateSynIds: bool = True,
    entityMap: dict[str, str] | None = None,
) -> list[DictObject]:
    """Copy the wiki of an entity, or one page of it with all below.

    A root page that the destination has is written over, and below it pages of the same title;
    their older versions stay.

    Args:
        syn: A client that is logged in.
        entity: The entity, or its id.
        destinationId: The entity to copy to.
        entitySubPageId: The page to copy, with all below it, instead of everything.
        destinationSubPageId: The page of the destination to write the top over.
        updateLinks: Let links between copied pages, and to the entity, lead to the copies.
        updateSynIds: Change the ids that ``entityMap`` has.
        entityMap: New ids by old ones.

    Returns:
        All pages of the destination, each with ``id``, ``title`` and ``parentId``; nothing if
        there is no wiki to copy.

    Raises:
        ValueError: It cannot be; nothing was copied.
    """
    headers = await copy_wiki(
        syn,
        id_of(entity),
        id_of(destinationId),
        page_id=entitySubPageId,
        into_page_id=destinationSubPageId,
        update_links=updateLinks,
        entity_map=entityMap if updateSynIds else None,
        over_root=True,
    )
    return [DictObject(each) for each in headers]


copyWiki = blocking(copy_wiki_async)
copyFileHandles = blocking(copy_file_handles_async)
changeFileMetaData = blocking(change_file_metadata_async)
