"""What tables and all kinds of views share: columns, and how they are got and stored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from synapse_wire import tables as wire
from synapseclient.client import Synapse
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseNotFoundError
from synapseclient.models.activity import Activity
from synapseclient.models.base import EntityModel
from synapseclient.models.columns import Column
from synapseclient.models.queries import QueryMixin
from synapseclient.tables import work

if TYPE_CHECKING:
    from synapseclient.entity import Entity


class TabularVerbs(EntityModel, QueryMixin):
    """What can be done with anything that has columns."""

    if TYPE_CHECKING:
        parent_id: str | None
        activity: Activity | None
        version_number: int | None
        is_search_enabled: bool | None
        columns: Any
        _columns_to_delete: dict[str, Column]

    _owns_columns: ClassVar[bool] = True
    """Whether its columns are its own; else they follow from its SQL."""

    def __post_init__(self) -> None:
        self.columns = by_name(self.columns)

    @property
    def has_changed(self) -> bool:
        """Whether it differs from what was last got or stored, its columns apart."""
        last = self._last_persistent_instance
        return super().has_changed or last._own_properties() != self._own_properties()

    @property
    def has_columns_changed(self) -> bool:
        """Whether its columns differ from those that were last got or stored."""
        last = self._last_persistent_instance
        return last is None or last.columns != self.columns

    def fill_from_dict(self, entity: Mapping[str, Any], set_annotations: bool = True) -> Self:
        """Set the fields from what the server sends."""
        self._fill(entity, set_annotations)
        self.is_search_enabled = bool(entity.get("isSearchEnabled"))
        return self

    def to_synapse_request(self) -> dict[str, Any]:
        """What is sent to store it, the ids of its columns as of when it was last got."""
        entity: dict[str, Any] = {"concreteType": self._kind._synapse_entity_type}
        entity |= self._said() | self._own_properties()
        if self._owns_columns:
            last = self._last_persistent_instance
            known = {} if last is None else last.columns
            entity["columnIds"] = [each.id for each in known.values()]
        entity["isSearchEnabled"] = self.is_search_enabled
        return {"entity": {name: value for name, value in entity.items() if value is not None}}

    def _conflicts(self, existing: Entity, changed: set[str]) -> bool:
        if super()._conflicts(existing, changed):
            return True
        last = self._last_persistent_instance
        known = {} if last is None else last._own_properties()
        now = type(self)().fill_from_dict(existing.properties, False)._own_properties()
        return any(now[name] != known[name] for name in changed & set(known))

    # -------------------------------------------------------------- columns

    def _column(self, name: str) -> Column:
        if name not in self.columns:
            raise ValueError(
                f"There is no column {name!r}; get the table first. There are:"
                f" {', '.join(self.columns) or 'none'}."
            )
        found: Column = self.columns[name]
        return found

    async def _columns(self, syn: Synapse, version: int | None = None) -> list[Column]:
        id = self._require_id()
        path = id if version is None else f"{id}.{version}"
        found = await syn.call_json(wire.get_table_columns, path)
        return [Column().fill_from_dict(each) for each in found["results"]]

    async def _known_columns(self, syn: Synapse) -> dict[str, Column]:
        """The columns that it has on the server, by name."""
        await self._find_id(syn)
        return {str(each.name): each for each in await self._columns(syn)}

    # -------------------------------------------------------------- get

    async def _look_up(self, syn: Synapse) -> str | None:
        """The id, found by name and parent if need be; None if there is no such thing yet."""
        if self.id is None:
            if not (self.name and self.parent_id):
                raise ValueError(
                    f"The {type(self).__name__} needs an id, or a name and a parent_id."
                )
            self.id = await syn.find_entity_id_async(self.name, self.parent_id)
        return self.id

    async def _find_id(self, syn: Synapse) -> str:
        found = await self._look_up(syn)
        if found is None:
            raise SynapseNotFoundError(
                f"There is no {type(self).__name__} {self.name!r} in {self.parent_id}."
            )
        return found

    async def get_async(
        self,
        include_columns: bool = True,
        include_activity: bool = False,
        *,
        synapse_client: Synapse | None = None,
    ) -> Self:
        """Get it by its id, or its name and parent; a version of it by ``version_number``.

        Args:
            include_columns: With its columns.
            include_activity: With what generated it.
            synapse_client: The session.
        """
        syn = Synapse.get_client(synapse_client)
        id = await self._find_id(syn)
        version = self.version_number
        self.fill_from_dict(await syn.get_async(id, version=version, downloadFile=False))
        if include_columns:
            self.columns = by_name(await self._columns(syn, version))
            self._columns_to_delete = {}
        if include_activity:
            self.activity = await Activity.from_parent_async(id, version, synapse_client=syn)
        self._set_last_persistent_instance()
        return self

    # -------------------------------------------------------------- store

    async def store_async(
        self,
        dry_run: bool = False,
        *,
        job_timeout: int = int(work.TIMEOUT),
        synapse_client: Synapse | None = None,
    ) -> Self:
        """Create or change it: its name and annotations, and its columns.

        One of that name in that parent is changed; its columns that are not named here stay.

        Args:
            dry_run: Only say what would be done.
            job_timeout: Seconds to wait for changes of columns.
            synapse_client: The session.
        """
        syn = Synapse.get_client(synapse_client)
        self.columns = by_name(self.columns)  # a list may have been put there
        self._own_properties()  # what is wrong with them is said before anything is done
        existing = None
        before: list[Column] = []
        if await self._look_up(syn) is not None:
            existing = await syn.get_async(self.id, downloadFile=False)
            self._check_kind(existing)
            before = await self._columns(syn)
            if self._last_persistent_instance is None:
                self._join(existing)
        else:
            await self._complete(syn)
        wanted = self._wanted(before) if self._owns_columns else []
        if dry_run:
            self._tell(syn, existing, before, wanted)
            return self
        changed = [each for each in wanted if _differs(each, before)]
        new_ids = await create(syn, changed)
        ids = [
            str(new_ids[place]) if (place := _place(changed, each)) is not None else str(each.id)
            for each in wanted
        ]
        await self._store_entity(syn, existing, ids)
        if existing is not None:
            changes = self._column_changes(before, wanted, ids) if self._owns_columns else []
            changes += self._more_changes(existing)
            if changes:
                await work.transact(syn, self._require_id(), changes, seconds=job_timeout)
        if self.activity is not None and self._activity_changed(self.activity):
            self.activity = await self.activity.store_async(self._require_id(), synapse_client=syn)
        self.version_number = None
        return await self.get_async(synapse_client=syn)

    def _is_stored(self) -> bool:
        """Whether the server has all of it like this."""
        activity = self.activity
        return not (
            self.has_changed
            or self.has_columns_changed
            or (activity is not None and self._activity_changed(activity))
        )

    def _activity_changed(self, activity: Activity) -> bool:
        last = self._last_persistent_instance
        is_new = last is None or last.activity != activity
        return is_new or activity.id is None or activity.has_changed

    def _check_kind(self, existing: Entity) -> None:
        if not isinstance(existing, self._kind):
            raise ValueError(
                f"{self.id} is a {type(existing).__name__}, and cannot be stored as a"
                f" {type(self).__name__}."
            )

    async def _complete(self, syn: Synapse) -> None:
        """Add what a new one has unless said."""

    def _join(self, existing: Entity) -> None:
        """Add what one that is stored already has, and that is not taken away by this."""

    def _more_changes(self, existing: Entity) -> list[wire.TableUpdateRequest]:
        """What is changed by a transaction, besides columns."""
        return []

    def _wanted(self, before: Sequence[Column]) -> list[Column]:
        """The columns that it is to have, in order."""
        named = {each.name: each for each in before}
        gone = set(self._columns_to_delete)
        mine: list[Column] = list(self.columns.values())
        taken = {each.id for each in mine} | gone
        for each in mine:
            same = named.get(each.name)
            if each.id is None and same is not None and same.id not in taken:
                each.id = same.id
        mentioned = {each.id for each in mine} | gone
        return mine + [each for each in before if each.id not in mentioned]

    def _tell(
        self, syn: Synapse, existing: Any, before: Sequence[Column], wanted: Sequence[Column]
    ) -> None:
        what = f"{self.name} in {self.parent_id}" if existing is None else str(self.id)
        syn.logger.info("%s would be %s.", what, "made" if existing is None else "changed")
        known = {each.id for each in before}
        for each in wanted:
            if each.id not in known:
                syn.logger.info("The column %s would be added.", each.name)
            elif _differs(each, before):
                syn.logger.info("The column %s would be changed.", each.name)
        for each in self._columns_to_delete.values():
            syn.logger.info("The column %s would be removed.", each.name)

    async def _store_entity(self, syn: Synapse, existing: Any, ids: list[str]) -> None:
        properties = self._merged(existing)
        properties.pop("versionNumber", None)
        annotations = self._merged_annotations(existing)
        if existing is None:
            properties["isSearchEnabled"] = self.is_search_enabled
            if self._owns_columns:
                properties["columnIds"] = ids
        else:
            old = existing.properties
            same = all(properties[key] == old.get(key) for key in properties if key != "etag")
            if same and annotations == dict(existing.annotations):
                return
        entity = self._kind(properties=properties, annotations=annotations)
        self.fill_from_dict(await syn.store_async(entity, forceVersion=False))

    def _column_changes(
        self, before: Sequence[Column], wanted: Sequence[Column], ids: list[str]
    ) -> list[wire.TableUpdateRequest]:
        known = {each.id for each in before}
        changes = []
        for each, new in zip(wanted, ids, strict=True):
            old = each.id if each.id in known else None
            if old != new:
                changes.append(wire.ColumnChange(old_column_id=old, new_column_id=new))
        changes += [
            wire.ColumnChange(old_column_id=id) for id in self._columns_to_delete if id in known
        ]
        if not changes and ids == [each.id for each in before]:
            return []
        request = wire.TableSchemaChangeRequest(
            entity_id=self.id, changes=changes, ordered_column_ids=ids
        )
        return [request]

    async def delete_async(self, *, synapse_client: Synapse | None = None) -> None:
        """Move it to the trash can, with all its rows."""
        syn = Synapse.get_client(synapse_client)
        await syn.delete_async(await self._find_id(syn))

    get = blocking(get_async)
    store = blocking(store_async)
    delete = blocking(delete_async)


@dataclass
class TabularModel(TabularVerbs):
    """Anything with columns that SQL can be asked of. ``columns`` can be given as a list; later
    they are by name, in their order."""

    id: str | None = None
    name: str | None = None
    parent_id: str | None = None
    activity: Activity | None = field(default=None, compare=False)
    version_number: int | None = field(default=None, compare=False)
    _last_persistent_instance: Any = field(default=None, repr=False, compare=False)
    _columns_to_delete: dict[str, Column] = field(default_factory=dict, repr=False, compare=False)


class ColumnVerbs:
    """Verbs of columns, of tables and views that have columns of their own."""

    if TYPE_CHECKING:
        columns: Any
        _columns_to_delete: dict[str, Column]

        def _column(self, name: str) -> Column: ...

    def add_column(self, column: Column | list[Column], index: int | None = None) -> None:
        """Add a column, or several, at the end or at a place; ``store`` makes it so.

        Raises:
            ValueError: There is one of that name.
        """
        for place, each in enumerate(column if isinstance(column, list) else [column]):
            if each.name in self.columns:
                raise ValueError(f"There is a column {each.name!r} already.")
            self.columns[each.name] = each
            if index is not None:
                self.reorder_column(str(each.name), index + place)

    def delete_column(self, name: str) -> None:
        """Remove a column with all its values, once the table is stored.

        Raises:
            ValueError: There is none of that name.
        """
        column = self._column(name)
        if column.id is not None:
            self._columns_to_delete[column.id] = column
        del self.columns[name]

    def reorder_column(self, name: str, index: int) -> None:
        """Put a column at another place, counted from 0."""
        column = self._column(name)
        others = [(key, each) for key, each in self.columns.items() if key != name]
        others.insert(index, (name, column))
        self.columns = OrderedDict(others)


# ------------------------------------------------------------------ pure


def by_name(columns: Any) -> OrderedDict[str, Column]:
    """Columns by their names.

    Raises:
        ValueError: One has no name, or two have the same.
    """
    if isinstance(columns, Mapping):
        for key, each in columns.items():
            if isinstance(each, Column) and not each.name:
                each.name = key
    listed = list(columns.values()) if isinstance(columns, Mapping) else list(columns or [])
    found: OrderedDict[str, Column] = OrderedDict()
    for each in listed:
        if not isinstance(each, Column):
            raise ValueError(f"columns has {each!r}, which is no Column.")
        if not each.name:
            raise ValueError("A column needs a name.")
        if each.name in found:
            raise ValueError(f"Two columns have the name {each.name!r}.")
        found[each.name] = each
    return found


def _place(columns: Sequence[Column], column: Column) -> int | None:
    return next((place for place, each in enumerate(columns) if each is column), None)


def _differs(column: Column, before: Sequence[Column]) -> bool:
    """Whether it is new, or says something else than the stored one; what it leaves open stays."""
    old = next((each for each in before if each.id == column.id), None)
    if old is None:
        return column.id is None or column.has_changed
    if column._last_persistent_instance is not None:
        return column != old
    said = column.to_synapse_request()
    stored = old.to_synapse_request()
    return any(stored.get(key) != value for key, value in said.items())


async def create(syn: Synapse, columns: Sequence[Column]) -> list[str]:
    """Store definitions of columns; their ids."""
    raw = [{**each.to_synapse_request(), "id": None} for each in columns]
    made = await syn.create_columns_async(
        [{key: value for key, value in each.items() if value is not None} for each in raw]
    )
    return [str(each["id"]) for each in made]
