"""What a query is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, a truth value or NULL."""

    value: int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A column or an alias; ``at`` is where it stands in the text, -1 for what a filter names.

    ``table`` is what qualifies it: an alias, or a table as FROM has it.
    """

    name: str
    at: int = -1
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Negative:
    """``-operand``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Interval:
    """``INTERVAL amount unit``, in arithmetic with dates."""

    amount: Expression
    unit: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in upper case."""

    name: str
    arguments: tuple[Expression, ...]
    at: int
    is_distinct: bool = False
    has_star: bool = False
    order: tuple[Order, ...] = ()
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """``CAST(operand AS kind)``; ``kind`` is a column type or the id of a column."""

    operand: Expression
    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class Case:
    """``CASE``, with a subject that is compared, or with conditions."""

    subject: Expression | None
    whens: tuple[tuple[Expression | Condition, Expression], ...]
    otherwise: Expression | None


Expression: TypeAlias = Literal | Name | Arithmetic | Negative | Interval | Call | Cast | Case


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Between:
    """``operand BETWEEN low AND high``."""

    operand: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class In:
    """``operand IN (…)``."""

    operand: Expression
    choices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """``operand LIKE pattern``."""

    operand: Expression
    pattern: Expression
    escape: str | None


@dataclass(frozen=True, slots=True)
class Is:
    """``operand IS what``: NULL, TRUE, FALSE or UNKNOWN."""

    operand: Expression | Condition
    what: str


@dataclass(frozen=True, slots=True)
class Has:
    """``column HAS (…)``, or ``HAS_LIKE`` with patterns."""

    operand: Expression
    choices: tuple[Expression, ...]
    is_like: bool
    escape: str | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """``ISNAN(column)`` or ``ISINFINITY(column)``."""

    name: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Matches:
    """``TEXT_MATCHES('words')``: full-text search over the whole row."""

    text: str
    is_boolean: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT condition``."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """``… AND …``"""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """``… OR …``"""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = Compare | Between | In | Like | Is | Has | Test | Matches | Not | Every | Any


@dataclass(frozen=True, slots=True)
class Order:
    """An item of ORDER BY."""

    expression: Expression
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """What is selected, and what it is called."""

    expression: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Join:
    """A further table of FROM; ``kind`` is INNER, LEFT or RIGHT."""

    kind: str
    table: str
    alias: str | None
    on: Condition | None
    at: int


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT; no items mean ``*``."""

    items: tuple[Item, ...]
    is_distinct: bool
    table: str
    """As written: ``syn123``, ``syn123.4`` or the name of ``named``."""
    where: Condition | None = None
    group_by: tuple[Expression, ...] = ()
    having: Condition | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    alias: str | None = None
    joins: tuple[Join, ...] = ()
    defining_where: Condition | None = None
    """What the rows of ``named`` are made of must fulfil this."""
    named: Named | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """Several SELECTs under each other; ``order_by``, ``limit`` and ``offset`` are of the whole."""

    first: Query
    second: Select
    keeps_all: bool
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """``WITH name (columns) AS (query)``."""

    name: str
    columns: tuple[str, ...]
    query: Query


Query: TypeAlias = Select | Union


def tables(query: Query) -> tuple[str, ...]:
    """The tables that a query reads, as written, each once, in the order of the text."""
    found: list[str] = []

    def look(each: Query) -> None:
        if isinstance(each, Union):
            look(each.first)
            look(each.second)
            return
        if each.named is not None:
            look(each.named.query)
        else:
            found.append(each.table)
        found.extend(join.table for join in each.joins)

    look(query)
    return tuple(dict.fromkeys(found))


def star(tables: Sequence[tuple[str, Iterable[str]]]) -> tuple[Item, ...]:
    """What ``*`` selects of tables, each with what FROM calls it and the names of its columns.

    A name that an earlier table has is qualified: ``b.name`` beside ``name``.
    """
    found: dict[str, Item] = {}
    for table, names in tables:
        for name in names:
            label = f"{table}.{name}" if name in found else name
            qualifier = table if len(tables) > 1 else None
            found[label] = Item(Name(name, -1, qualifier), label)
    return tuple(found.values())


EXPRESSIONS = (Literal, Name, Arithmetic, Negative, Interval, Call, Cast, Case)
Node: TypeAlias = Expression | Condition | Order
_NODES = (
    *EXPRESSIONS,
    *(Compare, Between, In, Like, Is, Has, Test, Matches, Not, Every, Any, Order),
)


def parts(node: Node) -> Iterator[Node]:
    """What an expression or a condition is directly made of."""
    rest: list[object] = [getattr(node, each) for each in node.__slots__]
    while rest:
        each = rest.pop()
        if isinstance(each, tuple):
            rest.extend(each)
        elif isinstance(each, _NODES):
            yield each


def walk(node: Node) -> Iterator[Node]:
    """An expression or a condition with all that is in it."""
    rest = [node]
    while rest:
        each = rest.pop()
        yield each
        rest.extend(parts(each))
