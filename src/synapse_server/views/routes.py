"""Routes of views. Queries and changes of views are those of tables."""

from __future__ import annotations

from synapse_server.kernel.database import Tx
from synapse_server.kernel.jobs import Jobs
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.tables import columns
from synapse_server.views import definition, shape
from synapse_wire import views as wire
from synapse_wire.errors import BadRequest
from synapse_wire.jobs import AsyncJobId
from synapse_wire.tables import ColumnModels

routes = Routes()


async def _defaults(tx: Tx, kind: wire.ViewEntityType, mask: int | None) -> ColumnModels:
    if kind == "entityview":
        mask = definition.check_mask(mask, None)
    models = shape.defaults(kind, projects_only=mask == definition.PROJECT)
    return ColumnModels(list_=[await columns.create(tx, each) for each in models])


# These write, because the columns are stored like any other: clients use their ids at once.
@routes.serve(wire.get_default_columns, Work.WRITE)
async def get_default_columns(
    call: Call,
    view_entity_type: wire.ViewEntityType | None = None,
    view_type_mask: int | None = None,
) -> ColumnModels:
    return await _defaults(call.tx, view_entity_type or "entityview", view_type_mask)


@routes.serve(wire.get_default_columns_of_type, Work.WRITE)
async def get_default_columns_of_type(call: Call, viewtype: wire.ViewType) -> ColumnModels:
    return await _defaults(call.tx, "entityview", definition.check_mask(None, viewtype))


@routes.serve(wire.start_suggestion)
async def start_suggestion(call: Call, body: wire.ViewColumnModelRequest) -> AsyncJobId:
    if body.view_scope is None:
        raise BadRequest("The request has no viewScope.")
    return AsyncJobId(token=str(await call.need(Jobs).start(call.tx, call.caller, body)))


@routes.serve(wire.get_suggestion)
async def get_suggestion(call: Call, async_token: str) -> wire.ViewColumnModelResponse:
    return await call.need(Jobs).outcome(
        call.tx, call.caller, async_token, wire.ViewColumnModelResponse
    )
