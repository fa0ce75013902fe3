"""What projects and folders share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.models.base import EntityModel

if TYPE_CHECKING:
    from synapseclient.models.file import File
    from synapseclient.models.folder import Folder

C = TypeVar("C", bound="ContainerModel")

_AT_ONCE = 8


class ContainerModel(EntityModel):
    """A project or a folder: ``files`` and ``folders`` are stored with it."""

    if TYPE_CHECKING:
        parent_id: str | None
        create_or_update: bool
        files: list[File]
        folders: list[Folder]

    async def get_async(self: C, parent: Any = None, *, synapse_client: Synapse | None = None) -> C:
        """Get it by its id, or by its name and parent; what is in it is not got."""
        syn = Synapse.get_client(synapse_client)
        id = await self._find(syn, parent)
        if id is None:
            raise ValueError(f"There is no {type(self).__name__} named {self.name!r}.")
        self.fill_from_dict(await syn.get_async(id, downloadFile=False))
        self._set_last_persistent_instance()
        return self

    async def _find(self, syn: Synapse, parent: Any) -> str | None:
        if parent is not None:
            self.parent_id = parent.id
        if self.id:
            return self.id
        if not self.name:
            raise ValueError(f"The {type(self).__name__} needs an id or a name.")
        return await syn.find_entity_id_async(self.name, self._parent_to_look_in())

    def _parent_to_look_in(self) -> str | None:
        if not self.parent_id:
            raise ValueError(f"The {type(self).__name__} needs an id, or a name and a parent.")
        return self.parent_id

    async def store_async(
        self: C, parent: Any = None, *, synapse_client: Synapse | None = None, **_: Any
    ) -> C:
        """Create or change it, with the files and folders that are in its lists."""
        syn = Synapse.get_client(synapse_client)
        id = await self._find(syn, parent)
        if id is not None and not self.create_or_update and not self.id:
            raise ValueError(f"There is a {type(self).__name__} named {self.name!r} already.")
        existing = None if id is None else await syn.get_async(id, downloadFile=False)
        given = self._properties()
        annotations = dict(self.annotations or {})
        if existing is not None:
            given = {**existing.properties, **given, "etag": existing["etag"]}
            annotations = {**existing.annotations, **annotations}
        entity = self._kind(properties=given, annotations=annotations)
        self.fill_from_dict(await syn.store_async(entity, createOrUpdate=self.create_or_update))
        await self._store_content(syn)
        self._set_last_persistent_instance()
        return self

    async def _store_content(self, syn: Synapse) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def file(each: File) -> None:
            async with gate:
                await each.store_async(parent=self, synapse_client=syn)  # type: ignore[arg-type]

        folders = [each.store_async(parent=self, synapse_client=syn) for each in self.folders]
        await asyncio.gather(*(file(each) for each in self.files), *folders)

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Move it to the trash can, with all that is in it."""
        await Synapse.get_client(synapse_client).delete_async(self._require_id())

    delete = blocking(delete_async)
    get = blocking(get_async)
    store = blocking(store_async)
