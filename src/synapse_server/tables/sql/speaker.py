"""Say expressions and conditions for the engine, over the columns of what stands in FROM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from synapse_server.tables.sql import functions, pieces, relations, tree, widths, words
from synapse_server.tables.sql.functions import quote
from synapse_server.tables.sql.parser import AGGREGATES
from synapse_server.tables.sql.pieces import MOMENT, TEXTS, Said
from synapse_server.tables.sql.relations import Relation
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel

_MOST_CHARACTERS = 4_000_000
"""Of what one expression becomes: functions inside of functions may say an argument many times."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a query means beside its text."""

    caller: int | None
    """None where nobody in particular asks."""
    now: int
    """Milliseconds since the epoch."""
    columns: Mapping[str, ColumnModel] = field(default_factory=dict)
    """The columns that CAST can name, by id."""


def has_aggregate(node: tree.Node | None) -> bool:
    """Whether rows are counted together in it."""
    return node is not None and any(
        isinstance(each, tree.Call) and each.name in AGGREGATES for each in tree.walk(node)
    )


_UNTRIED = ("JSON_SEARCH", "UNNEST")
_MAY_FAIL = (tree.Arithmetic, tree.Negative, tree.Call)
_COLUMN = re.compile(r"r\d*\.[Co]\d+")


def _can_be_tried(node: tree.Expression) -> bool:
    """Whether the engine can go on with NULL where it fails; what it cannot try does not fail."""
    return not any(
        isinstance(each, tree.Call) and (each.name in AGGREGATES or each.name in _UNTRIED)
        for each in tree.walk(node)
    )


class Speaker:
    """Says what is in one SELECT."""

    def __init__(self, asked: Sequence[Relation], context: Context) -> None:
        self._asked = asked
        self._context = context
        self._aliases: Mapping[str, tree.Expression] = {}
        self._prefers_aliases = False
        self._may_unnest = True
        self._unnested: dict[str, tuple[str, str]] = {}
        self._is_guarded = any(each.is_guarded for each in asked)
        self._said: dict[int, Said] = {}
        self._made: dict[str, int] = {}

    def rows(self, relation: Relation) -> str:
        """The rows of a relation, with one column more for each list that is unnested."""
        sql = relation.rows
        for column, (name, mark) in self._unnested.items():
            if mark == relation.mark:
                unnest = f"unnest(CASE WHEN len({column}) > 0 THEN {column} ELSE [NULL] END)"
                sql = f"(SELECT *, {unnest} AS {name} FROM {sql}) AS {mark}"
        return sql

    # -------------------------------------------------------------- expressions

    def expression(self, node: tree.Expression) -> Said:
        """An expression.

        Raises:
            BadRequest: A name is unknown, or something is used where it cannot be.
        """
        found = self._said.get(id(node))
        if found is None:
            found = self._said[id(node)] = self._new(node)
        return found

    def _new(self, node: tree.Expression) -> Said:
        if isinstance(node, tree.Literal):
            return pieces.literal(node.value)
        if isinstance(node, tree.Name):
            return self._name(node)
        said = self._compound(node)
        if len(said.sql) > _MOST_CHARACTERS:
            raise BadRequest("The SQL has an expression that is too large.")
        if self._is_guarded and isinstance(node, _MAY_FAIL) and _can_be_tried(node):
            said = Said(f"TRY({said.sql})", said.kind)
        width = self._width(node)
        if said.kind in TEXTS:  # what is made of texts is compared, grouped and sorted as they are
            said = Said(f"({said.sql}){pieces.COLLATION}", said.kind, width=width)
        if said.kind in TEXTS or width > widths.PLAIN:
            self._made[said.sql] = width
        return said

    def _width(self, node: tree.Expression) -> int:
        """The bytes of the text that is made."""
        if isinstance(node, tree.Call):
            return widths.of_call(node, [self.expression(each).width for each in node.arguments])
        if isinstance(node, tree.Case):
            ends = [then for _, then in node.whens]
            ends += [] if node.otherwise is None else [node.otherwise]
            return max(self.expression(each).width for each in ends)
        if isinstance(node, tree.Cast):
            return self.expression(node.operand).width
        return widths.PLAIN

    def check_width(self) -> None:
        """Refuse functions that could make too much text of each row.

        Raises:
            BadRequest: They could.
        """
        made = sum(self._made.values())
        if made > widths.MOST:
            raise BadRequest(
                f"The functions of this query could make {made} bytes of text of each row; at most"
                f" {widths.MOST} are made. Use fewer of them, or shorter texts."
            )

    def _compound(self, node: tree.Expression) -> Said:
        if isinstance(node, tree.Arithmetic):
            return self._arithmetic(node)
        if isinstance(node, tree.Negative):
            said = self._number(node.operand)
            return Said(f"(-{said.sql})", said.kind)
        if isinstance(node, tree.Interval):
            raise BadRequest("INTERVAL can only be added to a moment or taken from it.")
        if isinstance(node, tree.Cast):
            return self._cast(node)
        if isinstance(node, tree.Case):
            return self._case(node)
        assert isinstance(node, tree.Call)
        return self._call(node)

    def _name(self, node: tree.Name) -> Said:
        alias = self.alias(node)
        if alias is None:
            found = self._found(node)
            if found is None:
                dotted = node.name if node.table is None else f"{node.table}.{node.name}"
                raise BadRequest(f"Column does not exist: {dotted}")
            return found
        before, self._aliases = self._aliases, {}  # what it stands for has no other aliases
        try:
            return self.expression(alias)
        finally:
            self._aliases = before

    def _found(self, node: tree.Name) -> Said | None:
        found = relations.find(self._asked, node.name, node.table)
        if found is None:
            found = relations.find(self._asked, node.name, node.table, is_system=True)
        return found

    def alias(self, node: tree.Name) -> tree.Expression | None:
        """What a name stands for, if it does not mean a column."""
        found = self._aliases.get(node.name) if node.table is None else None
        if found is None or (not self._prefers_aliases and self._found(node) is not None):
            return None
        return found

    def _number(self, node: tree.Expression) -> Said:
        return pieces.number(self.expression(node))

    def _arithmetic(self, node: tree.Arithmetic) -> Said:
        # A long sum leans to the left: it is walked, not descended.
        chain = [node]
        while isinstance(chain[-1].left, tree.Arithmetic):
            chain.append(chain[-1].left)
        said = self.expression(chain[-1].left)
        for each in reversed(chain):
            said = self._operation(said, each)
        return said

    def _operation(self, first: Said, node: tree.Arithmetic) -> Said:
        if isinstance(node.right, tree.Interval) and node.operator in "+-":
            amount = self._number(node.right.amount)
            shift = pieces.interval(amount.sql, node.right.unit)
            return Said(f"({pieces.moment(first)} {node.operator} {shift})", MOMENT)
        left, right = pieces.number(first), self._number(node.right)
        is_double = "DOUBLE" in (left.kind, right.kind)
        if node.operator == "/":
            return Said(f"(CAST({left.sql} AS DOUBLE) / nullif({right.sql}, 0))", "DOUBLE")
        if node.operator == "DIV":
            divided = f"CAST({left.sql} AS DOUBLE) / nullif({right.sql}, 0)"
            if not is_double:
                return Said(f"({left.sql} // nullif({right.sql}, 0))", "INTEGER")
            return Said(f"CAST(trunc({divided}) AS BIGINT)", "INTEGER")
        sql = right.sql if node.operator != "%" else f"nullif({right.sql}, 0)"
        return Said(f"({left.sql} {node.operator} {sql})", "DOUBLE" if is_double else "INTEGER")

    def _cast(self, node: tree.Cast) -> Said:
        kind = node.kind
        if kind.isdecimal():
            column = self._context.columns.get(kind)
            if column is None or column.column_type is None:
                raise BadRequest(f"CAST names the column {kind}, which the table does not have.")
            kind = column.column_type
        said = self.expression(node.operand)
        if kind not in pieces.CASTS:
            raise BadRequest(f"CAST cannot make a {kind}; it can make {', '.join(pieces.CASTS)}.")
        if said.is_list and kind not in TEXTS:
            raise BadRequest(f"A list cannot be cast to {kind}.")
        if said.kind == MOMENT:
            said = Said(pieces.output(said), "STRING")
        if said.is_list:
            return Said(f"CAST(to_json({said.sql}) AS VARCHAR)", kind)
        if said.kind == "ENTITYID" and kind in TEXTS:
            return Said(f"('syn' || {said.sql})", kind)
        return Said(f"TRY_CAST({said.sql} AS {pieces.CASTS[kind]})", kind)

    def _case(self, node: tree.Case) -> Said:
        branches = [self.expression(then) for _, then in node.whens]
        if node.otherwise is not None:
            branches.append(self.expression(node.otherwise))
        kind = pieces.common(branches)
        subject = None if node.subject is None else self.expression(node.subject)
        whens = []
        for (when, _), then in zip(node.whens, branches, strict=False):
            if subject is None:
                condition = self.condition(when)  # type: ignore[arg-type]
            else:
                right = self.expression(when)  # type: ignore[arg-type]
                condition = pieces.compare("=", subject, right)
            whens.append(f"WHEN {condition} THEN {pieces.cast_to(then, kind)}")
        otherwise = ""
        if node.otherwise is not None:
            otherwise = f" ELSE {pieces.cast_to(branches[-1], kind)}"
        return Said(f"(CASE {' '.join(whens)}{otherwise} END)", kind)

    # -------------------------------------------------------------- functions

    def _call(self, node: tree.Call) -> Said:
        if node.name in AGGREGATES:
            return self._aggregate(node)
        if node.name == "UNNEST":
            return self._unnest(node)
        count = len(node.arguments)
        least, most = pieces.ARITY.get(node.name, (1, 1))
        if not least <= count <= most:
            raise BadRequest(f"{node.name} takes {pieces.arguments(least, most)}, not {count}.")
        if node.name in ("NOW", "CURRENT_TIMESTAMP"):
            return Said(self._now(), MOMENT)
        if node.name == "CURRENT_DATE":
            return Said(f"strftime({self._now()}, '%Y-%m-%d')", "STRING")
        if node.name == "CURRENT_TIME":
            return Said(f"strftime({self._now()}, '%H:%M:%S')", "STRING")
        if node.name == "CURRENT_USER":
            if self._context.caller is None:
                raise BadRequest(
                    "A materialized view cannot use CURRENT_USER: it is the same for everybody."
                )
            return Said(str(self._context.caller), "USERID")
        if node.name == "UNIX_TIMESTAMP":
            if not node.arguments:
                return Said(str(self._context.now // 1000), "INTEGER")
            return Said(
                f"CAST(floor(epoch({self._moment(node.arguments[0])})) AS BIGINT)", "INTEGER"
            )
        if node.name == "FROM_UNIXTIME":
            seconds = self._number(node.arguments[0]).sql
            return Said(f"make_timestamp(CAST(round({seconds} * 1000000) AS BIGINT))", MOMENT)
        if node.name == "YEARWEEK":
            return Said(functions.yearweek(self._moment(node.arguments[0])), "INTEGER")
        if node.name in pieces.OF_MOMENTS:
            kind, form = pieces.OF_MOMENTS[node.name]
            return Said(form.format(self._moment(node.arguments[0])), kind)
        if node.name in ("UPPER", "LOWER", "TRIM"):
            return Said(f"{node.name.lower()}({self._text(node.arguments[0])})", "STRING")
        if node.name == "REPLACE":
            return Said(f"replace({', '.join(map(self._text, node.arguments))})", "STRING")
        if node.name == "CONCAT":  # NULL when one of them is
            return Said(f"({' || '.join(map(self._text, node.arguments))})", "STRING")
        if node.name == "ROUND":
            return self._round(node)
        if node.name in ("IFNULL", "COALESCE"):
            said = [self.expression(each) for each in node.arguments]
            kind = pieces.common(said)
            inner = ", ".join(pieces.cast_to(each, kind) for each in said)
            return Said(f"coalesce({inner})", kind)
        if node.name == "NULLIF":
            one, other = (self.expression(each) for each in node.arguments)
            same = pieces.compare("=", one, other)
            return Said(f"(CASE WHEN {same} THEN NULL ELSE {one.sql} END)", one.kind)
        if node.name == "CRC32":
            return Said(functions.crc32(self._text(node.arguments[0])), "INTEGER")
        return self._json_call(node)

    def _now(self) -> str:
        return f"make_timestamp({self._context.now * 1000})"

    def _round(self, node: tree.Call) -> Said:
        places = 0
        if len(node.arguments) == 2:
            second = node.arguments[1]
            if not isinstance(second, tree.Literal) or type(second.value) is not int:
                raise BadRequest("The second argument of ROUND is a whole number.")
            places = max(-400, min(400, second.value))
        number = self._number(node.arguments[0]).sql
        return Said(f"round(CAST({number} AS DOUBLE), {places})", "DOUBLE")

    def _json_call(self, node: tree.Call) -> Said:
        if node.name == "JSON_ARRAY":
            return Said(functions.json_array([self._json(each) for each in node.arguments]), "JSON")
        if node.name == "JSON_OBJECT":
            if len(node.arguments) % 2:
                raise BadRequest("JSON_OBJECT takes pairs: a key and a value.")
            keys = map(self._text, node.arguments[::2])
            found = map(self._json, node.arguments[1::2])
            return Said(functions.json_object(list(zip(keys, found, strict=True))), "JSON")
        if node.name == "JSON_OVERLAPS":
            one, other = map(self._text, node.arguments)
            return Said(functions.json_overlaps(one, other), "BOOLEAN")
        if node.name == "JSON_SEARCH":
            return self._json_search(node)
        if node.name == "JSON_EXTRACT":
            paths = [_json_path(each) for each in node.arguments[1:]]
            return Said(functions.json_extract(self._text(node.arguments[0]), paths), "STRING")
        text = self._text(node.arguments[0])
        if node.name == "JSON_UNQUOTE":
            inner = f"json_extract_string(TRY_CAST({text} AS JSON), '$')"
            return Said(f"coalesce({inner}, {text})", "STRING")
        assert node.name == "JSON_QUOTE", f"the grammar has {node.name}"
        return Said(f"CAST(to_json({text}) AS VARCHAR)", "STRING")

    def _json_search(self, node: tree.Call) -> Said:
        which = (pieces.text_literal(node.arguments[1]) or "").lower()
        if which not in ("one", "all"):
            raise BadRequest("The second argument of JSON_SEARCH is 'one' or 'all'.")
        escape = "\\"
        if len(node.arguments) == 4 and node.arguments[3] != tree.Literal(None):
            escape = pieces.text_literal(node.arguments[3]) or ""
            if len(escape) != 1:
                raise BadRequest("The escape character of JSON_SEARCH is one character.")
        json, pattern = self._text(node.arguments[0]), self._text(node.arguments[2])
        sql = functions.json_search(json, pattern, quote(escape), finds_all=which == "all")
        return Said(sql, "JSON")

    def _json(self, node: tree.Expression) -> str:
        """An expression as a value inside of JSON."""
        return pieces.json_of(self.expression(node))

    def _aggregate(self, node: tree.Call) -> Said:
        if node.has_star:
            return Said("count(*)", "INTEGER")
        if not node.arguments:
            raise BadRequest(f"{node.name} needs an argument.")
        if len(node.arguments) > 1 and node.name not in ("COUNT", "GROUP_CONCAT"):
            raise BadRequest(f"{node.name} takes 1 argument, not {len(node.arguments)}.")
        if any(map(has_aggregate, node.arguments)):
            raise BadRequest(f"{node.name} cannot be taken of what is counted together already.")
        said = [self.expression(each) for each in node.arguments]
        distinct = "DISTINCT " if node.is_distinct else ""
        first = said[0]
        if node.name == "COUNT":
            if len(said) == 1:
                return Said(f"count({distinct}{first.sql})", "INTEGER")
            together = ", ".join(each.sql for each in said)
            every = " AND ".join(f"{each.sql} IS NOT NULL" for each in said)
            return Said(f"count({distinct}CASE WHEN {every} THEN ({together}) END)", "INTEGER")
        if node.name in ("MIN", "MAX"):
            return Said(f"{node.name.lower()}({first.sql})", first.kind)
        if node.name == "GROUP_CONCAT":
            mark = quote("," if node.separator is None else node.separator)
            if node.is_distinct and node.order:
                return self._distinct_concat(node, first, mark)
            text = f"({' || '.join(self._text(each) for each in node.arguments)})"
            text += pieces.COLLATION if node.is_distinct else ""
            order = self._order_within(node)
            return Said(f"string_agg({distinct}{text}, {mark}{order})", "STRING")
        if node.name == "JSON_ARRAYAGG":
            order = self._order_within(node)
            inner = f"list({distinct}{pieces.json_of(first)}{order})"
            return Said(f"CAST(to_json({inner}) AS VARCHAR)", "JSON")
        number = self._number(node.arguments[0])
        if node.name == "SUM":
            return Said(f"sum({distinct}{number.sql})", number.kind)
        if node.name.startswith("BIT_"):
            return Said(f"{node.name.lower()}(CAST({number.sql} AS BIGINT))", "INTEGER")
        statistic = pieces.STATISTICS[node.name]
        return Said(f"{statistic}({distinct}CAST({number.sql} AS DOUBLE))", "DOUBLE")

    def _order_within(self, node: tree.Call) -> str:
        """The order in which rows are put together: that of the rows unless another is said."""
        if node.is_distinct:
            return ""
        order = [
            pieces.directed(self.expression(each.expression), each.is_descending)
            for each in node.order
        ]
        if len(self._asked) == 1 and "ROW_ID" in self._asked[0].system:
            order.append(self._asked[0].system["ROW_ID"].sql)
        return f" ORDER BY {', '.join(order)}" if order else ""

    def _distinct_concat(self, node: tree.Call, first: Said, mark: str) -> Said:
        same = len(node.arguments) == len(node.order) == 1
        if not same or self.expression(node.order[0].expression) != first:
            raise BadRequest("GROUP_CONCAT of DISTINCT values can only be ordered by the value.")
        direction = "DESC" if node.order[0].is_descending else "ASC"
        every = f"list_sort(list(DISTINCT {first.sql}), '{direction}')"
        text = pieces.text_of(Said("x", first.kind))
        return Said(f"array_to_string(list_transform({every}, lambda x: {text}), {mark})", "STRING")

    def _unnest(self, node: tree.Call) -> Said:
        said = None
        if len(node.arguments) == 1 and isinstance(node.arguments[0], tree.Name):
            said = self.expression(node.arguments[0])
        if said is None or not said.is_list or not _COLUMN.fullmatch(said.sql):
            raise BadRequest("UNNEST takes one column that is a list.")
        if not self._may_unnest:
            raise BadRequest("UNNEST cannot be in a condition; it belongs to what is selected.")
        mark = said.sql.partition(".")[0]
        name, _ = self._unnested.setdefault(said.sql, (f"u{len(self._unnested)}", mark))
        kind = said.kind.removesuffix("_LIST")
        text = pieces.COLLATION if kind in TEXTS else ""
        return Said(f"({mark}.{name}){text}" if text else f"{mark}.{name}", kind)

    def _text(self, node: tree.Expression) -> str:
        return pieces.text_of(self.expression(node))

    def _moment(self, node: tree.Expression) -> str:
        return pieces.moment(self.expression(node))

    # -------------------------------------------------------------- conditions

    def where(self, node: tree.Condition) -> str:
        """What each row must fulfil, before rows are counted together."""
        if has_aggregate(node):
            raise BadRequest("An aggregate function cannot be in WHERE or ON; use HAVING.")
        self._may_unnest = False
        try:
            return self.condition(node)
        finally:
            self._may_unnest = True

    def with_aliases(
        self, aliases: Mapping[str, tree.Expression], *, first: bool = False
    ) -> Speaker:
        """The same, but names may be those of what is selected, too.

        Args:
            aliases: What is selected.
            first: Whether they are preferred to columns of the same name.
        """
        other = copy(self)
        other._aliases = aliases
        other._prefers_aliases = first
        other._said = {}
        return other

    def condition(self, node: tree.Condition) -> str:
        """A condition."""
        if isinstance(node, tree.Every):
            return "(" + " AND ".join(map(self.condition, node.conditions)) + ")"
        if isinstance(node, tree.Any):
            return "(" + " OR ".join(map(self.condition, node.conditions)) + ")"
        if isinstance(node, tree.Not):
            return f"(NOT {self.condition(node.condition)})"
        if isinstance(node, tree.Compare):
            left, right = self.expression(node.left), self.expression(node.right)
            return pieces.compare(node.operator, left, right)
        if isinstance(node, tree.Between):
            said = self.expression(node.operand)
            low = pieces.compare(">=", said, self.expression(node.low))
            high = pieces.compare("<=", said, self.expression(node.high))
            return f"({low} AND {high})"
        if isinstance(node, tree.In):
            return self._in(node)
        if isinstance(node, tree.Like):
            pattern = self._text(node.pattern)
            return pieces.like(self._text(node.operand), pattern, node.escape)
        if isinstance(node, tree.Is):
            return self._is(node)
        if isinstance(node, tree.Matches):
            return self._matches(node)
        if isinstance(node, tree.Test):
            said = self.expression(node.operand)
            if said.kind != "DOUBLE":
                raise BadRequest(f"{node.name} takes a column of DOUBLE, not of {said.kind}.")
            return f"{'isnan' if node.name == 'ISNAN' else 'isinf'}({said.sql})"
        return self._has(node)

    def _matches(self, node: tree.Matches) -> str:
        if len(self._asked) > 1 or self._asked[0].searched is None:
            raise BadRequest(
                "TEXT_MATCHES needs full-text search, which is off for this table. Set"
                " isSearchEnabled of the table."
            )
        sought = words.boolean(node.text) if node.is_boolean else words.natural(node.text)
        texts = [pieces.searched(each.sql, each.kind) for each in self._asked[0].searched]
        if not texts:
            return "FALSE"
        row = f"strip_accents(lower(concat_ws(' ', {', '.join(texts)})))"

        def found(pattern: str) -> str:
            return f"regexp_matches({row}, {quote(pattern)})"

        conditions = [found(each) for each in sought.required]
        conditions += [f"NOT {found(each)}" for each in sought.excluded]
        if sought.some and not sought.required:
            conditions.append(f"({' OR '.join(map(found, sought.some))})")
        # In BOOLEAN mode, nothing but words that must not occur finds nothing.
        return f"({' AND '.join(conditions)})" if sought.required or sought.some else "FALSE"

    def _in(self, node: tree.In) -> str:
        said = self.expression(node.operand)
        pairs = [pieces.match(said, self.expression(each)) for each in node.choices]
        by_left: dict[str, list[str]] = {}
        for left, right in pairs:
            by_left.setdefault(left, []).append(right)
        found = [f"{left} IN ({', '.join(rights)})" for left, rights in by_left.items()]
        return "(" + " OR ".join(found) + ")"

    def _is(self, node: tree.Is) -> str:
        if isinstance(node.operand, tree.EXPRESSIONS):
            said = self.expression(node.operand)
            if node.what == "NULL":
                return f"({said.sql} IS NULL)"
            sql = said.sql if said.kind == "BOOLEAN" else f"({pieces.number(said).sql} <> 0)"
        else:
            sql = self.condition(node.operand)
        return f"({sql} IS {'NULL' if node.what == 'UNKNOWN' else node.what})"

    def _has(self, node: tree.Has) -> str:
        said = self.expression(node.operand)
        word = "HAS_LIKE" if node.is_like else "HAS"
        if not said.is_list:
            raise BadRequest(f"{word} needs a column that is a list on its left.")
        kind = said.kind.removesuffix("_LIST")
        item = Said(f"x{pieces.COLLATION}" if kind in TEXTS else "x", kind)
        choices = [self.expression(each) for each in node.choices]
        if node.is_like:
            text = pieces.text_of(item)
            tests = [pieces.like(text, pieces.text_of(each), node.escape) for each in choices]
        else:
            tests = [pieces.compare("=", item, each) for each in choices]
        found = f"list_filter({said.sql}, lambda x: {' OR '.join(tests)})"
        return f"coalesce(len({found}) > 0, false)"


def _json_path(node: tree.Expression) -> str:
    text = pieces.text_literal(node)
    if text is None or not text.startswith("$"):
        raise BadRequest("A path in JSON is a text in quotes that begins with $, as '$.a[0]'.")
    return text
