"""The SQL of views: submissions, which rows are made of, and snapshots."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.database import Row, Tx, chunks, marks


async def submission_ids(tx: Tx, evaluations: Sequence[int], after: int, most: int) -> list[int]:
    """A page of the submissions to these evaluations, by id."""
    rows = await tx.all(
        f"SELECT id FROM submission WHERE evaluation_id IN {marks(len(evaluations))} AND id > ?"
        " ORDER BY id LIMIT ?",
        *evaluations,
        after,
        most,
    )
    return [row["id"] for row in rows]


async def submissions(tx: Tx, ids: Sequence[int]) -> list[Row]:
    """Submissions with their statuses, and the projects of their evaluations."""
    found: list[Row] = []
    for some in chunks(ids):
        found += await tx.all(
            "SELECT s.*, st.etag, st.modified_on, st.status, st.score, st.status_version,"
            " st.can_cancel, st.cancel_requested, st.body, ev.content_source"
            " FROM submission s JOIN submission_status st ON st.id = s.id"
            " JOIN evaluation ev ON ev.id = s.evaluation_id"
            f" WHERE s.id IN {marks(len(some))}",
            *some,
        )
    return found


async def add_snapshot(tx: Tx, view: int, version: int, blob: str, changed_on: int) -> None:
    """Remember where the rows are that a version of a view shows."""
    await tx.run(
        "INSERT INTO view_snapshot (view_id, version, blob, changed_on) VALUES (?, ?, ?, ?)",
        view,
        version,
        blob,
        changed_on,
    )


async def snapshot(tx: Tx, view: int, version: int) -> Row | None:
    """Where the rows are that a version of a view shows; None if it is no snapshot."""
    return await tx.one(
        "SELECT * FROM view_snapshot WHERE view_id = ? AND version = ?", view, version
    )


async def forget(tx: Tx, views: Sequence[int]) -> None:
    """Remove the snapshots of views; entities that are no views do no harm."""
    for some in chunks(views):
        await tx.run(f"DELETE FROM view_snapshot WHERE view_id IN {marks(len(some))}", *some)
