"""Views, datasets and their kin with our client: the models and the older classes."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.conftest import User

from synapseclient import (
    Dataset as OldDataset,
)
from synapseclient import (
    EntityViewSchema,
    EntityViewType,
    MaterializedViewSchema,
    PartialRowset,
    SubmissionViewSchema,
    models,
    operations,
)
from synapseclient import File as OldFile
from synapseclient import Table as OldTable
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import (
    SynapseAuthenticationError,
    SynapseError,
    SynapseHTTPError,
    SynapseTimeoutError,
)
from synapseclient.models import (
    Column,
    ColumnType,
    Dataset,
    DatasetCollection,
    EntityRef,
    EntityView,
    File,
    Folder,
    MaterializedView,
    Project,
    SubmissionView,
    ViewTypeMask,
    VirtualTable,
    query,
    query_part_mask,
)
from synapseclient.models.rows import wait_for_view
from synapseclient.tables import work

SEASONS = {"wren": ["spring"], "robin": ["winter", "spring"], "owl": None}
SIZES = {"wren": 9, "robin": 14, "owl": 35}


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


@pytest.fixture
def project(syn: Synapse, tmp_path: Path) -> Project:
    """A project with three files, one of them in a folder, and annotations."""
    made = Project(name=f"Views {os.urandom(4).hex()}").store(synapse_client=syn)
    folder = Folder(name="night", parent_id=made.id).store(synapse_client=syn)
    for name, size in SIZES.items():
        path = tmp_path / f"{name}.txt"
        path.write_text(name)
        notes: dict[str, Any] = {"size": [size]}
        if SEASONS[name]:
            notes["season"] = SEASONS[name]
        parent = folder.id if name == "owl" else made.id
        made.files.append(
            File(path=str(path), name=name, parent_id=parent, annotations=notes).store(
                synapse_client=syn
            )
        )
    made.folders.append(folder)
    return made


def columns() -> list[Column]:
    return [
        Column(name="size", column_type=ColumnType.INTEGER),
        Column(name="season", column_type=ColumnType.STRING_LIST, maximum_size=20),
    ]


@pytest.fixture
def view(syn: Synapse, project: Project) -> EntityView:
    return EntityView(
        name="All files",
        parent_id=project.id,
        scope_ids=[project.id],
        view_type_mask=ViewTypeMask.FILE,
        columns=columns(),
    ).store(synapse_client=syn)


def rows(syn: Synapse, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = query(sql, False, results_as="dicts", synapse_client=syn)
    return found


def notes(syn: Synapse, file: File) -> Any:
    return File(id=file.id, download_file=False).get(synapse_client=syn).annotations


# ------------------------------------------------------------------ entity views


def test_a_view_is_made_and_queried(syn: Synapse, project: Project, view: EntityView) -> None:
    assert view.id is not None
    assert (view.scope_ids, view.view_type_mask) == ({project.id}, ViewTypeMask.FILE)
    assert list(view.columns)[:4] == ["size", "season", "id", "name"]
    assert "etag" in view.columns
    assert not view.has_changed
    assert not view.has_columns_changed
    found = rows(syn, f"SELECT id, name, size, season FROM {view.id} ORDER BY size")
    assert found == [
        {
            "id": file.id,
            "name": file.name,
            "size": SIZES[file.name or ""],
            "season": SEASONS[file.name or ""],
        }
        for file in project.files
    ]
    frame = query(f"SELECT name, size FROM {view.id} ORDER BY size", synapse_client=syn)
    assert list(frame.columns) == ["ROW_ID", "ROW_VERSION", "name", "size"]
    assert frame["ROW_ID"].tolist() == [int((file.id or "syn")[3:]) for file in project.files]
    frame = query(f"SELECT name FROM {view.id}", include_entity_etag=True, synapse_client=syn)
    assert list(frame.columns) == ["ROW_ID", "ROW_VERSION", "ROW_ETAG", "name"]
    parts = query_part_mask(f"SELECT name FROM {view.id}", 0x1 | 0x2 | 0x40, synapse_client=syn)
    assert parts.count == 3
    assert parts.sum_file_sizes is not None
    assert parts.sum_file_sizes.sum_file_size_bytes == len("wrenrobinowl")
    assert list(parts.result.columns) == ["ROW_ID", "ROW_VERSION", "ROW_ETAG", "name"]
    again = EntityView(name="All files", parent_id=project.id).get(synapse_client=syn)
    assert again == view
    assert list(again.columns) == list(view.columns)


def test_a_view_is_changed(syn: Synapse, project: Project, view: EntityView) -> None:
    again = EntityView(id=view.id).get(synapse_client=syn)
    again.delete_column("season")
    again.columns["size"].name = "weight"
    again.add_column(Column(name="note", column_type=ColumnType.STRING))
    again.reorder_column("note", 0)
    again.view_type_mask = ViewTypeMask.FILE | ViewTypeMask.FOLDER
    again.description = "files and folders"
    again.annotations = {"kept": ["yes"]}
    again.store(dry_run=True, synapse_client=syn)
    unchanged = EntityView(id=view.id).get(synapse_client=syn)
    assert (unchanged.view_type_mask, "season" in unchanged.columns) == (1, True)
    again = again.store(synapse_client=syn)
    assert again.view_type_mask == 9
    assert list(again.columns)[:2] == ["note", "weight"]
    assert "season" not in again.columns
    found = rows(syn, f"SELECT name, type FROM {view.id} ORDER BY name")
    assert [each["type"] for each in found] == ["folder", "file", "file", "file"]
    got = EntityView(id=view.id).get(synapse_client=syn)
    assert (got.description, got.annotations) == ("files and folders", {"kept": ["yes"]})
    # The scope is changed, too, and what is not said stays.
    night = project.folders[0]
    got.scope_ids = {night.id}
    got.store(synapse_client=syn)
    assert [each["name"] for each in rows(syn, f"SELECT name FROM {view.id}")] == ["owl"]
    more = EntityView(name="All files", parent_id=project.id, description="again")
    more = more.store(synapse_client=syn)
    assert (more.id, more.scope_ids, more.view_type_mask) == (view.id, {night.id}, 9)
    assert list(more.columns)[:2] == ["note", "weight"]
    # Two who change the same: the second is told.
    one, two = (EntityView(id=view.id).get(synapse_client=syn) for _ in "ab")
    one.scope_ids, two.scope_ids = {project.id}, {project.id, night.id}
    one.store(synapse_client=syn)
    with pytest.raises(SynapseHTTPError, match="412"):
        two.store(synapse_client=syn)
    with pytest.raises(ValueError, match="id of a project or folder"):
        EntityView(name="x", parent_id=project.id, scope_ids=["nowhere"]).store(synapse_client=syn)
    with pytest.raises(ValueError, match="cannot be stored as a Dataset"):
        Dataset(name="All files", parent_id=project.id).store(synapse_client=syn)
    more.delete(synapse_client=syn)
    with pytest.raises(SynapseHTTPError):
        EntityView(id=view.id).get(synapse_client=syn)


def test_default_columns_are_a_choice(syn: Synapse, project: Project) -> None:
    bare = EntityView(
        name="Bare",
        parent_id=project.id,
        scope_ids={project.id},
        view_type_mask=1,
        include_default_columns=False,
        columns=columns(),
    ).store(synapse_client=syn)
    assert list(bare.columns) == ["size", "season"]
    asyncio.run(bare._append_default_columns(syn))
    bare = bare.store(synapse_client=syn)
    assert {"id", "name", "etag", "path"} <= set(bare.columns)
    wrong = [Column(name="name", column_type=ColumnType.INTEGER)]
    mine = EntityView(
        name="Mine", parent_id=project.id, scope_ids={project.id}, view_type_mask=1, columns=wrong
    ).store(synapse_client=syn)
    assert mine.columns["name"].column_type is ColumnType.STRING


def test_annotations_are_changed_through_a_view(
    syn: Synapse, project: Project, view: EntityView
) -> None:
    wren, robin, owl = project.files
    new = {
        "name": ["wren", "robin", "stranger"],
        "size": [9, 15, 1],
        "season": [None, ["ever"], None],
    }
    view.update_rows(new, ["name"], dry_run=True, synapse_client=syn)
    assert notes(syn, wren) == {"size": [9], "season": ["spring"]}
    view.update_rows(new, ["name"], wait_for_eventually_consistent_view=True, synapse_client=syn)
    assert notes(syn, wren) == {"size": [9]}
    assert notes(syn, robin) == {"size": [15], "season": ["ever"]}
    assert notes(syn, owl) == {"size": [35]}
    found = rows(syn, f"SELECT name, size FROM {view.id} WHERE size > 14 ORDER BY size")
    assert [each["name"] for each in found] == ["robin", "owl"]
    # What is the same is not stored again.
    etag = File(id=robin.id, download_file=False).get(synapse_client=syn).etag
    view.update_rows(new, ["name"], synapse_client=syn)
    assert File(id=robin.id, download_file=False).get(synapse_client=syn).etag == etag
    view.update_rows(
        pd.DataFrame({"name": ["owl", "wren"], "size": [36, 10]}), ["name"], synapse_client=syn
    )
    assert (notes(syn, owl)["size"], notes(syn, wren)["size"]) == ([36], [10])
    with pytest.raises(ValueError, match="no column 'colour'"):
        view.update_rows({"name": ["owl"], "colour": ["x"]}, ["name"], synapse_client=syn)
    with pytest.raises(ValueError, match="the same primary key"):
        view.update_rows({"name": ["owl", "owl"]}, ["name"], synapse_client=syn)


def test_what_cannot_be_changed_through_a_view(
    alice: User,
    bob: User,
    syn: Synapse,
    project: Project,
    view: EntityView,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    owl = project.files[2]
    alice.share(str(project.id), bob.id, "READ", "DOWNLOAD", "UPDATE")
    alice.share(str(project.folders[0].id), bob.id, "READ")
    other = bob.client(tmp_path / "bob")
    other.logger = logging.getLogger("tests.views")
    EntityView(id=view.id).update_rows(
        {"name": ["owl", "wren"], "size": [1, 2]}, ["name"], synapse_client=other
    )
    assert f"{owl.id} was not changed through {view.id}: UNAUTHORIZED" in caplog.text
    assert [each["size"] for each in rows(syn, f"SELECT size FROM {view.id} ORDER BY name")] == [
        35,
        14,
        2,
    ]
    # The older way raises.
    found = other.tableQuery(f"SELECT name, size FROM {view.id}", resultsAs="rowset")
    changes = {int((owl.id or "")[3:]): {"size": 1}}
    with pytest.raises(SynapseError, match=r"Not all of the entities were updated.*UNAUTHORIZED"):
        other.store(PartialRowset.from_mapping(changes, found))


def test_a_snapshot_of_a_view(syn: Synapse, project: Project, view: EntityView) -> None:
    done = view.snapshot(comment="as it was", label="first", synapse_client=syn)
    version = done.snapshot_version_number
    assert version is not None
    project.files[0].annotations = {"size": [100]}
    project.files[0].store(synapse_client=syn)
    sql = "SELECT size FROM {} WHERE name = 'wren'"
    assert rows(syn, sql.format(view.id)) == [{"size": 100}]
    assert rows(syn, sql.format(f"{view.id}.{version}")) == [{"size": 9}]
    old = EntityView(id=view.id, version_number=version).get(synapse_client=syn)
    assert (old.version_label, old.version_comment) == ("first", "as it was")
    # With what made it, which then made what comes after it, too.
    view.activity = models.Activity(name="counting")
    view.store(synapse_client=syn)
    done = view.snapshot(label="second", synapse_client=syn)
    kept = EntityView(id=view.id, version_number=done.snapshot_version_number)
    kept.get(include_activity=True, synapse_client=syn)
    assert kept.activity is not None
    assert kept.activity.name == "counting"
    assert view.activity is not None
    assert (
        syn.create_snapshot_version(view.id, label="third")
        == (done.snapshot_version_number or 0) + 1
    )


def test_servers_whose_views_lag_behind(
    syn: Synapse, project: Project, view: EntityView, monkeypatch: pytest.MonkeyPatch
) -> None:
    wren = project.files[0]
    etag = File(id=wren.id, download_file=False).get(synapse_client=syn).etag
    with pytest.raises(SynapseTimeoutError, match="still shows 1 entities"):
        run(wait_for_view(syn, str(view.id), {str(wren.id): str(etag)}, 0))
    run(wait_for_view(syn, str(view.id), {str(wren.id): "an older one", "syn1": "x"}, 0))
    run(wait_for_view(syn, str(view.id), {}, 0))
    # A snapshot is asked for again until the view is there.
    answers = ["You cannot create a version of a view that is not available", "no", ""]
    transact = work.transact

    async def lagging(*args: Any, **options: Any) -> Any:
        if answer := answers.pop(0):
            raise SynapseHTTPError(f"400 Client Error: {answer} (Status: PROCESSING)")
        return await transact(*args, **options)

    monkeypatch.setattr(work, "transact", lagging)
    with pytest.raises(SynapseHTTPError, match="no"):
        view.snapshot(synapse_client=syn)
    assert view.snapshot(synapse_client=syn).snapshot_version_number == 1


def test_who_may_see_what(
    alice: User, bob: User, project: Project, view: EntityView, tmp_path: Path
) -> None:
    other = bob.client(tmp_path / "bob")
    sql = f"SELECT name FROM {view.id} ORDER BY name"
    with pytest.raises(SynapseHTTPError, match="403"):
        query(sql, results_as="dicts", synapse_client=other)
    nobody = Synapse(
        repoEndpoint=alice.server.url + "/repo/v1",
        fileHandleEndpoint=alice.server.url + "/file/v1",
        cache_root_dir=str(tmp_path / "nobody"),
        configPath=str(tmp_path / "no-config"),
        silent=True,
        cache_client=False,
    )
    with pytest.raises((SynapseHTTPError, SynapseAuthenticationError)):
        EntityView(id=view.id).get(synapse_client=nobody)
    alice.share(str(project.id), bob.id, "READ")
    assert [each["name"] for each in rows(other, sql)] == ["owl", "robin", "wren"]
    alice.share(str(project.folders[0].id), bob.id)  # not the owl
    assert [each["name"] for each in rows(other, sql)] == ["robin", "wren"]
    with pytest.raises(SynapseHTTPError, match="403"):
        EntityView(id=view.id).update_rows(
            {"name": ["wren"], "size": [1]}, ["name"], synapse_client=other
        )
    alice.share(str(project.id), bob.id)
    with pytest.raises(SynapseHTTPError, match="403"):
        query(sql, results_as="dicts", synapse_client=other)


def test_two_change_the_same_through_a_view(
    syn: Synapse, project: Project, view: EntityView
) -> None:
    """Each cell has a value that somebody gave it, and who came too late is told."""

    async def both() -> None:
        await asyncio.gather(
            *(
                EntityView(id=view.id).update_rows_async(
                    {"name": list(SIZES), "size": [value] * 3}, ["name"], synapse_client=syn
                )
                for value in (100, 200)
            )
        )

    asyncio.run(both())
    found = [notes(syn, file)["size"] for file in project.files]
    assert all(each in ([100], [200]) for each in found)
    assert [
        each["size"] for each in rows(syn, f"SELECT size FROM {view.id} ORDER BY size")
    ] == sorted(size for [size] in found)


def test_odd_names_and_nothing_at_all(syn: Synapse, project: Project, tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("x")
    text = 'Zaunkönig 🐦, "der"\nnext'
    file = File(path=str(path), parent_id=project.id, annotations={"colour": [text, "rot"]}).store(
        synapse_client=syn
    )
    empty = Folder(name="empty", parent_id=project.id).store(synapse_client=syn)
    made = EntityView(
        name="Ödd",
        parent_id=project.id,
        scope_ids={empty.id},
        view_type_mask=ViewTypeMask.FILE | ViewTypeMask.FOLDER,
        columns=[Column(name="colour", column_type=ColumnType.STRING_LIST, maximum_size=50)],
    ).store(synapse_client=syn)
    assert [
        each["name"] for each in rows(syn, f"SELECT name FROM {made.id} WHERE type = 'file'")
    ] == []
    frame = query(f"SELECT * FROM {made.id} WHERE type = 'file'", synapse_client=syn)
    assert (len(frame), str(frame["createdOn"].dtype)) == (0, "Int64")
    made.update_rows({"name": ["odd.txt"], "colour": [["x"]]}, ["name"], synapse_client=syn)
    made.update_rows({"name": [], "colour": []}, ["name"], synapse_client=syn)
    made.scope_ids = {project.id}
    made.store(synapse_client=syn)
    sql = f"SELECT colour FROM {made.id} WHERE name = 'odd.txt'"
    assert rows(syn, sql) == [{"colour": [text, "rot"]}]
    again = {"name": ["odd.txt"], "colour": [[text, "grün"]]}
    made.update_rows(again, ["name"], synapse_client=syn)
    assert notes(syn, file) == {"colour": [text, "grün"]}
    dataset = Dataset(name="Nothing", parent_id=project.id).store(synapse_client=syn)
    assert (dataset.items, rows(syn, f"SELECT * FROM {dataset.id}")) == ([], [])


# ------------------------------------------------------------------ datasets


def test_a_dataset_is_made_of_files(syn: Synapse, project: Project, tmp_path: Path) -> None:
    wren, robin, owl = project.files
    dataset = Dataset(
        name="Small birds",
        parent_id=project.id,
        items=[EntityRef(str(wren.id), 1)],
        columns=columns(),
    ).store(synapse_client=syn)
    assert [each["name"] for each in rows(syn, f"SELECT name FROM {dataset.id}")] == ["wren"]
    assert {"id", "name", "size", "season"} <= set(dataset.columns)
    dataset.add_item(File(id=robin.id), synapse_client=syn)
    dataset.add_item(project.folders[0], synapse_client=syn)
    dataset.add_item(EntityRef(str(wren.id), 1), synapse_client=syn)
    assert dataset.has_changed
    assert [each.id for each in dataset.items] == [wren.id, robin.id, owl.id]
    dataset = dataset.store(synapse_client=syn)
    assert (dataset.count, dataset.size) == (3, len("wrenrobinowl"))
    assert dataset.checksum
    found = rows(syn, f"SELECT name, size FROM {dataset.id} ORDER BY size")
    assert [each["name"] for each in found] == ["wren", "robin", "owl"]
    # Versions stay what they are.
    path = tmp_path / "wren2.txt"
    path.write_text("a longer wren")
    File(id=wren.id, path=str(path), annotations={"size": [10]}).store(synapse_client=syn)
    sql = f"SELECT size, currentVersion FROM {dataset.id} WHERE name = 'wren'"
    assert rows(syn, sql) == [{"size": 9, "currentVersion": 1}]
    with pytest.raises(ValueError, match="not found in items"):
        dataset.remove_item(File(id=wren.id), synapse_client=syn)  # which has version 2 now
    dataset.remove_item(EntityRef(str(wren.id), 1), synapse_client=syn)
    dataset.remove_item(Folder(id=project.folders[0].id), synapse_client=syn)
    dataset = dataset.store(synapse_client=syn)
    assert dataset.items == [EntityRef(str(robin.id), 1)]
    dataset.update_rows({"id": [robin.id], "size": [16]}, ["id"], synapse_client=syn)
    assert notes(syn, robin)["size"] == [16]
    # Who names a dataset that is there adds to it.
    more = Dataset(name="Small birds", parent_id=project.id, items=[EntityRef(str(wren.id), 2)])
    more = more.store(synapse_client=syn)
    assert more.id == dataset.id
    assert {each.id for each in more.items} == {wren.id, robin.id}
    for wrong in ("syn1", None, project):
        with pytest.raises(ValueError, match="EntityRef, File, or Folder"):
            more.add_item(wrong, synapse_client=syn)  # type: ignore[arg-type]
    done = more.snapshot(label="v1", synapse_client=syn)
    collection = DatasetCollection(name="All", parent_id=project.id)
    collection.add_item(EntityRef(str(more.id), int(done.snapshot_version_number or 0)))
    collection = collection.store(synapse_client=syn)
    assert [each["name"] for each in rows(syn, f"SELECT name FROM {collection.id}")] == [
        "Small birds"
    ]
    collection.remove_item(Dataset(id=more.id))
    assert collection.items == []
    with pytest.raises(ValueError, match="Dataset or EntityRef"):
        collection.add_item(wren)  # type: ignore[arg-type]


# ------------------------------------------------------------------ queries as tables


def test_a_materialized_view(syn: Synapse, project: Project, view: EntityView) -> None:
    sql = f"SELECT name AS bird, size FROM {view.id} WHERE size > 10"
    made = MaterializedView(name="Large", parent_id=project.id, defining_sql=sql)
    made.store(dry_run=True, synapse_client=syn)
    assert made.id is None
    made = made.store(synapse_client=syn)
    assert list(made.columns) == ["bird", "size"]
    assert not made.has_changed
    found = rows(syn, f"SELECT * FROM {made.id} ORDER BY size")
    assert found == [{"bird": "robin", "size": 14}, {"bird": "owl", "size": 35}]
    view.update_rows({"name": ["wren"], "size": [11]}, ["name"], synapse_client=syn)
    assert len(rows(syn, f"SELECT * FROM {made.id}")) == 3
    again = MaterializedView(name="Large", parent_id=project.id).get(synapse_client=syn)
    assert again == made
    again.defining_sql = f"SELECT name FROM {view.id}"
    again.description = "all of them"
    again = again.store(synapse_client=syn)
    assert (list(again.columns), again.description) == (["name"], "all of them")
    made.defining_sql = f"SELECT size FROM {view.id}"
    with pytest.raises(SynapseHTTPError, match="412"):
        made.store(synapse_client=syn)
    assert made.to_synapse_request()["entity"]["definingSQL"] == f"SELECT size FROM {view.id}"
    with pytest.raises(SynapseHTTPError, match="nothing"):
        MaterializedView(
            name="Wrong", parent_id=project.id, defining_sql=f"SELECT nothing FROM {view.id}"
        ).store(synapse_client=syn)
    old = syn.get(made.id)
    assert isinstance(old, MaterializedViewSchema)
    old.definingSQL = sql
    assert syn.store(old).definingSQL == sql
    again.delete(synapse_client=syn)


def test_a_virtual_table(syn: Synapse, project: Project, view: EntityView) -> None:
    for wrong in (None, ""):
        with pytest.raises(ValueError, match="must be set"):
            VirtualTable(name="v", parent_id=project.id, defining_sql=wrong).store(
                synapse_client=syn
            )
    for word in ("JOIN", "union"):
        sql = f"SELECT name FROM {view.id} {word} SELECT name FROM {view.id}"
        with pytest.raises(ValueError, match="MaterializedView instead"):
            VirtualTable(name="v", parent_id=project.id, defining_sql=sql).store(synapse_client=syn)
    # A name that only has such a word in it is no reason.
    sql = f"SELECT name AS rejoined, size FROM {view.id} WHERE name <> 'union'"
    made = VirtualTable(name="v", parent_id=project.id, defining_sql=sql)
    made = made.store(synapse_client=syn)
    assert list(made.columns) == ["rejoined", "size"]
    found = rows(syn, f"SELECT rejoined FROM {made.id} WHERE size < 10")
    assert found == [{"rejoined": "wren"}]
    found = operations.get(made.id, synapse_client=syn)
    assert isinstance(found, VirtualTable)
    assert found == made


def test_a_submission_view(syn: Synapse, project: Project) -> None:
    queue = models.Evaluation(
        name=f"Queue {os.urandom(4).hex()}", description="d", content_source=project.id
    ).store(synapse_client=syn)
    other = models.Evaluation(
        name=f"Other {os.urandom(4).hex()}", description="d", content_source=project.id
    ).store(synapse_client=syn)
    for place, file in zip((queue, other), project.files, strict=False):
        models.Submission(entity_id=file.id, evaluation_id=place.id, name=f"of {file.name}").store(
            synapse_client=syn
        )
    view = SubmissionView(name="S", parent_id=project.id, scope_ids=[str(queue.id)])
    view = view.store(synapse_client=syn)
    assert {"id", "name", "status", "evaluationid"} <= set(view.columns)
    assert (view.scope_ids, view.has_changed) == ([queue.id], False)
    sql = f"SELECT name, status FROM {view.id} ORDER BY name"
    assert rows(syn, sql) == [{"name": "of wren", "status": "RECEIVED"}]
    view.scope_ids.append(str(other.id))
    assert view.has_changed
    view = view.store(synapse_client=syn)
    assert [each["name"] for each in rows(syn, sql)] == ["of robin", "of wren"]
    assert not hasattr(view, "update_rows")
    found = syn.tableQuery(f"select name from {view.id}")
    assert sorted(row[0] for row in found) == ["of robin", "of wren"]
    old = syn.store(SubmissionViewSchema("Old S", parent=project.id, scopes=queue.id))
    assert old.scopeIds == [queue.id]


@pytest.mark.parametrize("bulk", [True, False])
def test_views_lie_in_containers(
    syn: Synapse, project: Project, view: EntityView, bulk: bool
) -> None:
    if not bulk:
        syn._extensions = frozenset()  # as with the official server
    dataset = Dataset(name="D", items=[EntityRef(str(project.files[0].id), 1)])
    again = Project(id=project.id)
    again.datasets = [dataset]
    again.store(synapse_client=syn)
    got = Project(id=project.id).sync_from_synapse(download_file=False, synapse_client=syn)
    assert [each.name for each in got.entityviews] == ["All files"]
    assert got.entityviews[0].scope_ids == {project.id}
    assert [each.items for each in got.datasets] == [dataset.items]
    found = operations.get(view.id, synapse_client=syn)
    assert isinstance(found, EntityView)
    assert found == view
    operations.delete(found, synapse_client=syn)


# ------------------------------------------------------------------ the older classes


@pytest.fixture
def old(syn: Synapse, project: Project) -> Any:
    return syn.store(
        EntityViewSchema(
            "Old view",
            parent=project.id,
            scopes=[project.id],
            includeEntityTypes=[EntityViewType.FILE],
            ignoredAnnotationColumnNames=["season"],
        )
    )


def test_an_older_view(syn: Synapse, project: Project, old: Any) -> None:
    assert isinstance(old, EntityViewSchema)
    names = [each["name"] for each in syn.getColumns(old)]
    assert {"id", "name", "etag", "size"} <= set(names)
    assert "season" not in names
    got = syn.get(old.id)
    assert isinstance(got, EntityViewSchema)
    assert (got.viewTypeMask, got.addDefaultViewColumns) == (1, False)
    found = syn.tableQuery(f"select id, name, size from {old.id} order by size")
    ids = [int(file.id[3:]) for file in project.files if file.id]
    assert list(found) == [[file.id, file.name, SIZES[file.name or ""]] for file in project.files]
    metadata = list(found.iter_row_metadata())
    assert [each.row_id for each in metadata] == ids
    assert all(each.row_etag for each in metadata)
    assert [each["name"] for each in found.headers] == ["id", "name", "size"]
    first = found.asRowSet()["rows"][0]
    assert (first["rowId"], first["etag"]) == (ids[0], metadata[0].row_etag)
    assert found.asDicts()[2]["size"] == 35
    frame = found.asDataFrame()
    assert list(frame.index) == [f"{e.row_id}_{e.row_version}_{e.row_etag}" for e in metadata]
    frame["size"] = [1, 2, None]
    syn.store(OldTable(old.id, frame))
    sizes = [(notes(syn, file) or {}).get("size") for file in project.files]
    assert sizes == [[1], [2], None]
    with pytest.raises(SynapseError, match="CONCURRENT_UPDATE"):
        syn.store(OldTable(old.id, frame.assign(size=[3, 4, 5])))
    page = syn.tableQuery(f"select name, size from {old.id}", resultsAs="rowset")
    assert all(row["etag"] for row in page)
    syn.store(PartialRowset.from_mapping({ids[0]: {"size": 7}}, page))
    assert notes(syn, project.files[0])["size"] == [7]
    assert syn.create_snapshot_version(old, "why", "first") == 1
    old.set_entity_types([EntityViewType.FILE, EntityViewType.FOLDER])
    with pytest.raises(SynapseHTTPError, match="412"):
        syn.store(old)  # got before the snapshot
    got = syn.get(old.id)
    got.set_entity_types([EntityViewType.FILE, EntityViewType.FOLDER])
    got.add_scope(project.folders[0].id)
    assert syn.store(got).viewTypeMask == 9
    assert syn.create_snapshot_version(old.id, wait=False) is None


def test_older_views_by_themselves() -> None:
    assert EntityViewSchema("v", type="file_and_table").viewTypeMask == 5
    assert EntityViewSchema("v", properties={"type": "project"}).viewTypeMask == 2
    assert EntityViewSchema("v").viewTypeMask == 1
    for wrong in ("folder", "x"):
        with pytest.raises(ValueError, match="not a valid type"):
            EntityViewSchema("v", type=wrong)
    with pytest.raises(ValueError, match="at least one"):
        EntityViewSchema("v").set_entity_types([])
    with pytest.raises(ValueError, match="EntityViewType"):
        EntityViewSchema("v", includeEntityTypes=["file"])  # type: ignore[list-item]


def test_an_older_dataset(syn: Synapse, project: Project, tmp_path: Path) -> None:
    wren, robin, owl = (str(each.id) for each in project.files)
    item = {"entityId": wren, "versionNumber": 1}
    dataset = OldDataset("Old", parent=project.id, dataset_items=[item])
    with pytest.raises(ValueError, match="Duplicate item"):
        dataset.add_item({"entityId": wren, "versionNumber": 2}, force=False)
    with pytest.raises(LookupError, match="versionNumber"):
        dataset.add_item({"entityId": robin})
    with pytest.raises(ValueError, match="Not a DatasetItem"):
        dataset.add_item("syn1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="list of Folder"):
        dataset.add_folders("syn1")
    dataset.add_folder(project.folders[0].id)
    dataset = syn.store(dataset)
    assert [each["entityId"] for each in dataset.datasetItems] == [wren, owl]
    assert len(dataset) == 2
    names = {each["name"] for each in syn.getColumns(dataset)}
    assert {"id", "name", "size"} <= names
    # What was got can be changed and stored, and keeps its files.
    got = syn.get(dataset.id)
    assert isinstance(got, OldDataset)
    got.description = "kept"
    got = syn.store(got)
    assert (len(got), got.description) == (2, "kept")
    got.remove_item(wren)
    got.add_items([{"entityId": robin, "versionNumber": 1}])
    assert (got.has_item(wren), got.has_item(robin)) == (False, True)
    got = syn.store(got)
    found = syn.tableQuery(f"select name from {got.id} order by name")
    assert [row[0] for row in found] == ["owl", "robin"]
    got.empty()
    assert len(got) == 0
    assert bool(got)
    path = tmp_path / "f.txt"
    path.write_text("x")
    assert syn.store(OldFile(str(path), parent=project.id)).id


def test_the_guide(
    syn: Synapse, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Path(__file__).parents[2] / "docs" / "howto" / "tables.md"
    text = page.read_text(encoding="utf-8")
    _, section = text.split("## Datasets and views from Python\n")
    section = section.split("\n## ")[0]
    blocks = re.findall(r"^    .*\n(?:^    .*\n|^\n(?=    ))*", section, re.MULTILINE)
    monkeypatch.setattr(Synapse, "_synapse_client", syn)
    monkeypatch.chdir(tmp_path)  # where the files are
    folder = Folder(name="guide", parent_id=project.id).store(synapse_client=syn)
    known: dict[str, Any] = {
        "syn": syn,
        "project": folder,
        "query": query,
        "Column": Column,
        "ColumnType": ColumnType,
    }
    first, update, snapshot, dataset, older = map(textwrap.dedent, blocks)
    exec(first, known)
    assert known["found"] == [
        {
            "ROW_ID": int(known["owl"].id[3:]),
            "ROW_VERSION": 1,
            "id": known["owl"].id,
            "name": "owl.txt",
        }
    ]
    exec(update, known)
    assert notes(syn, known["owl"]) == {"season": ["autumn"]}
    exec(snapshot, known)
    assert sorted(known["frame"]["season"]) == ["autumn", "spring"]
    exec(dataset, known)
    assert [each.id for each in known["dataset"].items] == [known["owl"].id]
    exec(older, known)
    assert notes(syn, known["wren"]) == {"season": ["summer"]}
