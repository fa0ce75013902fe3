"""The object-oriented API on a real server, where the shared flow does not go."""

from __future__ import annotations

import asyncio
import datetime
import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

from synapseclient import models, operations
from synapseclient.client import Synapse
from synapseclient.core.exceptions import (
    SynapseHTTPError,
    SynapseNotFoundError,
    SynapseUnmetAccessRestrictions,
)
from synapseclient.models import (
    Activity,
    Annotations,
    FailureStrategy,
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
        lambda: File().get(),
        lambda: File(name="x", parent_id="syn1").store(),
        lambda: File(path="x").store(),
        lambda: Link().get(),
        lambda: Link(name="x").store(),
        lambda: Activity.get(),
        lambda: Annotations().store(),
        lambda: Folder().delete(),
        lambda: File(id="syn1").copy("syn2", copy_activity="sometimes"),
        lambda: File(id="syn1").delete(version_only=True),
        lambda: Folder(id="syn1").delete_permissions(recursive=True),
        lambda: UserProfile().is_certified(),
        lambda: operations.get(),
        lambda: operations.delete("syn1", version_only=True),
        lambda: operations.delete("syn1", version=3),
        lambda: operations.delete("syn1.4"),
        lambda: operations.delete(File(id="syn1", version_number=2), version=2),
        lambda: operations.delete("syn1", version="x", version_only=True),
        lambda: operations.delete(Folder(id="syn1"), version=1, version_only=True),
        lambda: operations.delete("bogus"),
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


def test_acls_of_a_tree(
    syn: Synapse, project: Project, bob: User, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    outer = Folder(name="outer", parent_id=project.id, folders=[Folder(name="inner")]).store()
    inner = outer.folders[0]
    file = File(path=write(tmp_path, "a.txt", "a"), parent_id=inner.id).store()
    inner.set_permissions(bob.id, ["READ"])
    file.set_permissions(bob.id, ["READ", "DOWNLOAD"])

    assert outer.list_acl().to_dict() == {}
    assert outer.list_acl(include_container_content=True).all_entity_acls[0].entity_id == inner.id
    syn.silent = False
    result = outer.list_acl(recursive=True, include_container_content=True, log_tree=True)
    assert set(result.to_dict()) == {inner.id, file.id}
    assert result.entity_acl == []
    assert result.to_dict()[file.id or ""][str(bob.id)] == ["READ", "DOWNLOAD"]
    assert result.ascii_tree is not None
    assert f"a.txt ({file.id}) [file]: shared by itself" in result.ascii_tree
    assert f"{bob.name} ({bob.id}): READ, DOWNLOAD" in result.ascii_tree
    own = project.list_acl()
    assert [each.principal_id for each in own.entity_acl] == [str(project.created_by)]
    only = outer.list_acl(True, True, ["FILE"])
    assert list(only.to_dict()) == [file.id]
    with pytest.raises(ValueError, match="no kind of entity 'sheet'"):
        outer.list_acl(target_entity_types=["sheet"])

    capsys.readouterr()
    project.delete_permissions(True, True, True, ["file"], dry_run=True, show_acl_details=False)
    told = capsys.readouterr()
    assert "The ACL of a project cannot be deleted" in told.err
    assert f"a.txt ({file.id}) [file]: loses its sharing settings" in told.out
    assert bob.name not in told.out
    assert "1 of 2 would inherit again. Nothing was changed." in told.out
    assert file.get_acl(bob.id) == ["READ", "DOWNLOAD"]
    project.delete_permissions(True, True, True, ["file"])
    assert set(outer.list_acl(True, True).to_dict()) == {inner.id}
    assert file.get_acl(bob.id) == ["READ"]


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
    assert operations.get(file.id, file_options=options).path == file.path
    assert operations.get(entity_name="f", parent_id=project.id).id == folder.id
    assert operations.get(project.id).name == project.name
    assert isinstance(operations.get(link.id, file_options=options), File)
    assert isinstance(operations.get(link.id, link_options=operations.LinkOptions(False)), Link)
    chained = Link(target_id=link.id, parent_id=project.id, name="chained").store()
    assert operations.get(chained.id).id == file.id
    assert operations.find_entity_id("f", project) == folder.id
    with pytest.raises(SynapseNotFoundError, match="no entity named"):
        operations.get(entity_name="none", parent_id=project.id)
    assert operations.is_synapse_id(project.id)
    assert [each["id"] for each in operations.md5_query(file.content_md5)] == [file.id]
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert operations.onweb(project) == opened[0]
    syn.silent = False
    operations.print_entity(project.id)
    printed = json.loads(capsys.readouterr().out)
    assert printed == {**printed, "id": project.id, "name": project.name, "folders": []}
    operations.print_entity(file)
    printed = json.loads(capsys.readouterr().out)
    assert printed["file_handle"]["content_md5"] == file.content_md5
    assert "download_file" not in printed
    operations.print_entity({"b": datetime.datetime(2024, 1, 2), "a": "\u00e9"}, False)
    assert capsys.readouterr().out == '{\n  "a": "\u00e9",\n  "b": "2024-01-02 00:00:00"\n}\n'
    syn.silent = True
    with pytest.raises(NotImplementedError, match="later release"):
        operations.store(object())
    operations.delete(f"{link.id}")
    operations.delete(folder)
    File(path=write(tmp_path, "o2.txt", "two"), name="o.txt", parent_id=project.id).store()
    operations.delete(file.id, version=1, version_only=True)
    with pytest.raises(AttributeError):
        _ = models.NoSuchModel


def test_users(alice: User, bob: User, syn: Synapse) -> None:
    assert UserProfile.from_id(bob.id).username == bob.name
    assert UserProfile.from_username(bob.name).id == bob.id
    assert UserProfile().get().emails == [f"{alice.name}@example.org"]
    assert UserProfile(id=bob.id).is_certified() is False


def versions(syn: Synapse, file: File) -> list[str]:
    found = syn.restGET(f"/entity/{file.id}/version")["results"]
    return [each["versionLabel"] for each in found]


def test_only_changes_make_versions(syn: Synapse, project: Project, tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "a")
    file = File(path=path, parent_id=project.id, version_label="one").store()
    file.store()
    File(id=file.id).get().store()
    File(path=path, parent_id=project.id, annotations={"n": [1]}).store()
    got = File(id=file.id, force_version=False).get()
    got.description = "in place"
    got.version_comment = "why"
    got.store()
    assert (got.version_number, got.version_label, got.version_comment) == (1, "one", "why")
    assert versions(syn, file) == ["one"]
    got.force_version = True
    got.description = "a version"
    assert got.store().version_number == 2
    got.version_label = "three"
    got.force_version = False
    assert (got.store().version_number, got.version_label) == (3, "three")
    first = File(id=file.id, version_number=1).get().store()
    assert (first.version_number, len(versions(syn, file))) == (1, 3)


def test_new_bytes_make_a_version(syn: Synapse, project: Project, tmp_path: Path) -> None:
    File(path=write(tmp_path, "a.txt", "a"), parent_id=project.id).store()
    file = File(path=tmp_path / "a.txt", force_version=False).get()  # type: ignore[arg-type]
    write(tmp_path, "a.txt", "edited")
    assert (file.store().version_number, file.content_size) == (2, 6)
    file.path = write(tmp_path, "b.txt", "another file")
    assert (file.store().version_number, file.name) == (3, "a.txt")
    os.remove(tmp_path / "b.txt")
    file.description = "the local file is not needed for this"
    assert file.store().description is not None
    named = File(id=file.id, name="named").store()
    assert (named.version_number, named.content_md5) == (4, file.content_md5)


def test_stale_changes_are_refused(project: Project, tmp_path: Path) -> None:
    file = File(path=write(tmp_path, "a.txt", "a"), parent_id=project.id).store()
    folder = Folder(name="f", parent_id=project.id).store()
    for mine in (file, folder, project):
        other = type(mine)(id=mine.id).get()
        other.description = "somebody else's"
        other.store()
        mine.description = "mine"
        with pytest.raises(SynapseHTTPError, match="updated since"):
            mine.store()
    mine = File(id=file.id).get()
    File(id=file.id, path=write(tmp_path, "b.txt", "b")).store()
    mine.path = write(tmp_path, "c.txt", "c")
    with pytest.raises(SynapseHTTPError, match="updated since"):
        mine.store()


def test_changes_of_different_things_are_merged(project: Project, tmp_path: Path) -> None:
    folder = Folder(name="f", parent_id=project.id, annotations={"a": [1]}).store()
    other = Folder(id=folder.id).get()
    other.annotations = {"a": [2]}
    other.store()
    folder.set_permissions(principal_id=273948, access_type=["READ"])
    folder.name = "renamed"
    folder.store()
    assert (folder.name, folder.annotations) == ("renamed", {"a": [2]})
    used: list[UsedEntity | UsedURL] = [UsedURL(name="u", url="https://example.org")]
    made = Activity(name="step", used=used)
    link = Link(name="l", target_id=folder.id, parent_id=project.id, activity=made).store()
    link.name = "renamed link"
    assert link.store().target_id == folder.id


def test_a_files_description_can_be_cleared(project: Project, tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "a")
    file = File(path=path, parent_id=project.id, description="old").store()
    file.description = None
    file.store()
    assert File(id=file.id).get().description is None


def test_a_containers_description_can_be_cleared(project: Project) -> None:
    folder = Folder(name="f", parent_id=project.id, description="old").store()
    project.description = "old"
    for thing in (folder, project.store()):
        assert type(thing)(id=thing.id).store().description == "old"
        thing.description = None
        thing.store()
        assert type(thing)(id=thing.id).get().description is None


def test_annotations_can_be_removed(project: Project, tmp_path: Path) -> None:
    values = {"a": [1], "b": [2]}
    things = [
        Project(id=project.id, annotations=dict(values)).store(),
        Folder(name="f", parent_id=project.id, annotations=dict(values)).store(),
        File(
            path=write(tmp_path, "a.txt", "a"), parent_id=project.id, annotations=dict(values)
        ).store(),
        Link(
            name="l", target_id=project.id, parent_id=project.id, annotations=dict(values)
        ).store(),
    ]
    assert [thing.annotations for thing in things] == [values] * len(things)

    def stored(thing: Any) -> Any:
        again = type(thing)(id=thing.id)
        return (
            again.get(follow_link=False) if isinstance(again, Link) else again.get()
        ).annotations

    for thing in things:
        del thing.annotations["a"]
        thing.store()
        assert stored(thing) == {"b": [2]}
        type(thing)(id=thing.id, annotations={"c": [3]}).store()
        assert stored(thing) == {"b": [2], "c": [3]}


def test_one_bad_file_does_not_stop_the_rest(
    syn: Synapse, project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def content() -> Project:
        inner = Folder(name="inner", files=[File(path="no such file 2")])
        files = [File(path="no such file 1"), File(path=write(tmp_path, "a.txt", "a"))]
        return Project(id=project.id, files=files, folders=[inner])

    syn.silent = False
    stored = content().store()
    assert stored.files[1].id is not None
    assert stored.folders[0].id is not None
    err = capsys.readouterr().err
    assert "[ERROR] no such file 1 was not stored: There is no file no such file 1" in err
    assert "no such file 2" in err
    with pytest.raises(FileNotFoundError):
        content().store(FailureStrategy.RAISE_EXCEPTION)
    options = operations.StoreContainerOptions(failure_strategy="RAISE_EXCEPTION")
    with pytest.raises(FileNotFoundError):
        operations.store(content().folders[0], parent=project, container_options=options)
    with pytest.raises(TypeError, match="bogus"):
        project.store(bogus=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="tables has 'x', which is no Table"):
        Project(id=project.id, tables=["x"]).store()


def test_what_is_not_there(syn: Synapse, project: Project) -> None:
    for missing in (
        lambda: Project(name="there is no such project 7").get(),
        lambda: Folder(name="none", parent_id=project.id).get(),
        lambda: Link(name="none", parent_id=project.id).get(),
        lambda: UserProfile.from_username("no-such-user"),
    ):
        with pytest.raises(SynapseNotFoundError, match=r"no.such|none"):
            missing()
    folder = Folder(name="f", parent_id=project.id).store()
    assert Activity.get(activity_id="999999") is None
    Activity.delete(parent=folder.id or "")
    assert Activity(name="empty").store().id is not None


def test_an_activity_changes_in_place(project: Project, tmp_path: Path) -> None:
    made = Activity(name="step", used=[UsedURL(name="u", url="https://example.org")])
    path = write(tmp_path, "a.txt", "a")
    file = File(path=path, parent_id=project.id, activity=made).store()
    got = File(id=file.id).get(include_activity=True)
    assert got.activity is not None
    got.activity.name = "better"
    got.store()
    found = Activity.from_parent(file)
    assert found is not None
    assert (found.id, found.name, got.version_number) == (file.activity.id, "better", 1)  # type: ignore[union-attr]
    # One step may have made many files, which are stored at once.
    several = [write(tmp_path, f"{n}.txt", str(n)) for n in range(4)]
    project.files = [File(path=each, activity=found) for each in several]
    project.store(FailureStrategy.RAISE_EXCEPTION)
    reference = Activity(id=found.id)
    last = File(path=write(tmp_path, "5", "5"), parent_id=project.id, activity=reference).store()
    for each in (*project.files, last):
        assert Activity.from_parent(each) == found


def test_without_a_download_the_path_is_that_of_a_copy(
    alice: User, project: Project, tmp_path: Path
) -> None:
    path = write(tmp_path, "a.txt", "a")
    file = File(path=path, parent_id=project.id).store()
    assert File(id=file.id, download_file=False).get().path == path
    (tmp_path / "other").mkdir()
    other = alice.client(tmp_path / "other")
    assert File(id=file.id, download_file=False).get(synapse_client=other).path is None
    kept = File(id=file.id, download_file=False, path=str(tmp_path)).get(synapse_client=other)
    assert kept.path == str(tmp_path)
    kept.description = "the folder is not sent"
    assert kept.store(synapse_client=other).description is not None


def test_restricted_data_is_locked(
    syn: Synapse, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sent(syn, monkeypatch)
    path = write(tmp_path, "a.txt", "a")
    file = File(path=path, parent_id=project.id, is_restricted=True).store()
    locking = f"POST {file.id}/lockAccessRequirement"
    assert asked.count(locking) == 1
    file.description = "locked once only"
    file.store()
    assert asked.count(locking) == 1
    (lock,) = syn.restGET(f"/entity/{file.id}/accessRequirement")["results"]
    assert lock["concreteType"].endswith("LockAccessRequirement")
    with pytest.raises(SynapseUnmetAccessRestrictions, match="access requirements"):
        syn.get(file.id, downloadLocation=str(tmp_path / "there"))
    # What is restricted already, be it by something above, is not locked once more.
    folder = Folder(name="f", parent_id=project.id, is_restricted=True).store()
    inner = Folder(name="g", parent_id=folder.id, is_restricted=True).store()
    assert f"POST {folder.id}/lockAccessRequirement" in asked
    assert f"POST {inner.id}/lockAccessRequirement" not in asked


def test_a_lock_that_fails_is_told(syn: Synapse, project: Project) -> None:
    original = syn.transport.send

    async def send(verb: str, url: str, *arguments: Any, **known: Any) -> Any:
        if url.endswith("/lockAccessRequirement"):
            url = url.replace("/entity/", "/nothing/")
        return await original(verb, url, *arguments, **known)

    syn.transport.send = send  # type: ignore[method-assign]
    try:
        unlocked = Folder(name="unlocked", parent_id=project.id, is_restricted=True)
        with pytest.raises(SynapseHTTPError, match="is stored, but it is not restricted"):
            unlocked.store()
    finally:
        syn.transport.send = original  # type: ignore[method-assign]
    assert unlocked.id is not None


def sent(syn: Synapse, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the client asks of entities from now on."""
    asked: list[str] = []
    original = syn.transport.send

    async def send(verb: str, url: str, *arguments: Any, **known: Any) -> Any:
        asked.append(f"{verb} {url.rpartition('/entity/')[2]}")
        return await original(verb, url, *arguments, **known)

    monkeypatch.setattr(syn.transport, "send", send)
    return asked


def test_links(syn: Synapse, project: Project, tmp_path: Path) -> None:
    file = File(path=write(tmp_path, "a.txt", "a"), parent_id=project.id).store()
    link = Link(target_id=file.id, target_version_number=1, parent_id=project.id, name="l").store()
    assert link.to_synapse_request() == {
        "name": "l",
        "id": link.id,
        "etag": link.etag,
        "createdOn": link.created_on,
        "modifiedOn": link.modified_on,
        "createdBy": link.created_by,
        "modifiedBy": link.modified_by,
        "parentId": project.id,
        "concreteType": "org.sagebionetworks.repo.model.Link",
        "linksTo": {"targetId": file.id, "targetVersionNumber": 1},
    }
    renamed = Link(id=link.id, name="renamed").store()
    assert (renamed.name, renamed.target_id) == ("renamed", file.id)
    options = operations.FileOptions(download_location=str(tmp_path / "to"))
    assert Link(id=link.id).get(file_options=options).path == str(tmp_path / "to" / "a.txt")
    assert operations.get(link.id, file_options=options).path == str(tmp_path / "to" / "a.txt")


def test_what_is_compared_and_in_which_order() -> None:
    assert Folder(etag="1") != Folder(etag="2")
    assert Project(etag="1") != Project(etag="2")
    assert Link(modified_on="1") != Link(modified_on="2")
    assert Project(None, None, None, None, None, None, None, None, None, [], []).tables == []
    raw = {"id": "syn1", "name": "n"}
    assert Project().fill_from_dict(synapse_project=raw).name == "n"
    assert Folder().fill_from_dict(synapse_folder=raw).name == "n"
    assert File().fill_from_dict(synapse_file=raw).name == "n"
    assert Link().fill_from_dict(synapse_entity=raw).name == "n"
    assert "activity_id" in inspect.signature(Activity.get).parameters
