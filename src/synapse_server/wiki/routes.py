"""Routes of wikis: the same handlers for each kind of owner."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.blobs.base import blobs_of
from synapse_server.files import handles
from synapse_server.files import service as files
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.serving import Call, Routes, Work
from synapse_server.settings import Settings
from synapse_server.wiki import html, markdown, owners, reading, service
from synapse_server.wiki.owners import Owner
from synapse_server.wiki.service import parse_id
from synapse_wire import wiki as wire
from synapse_wire.base import Page, Redirection, Results
from synapse_wire.entities import FileHandleResults
from synapse_wire.errors import ApiError, NotFound

routes = Routes()


# ------------------------------------------------------------------ shared by the generations


async def _list_attachments(
    call: Call, owner: Owner, id: str, version: int | None
) -> FileHandleResults:
    row = await service.load(call.tx, call.caller, owner, parse_id(id), call.need(Policy), version)
    return await service.list_attachments(call.tx, row)


async def _send(call: Call, row: Row, redirect: bool) -> Redirection:
    seconds = call.need(Settings).download_url_seconds
    return Redirection(await files.url_of(blobs_of(call), row, seconds), redirect)


async def _attachment(
    call: Call, owner: Owner, id: str, name: str, version: int | None, redirect: bool
) -> Redirection:
    policy = call.need(Policy)

    async def look(tx: Tx) -> Row:
        page = await service.load(tx, call.caller, owner, parse_id(id), policy, version)
        return await service.attachment(tx, page, name)

    return await _send(call, await call.db.read(look), redirect)


async def _no_preview(
    call: Call, owner: Owner, id: str, name: str, version: int | None
) -> NoReturn:
    page = await service.load(call.tx, call.caller, owner, parse_id(id), call.need(Policy), version)
    await service.attachment(call.tx, page, name)
    raise NotFound(f"The attachment {name!r} has no preview.")  # no file has one yet


async def _html(call: Call, owner: Owner, id: int, version: int | None) -> Page:
    shown = await reading.page(
        call.db, blobs_of(call), call.caller, owner, id, call.need(Policy), version
    )
    return Page(html.document(shown.title, shown.body, shown.links))


# ------------------------------------------------------------------ the second generation


def serve(kind: str, wiki: wire.WikiEndpoints) -> None:
    """Serve the second generation for a kind of owner."""

    @routes.serve(wiki.create_page)
    async def create_page(call: Call, owner_id: str, body: wire.V2WikiPage) -> wire.V2WikiPage:
        owner = owners.parse(kind, owner_id)
        return await service.create(call.tx, call.caller, owner, body, call.need(Policy))

    @routes.serve(wiki.get_root_page)
    async def get_root_page(call: Call, owner_id: str) -> wire.V2WikiPage:
        owner = owners.parse(kind, owner_id)
        row = await service.load(call.tx, call.caller, owner, None, call.need(Policy))
        return await service.to_page(call.tx, row)

    @routes.serve(wiki.get_page)
    async def get_page(
        call: Call, owner_id: str, wiki_id: str, wiki_version: int | None = None
    ) -> wire.V2WikiPage:
        row = await service.load(
            call.tx,
            call.caller,
            owners.parse(kind, owner_id),
            parse_id(wiki_id),
            call.need(Policy),
            wiki_version,
        )
        return await service.to_page(call.tx, row)

    @routes.serve(wiki.update_page)
    async def update_page(
        call: Call, owner_id: str, wiki_id: str, body: wire.V2WikiPage
    ) -> wire.V2WikiPage:
        owner, id = owners.parse(kind, owner_id), parse_id(wiki_id)
        return await service.update(call.tx, call.caller, owner, id, body, call.need(Policy))

    @routes.serve(wiki.restore_page)
    async def restore_page(
        call: Call, owner_id: str, wiki_id: str, wiki_version: int
    ) -> wire.V2WikiPage:
        owner, id = owners.parse(kind, owner_id), parse_id(wiki_id)
        return await service.restore(
            call.tx, call.caller, owner, id, wiki_version, call.need(Policy)
        )

    @routes.serve(wiki.delete_page)
    async def delete_page(call: Call, owner_id: str, wiki_id: str) -> None:
        owner, id = owners.parse(kind, owner_id), parse_id(wiki_id)
        await service.delete(call.tx, call.caller, owner, id, call.need(Policy))

    @routes.serve(wiki.list_history)
    async def list_history(
        call: Call, owner_id: str, wiki_id: str, offset: int, limit: int
    ) -> Results[wire.V2WikiHistorySnapshot]:
        owner, id = owners.parse(kind, owner_id), parse_id(wiki_id)
        return await service.list_history(
            call.tx, call.caller, owner, id, offset, limit, call.need(Policy)
        )

    @routes.serve(wiki.list_headers)
    async def list_headers(
        call: Call, owner_id: str, offset: int = 0, limit: int = 10
    ) -> Results[wire.V2WikiHeader]:
        return await service.list_headers(
            call.tx,
            call.caller,
            owners.parse(kind, owner_id),
            offset,
            limit,
            call.need(Policy),
        )

    @routes.serve(wiki.list_attachments)
    async def list_attachments(
        call: Call, owner_id: str, wiki_id: str, wiki_version: int | None = None
    ) -> FileHandleResults:
        return await _list_attachments(call, owners.parse(kind, owner_id), wiki_id, wiki_version)

    @routes.serve(wiki.get_attachment_url, Work.OWN)
    async def get_attachment_url(
        call: Call,
        owner_id: str,
        wiki_id: str,
        file_name: str,
        redirect: bool = True,
        wiki_version: int | None = None,
    ) -> Redirection:
        owner = owners.parse(kind, owner_id)
        return await _attachment(call, owner, wiki_id, file_name, wiki_version, redirect)

    @routes.serve(wiki.get_attachment_preview_url)
    async def get_attachment_preview_url(
        call: Call,
        owner_id: str,
        wiki_id: str,
        file_name: str,
        redirect: bool = True,
        wiki_version: int | None = None,
    ) -> Redirection:
        owner = owners.parse(kind, owner_id)
        await _no_preview(call, owner, wiki_id, file_name, wiki_version)

    @routes.serve(wiki.get_markdown_url, Work.OWN)
    async def get_markdown_url(
        call: Call,
        owner_id: str,
        wiki_id: str,
        redirect: bool = True,
        wiki_version: int | None = None,
    ) -> Redirection:
        owner = owners.parse(kind, owner_id)
        policy = call.need(Policy)

        async def look(tx: Tx) -> Row:
            page = await service.load(
                tx, call.caller, owner, parse_id(wiki_id), policy, wiki_version
            )
            return await handles.find(tx, page["markdown_id"])

        return await _send(call, await call.db.read(look), redirect)

    @routes.serve(wiki.get_html, Work.OWN)
    async def get_html(
        call: Call, owner_id: str, wiki_id: str, wiki_version: int | None = None
    ) -> Page:
        return await _html(call, owners.parse(kind, owner_id), parse_id(wiki_id), wiki_version)

    @routes.serve(wiki.preview_draft, Work.OWN)
    async def preview_draft(call: Call, owner_id: str, body: wire.WikiDraft) -> Page:
        call.caller.require_sign_in()
        owner = owners.parse(kind, owner_id)
        page = None if body.wiki_page_id is None else parse_id(body.wiki_page_id)
        policy, text = call.need(Policy), body.markdown or ""
        shown = await reading.draft(call.db, call.caller, owner, page, text, policy)
        return Page(html.document(shown.title, shown.body, shown.links))


# ------------------------------------------------------------------ the first generation


async def _get_old(
    call: Call, owner: Owner, id: int | None, version: int | None = None
) -> wire.WikiPage:
    """A page with its text, which is read when the transaction is over."""
    policy = call.need(Policy)

    async def look(tx: Tx) -> tuple[wire.V2WikiPage, Row]:
        row = await service.load(tx, call.caller, owner, id, policy, version)
        return await service.to_page(tx, row), await handles.find(tx, row["markdown_id"])

    page, handle = await call.db.read(look)
    return service.to_old_page(page, await markdown.read(blobs_of(call), handle))


async def _store_old(
    call: Call,
    owner: Owner,
    bit: int,
    body: wire.WikiPage,
    store: Callable[[Tx, wire.V2WikiPage], Coroutine[Any, Any, wire.V2WikiPage]],
) -> wire.WikiPage:
    """Keep the text as a file of the caller's, then the page that has it."""
    policy = call.need(Policy)
    blobs = blobs_of(call)
    # Who may not write keeps no bytes here either.
    await call.db.read(lambda tx: owners.require(tx, call.caller, owner, bit, policy))
    text = body.markdown or ""
    handle = await markdown.write(blobs, call.caller, text)

    async def work(tx: Tx) -> wire.V2WikiPage:
        fields = {name: getattr(body, name) for name in wire.PageBase.__struct_fields__}
        number = await handles.add(tx, call.caller.id, handle, handle.key)
        return await store(tx, wire.V2WikiPage(**fields, markdown_file_handle_id=str(number)))

    try:
        return service.to_old_page(await call.db.write(work), text)
    except ApiError:
        await blobs.delete(handle.key or "")
        raise


def serve_old(kind: str, wiki: wire.OldWikiEndpoints) -> None:
    """Serve what all kinds of owners have of the first generation."""

    @routes.serve(wiki.create_page, Work.OWN)
    async def create_page(call: Call, owner_id: str, body: wire.WikiPage) -> wire.WikiPage:
        owner, policy = owners.parse(kind, owner_id), call.need(Policy)
        return await _store_old(
            call,
            owner,
            bits.CREATE,
            body,
            lambda tx, page: service.create(tx, call.caller, owner, page, policy),
        )

    @routes.serve(wiki.get_page, Work.OWN)
    async def get_page(
        call: Call, owner_id: str, wiki_id: str, wiki_version: int | None = None
    ) -> wire.WikiPage:
        return await _get_old(call, owners.parse(kind, owner_id), parse_id(wiki_id), wiki_version)

    @routes.serve(wiki.update_page, Work.OWN)
    async def update_page(
        call: Call, owner_id: str, wiki_id: str, body: wire.WikiPage
    ) -> wire.WikiPage:
        owner, policy = owners.parse(kind, owner_id), call.need(Policy)
        id = parse_id(wiki_id)
        return await _store_old(
            call,
            owner,
            bits.UPDATE,
            body,
            lambda tx, page: service.update(tx, call.caller, owner, id, page, policy),
        )

    @routes.serve(wiki.get_key)
    async def get_key(call: Call, owner_id: str) -> wire.WikiPageKey:
        owner = owners.parse(kind, owner_id)
        return await service.get_key(call.tx, call.caller, owner, call.need(Policy))


def serve_whole_old(kind: str, wiki: wire.WholeOldWikiEndpoints) -> None:
    """Serve the first generation whole."""
    serve_old(kind, wiki)

    @routes.serve(wiki.get_root_page, Work.OWN)
    async def get_root_page(call: Call, owner_id: str) -> wire.WikiPage:
        return await _get_old(call, owners.parse(kind, owner_id), None)

    @routes.serve(wiki.delete_page)
    async def delete_page(call: Call, owner_id: str, wiki_id: str) -> None:
        owner, id = owners.parse(kind, owner_id), parse_id(wiki_id)
        await service.delete(call.tx, call.caller, owner, id, call.need(Policy))

    @routes.serve(wiki.list_headers)
    async def list_headers(
        call: Call, owner_id: str, offset: int = 0, limit: int = 10
    ) -> Results[wire.WikiHeader]:
        owner, policy = owners.parse(kind, owner_id), call.need(Policy)
        found = await service.list_headers(call.tx, call.caller, owner, offset, limit, policy)
        return Results(
            results=list(found.results), total_number_of_results=found.total_number_of_results
        )

    @routes.serve(wiki.list_attachments)
    async def list_attachments(call: Call, owner_id: str, wiki_id: str) -> FileHandleResults:
        return await _list_attachments(call, owners.parse(kind, owner_id), wiki_id, None)

    @routes.serve(wiki.get_attachment_url, Work.OWN)
    async def get_attachment_url(
        call: Call, owner_id: str, wiki_id: str, file_name: str, redirect: bool = True
    ) -> Redirection:
        owner = owners.parse(kind, owner_id)
        return await _attachment(call, owner, wiki_id, file_name, None, redirect)

    @routes.serve(wiki.get_attachment_preview_url)
    async def get_attachment_preview_url(
        call: Call, owner_id: str, wiki_id: str, file_name: str, redirect: bool = True
    ) -> Redirection:
        await _no_preview(call, owners.parse(kind, owner_id), wiki_id, file_name, None)


# ------------------------------------------------------------------ kinds of owners


serve(owners.ENTITY, wire.ENTITY)
serve_whole_old(owners.ENTITY, wire.OLD_ENTITY)
serve(owners.EVALUATION, wire.EVALUATION)
serve_whole_old(owners.EVALUATION, wire.OLD_EVALUATION)
serve(owners.REQUIREMENT, wire.REQUIREMENT)
serve_old(owners.REQUIREMENT, wire.OLD_REQUIREMENT)


@routes.serve(wire.get_order_hint)
async def get_order_hint(call: Call, owner_id: str) -> wire.V2WikiOrderHint:
    owner = owners.parse(owners.ENTITY, owner_id)
    return await service.get_order(call.tx, call.caller, owner, call.need(Policy))


@routes.serve(wire.update_order_hint)
async def update_order_hint(
    call: Call, owner_id: str, body: wire.V2WikiOrderHint
) -> wire.V2WikiOrderHint:
    owner = owners.parse(owners.ENTITY, owner_id)
    return await service.set_order(call.tx, call.caller, owner, body, call.need(Policy))
