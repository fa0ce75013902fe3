"""Column models: their rules, and how several make the schema of a table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec

from synapse_server.kernel import numbers
from synapse_server.kernel.database import Tx
from synapse_server.tables import store, values
from synapse_wire.errors import BadRequest, NotFound
from synapse_wire.tables import ColumnModel, ColumnType, PaginatedColumnModels

MOST_COLUMNS = 152
MOST_ROW_BYTES = 64_000
MOST_LARGE_TEXTS = 30
MOST_PAGE_BYTES = 512_000
"""What a page of rows has room for: see ``rows_per_page``."""
MOST_BATCH = 500

RESERVED = frozenset(
    (
        "ROW_ID",
        "ROW_VERSION",
        "ROW_ETAG",
        "ROW_BENEFACTOR",
        "ROW_SEARCH_CONTENT",
        "ROW_HASH_CODE",
    )
)
"""Names of what every row has beside its columns, in any case."""

_MOST_NAME = 256
_DEFAULT_SIZE = 50
_MOST_SIZE = 1000
_MOST_LIST = 100
_MOST_ENUM = 100
_SIZED = ("STRING", "LINK", "STRING_LIST")
_BYTES = {
    "MEDIUMTEXT": 421,
    "LARGETEXT": 2133,
    "JSON": 2133,
    "BOOLEAN": 5,
    "DOUBLE": 23,
    "ENTITYID": 44,
}
_NO_DEFAULT = (
    "MEDIUMTEXT",
    "LARGETEXT",
    "ENTITYID",
    "USERID",
    "FILEHANDLEID",
    "SUBMISSIONID",
    "EVALUATIONID",
    "ENTITYID_LIST",
    "USERID_LIST",
)
_NO_FACET = ("LINK", "LARGETEXT", "MEDIUMTEXT", "FILEHANDLEID", "JSON")
_RANGE = ("STRING", "INTEGER", "DOUBLE", "DATE")
_NO_ENUMERATION = ("DOUBLE", "DATE")

_decode = msgspec.json.Decoder(ColumnModel).decode
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def element(kind: str) -> ColumnType:
    """The type of the values of a list, or the type itself."""
    return kind.removesuffix("_LIST")  # type: ignore[return-value]


def is_list(kind: str) -> bool:
    """Whether a cell holds several values."""
    return kind.endswith("_LIST")


# ------------------------------------------------------------------ one column


def normalised(column: ColumnModel) -> ColumnModel:
    """The column as it is stored, with its defaults.

    Raises:
        BadRequest: It breaks a rule; the text names the column and says which.
    """
    name = (column.name or "").strip()
    kind = column.column_type
    if not name:
        raise BadRequest("A column needs a name.")
    if len(name) > _MOST_NAME or _CONTROL.search(name):
        raise BadRequest(
            f"The name of a column has at most {_MOST_NAME} characters and no control characters:"
            f" {name[:_MOST_NAME]!r}."
        )
    if name.upper() in RESERVED:
        raise BadRequest(f"The column name {name!r} is reserved by the server; take another one.")
    if kind is None:
        raise BadRequest(f"The column {name!r} needs a columnType, such as STRING.")
    found = msgspec.structs.replace(column, id=None, name=name)
    _set_limits(found, name, kind)
    _check_facet(found, name, kind)
    if found.default_value is not None:
        if kind in _NO_DEFAULT:
            raise BadRequest(f"The column {name!r} cannot have a defaultValue: it is {kind}.")
        found.default_value = _value(found, found.default_value, "defaultValue")
    if found.enum_values is not None:
        _set_enum(found, name, kind)
    return found


def _set_limits(column: ColumnModel, name: str, kind: str) -> None:
    if kind in _SIZED:
        size = _DEFAULT_SIZE if column.maximum_size is None else column.maximum_size
        if not 1 <= size <= _MOST_SIZE:
            raise BadRequest(
                f"The maximumSize of the column {name!r} must be between 1 and {_MOST_SIZE}, not"
                f" {size}. Longer text needs MEDIUMTEXT or LARGETEXT."
            )
        column.maximum_size = size
    else:
        column.maximum_size = None
    if is_list(kind):
        length = _MOST_LIST if column.maximum_list_length is None else column.maximum_list_length
        if not 2 <= length <= _MOST_LIST:
            raise BadRequest(
                f"The maximumListLength of the column {name!r} must be between 2 and {_MOST_LIST},"
                f" not {length}."
            )
        column.maximum_list_length = length
    else:
        column.maximum_list_length = None


def _check_facet(column: ColumnModel, name: str, kind: str) -> None:
    if column.json_sub_columns:
        if kind != "JSON":
            raise BadRequest(f"The column {name!r} is {kind}; only JSON has jsonSubColumns.")
        paths = [each.json_path for each in column.json_sub_columns]
        for each in column.json_sub_columns:
            if not each.name or not each.json_path or each.column_type is None:
                raise BadRequest(
                    f"Each of the jsonSubColumns of {name!r} needs name, jsonPath and columnType."
                )
            if each.column_type == "JSON" or is_list(each.column_type):
                raise BadRequest(f"A sub-column of {name!r} cannot be {each.column_type}.")
        if len(set(paths)) < len(paths):
            raise BadRequest(f"Two jsonSubColumns of {name!r} have the same jsonPath.")
    else:
        column.json_sub_columns = None
    facet = column.facet_type
    if facet is None:
        return
    wrong = kind in _NO_FACET
    wrong |= facet == "range" and kind not in _RANGE
    wrong |= facet == "enumeration" and kind in _NO_ENUMERATION
    if wrong:
        raise BadRequest(f"The column {name!r} cannot have the facetType {facet}: it is {kind}.")


def _set_enum(column: ColumnModel, name: str, kind: str) -> None:
    given = column.enum_values or []
    if len(given) > _MOST_ENUM:
        raise BadRequest(f"The column {name!r} has more than {_MOST_ENUM} enumValues.")
    one = msgspec.structs.replace(column, column_type=element(kind), default_value=None)
    one.enum_values = None
    checked = {_value(one, each.strip(), "enumValues") for each in given}
    column.enum_values = sorted(each for each in checked if each is not None) or None


def _value(column: ColumnModel, text: str, where: str) -> str | None:
    try:
        return values.checker(column)(text)
    except ValueError as error:
        raise BadRequest(f"The {where} of the column {column.name!r}: {error}") from None


async def create(tx: Tx, column: ColumnModel) -> ColumnModel:
    """Store a column model, or find the equal one."""
    found = normalised(column)
    body = msgspec.json.encode(found, order="sorted")
    digest = hashlib.sha256(body).hexdigest()
    assert found.name is not None
    id = await store.add_column(tx, found.name, digest, body.decode())
    found.id = str(id)
    return found


async def create_many(tx: Tx, given: Sequence[ColumnModel]) -> list[ColumnModel]:
    """Store several, all or none."""
    if len(given) > MOST_BATCH:
        raise BadRequest(f"At most {MOST_BATCH} column models at a time.")
    return [await create(tx, each) for each in given]


def parse_id(text: str | None) -> int:
    """The number of a column model."""
    return numbers.parse_id(text, "column")


async def load(tx: Tx, ids: Sequence[int]) -> list[ColumnModel]:
    """Column models in the order of their ids.

    Raises:
        NotFound: One of them does not exist.
    """
    found = await store.columns(tx, ids)
    models = []
    for id in ids:
        if id not in found:
            raise NotFound(f"There is no column {id}. Create it first: POST /column.")
        model = _decode(found[id])
        model.id = str(id)
        models.append(model)
    return models


async def list_all(tx: Tx, prefix: str, offset: int, limit: int) -> PaginatedColumnModels:
    """A page of all column models."""
    rows, count = await store.list_columns(tx, prefix, offset, limit)
    results = []
    for row in rows:
        model = _decode(row["body"])
        model.id = str(row["id"])
        results.append(model)
    return PaginatedColumnModels(results=results, total_number_of_results=count)


# ------------------------------------------------------------------ several columns


def row_bytes(models: Sequence[ColumnModel]) -> int:
    """The bytes that the widest row may have, as the limits count them."""
    return sum(_column_bytes(each) for each in models)


def _column_bytes(column: ColumnModel) -> int:
    assert column.column_type is not None
    kind = element(column.column_type)
    size = 4 * (column.maximum_size or _DEFAULT_SIZE) if kind in _SIZED else _BYTES.get(kind, 20)
    return size * (column.maximum_list_length or 1)


def rows_per_page(models: Sequence[ColumnModel]) -> int | None:
    """How many of the widest rows a page has room for; None without columns."""
    size = row_bytes(models)
    return None if size == 0 else max(1, MOST_PAGE_BYTES // size)


def check_schema(models: Sequence[ColumnModel]) -> None:
    """Whether these columns can stand side by side.

    Raises:
        BadRequest: They cannot; the text says why.
    """
    ids = [each.id for each in models]
    if len(set(ids)) < len(ids):
        raise BadRequest("A table cannot have the same column twice.")
    check_names(models)
    if sum(each.column_type == "LARGETEXT" for each in models) > MOST_LARGE_TEXTS:
        raise BadRequest(f"A table has at most {MOST_LARGE_TEXTS} columns of LARGETEXT.")
    size = row_bytes(models)
    if size > MOST_ROW_BYTES:
        raise BadRequest(
            f"Too much data per column. The maximum size for a row is about {MOST_ROW_BYTES} bytes;"
            f" the size for the given columns would be {size} bytes. Lower a maximumSize or a"
            " maximumListLength."
        )


def check_names(models: Sequence[ColumnModel]) -> None:
    """Whether there are few enough columns, each of a name of its own.

    Raises:
        BadRequest: It is not so.
    """
    if len(models) > MOST_COLUMNS:
        raise BadRequest(f"A table has at most {MOST_COLUMNS} columns, not {len(models)}.")
    names: set[str] = set()
    for each in models:
        if each.name in names:
            raise BadRequest(f"Two columns have the name {each.name!r}.")
        names.add(each.name or "")


async def schema(tx: Tx, ids: Sequence[str]) -> list[ColumnModel]:
    """The columns of these ids, that can stand side by side."""
    models = await load(tx, [parse_id(each) for each in ids])
    check_schema(models)
    return models
