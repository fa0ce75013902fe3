"""A database that is put back from a backup: what lies beside it does not show what is gone."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from tests.conftest import RunningServer
from tests.server.tables.tabling import annotate, column, csv_change, table, transact, values, view

from synapse_server.settings import Settings


def test_nothing_is_shown_that_is_gone(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"))
    server = RunningServer(settings)
    user = server.user()
    project = user.project(name="Zebra")["id"]
    made = table(user, [column(user, "name")], project)["id"]
    transact(user, made, csv_change(user, "name\nkept\n"))
    name = column(user, "name", maximumSize=256)
    shown = view(user, [name], project)["id"]
    with sqlite3.connect(tmp_path / "data" / "synapse.db") as db:
        db.execute("VACUUM INTO ?", [str(tmp_path / "backup.db")])

    def seen() -> tuple[list[str | None], list[str | None], int]:
        return (
            [row[0] for row in values(user, f"SELECT * FROM {made}")],
            [row[0] for row in values(user, f"SELECT * FROM {shown}")],
            user.post("/search", {"queryTerm": ["zebra"]})["found"],
        )

    transact(user, made, csv_change(user, "name\nlost\n"))
    user.file(project, "lost zebra.txt")
    assert seen() == (["kept", "lost"], ["lost zebra.txt"], 2)
    server.stop()

    for path in (tmp_path / "data").glob("synapse.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "data" / "synapse.db")
    server = RunningServer(settings)
    user.server = server
    assert seen() == (["kept"], [], 1)
    transact(user, made, csv_change(user, "name\nnew\n"))
    for number in range(30):  # the database comes to where the indexes had been
        annotate(user, project, n=("LONG", number))
    assert seen() == (["kept", "new"], [], 1)
    server.stop()
