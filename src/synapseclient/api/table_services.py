"""Columns and snapshots of tables and views."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

import msgspec

from synapse_wire import tables as wire
from synapseclient.api.entity_services import Json, _call
from synapseclient.client import Synapse
from synapseclient.core.blocking import iterate
from synapseclient.core.utils import id_of
from synapseclient.tables.kinds import ViewEntityType as ViewEntityType
from synapseclient.tables.kinds import ViewTypeMask as ViewTypeMask

if TYPE_CHECKING:
    from synapseclient.models import Column


async def create_table_snapshot(
    table_id: str,
    comment: str | None = None,
    label: str | None = None,
    activity_id: str | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> Json:
    """Keep a table as it is now, as a version; views are kept by a transaction.

    Args:
        table_id: The table.
        comment: What is to be remembered of it.
        label: What the version is called.
        activity_id: The id of what made it.
        synapse_client: The session.

    Returns:
        ``snapshotVersionNumber`` is the version.
    """
    body = wire.SnapshotRequest(
        snapshot_comment=comment,
        snapshot_label=label,
        snapshot_activity_id=None if activity_id is None else str(activity_id),
    )
    return await _call(synapse_client, wire.create_snapshot, id_of(table_id), body)


async def get_columns(table_id: str, *, synapse_client: Synapse | None = None) -> list[Column]:
    """The columns of a table or view, in their order."""
    from synapseclient.models import Column

    found = await _call(synapse_client, wire.get_table_columns, table_id)
    return [Column().fill_from_dict(each) for each in found["results"]]


async def get_column(column_id: str, *, synapse_client: Synapse | None = None) -> Json:
    """A column as the server sends it."""
    return await _call(synapse_client, wire.get_column, column_id)


async def list_columns(
    prefix: str | None = None,
    limit: int = 100,
    offset: int = 0,
    *,
    synapse_client: Synapse | None = None,
) -> AsyncGenerator[Column, None]:
    """All columns whose names begin so, whatever the table; ``limit`` of them a request."""
    from synapseclient.models import Column

    async for each in Column.list_async(prefix, limit, offset, synapse_client=synapse_client):
        yield each


def list_columns_sync(
    prefix: str | None = None,
    limit: int = 100,
    offset: int = 0,
    *,
    synapse_client: Synapse | None = None,
) -> Iterator[Column]:
    """``list_columns``, for a plain ``for``."""
    return iterate(list_columns(prefix, limit, offset, synapse_client=synapse_client))


async def post_columns(
    columns: list[Column], *, synapse_client: Synapse | None = None
) -> list[Column]:
    """Store definitions of columns, which get their ids; equal ones have the same."""
    models = [msgspec.convert(each.to_synapse_request(), wire.ColumnModel) for each in columns]
    body = wire.ColumnModels(list_=models)
    found = await _call(synapse_client, wire.create_columns, body)
    for column, stored in zip(columns, found["list"], strict=True):
        column.fill_from_dict(stored)
    return columns


async def get_default_columns(
    view_entity_type: ViewEntityType | None = None,
    view_type_mask: int | None = None,
    *,
    synapse_client: Synapse | None = None,
) -> list[Column]:
    """The columns that a view has unless it says otherwise.

    Args:
        view_entity_type: The kind of the view.
        view_type_mask: What it shows.
        synapse_client: The session.
    """
    from synapseclient.models import Column

    syn = Synapse.get_client(synapse_client)
    found = await syn.default_view_columns_async(view_entity_type, view_type_mask)
    return [Column().fill_from_dict(each) for each in found]
