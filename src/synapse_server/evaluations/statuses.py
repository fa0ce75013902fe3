"""Statuses of submissions: what scorers write, and who sees which part of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from synapse_server.access import bits
from synapse_server.annotations import service as annotation_rules
from synapse_server.entities import ids
from synapse_server.evaluations import service
from synapse_server.evaluations import store as evaluation_store
from synapse_server.evaluations import submission_store as store
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_server.kernel.paging import check_page, results
from synapse_wire import submissions as wire
from synapse_wire.annotations import Annotations, AnnotationType, AnnotationValue
from synapse_wire.base import Results, iso
from synapse_wire.errors import BadRequest, StaleEtag
from synapse_wire.evaluations import MOST_PAGE
from synapse_wire.submissions import StatusAnnotations, SubmissionStatus

_MOST_REPORT = 10_000


class _Body(msgspec.Struct, omit_defaults=True):
    """What is kept of a status in its JSON column."""

    report: str | None = None
    annotations: StatusAnnotations | None = None
    submission_annotations: dict[str, AnnotationValue] | None = None


_read_body = msgspec.json.Decoder(_Body).decode


async def sees_private(tx: Tx, caller: Caller, evaluation: int) -> bool:
    """Whether the caller may see what is private in the statuses of an evaluation."""
    may = await service.granted(tx, caller, evaluation)
    return bool(may & bits.READ_PRIVATE_SUBMISSION)


def to_status(row: Row, *, private: bool) -> SubmissionStatus:
    """The struct of a row; without ``private`` only what all readers may see.

    Annotations of the newer form know no public ones, so they are private.
    """
    body = _read_body(row["body"])
    old = body.annotations
    if old is not None:
        if not private:
            old = _public(old)
        old.object_id = str(row["id"])
        old.scope_id = str(row["evaluation_id"])
    newer = None
    if private:
        newer = Annotations(
            id=str(row["id"]), etag=row["etag"], annotations=body.submission_annotations or {}
        )
    return SubmissionStatus(
        id=str(row["id"]),
        etag=row["etag"],
        modified_on=iso(row["modified_on"]),
        status=row["status"],
        score=row["score"],
        report=body.report,
        annotations=old,
        submission_annotations=newer,
        entity_id=ids.wire(row["entity_id"]),
        version_number=row["version"],
        status_version=row["status_version"],
        can_cancel=bool(row["can_cancel"]),
        cancel_requested=bool(row["cancel_requested"]),
    )


def all_annotations(row: Row) -> dict[str, AnnotationValue]:
    """The annotations of both forms in the newer one, private ones included; the newer win."""
    body = _read_body(row["body"])
    found: dict[str, AnnotationValue] = {}
    old = body.annotations or StatusAnnotations()
    groups: tuple[tuple[AnnotationType, list[Any] | None], ...] = (
        ("STRING", old.string_annos),
        ("LONG", old.long_annos),
        ("DOUBLE", old.double_annos),
    )
    for kind, group in groups:
        for one in group or ():
            if one.key is not None and one.value is not None:
                found[one.key] = AnnotationValue(type=kind, value=[str(one.value)])
    return found | (body.submission_annotations or {})


def flat_annotations(row: Row, *, private: bool) -> dict[str, str | int | float]:
    """The annotations of both forms, one value a name; without ``private`` what all may see."""
    status = to_status(row, private=private)
    found: dict[str, str | int | float] = {}
    newer = status.submission_annotations
    for name, each in ((newer.annotations or {}) if newer is not None else {}).items():
        if each.value and each.value[0] is not None:
            number = {"LONG": int, "TIMESTAMP_MS": int, "DOUBLE": float}.get(each.type or "", str)
            found[name] = number(each.value[0])
    old = status.annotations
    if old is not None:
        groups = (old.string_annos, old.long_annos, old.double_annos)
        for one in (one for group in groups for one in group or ()):
            if one.key is not None and one.value is not None:
                found[one.key] = one.value
    return found


def _public(old: StatusAnnotations) -> StatusAnnotations:
    # What nobody called public is private.
    return StatusAnnotations(
        string_annos=[each for each in old.string_annos or () if each.is_private is False],
        long_annos=[each for each in old.long_annos or () if each.is_private is False],
        double_annos=[each for each in old.double_annos or () if each.is_private is False],
    )


# ------------------------------------------------------------------ reading


async def get(tx: Tx, caller: Caller, text: str) -> SubmissionStatus:
    """What became of a submission."""
    row = await store.find_status(tx, service.parse_id(text, "submission"))
    await service.load(tx, caller, row["evaluation_id"], bits.READ)
    return to_status(row, private=await sees_private(tx, caller, row["evaluation_id"]))


async def page(
    tx: Tx, caller: Caller, id: int, offset: int, limit: int, status: str | None
) -> Results[SubmissionStatus]:
    """Statuses in the order in which the submissions came."""
    offset, limit = check_page(offset, limit, MOST_PAGE)
    await service.load(tx, caller, id, bits.READ)
    private = await sees_private(tx, caller, id)
    rows = await store.page_of_statuses(tx, id, offset, limit, status)
    return results([to_status(row, private=private) for row in rows], offset, limit)


# ------------------------------------------------------------------ writing


async def update(tx: Tx, caller: Caller, text: str, given: SubmissionStatus) -> SubmissionStatus:
    """Say what became of a submission."""
    row = await store.find_status(tx, service.parse_id(text, "submission"), lock=True)
    await service.load(tx, caller, row["evaluation_id"], bits.UPDATE_SUBMISSION)
    if given.id is not None and given.id != str(row["id"]):
        raise BadRequest(f"The body is of the submission {given.id}, the path of {row['id']}.")
    await _write(tx, row, given)
    await evaluation_store.renew_batch_etag(tx, row["evaluation_id"])
    private = await sees_private(tx, caller, row["evaluation_id"])
    return to_status(await store.find_status(tx, row["id"]), private=private)


async def update_batch(
    tx: Tx, caller: Caller, id: int, batch: wire.SubmissionStatusBatch
) -> wire.BatchUploadResponse:
    """Write many statuses, all or none.

    Batches of a series are chained by a mark that every change to a status of the evaluation
    renews: two series at once do not mix, the later batch is refused.
    """
    evaluation = await service.load(tx, caller, id, bits.UPDATE_SUBMISSION, lock=True)
    statuses = batch.statuses or []
    if batch.is_first_batch is None or batch.is_last_batch is None:
        raise BadRequest("A batch says isFirstBatch and isLastBatch.")
    if not 1 <= len(statuses) <= wire.MOST_STATUSES:
        raise BadRequest(
            f"A batch has 1 to {wire.MOST_STATUSES} statuses; this one has {len(statuses)}."
        )
    if not batch.is_first_batch and batch.batch_token != evaluation["batch_etag"]:
        raise StaleEtag(
            "Your batch token is out of date: statuses of this evaluation were written by somebody"
            " else. Fetch them again and start a new series."
        )
    numbers = [service.parse_id(each.id, "submission") for each in statuses]
    if len(set(numbers)) < len(numbers):
        raise BadRequest("A batch names each submission once.")
    rows = await store.lock_statuses(tx, numbers)
    for number, given in zip(numbers, statuses, strict=True):
        row = rows.get(number)
        if row is None or row["evaluation_id"] != id:
            raise BadRequest(f"The evaluation {id} has no submission {number}.")
        await _write(tx, row, given)
    etag = await evaluation_store.renew_batch_etag(tx, id)
    return wire.BatchUploadResponse(next_upload_token=None if batch.is_last_batch else etag)


async def _write(tx: Tx, row: Row, given: SubmissionStatus) -> None:
    _check_etag(row, given.etag)
    if given.status is None:
        raise BadRequest(f"The submission {row['id']} needs a status.")
    if given.score is not None and not 0 <= given.score <= 1:
        raise BadRequest(
            f"The score of the submission {row['id']} is {given.score}; scores lie between 0 and"
            " 1. Other numbers belong in annotations."
        )
    if len(given.report or "") > _MOST_REPORT:
        raise BadRequest(f"A report has at most {_MOST_REPORT} characters.")
    newer = given.submission_annotations
    body = _Body(
        report=given.report,
        annotations=_check_old(given.annotations),
        submission_annotations=None if newer is None else annotation_rules.check(newer.annotations),
    )
    text = msgspec.json.encode(body).decode()
    await store.set_status(tx, row, given.status, given.score, bool(given.can_cancel), text)


async def annotate(
    tx: Tx,
    caller: Caller,
    id: int,
    etag: str,
    change: Callable[[dict[str, AnnotationValue]], dict[str, AnnotationValue]],
) -> None:
    """Change the annotations of the newer form, and nothing else.

    Raises:
        NotFound: There is no such submission.
        Forbidden: The caller may not write statuses of its evaluation.
        StaleEtag: Somebody else was faster.
        BadRequest: The annotations break a rule.
    """
    row = await store.find_status(tx, id, lock=True)
    await service.load(tx, caller, row["evaluation_id"], bits.UPDATE_SUBMISSION)
    _check_etag(row, etag)
    body = _read_body(row["body"])
    before = body.submission_annotations or {}
    after = change(before)
    if after == before:
        return
    body.submission_annotations = annotation_rules.check(after)
    text = msgspec.json.encode(body).decode()
    await store.set_status(tx, row, row["status"], row["score"], bool(row["can_cancel"]), text)
    await evaluation_store.renew_batch_etag(tx, row["evaluation_id"])


def _check_etag(row: Row, etag: str | None) -> None:
    if etag != row["etag"]:
        raise StaleEtag(
            f"The status of the submission {row['id']} was updated since you last fetched it,"
            " retrieve it again and re-apply the update"
        )


def _check_old(given: StatusAnnotations | None) -> StatusAnnotations | None:
    if given is None:
        return None
    kept = StatusAnnotations(
        string_annos=given.string_annos,
        long_annos=given.long_annos,
        double_annos=given.double_annos,
    )
    seen: set[str] = set()
    for each in (*(kept.string_annos or ()), *(kept.long_annos or ()), *(kept.double_annos or ())):
        if not each.key or len(each.key) > annotation_rules.MOST_CHARACTERS:
            raise BadRequest(
                "An annotation of the status has no key, or one that is longer than"
                f" {annotation_rules.MOST_CHARACTERS} characters."
            )
        if each.key in seen:
            raise BadRequest(f"The status has two annotations with the key {each.key!r}.")
        seen.add(each.key)
        if isinstance(each.value, str) and len(each.value) > annotation_rules.MOST_CHARACTERS:
            raise BadRequest(
                f"{each.key!r} has a value of {len(each.value)} characters; at most"
                f" {annotation_rules.MOST_CHARACTERS}."
            )
        if isinstance(each.value, float) and not math.isfinite(each.value):
            raise BadRequest(f"{each.key!r} is not a finite number.")
    if len(seen) > annotation_rules.MOST_KEYS:
        raise BadRequest(
            f"At most {annotation_rules.MOST_KEYS} annotations; these are {len(seen)}."
        )
    return kept
