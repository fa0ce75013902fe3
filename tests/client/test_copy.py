"""Copies of files, links, folders and projects, with our server's extension and without."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.client.test_sync import count
from tests.client.test_sync import syn as syn  # a fixture
from tests.conftest import User

import synapseutils
from synapseclient import Activity, File, Folder, Link, Project, models
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError
from synapseclient.core.transport import Answer


def answering(syn: Synapse, part: str, status: int, body: Any) -> None:
    """Answer requests for what this server does not have yet as the real Synapse does."""
    send = syn.transport.send

    async def answer(verb: str, url: str, *args: Any, **options: Any) -> Any:
        if part in url:
            headers = {"content-type": "application/json"}
            return Answer(status, headers, json.dumps(body).encode(), url)
        return await send(verb, url, *args, **options)

    syn.transport.send = answer  # type: ignore[method-assign]


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def a_project(syn: Synapse, tmp_path: Path) -> dict[str, str]:
    """A project with all there can be; ids by name."""
    project = syn.store(Project(f"source {os.urandom(4).hex()}", annotations={"kind": ["p"]}))
    inner = syn.store(
        Folder("inner", parent=project, description="of it", annotations={"kind": ["f"]})
    )
    deep = syn.store(Folder("deep", parent=inner))
    syn.store(Folder("empty", parent=project))
    top = syn.store(
        File(
            write(tmp_path / "top.txt", "top"),
            parent=project,
            description="first",
            annotations={"n": [1, 2], "s": ["x"]},
        ),
        activity=Activity("made", used="https://example.org/raw"),
    )
    low = syn.store(File(write(tmp_path / "low.txt", "low"), parent=deep))
    url = syn.store(File("https://example.org/x.csv", parent=inner, synapseStore=False))
    link = syn.store(Link(low, parent=project))
    return {
        "project": project.id,
        "inner": inner.id,
        "deep": deep.id,
        "top.txt": top.id,
        "low.txt": low.id,
        "x.csv": url.id,
        "link": link.id,
    }


def tree(syn: Synapse, id: str, at: str = "") -> dict[str, tuple[str, Any]]:
    """What lies below, by path: the type, and what makes it what it is."""
    found: dict[str, tuple[str, Any]] = {}
    for child in syn.getChildren(id):
        path = f"{at}/{child['name']}"
        entity = syn.get(child["id"], downloadFile=False)
        what: Any = [dict(entity.annotations), entity.get("description")]
        if isinstance(entity, File):
            what.append(entity.md5 or entity.externalURL)
        if isinstance(entity, Link):
            what.append(entity.linksTo["targetId"])
        found[path] = (type(entity).__name__, what)
        if isinstance(entity, Folder):
            found |= tree(syn, child["id"], path)
    return found


def origin(syn: Synapse, id: str) -> Any:
    """The name and what was used of what generated something; None if nothing is noted."""
    try:
        activity = syn.getProvenance(id)
    except SynapseHTTPError:
        return None
    [used] = activity["used"]
    if "url" in used:
        return activity["name"], used["url"]
    return activity["name"], "{targetId}.{targetVersionNumber}".format(**used["reference"])


def test_a_whole_project(syn: Synapse, tmp_path: Path) -> None:
    ids = a_project(syn, tmp_path)
    other = syn.store(Project(f"target {os.urandom(4).hex()}", annotations={"own": ["yes"]}))
    mapping = synapseutils.copy(syn, ids["project"], other.id)
    assert tree(syn, other.id) == tree(syn, ids["project"])
    assert mapping[ids["project"]] == other.id
    assert len(mapping) == 8
    assert set(ids.values()) < set(mapping)
    assert dict(syn.get_annotations(other)) == {"kind": ["p"], "own": ["yes"]}
    assert origin(syn, mapping[ids["top.txt"]]) == ("Copied file", f"{ids['top.txt']}.1")
    # again: all of it is there
    with pytest.raises(ValueError, match="already"):
        synapseutils.copy(syn, ids["project"], other.id)
    etags = {id: syn.get(id, downloadFile=False).etag for id in mapping.values()}
    asked = count(syn)
    assert synapseutils.copy(syn, ids["project"], other.id, updateExisting=True) == mapping
    assert not any("commit" in each or "PUT" in each for each in asked)
    assert {id: syn.get(id, downloadFile=False).etag for id in mapping.values()} == etags


def test_many_files_take_few_requests(syn: Synapse, tmp_path: Path) -> None:
    if not syn._extensions and syn._extensions is not None:
        pytest.skip("the extension is what makes them few")
    project, other = syn.store(Project()).id, syn.store(Project()).id
    for number in range(12):
        write(tmp_path / "many" / f"{number}.txt", str(number))
    manifest = str(tmp_path / "m.tsv")
    synapseutils.generate_sync_manifest(syn, str(tmp_path / "many"), project, manifest)
    synapseutils.syncToSynapse(syn, manifest)
    asked = count(syn)
    assert len(synapseutils.copy(syn, project, other)) == 13
    changes = [each for each in asked if not each.startswith("GET") and "/tree" not in each]
    assert len([each for each in changes if "/bulk/commit" in each]) == 1
    assert len(changes) == 1


def test_what_is_there_is_changed_when_asked(syn: Synapse, tmp_path: Path) -> None:
    ids = a_project(syn, tmp_path)
    other = syn.store(Project()).id
    mapping = synapseutils.copy(syn, ids["inner"], other)
    syn.store(File(write(tmp_path / "low.txt", "changed"), parent=ids["deep"]))
    syn.store(File(write(tmp_path / "new.txt", "new"), parent=ids["deep"]))
    syn.store(Folder("inner", parent=other, annotations={"mine": ["kept"]}))
    with pytest.raises(ValueError, match="'inner' already"):
        synapseutils.copy(syn, ids["inner"], other)
    again = synapseutils.copy(syn, ids["inner"], other, updateExisting=True)
    assert again.items() > mapping.items()
    changed = syn.get(mapping[ids["low.txt"]], downloadFile=False)
    assert changed.versionNumber == 2
    assert changed.md5 == syn.get(ids["low.txt"], downloadFile=False).md5
    assert origin(syn, changed.id) == ("Copied file", f"{ids['low.txt']}.2")
    assert syn.get(mapping[ids["x.csv"]], downloadFile=False).versionNumber == 1
    assert dict(syn.get_annotations(mapping[ids["inner"]])) == {"kind": ["f"], "mine": ["kept"]}
    # a link that points elsewhere by now
    link = synapseutils.copy(syn, ids["link"], other)[ids["link"]]
    moved = syn.get(ids["link"])
    moved.linksTo = {"targetId": ids["top.txt"]}
    syn.store(moved)
    assert synapseutils.copy(syn, ids["link"], other, updateExisting=True) == {ids["link"]: link}
    assert syn.get(link).linksTo["targetId"] == ids["top.txt"]
    # of another type
    syn.store(Folder("top.txt", parent=other))
    with pytest.raises(ValueError, match="has a folder named 'top"):
        synapseutils.copy(syn, ids["top.txt"], other, updateExisting=True)


def test_versions_annotations_and_provenance(syn: Synapse, tmp_path: Path) -> None:
    ids = a_project(syn, tmp_path)
    source = ids["top.txt"]
    known = syn.getProvenance(source)["id"]
    syn.store(File(write(tmp_path / "top.txt", "second"), parent=ids["project"]))
    other = syn.store(Project()).id

    def copied(**options: Any) -> Any:
        id = synapseutils.copy(syn, source, other, updateExisting=True, **options)[source]
        return syn.get(id, downloadFile=False)

    first = copied(version=1, setProvenance="existing")
    assert first.md5 == syn.get(source, version=1, downloadFile=False).md5
    assert dict(first.annotations) == {"n": [1, 2], "s": ["x"]}
    assert syn.getProvenance(first)["id"] == known
    second = copied(setProvenance="None", skipCopyAnnotations=True)
    assert (second.id, second.versionNumber) == (first.id, 2)
    assert second.md5 == syn.get(source, downloadFile=False).md5
    assert dict(second.annotations) == dict(first.annotations), "they are left as they are"
    assert origin(syn, second.id) is None
    third = synapseutils.copy(syn, f"{source}.1", syn.store(Project()).id, setProvenance=None)
    assert syn.get(third[source], downloadFile=False).md5 == first.md5
    [plain] = synapseutils.copy(
        syn, source, syn.store(Project()).id, skipCopyAnnotations=True
    ).values()
    assert dict(syn.get_annotations(plain)) == {}


def test_types_that_are_left_out(syn: Synapse, tmp_path: Path) -> None:
    ids = a_project(syn, tmp_path)
    for exclude, left in (
        (["file"], {"inner", "deep", "empty", "low.txt"}),
        (["link", "table"], {"inner", "deep", "empty", "top.txt", "low.txt", "x.csv"}),
        (["file", "link"], {"inner", "deep", "empty"}),
    ):
        other = syn.store(Project()).id
        synapseutils.copy(syn, ids["project"], other, excludeTypes=exclude)
        assert {path.rsplit("/", 1)[-1] for path in tree(syn, other)} == left
    assert synapseutils.copy(syn, ids["top.txt"], other, excludeTypes=["file"]) == {}


@pytest.mark.parametrize(
    ("source", "target", "options", "problem"),
    [
        ("project", "inner", {}, "into another project"),
        ("project", "other", {"version": 1}, "no version"),
        ("inner", "other", {"version": 1}, "no version"),
        ("inner", "inner", {}, "same"),
        ("inner", "top.txt", {}, "neither a project nor a folder"),
        ("inner", "other", {"excludeTypes": "file"}, "list"),
        ("inner", "other", {"excludeTypes": ["folder"]}, "not folder"),
        ("inner", "other", {"setProvenance": "all"}, "'traceback', 'existing' or None"),
    ],
)
def test_what_cannot_be(
    syn: Synapse,
    tmp_path: Path,
    source: str,
    target: str,
    options: dict[str, Any],
    problem: str,
) -> None:
    ids = a_project(syn, tmp_path)
    ids["other"] = syn.store(Project()).id
    with pytest.raises(ValueError, match=problem):
        synapseutils.copy(syn, ids[source], ids[target], **options)
    assert tree(syn, ids["other"]) == {}
    with pytest.raises(TypeError, match="no option versions"):
        synapseutils.copy(syn, ids[source], ids["other"], versions=1)


def test_what_belongs_to_others(
    syn: Synapse,
    alice: User,
    bob: User,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids = a_project(syn, tmp_path)
    theirs = bob.client(tmp_path / "bob")
    theirs._extensions = syn._extensions
    other = theirs.store(Project()).id
    alice.share(ids["project"], bob.id, "READ", "DOWNLOAD")
    alice.share(ids["deep"], bob.id, "READ")
    theirs.logger = logging_to(caplog)
    mapping = synapseutils.copy(theirs, ids["project"], other)
    assert f"{ids['low.txt']} not copied - this file lacks download permission" in caplog.text
    assert set(tree(theirs, other)) == {
        "/inner",
        "/inner/x.csv",
        "/empty",
        "/top.txt",
        "/low.txt",  # the link
    }
    copy = theirs.get(mapping[ids["top.txt"]])
    assert Path(copy.path).read_text() == "top"
    assert copy._file_handle["createdBy"] == str(bob.id), "the copy has a handle of its own"
    alice.share(ids["project"], bob.id, "READ")
    assert synapseutils.copy(theirs, ids["project"], theirs.store(Project()).id) == {}


def logging_to(caplog: pytest.LogCaptureFixture) -> Any:
    import logging

    logger = logging.getLogger("tests.copy")
    logger.setLevel(logging.INFO)
    return logger


def test_what_leads_nowhere_and_what_has_conditions(
    syn: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ids = a_project(syn, tmp_path)
    syn.delete(ids["low.txt"])
    syn.logger = logging_to(caplog)
    mapping = synapseutils.copy(syn, ids["project"], syn.store(Project()).id)
    assert ids["link"] not in mapping
    assert f"The target of this link {ids['link']} no longer exists" in caplog.text
    answering(syn, f"{ids['top.txt']}/accessRequirement", 200, {"results": [{"id": 1}]})
    mapping = synapseutils.copy(syn, ids["project"], syn.store(Project()).id)
    assert ids["top.txt"] not in mapping
    assert f"{ids['top.txt']} not copied - this file has access restrictions" in caplog.text
    answering(syn, f"{ids['project']}/accessRequirement", 200, {"results": [{"id": 1}]})
    assert synapseutils.copy(syn, ids["project"], syn.store(Project()).id) == {}


def test_a_server_without_wikis(syn: Synapse, tmp_path: Path) -> None:
    ids = a_project(syn, tmp_path)
    other = syn.store(Project()).id
    answering(syn, "/wikiheadertree2", 501, {"reason": "Not here"})
    synapseutils.copy(syn, ids["project"], other)
    assert tree(syn, other) == tree(syn, ids["project"])
    with pytest.raises(SynapseError, match="Not here"):
        synapseutils.copyWiki(syn, ids["project"], other)


def test_what_fails_is_named_and_all_else_is_copied(
    syn: Synapse, alice: User, bob: User, tmp_path: Path
) -> None:
    ids = a_project(syn, tmp_path)
    theirs = bob.client(tmp_path / "bob")
    theirs._extensions = syn._extensions
    other = theirs.store(Project()).id
    deep = theirs.store(Folder("deep", parent=theirs.store(Folder("inner", parent=other)))).id
    bob.share(other, alice.id, "READ", "DOWNLOAD", "CREATE", "UPDATE")
    bob.share(deep, alice.id, "READ")
    with pytest.raises(SynapseError, match=r"(?s)1 of 8 files could not be copied.*low\.txt"):
        synapseutils.copy(syn, ids["project"], other, updateExisting=True, skipCopyAnnotations=True)
    assert set(tree(theirs, other)) == {
        "/inner",
        "/inner/deep",
        "/inner/x.csv",
        "/empty",
        "/top.txt",
        "/low.txt",  # the link
    }


def test_models(syn: Synapse, tmp_path: Path) -> None:
    ids = a_project(syn, tmp_path)
    other = syn.store(Project()).id
    file = models.File(id=ids["top.txt"]).copy(other, synapse_client=syn)
    assert (file.name, file.annotations) == ("top.txt", {"n": [1, 2], "s": ["x"]})
    assert (file.parent_id, file.download_file, file.path) != (None, False, None)
    with pytest.raises(ValueError, match="already"):
        models.File(id=ids["top.txt"]).copy(other, synapse_client=syn)
    bare = models.File(id=ids["top.txt"]).copy(
        ids["deep"], copy_annotations=False, copy_activity=None, synapse_client=syn
    )
    assert bare.annotations == {}
    assert models.Activity.from_parent(bare, synapse_client=syn) is None
    folder = models.Folder(id=ids["inner"]).copy(other, exclude_types=["link"], synapse_client=syn)
    assert folder.parent_id == other
    assert [each.name for each in folder.folders] == ["deep"]
    assert sorted(each.name or "" for each in folder.folders[0].files) == ["low.txt", "top.txt"]
    target = syn.store(Project()).id
    project = models.Project(id=ids["project"]).copy(target, synapse_client=syn)
    assert project.id == target
    assert project.annotations == {"kind": ["p"]}
    assert sorted(each.name or "" for each in project.folders) == ["empty", "inner"]
    with pytest.raises(SynapseError, match="was not copied"):
        models.File(id=ids["top.txt"]).copy(
            syn.store(Project()).id, synapse_client=_restricted(syn, ids["top.txt"])
        )


def _restricted(syn: Synapse, id: str) -> Synapse:
    answering(syn, f"{id}/accessRequirement", 200, {"results": [{"id": 1}]})
    return syn


def test_file_handles(syn: Synapse, bob: User, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    file = syn.store(File(write(tmp_path / "a.txt", "a"), parent=project))
    handles = [file["dataFileHandleId"]] * 101
    results = synapseutils.copyFileHandles(
        syn,
        handles,
        ["FileEntity"] * 101,
        [file.id] * 100 + ["syn1"],
        newFileNames=["b.txt", *[None] * 100],
    )
    names = [each["newFileHandle"]["fileName"] for each in results[:100]]
    assert names == ["b.txt", *["a.txt"] * 99]
    assert results[100]["failureCode"] in ("UNAUTHORIZED", "NOT_FOUND")
    assert len({each["newFileHandle"]["id"] for each in results[:100]} | set(handles)) == 101
    with pytest.raises(ValueError, match="fileHandles has 1, newFileNames 2"):
        synapseutils.copyFileHandles(
            syn, handles[:1], ["FileEntity"], [file.id], newFileNames=["a", "b"]
        )
    changed = synapseutils.changeFileMetaData(
        syn, file.id, downloadAs="saved.txt", contentType="text/x", name="named.txt"
    )
    assert (changed.name, changed.contentType, changed.versionNumber) == ("named.txt", "text/x", 2)
    got = syn.get(file.id, downloadLocation=str(tmp_path / "down"))
    assert Path(got.path).name == "saved.txt"
    same = synapseutils.changeFileMetaData(syn, got, downloadAs="x.txt", forceVersion=False)
    assert (same.versionNumber, same._file_handle["fileName"]) == (2, "x.txt")
    with pytest.raises(ValueError, match="no file"):
        synapseutils.changeFileMetaData(syn, project, name="x")
    with pytest.raises(SynapseHTTPError):
        synapseutils.changeFileMetaData(bob.client(tmp_path / "bob"), file.id, name="x")
