"""The legacy API on a real server: what scientists do all day."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from tests.conftest import User

from synapseclient import Activity, Annotations, File, Folder, Link, Project, UserProfile
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import (
    SynapseFileNotFoundError,
    SynapseHTTPError,
    SynapseMalformedEntityError,
    SynapseProvenanceError,
    SynapseUploadFailedException,
)
from synapseclient.core.transport import Answer
from synapseclient.legacy import files
from synapseclient.transfer import download, plan, upload


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path)


@pytest.fixture
def project(syn: Synapse) -> Any:
    return syn.store(Project(name=f"Project {os.urandom(4).hex()}"))


def write(tmp_path: Path, name: str = "data.csv", text: str = "a,b\n1,2\n") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def test_a_file_as_text(syn: Synapse, project: Any, tmp_path: Path) -> None:
    stored = syn.store(File(write(tmp_path), parent=project, tissue="liver"))
    entity = syn.get(stored.id)
    handle = entity.dataFileHandleId
    folder = syn.cache.get_cache_dir(handle)
    assert os.path.dirname(entity.path) in (folder, str(tmp_path))
    assert (
        str(entity)
        == f"""File: data.csv ({stored.id})
  md5={entity.md5}
  fileSize=8
  contentType=text/csv
  externalURL=None
  cacheDir={os.path.dirname(entity.path)}
  files=['data.csv']
  path={entity.path}
  synapseStore=True
properties:
  concreteType=org.sagebionetworks.repo.model.FileEntity
  createdBy={entity.createdBy}
  createdOn={entity.createdOn}
  dataFileHandleId={handle}
  etag={entity.etag}
  id={stored.id}
  modifiedBy={entity.modifiedBy}
  modifiedOn={entity.modifiedOn}
  name=data.csv
  parentId={project.id}
  versionLabel=1
  versionNumber=1
annotations:
  tissue=['liver']
"""
    )


def test_the_cache_is_used(syn: Synapse, alice: User, project: Any, tmp_path: Path) -> None:
    stored = syn.store(File(write(tmp_path), parent=project))
    other = alice.client(tmp_path / "other")
    first = other.get(stored.id)
    assert first.path.startswith(str(tmp_path / "other" / "cache"))
    again = other.get(stored.id)
    assert again.path == first.path
    copied = other.get(stored.id, downloadLocation=str(tmp_path / "down"))
    assert copied.path == str(tmp_path / "down" / "data.csv")
    # an unmodified copy there is found again; a modified one is kept beside the new
    assert other.get(stored.id, downloadLocation=str(tmp_path / "down")).path == copied.path
    Path(copied.path).write_text("mine")
    os.utime(copied.path, (1, 1))
    both = other.get(stored.id, downloadLocation=str(tmp_path / "down"))
    assert both.path == str(tmp_path / "down" / "data(1).csv")
    os.utime(both.path, (1, 1))
    kept = other.get(stored.id, downloadLocation=str(tmp_path / "down"), ifcollision="keep.local")
    assert (kept.path, kept.files) == (None, [])
    assert Path(copied.path).read_text() == "mine"
    assert other.get(stored.id, downloadFile=False).path is None
    over = other.get(
        stored.id, downloadLocation=str(tmp_path / "down"), ifcollision="overwrite.local"
    )
    assert Path(over.path).read_text() == "a,b\n1,2\n"
    with pytest.raises(ValueError, match=r"keep\.both"):
        other.get(stored.id, downloadLocation=str(tmp_path / "down2"), ifcollision="explode")


def test_what_is_kept_is_not_waited_for(
    syn: Synapse, alice: User, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: Any, **__: Any) -> None:
        raise AssertionError("somebody else's fetch would be waited for")

    stored = syn.store(File(write(tmp_path), parent=project))
    other = alice.client(tmp_path / "other")
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / "data.csv").write_text("mine")
    monkeypatch.setattr(files, "_WORTH_WAITING", 1)
    monkeypatch.setattr(files, "one_at_a_time", wait)
    kept = other.get(stored.id, downloadLocation=str(tmp_path / "down"), ifcollision="keep.local")
    assert kept.path is None
    assert (tmp_path / "down" / "data.csv").read_text() == "mine"


def test_unchanged_files_are_not_sent_again(syn: Synapse, project: Any, tmp_path: Path) -> None:
    path = write(tmp_path)
    first = syn.store(File(path, parent=project))
    same = syn.store(File(path, parent=project), forceVersion=False)
    assert (same.id, same.versionNumber, same.dataFileHandleId) == (
        first.id,
        1,
        first.dataFileHandleId,
    )
    forced = syn.store(File(path, parent=project), versionLabel="again")
    assert (forced.versionNumber, forced.versionLabel, forced.dataFileHandleId) == (
        2,
        "again",
        first.dataFileHandleId,
    )
    Path(path).write_text("changed")
    changed = syn.store(File(path, parent=project))
    assert changed.versionNumber == 3
    assert changed.dataFileHandleId != first.dataFileHandleId
    old = syn.get(first.id + ".1", downloadLocation=str(tmp_path / "old"))
    assert Path(old.path).read_text() == "a,b\n1,2\n"


def test_annotations_of_files_are_replaced(syn: Synapse, project: Any, tmp_path: Path) -> None:
    path = write(tmp_path)
    stored = syn.store(File(path, parent=project, annotations={"a": 1, "b": "x"}))
    syn.store(File(path, parent=project, annotations={"b": "y"}))
    found = syn.get_annotations(stored)
    assert dict(found) == {"b": ["y"]}
    folder = syn.store(Folder("f", parent=project, a=1, b="x"))
    syn.store(Folder("f", parent=project, b="y", c=None))
    assert dict(syn.get_annotations(folder)) == {"a": [1], "b": ["y"]}
    syn.setAnnotations(stored.id, {"c": [True]})
    assert dict(syn.getAnnotations(stored.id)) == {"c": [True]}
    with pytest.raises(TypeError):
        syn.set_annotations({"c": 1})  # type: ignore[arg-type]
    with pytest.raises(SynapseHTTPError, match="412"):
        syn.set_annotations(Annotations(stored.id, found.etag, {}))
    assert dict(syn.get_annotations(stored.id, version=1)) == {"a": [1], "b": ["x"]}


def test_provenance(syn: Synapse, project: Any, tmp_path: Path) -> None:
    source = syn.store(File(write(tmp_path, "in.csv", "in"), parent=project))
    made = syn.store(
        File(write(tmp_path, "out.csv", "out"), parent=project),
        used=[source, str(tmp_path / "in.csv"), "https://example.org/x"],
        executed="https://example.org/code.py",
        activityName="transform",
    )
    activity = syn.getProvenance(made)
    assert activity["name"] == "transform"
    assert activity._getStringList(wasExecuted=False) == [
        f"{source.id}.1",
        f"{source.id}.1",
        "https://example.org/x",
    ]
    activity["description"] = "better"
    assert syn.updateActivity(activity)["description"] == "better"
    syn.deleteProvenance(made)
    with pytest.raises(SynapseHTTPError, match="404"):
        syn.getProvenance(made.id)
    with pytest.raises(SynapseProvenanceError):
        syn.store(made, activity=Activity("a"), used="syn1")
    with pytest.raises(ValueError, match="must exist"):
        syn.updateActivity(Activity("new"))


def test_containers_and_listings(syn: Synapse, project: Any) -> None:
    folder = syn.store(Folder("inner", parent=project))
    assert syn.store(Folder("inner", parent=project)).id == folder.id
    with pytest.raises(SynapseHTTPError, match="409"):
        syn.store(Folder("inner", parent=project), createOrUpdate=False)
    assert syn.findEntityId("inner", project) == folder.id
    assert syn.findEntityId("outer", project) is None
    for number in range(60):
        syn.store(Folder(f"f{number:02d}", parent=folder))
    names = [child["name"] for child in syn.getChildren(folder)]
    assert names == [f"f{number:02d}" for number in range(60)]
    assert project.id in [each["id"] for each in syn.getChildren(None, includeTypes=["project"])]
    moved = syn.move(next(iter(syn.getChildren(folder)))["id"], project)
    assert moved.parentId == project.id
    syn.delete(folder)
    with pytest.raises(SynapseHTTPError, match="trash"):
        syn.get(folder)
    assert syn.is_synapse_id(project.id)
    assert not syn.is_synapse_id("syn999999999")
    assert not syn.is_synapse_id("nonsense")
    assert not syn.is_synapse_id(7)


def test_links_and_urls(syn: Synapse, project: Any, tmp_path: Path) -> None:
    file = syn.store(File(write(tmp_path), parent=project))
    folder = syn.store(Folder("of links", parent=project))
    link = syn.store(Link(file.id, targetVersion=1, parent=folder))
    assert (link.name, link.linksToClassName) == ("data.csv", file.concreteType)
    with pytest.raises(ValueError, match="same container"):
        syn.store(Link(file.id, parent=project))
    assert syn.get(link.id).linksTo["targetId"] == file.id
    assert syn.get(link.id, followLink=True).id == file.id
    local = tmp_path / "elsewhere.txt"
    local.write_text("by reference")
    noted = syn.store(File(str(local), parent=project, synapseStore=False))
    assert noted.externalURL == "file://" + str(local)
    fetched = syn.get(noted.id, downloadLocation=str(tmp_path / "fetched"))
    assert Path(fetched.path).read_text() == "by reference"
    s3 = syn.store(File("s3://bucket/key", parent=project, name="far", synapseStore=False))
    assert syn.get(s3.id).path == "s3://bucket/key"


def test_what_was_got_is_stored_as_it_is_now(syn: Synapse, project: Any, tmp_path: Path) -> None:
    path = write(tmp_path)
    file = syn.store(
        File(path, parent=project, description="old", versionComment="first", tissue="liver")
    )
    got = syn.get(file.id, downloadFile=False)
    got.description = None
    stored = syn.store(got)
    assert (stored.get("description"), stored.versionComment) == (None, "first")
    assert stored.versionNumber == 2
    folder = syn.store(Folder("f", parent=project, description="old"))
    del folder["description"]
    assert syn.store(folder).get("description") is None
    assert syn.get(folder.id).get("description") is None
    assert syn.store(Folder("f", parent=project, description="new")).description == "new"
    assert syn.store(Folder("f", parent=project)).description == "new"
    other = syn.store(File(write(tmp_path, "other.csv", "else"), id=file.id))
    assert (other.parentId, other.versionNumber, other.name) == (project.id, 3, "other.csv")


def test_file_handles_that_are_given(syn: Synapse, project: Any, tmp_path: Path) -> None:
    file = syn.store(File(write(tmp_path), parent=project))
    new = syn.uploadFileHandle(write(tmp_path, "new.csv", "new bytes"), project)
    file.dataFileHandleId = new["id"]
    stored = syn.store(file)
    assert (stored.md5, stored.fileSize, stored.path) == (new["contentMd5"], 9, None)
    made = syn.store(File(dataFileHandleId=new["id"], parent=project, name="made"))
    assert (made.md5, made.fileSize) == (new["contentMd5"], 9)


def test_restricting(syn: Synapse, project: Any) -> None:
    asked = []
    original = syn.transport.send

    async def send(verb: str, url: str, *arguments: Any, **known: Any) -> Any:
        asked.append(f"{verb} {url.rpartition('/entity/')[2]}")
        return await original(verb, url, *arguments, **known)

    syn.transport.send = send  # type: ignore[method-assign]
    folder = syn.store(Folder("locked", parent=project), isRestricted=True)
    assert f"POST {folder.id}/lockAccessRequirement" in asked
    (lock,) = syn.restGET(f"/entity/{folder.id}/accessRequirement")["results"]
    assert lock["concreteType"].endswith("LockAccessRequirement")
    syn.store(Folder("inner", parent=folder), isRestricted=True)
    assert sum("lockAccessRequirement" in each for each in asked) == 1


def test_activities_that_change_and_that_are_none(
    syn: Synapse, project: Any, tmp_path: Path
) -> None:
    file = syn.store(File(write(tmp_path), parent=project), used="syn1.1", activityName="a")
    activity = syn.getProvenance(file)
    activity["name"] = "b"
    syn.store(file, activity=activity)
    found = syn.getProvenance(file.id)
    assert (found["name"], found["id"]) == ("b", activity["id"])
    plain = syn.store(Folder("plain", parent=project), used=[], executed=[], activityName="x")
    with pytest.raises(SynapseHTTPError, match="404"):
        syn.getProvenance(plain)


def test_local_files_are_found_by_their_content(
    syn: Synapse, project: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "known.txt", f"content of {project.id}")
    stored = syn.store(File(path, parent=project))
    copy = write(tmp_path, "copy.txt", f"content of {project.id}")
    assert syn.get(copy).id == stored.id
    assert syn.get(copy, limitSearch=project.id).id == stored.id
    twin = syn.store(File(path, parent=syn.store(Folder("twin", parent=project))))
    syn.silent = False
    chosen = syn.get(copy)
    said = capsys.readouterr().err
    syn.silent = True
    assert f"{stored.id}.1\n" in said
    assert f"{twin.id}.1\n" in said
    assert chosen.id in (stored.id, twin.id)
    with pytest.raises(SynapseFileNotFoundError):
        syn.get(copy, limitSearch="syn4490")
    with pytest.raises(SynapseFileNotFoundError):
        syn.get(write(tmp_path, "unknown.txt", os.urandom(8).hex()))
    with pytest.raises(SynapseFileNotFoundError, match="neither"):
        syn.get("no/such/path")


def test_what_cannot_be_stored(syn: Synapse, project: Any) -> None:
    with pytest.raises(SynapseFileNotFoundError):
        syn.store(File("/no/such/file", parent=project))
    with pytest.raises(SynapseMalformedEntityError):
        syn.store(File(parent=project, name="x"))
    with pytest.raises(SynapseMalformedEntityError):
        syn.store({"name": "x"})
    syn.store(Folder("name", parent=project))
    with pytest.raises(SynapseMalformedEntityError, match="is a folder"):
        syn.store(Link(syn.store(Project(f"to {project.id}")), parent=project, name="name"))
    with pytest.raises(TypeError, match="forceversion"):
        syn.store(Folder("name", parent=project), forceversion=False)
    with pytest.raises(ValueError, match="nix"):
        list(syn.getChildren(project, includeTypes=["nix"]))


def test_reading_is_not_downloading(
    syn: Synapse,
    alice: User,
    bob: User,
    project: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = syn.store(File(write(tmp_path), parent=project))
    syn.setPermissions(project, bob.name, ["READ"])
    his = bob.client(tmp_path / "bob")
    got = his.get(file.id)
    assert got.path is None
    with pytest.raises(SynapseHTTPError, match="DOWNLOAD"):
        run(his.fetch_file_async(file.dataFileHandleId, file.id))
    syn.setPermissions(project, bob.name, ["READ", "DOWNLOAD"])
    assert his.get(file.id).path


def test_permissions(
    syn: Synapse, alice: User, bob: User, project: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = syn.store(Folder("f", parent=project))
    assert syn.getPermissions(folder) == []
    assert "CHANGE_PERMISSIONS" in syn.getPermissions(folder, alice.name)
    syn.silent = False
    syn.setPermissions(folder, bob.id, ["READ"], warn_if_inherits=True)
    assert f"access control from {project.id} ({project.name})" in capsys.readouterr().err
    syn.silent = True
    assert syn.getPermissions(folder, bob.name) == ["READ"]
    syn.setPermissions(folder, bob.id, ["DOWNLOAD"], overwrite=False)
    assert set(syn.getPermissions(folder, bob.id)) == {"READ", "DOWNLOAD"}
    assert syn.getPermissions(project, bob.id) == []
    syn.setPermissions(folder, bob.id, None)
    assert syn.get_acl(folder, bob.id) == []
    inner = syn.store(Folder("inner", parent=folder))
    assert syn.get_acl(inner, alice.id, check_benefactor=False) == []
    syn.setPermissions(inner, "PUBLIC", ["READ"], modify_benefactor=True)
    assert syn.getPermissions(folder) == ["READ"]
    mine = syn.get_permissions(project)
    assert mine.can_edit
    assert "READ" in mine.access_types
    assert syn._getACL(inner)["id"] == folder.id
    with pytest.raises(SynapseHTTPError, match="404"):
        syn._getACL(inner, check_benefactor=False)
    stored = syn._storeACL(inner, syn._getACL(project))
    assert stored["id"] == inner.id == syn._getACL(inner, check_benefactor=False)["id"]


def test_users(syn: Synapse, alice: User, bob: User, admin: User) -> None:
    assert syn.getUserProfile()["userName"] == alice.name
    assert isinstance(syn.getUserProfile(), UserProfile)
    assert syn.getUserProfile(bob.name)["ownerId"] == str(bob.id)
    assert syn.getUserProfile({"ownerId": str(bob.id)})["userName"] == bob.name
    with pytest.raises(ValueError, match="Can't find user"):
        syn.getUserProfile("nobody-of-this-name")
    assert syn.is_certified(bob.id) is False
    admin.put(f"/admin/user/{bob.id}/certificationStatus?isCertified=true", status=204)
    assert syn.is_certified(bob.name) is True


def test_large_files_come_in_ranges(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    data = os.urandom(1 << 20) * 37 + b"end"
    path.write_bytes(data)
    stored = syn.store(File(str(path), parent=project))
    assert stored.fileSize == len(data)
    fresh = alice.client(tmp_path / "fresh")
    got = fresh.get(stored.id, downloadLocation=str(tmp_path / "down"))
    assert Path(got.path).read_bytes() == data
    assert os.listdir(tmp_path / "down") == ["large.bin"]


def test_a_download_goes_on_where_a_dead_one_was(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    data = os.urandom(1 << 20) * 20
    path.write_bytes(data)
    stored = syn.store(File(str(path), parent=project))
    for left, name in ((data[: 12 << 20], "good"), (b"x" * (3 << 20), "bad")):
        folder = tmp_path / name
        folder.mkdir()
        partial = folder / f"large.bin.synapse_download_{stored.dataFileHandleId}.dead"
        partial.write_bytes(left)
        os.utime(partial, (1, 1))
        got = alice.client(tmp_path / f"c-{name}").get(stored.id, downloadLocation=str(folder))
        assert Path(got.path).read_bytes() == data
        assert os.listdir(folder) == ["large.bin"]


def test_what_an_official_client_is_writing_is_left_to_it(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(9 << 20))
    stored = syn.store(File(str(path), parent=project))
    folder = tmp_path / "down"
    folder.mkdir()
    theirs = folder / f"large.bin.synapse_download_{stored.dataFileHandleId}"
    theirs.write_bytes(b"half")
    got = alice.client(tmp_path / "fresh").get(stored.id, downloadLocation=str(folder))
    assert Path(got.path).read_bytes() == path.read_bytes()
    assert theirs.read_bytes() == b"half"


def test_the_longest_of_names(syn: Synapse, alice: User, project: Any, tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".bin")
    path.write_bytes(os.urandom(9 << 20))
    stored = syn.store(File(str(path), parent=project))
    for location in (None, str(tmp_path / "one"), str(tmp_path / "two")):
        got = alice.client(tmp_path / "fresh").get(stored.id, downloadLocation=location)
        assert Path(got.path).name == path.name
        assert Path(got.path).read_bytes() == path.read_bytes()


def test_a_place_of_each_and_one_download(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(os.urandom(9 << 20))
    stored = syn.store(File(str(path), parent=project))
    clients = [alice.client(tmp_path / "cache") for _ in range(8)]
    networks = [Cut(each.transport.wire, 1 << 40, OSError()) for each in clients]
    for client, network in zip(clients, networks, strict=True):
        client.transport.wire = network
    with ThreadPoolExecutor(8) as pool:
        places = [str(tmp_path / f"place{number}") for number in range(8)]
        got = list(
            pool.map(lambda one, at: one.get(stored.id, downloadLocation=at), clients, places)
        )
    assert [Path(each.path).parent for each in got] == [Path(each) for each in places]
    assert all(Path(each.path).read_bytes() == path.read_bytes() for each in got)
    assert sum((1 << 40) - each.count for each in networks) == 9 << 20


def test_what_a_killed_download_left_counts_up_to_its_first_gap(
    syn: Synapse, alice: User, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(1 << 20) * 24
    path = tmp_path / "large.bin"
    path.write_bytes(data)
    stored = syn.store(File(str(path), parent=project))
    folder = tmp_path / "down"
    folder.mkdir()
    partial = folder / f"large.bin.synapse_download_{stored.dataFileHandleId}.killed"
    with partial.open("wb") as file:
        file.write(data[: 8 << 20])
        file.seek(16 << 20)
        file.write(data[16 << 20 :])
    os.utime(partial, (1, 1))
    original = plan.ranges
    begun = []

    def ranges(start: int, size: int) -> Any:
        begun.append(start)
        return original(start, size)

    monkeypatch.setattr(plan, "ranges", ranges)
    got = alice.client(tmp_path / "fresh").get(stored.id, downloadLocation=str(folder))
    assert Path(got.path).read_bytes() == data
    assert begun == [7 << 20]


def test_expired_urls_are_renewed(
    syn: Synapse, alice: User, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = syn.store(File(write(tmp_path), parent=project))
    fresh = alice.client(tmp_path / "fresh")
    original = download.download_url
    asked = []

    async def with_a_bad_url(syn: Any, url: str, destination: str, **known: Any) -> str:
        asked.append(url)
        return await original(syn, url[:-5] + "00000", destination, **known)

    monkeypatch.setattr("synapseclient.legacy.files.download_url", with_a_bad_url)
    assert Path(fresh.get(stored.id).path).read_text() == "a,b\n1,2\n"
    assert len(asked) == 1


@pytest.mark.parametrize("times", [2, 3])
def test_the_folder_is_dropped_as_a_fetch_begins(
    syn: Synapse,
    alice: User,
    project: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    """Whoever makes room saw no claim of it just before: it is fetched again, but not for ever."""
    stored = syn.store(File(write(tmp_path), parent=project))
    fresh = alice.client(tmp_path / "fresh")
    original = download.download_url
    dropped = []

    async def into_what_is_dropped(syn: Any, url: str, destination: str, **known: Any) -> Any:
        place = known.pop("place")

        def drop_and_place(temporary: str, path: str) -> str:
            if len(dropped) < times:
                dropped.append(fresh.cache.drop(os.path.dirname(path)))
            return str(place(temporary, path))

        return await original(syn, url, destination, place=drop_and_place, **known)

    monkeypatch.setattr("synapseclient.legacy.files.download_url", into_what_is_dropped)
    if times == 2:
        assert Path(fresh.get(stored.id).path).read_text() == "a,b\n1,2\n"
    else:
        with pytest.raises(FileNotFoundError):
            fresh.get(stored.id)
    assert dropped == [True] * times


def test_many_threads_want_the_same_file(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    stored = syn.store(File(write(tmp_path, text="shared" * 1000), parent=project))
    shared = alice.client(tmp_path / "shared")
    paths: list[str] = []

    def get() -> None:
        paths.append(shared.get(stored.id).path)

    threads = [threading.Thread(target=get) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 10
    assert {Path(path).read_text() for path in paths} == {"shared" * 1000}


def test_plans_are_used() -> None:
    assert plan.ONE_STREAM < 20 << 20  # the tests above would test nothing else


def test_printing(
    syn: Synapse, project: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    syn.silent = False
    syn.printEntity(project.id)
    assert capsys.readouterr().out.startswith(f"Project: {project.name}")
    syn.printEntity({"b": 1, "a": 2})
    assert capsys.readouterr().out == '{\n  "a": 2,\n  "b": 1\n}\n'
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert syn.onweb(project) == opened[0]
    assert opened[0].endswith(f"/Synapse:{project.id}")
    assert syn.onweb(project, subpageId=3).endswith(f"/Wiki:{project.id}/ENTITY/3")


class Breaking:
    """A wire that breaks for good after so many parts have been sent."""

    def __init__(self, wire: Any, parts: int) -> None:
        self.wire = wire
        self.left = parts

    async def send(self, verb: str, url: str, headers: Any, body: Any, seconds: float) -> Answer:
        if verb == "PUT" and body is not None and len(body) > 1_000_000:
            if self.left == 0:
                await asyncio.sleep(1)  # those before it are confirmed
                raise SynapseUploadFailedException("The cable was pulled.")
            self.left -= 1
        return cast(Answer, await self.wire.send(verb, url, headers, body, seconds))

    def stream(self, *arguments: Any) -> Any:
        return self.wire.stream(*arguments)


@pytest.mark.parametrize(
    ("hidden", "meddled", "unseen"),
    [
        (False, False, False),
        (True, False, False),
        (False, True, False),
        (True, True, False),
        (False, True, True),
    ],
)
def test_an_upload_that_broke_goes_on(
    alice: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hidden: bool,
    meddled: bool,
    unseen: bool,
) -> None:
    syn = alice.client(tmp_path)
    if hidden:  # as if the server were an official one
        syn._extensions = frozenset()
    if unseen:  # as if a file system kept no times
        monkeypatch.setattr(upload, "_fingerprint", lambda path, found: f"the same for {path}")
    path = tmp_path / "large.bin"
    size = 5 * 8 * 1024 * 1024
    path.write_bytes(os.urandom(size))
    project = syn.store(Project(name=f"broken {hidden} {meddled} {unseen} {alice.name}"))
    network = syn.transport.wire
    syn.transport.wire = Breaking(network, 3)
    with pytest.raises(SynapseUploadFailedException, match="cable"):
        syn.store(File(str(path), parent=project))
    syn.transport.wire = counting = Breaking(network, 100)
    if meddled:
        found = path.stat()
        with path.open("r+b") as file:
            file.write(b"another beginning")
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    stored = syn.store(File(str(path), parent=project))
    handle = syn.get(stored.id, downloadFile=False)._file_handle
    assert handle["contentMd5"] == hashlib.md5(path.read_bytes()).hexdigest()
    back = syn.get(stored.id, downloadLocation=str(tmp_path / "back"))
    assert Path(back.path).read_bytes() == path.read_bytes()
    sent = 100 - counting.left
    assert (sent == 5) is (meddled and not unseen), sent


# ------------------------------------------------------------------ after a fork

_WORKERS = """
import multiprocessing, os, sys
from synapseclient import File, Project, login
address, token, folder = sys.argv[1:]
os.environ["SYNAPSE_ENDPOINT"] = address
syn = login(authToken=token, silent=True, cache_root_dir=folder + "/cache")
open(folder + "/f.txt", "w").write("forked " * 3_000_000)
file = syn.store(File(folder + "/f.txt", parent=syn.store(Project(os.path.basename(folder)))))
assert syn.get(file.id, downloadLocation=folder + "/parent").path

def work(number):
    syn.cache.cache_root_dir = f"{folder}/cache{number}"
    mine = login(authToken=token, silent=True, cache_root_dir=f"{folder}/new{number}")
    for each in (syn, mine):
        path = each.get(file.id).path
        assert open(path).read() == "forked " * 3_000_000
    open(f"{folder}/{number}.txt", "w").write(str(number) * 10_000_000)
    return mine.store(File(f"{folder}/{number}.txt", parent=file.parentId)).name

with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(work, range(3)))
child = os.fork()
if child == 0:
    print(syn.getUserProfile()["userName"], flush=True)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(type(syn.transport.wire._mine()).__name__)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_workers_send_and_fetch(alice: User, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WORKERS, alice.server.url, str(alice.token), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"['0.txt', '1.txt', '2.txt']\n{alice.name}\nFastWire\n"


# ------------------------------------------------------------------ many at once


def at_once(works: list[Any]) -> list[Any]:
    """The results of functions that run at the same time, each in a thread."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def test_files_of_one_name_do_not_replace_each_other(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    stored = []
    for number in range(5):
        folder = syn.store(Folder(f"f{number}", parent=project))
        stored.append(syn.store(File(write(tmp_path, text=f"text {number}"), parent=folder)))
    fresh = alice.client(tmp_path / "fresh")
    for _ in range(2):  # from the server, then from the cache
        down = tmp_path / f"down{_}"
        got = at_once([partial(fresh.get, each.id, downloadLocation=down) for each in stored])
        assert [Path(each.path).read_text() for each in got] == [f"text {n}" for n in range(5)]
        assert len(os.listdir(down)) == 5


def test_copies_to_one_place_at_once(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    stored = syn.store(File(write(tmp_path, text="x" * 3_000_000), parent=project))
    fresh = alice.client(tmp_path / "fresh")
    fresh.get(stored.id)
    for how in ("overwrite.local", "keep.both"):
        for cached in (True, False):
            down = str(tmp_path / f"{how} {cached}")
            if not cached:
                fresh.cache.remove(stored.dataFileHandleId, delete=True)
            get = partial(fresh.get, stored.id, downloadLocation=down, ifcollision=how)
            assert {each.path for each in at_once([get] * 8)} == {os.path.join(down, "data.csv")}
            assert os.listdir(down) == ["data.csv"]


def test_the_same_content_is_stored_by_many(syn: Synapse, project: Any, tmp_path: Path) -> None:
    path = write(tmp_path, text=f"{project.id} " * 100_000)
    folders = [syn.store(Folder(f"f{number}", parent=project)) for number in range(8)]
    stored = at_once([partial(syn.store, File(path, parent=folder)) for folder in folders])
    assert {each.parentId for each in stored} == {each.id for each in folders}


def test_the_same_folder_is_stored_by_many(syn: Synapse, project: Any) -> None:
    stored = at_once([partial(syn.store, Folder("same", parent=project)) for _ in range(8)])
    assert len({each.id for each in stored}) == 1


# ------------------------------------------------------------------ broken disks and lines


def test_a_cache_that_cannot_be_written(
    syn: Synapse, alice: User, project: Any, tmp_path: Path
) -> None:
    (tmp_path / "no").write_text("a file where the cache's folder would be")
    broken = alice.client(tmp_path)
    broken.cache.cache_root_dir = str(tmp_path / "no")
    stored = broken.store(File(write(tmp_path), parent=project))
    got = broken.get(stored.id, downloadLocation=str(tmp_path / "down"))
    assert Path(got.path).read_text() == "a,b\n1,2\n"


class Cut:
    """A wire whose streams end after so many bytes, by an error or by the user."""

    def __init__(self, wire: Any, count: int, error: BaseException) -> None:
        self.wire = wire
        self.count = count
        self.error = error

    async def send(self, *arguments: Any) -> Any:
        return await self.wire.send(*arguments)

    @asynccontextmanager
    async def stream(self, *arguments: Any) -> Any:
        async with self.wire.stream(*arguments) as stream:
            whole = stream.chunk

            async def chunk() -> Any:
                if self.count <= 0:
                    raise self.error
                data = await whole()
                self.count -= len(data or b"")
                return data

            stream.chunk = chunk
            yield stream


def test_what_was_interrupted_goes_on_at_once(
    syn: Synapse, alice: User, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(os.urandom(12 << 20))
    stored = syn.store(File(str(path), parent=project))
    down = tmp_path / "down"
    fresh = alice.client(tmp_path / "fresh")
    network = fresh.transport.wire
    fresh.transport.wire = Cut(network, 5 << 20, asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        fresh.get(stored.id, downloadLocation=str(down))
    (left,) = os.listdir(down)
    assert left == f"data.bin.synapse_download_{stored.dataFileHandleId}.left"
    size = (down / left).stat().st_size
    assert size >= 5 << 20
    counting = Cut(network, 100 << 20, asyncio.CancelledError())
    fresh.transport.wire = counting
    got = fresh.get(stored.id, downloadLocation=str(down))
    assert Path(got.path).read_bytes() == path.read_bytes()
    assert (100 << 20) - counting.count == (12 << 20) - size
    assert os.listdir(down) == ["data.bin"]


def test_a_full_disk_is_told_at_once(
    syn: Synapse, alice: User, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = syn.store(File(write(tmp_path), parent=project))
    fresh = alice.client(tmp_path / "fresh")

    def pwrite(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("synapseclient.transfer.download.os.pwrite", pwrite)
    with pytest.raises(OSError, match="No space left"):
        fresh.get(stored.id, downloadLocation=str(tmp_path / "down"))
    assert os.listdir(tmp_path / "down") == []


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_address_elsewhere_that_says_no(
    syn: Synapse,
    alice: User,
    project: Any,
    tmp_path: Path,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("synapseclient.core.retry.random.uniform", lambda low, high: 0.001)
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(status, "not for you")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{elsewhere.server_address[1]}/data.csv"
        stored = syn.store(File(url, parent=project, synapseStore=False))
        down = tmp_path / "down"
        with pytest.raises(SynapseHTTPError, match=f"{status} ") as caught:
            syn.get(stored.id, downloadLocation=str(down))
        elsewhere.shutdown()
    assert caught.value.response is not None
    assert caught.value.response.status_code == status
    assert len(asked) == (8 if status == 500 else 1)
    assert os.listdir(down) == []
