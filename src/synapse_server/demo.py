"""The demonstration data: a project with folders, files of several kinds, annotations,
provenance, and the matrix that the first lesson downloads.

All of it is made here, from a fixed seed, so that every server has the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import statistics
import struct
import zlib
from dataclasses import dataclass, field

from synapse_server.access.service import Policy
from synapse_server.annotations import service as annotation_rules
from synapse_server.app import open_database, open_store
from synapse_server.entities import service, sharing, store
from synapse_server.files import handles
from synapse_server.kernel.caller import AUTHENTICATED_USERS, PUBLIC, Caller
from synapse_server.kernel.database import Tx
from synapse_server.provenance import service as provenance
from synapse_server.settings import Settings
from synapse_server.users import service as users
from synapse_wire import entities as wire
from synapse_wire.access import AccessControlList, ResourceAccess
from synapse_wire.annotations import Annotations
from synapse_wire.files import DEFAULT_STORAGE_LOCATION, S3FileHandle
from synapse_wire.provenance import Activity, Reference, Used, UsedEntity, UsedURL

CURATOR = 377358
PROJECT = 1899494
FOLDER = 1899495
MATRIX = 1899498
MATRIX_HANDLE = 30117
_MATRIX_BYTES = 7266

_CODE = '''"""Summarise each column of the matrix."""

import csv
import statistics
import sys

with open(sys.argv[1]) as file:
    rows = [[float(cell) for cell in row] for row in csv.reader(file, delimiter="\\t")]
writer = csv.writer(sys.stdout)
writer.writerow(["column", "mean", "stdev", "minimum", "maximum"])
for number, column in enumerate(zip(*rows), 1):
    writer.writerow([number, statistics.mean(column), statistics.stdev(column), min(column), max(column)])
'''

_README = """# Demonstration

A matrix of 100 samples by 4 measurements, the code that summarises it, and the summary, with
the provenance that ties them together.

    synapse get syn1899498
    synapse get-provenance --id syn1899498
"""


@dataclass
class _File:
    name: str
    folder: str
    content_type: str
    data: bytes
    annotations: dict[str, object] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    number: int | None = None
    handle: int | None = None


def matrix() -> bytes:
    """100 rows of 4 normally distributed numbers, tab-separated: 7,266 bytes."""
    source = random.Random(1899498)  # noqa: S311  the same bytes everywhere, not a secret
    values = [source.gauss(0, 1) for _ in range(400)]
    digits = [14] * 400
    for cell in range(_MATRIX_BYTES - len(_render(values, digits))):
        digits[cell] += 1
    return _render(values, digits)


def _render(values: list[float], digits: list[int]) -> bytes:
    cells = [f"{value:.{places}f}" for value, places in zip(values, digits, strict=True)]
    rows = ["\t".join(cells[start : start + 4]) for start in range(0, 400, 4)]
    return ("\n".join(rows) + "\n").encode()


def _summary(data: bytes) -> bytes:
    rows = [[float(cell) for cell in line.split("\t")] for line in data.decode().splitlines()]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["column", "mean", "stdev", "minimum", "maximum"])
    for number, column in enumerate(zip(*rows, strict=True), 1):
        mean, spread = statistics.mean(column), statistics.stdev(column)
        writer.writerow([number, mean, spread, min(column), max(column)])
    return out.getvalue().encode()


def _heatmap(data: bytes) -> bytes:
    """The matrix as a picture: a PNG of 40 by 200 pixels."""
    rows = [[float(cell) for cell in line.split("\t")] for line in data.decode().splitlines()]
    lines = b""
    for row in rows:
        line = b"".join(_colour(value) * 10 for value in row)
        lines += (b"\0" + line) * 2
    header = struct.pack(">IIBBBBB", 40, 200, 8, 2, 0, 0, 0)
    body = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk)) + kind + chunk + struct.pack(">I", zlib.crc32(kind + chunk))
        for kind, chunk in body
    )


def _colour(value: float) -> bytes:
    share = min(abs(value) / 3, 1)
    pale = int(255 * (1 - share))
    return bytes((255, pale, pale)) if value > 0 else bytes((pale, pale, 255))


def _files() -> list[_File]:
    data = matrix()
    samples = io.StringIO()
    writer = csv.writer(samples, lineterminator="\n")
    writer.writerow(["sample", "tissue", "age", "treated"])
    source = random.Random(7)  # noqa: S311  as above
    for number in range(1, 101):
        tissue = source.choice(["cortex", "cerebellum", "liver"])
        writer.writerow([f"S{number:03d}", tissue, source.randint(21, 90), number % 2 == 0])
    settings = {"method": "column summary", "version": 1, "thresholds": {"low": -2, "high": 2}}
    return [
        _File("README.md", "", "text/markdown", _README.encode()),
        _File(
            "matrix_100_by_4.tsv",
            "data",
            "text/tab-separated-values",
            data,
            used=["simulator"],
            number=MATRIX,
            handle=MATRIX_HANDLE,
        ),
        _File(
            "samples.csv",
            "data",
            "text/csv",
            samples.getvalue().encode(),
            {"assay": ["simulation"], "tissue": ["cortex", "cerebellum", "liver"]},
        ),
        _File("summarise.py", "code", "text/x-python", _CODE.encode(), {"language": ["Python"]}),
        _File("settings.json", "code", "application/json", json.dumps(settings, indent=2).encode()),
        _File(
            "summary.csv",
            "results",
            "text/csv",
            _summary(data),
            {"reviewed": [True], "threshold": [2.0]},
            used=["matrix_100_by_4.tsv", "settings.json"],
            executed=["summarise.py"],
        ),
        _File(
            "heatmap.png",
            "results",
            "image/png",
            _heatmap(data),
            used=["matrix_100_by_4.tsv"],
        ),
    ]


async def load(settings: Settings) -> str:
    """Load everything in one transaction; the project's id. Does nothing the second time."""
    database = await open_database(settings)
    try:
        if await database.read(lambda tx: store.find(tx, PROJECT)) is None:
            files = _files()
            blobs = await open_store(settings, database, "")
            for file in files:
                await blobs.write(_key(file), file.data)
            await blobs.close()
            await database.write(lambda tx: _create(tx, files))
    finally:
        await database.close()
    return f"syn{PROJECT}"


def _key(file: _File) -> str:
    return f"{CURATOR}/demo/{hashlib.sha256(file.data).hexdigest()}/{file.name}"


async def _create(tx: Tx, files: list[_File]) -> None:
    await users.create_user(
        tx, "demo.curator", password=None, first_name="Demo", last_name="Curator", number=CURATOR
    )
    curator = Caller(CURATOR, is_certified=True)
    policy = Policy()
    project = wire.Project(name="Demonstration", description="Made by synapse-server demo load")
    await service.create(tx, curator, project, policy, number=PROJECT)
    await _share(tx, curator, policy)
    folders = {"": PROJECT}
    for name, number in (("data", FOLDER), ("code", None), ("results", None)):
        folder = wire.Folder(name=name, parent_id=f"syn{PROJECT}")
        folders[name] = await service.create(tx, curator, folder, policy, number=number)
    ids: dict[str, int] = {}
    for file in files:
        ids[file.name] = await _create_file(tx, curator, policy, file, folders[file.folder], ids)


async def _share(tx: Tx, curator: Caller, policy: Policy) -> None:
    acl = await sharing.get(tx, curator, PROJECT, policy)
    assert acl.resource_access is not None
    acl.resource_access += [
        ResourceAccess(principal_id=AUTHENTICATED_USERS, access_type=["READ", "DOWNLOAD"]),
        ResourceAccess(principal_id=PUBLIC, access_type=["READ"]),
    ]
    await sharing.update(
        tx,
        curator,
        PROJECT,
        AccessControlList(etag=acl.etag, resource_access=acl.resource_access),
        policy,
    )


async def _create_file(
    tx: Tx, curator: Caller, policy: Policy, file: _File, folder: int, ids: dict[str, int]
) -> int:
    handle = S3FileHandle(
        content_md5=hashlib.md5(file.data, usedforsecurity=False).hexdigest(),
        content_size=len(file.data),
        content_type=file.content_type,
        file_name=file.name,
        storage_location_id=DEFAULT_STORAGE_LOCATION,
        key=_key(file),
        is_preview=False,
    )
    handle_id = await handles.add(tx, CURATOR, handle, _key(file), number=file.handle)
    activity = None
    if file.used or file.executed:
        used: list[Used] = []
        for name in [*file.used, *file.executed]:
            executed = name in file.executed
            if name in ids:
                reference = Reference(target_id=f"syn{ids[name]}", target_version_number=1)
                used.append(UsedEntity(reference=reference, was_executed=executed))
            else:
                url = "https://docs.python.org/3/library/random.html"
                used.append(UsedURL(name=name, url=url, was_executed=executed))
        made = Activity(name=f"Make {file.name}", used=used)
        activity = (await provenance.create(tx, curator, made)).id
    entity = wire.FileEntity(
        name=file.name, parent_id=f"syn{folder}", data_file_handle_id=str(handle_id)
    )
    number = await service.create(tx, curator, entity, policy, activity, number=file.number)
    if file.annotations:
        row = await store.find(tx, number)
        assert row is not None
        annotations = Annotations(annotations=annotation_rules.from_json(file.annotations))
        await service.store_annotations(tx, curator, row, annotations)
    return number
