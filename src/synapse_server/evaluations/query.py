"""The older query of submissions, which leaderboards in wikis are made of.

``SELECT * FROM evaluation_9600001 WHERE status == "SCORED" AND auc > 0.5 ORDER BY auc DESC LIMIT 10``:
columns are the fields of submissions and their annotations of both forms.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from synapse_server.access import bits
from synapse_server.entities import ids
from synapse_server.evaluations import service, statuses
from synapse_server.evaluations import submission_store as store
from synapse_server.kernel.caller import Caller
from synapse_server.kernel.database import Row, Tx
from synapse_wire.errors import BadRequest
from synapse_wire.submissions import QueryRow, QueryTableResults

_MOST_CHARACTERS = 10_000
_MOST_ROWS = 1000
_USUAL = 10
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
        |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
        |(?P<sign><=|>=|<>|!=|==|=|<|>|,|\*)
        |(?P<word>[A-Za-z_][\w.]*)
    )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_FIELDS = (
    "objectId",
    "scopeId",
    "userId",
    "submitterId",
    "submitterAlias",
    "teamId",
    "entityId",
    "versionNumber",
    "name",
    "createdOn",
    "modifiedOn",
    "status",
    "score",
)
Value: TypeAlias = str | int | float


@dataclass
class _Query:
    evaluation: int
    columns: list[str] | None
    """None for all."""
    conditions: list[tuple[str, str, Value]] = field(default_factory=list)
    order: tuple[str, bool] | None = None
    limit: int = _USUAL
    offset: int = 0


# ------------------------------------------------------------------ reading the text


class _Reader:
    """The tokens of a query, one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_split(text))
        self._at = 0

    def peek(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, *kinds: str) -> tuple[str, str]:
        found = self.peek()
        if found is None or found[0] not in kinds:
            said = "the end" if found is None else repr(found[1])
            raise BadRequest(f"The query has {said} where {' or '.join(kinds)} is expected.")
        self._at += 1
        return found

    def word(self, *words: str) -> bool:
        """Whether the next word is one of these, which is taken then."""
        found = self.peek()
        if found is None or found[0] != "word" or found[1].lower() not in words:
            return False
        self._at += 1
        return True

    def need(self, word: str) -> None:
        if not self.word(word):
            found = self.peek()
            said = "the end" if found is None else repr(found[1])
            raise BadRequest(f"The query has {said} where {word.upper()} is expected.")

    def sign(self, sign: str) -> bool:
        if self.peek() != ("sign", sign):
            return False
        self._at += 1
        return True

    def number(self, what: str) -> int:
        _, text = self.take("number")
        if not text.isdecimal() or len(text) > 9:
            raise BadRequest(f"{what} is a whole number, not {text}.")
        return int(text)


def _split(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadRequest(f"The query cannot be read from here on: {text[at : at + 40]!r}")
        assert match.lastgroup is not None
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


def _parse(text: str) -> _Query:
    if len(text) > _MOST_CHARACTERS:
        raise BadRequest(f"A query has at most {_MOST_CHARACTERS} characters.")
    reader = _Reader(text)
    reader.need("select")
    columns: list[str] | None = None
    if not reader.sign("*"):
        columns = [reader.take("word")[1]]
        while reader.sign(","):
            columns.append(reader.take("word")[1])
    reader.need("from")
    source = reader.take("word")[1]
    match = re.fullmatch(r"evaluation_(\d{1,18})", source, re.IGNORECASE)
    if match is None:
        raise BadRequest(f"A query is FROM evaluation_ and its id, not {source!r}.")
    query = _Query(int(match[1]), columns)
    if reader.word("where"):
        query.conditions.append(_condition(reader))
        while reader.word("and"):
            query.conditions.append(_condition(reader))
    if reader.word("order"):
        reader.need("by")
        name = reader.take("word", "text")[1].strip("\"'")
        descending = reader.word("desc")
        if not descending:
            reader.word("asc")
        query.order = name, descending
    if reader.word("limit"):
        query.limit = min(reader.number("LIMIT"), _MOST_ROWS)
    if reader.word("offset"):
        query.offset = reader.number("OFFSET")
    if (left := reader.peek()) is not None:
        raise BadRequest(f"The query has {left[1]!r} after its end.")
    return query


def _condition(reader: _Reader) -> tuple[str, str, Value]:
    name = reader.take("word")[1]
    sign = reader.take("sign")[1]
    if sign not in _COMPARE:
        raise BadRequest(f"{sign!r} compares nothing: use {', '.join(_COMPARE)}.")
    kind, text = reader.take("text", "number", "word")
    if kind == "text":
        return name, sign, re.sub(r"\\(.)", r"\1", text[1:-1])
    if kind == "number":
        return name, sign, float(text) if re.search(r"[.eE]", text) else int(text)
    return name, sign, text


# ------------------------------------------------------------------ answering


async def answer(tx: Tx, caller: Caller, text: str) -> QueryTableResults:
    """What a query asks for, of those annotations that the caller may see."""
    query = _parse(text)
    await service.load(tx, caller, query.evaluation, bits.READ)
    private = await statuses.sees_private(tx, caller, query.evaluation)
    rows = [_values(row, private) for row in await store.table(tx, query.evaluation)]
    kept = [row for row in rows if all(_holds(row, *each) for each in query.conditions)]
    if query.order is not None:
        name, descending = query.order
        kept.sort(key=lambda row: _rank(row.get(name)), reverse=descending)
    shown = kept[query.offset : query.offset + query.limit]
    names = query.columns
    if names is None:
        names = list(dict.fromkeys([*_FIELDS, *(name for row in shown for name in row)]))
    return QueryTableResults(
        headers=names,
        rows=[QueryRow(values=[_text(row.get(name)) for name in names]) for row in shown],
        total_number_of_results=len(kept),
    )


def _values(row: Row, private: bool) -> dict[str, Value]:
    """A submission and its status as one flat row."""
    found: dict[str, Value | None] = {
        "objectId": row["id"],
        "scopeId": row["evaluation_id"],
        "userId": row["user_id"],
        "submitterId": row["team_id"] or row["user_id"],
        "submitterAlias": row["submitter_alias"],
        "teamId": row["team_id"],
        "entityId": ids.wire(row["entity_id"]),
        "versionNumber": row["version"],
        "name": row["name"],
        "createdOn": row["created_on"],
        "modifiedOn": row["modified_on"],
        "status": row["status"],
        "score": row["score"],
    }
    for name, value in statuses.flat_annotations(row, private=private).items():
        found.setdefault(name, value)
    return {name: value for name, value in found.items() if value is not None}


def _holds(row: dict[str, Value], name: str, sign: str, wanted: Value) -> bool:
    value = row.get(name)
    if value is None:
        return False
    if isinstance(value, str) != isinstance(wanted, str):
        if isinstance(value, str):
            wanted = str(wanted)
        else:
            try:
                wanted = float(wanted)
            except ValueError:
                return sign in ("!=", "<>")
    return _COMPARE[sign](value, wanted)


def _rank(value: Value | None) -> tuple[int, Value]:
    """Numbers before texts, and both after what is not there."""
    if value is None:
        return 0, 0
    return (2, value) if isinstance(value, str) else (1, value)


def _text(value: Value | None) -> str | None:
    return None if value is None else str(value)
