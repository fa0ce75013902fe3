"""Whole trees down and up, with our server's extension and with the official calls."""

from __future__ import annotations

import datetime
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

import synapseutils
from synapseclient import Activity, File, Folder, Link, Project, models
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError, SynapseProvenanceError
from synapseclient.sync import manifest
from synapseclient.sync.manifest import BadManifest


@pytest.fixture(params=["bulk", "official"])
def syn(request: pytest.FixtureRequest, alice: User, tmp_path: Path) -> Synapse:
    found = alice.client(tmp_path / "client")
    if request.param == "official":
        found._extensions = frozenset()
    return found


def count(syn: Synapse) -> list[str]:
    """The requests of a client from now on."""
    asked: list[str] = []
    send = syn.transport.send

    async def counting(verb: str, url: str, *args: Any, **options: Any) -> Any:
        asked.append(f"{verb} {url.split('?')[0]}")
        return await send(verb, url, *args, **options)

    syn.transport.send = counting  # type: ignore[method-assign]
    return asked


def md5(path: str | Path) -> str:
    return hashlib.md5(Path(path).read_bytes()).hexdigest()


def a_folder(at: Path, files: int = 12) -> dict[str, str]:
    """A folder of files; their MD5s by relative path."""
    found = {}
    for number in range(files):
        path = at / f"d{number % 3}" / f"file {number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d\n" % number * number)
        found[str(path.relative_to(at))] = md5(path)
    (at / "top.bin").write_bytes(os.urandom(100_000))
    found["top.bin"] = md5(at / "top.bin")
    return found


def up(syn: Synapse, folder: Path, project: str, **options: Any) -> None:
    path = str(folder.parent / "manifest.tsv")
    synapseutils.generate_sync_manifest(syn, str(folder), project, path)
    synapseutils.syncToSynapse(syn, path, **options)


def here(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): md5(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name != synapseutils.sync.MANIFEST_FILENAME
    }


def test_a_folder_up_and_down_and_again(syn: Synapse, alice: User, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    known = a_folder(tmp_path / "source")
    up(syn, tmp_path / "source", project)
    bulky = bool(syn._extensions)
    other = alice.client(tmp_path / "other")
    other._extensions = syn._extensions
    target = tmp_path / "target"
    files = synapseutils.syncFromSynapse(other, project, path=str(target))
    assert here(target) == known
    assert {os.path.relpath(file.path, target) for file in files} == set(known)
    # again: nothing moves, neither up nor down
    asked = count(other)
    assert len(synapseutils.syncFromSynapse(other, project, path=str(target))) == len(known)
    assert not any("/blobs/" in each or "fileHandle/batch" in each for each in asked)
    if bulky:
        assert len(asked) <= 3
    versions = [file.versionNumber for file in files]
    asked = count(syn)
    up(syn, tmp_path / "source", project)
    assert not any("multipart" in each or "commit" in each for each in asked)
    assert versions == [1] * len(known)
    # one changes, one is lost
    (tmp_path / "source" / "d1" / "file 1.txt").write_text("changed")
    up(syn, tmp_path / "source", project)
    os.unlink(target / "top.bin")
    asked = count(other)
    files = synapseutils.syncFromSynapse(other, project, path=str(target))
    assert here(target) == here(tmp_path / "source")
    assert sorted(file.versionNumber for file in files) == [1] * (len(known) - 1) + [2]


def test_what_manifests_say(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for name in ("raw.csv", "clean.csv", "code.py"):
        (tmp_path / name).write_text(name)
    rows = [
        "path\tparent\tname\tused\texecuted\tactivityName\tcells\twhen\tdone\tlabel",
        f"{tmp_path}/clean.csv\t{project}\tclean\t{tmp_path}/raw.csv;https://example.org/x\t"
        f"{tmp_path}/code.py\tcleaning\t[1,2]\t2020-01-02T03:04:05Z\tTrue\ta, b",
        f'{tmp_path}/raw.csv\t{project}\t\t\t\t\t\t\t\t[p,"q,r"]',
        f"{tmp_path}/code.py\t{project}\t\t\t\t\t\t\t\t",
    ]
    path = tmp_path / "m.tsv"
    path.write_text("\n".join(rows) + "\n")
    synapseutils.syncToSynapse(syn, str(path), dryRun=True)
    assert list(syn.getChildren(project)) == []
    synapseutils.syncToSynapse(syn, str(path))
    ids = {child["name"]: child["id"] for child in syn.getChildren(project)}
    assert set(ids) == {"clean", "raw.csv", "code.py"}
    clean = syn.get(ids["clean"], downloadFile=False)
    assert clean.annotations["cells"] == [1, 2]
    assert clean.annotations["done"] == [True]
    assert clean.annotations["label"] == ["a, b"]
    assert clean.annotations["when"] == [
        datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    ]
    assert syn.get_annotations(ids["raw.csv"])["label"] == ["p", "q,r"]
    activity = syn.getProvenance(clean)
    assert activity["name"] == "cleaning"
    used = {
        each.get("url") or each["reference"]["targetId"]: each["wasExecuted"]
        for each in activity["used"]
    }
    assert used == {
        ids["raw.csv"]: False,
        "https://example.org/x": False,
        ids["code.py"]: True,
    }
    synapseutils.syncToSynapse(syn, str(path))
    again = syn.get(ids["clean"], downloadFile=False)
    assert (again.etag, again.versionNumber) == (clean.etag, 1)
    down = tmp_path / "down"
    synapseutils.syncFromSynapse(syn, project, path=str(down))
    [row] = [row for row in manifest.read(str(down / manifest.TSV_NAME)) if row.name == "clean"]
    assert row.annotations == {
        "cells": [1, 2],
        "when": clean.annotations["when"],
        "done": [True],
        "label": ["a, b"],
    }
    assert set(row.used) == {ids["raw.csv"], "https://example.org/x"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("path\n/x\n", "no column 'parent'"),
        ("path\tparent\n\tsyn1\n", "Line 2 has no path"),
        ("path\tparent\n/no/such/file\tsyn1\n", "there is no file"),
        ("path\tparent\tsynapseStore\n{here}\tsyn1\tperhaps\n", "neither True nor False"),
        ("path\tparent\n{here}\t{project}\n{here}\t{project}\n", "both store"),
        ("path\tparent\n{here}\tsyn999999999\n", "parent syn999999999"),
    ],
)
def test_manifests_that_cannot_be_followed(
    syn: Synapse, tmp_path: Path, text: str, problem: str
) -> None:
    project = syn.store(Project()).id
    path = tmp_path / "m.tsv"
    path.write_text(text.format(here=__file__, project=project))
    with pytest.raises(BadManifest, match=problem):
        synapseutils.syncToSynapse(syn, str(path))
    assert list(syn.getChildren(project)) == []


def test_circles_of_provenance(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for name in "ab":
        (tmp_path / name).write_text(name)
    rows = [f"{tmp_path}/a\t{project}\t{tmp_path}/b", f"{tmp_path}/b\t{project}\t{tmp_path}/a"]
    path = tmp_path / "m.tsv"
    path.write_text("path\tparent\tused\n" + "\n".join(rows))
    with pytest.raises(SynapseProvenanceError, match="circle"):
        synapseutils.syncToSynapse(syn, str(path))
    path.write_text(f"path\tparent\tused\n{tmp_path}/a\t{project}\tno-such-file")
    with pytest.raises(SynapseProvenanceError, match="neither a Synapse id"):
        synapseutils.syncToSynapse(syn, str(path))


def test_one_that_fails_is_named_and_the_others_are_stored(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    source = tmp_path / "source"
    source.mkdir()
    for name in ("good.txt", "bad|name.txt", "also good.txt"):
        (source / name).write_text(name)
    with pytest.raises(SynapseError, match=r"1 of 3 files could not be stored") as raised:
        up(syn, source, project)
    assert "bad|name.txt" in str(raised.value)
    assert {child["name"] for child in syn.getChildren(project)} == {"good.txt", "also good.txt"}


def test_provenance_holds_beside_one_that_fails(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for name in ("a", "b", "c", "bad|d"):
        (tmp_path / name).write_text(name)
    rows = [f"{tmp_path}/{name}\t{project}\t" for name in ("a", "bad|d")]
    rows += [f"{tmp_path}/{name}\t{project}\t{tmp_path}/a" for name in ("b", "c")]
    path = tmp_path / "m.tsv"
    path.write_text("path\tparent\tused\n" + "\n".join(rows))
    with pytest.raises(SynapseError, match=r"1 of 4 files"):
        synapseutils.syncToSynapse(syn, str(path))
    ids = {child["name"]: child["id"] for child in syn.getChildren(project)}
    assert set(ids) == {"a", "b", "c"}
    for name in ("b", "c"):
        [used] = syn.getProvenance(ids[name])["used"]
        assert used["reference"]["targetId"] == ids["a"]


def test_collisions_and_names_that_meet(syn: Synapse, alice: User, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        path = tmp_path / str(number) / "same.txt"
        path.write_text(f"content {number}")
        syn.store(File(str(path), parent=project, name=f"entity {number}"))
    other = alice.client(tmp_path / "other")
    other._extensions = syn._extensions
    target = tmp_path / "target"
    files = synapseutils.syncFromSynapse(other, project, path=str(target))
    assert {Path(file.path).read_text() for file in files} == {f"content {n}" for n in range(3)}
    again = synapseutils.syncFromSynapse(other, project, path=str(target))
    assert [file.path for file in again] == [file.path for file in files]
    for how, left in (
        ("keep.local", "mine"),
        ("keep.both", "mine"),
        ("overwrite.local", "content 0"),
    ):
        (target / "same.txt").write_text("mine")
        synapseutils.syncFromSynapse(other, project, path=str(target), ifcollision=how)
        assert (target / "same.txt").read_text() == left
    with pytest.raises(ValueError, match="ifcollision"):
        synapseutils.syncFromSynapse(other, project, path=str(target), ifcollision="ask")


def test_what_one_may_not_have_is_named(
    syn: Synapse, alice: User, bob: User, tmp_path: Path
) -> None:
    project = syn.store(Project()).id
    path = tmp_path / "a.txt"
    path.write_text("a")
    file = syn.store(File(str(path), parent=project))
    alice.share(project, bob.id, "READ")
    other = bob.client(tmp_path / "bob")
    other._extensions = syn._extensions
    with pytest.raises(SynapseError, match=f"(?s)1 of 1 files.*{file.id}.*not DOWNLOAD"):
        synapseutils.syncFromSynapse(other, project, path=str(tmp_path / "target"))
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    assert synapseutils.syncFromSynapse(other, project, path=str(tmp_path / "target"))


def test_links_manifests_and_single_files(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project())
    folder = syn.store(Folder("inner", parent=project))
    path = tmp_path / "a.txt"
    path.write_text("a")
    file = syn.store(File(str(path), parent=project), activity=Activity("made"))
    syn.store(Link(file.id, parent=folder))
    target = tmp_path / "links"
    synapseutils.syncFromSynapse(syn, project, path=str(target), followLink=True, manifest="root")
    assert (target / "inner" / "a.txt").read_text() == "a"
    assert not (target / "inner" / manifest.TSV_NAME).exists()
    assert (target / manifest.TSV_NAME).exists()
    target = tmp_path / "none"
    synapseutils.syncFromSynapse(syn, project.id, path=str(target), manifest="suppress")
    assert not (target / manifest.TSV_NAME).exists()
    [only] = synapseutils.syncFromSynapse(syn, file, path=str(tmp_path / "single"))
    assert only.path == str(tmp_path / "single" / "a.txt")
    [known] = synapseutils.syncFromSynapse(syn, project)
    assert Path(known.path).read_text() == "a"  # wherever a copy is
    syn.cache.cache_root_dir = str(tmp_path / "empty cache")
    [cached] = synapseutils.syncFromSynapse(syn, project)
    assert cached.path.startswith(syn.cache.cache_root_dir)
    [listed] = synapseutils.syncFromSynapse(syn, project, downloadFile=False)
    assert listed.path is None
    with pytest.raises(ValueError, match="manifest"):
        synapseutils.syncFromSynapse(syn, project, path="x", manifest="some")


def test_walking(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project(f"walk {os.urandom(4).hex()}"))
    folder = syn.store(Folder("inner", parent=project))
    path = tmp_path / "a.txt"
    path.write_text("a")
    file = syn.store(File(str(path), parent=folder))
    found = list(synapseutils.walk(syn, project))
    assert found == [
        ((project.name, project.id), [("inner", folder.id)], []),
        ((f"{project.name}/inner", folder.id), [], [("a.txt", file.id)]),
    ]


def test_cells() -> None:
    for cell, values in (
        ("1", [1]),
        ("-1.5", [-1.5]),
        ("007", ["007"]),
        ("1_000", ["1_000"]),
        ("[]", []),
        ('[a,"b, c",true]', ["a", "b, c", True]),
        ("2020-01-02", ["2020-01-02"]),
        ("nan", ["nan"]),
    ):
        found = manifest.parse_cell(cell)
        assert repr(found) == repr(values) or cell == "nan"
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert manifest.format_cell([moment]) == "2020-01-02T03:04:05Z"


def test_the_object_oriented_api(syn: Synapse, alice: User, tmp_path: Path) -> None:
    known = a_folder(tmp_path / "source")
    project = models.Project(name=f"tree {os.urandom(4).hex()}").store(synapse_client=syn)
    path = str(tmp_path / "m.csv")
    project.generate_sync_manifest(str(tmp_path / "source"), path, synapse_client=syn)
    assert Path(path).read_text().startswith("path,parentId,name,ID,")
    stored = project.sync_to_synapse(path, synapse_client=syn)
    assert {os.path.relpath(file.path or "", tmp_path / "source") for file in stored} == set(known)
    other = alice.client(tmp_path / "other")
    other._extensions = syn._extensions
    target = tmp_path / "target"
    tree = models.Project(id=project.id).sync_from_synapse(str(target), synapse_client=other)
    assert [file.name for file in tree.files] == ["top.bin"]
    assert sorted(folder.name or "" for folder in tree.folders) == ["d0", "d1", "d2"]
    assert [len(folder.files) for folder in tree.folders] == [4, 4, 4]
    found = manifest.read(str(target / manifest.CSV_NAME))
    assert {os.path.relpath(row.path, target) for row in found} == set(known)
    assert len(manifest.read(str(target / "d1" / manifest.CSV_NAME))) == 4
    flat = models.Project(id=project.id).sync_from_synapse(
        str(tmp_path / "flat"), recursive=False, manifest="suppress", synapse_client=other
    )
    assert [len(folder.files) for folder in flat.folders] == [0, 0, 0]
    assert here(tmp_path / "flat") == {"top.bin": known["top.bin"]}
    walked = list(models.Project(id=project.id).walk(synapse_client=other))
    assert [place[0] for place, _, _ in walked] == [
        project.name,
        *[f"{project.name}/d{number}" for number in range(3)],
    ]
    assert [len(others) for _, _, others in walked] == [1, 4, 4, 4]
