"""The words all structs share: camelCase on the wire, dates, pages."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")

Date: TypeAlias = str
"""A moment as ISO-8601 in UTC with milliseconds, ``2013-05-30T21:58:47.103Z``."""

_UTC = datetime.UTC
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=_UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)  # prints without an offset, and four times faster
EARLIEST = -62_135_596_800_000
"""The first moment that can be written as a date, in milliseconds: the year 1."""
LATEST = 253_402_300_799_999
"""The last one: the year 9999."""
_IRREGULAR = {
    # Names whose JSON spelling is not their camelCase.
    "orcid": "ORCID",
    "is_act_member": "isACTMember",
    "is_ar_reviewer": "isARReviewer",
    "external_url": "externalURL",
    "defining_sql": "definingSQL",
    "pre_signed_url": "preSignedURL",
    "preview_pre_signed_url": "previewPreSignedURL",
    "include_pre_signed_urls": "includePreSignedURLs",
    "include_preview_pre_signed_urls": "includePreviewPreSignedURLs",
    "content_md5_hex": "contentMD5Hex",
    "part_md5_hex": "partMD5Hex",
    "include_benefactor_acl": "includeBenefactorACL",
    "include_doi_association": "includeDOIAssociation",
    "runtime_ms": "runtimeMS",
    "entity_bundle_json": "entityBundleJSON",
    "is_duc_required": "isDUCRequired",
    "is_irb_approval_required": "isIRBApprovalRequired",
    "is_idu_public": "isIDUPublic",
    "is_idu_required": "isIDURequired",
}


def camel(name: str) -> str:
    """The JSON spelling of a Python field name: ``parent_id`` -> ``parentId``."""
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


class Wire(msgspec.Struct, rename=camel, omit_defaults=True, kw_only=True):
    """Base of all structs. Absent and null are the same; unknown fields are ignored."""


class Results(Wire, Generic[T]):
    """One page of a counted list; ``total_number_of_results`` is an estimate (see ``page``)."""

    results: list[T]
    total_number_of_results: int


class Redirection(NamedTuple):
    """Where the bytes are: sent as 307, or as plain text when ``redirect`` is false."""

    url: str
    redirect: bool


class Page(NamedTuple):
    """A document for people: sent as ``text/html``."""

    html: str


class ListWrapper(Wire):
    """A list of strings, as the id lists of the API are sent."""

    list_: list[str] | None = None


class IdList(Wire):
    """A list of numbers, as the ids of principals are sent."""

    list_: list[int] | None = None


class ResponseMessage(Wire):
    """A sentence that says what was done."""

    message: str


class Count(Wire):
    """A number in an object of its own."""

    count: int


class BooleanResult(Wire):
    """``{"result": true}``"""

    result: bool


@lru_cache(4096)  # an answer says the same moments again and again
def iso(millis: int) -> Date:
    """Format milliseconds since the epoch."""
    moment = _NAIVE_EPOCH + datetime.timedelta(milliseconds=millis)
    return moment.isoformat(timespec="milliseconds") + "Z"


_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)\Z")


def millis(date: Date) -> int:
    """Parse an ISO-8601 date-time with offset into milliseconds since the epoch.

    Raises:
        ValueError: The text is not such a date.
    """
    if not _DATE.match(date):
        raise ValueError(
            f"Not an ISO-8601 date-time: {date!r}; write it like 2013-05-30T21:58:47.103Z"
        )
    moment = datetime.datetime.fromisoformat(date)
    found = (moment - _EPOCH) // datetime.timedelta(milliseconds=1)
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"{date} lies before the year 1 or after the year 9999.")
    return found


def estimate_total(offset: int, limit: int, found: int) -> int:
    """The total that a page claims: one more than seen while pages are full.

    >>> estimate_total(0, 10, 10), estimate_total(10, 10, 3)
    (11, 13)
    """
    return offset + found + (1 if found == limit else 0)
