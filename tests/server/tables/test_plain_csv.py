"""What the engine reads of CSV files is what is read of them line by line, or it reads nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import User
from tests.server.tables import tabling

from synapse_server.tables import csv_shape, plain_csv, rows
from synapse_server.tables.index import engine_of_files
from synapse_server.tables.service import opened
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel, ColumnType, CsvTableDescriptor

Row = tuple[str | None, ...]


def column(number: int, kind: ColumnType, **fields: Any) -> ColumnModel:
    return ColumnModel(id=str(number), name=f"c{number}", column_type=kind, **fields)


def by_engine(
    folder: Path,
    data: bytes,
    models: list[ColumnModel],
    descriptor: CsvTableDescriptor | None = None,
    ids: list[str] | None = None,
) -> list[Row] | None:
    """The rows as texts, with the columns in the order of their ids; None if it reads nothing."""
    csv, parquet = folder / "rows.csv", folder / "rows.parquet"
    csv.write_bytes(data)
    with engine_of_files(folder) as db:
        with opened(csv) as file:
            head = rows.head(file, descriptor, 0, ids, models)
        taken = plain_csv.take(db, csv, descriptor, head, models, parquet)
        if taken is None:
            return None
        order = sorted(taken.columns)
        said = ", ".join(f"CAST(c{taken.columns.index(id)} AS VARCHAR)" for id in order)
        found = db.execute(f"SELECT i, {said} FROM read_parquet('{parquet}') ORDER BY i").fetchall()
    assert [row[0] for row in found] == list(range(taken.count))
    return [row[1:] for row in found]


def line_by_line(
    folder: Path,
    data: bytes,
    models: list[ColumnModel],
    descriptor: CsvTableDescriptor | None = None,
    ids: list[str] | None = None,
) -> list[Row] | None:
    """The same by ``rows``; None if it refuses the file."""
    csv = folder / "rows.csv"
    csv.write_bytes(data)
    found: list[Row] = []
    kinds = {int(each.id or 0): each.column_type for each in models}
    try:
        with opened(csv) as file:
            for some in rows.from_csv(file, descriptor, 0, ids, models):
                for sheet in some.appended:
                    order = sorted(sheet.columns)
                    cells = [
                        [_kept(text, kinds[id]) for text in sheet.cells[sheet.columns.index(id)]]
                        for id in order
                    ]
                    found += zip(*cells, strict=True)
    except BadRequest:
        return None
    return found


def _kept(text: str | None, kind: str | None) -> str | None:
    """A double as the engine says it."""
    if text is None or kind != "DOUBLE":
        return text
    return str(duckdb.execute("SELECT CAST(CAST(? AS DOUBLE) AS VARCHAR)", [text]).fetchall()[0][0])


# ------------------------------------------------------------------ files of all kinds

TEXTS: dict[ColumnType, list[str]] = {
    "STRING": ["a", "b c", "é", "x,y", "12", '"', "a\nb", "\u2028", "a\\b", "x" * 20],
    "LARGETEXT": ["a", "💥"],
    "INTEGER": ["0", "-5", "9223372036854775807", "007", "+3", " 4", "-0", "9223372036854775808"],
    "DOUBLE": ["1", "1.5", "-0.0", "1e5", "1E-3", "nan", "inf", ".5", "5.", "1e400", "1_0", "0x1"],
    "BOOLEAN": ["true", "false", "TRUE", "t", " true"],
    "DATE": [
        "0",
        "1500000000000",
        "2020-01-01",
        "2020-01-01T10:11:12.5Z",
        "1969-12-31 23:59:59.001",
        "2020-01-01T10:11Z",
        "2020-01-01T00:00:00+01:00",
        "2020-02-30",
        "2020-01-01T24:00:00Z",
        "0999-01-01",
    ],
    "ENTITYID": ["syn1", "SYN2", "3", "syn4.5", "syn007", "syn0", "syn", "syn9999999999999999999"],
    "USERID": ["1", "0", "07", "x", "9999999999999999999"],
    "STRING_LIST": ['["a"]', '["a","b"]', "['x', 1]", "[]", '["é", "ü"]', "[null]", "[1, 2.50]"],
    "INTEGER_LIST": ["[1,2]", "[ 1 ]", '["3"]', "[]"],
}
ALL = list(TEXTS)


@st.composite
def columns(draw: st.DrawFn) -> list[ColumnModel]:
    found = []
    for number in range(1, draw(st.integers(2, 3)) + 1):
        kind = draw(st.sampled_from(["STRING", *ALL]))
        fields: dict[str, Any] = {}
        if kind in ("STRING", "STRING_LIST"):
            fields["maximum_size"] = draw(st.sampled_from([10, 50]))
        if kind == "STRING" and draw(st.booleans()):
            fields["enum_values"] = ["a", "b c", "12"]
        if kind in ("STRING", "INTEGER", "DATE") and draw(st.booleans()):
            fields["default_value"] = "12"
        found.append(column(number, kind, **fields))
    return found


@st.composite
def files(draw: st.DrawFn) -> tuple[list[ColumnModel], CsvTableDescriptor, bytes]:
    """Columns, a form, and a file of that form, or of nearly that form, or of any."""
    models = draw(columns())
    given = CsvTableDescriptor(
        separator=draw(st.sampled_from([None, "\t", ";"])),
        quote_character=draw(st.sampled_from([None, "'"])),
        escape_character=draw(st.sampled_from([None, '"'])),
        is_first_line_header=draw(st.booleans()),
    )
    separator, quote = given.separator or ",", given.quote_character or '"'
    is_wild = draw(st.booleans())
    marks = st.sampled_from(
        [quote, separator, "\n", "\r", "a", "1", " ", "\\", "\\\\", "\0", "\x01", "-"]
    )

    def cell(model: ColumnModel) -> str:
        assert model.column_type is not None
        if is_wild and draw(st.booleans()):
            return "".join(draw(st.lists(marks, max_size=4)))
        usual = TEXTS[model.column_type]
        text = draw(st.sampled_from(["", *(usual if is_wild else usual[:3]), *usual[-2:-1]]))
        is_odd = any(each in text for each in (separator, quote, "\n"))
        if is_odd or draw(st.booleans()):
            text = quote + text.replace(quote, quote * 2) + quote
        return text.replace("\\", "\\\\") if given.escape_character is None else text

    lines = [[cell(model) for model in models] for _ in range(draw(st.integers(0, 5)))]
    if given.is_first_line_header:
        lines.insert(0, [str(model.name) for model in models])
    if is_wild and lines:
        place = draw(st.integers(0, len(lines) - 1))
        lines[place] = draw(st.sampled_from([lines[place][:-1], [*lines[place], ""], [], [" "]]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = end.join(separator.join(line) for line in lines) + draw(st.sampled_from([end, ""]))
    data = (draw(st.sampled_from(["", "", "\ufeff"])) + text).encode()
    if is_wild and draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(data)))
        data = (
            data[:place] + draw(st.sampled_from([b"\xff", b"\xc3", b"\xed\xa0\x80"])) + data[place:]
        )
    return models, given, data


@given(files(), st.sampled_from([1, 7, 1 << 20]))
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_taken_is_read_alike(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    some: tuple[list[ColumnModel], CsvTableDescriptor, bytes],
    chunk: int,
) -> None:
    models, form, data = some
    monkeypatch.setattr(csv_shape, "_CHUNK", chunk)
    expected = line_by_line(tmp_path, data, models, form)
    try:
        found = by_engine(tmp_path, data, models, form)
    except BadRequest:
        assert expected is None
        return
    assert found is None or found == expected


STRINGS = [column(1, "STRING"), column(2, "STRING", maximum_size=5)]
FORM = CsvTableDescriptor


@pytest.mark.parametrize(
    ("text", "form", "found"),
    [
        ("c1,c2\na,b\n,\n", FORM(), [("a", "b"), (None, None)]),
        ("c2,c1\nb,a", FORM(), [("a", "b")]),
        ("\ufeffc1,c2\na,b\n", FORM(), [("a", "b")]),
        ('c1,c2\n"a\nb","x,""y"\n"",é\n', FORM(), [("a\nb", 'x,"y'), (None, "é")]),
        ('c1,c2\r\na,"x,""y"\r\n"",é\r\n', FORM(), [("a", 'x,"y'), (None, "é")]),
        ("a\tb\n", FORM(separator="\t", is_first_line_header=False), [("a", "b")]),
        ("c1,c2\n'a','it''s'\n", FORM(quote_character="'"), [("a", "it's")]),
        ("c1,c2\na\\,b\n", FORM(escape_character='"'), [("a\\", "b")]),
        ('c1,c2\na\\\\,"\\\\""\\\\\\\\"\n', FORM(), [("a\\", '\\"\\\\')]),
    ],
)
def test_ordinary_files_are_taken(
    tmp_path: Path, text: str, form: CsvTableDescriptor, found: list[Row]
) -> None:
    assert by_engine(tmp_path, text.encode(), STRINGS, form) == found


@pytest.mark.parametrize("kind", ALL)
def test_values_of_all_types_are_taken(tmp_path: Path, kind: ColumnType) -> None:
    """Those that fit; of those that do not, each is enough to leave the file."""
    models = [column(1, "STRING"), column(2, kind)]
    fits = []
    for number, text in enumerate(TEXTS[kind]):
        for mark in ('"', "\\"):
            text = text.replace(mark, mark * 2)
        data = f'c1,c2\n{number},"{text}"\n'.encode()
        expected = line_by_line(tmp_path, data, models)
        assert by_engine(tmp_path, data, models) == expected
        if expected is not None:
            fits += expected
    assert len(fits) > 1


@pytest.mark.parametrize(
    "data",
    [
        b"c1,c2\na\n",
        b"c1,c2\na,b,\n",
        b"c1,c2\na,b\n\nc,d\n",
        b"\nc1,c2\na,b\n",
        b'c1,c2\na,b\n"c,d',
        b'c1,c2\na,b\n"c",d"d\n',
        b'c1,c2\na,b\n "c",d\n',
        b"c1,c2\r\na,b\nc,d\n",
        b"c1,c2\ra,b\r",
        b"c1,c2\na\\,b\n",
        b"c1,c2\na\\b,c\n",
        b"c1,c2\na,b\\\\\\\n",
        b"c1,c2\n" + b"a,b\n" * 9_000 + b"a,\xff\n",
        b"c1,c2\na,abcdef\n",
        b"c1,c2\n",
        b"ROW_ID,ROW_VERSION,c1\n1,1,a\n",
        b"c1\na\n\n",
        b'"c\n1",c2\na,b\n',
    ],
)
def test_what_is_left_to_others(tmp_path: Path, data: bytes) -> None:
    models = [*STRINGS, column(3, "STRING"), column(4, "STRING")]
    models[2].name = "c\n1"
    assert by_engine(tmp_path, data, models) is None


def test_columns_that_are_not_in_the_file(tmp_path: Path) -> None:
    models = [
        column(1, "STRING"),
        column(2, "INTEGER", default_value="7"),
        column(3, "STRING_LIST", default_value='["a"]'),
        column(4, "DATE"),
    ]
    data = b"c1,skipped\na,b\n,d\n"
    expected = [("a", "7", '["a"]'), (None, "7", '["a"]')]
    given = FORM(is_first_line_header=True)
    found = by_engine(tmp_path, data, models, given, ["1", None])  # type: ignore[list-item]
    assert found == expected
    assert line_by_line(tmp_path, data, models, given, ["1", None]) == expected  # type: ignore[list-item]
    twice = by_engine(tmp_path, b"a,b\n", models, FORM(is_first_line_header=False), ["1", "1"])
    assert twice is None


def test_more_than_can_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [column(1, "STRING_LIST"), column(2, "INTEGER")]
    data = b"c1,c2\n" + b"".join(b"[%d],%d\n" % (number % 4, number) for number in range(100))
    monkeypatch.setattr(plain_csv, "_MOST_LOOKED_AT", 4)
    assert by_engine(tmp_path, data, models) == line_by_line(tmp_path, data, models)
    monkeypatch.setattr(plain_csv, "_MOST_LOOKED_AT", 3)
    assert by_engine(tmp_path, data, models) is None
    odd = b"c1,c2\n" + b"".join(b"[1],0%d\n" % number for number in range(3))
    assert by_engine(tmp_path, odd, models) is None
    monkeypatch.setattr(plain_csv, "_MOST_LOOKED_AT", 5)
    assert by_engine(tmp_path, odd, models) == line_by_line(tmp_path, odd, models)


# ------------------------------------------------------------------ through the front door


def test_large_files(alice: User, bob: User) -> None:
    ids = [
        tabling.column(alice, "name", maximumSize=50),
        tabling.column(alice, "number", "INTEGER", defaultValue="-7"),
        tabling.column(alice, "file", "FILEHANDLEID"),
    ]
    id = tabling.table(alice, ids)["id"]
    mine, theirs = alice.external(), bob.external()
    lines = [f"sample {number} {'x' * 20},{number}," for number in range(40_000)]

    def sent(*more: str, status: int = 201) -> Any:
        text = "\n".join(["name,number,file", *lines, *more, ""])
        assert len(text) > plain_csv.LEAST_BYTES
        return tabling.transact(alice, id, tabling.csv_change(alice, text), status=status)

    def asked(sql: str) -> Any:
        return tabling.values(alice, f"select {sql}")

    done = sent(f'"with a ""file""",,{mine}')
    assert done["results"][0]["rowsProcessed"] == 40_001
    assert asked(f"count(*), min(ROW_ID), max(ROW_ID), sum(number) from {id}") == [
        ["40001", "1", "40001", str(sum(range(40_000)) - 7)]
    ]
    assert asked(f"ROW_ID, name, number, file from {id} where ROW_ID in (1, 40001)") == [
        ["1", f"sample 0 {'x' * 20}", "0", None],
        ["40001", 'with a "file"', "-7", mine],
    ]
    # What is wrong with a file is told with its line.
    assert "Line 40002, column 'number': 'x'" in sent("a,x,", status=400)["reason"]
    assert "Line 40002 has 2 values; 3 are expected" in sent("a,1", status=400)["reason"]
    assert theirs in sent(f"a,1,{theirs}", status=400)["reason"]
    assert asked(f"count(*) from {id}") == [["40001"]]
    assert sent()["results"][0]["rowsProcessed"] == 40_000
    assert asked(f"max(ROW_ID), count(distinct name) from {id}") == [["80001", "40001"]]
