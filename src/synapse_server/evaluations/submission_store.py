"""SQL of submissions and their statuses."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.clock import new_etag, now
from synapse_server.kernel.database import Row, Tx, marks, scalar
from synapse_wire.errors import NotFound

_COUNTED = "st.status NOT IN ('INVALID', 'REJECTED')"
"""What was refused is no attempt."""
_JOINED = "submission s JOIN submission_status st ON st.id = s.id"


async def find(tx: Tx, id: int) -> Row:
    """A submission.

    Raises:
        NotFound: There is none.
    """
    row = await tx.one("SELECT * FROM submission WHERE id = ?", id)
    if row is None:
        raise NotFound(f"The submission {id} does not exist.")
    return row


async def find_status(tx: Tx, id: int, *, lock: bool = False) -> Row:
    """The status of a submission, with whose it is and of what; with ``lock`` to change it.

    Raises:
        NotFound: There is none.
    """
    if lock and tx.dialect.lock_row():
        sql = f"SELECT 1 FROM submission_status WHERE id = ?{tx.dialect.lock_row()}"
        await tx.one(sql, id)
    row = await tx.one(
        f"SELECT st.*, s.user_id, s.entity_id, s.version FROM {_JOINED} WHERE s.id = ?",
        id,
    )
    if row is None:
        raise NotFound(f"The submission {id} does not exist.")
    return row


async def lock_statuses(tx: Tx, ids: Sequence[int]) -> dict[int, Row]:
    """The statuses of these submissions, to change them."""
    if tx.dialect.lock_row():  # in one order, or two batches could wait for one another
        await tx.all(
            f"SELECT 1 FROM submission_status WHERE id IN {marks(len(ids))} ORDER BY id"
            + tx.dialect.lock_row(),
            *ids,
        )
    rows = await tx.all(
        "SELECT st.*, s.user_id, s.entity_id, s.version"
        f" FROM {_JOINED} WHERE s.id IN {marks(len(ids))}",
        *ids,
    )
    return {row["id"]: row for row in rows}


async def add(
    tx: Tx,
    *,
    evaluation: int,
    round_id: int | None,
    user: int,
    team: int | None,
    entity: int,
    version: int,
    name: str,
    alias: str | None,
    bundle: str,
    contributors: Sequence[int],
    files: Sequence[int],
) -> int:
    """Insert a submission with the status RECEIVED; its number."""
    id = int(await scalar(tx, tx.dialect.next_id("submission")))
    moment = now()
    await tx.run(
        "INSERT INTO submission (id, evaluation_id, round_id, user_id, team_id, entity_id, version,"
        " name, submitter_alias, created_on, bundle) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        evaluation,
        round_id,
        user,
        team,
        entity,
        version,
        name,
        alias,
        moment,
        bundle,
    )
    await tx.run(
        "INSERT INTO submission_status (id, evaluation_id, etag, modified_on, status,"
        " status_version, can_cancel, cancel_requested, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        evaluation,
        new_etag(),
        moment,
        "RECEIVED",
        0,
        0,
        0,
        "{}",
    )
    await tx.many(
        "INSERT INTO submission_contributor (submission_id, principal_id, created_on)"
        " VALUES (?, ?, ?)",
        [(id, contributor, moment) for contributor in contributors],
    )
    await tx.many(
        "INSERT INTO submission_file (submission_id, file_handle_id) VALUES (?, ?)",
        [(id, handle) for handle in files],
    )
    return id


async def contributors(tx: Tx, ids: Sequence[int]) -> dict[int, list[Row]]:
    """Who worked on each of these submissions."""
    found: dict[int, list[Row]] = {id: [] for id in ids}
    if ids:
        for row in await tx.all(
            f"SELECT * FROM submission_contributor WHERE submission_id IN {marks(len(ids))}"
            " ORDER BY principal_id",
            *ids,
        ):
            found[row["submission_id"]].append(row)
    return found


async def add_contributor(tx: Tx, id: int, principal: int) -> None:
    """Name one more."""
    await tx.run(
        "INSERT INTO submission_contributor (submission_id, principal_id, created_on)"
        " VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        principal,
        now(),
    )


async def has_file(tx: Tx, id: int, handle: int) -> bool:
    """Whether a file handle was submitted with it."""
    sql = "SELECT 1 FROM submission_file WHERE submission_id = ? AND file_handle_id = ?"
    return await scalar(tx, sql, id, handle) is not None


async def is_submitted(tx: Tx, handle: int) -> bool:
    """Whether a file handle was submitted with anything."""
    sql = "SELECT 1 FROM submission_file WHERE file_handle_id = ? LIMIT 1"
    return await scalar(tx, sql, handle) is not None


async def page(
    tx: Tx,
    evaluation: int,
    offset: int,
    limit: int,
    *,
    user: int | None = None,
    status: str | None = None,
) -> Sequence[Row]:
    """Submissions in the order in which they came: all, a user's, or those of one status."""
    conditions, values = ["s.evaluation_id = ?"], list[int | str]([evaluation])
    if user is not None:
        conditions.append("s.user_id = ?")
        values.append(user)
    if status is not None:
        conditions.append("st.status = ?")
        values.append(status)
    return await tx.all(
        f"SELECT s.* FROM {_JOINED} WHERE {' AND '.join(conditions)} ORDER BY s.id"
        " LIMIT ? OFFSET ?",
        *values,
        limit,
        offset,
    )


async def page_of_statuses(
    tx: Tx, evaluation: int, offset: int, limit: int, status: str | None
) -> Sequence[Row]:
    """Statuses in the order in which the submissions came."""
    condition = "" if status is None else " AND st.status = ?"
    return await tx.all(
        "SELECT st.*, s.user_id, s.entity_id, s.version"
        f" FROM {_JOINED} WHERE s.evaluation_id = ?{condition} ORDER BY s.id LIMIT ? OFFSET ?",
        evaluation,
        *(() if status is None else (status,)),
        limit,
        offset,
    )


async def table(tx: Tx, evaluation: int) -> Sequence[Row]:
    """All submissions with their statuses, in the order in which they came."""
    return await tx.all(
        "SELECT st.*, s.user_id, s.team_id, s.submitter_alias, s.entity_id, s.version, s.name,"
        f" s.created_on FROM {_JOINED} WHERE s.evaluation_id = ? ORDER BY s.id",
        evaluation,
    )


async def statuses(tx: Tx, ids: Sequence[int]) -> dict[int, Row]:
    """The statuses of these submissions."""
    if not ids:
        return {}
    rows = await tx.all(
        "SELECT st.*, s.user_id, s.entity_id, s.version"
        f" FROM {_JOINED} WHERE s.id IN {marks(len(ids))}",
        *ids,
    )
    return {row["id"]: row for row in rows}


async def count(tx: Tx, evaluation: int) -> int:
    """How many submissions an evaluation has."""
    return int(
        await scalar(tx, "SELECT count(*) FROM submission WHERE evaluation_id = ?", evaluation)
    )


async def set_status(
    tx: Tx, row: Row, status: str, score: float | None, can_cancel: bool, body: str
) -> None:
    """Replace what a status says; its etag is new and its version one more."""
    await tx.run(
        "UPDATE submission_status SET etag = ?, modified_on = ?, status = ?, score = ?,"
        " status_version = ?, can_cancel = ?, body = ? WHERE id = ?",
        new_etag(),
        now(),
        status,
        score,
        row["status_version"] + 1,
        int(can_cancel),
        body,
        row["id"],
    )


async def request_cancellation(tx: Tx, row: Row) -> None:
    """Note that the submitter wants it cancelled."""
    await tx.run(
        "UPDATE submission_status SET etag = ?, modified_on = ?, status_version = ?,"
        " cancel_requested = 1 WHERE id = ?",
        new_etag(),
        now(),
        row["status_version"] + 1,
        row["id"],
    )


async def delete(tx: Tx, id: int) -> None:
    """Remove a submission with its status."""
    for table in ("submission_contributor", "submission_file"):
        await tx.run(f"DELETE FROM {table} WHERE submission_id = ?", id)
    await tx.run("DELETE FROM submission_status WHERE id = ?", id)
    await tx.run("DELETE FROM submission WHERE id = ?", id)


async def delete_all(tx: Tx, evaluation: int) -> None:
    """Remove all submissions of an evaluation."""
    for table in ("submission_contributor", "submission_file"):
        await tx.run(
            f"DELETE FROM {table} WHERE submission_id IN"
            " (SELECT id FROM submission WHERE evaluation_id = ?)",
            evaluation,
        )
    await tx.run("DELETE FROM submission_status WHERE evaluation_id = ?", evaluation)
    await tx.run("DELETE FROM submission WHERE evaluation_id = ?", evaluation)


# ------------------------------------------------------------------ rounds and eligibility


async def is_round_used(tx: Tx, round_id: int) -> bool:
    """Whether somebody submitted in a round."""
    sql = "SELECT 1 FROM submission WHERE round_id = ? LIMIT 1"
    return await scalar(tx, sql, round_id) is not None


async def assign_round(tx: Tx, evaluation: int, round_id: int, starts: int, ends: int) -> None:
    """Put the submissions of a time into a round."""
    await tx.run(
        "UPDATE submission SET round_id = ? WHERE evaluation_id = ? AND created_on >= ?"
        " AND created_on < ?",
        round_id,
        evaluation,
        starts,
        ends,
    )


async def count_of_team(tx: Tx, evaluation: int, team: int, since: int) -> int:
    """How often a team submitted since a moment."""
    return int(
        await scalar(
            tx,
            f"SELECT count(*) FROM {_JOINED} WHERE s.evaluation_id = ? AND s.team_id = ?"
            f" AND s.created_on >= ? AND {_COUNTED}",
            evaluation,
            team,
            since,
        )
    )


async def count_of_contributors(
    tx: Tx, evaluation: int, principals: Sequence[int], since: int
) -> dict[int, int]:
    """How many submissions each of these people worked on since a moment."""
    rows = await tx.all(
        f"SELECT c.principal_id, count(*) AS number FROM submission_contributor c"
        f" JOIN submission s ON s.id = c.submission_id JOIN submission_status st ON st.id = s.id"
        f" WHERE c.principal_id IN {marks(len(principals))} AND s.evaluation_id = ?"
        f" AND s.created_on >= ? AND {_COUNTED} GROUP BY c.principal_id",
        *principals,
        evaluation,
        since,
    )
    return {row["principal_id"]: row["number"] for row in rows}


async def submitted_elsewhere(
    tx: Tx, evaluation: int, principals: Sequence[int], team: int | None, since: int
) -> set[int]:
    """Who of these worked on a submission since a moment that was not this team's; without a
    team: on any team's."""
    other = "s.team_id IS NOT NULL" if team is None else "(s.team_id IS NULL OR s.team_id <> ?)"
    rows = await tx.all(
        f"SELECT DISTINCT c.principal_id FROM submission_contributor c"
        f" JOIN submission s ON s.id = c.submission_id JOIN submission_status st ON st.id = s.id"
        f" WHERE c.principal_id IN {marks(len(principals))} AND s.evaluation_id = ?"
        f" AND s.created_on >= ? AND {other} AND {_COUNTED}",
        *principals,
        evaluation,
        since,
        *(() if team is None else (team,)),
    )
    return {row["principal_id"] for row in rows}
