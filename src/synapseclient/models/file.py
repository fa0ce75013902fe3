"""Files."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_wire.base import camel
from synapseclient import entity as legacy
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.late import late, later
from synapseclient.core.utils import guess_file_name, id_of, is_url
from synapseclient.models.activity import Activity
from synapseclient.models.base import EntityModel, blocking_classmethod
from synapseclient.transfer.handles import copied_id, copy_handles, copy_request

if TYPE_CHECKING:
    from synapseclient.models.folder import Folder
    from synapseclient.models.project import Project


@dataclass
class FileHandle:
    """A record of some bytes. The size is in bytes."""

    id: str | None = None
    etag: str | None = None
    created_by: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    concrete_type: str | None = None
    content_type: str | None = None
    content_md5: str | None = None
    file_name: str | None = None
    storage_location_id: int | None = None
    content_size: int | None = None
    status: str | None = None
    bucket_name: str | None = None
    key: str | None = None
    preview_id: str | None = None
    is_preview: bool | None = None
    external_url: str | None = None

    def fill_from_dict(self, synapse_instance: Mapping[str, Any]) -> FileHandle:
        """Set the fields from what the server sends."""
        for each in dataclasses.fields(self):
            setattr(self, each.name, synapse_instance.get(camel(each.name)))
        return self


@dataclass
class File(EntityModel):
    """A file in Synapse: ``path`` is where it is, or is to come from, on this machine.

    ``force_version`` makes a new version of what has changed, even if its bytes have not. With ``synapse_store``
    false only the place of the file is noted. ``merge_existing_annotations`` keeps those of the
    stored file that are not given here. ``associate_activity_to_new_version`` says that the
    activity of the last version made the next one, too.
    """

    id: str | None = None
    name: str | None = None
    path: str | None = field(default=None, compare=False)
    description: str | None = None
    parent_id: str | None = None
    version_label: str | None = None
    version_comment: str | None = None
    data_file_handle_id: str | None = None
    external_url: str | None = field(default=None, compare=False)
    activity: Activity | None = field(default=None, compare=False)
    annotations: dict[str, Any] | None = field(default_factory=dict, compare=False)
    content_type: str | None = None
    content_size: int | None = None
    content_md5: str | None = field(default=None, compare=False)
    create_or_update: bool = field(default=True, repr=False, compare=False)
    force_version: bool = field(default=True, repr=False, compare=False)
    is_restricted: bool = field(default=False, repr=False)
    merge_existing_annotations: bool = field(default=True, repr=False, compare=False)
    associate_activity_to_new_version: bool = field(default=False, repr=False, compare=False)
    _present_manifest_fields: list[str] | None = field(default=None, repr=False, compare=False)
    synapse_store: bool = field(default=True, repr=False)
    download_file: bool = field(default=True, repr=False, compare=False)
    if_collision: str = field(default="keep.both", repr=False, compare=False)
    synapse_container_limit: str | None = field(default=None, repr=False, compare=False)
    etag: str | None = field(default=None, compare=False)
    created_on: str | None = field(default=None, compare=False)
    modified_on: str | None = field(default=None, compare=False)
    created_by: str | None = field(default=None, compare=False)
    modified_by: str | None = field(default=None, compare=False)
    version_number: int | None = field(default=None, compare=False)
    is_latest_version: bool | None = field(default=None, compare=False)
    file_handle: FileHandle | None = field(default=None, compare=False)
    _last_persistent_instance: File | None = field(default=None, repr=False, compare=False)

    _kind: ClassVar[type[legacy.Entity]] = legacy.File

    def fill_from_dict(self, synapse_file: Mapping[str, Any], set_annotations: bool = True) -> File:
        """Set the fields from a file as the server sends it."""
        return self._fill(synapse_file, set_annotations)

    def _take_file(self, entity: legacy.Entity) -> File:
        self._fill(entity)
        handle = entity.get("_file_handle")
        if handle:
            self.file_handle = FileHandle().fill_from_dict(handle)
            self.content_type = self.file_handle.content_type
            self.content_size = self.file_handle.content_size
            self.content_md5 = self.file_handle.content_md5
            self.external_url = self.file_handle.external_url
        path = entity.get("path")
        if path and not is_url(path):
            self.path = path
        return self

    # -------------------------------------------------------------- store

    async def store_async(
        self,
        parent: Folder | Project | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> File:
        """Create or change it, and send its bytes if they have changed.

        A file that was got and not changed since is left as it is on the server.
        """
        syn = Synapse.get_client(synapse_client)
        if parent is not None:
            self.parent_id = id_of(parent)
        source = await self._source(syn)
        if self.name is None and self.id is None and source:
            self.name = guess_file_name(source)
        if self.id is None and not (source or self.data_file_handle_id):
            raise ValueError("The file must have a path, an external_url or a data_file_handle_id.")
        if self.id is None and self.parent_id is None:
            raise ValueError("The file must have an id, or a parent: a project or a folder.")
        if source or self.has_changed or self._activity_changed():
            existing = await self._existing(syn)
            activity = await self._stored_activity(syn, existing)
            self._take_file(await self._store_entity(syn, existing, source, activity))
            self.activity = activity
            await self._lock_if_asked(syn)
            self._set_last_persistent_instance()
        return self

    async def _source(self, syn: Synapse) -> str | None:
        """Where new bytes are to come from; None if they are those that were got or stored."""
        source = self.path or self.external_url
        last = self._last_persistent_instance
        if not source or last is None:
            return os.fspath(source) if source else None
        source = os.fspath(source)
        if source == (last.path or last.external_url):
            if is_url(source) or not os.path.isfile(source):
                return None
            if self.file_handle is not None and await syn._is_same(source, _raw(self.file_handle)):
                return None
        return source

    async def _existing(self, syn: Synapse) -> legacy.File | None:
        id = self.id
        if id is None and self.create_or_update:
            id = await syn.find_entity_id_async(self.name or "", self.parent_id)
        return None if id is None else await syn.get_async(id, downloadFile=False)

    def _activity_changed(self) -> bool:
        last = self._last_persistent_instance
        return self.activity is not None and (last is None or last.activity != self.activity)

    async def _stored_activity(self, syn: Synapse, existing: legacy.File | None) -> Activity | None:
        if self.activity is not None:
            if self.activity.id is None or self.activity.has_changed:
                return await self.activity.store_async(synapse_client=syn)
            return self.activity
        if existing is not None and self.associate_activity_to_new_version:
            return await Activity.from_parent_async(existing["id"], synapse_client=syn)
        return None

    async def _store_entity(
        self,
        syn: Synapse,
        existing: legacy.File | None,
        source: str | None,
        activity: Activity | None,
    ) -> legacy.File:
        properties = self._merged(existing, *(["dataFileHandleId"] if source else []))
        label, forced = None, True
        if existing is not None:
            old = existing.properties
            label = properties.pop("versionLabel", None)
            label = label if label != old.get("versionLabel") else None
            if source and await syn._is_same(source, existing["_file_handle"]):
                source = None
            changed = any(properties[key] != old.get(key) for key in properties if key != "etag")
            forced = self.force_version and bool(source or changed)
            if not (forced or source or label):
                properties["versionLabel"] = old.get("versionLabel")
        entity = legacy.File(
            path=source,
            synapseStore=self.synapse_store and not (self.external_url and not self.path),
            properties=properties,
            annotations=self._merged_annotations(existing, self.merge_existing_annotations),
        )
        if existing is not None and not source:
            entity["_file_handle"] = existing["_file_handle"]
        if self.content_type:
            entity.contentType = self.content_type
        stored: legacy.File = await syn.store_async(
            entity,
            createOrUpdate=self.create_or_update,
            forceVersion=forced,
            versionLabel=label,
            activity=None if activity is None else {"id": activity.id},
        )
        return stored

    # -------------------------------------------------------------- get

    async def get_async(
        self, include_activity: bool = False, *, synapse_client: Synapse | None = None
    ) -> File:
        """Get it by its id, or by the content of the file at ``path``.

        With ``download_file`` the bytes come to the folder ``path``, or to the cache. Without,
        ``path`` becomes that of a copy that is on this machine already, if there is one.
        """
        syn = Synapse.get_client(synapse_client)
        if not self.id and not self.path:
            raise ValueError("The file must have an ID or path to get.")
        given = self.path
        if self.id:
            location = given
            if given and os.path.isfile(given):
                location = os.path.dirname(os.path.abspath(given))
            entity = await syn.get_async(
                self.id,
                version=self.version_number,
                downloadFile=self.download_file,
                downloadLocation=location,
                ifcollision=self.if_collision,
            )
        else:
            location = None
            entity = await syn.get_async(given, limitSearch=self.synapse_container_limit)
        found_by_path = not self.id
        self.path = None
        self._take_file(entity)
        if not self.download_file and not found_by_path:
            self.path = self._copy_at_hand(syn, location) or given
        if include_activity:
            self.activity = await Activity.from_parent_async(self, synapse_client=syn)
        self._set_last_persistent_instance()
        return self

    def _copy_at_hand(self, syn: Synapse, folder: str | None) -> str | None:
        if self.data_file_handle_id is None:
            return None
        return syn.cache.get(self.data_file_handle_id, folder and os.path.expanduser(folder))

    @classmethod
    async def from_id_async(cls, synapse_id: str, *, synapse_client: Synapse | None = None) -> File:
        """The file of an id."""
        return await cls(id=synapse_id).get_async(synapse_client=synapse_client)

    @classmethod
    async def from_path_async(cls, path: str, *, synapse_client: Synapse | None = None) -> File:
        """The file whose content is that of a local file."""
        return await cls(path=path).get_async(synapse_client=synapse_client)

    # -------------------------------------------------------------- change, copy, delete

    async def change_metadata_async(
        self,
        name: str | None = None,
        download_as: str | None = None,
        content_type: str | None = None,
        *,
        synapse_client: Synapse | None = None,
    ) -> File:
        """Rename it, or what it is saved as, or change its content type, without new bytes."""
        syn = Synapse.get_client(synapse_client)
        entity = await syn.get_async(self._require_id(), downloadFile=False)
        if download_as is not None or content_type is not None:
            request = copy_request(
                entity["dataFileHandleId"],
                entity["id"],
                name=download_as,
                content_type=content_type,
            )
            (result,) = await copy_handles(syn, [request])
            entity.properties["dataFileHandleId"] = copied_id(result)
        if name is not None:
            entity.name = name
        entity.path = None
        stored = await syn.store_async(entity, forceVersion=False)
        self._take_file(await syn.get_async(stored["id"], downloadFile=False))
        self._set_last_persistent_instance()
        return self

    async def copy_async(
        self,
        parent_id: str,
        update_existing: bool = False,
        copy_annotations: bool = True,
        copy_activity: str | None = "traceback",
        *,
        synapse_client: Synapse | None = None,
    ) -> File:
        """A copy elsewhere, without sending bytes again.

        Args:
            parent_id: Where to.
            update_existing: Make a new version of a file of that name there, unless it is the
                same already.
            copy_annotations: With the annotations.
            copy_activity: ``traceback`` records that it was copied from here, ``existing``
                copies the activity, None records nothing.
            synapse_client: The session.
        """
        from synapseclient.sync.copy import copy_to  # late: most files are not copied

        syn = Synapse.get_client(synapse_client)
        new = await copy_to(
            syn,
            self._require_id(),
            parent_id,
            version=self.version_number,
            annotations=copy_annotations,
            provenance=copy_activity,
            update_existing=update_existing,
        )
        return await _without_bytes(new, syn)

    async def delete_async(
        self, version_only: bool | None = False, *, synapse_client: Synapse | None = None
    ) -> None:
        """Move it to the trash can, or delete one version only."""
        syn = Synapse.get_client(synapse_client)
        if version_only and self.version_number is None:
            raise ValueError("The file must have a version_number to delete a version.")
        version = self.version_number if version_only else None
        await syn.delete_async(self._require_id(), version)

    store = blocking(store_async)
    get = blocking(get_async)
    change_metadata = blocking(change_metadata_async)
    copy = blocking(copy_async)
    delete = blocking(delete_async)
    from_id = blocking_classmethod(from_id_async)
    from_path = blocking_classmethod(from_path_async)


def _raw(handle: FileHandle) -> dict[str, Any]:
    """A file handle as the server sends it, as far as its content goes."""
    raw = {
        "id": handle.id,
        "contentMd5": handle.content_md5,
        "contentSize": handle.content_size,
        "externalURL": handle.external_url,
    }
    return {name: value for name, value in raw.items() if value is not None}


async def _without_bytes(id: str, syn: Synapse) -> File:
    """A file that was got without its bytes; the next ``get`` brings them."""
    file = await File(id=id, download_file=False).get_async(synapse_client=syn)
    file.download_file = True
    return file


@late
class ListedFile(File):
    """A file of a listing, which takes little room until it is looked at: then it becomes a ``File``
    with all that the listing says of it."""

    _known = frozenset(["path"])

    @classmethod
    def of(cls, packed: bytes, path: str | None) -> File:
        """The file that ``core.packed`` has so, and that is here on this machine."""
        path = None if path is None or is_url(path) else path
        return later(cls, (packed, path), path=path)

    def _made(self, listed_as: tuple[bytes, str | None]) -> Mapping[str, Any]:
        import msgspec  # late: most programs list nothing

        from synapseclient.core.packed import unpack
        from synapseclient.sync import listed

        packed, path = listed_as
        made = File()._take_file(listed.ListedFile.of(packed, path))
        activity = unpack(packed).activity
        if activity is not None:
            made.activity = Activity().fill_from_dict(msgspec.to_builtins(activity))
        last = later(ListedFile, listed_as, path=path, _last_persistent_instance=None)
        made._last_persistent_instance = last
        return vars(made)
