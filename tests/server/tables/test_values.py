"""Many values at once are taken as they are one by one, and kept as they were."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from synapse_server.tables import changes, values
from synapse_server.tables.index import write_parquet
from synapse_wire.tables import ColumnModel, ColumnType

_PLAIN: dict[ColumnType, list[str | None]] = {
    "STRING": ["", "a", "é \n", "0123456789", None],
    "INTEGER": ["", "0", "-7", "123456789012345678", None],
    "DATE": ["0", "1600000000000", None],
    "DOUBLE": ["", "0", "-1", "2.50", "007", "1e5", "-1.5E-7", "9007199254740993", None],
    "BOOLEAN": ["true", "false", None],
    "ENTITYID": ["syn1", "syn123456789012345678", None],
    "USERID": ["1", "0", None],
    "FILEHANDLEID": ["12", None],
}
_ODD = (
    *(
        "01",
        "-0",
        "+1",
        " 1",
        "1 ",
        "1\n2",
        "\n",
        "٣",
        "9223372036854775807",
        "9223372036854775808",
    ),
    *("1e999", "-1e999", "nan", "Infinity", "1_0", ".5", "5.", "0x1", "TRUE", "True", "yes"),
    *("12", "syn0", "SYN1", "syn1.2", "syn", "2020-01-02", "01234567890", "x" * 3000),
)


def _one_by_one(model: ColumnModel, texts: list[str | None]) -> list[str | None] | None:
    check = values.checker(model)
    try:
        return [None if text is None else check(text) for text in texts]
    except ValueError:
        return None


@pytest.mark.parametrize("kind", _PLAIN)
def test_many_at_once(kind: ColumnType) -> None:
    model = ColumnModel(name="a", column_type=kind, maximum_size=10 if kind == "STRING" else None)
    plain = _PLAIN[kind]
    found = values.checked_at_once(model, plain)
    assert found is not None
    assert list(found) == _one_by_one(model, plain)
    chance = random.Random(5)
    for odd in _ODD:
        texts = [*chance.choices(plain, k=5), odd, *chance.choices(plain, k=5)]
        found = values.checked_at_once(model, texts)
        assert found is None or list(found) == _one_by_one(model, texts), odd


def test_what_is_never_taken_at_once() -> None:
    for model in (
        ColumnModel(name="a", column_type="STRING", maximum_size=5, enum_values=["a"]),
        ColumnModel(name="a", column_type="JSON"),
        ColumnModel(name="a", column_type="STRING_LIST"),
    ):
        assert values.checked_at_once(model, ["a"]) is None


@pytest.mark.parametrize("first", [None, 2**61])
def test_texts_that_are_kept_in_a_file(first: int | None, tmp_path: Path) -> None:
    texts = [
        "",
        "\0",
        "a\0b",
        '"',
        "\\u0000",
        "\u2028",
        "😀",
        "null",
        "NaN",
        '{"a": 1}',
        "\n\r\t\x1f",
    ]
    other = [None, *reversed(texts[1:])]
    rows = [] if first is None else [first + place for place in range(len(texts))]
    path = tmp_path / "it's.parquet"
    write_parquet(path, changes.Cells([5, 6], [texts, other], rows), len(texts))
    assert list(tmp_path.iterdir()) == [path]
    found = duckdb.execute("select i, c0, c1 from read_parquet(?)", [str(path)]).fetchall()
    assert found == list(zip(rows or range(len(texts)), texts, other, strict=True))
