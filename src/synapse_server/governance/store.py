"""SQL of access requirements and approvals. What they decide is read in ``access.store``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synapse_server.access.bits import REVIEW_SUBMISSIONS
from synapse_server.access.store import MINE, REQUIREMENT
from synapse_server.entities.ids import ROOT
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx, Value, marks, scalar
from synapse_server.kernel.dialect import like_prefix

# What keeps a file handle, see ``hold_file``.
REQUIREMENT_FILE = "requirement"
SUBMISSION_FILE = "submission"

_ACTIVE = "state = 'APPROVED' AND (expires_on IS NULL OR expires_on > ?)"
_REQUIREMENT_ORDER = {"CREATED_ON": "r.created_on", "NAME": "r.name", "CONCRETE_TYPE": "r.type"}
_APPROVAL_ORDER = {"MODIFIED_ON": "a.modified_on", "EXPIRED_ON": "a.expires_on"}


# ------------------------------------------------------------------ requirements


async def next_requirement(tx: Tx) -> int:
    """A new requirement's id."""
    return int(await scalar(tx, tx.dialect.next_id("access_requirement")))


async def add_requirement(
    tx: Tx,
    id: int,
    name: str,
    type: str,
    access: str,
    two_factor: bool,
    creator: int,
    body: str,
) -> bool:
    """Insert a requirement; False when the name is in use."""
    moment = now()
    changed = await tx.run(
        "INSERT INTO access_requirement (id, name, type, access, two_factor, version, etag,"
        " created_by, created_on, modified_by, modified_on, body)"
        " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        name,
        type,
        access,
        int(two_factor),
        new_etag(),
        creator,
        moment,
        creator,
        moment,
        body,
    )
    if changed:
        await _keep_version(tx, id, 0, creator, moment, body)
    return changed == 1


async def _keep_version(
    tx: Tx, id: int, version: int, modifier: int, moment: int, body: str
) -> None:
    """Keep what users agree to from now on, however it changes later."""
    await tx.run(
        "INSERT INTO access_requirement_version (requirement_id, version, modified_by,"
        " modified_on, body) VALUES (?, ?, ?, ?, ?)",
        id,
        version,
        modifier,
        moment,
        body,
    )


async def set_requirement(
    tx: Tx,
    id: int,
    version: int,
    name: str,
    type: str,
    access: str,
    two_factor: bool,
    modifier: int,
    body: str,
) -> None:
    """Make a new version of a requirement."""
    moment = now()
    await tx.run(
        "UPDATE access_requirement SET name = ?, type = ?, access = ?, two_factor = ?,"
        " version = ?, etag = ?, modified_by = ?, modified_on = ?, body = ? WHERE id = ?",
        name,
        type,
        access,
        int(two_factor),
        version,
        new_etag(),
        modifier,
        moment,
        body,
        id,
    )
    await _keep_version(tx, id, version, modifier, moment, body)


async def requirement(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A requirement; with ``lock`` nobody else changes it meanwhile."""
    suffix = tx.dialect.lock_row() if lock else ""
    return await tx.one(f"SELECT * FROM access_requirement WHERE id = ?{suffix}", id)


async def requirements(tx: Tx, ids: Sequence[int]) -> dict[int, Row]:
    """Those of these requirements that there are."""
    if not ids:
        return {}
    rows = await tx.all(f"SELECT * FROM access_requirement WHERE id IN {marks(len(ids))}", *ids)
    return {row["id"]: row for row in rows}


async def named(tx: Tx, name: str) -> int | None:
    """The requirement of a name."""
    found = await scalar(tx, "SELECT id FROM access_requirement WHERE name = ?", name)
    return None if found is None else int(found)


async def delete_requirement(tx: Tx, id: int) -> None:
    """Remove a requirement, all approvals and all that was asked of it."""
    await tx.run(
        "DELETE FROM access_submission_accessor WHERE submission_id IN"
        " (SELECT id FROM access_submission WHERE requirement_id = ?)",
        id,
    )
    await tx.run(
        "DELETE FROM access_file WHERE kind = ? AND owner_id IN"
        " (SELECT id FROM access_submission WHERE requirement_id = ?)",
        SUBMISSION_FILE,
        id,
    )
    await tx.run("DELETE FROM access_file WHERE kind = ? AND owner_id = ?", REQUIREMENT_FILE, id)
    for table in (
        "access_submission",
        "access_request",
        "research_project",
        "approval_notification",
        "access_approval",
        "requirement_subject",
        "access_requirement_version",
    ):
        await tx.run(f"DELETE FROM {table} WHERE requirement_id = ?", id)
    await tx.run("DELETE FROM access_requirement WHERE id = ?", id)


async def hold_file(tx: Tx, kind: str, owner: int, handle: int) -> None:
    """Keep a file handle as long as a requirement or a submission is there."""
    await tx.run(
        "INSERT INTO access_file (kind, owner_id, file_handle_id) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        kind,
        owner,
        handle,
    )


async def holds_file(tx: Tx, handle: int) -> bool:
    """Whether some requirement or submission keeps a file handle."""
    sql = "SELECT 1 FROM access_file WHERE file_handle_id = ? LIMIT 1"
    return await scalar(tx, sql, handle) is not None


async def subjects(tx: Tx, ids: Sequence[int]) -> Sequence[Row]:
    """What these requirements are on, by requirement, kind and number."""
    if not ids:
        return []
    return await tx.all(
        "SELECT requirement_id, kind, subject_id FROM requirement_subject"
        f" WHERE requirement_id IN {marks(len(ids))} ORDER BY requirement_id, kind, subject_id",
        *ids,
    )


async def subject_page(tx: Tx, id: int, offset: int, limit: int) -> Sequence[Row]:
    """A page of what a requirement is on."""
    return await tx.all(
        "SELECT kind, subject_id FROM requirement_subject WHERE requirement_id = ?"
        " ORDER BY kind, subject_id LIMIT ? OFFSET ?",
        id,
        limit,
        offset,
    )


async def set_subjects(tx: Tx, id: int, subjects: Iterable[tuple[str, int]]) -> None:
    """Say what a requirement is on."""
    await tx.run("DELETE FROM requirement_subject WHERE requirement_id = ?", id)
    await tx.many(
        "INSERT INTO requirement_subject (kind, subject_id, requirement_id) VALUES (?, ?, ?)",
        [(kind, subject, id) for kind, subject in subjects],
    )


async def is_restricted(tx: Tx, kind: str, subject: int) -> bool:
    """Whether some requirement is on this very thing."""
    sql = "SELECT 1 FROM requirement_subject WHERE kind = ? AND subject_id = ? LIMIT 1"
    return await scalar(tx, sql, kind, subject) is not None


_UP = (
    "WITH RECURSIVE up (requirement_id, id, parent_id) AS ("
    " SELECT s.requirement_id, e.id, e.parent_id FROM requirement_subject s"
    " JOIN entity e ON e.id = s.subject_id WHERE s.kind = 'entity'{condition}"
    " UNION ALL SELECT u.requirement_id, e.id, e.parent_id FROM up u"
    f" JOIN entity e ON e.id = u.parent_id WHERE e.id <> {ROOT})"
)


async def projects(tx: Tx, ids: Sequence[int]) -> Sequence[Row]:
    """The projects that these requirements hold in, by requirement."""
    if not ids:
        return []
    within = f" AND s.requirement_id IN {marks(len(ids))}"
    return await tx.all(
        _UP.format(condition=within)
        + f" SELECT DISTINCT requirement_id, id FROM up WHERE parent_id = {ROOT}"
        " ORDER BY requirement_id, id",
        *ids,
    )


async def reviewers(tx: Tx, ids: Sequence[int]) -> Sequence[Row]:
    """Who may review submissions to these requirements, the compliance team apart."""
    if not ids:
        return []
    return await tx.all(
        f"SELECT owner_id, principal_id FROM acl_entry WHERE kind = '{REQUIREMENT}'"
        f" AND access & {REVIEW_SUBMISSIONS} <> 0 AND owner_id IN {marks(len(ids))}"
        " ORDER BY owner_id, principal_id",
        *ids,
    )


async def search_requirements(
    tx: Tx,
    *,
    name: str | None,
    ids: Sequence[int] | None,
    project: int | None,
    reviewer: int | None,
    access: str | None,
    type: str | None,
    order: Sequence[tuple[str, str]],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the requirements of which all that is given holds."""
    where, values = ["1 = 1"], list[Value]()
    prefix = ""
    if project is not None:
        prefix = _UP.format(condition="")
        where.append("r.id IN (SELECT requirement_id FROM up WHERE id = ?)")
        values.append(project)
    if name:
        where.append("lower(r.name) LIKE ? ESCAPE '\\'")
        values.append("%" + like_prefix(name.lower()))
    if ids is not None:
        where.append(f"r.id IN {marks(len(ids))}")
        values += ids
    if reviewer is not None:
        where.append(
            f"r.id IN (SELECT owner_id FROM acl_entry WHERE kind = '{REQUIREMENT}'"
            f" AND access & {REVIEW_SUBMISSIONS} <> 0 AND principal_id = ?)"
        )
        values.append(reviewer)
    for column, value in (("access", access), ("type", type)):
        if value is not None:
            where.append(f"r.{column} = ?")
            values.append(value)
    return await tx.all(
        f"{prefix} SELECT r.* FROM access_requirement r WHERE {' AND '.join(where)}"
        f" ORDER BY {_order(order, _REQUIREMENT_ORDER)}r.id LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


def _order(order: Sequence[tuple[str, str]], columns: dict[str, str]) -> str:
    return "".join(f"{columns[name]} {direction}, " for name, direction in order)


# ------------------------------------------------------------------ approvals


async def approve(
    tx: Tx,
    requirement: int,
    version: int,
    submitter: int,
    accessor: int,
    expires_on: int | None,
    by: int,
) -> int:
    """Let a user meet a requirement, be it anew; the approval's id.

    What the same submitter had approved under another version of the requirement stands no more:
    the newest says until when.
    """
    moment = now()
    await tx.run(
        "UPDATE access_approval SET state = 'REVOKED', etag = ?, modified_by = ?, modified_on = ?"
        " WHERE accessor_id = ? AND requirement_id = ? AND submitter_id = ?"
        " AND requirement_version <> ? AND state = 'APPROVED'",
        new_etag(),
        by,
        moment,
        accessor,
        requirement,
        submitter,
        version,
    )
    return int(
        await scalar(
            tx,
            "INSERT INTO access_approval (id, etag, requirement_id, requirement_version,"
            " submitter_id, accessor_id, state, expires_on, created_by, created_on, modified_by,"
            " modified_on) VALUES (?, ?, ?, ?, ?, ?, 'APPROVED', ?, ?, ?, ?, ?)"
            " ON CONFLICT (accessor_id, requirement_id, submitter_id, requirement_version)"
            " DO UPDATE SET etag = excluded.etag, state = excluded.state,"
            " expires_on = excluded.expires_on, modified_by = excluded.modified_by,"
            " modified_on = excluded.modified_on RETURNING id",
            int(await scalar(tx, tx.dialect.next_id("access_approval"))),
            new_etag(),
            requirement,
            version,
            submitter,
            accessor,
            expires_on,
            by,
            moment,
            by,
            moment,
        )
    )


async def approval(tx: Tx, id: int) -> Row | None:
    """An approval."""
    return await tx.one("SELECT * FROM access_approval WHERE id = ?", id)


async def active_approvals(tx: Tx, requirement: int, accessor: int) -> Sequence[Row]:
    """The approvals by which a user meets a requirement now, the longest first."""
    return await tx.all(
        f"SELECT * FROM access_approval WHERE accessor_id = ? AND requirement_id = ? AND {_ACTIVE}"
        " ORDER BY expires_on IS NOT NULL, expires_on DESC",
        accessor,
        requirement,
        now(),
    )


async def approved_among(tx: Tx, accessor: int, requirements: Sequence[int]) -> set[int]:
    """Those of these requirements that a user meets now."""
    if not requirements:
        return set()
    rows = await tx.all(
        "SELECT DISTINCT requirement_id FROM access_approval WHERE accessor_id = ?"
        f" AND {_ACTIVE} AND requirement_id IN {marks(len(requirements))}",
        accessor,
        now(),
        *requirements,
    )
    return {row[0] for row in rows}


async def ever_approved_by_submitter(tx: Tx, requirement: int, submitter: int) -> list[int]:
    """The users who meet or have met a requirement because this one asked for them."""
    rows = await tx.all(
        "SELECT DISTINCT accessor_id FROM access_approval WHERE requirement_id = ?"
        " AND submitter_id = ? ORDER BY accessor_id",
        requirement,
        submitter,
    )
    return [row[0] for row in rows]


async def revoke(
    tx: Tx,
    requirement: int,
    by: int,
    *,
    accessor: int | None = None,
    submitter: int | None = None,
) -> list[int]:
    """Take approvals back: of one user, or those that one asked for, or both; whose they were."""
    where, values = "", list[Value]()
    for column, value in (("accessor_id", accessor), ("submitter_id", submitter)):
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
    rows = await tx.all(
        "UPDATE access_approval SET state = 'REVOKED', etag = ?, modified_by = ?, modified_on = ?"
        f" WHERE requirement_id = ? AND state = 'APPROVED'{where} RETURNING accessor_id",
        new_etag(),
        by,
        now(),
        requirement,
        *values,
    )
    return sorted({row[0] for row in rows})


async def expired(tx: Tx, limit: int) -> Sequence[Row]:
    """Approvals whose time is over and that are not marked so."""
    return await tx.all(
        "SELECT * FROM access_approval WHERE state = 'APPROVED' AND expires_on IS NOT NULL"
        f" AND expires_on <= ? ORDER BY expires_on LIMIT ?{tx.dialect.skip_locked()}",
        now(),
        limit,
    )


async def mark_expired(tx: Tx, id: int, by: int) -> None:
    """Mark an approval whose time is over."""
    await tx.run(
        "UPDATE access_approval SET state = 'REVOKED', etag = ?, modified_by = ?, modified_on = ?"
        " WHERE id = ?",
        new_etag(),
        by,
        now(),
        id,
    )


async def expiring(tx: Tx, kind: str, earliest: int, latest: int, limit: int) -> Sequence[Row]:
    """Groups of approvals that expire soon, and whose submitter has not been told.

    Args:
        tx: The transaction.
        kind: The letter that tells them.
        earliest: How long before expiry the letter may go out, in milliseconds. Approvals that
            hold no longer than that are left out: who just got one knows.
        latest: How long before expiry it must have gone out.
        limit: How many at most.
    """
    moment = now()
    return await tx.all(
        "SELECT a.requirement_id, a.submitter_id, a.expires_on FROM access_approval a"
        " JOIN access_requirement r ON r.id = a.requirement_id"
        " WHERE a.state = 'APPROVED' AND a.expires_on IS NOT NULL AND a.expires_on > ?"
        " AND a.expires_on <= ? AND a.expires_on - a.modified_on > ?"
        " AND r.type = 'ManagedACTAccessRequirement'"
        " AND NOT EXISTS (SELECT 1 FROM access_approval later"
        "  WHERE later.requirement_id = a.requirement_id AND later.accessor_id = a.accessor_id"
        "  AND later.state = 'APPROVED'"
        "  AND (later.expires_on IS NULL OR later.expires_on > a.expires_on))"
        " AND NOT EXISTS (SELECT 1 FROM approval_notification n"
        "  WHERE n.requirement_id = a.requirement_id AND n.recipient_id = a.submitter_id"
        "  AND n.kind = ? AND n.about = a.expires_on)"
        " GROUP BY a.requirement_id, a.submitter_id, a.expires_on ORDER BY a.expires_on LIMIT ?",
        moment + latest,
        moment + earliest,
        earliest,
        kind,
        limit,
    )


async def groups(
    tx: Tx,
    *,
    requirement: int | None,
    submitter: int | None,
    accessor: int | None,
    expire_before: int | None,
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the groups that were approved together."""
    where, values = _ACTIVE, list[Value]([now()])
    for column, value in (
        ("requirement_id", requirement),
        ("submitter_id", submitter),
        ("accessor_id", accessor),
    ):
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
    if expire_before is not None:
        where += " AND expires_on < ?"
        values.append(expire_before)
    return await tx.all(
        f"SELECT requirement_id, submitter_id, expires_on FROM access_approval WHERE {where}"
        " GROUP BY requirement_id, submitter_id, expires_on"
        " ORDER BY expires_on IS NULL, expires_on, requirement_id, submitter_id LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


async def group_members(
    tx: Tx, requirement: int, submitter: int, expires_on: int | None
) -> list[int]:
    """The users of one of these groups."""
    ends = "expires_on IS NULL" if expires_on is None else "expires_on = ?"
    values = () if expires_on is None else (expires_on,)
    rows = await tx.all(
        "SELECT DISTINCT accessor_id FROM access_approval WHERE requirement_id = ?"
        f" AND submitter_id = ? AND state = 'APPROVED' AND {ends} ORDER BY accessor_id",
        requirement,
        submitter,
        *values,
    )
    return [row[0] for row in rows]


async def history(
    tx: Tx,
    accessor: int,
    requirement: int | None,
    order: Sequence[tuple[str, str]],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of all approvals that a user has and had."""
    where, values = "a.accessor_id = ?", list[Value]([accessor])
    if requirement is not None:
        where += " AND a.requirement_id = ?"
        values.append(requirement)
    return await tx.all(
        "SELECT a.*, r.name AS requirement_name FROM access_approval a"
        f" JOIN access_requirement r ON r.id = a.requirement_id WHERE {where}"
        f" ORDER BY {_order(order, _APPROVAL_ORDER)}a.id LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


async def note_letter(tx: Tx, requirement: int, recipient: int, kind: str, about: int) -> bool:
    """Note that a letter is sent; False if it was sent already.

    Args:
        tx: The transaction.
        requirement: Which requirement it is about.
        recipient: Who gets it.
        kind: A ``NotificationType``.
        about: The moment that tells letters of one kind apart, such as that of expiry.
    """
    changed = await tx.run(
        "INSERT INTO approval_notification (requirement_id, recipient_id, kind, about, sent_on)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        requirement,
        recipient,
        kind,
        about,
        now(),
    )
    return changed == 1


async def letters(tx: Tx, requirement: int, recipients: Sequence[int]) -> Sequence[Row]:
    """The letters that were sent, the latest first."""
    if not recipients:
        return []
    return await tx.all(
        "SELECT * FROM approval_notification WHERE requirement_id = ?"
        f" AND recipient_id IN {marks(len(recipients))} ORDER BY sent_on DESC, recipient_id",
        requirement,
        *recipients,
    )


# ------------------------------------------------------------------ research projects, requests

_ASKED = {"project": "research_project", "request": "access_request"}


async def asked(tx: Tx, what: str, id: int) -> Row | None:
    """A research project, or a request."""
    return await tx.one(f"SELECT * FROM {_ASKED[what]} WHERE id = ?", id)


async def asked_by(tx: Tx, what: str, requirement: int, user: int) -> Row | None:
    """A user's research project for a requirement, or their request."""
    return await tx.one(
        f"SELECT * FROM {_ASKED[what]} WHERE created_by = ? AND requirement_id = ?",
        user,
        requirement,
    )


async def add_asked(tx: Tx, what: str, requirement: int, user: int, body: str) -> int | None:
    """Insert one; its id, or None when the user has one for the requirement."""
    table = _ASKED[what]
    id = int(await scalar(tx, tx.dialect.next_id(table)))
    moment = now()
    changed = await tx.run(
        f"INSERT INTO {table} (id, requirement_id, etag, created_by, created_on, modified_by,"
        " modified_on, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        requirement,
        new_etag(),
        user,
        moment,
        user,
        moment,
        body,
    )
    return id if changed else None


async def set_asked(tx: Tx, what: str, id: int, etag: str, user: int, body: str) -> bool:
    """Replace one; False when it has not this etag any more."""
    changed = await tx.run(
        f"UPDATE {_ASKED[what]} SET etag = ?, modified_by = ?, modified_on = ?, body = ?"
        " WHERE id = ? AND etag = ?",
        new_etag(),
        user,
        now(),
        body,
        id,
        etag,
    )
    return changed == 1


_REQUEST_ORDER = {
    "ACCESS_REQUIREMENT_NAME": "q.name",
    "SUBMITTED_ON": "s.submitted_on",
    "MODIFIED_ON": "modified_on",
    "EXPIRES_ON": "expires_on",
}


async def requests_of(
    tx: Tx,
    user: int,
    requirement: int | None,
    order: str,
    direction: str,
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of a user's requests with their latest submissions, and the end of their access."""
    column = _REQUEST_ORDER[order]
    only = "" if requirement is None else " AND r.requirement_id = ?"
    return await tx.all(
        "SELECT r.id, r.requirement_id, q.name, s.state, s.submitted_on,"
        " CASE WHEN s.modified_on > r.modified_on THEN s.modified_on ELSE r.modified_on END"
        " AS modified_on,"
        " (SELECT max(a.expires_on) FROM access_approval a WHERE a.accessor_id = r.created_by"
        "  AND a.requirement_id = r.requirement_id AND a.state = 'APPROVED') AS expires_on"
        " FROM access_request r JOIN access_requirement q ON q.id = r.requirement_id"
        " LEFT JOIN access_submission s ON s.id ="
        "  (SELECT max(l.id) FROM access_submission l WHERE l.request_id = r.id)"
        f" WHERE r.created_by = ?{only} ORDER BY {column} {direction}, r.id LIMIT ? OFFSET ?",
        user,
        *(() if requirement is None else (requirement,)),
        limit,
        offset,
    )


# ------------------------------------------------------------------ submissions

_NAMED = (
    "SELECT s.*, r.name AS requirement_name FROM access_submission s"
    " JOIN access_requirement r ON r.id = s.requirement_id"
)
_SUBMISSION_ORDER = {"CREATED_ON": "s.submitted_on", "MODIFIED_ON": "s.modified_on"}


async def add_submission(
    tx: Tx,
    requirement: int,
    version: int,
    request: int,
    submitter: int,
    accessors: Sequence[int],
    body: str,
) -> int | None:
    """Insert a submission; its id, or None when the user has an open one."""
    id = int(await scalar(tx, tx.dialect.next_id("access_submission")))
    moment = now()
    changed = await tx.run(
        "INSERT INTO access_submission (id, requirement_id, requirement_version, request_id,"
        " state, etag, submitted_by, submitted_on, modified_by, modified_on, body)"
        " VALUES (?, ?, ?, ?, 'SUBMITTED', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        requirement,
        version,
        request,
        new_etag(),
        submitter,
        moment,
        submitter,
        moment,
        body,
    )
    if not changed:
        return None
    await tx.many(
        "INSERT INTO access_submission_accessor (submission_id, accessor_id) VALUES (?, ?)",
        [(id, accessor) for accessor in accessors],
    )
    return id


async def submission(tx: Tx, id: int, *, lock: bool = False) -> Row | None:
    """A submission; with ``lock`` nobody else changes it meanwhile."""
    if lock and tx.dialect.lock_row():
        # By itself: a join would lock the requirement, too.
        await tx.one(f"SELECT 1 FROM access_submission WHERE id = ?{tx.dialect.lock_row()}", id)
    return await tx.one(f"{_NAMED} WHERE s.id = ?", id)


async def set_submission(tx: Tx, id: int, state: str, reason: str | None, by: int) -> None:
    """Say what became of a submission."""
    await tx.run(
        "UPDATE access_submission SET state = ?, reason = ?, etag = ?, modified_by = ?,"
        " modified_on = ? WHERE id = ?",
        state,
        reason,
        new_etag(),
        by,
        now(),
        id,
    )


async def delete_submission(tx: Tx, id: int) -> None:
    """Remove a submission."""
    await tx.run("DELETE FROM access_file WHERE kind = ? AND owner_id = ?", SUBMISSION_FILE, id)
    await tx.run("DELETE FROM access_submission_accessor WHERE submission_id = ?", id)
    await tx.run("DELETE FROM access_submission WHERE id = ?", id)


async def latest_submission(
    tx: Tx, requirement: int, accessor: int, state: str | None = None
) -> Row | None:
    """The latest submission that a user is an accessor of."""
    return await tx.one(
        "SELECT s.* FROM access_submission_accessor a"
        " JOIN access_submission s ON s.id = a.submission_id"
        f" WHERE a.accessor_id = ? AND s.requirement_id = ?{'' if state is None else ' AND s.state = ?'}"
        " ORDER BY s.id DESC LIMIT 1",
        accessor,
        requirement,
        *(() if state is None else (state,)),
    )


async def latest_submission_of(tx: Tx, request: int) -> Row | None:
    """The latest submission of a request."""
    return await tx.one(
        "SELECT * FROM access_submission WHERE request_id = ? ORDER BY id DESC LIMIT 1", request
    )


async def is_accessor(tx: Tx, submission: int, user: int) -> bool:
    """Whether a submission is about a user."""
    sql = "SELECT 1 FROM access_submission_accessor WHERE accessor_id = ? AND submission_id = ?"
    return await scalar(tx, sql, user, submission) is not None


async def approval_of(tx: Tx, submission: Row, accessor: int) -> Row | None:
    """The approval that a submission brought a user."""
    return await tx.one(
        "SELECT * FROM access_approval WHERE accessor_id = ? AND requirement_id = ?"
        " AND submitter_id = ? AND requirement_version = ?",
        accessor,
        submission["requirement_id"],
        submission["submitted_by"],
        submission["requirement_version"],
    )


async def submissions(
    tx: Tx,
    *,
    reviewer: Caller | None,
    requirement: int | None = None,
    accessor: int | None = None,
    state: str | None = None,
    reviewed_by: int | None = None,
    delegated: bool | None = None,
    order: Sequence[tuple[str, str]],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the submissions of which all that is given holds.

    Args:
        tx: The transaction.
        reviewer: Only those that this caller may review as a reviewer.
        requirement: Only those to this requirement.
        accessor: Only those about this user.
        state: Only those in this state.
        reviewed_by: Only those that this user or team may review.
        delegated: Only those that somebody may review besides the compliance team, or the rest.
        order: Columns and directions.
        offset: How many to skip.
        limit: How many at most.
    """
    where, values = ["1 = 1"], list[Value]()
    review = (
        f"SELECT 1 FROM acl_entry WHERE kind = '{REQUIREMENT}' AND owner_id = s.requirement_id"
        f" AND access & {REVIEW_SUBMISSIONS} <> 0"
    )
    if reviewer is not None:
        where.append(f"EXISTS ({review} AND {MINE})")
        values += [*reviewer.principals, reviewer.id]
    if reviewed_by is not None:
        where.append(f"EXISTS ({review} AND principal_id = ?)")
        values.append(reviewed_by)
    if delegated is not None:
        where.append(f"{'' if delegated else 'NOT '}EXISTS ({review})")
    if accessor is not None:
        where.append(
            "s.id IN (SELECT submission_id FROM access_submission_accessor WHERE accessor_id = ?)"
        )
        values.append(accessor)
    for column, value in (("requirement_id", requirement), ("state", state)):
        if value is not None:
            where.append(f"s.{column} = ?")
            values.append(value)
    return await tx.all(
        f"{_NAMED} WHERE {' AND '.join(where)} ORDER BY {_order(order, _SUBMISSION_ORDER)}s.id"
        " LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


async def open_submissions(tx: Tx, offset: int, limit: int) -> Sequence[Row]:
    """A page of requirements with submissions that wait, and how many."""
    return await tx.all(
        "SELECT requirement_id, count(*) AS waiting FROM access_submission"
        " WHERE state = 'SUBMITTED' GROUP BY requirement_id ORDER BY requirement_id"
        " LIMIT ? OFFSET ?",
        limit,
        offset,
    )
