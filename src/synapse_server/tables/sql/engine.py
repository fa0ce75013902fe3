"""Say a tree for the engine: over physical column names, with the meaning that the API promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from synapse_server.tables.sql import pieces, relations, tree
from synapse_server.tables.sql.functions import quote
from synapse_server.tables.sql.parser import AGGREGATES
from synapse_server.tables.sql.pieces import MOMENT, NOTHING, TEXTS, Said
from synapse_server.tables.sql.relations import SYSTEM, Benefactor, Relation, Table
from synapse_server.tables.sql.speaker import Context, Speaker, has_aggregate
from synapse_wire.errors import BadRequest
from synapse_wire.tables import ColumnModel, SelectColumn

HEADS = ("ROW_ID", "ROW_VERSION", "ROW_ETAG")
_SAME = (tree.Literal, tree.Interval)
"""What is the same for all rows by itself."""


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer."""

    name: str
    kind: str
    column: ColumnModel | None
    """The column that it shows, if it is nothing else."""
    width: int = 0
    """The most bytes that it has as text."""

    def select_column(self) -> SelectColumn:
        """As answers show it."""
        kind = "STRING" if self.kind in (MOMENT, NOTHING) else self.kind
        plain = self.column is not None and self.column.name == self.name
        return SelectColumn(
            name=self.name,
            column_type=kind,  # type: ignore[arg-type]
            id=self.column.id if plain and self.column is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """A query for the engine. ``sql`` has no LIMIT.

    Before the outputs it selects the ``heads`` (q0, q1 …) and the ``benefactors`` (b0, b1 …); the
    outputs are o0, o1 …
    """

    sql: str
    outputs: tuple[Output, ...]
    heads: tuple[str, ...]
    """ROW_ID and ROW_VERSION, maybe ROW_ETAG; nothing when the rows of the answer are not rows of
    the table."""
    where: str
    source: str
    benefactors: tuple[Benefactor, ...] = ()
    """What says whose ACL rules each row; a row shows what several rule together."""
    is_guarded: bool = False
    """See ``relations.Relation``."""

    @property
    def has_rows(self) -> bool:
        """Whether each row of the answer is a row of the table."""
        return bool(self.heads)

    def count(self) -> str:
        """SQL for the number of rows."""
        if self.has_rows:
            return f"SELECT count(*) FROM {self.source}{self.where}"
        return f"SELECT count(*) FROM ({self.sql})"

    def total(self, column: str) -> str:
        """SQL for the sum of a column of the rows. NOTE: the answer's rows are the table's."""
        return f"SELECT sum({column}) FROM {self.source}{self.where}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query means beside its text: the tables that it may name, who asks, and when."""

    columns: Sequence[ColumnModel]
    caller: int | None
    now: int
    """Milliseconds since the epoch."""
    is_search_enabled: bool = False
    system: Mapping[str, str] = field(default_factory=lambda: SYSTEM)
    """What each row has beside its columns, and the types."""
    rows: str = "r"
    """The rows that are asked."""
    with_etag: bool = False
    """Whether each row of the answer says its ROW_ETAG."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Tables by what they are called in FROM; what is not here is the one of ``columns``."""
    shown: Mapping[str, Sequence[ColumnModel]] = field(default_factory=dict)
    """The columns of a virtual table, by what FROM calls it."""
    keeps_benefactors: bool = False
    """Whether each row of the answer says what rules who may see it."""

    def table(self, name: str) -> Table:
        """The table that FROM calls so."""
        own = Table(self.columns, self.rows, self.system, self.is_search_enabled)
        return self.tables.get(name, own)

    def context(self) -> Context:
        """What expressions mean."""
        every = [self.columns, *(each.columns for each in self.tables.values())]
        by_id = {each.id: each for models in every for each in models if each.id is not None}
        return Context(self.caller, self.now, by_id)


def state(query: tree.Query, scope: Scope) -> Statement:
    """Say a whole query, but for LIMIT and OFFSET.

    Raises:
        BadRequest: A name is unknown, or something is used where it cannot be.
    """
    if isinstance(query, tree.Union):
        return _union(query, scope)
    return _select(query, scope, is_inner=False)


def limited(sql: str, limit: int | None, offset: int) -> str:
    """A query with LIMIT and OFFSET."""
    if limit is not None:
        sql += f" LIMIT {limit}"
    return f"{sql} OFFSET {offset}" if offset else sql


def export(statement: Statement, sql: str, path: Path, *, with_heads: bool) -> str:
    """Write the rows of a statement, as ``sql`` limits them, into a Parquet file.

    Raises:
        BadRequest: Two columns have the same name, but for the case.
    """
    heads = statement.heads if with_heads else ()
    columns = [(name, f"q{i}") for i, name in enumerate(heads)]
    for i, output in enumerate(statement.outputs):
        columns.append((output.name, pieces.typed(f"o{i}", output.kind)))
    known: set[str] = set()
    for name, _ in columns:
        if name.lower() in known:
            raise BadRequest(
                f"Two columns have the name {name!r}, which Parquet cannot have, nor Arrow, which"
                " is made of it: rename one with AS."
            )
        known.add(name.lower())
    parts = ", ".join(f"{said} AS {pieces.identifier(name)}" for name, said in columns)
    return (
        f"COPY (SELECT {parts} FROM ({sql})) TO {quote(str(path))}"
        " (FORMAT parquet, COMPRESSION zstd)"
    )


# ------------------------------------------------------------------ one SELECT


def _select(select: tree.Select, scope: Scope, *, is_inner: bool) -> Statement:
    asked = _relations(select, scope)
    items = select.items or tree.star([(each.name, each.columns) for each in asked])
    speaker = Speaker(asked, scope.context())
    aggregates = bool(select.group_by) or any(has_aggregate(each.expression) for each in items)
    if select.having is not None and not aggregates:
        raise BadRequest("HAVING needs GROUP BY; use WHERE.")
    said = [speaker.expression(each.expression) for each in items]
    if not said:
        raise BadRequest("The table has no columns; add some, or select ROW_ID.")
    heads: tuple[str, ...] = ()
    if not (aggregates or select.is_distinct or is_inner or len(asked) > 1):
        heads = tuple(each for each in HEADS if each in asked[0].system)
        heads = heads if scope.with_etag else heads[:2]
    benefactors = _benefactors(asked, aggregates) if scope.keeps_benefactors else ()
    _check_cut(select, benefactors)
    outputs = tuple(
        Output(item.name, each.kind, each.column, each.width)
        for item, each in zip(items, said, strict=True)
    )
    told = said
    if is_inner:
        outputs, told = _told(outputs, said)
    parts = [f"{asked[0].system[name].sql} AS q{i}" for i, name in enumerate(heads)]
    parts += [f"{each.sql} AS b{i}" for i, each in enumerate(benefactors)]
    parts += [f"{pieces.output(each)} AS o{i}" for i, each in enumerate(told)]
    where = "" if select.where is None else f" WHERE {speaker.where(select.where)}"
    joined = _joined(select, asked, speaker)
    aliases = {each.name: each.expression for each in items}
    grouper = speaker.with_aliases(aliases)
    orderer = speaker.with_aliases(aliases, first=True)
    tail = _grouping(select, items, said, grouper, orderer) if aggregates else ""
    order = [_order(each, said, select.is_distinct, orderer) for each in select.order_by]
    if heads:
        order.append(asked[0].system["ROW_ID"].sql)
    if order:
        tail += f" ORDER BY {', '.join(order)}"
    distinct = "DISTINCT " if select.is_distinct else ""
    source = speaker.rows(asked[0])
    for each, (word, on) in zip(asked[1:], joined, strict=True):
        source += f" {word} {speaker.rows(each)}{on}"
    speaker.check_width()
    sql = f"SELECT {distinct}{', '.join(parts)} FROM {source}{where}{tail}"
    is_guarded = any(each.is_guarded for each in asked)
    return Statement(sql, outputs, heads, where, source, benefactors, is_guarded)


def _relations(select: tree.Select, scope: Scope) -> list[Relation]:
    name = select.alias or select.table
    if select.named is None:
        if select.defining_where is not None:
            raise BadRequest("DEFINING_WHERE belongs to virtual tables and to WITH; use WHERE.")
        found = [relations.relation(scope.table(select.table), select.table, name, "r")]
    else:
        query = select.named.query
        if select.defining_where is not None:
            if not isinstance(query, tree.Select):
                raise BadRequest("DEFINING_WHERE needs one SELECT that defines the rows.")
            both = [each for each in (query.where, select.defining_where) if each is not None]
            query = replace(query, where=both[0] if len(both) == 1 else tree.Every(tuple(both)))
        relation = _derived(inner(query, scope), name, select.named.columns)
        if select.named.columns and select.named.name in scope.shown:
            relation = relations.shown_as(relation, scope.shown[select.named.name])
        found = [relation]
    for number, join in enumerate(select.joins, 1):
        called = join.alias or join.table
        if called.lower() in {each.name.lower() for each in found}:
            raise BadRequest(f"FROM has {called} twice; give each a name: {join.table} AS other.")
        other = relations.relation(scope.table(join.table), join.table, called, f"r{number}")
        if join.kind == "RIGHT":
            found = [relations.nullable(each) for each in found]
        found.append(relations.nullable(other) if join.kind == "LEFT" else other)
    return found


def inner(query: tree.Query, scope: Scope) -> Statement:
    """Say a query whose rows are asked by another, with its LIMIT and OFFSET."""
    if isinstance(query, tree.Union):
        statement = _union(query, scope)
    else:
        statement = _select(query, scope, is_inner=True)
    return replace(statement, sql=limited(statement.sql, query.limit, query.offset))


def _told(outputs: Sequence[Output], said: Sequence[Said]) -> tuple[tuple[Output, ...], list[Said]]:
    """Outputs that other queries can ask: moments are text, and a lone NULL has a type."""
    found = []
    for each in said:
        if each.kind in (MOMENT, NOTHING):
            sql = pieces.output(each) if each.kind == MOMENT else "CAST(NULL AS VARCHAR)"
            each = Said(f"({sql}){pieces.COLLATION}", "STRING", width=each.width)
        found.append(each)
    named = zip(outputs, found, strict=True)
    return tuple(replace(output, kind=each.kind) for output, each in named), found


def _derived(statement: Statement, name: str, names: Sequence[str]) -> Relation:
    """The rows of a statement as a table of FROM."""
    outputs = statement.outputs
    if names and len(names) != len(outputs):
        raise BadRequest(
            f"{name} has {len(outputs)} columns, but {len(names)} names are given for them."
        )
    columns: dict[str, Said] = {}
    for i, output in enumerate(outputs):
        called = names[i] if names else output.name
        if called in columns:
            raise BadRequest(f"{name} has two columns {called!r}; rename one with AS.")
        columns[called] = Said(f"r.o{i}", output.kind, shown(output, called), output.width)
    benefactors = tuple(
        replace(each, sql=f"r.b{i}") for i, each in enumerate(statement.benefactors)
    )
    return Relation(
        name, "r", f"({statement.sql}) AS r", columns, {}, None, benefactors, statement.is_guarded
    )


def shown(output: Output, name: str) -> ColumnModel | None:
    """The column that an output shows, under another name; it is no column of a schema."""
    model = output.column
    if model is None:
        return None
    return ColumnModel(
        name=name,
        column_type=model.column_type,
        facet_type=model.facet_type,
        facet_sort_config=model.facet_sort_config,
        maximum_size=model.maximum_size,
        maximum_list_length=model.maximum_list_length,
        json_sub_columns=model.json_sub_columns,
    )


def _benefactors(asked: Sequence[Relation], aggregates: bool) -> tuple[Benefactor, ...]:
    found = tuple(benefactor for each in asked for benefactor in each.benefactors)
    if found and aggregates:
        raise BadRequest(
            "Rows of a view cannot be counted together here, for not everybody may see all of"
            " them: leave out GROUP BY and aggregate functions."
        )
    return _named_apart(found)


def _check_cut(query: tree.Query, benefactors: Sequence[Benefactor]) -> None:
    """Which rows are the first ones would tell of rows that not everybody may see."""
    if benefactors and (query.limit is not None or query.offset):
        raise BadRequest(
            "Rows of a view cannot be limited here, for not everybody may see all of them: leave"
            " out LIMIT and OFFSET."
        )


def _named_apart(benefactors: Iterable[Benefactor]) -> tuple[Benefactor, ...]:
    found: dict[str, Benefactor] = {}
    for each in benefactors:
        name = each.name
        while name in found:
            name += "_"
        found[name] = replace(each, name=name)
    return tuple(found.values())


def _joined(
    select: tree.Select, asked: Sequence[Relation], speaker: Speaker
) -> list[tuple[str, str]]:
    found = []
    for join in select.joins:
        if join.on is None:
            found.append(("CROSS JOIN", ""))
        else:
            found.append((f"{join.kind} JOIN", f" ON {speaker.where(join.on)}"))
    assert len(asked) == len(found) + 1
    return found


# ------------------------------------------------------------------ GROUP BY and ORDER BY


def _grouping(
    select: tree.Select,
    items: Sequence[tree.Item],
    said: Sequence[Said],
    speaker: Speaker,
    orderer: Speaker,
) -> str:
    grouped = []
    for node in select.group_by:
        place = _place(node, said, "GROUP BY")
        if has_aggregate(node if place is None else items[place].expression):
            raise BadRequest("GROUP BY cannot have an aggregate function.")
        grouped.append(speaker.expression(node).sql if place is None else said[place].sql)
    known = frozenset(grouped)
    base = speaker.with_aliases({})
    for item in items:
        _check_grouped(item.expression, known, base)
    for order in select.order_by:
        if _place(order.expression, said, "ORDER BY") is None:
            _check_grouped(order.expression, known, orderer)
    tail = f" GROUP BY {', '.join(grouped)}" if grouped else ""
    if select.having is not None:
        _check_grouped(select.having, known, speaker)
        tail += f" HAVING {speaker.condition(select.having)}"
    return tail


def _place(node: tree.Expression, said: Sequence[Said], where: str) -> int | None:
    """The place among what is selected that a number means."""
    if not isinstance(node, tree.Literal) or type(node.value) is not int:
        return None
    if not 1 <= node.value <= len(said):
        raise BadRequest(f"{where} {node.value} names no column of the answer.")
    return node.value - 1


def _check_grouped(node: tree.Node, grouped: frozenset[str], speaker: Speaker) -> None:
    """Whether each row of a group would have the same value."""
    rest: list[tree.Node] = [node]
    while rest:
        each = rest.pop()
        if isinstance(each, tree.Call) and each.name in AGGREGATES:
            continue
        if isinstance(each, tree.EXPRESSIONS) and not isinstance(each, _SAME):
            if speaker.expression(each).sql in grouped:
                continue
            if isinstance(each, tree.Name) and speaker.alias(each) is None:
                raise BadRequest(
                    f"The column {each.name} is neither in GROUP BY nor in an aggregate function."
                )
        rest.extend(tree.parts(each))


def _order(item: tree.Order, said: Sequence[Said], is_distinct: bool, speaker: Speaker) -> str:
    place = _place(item.expression, said, "ORDER BY")
    found = speaker.expression(item.expression) if place is None else said[place]
    if is_distinct:
        for i, each in enumerate(said):
            if each.sql == found.sql:
                return pieces.directed(Said(f"o{i}", each.kind), item.is_descending)
        raise BadRequest("With DISTINCT, ORDER BY can only name what is selected.")
    return pieces.directed(found, item.is_descending)


# ------------------------------------------------------------------ UNION


def _union(union: tree.Union, scope: Scope) -> Statement:
    terms = [inner(union.first, scope), inner(union.second, scope)]
    first, second = terms
    if len(first.outputs) != len(second.outputs):
        raise BadRequest(
            f"The SELECTs of a UNION have {len(first.outputs)} and {len(second.outputs)} columns;"
            " they need the same number."
        )
    outputs = tuple(
        _common(one, other) for one, other in zip(first.outputs, second.outputs, strict=True)
    )
    keys: dict[tuple[str, str], Benefactor] = {}
    for each in (*first.benefactors, *second.benefactors):
        known = keys.get(_key(each))
        origins = each.origins if known is None else (*known.origins, *each.origins)
        keys[_key(each)] = replace(each, origins=tuple(dict.fromkeys(origins)))
    benefactors = _named_apart(keys.values())
    _check_cut(union, benefactors)
    sides = [_side(each, outputs, list(keys)) for each in terms]
    sql = f" {'UNION ALL' if union.keeps_all else 'UNION'} ".join(sides)
    is_guarded = first.is_guarded or second.is_guarded
    whole = Statement(sql, outputs, (), "", f"({sql})", benefactors, is_guarded)
    if not union.order_by:
        return whole
    relation = _derived(whole, "UNION", ())
    speaker = Speaker([relation], scope.context())
    said = list(relation.columns.values())
    order = [_order(each, said, False, speaker) for each in union.order_by]
    sql = f"SELECT * FROM {speaker.rows(relation)} ORDER BY {', '.join(order)}"
    return replace(whole, sql=sql, source=f"({sql})")


def _common(one: Output, other: Output) -> Output:
    kinds = [Said("", each.kind) for each in (one, other)]
    kind = pieces.common(kinds)
    if one.kind != other.kind and any(each.is_list for each in kinds):
        raise BadRequest(
            f"The column {one.name} of a UNION is {one.kind} in one SELECT and {other.kind} in"
            " another."
        )
    model = shown(one, one.name)
    if model is None or other.column is None or one.kind != other.kind:
        return Output(one.name, kind, None, max(one.width, other.width))
    model.maximum_size = _larger(model.maximum_size, other.column.maximum_size)
    model.maximum_list_length = _larger(model.maximum_list_length, other.column.maximum_list_length)
    return Output(one.name, kind, model, max(one.width, other.width))


def _larger(one: int | None, other: int | None) -> int | None:
    return max(one or 0, other or 0) or None


def _key(benefactor: Benefactor) -> tuple[str, str]:
    return benefactor.name, benefactor.owner


def _side(
    statement: Statement, outputs: Sequence[Output], benefactors: Sequence[tuple[str, str]]
) -> str:
    mine = [_key(each) for each in statement.benefactors]
    parts = [
        f"b{mine.index(key)} AS b{i}" if key in mine else f"CAST(NULL AS BIGINT) AS b{i}"
        for i, key in enumerate(benefactors)
    ]
    for i, (own, common) in enumerate(zip(statement.outputs, outputs, strict=True)):
        sql = f"({pieces.cast_to(Said(f'o{i}', own.kind), common.kind)})"
        sql += pieces.COLLATION if common.kind in TEXTS else ""
        parts.append(f"{sql} AS o{i}")
    return f"SELECT {', '.join(parts)} FROM ({statement.sql})"
