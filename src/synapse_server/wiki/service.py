"""The rules of wikis. Pages belong to an owner, which decides who may do what with them."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.access import bits
from synapse_server.access.service import Policy
from synapse_server.entities import ids
from synapse_server.entities import service as entities
from synapse_server.files import handles
from synapse_server.kernel import numbers
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page
from synapse_server.wiki import markdown, owners, store
from synapse_server.wiki.owners import Owner
from synapse_wire import wiki as wire
from synapse_wire.base import Results, estimate_total, iso
from synapse_wire.entities import FileHandleResults
from synapse_wire.errors import BadRequest, Conflict, Forbidden, NotFound, StaleEtag

_MOST_ORDERED = 10_000


def parse_id(text: str | None) -> int:
    """The number of a page."""
    return numbers.parse_id(text, "wiki page")


# ------------------------------------------------------------------ rows into structs


async def to_page(tx: Tx, row: Row) -> wire.V2WikiPage:
    """The struct of a row."""
    attached = await store.attachments(tx, row["id"], row["number"])
    return wire.V2WikiPage(
        id=str(row["id"]),
        etag=row["etag"],
        created_on=iso(row["created_on"]),
        created_by=str(row["created_by"]),
        modified_on=iso(row["modified_on"]),
        modified_by=str(row["modified_by"]),
        parent_wiki_id=None if row["parent_id"] is None else str(row["parent_id"]),
        title=row["title"],
        attachment_file_handle_ids=[str(handle) for handle in attached],
        markdown_file_handle_id=str(row["markdown_id"]),
    )


def to_old_page(page: wire.V2WikiPage, text: str) -> wire.WikiPage:
    """The same with its markdown as text."""
    fields = {name: getattr(page, name) for name in wire.PageBase.__struct_fields__}
    return wire.WikiPage(**fields, markdown=text)


# ------------------------------------------------------------------ loading


def _missing(owner: Owner, id: int) -> NotFound:
    return NotFound(f"{owners.spell(owner)} has no wiki page {id}.")


def _no_wiki(owner: Owner) -> NotFound:
    return NotFound(f"{owners.spell(owner)} has no wiki. Create its root page first.")


async def load(
    tx: Tx,
    caller: Caller,
    owner: Owner,
    id: int | None,
    policy: Policy,
    version: int | None = None,
) -> Row:
    """A page that the caller may read, the root page if none is named, or one of its versions.

    Raises:
        NotFound: There is no such owner, page or version.
        Forbidden: The caller may not read the owner.
    """
    await owners.require(tx, caller, owner, bits.READ, policy)
    if id is None:
        row = await store.find_root(tx, owner)
        if row is None:
            raise _no_wiki(owner)
        return row
    row = await store.find(tx, owner, id, version)
    if row is None:
        if version is not None and await store.find(tx, owner, id) is not None:
            raise NotFound(f"The wiki page {id} has no version {version}.")
        raise _missing(owner, id)
    return row


async def root_id(tx: Tx, owner: Owner) -> str | None:
    """The id of an owner's root page. NOTE: the caller may read the owner."""
    found = await store.root_id(tx, owner)
    return None if found is None else str(found)


async def get_key(tx: Tx, caller: Caller, owner: Owner, policy: Policy) -> wire.WikiPageKey:
    """The key of the root page."""
    row = await load(tx, caller, owner, None, policy)
    return wire.WikiPageKey(
        wiki_page_id=str(row["id"]),
        owner_object_id=owners.spell(owner),
        owner_object_type=owners.type_of(owner),
    )


def _check_page(offset: int, limit: int) -> tuple[int, int]:
    if limit > wire.MOST_HEADERS:
        # To cut it would end the listing of a client that looks for pages that are not full.
        raise BadRequest(f"The limit must be {wire.MOST_HEADERS} or less, not {limit}.")
    return check_page(offset, limit)


async def list_headers(
    tx: Tx, caller: Caller, owner: Owner, offset: int, limit: int, policy: Policy
) -> Results[wire.V2WikiHeader]:
    """The pages of an owner, each after the page above it."""
    await owners.require(tx, caller, owner, bits.READ, policy)
    offset, limit = _check_page(offset, limit)
    rows = await store.headers(tx, owner, offset, limit)
    if not rows and await store.root_id(tx, owner) is None:
        raise _no_wiki(owner)
    headers = [
        wire.V2WikiHeader(
            id=str(row["id"]),
            title=row["title"],
            parent_id=None if row["parent_id"] is None else str(row["parent_id"]),
        )
        for row in rows
    ]
    total = estimate_total(offset, limit, len(headers))
    return Results(results=headers, total_number_of_results=total)


async def list_history(
    tx: Tx, caller: Caller, owner: Owner, id: int, offset: int, limit: int, policy: Policy
) -> Results[wire.V2WikiHistorySnapshot]:
    """The versions of a page, newest first."""
    await load(tx, caller, owner, id, policy)
    offset, limit = _check_page(offset, limit)
    rows = await store.history(tx, id, offset, limit)
    snapshots = [
        wire.V2WikiHistorySnapshot(
            version=str(row["number"]),
            modified_on=iso(row["modified_on"]),
            modified_by=str(row["modified_by"]),
        )
        for row in rows
    ]
    total = estimate_total(offset, limit, len(snapshots))
    return Results(results=snapshots, total_number_of_results=total)


# ------------------------------------------------------------------ create, update, delete


async def create(
    tx: Tx, caller: Caller, owner: Owner, page: wire.V2WikiPage, policy: Policy
) -> wire.V2WikiPage:
    """Create a root page, or a sub-page."""
    await owners.require(tx, caller, owner, bits.CREATE, policy)
    title = _check_title(page.title)
    root = await store.root_id(tx, owner, lock=True)
    parent, depth = None, 0
    if page.parent_wiki_id:
        parent = parse_id(page.parent_wiki_id)
        above = await store.find(tx, owner, parent)
        if above is None:
            raise _missing(owner, parent)
        depth = above["depth"] + 1
    elif root is not None:
        raise _has_root(owner, root)
    text = await _check_markdown(tx, caller, page.markdown_file_handle_id)
    attached = await _check_attachments(tx, caller, page.attachment_file_handle_ids or (), set())
    id = await store.next_id(tx)
    moment = now()
    if not await store.add(tx, id, owner, parent, depth, new_etag(), caller.id, moment):
        raise _has_root(owner, await store.root_id(tx, owner))
    await store.add_version(tx, id, 0, title, text, attached, caller.id, moment)
    return await _stored(tx, owner, id)


def _has_root(owner: Owner, root: int | None) -> Conflict:
    return Conflict(
        f"A root wiki already exists for {owners.spell(owner)}: the page {root}. Change that, or"
        " name a parentWikiId to create a sub-page."
    )


async def _stored(tx: Tx, owner: Owner, id: int) -> wire.V2WikiPage:
    row = await store.find(tx, owner, id)
    assert row is not None, "it was stored in this transaction"
    return await to_page(tx, row)


async def update(
    tx: Tx, caller: Caller, owner: Owner, id: int, page: wire.V2WikiPage, policy: Policy
) -> wire.V2WikiPage:
    """Make a new version of a page, perhaps below another parent."""
    row = await _load_to_change(tx, caller, owner, id, bits.UPDATE, policy)
    if page.id is not None and parse_id(page.id) != id:
        raise BadRequest(f"The body is of the page {page.id}, the path of {id}.")
    if page.etag != row["etag"]:
        raise StaleEtag(
            f"Object: {id} was updated since you last fetched it, retrieve it again and re-apply"
            " the update"
        )
    title = _check_title(page.title)
    parent = await _place(tx, owner, row, page.parent_wiki_id)
    if page.markdown_file_handle_id == str(row["markdown_id"]):
        text = int(row["markdown_id"])
    elif page.markdown_file_handle_id and await store.has_markdown(
        tx, id, handles.parse_id(page.markdown_file_handle_id)
    ):
        text = int(page.markdown_file_handle_id)
    else:
        text = await _check_markdown(tx, caller, page.markdown_file_handle_id)
    known = await store.attachments_ever(tx, id)
    given = page.attachment_file_handle_ids or ()
    attached = await _check_attachments(tx, caller, given, known)
    await _add_version(tx, caller, row, parent, title, text, attached)
    return await _stored(tx, owner, id)


async def restore(
    tx: Tx, caller: Caller, owner: Owner, id: int, version: int, policy: Policy
) -> wire.V2WikiPage:
    """Make a new version that says what an old one said."""
    row = await _load_to_change(tx, caller, owner, id, bits.UPDATE, policy)
    old = await store.find(tx, owner, id, version)
    if old is None:
        raise NotFound(f"The wiki page {id} has no version {version}.")
    attached = await store.attachments(tx, id, version)
    await _add_version(
        tx, caller, row, row["parent_id"], old["title"], old["markdown_id"], attached
    )
    return await _stored(tx, owner, id)


async def delete(tx: Tx, caller: Caller, owner: Owner, id: int, policy: Policy) -> None:
    """Delete a page with all its sub-pages."""
    row = await _load_to_change(tx, caller, owner, id, bits.DELETE, policy)
    await store.delete_below(tx, id)
    if row["parent_id"] is None:
        await store.delete_order(tx, owner)


async def delete_all(tx: Tx, kind: str, numbers: Sequence[int]) -> None:
    """Delete the wikis of owners that are gone. NOTE: nobody's permission is asked for."""
    for number in numbers:
        owner = Owner(kind, number)
        root = await store.root_id(tx, owner)
        if root is not None:
            await store.delete_below(tx, root)
            await store.delete_order(tx, owner)


async def _load_to_change(
    tx: Tx, caller: Caller, owner: Owner, id: int, bit: int, policy: Policy
) -> Row:
    """The current version of a page that the caller may treat so; its wiki is held alone."""
    await owners.require(tx, caller, owner, bit, policy)
    await store.root_id(tx, owner, lock=True)
    row = await store.find(tx, owner, id)
    if row is None:
        raise _missing(owner, id)
    return row


async def _add_version(
    tx: Tx,
    caller: Caller,
    row: Row,
    parent: int | None,
    title: str | None,
    text: int,
    attached: Sequence[int],
) -> None:
    number = int(row["version"]) + 1
    await store.add_version(tx, row["id"], number, title, text, attached, caller.id, now())
    await store.set_page(tx, row["id"], parent, new_etag(), number)
    await store.forget_versions(tx, row["id"], number - wire.MOST_VERSIONS)


# ------------------------------------------------------------------ checks


def _check_title(title: str | None) -> str | None:
    if title is not None and len(title) > wire.MOST_TITLE:
        raise BadRequest(f"The title has {len(title)} characters; at most {wire.MOST_TITLE}.")
    return title


async def _place(tx: Tx, owner: Owner, row: Row, given: str | None) -> int | None:
    """The parent that a page is to have, at whose depth it is from now on. A page that names none
    stays where it is."""
    if not given:
        return None if row["parent_id"] is None else int(row["parent_id"])
    parent = parse_id(given)
    if parent == row["parent_id"]:
        return parent
    if row["parent_id"] is None:
        raise BadRequest(
            f"The page {row['id']} is the root page of {owners.spell(owner)}; it cannot be below"
            " another."
        )
    above = await store.find(tx, owner, parent)
    if above is None:
        raise _missing(owner, parent)
    if row["id"] in await store.above(tx, parent):
        raise BadRequest(
            f"The page {parent} is the page {row['id']} itself or lies below it, so it cannot be"
            " its parent."
        )
    await store.sink(tx, row["id"], above["depth"] + 1 - row["depth"])
    return parent


async def _check_markdown(tx: Tx, caller: Caller, handle: str | None) -> int:
    if not handle:
        raise BadRequest(
            "markdownFileHandleId is missing. Upload the markdown, be it empty, and name its file"
            " handle."
        )
    row = await handles.own(tx, caller, handle, keep=True)
    markdown.check(row)
    return int(row["id"])


async def _check_attachments(
    tx: Tx, caller: Caller, given: Sequence[str], known: set[int]
) -> list[int]:
    """The numbers of handles that the caller made or that the page has had. Of those with the same
    name only the newest stays: names are what pages refer to."""
    if len(given) > wire.MOST_ATTACHMENTS:
        raise BadRequest(f"A page has at most {wire.MOST_ATTACHMENTS} attachments.")
    by_name: dict[str, int] = {}
    for text in given:
        number = handles.parse_id(text)
        if number in known:
            row = await handles.find(tx, number)
        else:
            row = await handles.own(tx, caller, text, keep=True)
        name = handles.to_handle(row).file_name or ""
        by_name[name] = max(number, by_name.get(name, 0))
    return list(by_name.values())


# ------------------------------------------------------------------ files of pages


async def list_attachments(tx: Tx, row: Row) -> FileHandleResults:
    """The file handles of a page's attachments. NOTE: the caller may read the page."""
    found = await _attached(tx, row)
    return FileHandleResults(list_=[handles.to_handle(each) for each in found])


async def _attached(tx: Tx, row: Row) -> list[Row]:
    numbers = await store.attachments(tx, row["id"], row["number"])
    rows = await handles.find_many(tx, numbers)
    return [rows[number] for number in numbers if number in rows]


async def attachment(tx: Tx, row: Row, name: str) -> Row:
    """The file handle of an attachment. NOTE: the caller may read the page."""
    for each in await _attached(tx, row):
        if handles.to_handle(each).file_name == name:
            return each
    raise NotFound(f"The wiki page {row['id']} has no attachment {name!r}.")


async def reach(
    tx: Tx, caller: Caller, id: str, handle: int, policy: Policy, *, is_markdown: bool
) -> bool:
    """Whether a page that the caller may read has this file handle in any version.

    Raises:
        NotFound: There is no such page.
        Forbidden: The caller may not read it.
    """
    number = parse_id(id)
    owner = await store.owner_of(tx, number)
    if owner is None:
        raise NotFound(f"There is no wiki page {number}.")
    await owners.require(tx, caller, owner, bits.READ, policy)
    has = store.has_markdown if is_markdown else store.has_attachment
    return await has(tx, number, handle)


async def uses(tx: Tx, handle: int) -> bool:
    """Whether any page has this file handle."""
    return await store.uses(tx, handle)


# ------------------------------------------------------------------ pages for people

_MOST_NEIGHBOURS = 200


async def attachments_here(tx: Tx, row: Row) -> frozenset[str]:
    """The names of the attachments whose bytes are on this server. NOTE: the caller may read the
    page."""
    found = await _attached(tx, row)
    return frozenset(
        handles.to_handle(each).file_name or "" for each in found if each["blob"] is not None
    )


async def files_here(
    tx: Tx, caller: Caller, names: Sequence[str], policy: Policy
) -> frozenset[str]:
    """Those of these entities whose files the caller may download from this server."""
    found = set()
    for name in names:
        try:
            row = await entities.load(tx, caller, ids.parse(name), bits.DOWNLOAD, policy)
        except (NotFound, Forbidden):
            continue
        if row["file_handle_id"] is not None:
            handle = await handles.find(tx, row["file_handle_id"])
            if handle["blob"] is not None:
                found.add(name)
    return frozenset(found)


async def neighbours(tx: Tx, owner: Owner, row: Row) -> list[tuple[int, str]]:
    """The page above and the pages right below, in the order that was asked for: numbers and
    titles. NOTE: the caller may read the page."""
    above = None if row["parent_id"] is None else await store.find(tx, owner, row["parent_id"])
    below = await store.children(tx, row["id"], _MOST_NEIGHBOURS)
    hint = await store.order(tx, owner)
    places = {id: place for place, id in enumerate(hint[1] if hint else ())}
    in_order = sorted(below, key=lambda each: places.get(str(each["id"]), len(places)))
    pages = [*([] if above is None else [above]), *in_order]
    return [(int(each["id"]), each["title"] or f"Page {each['id']}") for each in pages]


# ------------------------------------------------------------------ the order of pages


async def get_order(tx: Tx, caller: Caller, owner: Owner, policy: Policy) -> wire.V2WikiOrderHint:
    """The hint of order; one without ids if nobody has given one yet."""
    row = await load(tx, caller, owner, None, policy)
    found = await store.order(tx, owner)
    etag, page_ids = found if found is not None else (_first_etag(row), None)
    return wire.V2WikiOrderHint(
        owner_id=owners.spell(owner),
        owner_object_type=owners.type_of(owner),
        id_list=page_ids,
        etag=etag,
    )


def _first_etag(root: Row) -> str:
    """The etag of a hint that nobody has given yet: it is the same until somebody does."""
    return f"00000000-0000-0000-0000-{root['id']:012d}"


async def set_order(
    tx: Tx, caller: Caller, owner: Owner, hint: wire.V2WikiOrderHint, policy: Policy
) -> wire.V2WikiOrderHint:
    """Replace the hint of order."""
    await owners.require(tx, caller, owner, bits.UPDATE, policy)
    root = await store.root_id(tx, owner, lock=True)
    if root is None:
        raise _no_wiki(owner)
    if hint.owner_id is not None and owners.parse(owner.kind, hint.owner_id) != owner:
        raise BadRequest(f"The body is of {hint.owner_id}, the path of {owners.spell(owner)}.")
    found = await store.order(tx, owner, lock=True)
    row = await store.find_root(tx, owner)
    assert row is not None, "it is held"
    if hint.etag != (_first_etag(row) if found is None else found[0]):
        raise StaleEtag(
            f"The order of the wiki of {owners.spell(owner)} was updated since you last fetched"
            " it, retrieve it again and re-apply the update"
        )
    given = hint.id_list or []
    if len(given) > _MOST_ORDERED:
        raise BadRequest(f"An order names at most {_MOST_ORDERED} pages.")
    etag = new_etag()
    page_ids = [str(parse_id(each)) for each in given]
    await store.set_order(tx, owner, etag, page_ids)
    return wire.V2WikiOrderHint(
        owner_id=owners.spell(owner),
        owner_object_type=owners.type_of(owner),
        id_list=page_ids,
        etag=etag,
    )
