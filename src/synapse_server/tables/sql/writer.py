"""Write a tree as SQL that people can read, and that is read as the same tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synapse_server.tables.sql import tree
from synapse_server.tables.sql.functions import quote
from synapse_server.tables.sql.parser import FUNCTIONS, KEYWORDS

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TABLE = re.compile(r"syn\d+(?:\.\d+)?\Z", re.IGNORECASE)
_TAKEN = KEYWORDS | FUNCTIONS | {"ISNAN", "ISINFINITY", "TEXT_MATCHES"}
_SUMS = ("+", "-")
_NO_LIMIT = 999_999_999_999_999_999


def write(select: tree.Select) -> str:
    """A query without JOIN and UNION."""
    parts = []
    if select.named is not None:
        query = select.named.query
        assert isinstance(query, tree.Select), "there is no UNION"
        columns = ", ".join(map(_name, select.named.columns))
        columns = f" ({columns})" if columns else ""
        parts.append(f"WITH {_name(select.named.name)}{columns} AS ({write(query)})")
    items = ", ".join(map(_item, select.items)) or "*"
    parts.append(f"SELECT {'DISTINCT ' if select.is_distinct else ''}{items}")
    table = select.table if _TABLE.match(select.table) else _name(select.table)
    parts.append(f"FROM {table}{'' if select.alias is None else f' AS {select.alias}'}")
    if select.defining_where is not None:
        parts.append(f"DEFINING_WHERE {_condition(select.defining_where)}")
    if select.where is not None:
        parts.append(f"WHERE {_condition(select.where)}")
    if select.group_by:
        parts.append(f"GROUP BY {', '.join(map(_expression, select.group_by))}")
    if select.having is not None:
        parts.append(f"HAVING {_condition(select.having)}")
    if select.order_by:
        parts.append(f"ORDER BY {_orders(select.order_by)}")
    if select.limit is not None or select.offset:
        parts.append(f"LIMIT {_NO_LIMIT if select.limit is None else select.limit}")
    if select.offset:
        parts.append(f"OFFSET {select.offset}")
    return " ".join(parts)


def _name(name: str) -> str:
    if _BARE.match(name) and name.upper() not in _TAKEN:
        return name
    return '"' + name.replace('"', '""') + '"'


def _item(item: tree.Item) -> str:
    found = item.expression
    if isinstance(found, tree.Name) and found.name == item.name:
        return _expression(found)
    return f"{_expression(found)} AS {_name(item.name)}"


def _orders(orders: Sequence[tree.Order]) -> str:
    return ", ".join(
        _expression(each.expression) + (" DESC" if each.is_descending else "") for each in orders
    )


# ------------------------------------------------------------------ expressions


def _expression(node: tree.Expression) -> str:
    if isinstance(node, tree.Literal):
        return _literal(node.value)
    if isinstance(node, tree.Name):
        if node.table is None:
            return _name(node.name)
        table = node.table if _TABLE.match(node.table) else _name(node.table)
        return f"{table}.{_name(node.name)}"
    if isinstance(node, tree.Arithmetic):
        return _arithmetic(node)
    if isinstance(node, tree.Negative):
        return f"-{_operand(node.operand)}"
    if isinstance(node, tree.Interval):
        return f"INTERVAL {_operand(node.amount)} {node.unit}"
    if isinstance(node, tree.Cast):
        return f"CAST({_expression(node.operand)} AS {node.kind})"
    if isinstance(node, tree.Case):
        return _case(node)
    return _call(node)


def _literal(value: int | float | str | bool | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return quote(value) if isinstance(value, str) else repr(value)


def _operand(node: tree.Expression) -> str:
    text = _expression(node)
    is_whole = isinstance(node, tree.Name | tree.Call | tree.Cast | tree.Case | tree.Literal)
    return text if is_whole and not text.startswith("-") else f"({text})"


def _arithmetic(node: tree.Arithmetic) -> str:
    chain = [node]  # which leans to the left, and may be long
    while isinstance(chain[-1].left, tree.Arithmetic):
        chain.append(chain[-1].left)
    text, before = _operand(chain[-1].left), None
    for each in reversed(chain):
        if before in _SUMS and each.operator not in _SUMS:
            text = f"({text})"
        is_interval = isinstance(each.right, tree.Interval)
        right = _expression(each.right) if is_interval else _operand(each.right)
        text, before = f"{text} {each.operator} {right}", each.operator
    return text


def _case(node: tree.Case) -> str:
    parts = ["CASE" if node.subject is None else f"CASE {_expression(node.subject)}"]
    for when, then in node.whens:
        what = _expression(when) if isinstance(when, tree.EXPRESSIONS) else _condition(when)
        parts.append(f"WHEN {what} THEN {_expression(then)}")
    if node.otherwise is not None:
        parts.append(f"ELSE {_expression(node.otherwise)}")
    return " ".join([*parts, "END"])


def _call(node: tree.Call) -> str:
    if node.has_star:
        return f"{node.name}(*)"
    inner = ", ".join(map(_expression, node.arguments))
    inner = f"DISTINCT {inner}" if node.is_distinct else inner
    inner += f" ORDER BY {_orders(node.order)}" if node.order else ""
    inner += "" if node.separator is None else f" SEPARATOR {quote(node.separator)}"
    return f"{node.name}({inner})"


# ------------------------------------------------------------------ conditions


def _condition(node: tree.Condition) -> str:
    if isinstance(node, tree.Every | tree.Any):
        if len(node.conditions) == 1:
            return _condition(node.conditions[0])
        word = " AND " if isinstance(node, tree.Every) else " OR "
        return word.join(map(_part, node.conditions))
    if isinstance(node, tree.Not):
        return f"NOT ({_condition(node.condition)})"
    if isinstance(node, tree.Compare):
        return f"{_expression(node.left)} {node.operator} {_expression(node.right)}"
    if isinstance(node, tree.Between):
        low, high = _expression(node.low), _expression(node.high)
        return f"{_expression(node.operand)} BETWEEN {low} AND {high}"
    if isinstance(node, tree.In):
        return f"{_expression(node.operand)} IN ({', '.join(map(_expression, node.choices))})"
    if isinstance(node, tree.Like):
        like = f"{_expression(node.operand)} LIKE {_expression(node.pattern)}"
        return like + _escape(node.escape)
    if isinstance(node, tree.Has):
        word = "HAS_LIKE" if node.is_like else "HAS"
        choices = ", ".join(map(_expression, node.choices))
        return f"{_expression(node.operand)} {word} ({choices}){_escape(node.escape)}"
    if isinstance(node, tree.Test):
        return f"{node.name}({_expression(node.operand)})"
    if isinstance(node, tree.Matches):
        return f"TEXT_MATCHES({quote(node.text)})"
    if isinstance(node.operand, tree.EXPRESSIONS):
        return f"{_expression(node.operand)} IS {node.what}"
    return f"({_condition(node.operand)}) IS {node.what}"


def _part(node: tree.Condition) -> str:
    text = _condition(node)
    return f"({text})" if isinstance(node, tree.Every | tree.Any | tree.Between) else text


def _escape(escape: str | None) -> str:
    return "" if escape is None else f" ESCAPE {quote(escape)}"
