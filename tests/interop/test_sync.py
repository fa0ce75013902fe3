"""Folders and manifests travel between the official 4.14.0 and ours, both ways, unharmed."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.interop.clients import play

CLIENTS = ("4.14.0", "ours")
MANIFESTS = {"": "SYNAPSE_METADATA_MANIFEST.tsv", "models-": "manifest.csv"}
"""How they are called; the official function writes those of the models, too."""
COLUMNS: dict[str, dict[str, str]] = {
    "top.txt": {"assay": "rnaSeq", "count": "3", "ratio": "0.25", "open": "true"},
    "raw/reads 1.fastq": {
        "assay": "rnaSeq",
        "tissue": "[liver,brain]",
        "when": "2024-02-29T12:30:00Z",
        "note": 'said "so", and left',
    },
    "raw/deep/er/matrix.bin": {
        "used": "{folder}/raw/reads 1.fastq;https://example.org/protocol",
        "executed": "{folder}/code/run (v2).py",
        "activityName": "Counting",
        "activityDescription": "of the reads",
        "count": "[1,2,3]",
    },
    "code/run (v2).py": {"contentType": "text/x-python"},
    "raw/1 byte": {},  # the official clients do not take empty files
    "raw/über.txt": {"note": "ñandú 漢字", "name": "uber.txt"},
}
"""What the manifest says of each file, beside path and parent."""


def make_files(folder: Path) -> dict[str, str]:
    """A folder with these files; their MD5s."""
    for name, columns in COLUMNS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "raw/1 byte": b"\0",
            "code/run (v2).py": b"print(1)\r\n",
            "raw/deep/er/matrix.bin": bytes(range(256)) * 36_000,  # two parts
        }.get(name, f"{name}: {columns}\n".encode())
        path.write_bytes(data)
    return md5s(folder)


def md5s(folder: Path) -> dict[str, str]:
    """The MD5s of all files below a folder but manifests, by relative path."""
    return {
        str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in MANIFESTS.values()
    }


def fill_in(manifest: Path, folder: Path, delimiter: str) -> None:
    """Add the columns to a manifest of paths and parents."""
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    assert {str(Path(row["path"]).relative_to(folder)) for row in rows} == set(COLUMNS)
    for row in rows:
        columns = COLUMNS[str(Path(row["path"]).relative_to(folder))]
        row |= {name: value.format(folder=folder) for name, value in columns.items()}
    names = list(dict.fromkeys(name for row in rows for name in row))
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)


def in_synapse(user: User, project: str) -> dict[str, dict[str, Any]]:
    """All that a project's files are, without what is new each time, by path."""
    found: dict[str, dict[str, Any]] = {}
    ids: dict[str, str] = {}

    def look(parent: str, above: str) -> None:
        body = {"parentId": parent, "includeTypes": ["file", "folder"]}
        for child in user.post("/entity/children", body, 200)["page"]:
            path = above + child["name"]
            if child["type"].endswith("Folder"):
                look(child["id"], path + "/")
                continue
            bundle = user.post(
                f"/entity/{child['id']}/bundle2",
                {"includeAnnotations": True, "includeFileHandles": True, "includeActivity": True},
                200,
            )
            handle = bundle["fileHandles"][0]
            ids[child["id"]] = path
            found[path] = {
                "version": child["versionNumber"],
                "md5": handle["contentMd5"],
                # Ours looks at the name where nothing is said, the official functions do not.
                "type": handle["contentType"] if "contentType" in COLUMNS.get(path, ()) else None,
                "annotations": bundle["annotations"]["annotations"],
                "activity": bundle.get("activity"),
            }

    look(project, "")
    for each in found.values():
        activity = each["activity"]
        if activity is not None:
            each["activity"] = {
                "name": activity.get("name"),
                "description": activity.get("description"),
                "used": sorted(
                    (
                        used["wasExecuted"],
                        ids[used["reference"]["targetId"]] if "reference" in used else used["url"],
                    )
                    for used in activity["used"]
                ),
            }
    return found


def rows_of(manifest: Path, folder: Path) -> list[dict[str, str]]:
    """A manifest as it was written, paths relative, in order of paths."""
    delimiter = "\t" if manifest.suffix == ".tsv" else ","
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    for row in rows:
        row["path"] = str(Path(row["path"]).relative_to(folder))
    return sorted(rows, key=lambda row: row["path"])


@pytest.mark.interop
@pytest.mark.parametrize("form", ["", "models-"], ids=["functions", "models"])
@pytest.mark.parametrize("sender", CLIENTS)
def test_a_folder_travels(server: RunningServer, tmp_path: Path, sender: str, form: str) -> None:
    user = server.user()
    source = tmp_path / "source"
    known = make_files(source)
    suffix, delimiter = (".csv", ",") if form else (".tsv", "\t")

    def does(version: str, verb: str, *words: object) -> None:
        told = (form + verb, *map(str, words))
        assert play(user, version, "flow_sync", tmp_path, *told) == "done"

    manifest = tmp_path / f"up{suffix}"
    project = user.project()["id"]
    does(sender, "manifest", source, project, manifest)
    fill_in(manifest, source, delimiter)
    does(sender, "up", *([project] if form else []), manifest)
    stored = in_synapse(user, project)
    renamed = {path.replace("über", "uber"): md5 for path, md5 in known.items()}
    assert {path: each["md5"] for path, each in stored.items()} == renamed

    # the same manifest through the other client, into another project, says the same
    other = next(each for each in CLIENTS if each != sender)
    elsewhere = user.project()["id"]
    again = tmp_path / f"again{suffix}"
    does(other, "manifest", source, elsewhere, again)
    fill_in(again, source, delimiter)
    does(other, "up", *([elsewhere] if form else []), again)
    assert in_synapse(user, elsewhere) == stored

    # both bring it down to the same bytes, and write the same manifests
    written = {}
    for each in CLIENTS:
        target = tmp_path / f"down-{each}"
        does(each, "down", project, target)
        assert md5s(target) == known  # files keep their own names
        written[each] = {
            str(path.relative_to(target)): rows_of(path, target)
            for path in target.rglob(MANIFESTS[form])
        }
    assert written["ours"] == written["4.14.0"]

    # a manifest that came down goes up through the other client, and nothing is new
    top = tmp_path / f"down-{sender}" / MANIFESTS[form]
    does(other, "up", *([project] if form else []), top)
    assert in_synapse(user, project) == stored
