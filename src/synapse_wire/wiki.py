"""Wikis: pages of markdown that belong to an entity, an evaluation or an access requirement.

There are two generations of endpoints over the same pages. In the first, the markdown is text of
the page; in the second, it is a file, and pages have a history. Each owner has its own path of
every endpoint, so the endpoints are attributes of one object for each kind of owner::

    await syn.call(wire.ENTITY.get_page, "syn123", "456")
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from synapse_wire.base import Date, Page, Redirection, Results, Wire
from synapse_wire.endpoint import endpoint
from synapse_wire.entities import FileHandleResults

OwnerType: TypeAlias = Literal["ENTITY", "EVALUATION", "ACCESS_REQUIREMENT"]
MOST_HEADERS = 50
"""The longest page of headers and of history."""
MOST_VERSIONS = 100
"""How many versions of a page are kept; with the next, the oldest goes."""
MOST_TITLE = 256
MOST_ATTACHMENTS = 1000
MOST_MARKDOWN = 2 * 1024 * 1024
"""The longest markdown, in bytes, that the server gives as text or as HTML; longer markdown is
to be had as a file."""


class PageBase(Wire):
    """What both generations of pages share."""

    id: str | None = None
    etag: str | None = None
    created_on: Date | None = None
    created_by: str | None = None
    modified_on: Date | None = None
    modified_by: str | None = None
    parent_wiki_id: str | None = None
    """The page above; the one root page of an owner has none."""
    title: str | None = None
    attachment_file_handle_ids: list[str] | None = None


class WikiPage(PageBase):
    """A page of the first generation: its markdown is text."""

    markdown: str | None = None


class V2WikiPage(PageBase):
    """A page of the second generation: its markdown is a file, usually compressed by gzip."""

    markdown_file_handle_id: str | None = None


class WikiHeader(Wire):
    """A page in the tree of pages."""

    id: str | None = None
    title: str | None = None
    parent_id: str | None = None


class V2WikiHeader(WikiHeader):
    """The same in the second generation."""


class V2WikiHistorySnapshot(Wire):
    """A version of a page: numbers start at 0."""

    version: str | None = None
    modified_on: Date | None = None
    modified_by: str | None = None


class V2WikiOrderHint(Wire):
    """In which order to show sub-pages. It is a hint: it may name pages that are gone."""

    owner_id: str | None = None
    owner_object_type: OwnerType | None = None
    id_list: list[str] | None = None
    etag: str | None = None


class WikiDraft(Wire):
    """A page that is being written."""

    markdown: str | None = None
    wiki_page_id: str | None = None
    """The page that it will replace, whose attachments it may show."""


class WikiPageKey(Wire):
    """What names a page everywhere."""

    wiki_page_id: str | None = None
    owner_object_id: str | None = None
    owner_object_type: OwnerType | None = None


class OldWikiEndpoints:
    """Endpoints of the first generation that all kinds of owners have."""

    def __init__(self, owner: str) -> None:
        base = f"/repo/v1/{owner}/{{ownerId}}"

        @endpoint("POST", base + "/wiki")
        def create_old_page(owner_id: str, body: WikiPage) -> WikiPage:
            """Create a page: the root page, or a sub-page of ``parentWikiId``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki/{wikiId}")
        def get_old_page(owner_id: str, wiki_id: str, wiki_version: int | None = None) -> WikiPage:
            """A page with its markdown, or one of its versions."""
            raise NotImplementedError

        @endpoint("PUT", base + "/wiki/{wikiId}")
        def update_old_page(owner_id: str, wiki_id: str, body: WikiPage) -> WikiPage:
            """Replace title, markdown and attachments; the etag must be current."""
            raise NotImplementedError

        @endpoint("GET", base + "/wikikey")
        def get_key(owner_id: str) -> WikiPageKey:
            """The key of the root page."""
            raise NotImplementedError

        self.create_page = create_old_page
        self.get_page = get_old_page
        self.update_page = update_old_page
        self.get_key = get_key


class WholeOldWikiEndpoints(OldWikiEndpoints):
    """All endpoints of the first generation, which access requirements have only in part."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        base = f"/repo/v1/{owner}/{{ownerId}}"

        @endpoint("GET", base + "/wiki")
        def get_old_root_page(owner_id: str) -> WikiPage:
            """The root page with its markdown."""
            raise NotImplementedError

        @endpoint("DELETE", base + "/wiki/{wikiId}")
        def delete_old_page(owner_id: str, wiki_id: str) -> None:
            """Delete a page with all its sub-pages."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki/{wikiId}/attachmenthandles")
        def list_old_attachments(owner_id: str, wiki_id: str) -> FileHandleResults:
            """The file handles of the attachments."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki/{wikiId}/attachment")
        def get_old_attachment_url(
            owner_id: str, wiki_id: str, file_name: str, redirect: bool = True
        ) -> Redirection:
            """A signed URL of an attachment: 307, or text with ``redirect=false``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki/{wikiId}/attachmentpreview")
        def get_old_attachment_preview_url(
            owner_id: str, wiki_id: str, file_name: str, redirect: bool = True
        ) -> Redirection:
            """A signed URL of an attachment's preview: 307, or text with ``redirect=false``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wikiheadertree")
        def list_old_headers(
            owner_id: str, offset: int = 0, limit: int = 10
        ) -> Results[WikiHeader]:
            """The headers of all pages, each after the page above it; at most 50 at a time."""
            raise NotImplementedError

        self.get_root_page = get_old_root_page
        self.delete_page = delete_old_page
        self.list_attachments = list_old_attachments
        self.get_attachment_url = get_old_attachment_url
        self.get_attachment_preview_url = get_old_attachment_preview_url
        self.list_headers = list_old_headers


class WikiEndpoints:
    """Endpoints of the second generation, and the one of our own."""

    def __init__(self, owner: str) -> None:
        base = f"/repo/v1/{owner}/{{ownerId}}"

        @endpoint("POST", base + "/wiki2")
        def create_page(owner_id: str, body: V2WikiPage) -> V2WikiPage:
            """Create a page: the root page, or a sub-page of ``parentWikiId``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2")
        def get_root_page(owner_id: str) -> V2WikiPage:
            """The root page."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2/{wikiId}")
        def get_page(owner_id: str, wiki_id: str, wiki_version: int | None = None) -> V2WikiPage:
            """A page, or one of its versions."""
            raise NotImplementedError

        @endpoint("PUT", base + "/wiki2/{wikiId}")
        def update_page(owner_id: str, wiki_id: str, body: V2WikiPage) -> V2WikiPage:
            """Make a new version of a page; the etag must be current."""
            raise NotImplementedError

        @endpoint("PUT", base + "/wiki2/{wikiId}/{wikiVersion}")
        def restore_page(owner_id: str, wiki_id: str, wiki_version: int) -> V2WikiPage:
            """Make a new version with title, markdown and attachments of an old one."""
            raise NotImplementedError

        @endpoint("DELETE", base + "/wiki2/{wikiId}")
        def delete_page(owner_id: str, wiki_id: str) -> None:
            """Delete a page with all its sub-pages."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2/{wikiId}/wikihistory")
        def list_history(
            owner_id: str, wiki_id: str, offset: int, limit: int
        ) -> Results[V2WikiHistorySnapshot]:
            """The versions of a page, newest first; at most 50 at a time."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2/{wikiId}/attachmenthandles")
        def list_attachments(
            owner_id: str, wiki_id: str, wiki_version: int | None = None
        ) -> FileHandleResults:
            """The file handles of the attachments."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2/{wikiId}/attachment")
        def get_attachment_url(
            owner_id: str,
            wiki_id: str,
            file_name: str,
            redirect: bool = True,
            wiki_version: int | None = None,
        ) -> Redirection:
            """A signed URL of an attachment: 307, or text with ``redirect=false``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2/{wikiId}/attachmentpreview")
        def get_attachment_preview_url(
            owner_id: str,
            wiki_id: str,
            file_name: str,
            redirect: bool = True,
            wiki_version: int | None = None,
        ) -> Redirection:
            """A signed URL of an attachment's preview: 307, or text with ``redirect=false``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wiki2/{wikiId}/markdown")
        def get_markdown_url(
            owner_id: str, wiki_id: str, redirect: bool = True, wiki_version: int | None = None
        ) -> Redirection:
            """A signed URL of the markdown: 307, or text with ``redirect=false``."""
            raise NotImplementedError

        @endpoint("GET", base + "/wikiheadertree2")
        def list_headers(owner_id: str, offset: int = 0, limit: int = 10) -> Results[V2WikiHeader]:
            """The headers of all pages, each after the page above it; at most 50 at a time."""
            raise NotImplementedError

        @endpoint(
            "GET",
            base + "/wiki2/{wikiId}/html",
            ours="WikiPage HTML Services (not official)",
            scopes=("view", "download"),
        )
        def get_html(owner_id: str, wiki_id: str, wiki_version: int | None = None) -> Page:
            """A page as HTML that needs no JavaScript. Beyond the official API: a server that
            has it names the extension ``wiki-html`` in ``/version``."""
            raise NotImplementedError

        @endpoint(
            "POST",
            base + "/wikidraft/html",
            ours="WikiPage HTML Services (not official)",
            scopes=("view", "download"),
        )
        def preview_draft(owner_id: str, body: WikiDraft) -> Page:
            """What a page would look like, as ``get_html`` shows it. Nothing is stored."""
            raise NotImplementedError

        self.create_page = create_page
        self.get_root_page = get_root_page
        self.get_page = get_page
        self.update_page = update_page
        self.restore_page = restore_page
        self.delete_page = delete_page
        self.list_history = list_history
        self.list_attachments = list_attachments
        self.get_attachment_url = get_attachment_url
        self.get_attachment_preview_url = get_attachment_preview_url
        self.get_markdown_url = get_markdown_url
        self.list_headers = list_headers
        self.get_html = get_html
        self.preview_draft = preview_draft


OLD_ENTITY = WholeOldWikiEndpoints("entity")
ENTITY = WikiEndpoints("entity")
OLD_EVALUATION = WholeOldWikiEndpoints("evaluation")
EVALUATION = WikiEndpoints("evaluation")
OLD_REQUIREMENT = OldWikiEndpoints("access_requirement")
REQUIREMENT = WikiEndpoints("access_requirement")


@endpoint("GET", "/repo/v1/entity/{ownerId}/wiki2orderhint")
def get_order_hint(owner_id: str) -> V2WikiOrderHint:
    """The order of an entity's pages."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/entity/{ownerId}/wiki2orderhint")
def update_order_hint(owner_id: str, body: V2WikiOrderHint) -> V2WikiOrderHint:
    """Replace the order of an entity's pages; the etag must be current."""
    raise NotImplementedError
