"""The demonstration data: a project with folders, files of several kinds, annotations,
provenance, a table, a wiki page, and the matrix that the first lesson downloads.

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
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote

from synapse_server.access.service import Policy
from synapse_server.annotations import service as annotation_rules
from synapse_server.app import open_database, open_store
from synapse_server.entities import service, sharing, store
from synapse_server.files import handles
from synapse_server.kernel.caller import AUTHENTICATED_USERS, PUBLIC, Caller
from synapse_server.kernel.database import Tx
from synapse_server.provenance import service as provenance
from synapse_server.settings import Settings
from synapse_server.tables import changes, columns, rows
from synapse_server.users import service as users
from synapse_server.wiki import markdown
from synapse_server.wiki import service as wikis
from synapse_server.wiki.owners import ENTITY, Owner
from synapse_wire import entities as wire
from synapse_wire.access import AccessControlList, ResourceAccess
from synapse_wire.annotations import Annotations
from synapse_wire.files import DEFAULT_STORAGE_LOCATION, S3FileHandle
from synapse_wire.provenance import Activity, Reference, Used, UsedEntity, UsedURL
from synapse_wire.tables import ColumnModel
from synapse_wire.wiki import V2WikiPage

CURATOR = 377358
PROJECT = 1899494
FOLDER = 1899495
MATRIX = 1899498
MATRIX_HANDLE = 30117
NOTEBOOK = 1899499
SAMPLES = 1899500
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


_REFERENCE = (
    "${reference?inlineWidget=true&text=The generator is that of Python%3A"
    " [random](https%3A%2F%2Fdocs%2Epython%2Eorg%2F3%2Flibrary%2Frandom%2Ehtml)}"
)
_MEAN_AGE = f"SELECT tissue, avg(age) AS mean FROM syn{SAMPLES} GROUP BY tissue"
_PAGE = f"""${{toc}}

## What this is
A matrix of 100 samples by 4 measurements (syn{MATRIX}), the code that summarises it, and the \
summary. The numbers are drawn from a normal distribution{_REFERENCE}, always from the same start, \
so that every server has the same bytes.

## How it looks
Each column is a sample, each row a measurement; red is above zero, blue below.

${{image?fileName=heatmap%2Epng&align=None&scale=100&altText=The matrix as a picture}}

## Where it comes from
The heat map and the summary know what they were made from, and so does the notebook that looks at the \
samples (syn{NOTEBOOK}):

${{provenance?entityList=syn{NOTEBOOK}&depth=3}}

## Who was measured
The samples are a table (syn{SAMPLES}), with facets to choose by. The mean age by tissue, asked of it now:

${{plot?query={quote(_MEAN_AGE)}&type=BAR&title=Mean age of the samples&ytitle=years}}

The mean of each column is $\\bar x = \\frac{{1}}{{n}} \\sum_i x_i$ with $n = 100$; the measurements \
of a sample are independent.

## How to get it
```
synapse get syn{MATRIX}
synapse get-provenance --id syn{MATRIX}
synapse query "SELECT tissue, count(*) FROM syn{SAMPLES} GROUP BY tissue"
```
"""
_COLUMNS = (
    ColumnModel(name="sample", column_type="STRING", maximum_size=10),
    ColumnModel(name="tissue", column_type="STRING", maximum_size=20, facet_type="enumeration"),
    ColumnModel(name="age", column_type="INTEGER", facet_type="range"),
    ColumnModel(name="treated", column_type="BOOLEAN", facet_type="enumeration"),
)


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
    """The matrix as a picture, lying on its side: a PNG of 600 by 64 pixels."""
    rows = [[float(cell) for cell in line.split("\t")] for line in data.decode().splitlines()]
    lines = b""
    for column in zip(*rows, strict=True):
        line = b"".join(_colour(value) * 6 for value in column)
        lines += (b"\0" + line) * 16
    header = struct.pack(">IIBBBBB", 600, 64, 8, 2, 0, 0, 0)
    body = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk)) + kind + chunk + struct.pack(">I", zlib.crc32(kind + chunk))
        for kind, chunk in body
    )


def _colour(value: float) -> bytes:
    share = min(abs(value) / 3, 1)
    pale = int(255 * (1 - share))
    return bytes((255, pale, pale)) if value > 0 else bytes((pale, pale, 255))


def _samples() -> bytes:
    """Who was measured: 100 rows of ``_COLUMNS``, as CSV."""
    samples = io.StringIO()
    writer = csv.writer(samples, lineterminator="\n")
    writer.writerow([each.name for each in _COLUMNS])
    source = random.Random(7)  # noqa: S311  as above
    for number in range(1, 101):
        tissue = source.choice(["cortex", "cerebellum", "liver"])
        writer.writerow([f"S{number:03d}", tissue, source.randint(21, 90), number % 2 == 0])
    return samples.getvalue().encode()


def _notebook(samples: bytes) -> bytes:
    """A notebook that counts the samples, with what it gave."""
    tissues = Counter(row["tissue"] for row in csv.DictReader(io.StringIO(samples.decode())))
    code = (
        "import pandas\n\n"
        'samples = pandas.read_csv("samples.csv")\n'
        'samples["tissue"].value_counts()'
    )
    given = "".join(f"{name:<12}{count:>3}\n" for name, count in tissues.most_common())
    source = "# Who was measured\n\nHow many samples there are of each *tissue*."
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"language_info": {"name": "python"}},
            "cells": [
                {"id": "question", "cell_type": "markdown", "metadata": {}, "source": source},
                {
                    "id": "count",
                    "cell_type": "code",
                    "metadata": {},
                    "execution_count": 1,
                    "source": code,
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": given}],
                },
            ],
        },
        indent=1,
    ).encode()


def _files() -> list[_File]:
    data = matrix()
    samples = _samples()
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
            samples,
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
        _File(
            "explore.ipynb",
            "results",
            "application/x-ipynb+json",
            _notebook(samples),
            used=["samples.csv", "summary.csv"],
            executed=["summarise.py"],
            number=NOTEBOOK,
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
            page = await markdown.write(blobs, Caller(CURATOR), _PAGE)
            await blobs.close()
            await database.write(lambda tx: _create(tx, files, page))
    finally:
        await database.close()
    return f"syn{PROJECT}"


def _key(file: _File) -> str:
    return f"{CURATOR}/demo/{hashlib.sha256(file.data).hexdigest()}/{file.name}"


async def _create(tx: Tx, files: list[_File], page: S3FileHandle) -> None:
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
    await _create_table(tx, curator, policy)
    picture = await service.get(tx, curator, ids["heatmap.png"], policy)
    assert isinstance(picture, wire.FileEntity)
    text = await handles.add(tx, CURATOR, page, page.key)
    root = V2WikiPage(
        title="Demonstration",
        markdown_file_handle_id=str(text),
        attachment_file_handle_ids=[picture.data_file_handle_id or ""],
    )
    await wikis.create(tx, curator, Owner(ENTITY, PROJECT), root, policy)


async def _create_table(tx: Tx, curator: Caller, policy: Policy) -> None:
    models = [await columns.create(tx, each) for each in _COLUMNS]
    column_ids = [each.id or "" for each in models]
    table = wire.TableEntity(name="Samples", parent_id=f"syn{PROJECT}", column_ids=column_ids)
    await service.create(tx, curator, table, policy, number=SAMPLES)
    found = next(rows.from_csv(io.StringIO(_samples().decode()), None, 0, None, models))
    parts = [changes.appended(each.count, each.as_cells(), None) for each in found.appended]
    await changes.commit(tx, curator, SAMPLES, parts)


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
