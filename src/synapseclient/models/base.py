"""What the models of entities share: the session, access, whether something changed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.entity import Entity

if TYPE_CHECKING:
    from synapseclient.core.models.acl import AclListResult
    from synapseclient.core.permissions import Permissions
    from synapseclient.sharing import Shared

M = TypeVar("M", bound="EntityModel")
T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")

_SET_BY_SERVER = (
    "id",
    "etag",
    "createdOn",
    "createdBy",
    "modifiedOn",
    "modifiedBy",
    "versionNumber",
    "isLatestVersion",
)
_FROM_PROPERTIES = {
    "id": "id",
    "name": "name",
    "description": "description",
    "etag": "etag",
    "parent_id": "parentId",
    "created_on": "createdOn",
    "created_by": "createdBy",
    "modified_on": "modifiedOn",
    "modified_by": "modifiedBy",
    "alias": "alias",
    "version_number": "versionNumber",
    "version_label": "versionLabel",
    "version_comment": "versionComment",
    "is_latest_version": "isLatestVersion",
    "data_file_handle_id": "dataFileHandleId",
    "links_to_class_name": "linksToClassName",
}


def blocking_classmethod(
    method: Callable[Concatenate[type[T], P], Coroutine[Any, Any, R]],
) -> classmethod[T, P, R]:
    """The blocking twin of an async class method, named below it in the class."""
    function = method.__func__  # type: ignore[attr-defined]  # mypy sees through the classmethod
    return classmethod(blocking(function))


class EntityModel:
    """Base of the dataclasses. ``id`` is needed for all verbs but ``store``."""

    if TYPE_CHECKING:
        id: str | None
        name: str | None
        etag: str | None
        annotations: dict[str, Any] | None
        _last_persistent_instance: Any

    _kind: ClassVar[type[Entity]]

    @property
    def has_changed(self) -> bool:
        """Whether it differs from what was last got or stored."""
        last = self._last_persistent_instance
        return last is None or last != self or last.annotations != self.annotations

    def _set_last_persistent_instance(self) -> None:
        self._last_persistent_instance = None
        self._last_persistent_instance = copy.deepcopy(self)

    def _require_id(self) -> str:
        if not self.id:
            raise ValueError(f"The {type(self).__name__} needs an id for this.")
        return self.id

    def _changes(self) -> dict[str, Any]:
        """What the server calls the fields that were changed, or set before anything was got.

        A field that was emptied since is None here, so that it is cleared on the server, too.
        """
        last = self._last_persistent_instance
        names = {each.name for each in fields(self)}  # type: ignore[arg-type]
        found = {}
        for name, wire in _FROM_PROPERTIES.items():
            if name in names and wire not in _SET_BY_SERVER:
                value = getattr(self, name)
                if value != (None if last is None else getattr(last, name)):
                    found[wire] = value
        known = {} if last is None else last._own_properties()
        for wire, value in self._own_properties().items():
            if value != known.get(wire) and (
                value or last is not None
            ):  # what is open stays as it is
                found[wire] = value
        return found

    def _own_properties(self) -> dict[str, Any]:
        """The properties that only this kind has, as the server spells them, each in one form
        that can be compared."""
        return {}

    def _merged(self, existing: Entity | None, *more: str) -> dict[str, Any]:
        """The properties to store: those on the server with the changes.

        Where somebody else changed the same since it was got, the etag is that of then, and the
        server refuses (412): nobody's change is lost. ``more`` are properties that will change.
        """
        changes = self._changes()
        if existing is None:
            return changes
        kept = {key: value for key, value in existing.properties.items() if key != "versionLabel"}
        is_stale = self._conflicts(existing, {*changes, *more})
        return {**kept, **changes, "etag": self.etag if is_stale else existing["etag"]}

    def _conflicts(self, existing: Entity, changed: set[str]) -> bool:
        last = self._last_persistent_instance
        if last is None:
            return False
        found = existing.properties
        for name, wire in _FROM_PROPERTIES.items():
            if wire in changed and found.get(wire) != getattr(last, name):
                return True
        known = last.annotations or {}
        return known != (self.annotations or {}) and known != dict(existing.annotations)

    def _merged_annotations(self, existing: Entity | None, merge: bool = True) -> dict[str, Any]:
        """The annotations to store: those of the server are kept unless they were removed here."""
        given = self.annotations or {}
        last = self._last_persistent_instance
        known = (last.annotations if last is not None else None) or {}
        if existing is not None and last is not None and given == known:
            return dict(existing.annotations)
        if existing is None or not merge:
            return dict(given)
        kept = {key: value for key, value in existing.annotations.items() if key not in known}
        return {**kept, **given}

    def _said(self) -> dict[str, Any]:
        """What the fields say that most kinds have, as the server spells it."""
        names = {each.name for each in fields(self)}  # type: ignore[arg-type]
        return {
            wire: getattr(self, name) for name, wire in _FROM_PROPERTIES.items() if name in names
        }

    def _take(self, properties: Mapping[str, Any]) -> None:
        """Set the fields from what the server says."""
        names = {each.name for each in fields(self)}  # type: ignore[arg-type]
        for name, wire in _FROM_PROPERTIES.items():
            if name in names:
                setattr(self, name, properties.get(wire))

    def _fill(self: M, entity: Mapping[str, Any] | Entity, set_annotations: bool = True) -> M:
        """Set the fields from an entity as the server sends it."""
        self._take(entity)
        if set_annotations and isinstance(entity, Entity):
            self.annotations = dict(entity.annotations)
        return self

    async def _lock_if_asked(self, syn: Synapse) -> None:
        """Lock the data until its conditions of use are set, when ``is_restricted`` is new."""
        asked_before = getattr(self._last_persistent_instance, "is_restricted", False)
        if asked_before or not getattr(self, "is_restricted", False):
            return
        await syn.lock_async(self._require_id())

    # -------------------------------------------------------------- access

    async def get_permissions_async(self, *, synapse_client: Synapse | None = None) -> Permissions:
        """What you may do with it."""
        return await Synapse.get_client(synapse_client).get_permissions_async(self._require_id())

    async def get_acl_async(
        self,
        principal_id: int | None = None,
        check_benefactor: bool = True,
        *,
        synapse_client: Synapse | None = None,
    ) -> list[str]:
        """What a user, team or group may do with it."""
        syn = Synapse.get_client(synapse_client)
        return await syn.get_acl_async(self._require_id(), principal_id, check_benefactor)

    async def set_permissions_async(
        self,
        principal_id: int | None = None,
        access_type: list[str] | None = None,
        modify_benefactor: bool = False,
        warn_if_inherits: bool = True,
        overwrite: bool = True,
        *,
        synapse_client: Synapse | None = None,
    ) -> dict[str, Any]:
        """Let a user, team or group do certain things, READ and DOWNLOAD unless said."""
        return await Synapse.get_client(synapse_client).set_permissions_async(
            self._require_id(),
            principal_id,
            ["READ", "DOWNLOAD"] if access_type is None else access_type,
            modify_benefactor,
            warn_if_inherits,
            overwrite,
        )

    async def delete_permissions_async(
        self,
        include_self: bool = True,
        include_container_content: bool = False,
        recursive: bool = False,
        target_entity_types: list[str] | None = None,
        dry_run: bool = False,
        show_acl_details: bool = True,
        show_files_in_containers: bool = True,
        *,
        synapse_client: Synapse | None = None,
    ) -> None:
        """Let it, and what lies below it if asked, inherit its permissions again.

        Args:
            include_self: It itself; a project cannot inherit and stays as it is.
            include_container_content: What lies directly in it.
            recursive: All folders below it, too; needs ``include_container_content``.
            target_entity_types: Only these, such as ``["folder", "file"]``, which are the default.
            dry_run: Only say what would be done.
            show_acl_details: Say then what the sharing settings are.
            show_files_in_containers: Show then files whose settings do not change.
            synapse_client: The session.
        """
        from synapseclient import sharing

        syn = Synapse.get_client(synapse_client)
        if include_self and self._kind.__name__ == "Project":
            syn.logger.warning(
                "The ACL of a project cannot be deleted: change or remove what each user or team"
                " may do instead. Going on without it."
            )
            include_self = False
        tree = await self._tree(syn, include_container_content, recursive, target_entity_types)
        going = [each for each in tree if each.acl is not None]
        going = going if include_self else [each for each in going if each.id != self.id]
        if not dry_run:
            await sharing.stop_sharing_apart(syn, going)
            return
        names = await sharing.names_of(syn, (id for each in going for id in each.acl or ()))
        drawn = sharing.draw(
            tree,
            names,
            going=[each.id for each in going],
            details=show_acl_details,
            files=show_files_in_containers,
        )
        count = f"{len(going)} of {len(tree)}"
        syn.logger.info("%s\n%s would inherit again. Nothing was changed.", drawn, count)

    async def list_acl_async(
        self,
        recursive: bool = False,
        include_container_content: bool = False,
        target_entity_types: list[str] | None = None,
        log_tree: bool = False,
        *,
        synapse_client: Synapse | None = None,
    ) -> AclListResult:
        """The ACLs that it, and what lies below it if asked, have of their own.

        These say what was shared there, not what somebody may do: that also comes from above,
        and by teams.

        Args:
            recursive: All folders below it, too; needs ``include_container_content``.
            include_container_content: What lies directly in it.
            target_entity_types: Only these, such as ``["folder", "file"]``, which are the default.
            log_tree: Print them as a tree, and return that, too.
            synapse_client: The session.
        """
        from synapseclient import sharing
        from synapseclient.core.models.acl import AclListResult

        syn = Synapse.get_client(synapse_client)
        tree = await self._tree(syn, include_container_content, recursive, target_entity_types)
        every = {each.id: each.acl for each in tree if each.acl is not None}
        result = AclListResult.from_dict(every.get(self._require_id()), every)
        if log_tree:
            names = await sharing.names_of(syn, (id for acl in every.values() for id in acl))
            result.ascii_tree = sharing.draw(tree, names)
            syn.logger.info(result.ascii_tree)
        return result

    async def _tree(
        self, syn: Synapse, content: bool, recursive: bool, kinds: list[str] | None
    ) -> list[Shared]:
        from synapseclient import sharing

        if recursive and not content:
            raise ValueError("When recursive=True, include_container_content must be True, too.")
        chosen = sharing.checked_kinds(kinds)
        return await sharing.look(
            syn, self._require_id(), content=content, recursive=recursive, kinds=chosen
        )

    get_permissions = blocking(get_permissions_async)
    get_acl = blocking(get_acl_async)
    set_permissions = blocking(set_permissions_async)
    delete_permissions = blocking(delete_permissions_async)
    list_acl = blocking(list_acl_async)
