"""Entities: get, store, delete, find, list, move, show."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from synapse_wire import entities as wire
from synapse_wire import governance
from synapse_wire.annotations import Annotations as WireAnnotations
from synapse_wire.annotations import update_annotations
from synapse_wire.files import FileHandle
from synapseclient.activity import Activity
from synapseclient.annotations import from_wire, to_wire
from synapseclient.core.blocking import blocking, iterate, run
from synapseclient.core.exceptions import (
    SynapseFileNotFoundError,
    SynapseHTTPError,
    SynapseMalformedEntityError,
    SynapseProvenanceError,
    SynapseUnmetAccessRestrictions,
)
from synapseclient.core.utils import (
    find_data_file_handle,
    get_synid_and_version,
    id_of,
    is_synapse_id_str,
    is_url,
    md5_of_file,
)
from synapseclient.entity import (
    LISTED_TYPES,
    Entity,
    File,
    Link,
    Storable,
    is_versionable,
    split_entity_namespaces,
)
from synapseclient.legacy.base import Session
from synapseclient.legacy.files import FileMethods, Source
from synapseclient.legacy.provenance import ProvenanceMethods
from synapseclient.legacy.records import RecordMethods, is_record
from synapseclient.legacy.tables import TableMethods
from synapseclient.wiki import Wiki

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_NOT_SENT = ("createdOn", "createdBy", "modifiedOn", "modifiedBy", "uri", "versionUrl", "versions")
_GONE_WHEN_ABSENT = ("description", "alias")
"""Properties that are cleared by taking them out of an entity that was got."""
_read_handle: msgspec.json.Decoder[FileHandle] = msgspec.json.Decoder(FileHandle)


class EntityMethods(FileMethods, ProvenanceMethods, RecordMethods, TableMethods, Session):
    """Verbs of entities."""

    # -------------------------------------------------------------- get

    async def get_async(
        self,
        entity: Any,
        *,
        version: int | None = None,
        downloadFile: bool = True,
        downloadLocation: str | None = None,
        followLink: bool = False,
        ifcollision: str | None = None,
        limitSearch: str | None = None,
        md5: str | None = None,
    ) -> Any:
        """An entity, with its file on this machine.

        Args:
            entity: An id, ``syn123.4`` for a version, an entity, or the path of a local file,
                which is found in Synapse by its MD5.
            version: Which version; the current one if not given.
            downloadFile: Fetch the file.
            downloadLocation: The folder to fetch it to; the cache if not given.
            followLink: If it is a link, get what it points to.
            ifcollision: ``keep.both``, ``keep.local`` or ``overwrite.local``.
            limitSearch: For a local path: only look below this project or folder.
            md5: For a local path: its MD5, if it is known already.

        Returns:
            A ``Project``, ``Folder``, ``File`` …

        Raises:
            SynapseFileNotFoundError: A local file is not in Synapse.
            SynapseHTTPError: There is no such entity, or you may not read it.
        """
        if isinstance(entity, str | os.PathLike) and is_synapse_id_str(str(entity)) is None:
            path = os.fspath(entity)
            if os.path.isfile(path):
                return await self._get_local(path, limitSearch, md5)
            if not path.isdecimal():
                raise SynapseFileNotFoundError(
                    f"The parameter {path!r} is neither a local file path nor a valid entity id."
                )
        if isinstance(entity, str) and is_synapse_id_str(entity):
            id, named = get_synid_and_version(entity)
            version = version if version is not None else named
        else:
            id = id_of(entity)
        bundle = await self._bundle(id, version)
        if followLink and bundle["entityType"] == "link":
            target = bundle["entity"]["linksTo"]
            bundle = await self._bundle(target["targetId"], target.get("targetVersionNumber"))
        got = entity_of(bundle)
        if isinstance(got, File):
            await self._complete(got, bundle, downloadFile, downloadLocation, ifcollision)
        return got

    async def _bundle(self, id: str, version: int | None) -> dict[str, Any]:
        request = wire.EntityBundleRequest(
            include_entity=True,
            include_annotations=True,
            include_file_handles=True,
            include_restriction_information=True,
        )
        if version is not None:
            found = await self.call_json(wire.get_version_bundle, id, int(version), request)
        else:
            found = await self.call_json(wire.get_bundle, id, request)
        return cast(dict[str, Any], found)

    async def _complete(
        self,
        got: File,
        bundle: Mapping[str, Any],
        download: bool,
        location: str | None,
        collision: str | None,
        through: Source | None = None,
    ) -> None:
        handle = find_data_file_handle(bundle)
        id = got.properties["id"]
        if handle is None:
            if not download:
                return
            if (bundle.get("restrictionInformation") or {}).get("hasUnmetAccessRequirement"):
                raise SynapseUnmetAccessRestrictions(
                    f"{id} has access requirements that you have not met yet. Open"
                    f" {self._web_address(id)} to read and accept them."
                )
            self.logger.warning(
                "You have READ permission on %s but not DOWNLOAD permission. The file has NOT been"
                " downloaded.",
                id,
            )
            return
        got._set_handle(handle)
        got.__dict__["synapseStore"] = "externalURL" not in handle
        if not download:
            return
        if got["externalURL"] and not _can_fetch(got["externalURL"]):
            got.__dict__["path"] = got["externalURL"]
            return
        path = await self.fetch_file_async(
            str(handle["id"]),
            id,
            download_location=location,
            if_collision=collision,
            handle=_read_handle.decode(msgspec.json.encode(handle)),
            through=through,
        )
        got._put_path(path)

    async def _get_local(self, path: str, limit: str | None, md5: str | None) -> Entity:
        if md5 is None:
            md5 = await asyncio.to_thread(md5_of_file, path)
        found = await self.md5_query_async(md5)
        if limit is not None:
            found = [each for each in found if await self._lies_below(each["id"], limit)]
        if not found:
            raise SynapseFileNotFoundError(f"File {path} not found in Synapse")
        if len(found) > 1:
            names = "\n".join(f"{each['id']}.{each['versionNumber']}" for each in found)
            self.logger.warning(
                "\nThe file %s is associated with many files in Synapse:\n%s\nYou can limit to"
                " files in specific project or folder by setting the limitSearch to the synapse Id"
                " of the project or folder.\nWill use the first one returned: \n%s version %s\n",
                path,
                names,
                found[0]["id"],
                found[0]["versionNumber"],
            )
        first = found[0]
        bundle = await self._bundle(first["id"], first["versionNumber"])
        got = entity_of(bundle)
        assert isinstance(got, File)
        got._set_handle(find_data_file_handle(bundle) or {})
        got._put_path(path)
        self.cache.add(got.properties["dataFileHandleId"], path, md5)
        return got

    async def _lies_below(self, id: str, top: str) -> bool:
        path = await self.call(wire.get_entity_path, id)
        return any(header.id == top for header in path.path)

    # -------------------------------------------------------------- store

    async def store_async(
        self,
        obj: Any,
        *,
        createOrUpdate: bool = True,
        forceVersion: bool = True,
        versionLabel: str | None = None,
        isRestricted: bool = False,
        activity: Any = None,
        used: Any = None,
        executed: Any = None,
        activityName: str | None = None,
        activityDescription: str | None = None,
        set_annotations: bool = True,
    ) -> Any:
        """Create or change an entity, and send its file if it has changed.

        Args:
            obj: A ``Project``, ``Folder``, ``File``, ``Link``, ``Schema``, or a mapping that
                describes one; a ``Team``, a ``Table``, a ``RowSet``, a ``Column``, an
                ``Evaluation`` or the like, for which the other arguments mean nothing, or a
                ``Wiki``.
            createOrUpdate: Change the entity of that name in that parent if there is one.
            forceVersion: Make a new version even if nothing has changed.
            versionLabel: Label of the new version.
            isRestricted: Lock the data until its conditions of use are set.
            activity: An ``Activity`` that made it.
            used: What went in, instead of an activity: entities, ids, URLs.
            executed: What code ran, likewise.
            activityName: What the step is called.
            activityDescription: What it did.
            set_annotations: Store the annotations, too.

        Returns:
            The entity as it is stored.
        """
        if isinstance(obj, Wiki):
            return await cast("Synapse", self).store_wiki_async(obj, createOrUpdate)
        if isinstance(obj, Storable):
            return await obj._store(cast("Synapse", self))
        if is_record(obj):
            return await self._store_record(obj, createOrUpdate)
        if isinstance(obj, Entity):
            await obj._prepare(cast("Synapse", self))
        elif isinstance(obj, Mapping) and "concreteType" not in obj:
            raise SynapseMalformedEntityError("An entity needs its concreteType.")
        properties, annotations, local = split_entity_namespaces(obj)
        kind = type(obj) if isinstance(obj, Entity) else type(Entity.create(properties))
        if kind is Link and "id" not in properties:
            await self._complete_link(properties)
        existing = await self._existing(properties, createOrUpdate)
        merges = kind is not File and "id" not in properties
        properties = _merged(properties, existing)
        if kind is File:
            await self._store_file(properties, local, existing)
        generated_by = await self._activity_id(
            activity, used, executed, activityName, activityDescription
        )
        if existing is not None:
            if merges:  # a file's are replaced, as in the official client
                old = existing["annotations"].get("annotations") or {}
                annotations = {**from_wire(old), **annotations}
            bundle = await self._update(
                properties,
                to_wire(annotations) if set_annotations else None,
                existing,
                forceVersion and kind._can_force_version,
                versionLabel,
                generated_by,
            )
        else:
            wired = to_wire(annotations) if set_annotations else {}
            try:
                bundle = await self._create(properties, wired, versionLabel, generated_by)
            except SynapseHTTPError as error:
                taken = error.response is not None and error.response.status_code == 409
                if not (taken and await self._existing(properties, createOrUpdate)):
                    raise
                # Somebody has made it just now: it is to be changed instead.
                return await self.store_async(
                    obj,
                    forceVersion=forceVersion,
                    versionLabel=versionLabel,
                    isRestricted=isRestricted,
                    activity=generated_by and {"id": generated_by},
                    set_annotations=set_annotations,
                )
        stored = entity_of(bundle)
        if isinstance(stored, File):
            await self._complete_stored(stored, local)
        if isRestricted:
            await self.lock_async(stored.properties["id"])
        return stored

    async def _complete_stored(self, stored: File, local: Mapping[str, Any]) -> None:
        """What the answer to a store does not say of a file."""
        handle = local.get("_file_handle") or {}
        if str(handle.get("id")) != stored.properties.get("dataFileHandleId"):
            handle = find_data_file_handle(await self._bundle(stored.properties["id"], None)) or {}
        stored._set_handle(handle)
        stored.__dict__["synapseStore"] = local.get("synapseStore", True)
        stored._put_path(local.get("path"))

    async def lock_async(self, id: str) -> None:
        """Ask for conditions of use to be set, unless there are some; until then nobody may
        download."""
        try:
            found = await self.call_json(governance.list_access_requirements, id, limit=1)
            if not found["results"]:
                await self.call_json(governance.create_lock_access_requirement, id)
        except SynapseHTTPError as error:
            raise SynapseHTTPError(
                f"{id} is stored, but it is not restricted: {error}", response=error.response
            ) from error

    async def _complete_link(self, properties: dict[str, Any]) -> None:
        """The name and the class of what a link points to.

        Raises:
            ValueError: It is in the same container, where it would have the same name.
        """
        target = await self._entity((properties.get("linksTo") or {}).get("targetId"))
        if target.get("parentId") == properties.get("parentId"):
            raise ValueError("A link cannot be in the same container as what it points to.")
        properties["linksToClassName"] = target["concreteType"]
        if not properties.get("name"):
            properties["name"] = target["name"]

    async def _entity(self, id: Any) -> dict[str, Any]:
        return cast(dict[str, Any], await self.call_json(wire.get_entity, str(id)))

    async def _existing(
        self, properties: Mapping[str, Any], create_or_update: bool
    ) -> dict[str, Any] | None:
        id = properties.get("id")
        if id is None:
            if not create_or_update or not properties.get("name"):
                return None
            id = await self.find_entity_id_async(properties["name"], properties.get("parentId"))
            if id is None:
                return None
        request = wire.EntityBundleRequest(
            include_entity=True, include_annotations=True, include_file_handles=True
        )
        found = cast(dict[str, Any], await self.call_json(wire.get_bundle, id, request))
        if found["entity"].get("concreteType") != properties.get("concreteType"):
            raise SynapseMalformedEntityError(
                f"{found['entity']['id']} has this name and is a {found['entityType']}."
            )
        return found

    async def _store_file(
        self,
        properties: dict[str, Any],
        local: dict[str, Any],
        existing: Mapping[str, Any] | None,
    ) -> None:
        path = local.get("path") or local.get("externalURL")
        handle = dict(local.get("_file_handle") or {})
        wanted = properties.get("dataFileHandleId")
        current = None if existing is None else existing["entity"].get("dataFileHandleId")
        if wanted and wanted != current and (not path or handle.get("id", wanted) != wanted):
            local["path"] = None  # the path is that of other bytes
            return
        if existing is not None:
            handle = dict(find_data_file_handle(existing) or {})
        if wanted and not path:
            local["_file_handle"] = handle
            return
        if not path:
            raise SynapseMalformedEntityError("A File needs a path or a dataFileHandleId.")
        if not is_url(path):
            path = os.path.expandvars(os.path.expanduser(path))
            if not os.path.isfile(path):
                raise SynapseFileNotFoundError(f"There is no file {path}.")
        if handle and await self._is_same(path, handle):
            local["_file_handle"] = handle
            return
        parent = properties.get("parentId")
        if parent is None:
            raise SynapseMalformedEntityError("A File needs a parent: a project or a folder.")
        mimetype = local.get("contentType")
        stores = local.get("synapseStore", True) and not is_url(path)
        new = await self.upload_file_handle_async(path, parent, stores, mimetype)
        properties["dataFileHandleId"] = new["id"]
        local["_file_handle"], local["path"] = new, path

    async def _is_same(self, path: str, handle: Mapping[str, Any]) -> bool:
        """Whether a path is what a file handle has already."""
        if is_url(path):
            return handle.get("externalURL") == path
        if "externalURL" in handle or not handle.get("contentMd5"):
            return False
        if os.path.getsize(path) != handle.get("contentSize"):
            return False
        if self.cache.contains(str(handle["id"]), path):
            return True
        md5 = await asyncio.to_thread(md5_of_file, path)
        return bool(md5 == handle["contentMd5"])

    async def _create(
        self,
        properties: Mapping[str, Any],
        annotations: dict[str, Any],
        label: str | None,
        generated_by: str | None,
    ) -> dict[str, Any]:
        sent = {key: value for key, value in properties.items() if key not in _NOT_SENT}
        if label is not None:
            sent["versionLabel"] = label
        body = wire.EntityBundleCreate(
            entity=_to_struct(sent),
            annotations=WireAnnotations(annotations=annotations) if annotations else None,
        )
        made = await self.call_json(wire.create_bundle, body, generated_by=generated_by)
        return cast(dict[str, Any], made)

    async def _update(
        self,
        properties: Mapping[str, Any],
        annotations: dict[str, Any] | None,
        existing: Mapping[str, Any],
        force_version: bool,
        label: str | None,
        generated_by: str | None,
    ) -> dict[str, Any]:
        id = properties["id"]
        old = existing["entity"]
        sent = {key: value for key, value in properties.items() if key not in _NOT_SENT}
        sent.setdefault("etag", old["etag"])
        new_version = is_versionable(old) and (force_version or label is not None)
        if new_version:
            sent["versionLabel"] = label  # the server takes the number when there is none
        changed = any(sent.get(key) != old.get(key) for key in {*sent, *_GONE_WHEN_ABSENT})
        entity = old
        if changed or new_version or generated_by:
            entity = await self.call_json(
                wire.update_entity,
                id,
                _to_struct(sent),
                generated_by=generated_by,
                new_version=new_version or None,
            )
        raw = existing["annotations"].get("annotations") or {}
        if annotations is not None and annotations != to_wire(from_wire(raw)):
            body = WireAnnotations(id=id, etag=entity["etag"], annotations=annotations)
            stored = await self.call_json(update_annotations, id, body)
            entity = {**entity, "etag": stored["etag"]}
            raw = stored.get("annotations") or {}
        return {"entity": entity, "annotations": {"annotations": raw}}

    async def _activity_id(
        self, activity: Any, used: Any, executed: Any, name: str | None, description: str | None
    ) -> str | None:
        if activity is not None and (used or executed):
            raise SynapseProvenanceError(
                "Provenance can be specified as an Activity object or as used/executed item(s),"
                " but not both."
            )
        if activity is None:
            if not used and not executed:
                return None
            activity = Activity(
                name, description, await self._stored(used), await self._stored(executed)
            )
        return await self._save_changed(activity)

    async def _stored(self, things: Any) -> list[Any]:
        """Used things, with local files replaced by the entities that have their content."""
        if things is None:
            return []
        found = []
        for each in things if isinstance(things, list | tuple | set) else [things]:
            if isinstance(each, str) and not is_url(each) and os.path.isfile(each):
                each = await self._get_local(each, None, None)
            found.append(each)
        return found

    # -------------------------------------------------------------- delete, move

    async def delete_async(self, obj: Any, version: int | None = None) -> None:
        """Move an entity to the trash can, or delete one of its versions; delete a team, the rows
        that a query found, a wiki page with all its sub-pages, or the like."""
        if isinstance(obj, Storable):
            return await obj._delete(cast("Synapse", self))
        if is_record(obj):
            return await self._delete_record(obj)
        if isinstance(obj, str) and is_synapse_id_str(obj):
            id, named = get_synid_and_version(obj)
            version = version if version is not None else named
        else:
            id = id_of(obj)
        if version is not None:
            await self.call(wire.delete_entity_version, id, int(version))
        else:
            await self.call(wire.delete_entity, id)

    async def move_async(self, entity: Any, new_parent: Any) -> Entity:
        """Put an entity under another parent."""
        got = await self.get_async(entity, downloadFile=False)
        got.parentId = id_of(new_parent)
        return cast(Entity, await self.store_async(got, forceVersion=False))

    # -------------------------------------------------------------- find and list

    async def find_entity_id_async(self, name: str, parent: Any = None) -> str | None:
        """The id of the entity of a name in a parent, of a project without one; None if none."""
        body = wire.EntityLookupRequest(
            parent_id=None if parent is None else id_of(parent), entity_name=name
        )
        try:
            return (await self.call(wire.look_up_child, body)).id
        except SynapseHTTPError as error:
            if error.response is not None and error.response.status_code == 404:
                return None
            raise

    async def get_children_async(
        self,
        parent: Any,
        includeTypes: Iterable[str] = LISTED_TYPES,
        sortBy: str = "NAME",
        sortDirection: str = "ASC",
    ) -> AsyncIterator[dict[str, Any]]:
        """The headers of all children that you may read; of all projects without a parent."""
        asked = {
            "parentId": None if parent is None else id_of(parent),
            "includeTypes": list(includeTypes),
            "sortBy": sortBy,
            "sortDirection": sortDirection,
        }
        try:
            request = msgspec.convert(asked, wire.EntityChildrenRequest)
        except msgspec.ValidationError as error:
            raise ValueError(f"Children cannot be listed like this: {error}") from error
        while True:
            answer = await self.call_json(wire.list_children, request)
            for child in answer["page"]:
                yield child
            request.next_page_token = answer.get("nextPageToken")
            if request.next_page_token is None:
                return

    def getChildren(
        self,
        parent: Any,
        includeTypes: Iterable[str] = LISTED_TYPES,
        sortBy: str = "NAME",
        sortDirection: str = "ASC",
    ) -> Iterator[dict[str, Any]]:
        """The headers of all children that you may read; of all projects without a parent."""
        return iterate(self.get_children_async(parent, includeTypes, sortBy, sortDirection))

    def is_synapse_id(self, syn_id: Any) -> bool:
        """Whether something is the id of an entity that exists."""
        if not isinstance(syn_id, str):
            self.logger.warning("synapse ID must be a string")
            return False
        if is_synapse_id_str(syn_id) is None:
            return False
        try:
            run(self.call_json(wire.get_entity_type, get_synid_and_version(syn_id)[0]))
        except SynapseHTTPError as error:
            status = error.response.status_code if error.response else 0
            return status == 403
        return True

    # -------------------------------------------------------------- show

    def _web_address(self, id: str, subpage: Any = None) -> str:
        base = self.portalEndpoint.rstrip("/")
        return f"{base}/Synapse:{id}" if subpage is None else f"{base}/Wiki:{id}/ENTITY/{subpage}"

    def onweb(self, entity: Any, subpageId: Any = None) -> str:
        """Open an entity in the browser; the address."""
        import webbrowser

        address = self._web_address(id_of(entity), subpageId)
        webbrowser.open(address)
        return address

    def printEntity(self, entity: Any, ensure_ascii: bool = True) -> None:
        """Print an entity, or anything else as JSON."""
        import json

        if isinstance(entity, str) and is_synapse_id_str(entity):
            entity = run(self.get_async(entity, downloadFile=False))
        if isinstance(entity, Entity):
            self.logger.info("%s", entity)
            return
        try:
            text = json.dumps(entity, sort_keys=True, indent=2, ensure_ascii=ensure_ascii)
        except TypeError:
            text = str(entity)
        self.logger.info("%s", text)

    get = blocking(get_async)
    store = blocking(store_async)
    delete = blocking(delete_async)
    move = blocking(move_async)
    findEntityId = blocking(find_entity_id_async)


def entity_of(bundle: Mapping[str, Any]) -> Entity:
    """The entity that a bundle of the server has."""
    raw = (bundle.get("annotations") or {}).get("annotations") or {}
    return Entity.create(bundle["entity"], from_wire(raw))


def _merged(properties: Mapping[str, Any], existing: Mapping[str, Any] | None) -> dict[str, Any]:
    """The properties to store: what is not said stays as it is."""
    if existing is None:
        return dict(properties)
    old = existing["entity"]
    got = "etag" in properties
    kept = {key: old[key] for key in old if not (got and key in _GONE_WHEN_ABSENT)}
    said = {
        key: value
        for key, value in properties.items()
        if value is not None or key in (*_GONE_WHEN_ABSENT, "versionComment")
    }
    return {**kept, **said}


def _to_struct(properties: Mapping[str, Any]) -> Any:
    """The struct of an entity; properties that we do not know are left to the server."""
    return msgspec.convert(
        {key: value for key, value in properties.items() if value is not None}, wire.Entity
    )


def _can_fetch(url: str) -> bool:
    return url.split(":", 1)[0].lower() in ("http", "https", "ftp", "ftps", "file")
