"""Trees up and down, with manifests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import msgspec

from synapse_wire.provenance import Activity
from synapseclient import File, Synapse, models
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError
from synapseclient.core.more_utils import test_import_pandas
from synapseclient.core.utils import id_of, is_url
from synapseclient.sync import check, tree
from synapseclient.sync import manifest as manifests

REQUIRED_FIELDS = ["path", "parent"]
FILE_CONSTRUCTOR_FIELDS = ["name", "id", "synapseStore", "contentType"]
STORE_FUNCTION_FIELDS = ["activityName", "activityDescription", "forceVersion"]
PROVENANCE_FIELDS = ["used", "executed"]
MAX_RETRIES = 4
MANIFEST_FILENAME = manifests.TSV_NAME
DEFAULT_GENERATED_MANIFEST_KEYS = list(manifests.FIELDS)


async def syncFromSynapse_async(
    syn: Synapse,
    entity: Any,
    path: str | None = None,
    ifcollision: str = "overwrite.local",
    allFiles: list[File] | None = None,
    followLink: bool = False,
    manifest: str = "all",
    downloadFile: bool = True,
) -> list[File]:
    """Bring all files of a project or folder here. What is here already is not fetched again.

    Args:
        syn: A client that is logged in.
        entity: A project, folder or file, or its id.
        path: Where to; the cache if not given.
        ifcollision: What to do when another file of the same name is there:
            ``overwrite.local``, ``keep.local`` or ``keep.both``.
        allFiles: A list to which the files are added.
        followLink: Bring what links point to: files, and folders with all that is in them.
        manifest: Write ``SYNAPSE_METADATA_MANIFEST.tsv`` into each folder (``all``), only into
            the first (``root``), or not (``suppress``).
        downloadFile: Bring the bytes, too.

    Returns:
        The files; ``path`` says where each one is.

    Raises:
        SynapseError: Some files could not be had; the others are here, and the text names those
            that are not.
    """
    files = [] if allFiles is None else allFiles
    id = id_of(entity)
    if not await _is_container(syn, id):
        options: dict[str, Any] = {"downloadFile": downloadFile, "followLink": followLink}
        if path is not None:
            options |= {"downloadLocation": path, "ifcollision": ifcollision}
        files.append(await syn.get_async(id, **options))
        return files
    found = await tree.sync_down(
        syn,
        id,
        path,
        if_collision=ifcollision,
        follow_links=followLink,
        download=downloadFile,
        manifests=manifest,
    )
    files += tree.to_entities(found)
    found.synced.raise_for_failures("downloaded")
    return files


async def _is_container(syn: Synapse, id: str) -> bool:
    entity = await syn.get_async(id, downloadFile=False)
    kind = entity.properties["concreteType"].rsplit(".", 1)[-1]
    if kind in ("Project", "Folder"):
        return True
    if kind not in ("FileEntity", "Link"):
        raise ValueError(
            f"Cannot initiate a sync from an entity that is not a File or Folder: {id}"
        )
    return False


async def syncToSynapse_async(
    syn: Synapse,
    manifestFile: str,
    dryRun: bool = False,
    sendMessages: bool = True,
    retries: int = MAX_RETRIES,
    merge_existing_annotations: bool = True,
    associate_activity_to_new_version: bool = False,
) -> None:
    """Store the files of a manifest. What Synapse has already is left as it is.

    Args:
        syn: A client that is logged in.
        manifestFile: The manifest: tab-separated, or CSV.
        dryRun: Check everything and store nothing.
        sendMessages: Send yourself a message when it has ended, if the server has messages.
        retries: Kept for compatibility: what can succeed is tried again.
        merge_existing_annotations: Keep annotations that the manifest does not name.
        associate_activity_to_new_version: New versions without provenance of their own take
            over that of the version before.

    Raises:
        BadManifest: A row cannot be followed; nothing was stored.
        SynapseError: Some files could not be stored; all others were.
    """
    await tree.sync_up(
        syn,
        manifests.read(manifestFile),
        dry_run=dryRun,
        merge_annotations=merge_existing_annotations,
        associate_activity_to_new_version=associate_activity_to_new_version,
        subject=f"Upload of {manifestFile}" if sendMessages else None,
    )


async def generate_sync_manifest_async(
    syn: Synapse, directory_path: str, parent_id: str, manifest_path: str
) -> None:
    """Write a manifest of all files below a folder, for ``syncToSynapse``; the folders are made
    in Synapse."""
    rows = await tree.rows_of_folder(syn, directory_path, parent_id)
    manifests.write_plain(manifest_path, rows)


async def readManifestFile_async(syn: Synapse, manifestFile: str) -> Any:
    """A manifest as a data frame, after the checks of ``syncToSynapse``. Needs pandas.

    Args:
        syn: A client that is logged in.
        manifestFile: The manifest: tab-separated, or CSV.

    Returns:
        A row a file, each after those that it was made from; a column a field, and one for each
        annotation, whose cells are as in the manifest.

    Raises:
        BadManifest: A row cannot be followed; the text says which and why.
        SynapseProvenanceError: What a file was made from is not known.
    """
    test_import_pandas()
    import pandas

    plan = await check.check(syn, await asyncio.to_thread(manifests.read, manifestFile))
    return pandas.DataFrame([_cells(row) for row in plan.rows]).fillna("")


def _cells(row: manifests.Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "parent": row.parent,
        "name": check.name_of(row),
        "id": row.id or "",
        "synapseStore": row.store and not is_url(row.path),
        "contentType": row.content_type or "",
        "used": list(row.used),
        "executed": list(row.executed),
        "activityName": row.activity_name or "",
        "activityDescription": row.activity_description or "",
        "forceVersion": row.force_version,
        **{name: manifests.format_cell(values) for name, values in row.annotations.items()},
    }


def generateManifest(
    syn: Synapse, allFiles: Sequence[File], filename: str, provenance_cache: Any = None
) -> None:
    """Write a manifest of files that were got, with what generated them.

    Args:
        syn: A client that is logged in.
        allFiles: The files.
        filename: Where to.
        provenance_cache: Activities by the ids of entities, of those that are known already.

    Raises:
        SynapseError: A file is not of Synapse.
    """
    known = {} if provenance_cache is None else provenance_cache
    rows = []
    for file in allFiles:
        id = file.properties.get("id")
        if not id:
            raise SynapseError(f"{file.path} was not stored in Synapse yet.")
        row = manifests.Row(
            path=os.path.abspath(file.path) if file.path else "",
            parent=file.properties["parentId"],
            name=file.properties["name"],
            id=id,
            store=file["synapseStore"],
            content_type=file["contentType"],
            annotations=dict(file.annotations),
        )
        if id not in known:
            known[id] = _provenance(syn, file)
        if known[id] is not None:
            tree.tell_activity(row, msgspec.convert(dict(known[id]), Activity))
        rows.append(row)
    manifests.write(filename, rows)


def _provenance(syn: Synapse, file: File) -> Any:
    try:
        return syn.getProvenance(file)
    except SynapseHTTPError as error:
        if error.status == 404:
            return None
        raise


def generate_manifest(all_files: Sequence[models.File], path: str) -> None:
    """Write ``SYNAPSE_METADATA_MANIFEST.tsv`` of files into a folder; nothing without files.

    Args:
        all_files: Files of ``synapseclient.models``.
        path: The folder.
    """
    rows = []
    for file in all_files:
        row = manifests.Row(
            path=file.path or "",
            parent=file.parent_id or "",
            name=file.name,
            id=file.id,
            store=file.synapse_store,
            content_type=file.content_type,
            annotations=dict(file.annotations or {}),
        )
        if file.activity is not None:
            tree.tell_activity(row, msgspec.convert(file.activity.to_synapse_request(), Activity))
        rows.append(row)
    if rows:
        manifests.write(os.path.join(os.path.expanduser(path), MANIFEST_FILENAME), rows)


syncFromSynapse = blocking(syncFromSynapse_async)
syncToSynapse = blocking(syncToSynapse_async)
generate_sync_manifest = blocking(generate_sync_manifest_async)
readManifestFile = blocking(readManifestFile_async)
