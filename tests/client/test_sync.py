"""Whole trees down and up, with our server's extension and with the official calls."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

import synapseutils
from synapseclient import Activity, File, Folder, Link, Project, models
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError, SynapseProvenanceError
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
    options.setdefault("sendMessages", False)  # or the end of each is a message with a file
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


def looks(file: Any) -> dict[str, Callable[[], Any]]:
    """All ways to look at a file of either kind; the order of what is local means nothing."""

    def words(shown: Any) -> list[str]:
        return sorted(repr(shown).removeprefix("File(").removesuffix(")").split(", "))

    found: dict[str, Callable[[], Any]] = {
        "repr": lambda: words(file),
        "str": lambda: str(file),
        "vars": lambda: {key: vars(file)[key] for key in sorted(vars(file))},
        "id": lambda: file.id,
        "annotations": lambda: file.annotations,
        "copy": lambda: words(copy.copy(file)),
        "deepcopy": lambda: words(copy.deepcopy(file)),
        "pickle": lambda: words(pickle.loads(pickle.dumps(file))),
        "equal": lambda: file == copy.copy(file),
        "kind": lambda: (file.__class__, isinstance(file, File)),
        "type": lambda: (file.id, type(file)),
        "unknown": lambda: hasattr(file, "unknown"),
    }
    if isinstance(file, File):
        found |= {
            "items": lambda: dict(file),
            "length": lambda: (len(file), "md5" in file, "name" in file, file.get("nothing")),
            "local": file.local_state,
            "properties": lambda: dict(file.properties),
            "md5": lambda: (file.md5, file["fileSize"], file.contentType, file._file_handle),
            "cacheDir": lambda: (file.cacheDir, file.files, file.synapseStore),
        }
    else:
        found |= {
            "dict": lambda: dataclasses.asdict(file),
            "replace": lambda: words(dataclasses.replace(file, name="another")),
            "changed": lambda: file.has_changed,
            "handle": lambda: (file.file_handle, file.content_md5),
            "last": lambda: words(file._last_persistent_instance),
        }
    return found


def test_files_of_a_listing_are_like_those_that_were_got_alone(
    syn: Synapse, tmp_path: Path
) -> None:
    project = syn.store(Project()).id
    (tmp_path / "file.txt").write_text("content")
    stored = syn.store(File(str(tmp_path / "file.txt"), parent=project, n=[1, 2], when="now"))
    to = str(tmp_path / "to")

    def listed() -> Any:
        return synapseutils.syncFromSynapse(syn, project, path=to, manifest="suppress")[0]

    def modelled() -> Any:
        return models.Project(project).sync_from_synapse(path=to, synapse_client=syn).files[0]

    listed()
    got = syn.get(stored, downloadLocation=to)
    # each look is the first at a file of its own
    for name, look in looks(got).items():
        assert looks(listed())[name]() == look(), name
    model = models.File(id=stored.id, path=to).get(synapse_client=syn)
    for name, look in looks(model).items():
        file = modelled()
        file.if_collision = model.if_collision
        assert looks(file)[name]() == look(), name


def test_files_of_a_listing_that_are_changed_before_they_are_looked_at(
    syn: Synapse, tmp_path: Path
) -> None:
    project = syn.store(Project()).id
    (tmp_path / "file.txt").write_text("content")
    stored = syn.store(File(str(tmp_path / "file.txt"), parent=project, n=[1]))
    (file,) = synapseutils.syncFromSynapse(syn, project)
    file.description = "described"
    file["n"] = [2]
    again = syn.store(file, forceVersion=False)
    assert (again.description, again.n, again.versionNumber) == ("described", [2], 1)
    (file,) = synapseutils.syncFromSynapse(syn, project)
    del file.path
    assert "path" not in vars(file)
    assert file.id == stored.id
    (tmp_path / "other.txt").write_text("other")
    (model,) = models.Project(project).sync_from_synapse(synapse_client=syn).files
    model.path, model.description = str(tmp_path / "other.txt"), "another"
    model.store(synapse_client=syn)
    got = syn.get(stored.id, downloadFile=False)
    assert (got.versionNumber, got.description, got.n) == (2, "another", [2])
    assert got.md5 == md5(tmp_path / "other.txt")
    (model,) = models.Project(project).sync_from_synapse(synapse_client=syn).files
    del model.description
    assert "description" not in vars(model)
    assert model.id == stored.id


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
        ("path\tparent\tsynapseStore\n{here}\tsyn1\tperhaps\n", "must be True or False"),
        ("path\tparent\n{here}\t{project}\n{here}\t{project}\n", "Line 2 and line 3 both store"),
        (
            "path\tparent\tname\n{here}\t{project}\ta\n{other}\t{project}\ta\n",
            "Line 2 and line 3 both store 'a' into syn.*another name",
        ),
        (
            "path\tparent\tid\n{here}\t{project}\tsyn5\n{other}\t{project}\tsyn5\n",
            "both store syn5",
        ),
        ("path\tparent\n{here}\tsyn999999999\n", "Line 2: the parent syn999999999: .*404"),
        ("path\tparent\n{here}\tmy project\n", "Line 2: the parent my project: "),
        ("path\tparent\n{here}\t{file}\n", "Line 2: the parent syn.* is a file.* or folder"),
        ("path\tparent\tid\n{here}\t{project}\tsyn999999999\n", "Line 2: the id syn999999999"),
        ("path\tparent\tid\n{here}\t{project}\t{project}\n", "Line 2: syn.* is a project"),
        ("path\tparent\tname\n{here}\t{project}\tinner\n", "Line 2: 'inner' in syn.* is a folder"),
        ("path\tparent\n{folder}\t{project}\n", "Line 2: .* is a folder; a row stores one file"),
        (
            "path;parent\n{here};{project}\n",
            "no column 'path'; it has 'path;parent'.*tabs or commas",
        ),
        ("path\tparent\tn\tn\n{here}\t{project}\t1\t2\n", "more than one column 'n'"),
        ("path\tparent\tID\tid\n{here}\t{project}\t\t\n", "more than one column 'id'"),
        ("path\tparent\n{here}\t{project}\t1\n", "Line 2 has 3 cells, and there are 2 columns"),
        ("\tpath\tparent\n0\t{here}\t{project}\n", "Column 1 has no name, and line 2 has '0'"),
        ('path\tparent\tn\n{here}\t{project}\t"a\n', "Line 2 of .* cannot be read.*quote"),
        (
            'path\tparent\tn\n{here}\t{project}\t"two\nlines"\n/no/file\t{project}\n',
            "Line 4: there is no file",
        ),
        ("path\tparent\n\n{here}\t{project}\n\n/no/file\t{project}\n", "Line 5: there is no"),
    ],
)
def test_manifests_that_cannot_be_followed(
    syn: Synapse, tmp_path: Path, text: str, problem: str
) -> None:
    project = syn.store(Project()).id
    folder = syn.store(Folder("inner", parent=project)).id
    path = tmp_path / "m.tsv"
    other = tmp_path / "other.txt"
    other.write_text("other")
    file = syn.store(File(str(other), parent=folder)).id if "{file}" in text else ""
    path.write_text(
        text.format(here=__file__, other=other, project=project, folder=tmp_path, file=file)
    )
    with pytest.raises(BadManifest, match=f"(?s){problem}"):
        synapseutils.syncToSynapse(syn, str(path))
    assert [child["id"] for child in syn.getChildren(project)] == [folder]


def test_texts_of_all_systems(syn: Synapse, tmp_path: Path) -> None:
    here = tmp_path / "Größe, x.csv"
    here.write_text("x")
    for number, (name, encoding, end, tab) in enumerate(
        [
            ("unix.tsv", "utf-8", "\n", "\t"),
            ("windows.tsv", "utf-8-sig", "\r\n", "\t"),
            ("old-mac.txt", "utf-8", "\r", "\t"),
            ("windows.csv", "utf-8-sig", "\r\n", ","),
            ("commas.tsv", "utf-8", "\n", ","),
            ("tabs.csv", "utf-8", "\n", "\t"),
        ]
    ):
        project = syn.store(Project()).id
        lines = [
            tab.join(["path", "PARENTID" if number % 2 else "parent", "name", "tissue", "note"]),
            tab.join([f'"{here}"', project, "size.csv", "Gewebe ☃", '"say ""hi"""']),
            "",
        ]
        path = tmp_path / name
        path.write_bytes(end.join(lines).encode(encoding))
        synapseutils.syncToSynapse(syn, str(path))
        [child] = syn.getChildren(project)
        found = syn.get(child["id"], downloadFile=False)
        assert found.annotations == {"tissue": ["Gewebe ☃"], "note": ['say "hi"']}, name
        assert (found.name, found.md5) == ("size.csv", md5(here))
    path.write_bytes("path\tparent\n/x\tsyn1\n".encode("utf-16"))
    with pytest.raises(BadManifest, match="is not UTF-8"):
        synapseutils.syncToSynapse(syn, str(path))


def test_a_cart_s_columns_are_no_annotations(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    cart = "error versionNumber dataFileSizeBytes createdBy createdOn modifiedBy modifiedOn"
    columns = ["path", "parentId", *cart.split(), "synapseURL", "dataFileMD5Hex", "type"]
    path = tmp_path / "manifest.csv"
    cells = [__file__, project, *["1"] * (len(columns) - 2)]
    path.write_text(",".join(columns) + "\n" + ",".join(cells) + "\n")
    synapseutils.syncToSynapse(syn, str(path))
    [child] = syn.getChildren(project)
    assert dict(syn.get_annotations(child["id"])) == {"type": [1]}


def test_versions_that_are_forced(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    file = tmp_path / "a.txt"
    file.write_text("a")
    path = tmp_path / "m.tsv"

    def up(force: str, **annotations: str) -> Any:
        header = "\t".join(["path", "parent", "forceVersion", *annotations])
        cells = "\t".join([str(file), project, force, *annotations.values()])
        path.write_text(f"{header}\n{cells}\n")
        synapseutils.syncToSynapse(syn, str(path))
        [child] = syn.getChildren(project)
        return syn.get(child["id"], downloadFile=False)

    assert up("", n="1").versionNumber == 1
    assert up("", n="2").versionNumber == 1
    assert up("False", n="3").versionNumber == 1
    forced = up("True", n="4")
    assert (forced.versionNumber, dict(forced.annotations)) == (2, {"n": [4]})
    assert dict(syn.get(forced.id, version=1, downloadFile=False).annotations) == {"n": [3]}
    assert up("True", n="4").versionNumber == 2, "nothing has changed"
    file.write_text("b")
    changed = up("False", n="4")
    assert (changed.versionNumber, dict(changed.annotations)) == (3, {"n": [4]})


def test_rows_with_ids(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    elsewhere = syn.store(Folder("elsewhere", parent=project)).id
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    file = syn.store(File(str(tmp_path / "a.txt"), parent=elsewhere, name="known"))
    path = tmp_path / "m.tsv"
    path.write_text(f"path\tparent\tid\n{tmp_path}/b.txt\t{elsewhere}\t{file.id}\n")
    synapseutils.syncToSynapse(syn, str(path))
    stored = syn.get(file.id, downloadFile=False)
    assert (stored.name, stored.versionNumber) == ("known", 2)
    assert stored.md5 == md5(tmp_path / "b.txt")
    path.write_text(f"path\tparent\tid\tname\n{tmp_path}/b.txt\t{project}\t{file.id}\tnew name\n")
    synapseutils.syncToSynapse(syn, str(path))
    moved = syn.get(file.id, downloadFile=False)
    assert (moved.name, moved.parentId, moved.versionNumber) == ("new name", project, 2)
    assert list(syn.getChildren(elsewhere)) == []


def test_files_that_stay_where_they_are(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    file = tmp_path / "a.txt"
    file.write_text("a")
    path = tmp_path / "m.tsv"
    path.write_text(f"path\tparent\tsynapseStore\n{file}\t{project}\tFalse\n")
    for text, version in (("a", 1), ("a", 1), ("b", 2)):
        file.write_text(text)
        synapseutils.syncToSynapse(syn, str(path))
        [child] = syn.getChildren(project)
        found = syn.get(child["id"], downloadFile=False)
        assert found.externalURL == f"file://{file}"
        assert (found.md5, found.versionNumber) == (md5(file), version)


def test_annotations_and_provenance_of_new_versions(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    file = tmp_path / "a.txt"
    file.write_text("a")
    path = tmp_path / "m.tsv"
    path.write_text(f"path\tparent\tn\tused\n{file}\t{project}\t1\thttps://example.org/x\n")
    synapseutils.syncToSynapse(syn, str(path))
    [child] = syn.getChildren(project)
    activity = syn.getProvenance(child["id"])["id"]
    for number, carry in enumerate((True, False), 2):
        file.write_text(f"version {number}")
        path.write_text(f"path\tparent\tn\n{file}\t{project}\t1\n")
        synapseutils.syncToSynapse(syn, str(path), associate_activity_to_new_version=carry)
        found = syn.get(child["id"], downloadFile=False)
        assert (found.versionNumber, dict(found.annotations)) == (number, {"n": [1]})
        if carry:
            assert syn.getProvenance(found)["id"] == activity
        else:
            with pytest.raises(SynapseHTTPError):
                syn.getProvenance(found)


def test_files_that_others_were_made_from(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for name in ("a", "b", "source"):
        (tmp_path / name).write_text(f"{tmp_path}/{name}")
    known = syn.store(File(str(tmp_path / "source"), parent=syn.store(Project()))).id
    path = tmp_path / "m.tsv"
    row = f"{tmp_path}/a\t{project}\t{tmp_path}/{{}};https://example.org/x; {known}.1\n"
    path.write_text("path\tparent\tused\n" + row.format("source"))
    synapseutils.syncToSynapse(syn, str(path))
    [child] = syn.getChildren(project)
    used = syn.getProvenance(child["id"])["used"]
    targets = [each["reference"]["targetId"] for each in used if "reference" in each]
    assert targets == [known, known]
    path.write_text("path\tparent\tused\n" + row.format("b"))
    with pytest.raises(SynapseProvenanceError, match=r"Line 2: .*/b is no row of its own"):
        synapseutils.syncToSynapse(syn, str(path))


def test_what_was_made_from_what_is_not_stored(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for name in ("bad|a", "b"):
        (tmp_path / name).write_text(name)
    path = tmp_path / "m.tsv"
    path.write_text(
        f"path\tparent\tused\n{tmp_path}/bad|a\t{project}\n"
        f"{tmp_path}/b\t{project}\t{tmp_path}/bad|a\n"
    )
    with pytest.raises(SynapseError, match=r"2 of 2 files") as raised:
        synapseutils.syncToSynapse(syn, str(path))
    assert "made from" in str(raised.value)


def test_circles_of_provenance(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    for name in "ab":
        (tmp_path / name).write_text(name)
    rows = [f"{tmp_path}/a\t{project}\t{tmp_path}/b", f"{tmp_path}/b\t{project}\t{tmp_path}/a"]
    path = tmp_path / "m.tsv"
    path.write_text("path\tparent\tused\n" + "\n".join(rows))
    with pytest.raises(SynapseProvenanceError, match=r"circle: .*\(line 2\).*\(line 3\)"):
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


def test_one_that_vanishes_is_named_and_the_others_are_stored(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syn = alice.client(tmp_path / "client")
    project = syn.store(Project()).id
    source = tmp_path / "source"
    source.mkdir()
    for name in ("a.txt", "gone.txt", "z.txt"):
        (source / name).write_text(name)
    send = syn.transport.send

    async def sending(verb: str, url: str, *args: Any, **options: Any) -> Any:
        if url.endswith("/bulk/uploads"):  # all are hashed, none is sent
            (source / "gone.txt").unlink()
        return await send(verb, url, *args, **options)

    monkeypatch.setattr(syn.transport, "send", sending)
    with pytest.raises(SynapseError, match=r"1 of 3 files could not be stored") as raised:
        up(syn, source, project)
    assert "gone.txt" in str(raised.value)
    assert {child["name"] for child in syn.getChildren(project)} == {"a.txt", "z.txt"}


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


def test_links_to_what_is_there_already_and_to_folders(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    far = syn.store(Folder("far", parent=syn.store(Project()))).id
    near = syn.store(Folder("near", parent=project)).id
    deep = syn.store(Folder("deep", parent=far)).id
    files = {}
    for name, parent in (("a", project), ("b", far), ("c", deep)):
        path = tmp_path / name
        path.write_text(name)
        files[name] = syn.store(File(str(path), parent=parent)).id
        path.write_text(f"new {name}")
        syn.store(File(str(path), parent=parent))
    syn.store(Link(files["a"], targetVersion=1, parent=near))
    for target, name in ((far, "there"), (far, "again"), (project, "round")):
        syn.store(Link(target, parent=near, name=name))
    target = tmp_path / "target"
    found = synapseutils.syncFromSynapse(syn, project, path=str(target), followLink=True)
    assert {path: (target / path).read_text() for path in here(target)} == {
        "a": "new a",
        "near/a": "a",
        **{f"near/{name}/b": "new b" for name in ("there", "again")},
        **{f"near/{name}/deep/c": "new c" for name in ("there", "again")},
        "near/round/a": "new a",
    }
    assert sorted(os.path.relpath(file.path, target) for file in found) == sorted(here(target))
    rows = manifest.read(str(target / manifest.TSV_NAME))
    assert {(row.id, row.parent) for row in rows} == {
        (files["a"], project),
        (files["b"], far),
        (files["c"], deep),
    }, "as they lie in Synapse"
    tree = models.Project(id=project).sync_from_synapse(
        str(target), follow_link=True, synapse_client=syn
    )
    [inner] = tree.folders
    assert sorted(folder.name or "" for folder in inner.folders) == ["again", "round", "there"]
    assert {len(folder.files) for folder in inner.folders} == {1}
    # what is gone is named, and all else is brought
    syn.delete(files["a"])
    syn.delete(far)
    with pytest.raises(SynapseError, match=r"(?s)3 of .*the link a\).*the link there\)"):
        synapseutils.syncFromSynapse(syn, project, path=str(tmp_path / "less"), followLink=True)


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
