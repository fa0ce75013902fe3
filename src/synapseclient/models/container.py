"""What projects and folders share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseNotFoundError
from synapseclient.models.trees import LISTS, TreeModel
from synapseclient.models.trees import FailureStrategy as FailureStrategy

if TYPE_CHECKING:
    from synapseclient.models.file import File
    from synapseclient.models.folder import Folder
    from synapseclient.models.tabular import TabularModel

C = TypeVar("C", bound="ContainerModel")

_AT_ONCE = 8


class ContainerModel(TreeModel):
    """A project or a folder. What is in its lists is stored with it: ``files``, ``folders``,
    ``tables``, ``entityviews``, ``datasets`` …"""

    if TYPE_CHECKING:
        parent_id: str | None
        create_or_update: bool
        searchindexes: list[Any]

    async def _get(self: C, syn: Synapse) -> C:
        id = await self._find(syn)
        if id is None:
            place = f" in {self.parent_id}" if self.parent_id else ""
            raise SynapseNotFoundError(
                f"There is no {type(self).__name__} named {self.name!r}{place}."
            )
        self._fill(await syn.get_async(id, downloadFile=False))
        self._set_last_persistent_instance()
        return self

    async def _find(self, syn: Synapse) -> str | None:
        if self.id:
            return self.id
        if not self.name:
            raise ValueError(f"The {type(self).__name__} needs an id or a name.")
        return await syn.find_entity_id_async(self.name, self._parent_to_look_in())

    def _parent_to_look_in(self) -> str | None:
        if not self.parent_id:
            raise ValueError(f"The {type(self).__name__} needs an id, or a name and a parent.")
        return self.parent_id

    async def _store(self: C, syn: Synapse, failure_strategy: FailureStrategy) -> C:
        if self.searchindexes:
            raise NotImplementedError("searchindexes cannot be stored yet: a later release does.")
        for name, kind in LISTS.values():
            for each in getattr(self, name):
                if kind not in {one.__name__ for one in type(each).__mro__}:
                    raise ValueError(f"{name} has {each!r}, which is no {kind}.")
        if self.has_changed:
            await self._store_itself(syn)
            await self._lock_if_asked(syn)
        await self._store_content(syn, failure_strategy)
        self._set_last_persistent_instance()
        return self

    async def _store_itself(self, syn: Synapse) -> None:
        id = await self._find(syn)
        if id is not None and not self.create_or_update and not self.id:
            raise ValueError(f"There is a {type(self).__name__} named {self.name!r} already.")
        existing = None if id is None else await syn.get_async(id, downloadFile=False)
        entity = self._kind(
            properties=self._merged(existing), annotations=self._merged_annotations(existing)
        )
        self._fill(await syn.store_async(entity, createOrUpdate=self.create_or_update))

    async def _store_content(self, syn: Synapse, failure_strategy: FailureStrategy) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def file(each: File) -> None:
            async with gate:
                await each.store_async(parent=self, synapse_client=syn)  # type: ignore[arg-type]

        async def tabular(each: TabularModel) -> None:
            each.parent_id = each.parent_id or self.id
            if not each._is_stored():
                async with gate:
                    await each.store_async(synapse_client=syn)

        def folder(each: Folder) -> Coroutine[Any, Any, Folder]:
            return each.store_async(self, failure_strategy, synapse_client=syn)  # type: ignore[arg-type]

        async def guarded(
            each: File | Folder | TabularModel, work: Coroutine[Any, Any, Any]
        ) -> None:
            try:
                await work
            except Exception as error:
                if failure_strategy is FailureStrategy.RAISE_EXCEPTION:
                    raise
                what = each.name or getattr(each, "path", None)
                syn.logger.error("%s was not stored: %s", what, error)

        work = [guarded(each, file(each)) for each in self.files]
        work += [guarded(each, folder(each)) for each in self.folders]
        work += [
            guarded(each, tabular(each))
            for name, _ in LISTS.values()
            for each in getattr(self, name)
        ]
        await _all_or_none(work)

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Move it to the trash can, with all that is in it."""
        await Synapse.get_client(synapse_client).delete_async(self._require_id())

    delete = blocking(delete_async)


async def _all_or_none(work: list[Coroutine[Any, Any, None]]) -> None:
    """Run all of it at once. After an error the rest is stopped before the error is raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
