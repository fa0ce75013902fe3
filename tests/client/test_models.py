"""The object-oriented API on a real server, where the shared flow does not go."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

from synapseclient import models, operations
from synapseclient.client import Synapse
from synapseclient.models import (
    Activity,
    Annotations,
    File,
    Folder,
    Link,
    Project,
    UsedEntity,
    UsedURL,
    UserProfile,
)


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Any:
    session = alice.client(tmp_path)
    Synapse.set_client(session)
    yield session
    Synapse.set_client(None)


@pytest.fixture
def project(syn: Synapse, alice: User) -> Project:
    return Project(name=f"models {id(syn)} {alice.id}").store()


def write(tmp_path: Path, name: str, text: str) -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def test_whether_something_changed(project: Project, tmp_path: Path) -> None:
    folder = Folder(name="f", parent_id=project.id, annotations={"a": [1]})
    assert folder.has_changed
    folder.store()
    assert not folder.has_changed
    folder.annotations = {"a": [2]}
    assert folder.has_changed
    folder.store()
    assert Folder(name="f", parent_id=project.id).get().annotations == {"a": [2]}
    folder.description = "new"
    assert folder.has_changed
    assert folder.store().description == "new"


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Folder(name="x").get(),
        lambda: Folder().store(),
        lambda: Project(name="there is no such project 7").get(),
        lambda: File().get(),
        lambda: File(name="x", parent_id="syn1").store(),
        lambda: File(path="x").store(),
        lambda: Link().get(),
        lambda: Link(name="x").store(),
        lambda: Activity().store(),
        lambda: Activity.get(),
        lambda: Annotations().store(),
        lambda: Folder().delete(),
        lambda: File(id="syn1").copy("syn2", copy_activity="sometimes"),
        lambda: File(id="syn1").delete(version_only=True),
        lambda: Folder(id="syn1").delete_permissions(recursive=True),
        lambda: UserProfile().is_certified(),
        lambda: operations.get(),
        lambda: operations.delete("syn1", version_only=True),
    ],
)
@pytest.mark.usefixtures("syn")
def test_what_is_missing_is_said(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        bad()


def test_annotations_are_merged_or_replaced(project: Project, tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "a")
    file = File(path=path, parent_id=project.id, annotations={"a": [1], "b": [2]}).store()
    File(path=path, parent_id=project.id, annotations={"b": [3]}).store()
    assert File(id=file.id, download_file=False).get().annotations == {"a": [1], "b": [3]}
    File(
        path=path, parent_id=project.id, annotations={"c": [4]}, merge_existing_annotations=False
    ).store()
    stored = File(id=file.id, download_file=False).get()
    assert stored.annotations == {"c": [4]}
    record = Annotations({"d": ["x"]}, stored.id, stored.etag).store()
    assert record.annotations == {"d": ["x"]}
    assert Annotations.from_dict({"annotations": {"n": {"type": "LONG", "value": ["1"]}}}) == {
        "n": [1]
    }


def test_versions_and_their_activities(project: Project, tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "a")
    made = Activity(name="step", used=[UsedURL(name="u", url="https://example.org")])
    file = File(path=path, parent_id=project.id, activity=made).store()
    same = File(path=path, parent_id=project.id, force_version=False).store()
    assert same.version_number == 1
    next_one = File(
        path=write(tmp_path, "b.txt", "b"),
        name="a.txt",
        parent_id=project.id,
        associate_activity_to_new_version=True,
        version_label="second",
    ).store()
    assert (next_one.version_number, next_one.version_label) == (2, "second")
    found = Activity.from_parent(next_one)
    assert found is not None
    assert found.id == Activity.from_parent(file.id + ".1").id  # type: ignore[operator, union-attr]
    assert Activity.get(activity_id=found.id).name == "step"  # type: ignore[union-attr]
    Activity.disassociate_from_entity(next_one)
    assert Activity.get(parent_id=next_one.id) is None
    attached = Activity(name="later", executed=[UsedEntity("syn1", 2)]).store(parent=next_one)
    assert attached.executed[0].format_for_manifest() == "syn1.2"
    assert attached.id is not None


def test_external_files(project: Project) -> None:
    file = File(external_url="https://example.org/x.csv", parent_id=project.id).store()
    assert (file.name, file.external_url) == ("x.csv", "https://example.org/x.csv")


def test_the_async_twins(project: Project) -> None:
    async def work() -> str | None:
        folder = await Folder(name="async", parent_id=project.id).store_async()
        return (await Folder(id=folder.id).get_async()).name

    assert asyncio.run(work()) == "async"


def test_permissions_of_a_tree(project: Project, bob: User) -> None:
    outer = Folder(name="outer", parent_id=project.id, folders=[Folder(name="inner")]).store()
    inner = outer.folders[0]
    for each in (outer, inner):
        each.set_permissions(bob.id, ["READ"])
    outer.delete_permissions(include_container_content=True, recursive=True, dry_run=True)
    assert inner.get_acl(bob.id) == ["READ"]
    outer.delete_permissions(include_container_content=True, recursive=True)
    assert inner.get_acl(bob.id) == outer.get_acl(bob.id) == []
    outer.delete_permissions()  # nothing to do is no error


def test_operations(
    syn: Synapse,
    project: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = operations.store(
        File(path=write(tmp_path, "o.txt", f"o {project.id}"), parent_id=project.id),
        file_options=operations.StoreFileOptions(content_type="text/x-o"),
    )
    assert file.content_type == "text/x-o"
    folder = operations.store(Folder(name="f"), parent=project)
    link = operations.store(Link(target_id=file.id), parent=project.id if False else folder)
    assert link.name == "o.txt"
    options = operations.FileOptions(download_file=False)
    assert operations.get(file.id, file_options=options).path is None
    assert operations.get(entity_name="f", parent_id=project.id).id == folder.id
    assert operations.get(project.id).name == project.name
    assert isinstance(operations.get(link.id, file_options=options), File)
    assert isinstance(operations.get(link.id, link_options=operations.LinkOptions(False)), Link)
    chained = Link(target_id=link.id, parent_id=project.id, name="chained").store()
    assert operations.get(chained.id).id == file.id
    assert operations.find_entity_id("f", project) == folder.id
    with pytest.raises(ValueError, match="no entity named"):
        operations.get(entity_name="none", parent_id=project.id)
    assert operations.is_synapse_id(project.id)
    assert [each["id"] for each in operations.md5_query(file.content_md5)] == [file.id]
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert operations.onweb(project) == opened[0]
    syn.silent = False
    operations.print_entity(project.id)
    assert f"Project: {project.name}" in capsys.readouterr().out
    with pytest.raises(NotImplementedError, match="later release"):
        operations.store(object())
    operations.delete(f"{link.id}")
    operations.delete(folder)
    File(path=write(tmp_path, "o2.txt", "two"), name="o.txt", parent_id=project.id).store()
    operations.delete(file.id, version=1)
    with pytest.raises(AttributeError):
        _ = models.NoSuchModel


def test_users(alice: User, bob: User, syn: Synapse) -> None:
    assert UserProfile.from_id(bob.id).username == bob.name
    assert UserProfile.from_username(bob.name).id == bob.id
    assert UserProfile().get().emails == [f"{alice.name}@example.org"]
    assert UserProfile(id=bob.id).is_certified() is False
