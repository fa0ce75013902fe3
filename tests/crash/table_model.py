"""A table as a few lines of Python have it: what its changes make of it, one after the other."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

Text = str | None
Cells = Mapping[str, Text]
"""Texts by the ids of columns."""
Row = tuple[int, Cells]
"""A version, and all cells."""


@dataclass(frozen=True)
class Column:
    """A column model."""

    id: str
    name: str
    kind: str
    default: Text = None


@dataclass(frozen=True)
class Rows:
    """Rows that come, change and go at once; ``base`` is the newest version the writer has seen."""

    appended: Sequence[Cells] = ()
    updated: Mapping[int, Cells] = field(default_factory=dict)
    deleted: Sequence[int] = ()
    base: int | None = None

    @property
    def order(self) -> list[int | None]:
        """The id of each row, as far as it has one."""
        return [None] * len(self.appended) + [*self.updated, *self.deleted]


@dataclass(frozen=True)
class Columns:
    """Columns that come (no old one), go (no new one) or become others; then an order of all."""

    changes: Sequence[tuple[Column | None, Column | None]] = ()
    order: Sequence[str] | None = None


Step = Rows | Columns


@dataclass(frozen=True)
class State:
    """A table after so many changes."""

    number: int
    columns: tuple[Column, ...]
    rows: Mapping[int, Row] = field(default_factory=dict)
    next_row: int = 1

    def shown(self) -> dict[int, tuple[int, list[Text]]]:
        """The rows as a query of everything shows them."""
        return {
            id: (version, [cells[each.id] for each in self.columns])
            for id, (version, cells) in self.rows.items()
        }


def after(state: State, step: Step) -> State:
    """The table after one change more."""
    if isinstance(step, Columns):
        return _restructured(state, step)
    number, rows = state.number + 1, dict(state.rows)
    defaults = {each.id: each.default for each in state.columns}
    for place, cells in enumerate(step.appended):
        rows[state.next_row + place] = (number, _filled(defaults, cells, defaults))
    for id, cells in step.updated.items():
        version, old = rows[id]  # what is gone cannot be changed
        assert step.base is None or version <= step.base, "a change was overwritten unseen"
        rows[id] = (number, _filled(old, cells, defaults))
    for id in step.deleted:
        del rows[id]
    return replace(state, number=number, rows=rows, next_row=state.next_row + len(step.appended))


def _filled(old: Cells, new: Cells, defaults: Cells) -> Cells:
    """Cells with some changed; a null takes the default."""
    return {**old, **{id: defaults[id] if text is None else text for id, text in new.items()}}


def _restructured(state: State, step: Columns) -> State:
    later = {old: new for old, new in step.changes if old is not None}
    became = {new.id: old for old, new in later.items() if new is not None}
    found = [later.get(each, each) for each in state.columns]
    listed = [each for each in found if each is not None]
    listed += [new for old, new in step.changes if old is None and new is not None]
    if step.order is not None:
        listed.sort(key=lambda each: list(step.order or ()).index(each.id))

    def cell(column: Column, cells: Cells) -> Text:
        was = became.get(column.id)
        if was is None and column in state.columns:
            return cells[column.id]
        old = None if was is None else cells[was.id]
        if was is None or old is None:
            return column.default
        return converted(old, was.kind, column.kind)

    rows = {
        id: (version, {each.id: cell(each, cells) for each in listed})
        for id, (version, cells) in state.rows.items()
    }
    return replace(state, number=state.number + 1, columns=tuple(listed), rows=rows)


# ------------------------------------------------------------------ values

KINDS = ("STRING", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "LARGETEXT", "STRING_LIST", "ENTITYID")
BECOMES = {
    "STRING": ("STRING", "LARGETEXT", "STRING_LIST", "INTEGER"),
    "INTEGER": ("INTEGER", "STRING", "DOUBLE", "DATE"),
    "DOUBLE": ("DOUBLE", "STRING"),
    "BOOLEAN": ("BOOLEAN", "STRING"),
    "DATE": ("DATE", "INTEGER"),
    "ENTITYID": ("ENTITYID", "STRING"),
    "LARGETEXT": ("LARGETEXT",),
    "STRING_LIST": ("STRING_LIST",),
}
"""What types a column may be given. Some are refused for its values."""


def converted(text: str, old: str, new: str) -> Text:
    """A value of one type as one of another."""
    if (old, new) == ("STRING", "STRING_LIST"):
        return json.dumps([text], ensure_ascii=False)
    if (old, new) == ("INTEGER", "DOUBLE"):
        return repr(float(text))
    if (old, new) == ("STRING", "INTEGER"):
        return str(int(text))
    return text


_WORDS = ("", "a", "ä b", 'say "so"', "one,two", "two\nlines", "back\\slash", "日本", "null", "0")


def value(kind: str, chance: random.Random, *, large: bool = False) -> Text:
    """A value of a type, in the form in which it is told; now and then null."""
    if chance.random() < 0.15:
        return None
    if kind == "INTEGER" or kind == "DATE":
        return str(chance.choice((0, -1, 2**53, chance.randrange(-(10**9), 10**12))))
    if kind == "DOUBLE":
        return repr(chance.randrange(-4000, 4000) / 4)
    if kind == "BOOLEAN":
        return chance.choice(("true", "false"))
    if kind == "ENTITYID":
        return f"syn{chance.randrange(1, 10**9)}"
    if kind == "STRING_LIST":
        items = [chance.choice(_WORDS) for _ in range(chance.randrange(1, 5))]
        return json.dumps(items, ensure_ascii=False)
    if kind == "LARGETEXT" and large:
        return "".join(chance.choices("abcdefgh \n", k=20_000))
    return chance.choice(_WORDS) + str(chance.randrange(100))
