"""Results are those of PostgreSQL and SQLite, wherever the dialects mean the same.

The queries are made by hypothesis, each said once for us and once for the other database. Where
the dialects differ the generator says the same thing in other words: whole division (``DIV``),
division by zero (NULL here), NULL in the order (first here), texts (here without case and
accents, so there are none of these in the rows). ``make proof`` runs 5,000 queries, the tests
some.
"""

from __future__ import annotations

import asyncio
import math
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import column, query, rows, table, transact
from tests.server.tables.test_derived import materialized
from tests.services import fresh_database

from synapse_server.settings import Settings

QUERIES = int(os.environ.get("SYNAPSE_PROOF_QUERIES", "100"))
OF_A_TABLE = 25
Pair = tuple[str, str]
"""A piece of SQL, ours and the other database's."""


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    """Somebody on a server of its own: the engine is the same beside both databases."""
    server = RunningServer(Settings(data=str(tmp_path_factory.mktemp("server"))))
    yield server.user()
    server.stop()


# ------------------------------------------------------------------ queries of all kinds

COLUMNS = {"a": "INTEGER", "b": "INTEGER", "d": "DOUBLE", "s": "STRING", "t": "BOOLEAN"}
NUMBERS = st.integers(-30, 30)
TEXTS = st.text("abc x", max_size=3)
DOUBLES = st.integers(-40, 40).map(lambda each: each / 4)
CELLS = {"a": NUMBERS, "b": NUMBERS, "d": DOUBLES, "s": TEXTS, "t": st.booleans()}
ROW = st.tuples(*(st.one_of(st.none(), CELLS[name]) for name in COLUMNS))


def same(text: str) -> Pair:
    """What both say alike."""
    return text, text


def both(form: str, *parts: Pair, other: str | None = None) -> Pair:
    """A form filled with parts; the other database may have another form."""
    return form.format(*(each[0] for each in parts)), (other or form).format(
        *(each[1] for each in parts)
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


whole: st.SearchStrategy[Pair] = st.deferred(
    lambda: st.one_of(
        st.sampled_from([same("a"), same("b")]),
        NUMBERS.map(lambda each: both(str(each), other=f"CAST({each} AS BIGINT)")),
        st.builds(
            lambda p, o, r: both(f"({{}} {o} {{}})", p, r), whole, st.sampled_from("+-*"), whole
        ),
        st.builds(
            lambda p, r: both("({} div {})", p, r, other="({} / nullif({}, 0))"), whole, small
        ),
        st.builds(lambda p, r: both("({} % {})", p, r, other="({} % nullif({}, 0))"), whole, small),
        st.builds(
            lambda p, r: both("ifnull({}, {})", p, r, other="coalesce({}, {})"), whole, whole
        ),
        st.builds(lambda p, r: both("nullif({}, {})", p, r), small, small),
        st.builds(lambda p, m, r: both("coalesce({}, {}, {})", p, m, r), whole, whole, whole),
        st.builds(
            lambda c, p, r: both("case when {} then {} else {} end", c, p, r),
            condition,
            whole,
            whole,
        ),
        st.builds(lambda c, p: both("case when {} then {} end", c, p), condition, whole),
        st.builds(
            lambda x, v, p: both("case {} when {} then {} else 0 end", x, v, p), small, small, whole
        ),
    )
)
small = st.one_of(
    st.sampled_from([same("a"), same("b")]), st.integers(0, 5).map(lambda n: same(str(n)))
)
double = st.one_of(
    st.just(same("d")),
    st.builds(
        lambda p, r: both("({} / {})", p, r, other="(CAST({} AS float8) / nullif({}, 0))"),
        whole,
        small,
    ),
    st.builds(lambda p, r: both("({} + {})", p, r), st.just(same("d")), small),
)
text = st.one_of(
    st.just(same("s")),
    st.builds(lambda p: both("upper({})", p), st.just(same("s"))),
    st.builds(
        lambda p, r: both("concat({}, {})", p, r, other="({} || {})"),
        st.just(same("s")),
        TEXTS.map(lambda t: same(_quoted(t))),
    ),
    st.builds(lambda p: both("replace({}, 'a', 'bb')", p), st.just(same("s"))),
    st.builds(
        lambda p, r: both("ifnull({}, {})", p, r, other="coalesce({}, {})"),
        st.just(same("s")),
        TEXTS.map(lambda t: same(_quoted(t))),
    ),
)
left = st.one_of(
    st.sampled_from([same("a"), same("b"), same("d")]),
    st.builds(lambda p, r: both("ifnull({}, {})", p, r, other="coalesce({}, {})"), whole, whole),
)
predicate = st.one_of(
    st.builds(
        lambda p, o, r: both(f"{{}} {o} {{}}", p, r),
        left,
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        st.one_of(whole, double),
    ),
    st.builds(
        lambda p, n, x, y: both(f"{{}} {n}between {{}} and {{}}", p, x, y),
        left,
        st.sampled_from(["", "not "]),
        whole,
        whole,
    ),
    st.builds(
        lambda p, n, x: both(f"{{}} {n}in ({{}}, {{}}, {{}})", p, *x),
        left,
        st.sampled_from(["", "not "]),
        st.tuples(whole, small, small),
    ),
    st.builds(
        lambda n: same(f"{n[0]} is {n[1]}null"),
        st.tuples(st.sampled_from("abdst"), st.sampled_from(["", "not "])),
    ),
    st.builds(
        lambda n: same(f"t is {n[0]}{n[1]}"),
        st.tuples(st.sampled_from(["", "not "]), st.sampled_from(["true", "false"])),
    ),
    st.builds(lambda v: same(f"t = {v}"), st.sampled_from(["true", "false"])),
    st.builds(
        lambda o, v: same(f"s {o} {_quoted(v)}"),
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        TEXTS,
    ),
    st.builds(
        lambda n, v: same(f"s {n}like {_quoted(v)}"),
        st.sampled_from(["", "not "]),
        st.text("ab%_ ", max_size=4),
    ),
    st.builds(
        lambda v: same(f"s in ({', '.join(map(_quoted, v))})"),
        st.lists(TEXTS, min_size=1, max_size=3),
    ),
)
condition: st.SearchStrategy[Pair] = st.deferred(
    lambda: st.one_of(
        predicate,
        predicate,
        st.builds(lambda x: both("not {}", x), predicate),
        st.builds(lambda x, y: both("({} and {})", x, y), condition, condition),
        st.builds(lambda x, y: both("({} or {})", x, y), condition, condition),
        st.builds(
            lambda x, w: both(f"({{}}) is {w}", x),
            condition,
            st.sampled_from(["true", "false", "not true", "not false"]),
        ),
        st.builds(lambda x: both("({}) is unknown", x), condition),
    )
)
value = st.one_of(whole, double, text, st.just(same("t")))
aggregate = st.one_of(
    st.sampled_from(
        [
            same("count(*)"),
            same("min(s)"),
            same("max(s)"),
            same("count(distinct s)"),
            same("count(t)"),
        ]
    ),
    st.builds(
        lambda f, x: both(f"{f}({{}})", x), st.sampled_from(["min", "max", "count", "sum"]), whole
    ),
    st.builds(
        lambda f, x: both(f"{f}(distinct {{}})", x), st.sampled_from(["count", "sum"]), whole
    ),
    st.builds(lambda x: both("avg({})", x, other="avg(CAST({} AS float8))"), whole),
    st.builds(
        lambda f, x: both(f"{f}({{}})", x, other=f"{f}(CAST({{}} AS float8))"),
        st.sampled_from(["stddev_pop", "stddev_samp", "var_pop", "var_samp"]),
        st.sampled_from([same("a"), same("b")]),
    ),
    st.builds(lambda f: same(f"{f}(b)"), st.sampled_from(["bit_and", "bit_or", "bit_xor"])),
)


def _clauses(draw: st.DrawFn) -> Pair:
    return both(" where {}", draw(condition)) if draw(st.booleans()) else same("")


def _nulls(key: str, direction: str) -> Pair:
    nulls = "nulls last" if direction == "desc" else "nulls first"
    return f"{key} {direction}", f"{key} {direction} {nulls}"


def _listed(pairs: list[Pair]) -> Pair:
    return ", ".join(each[0] for each in pairs), ", ".join(each[1] for each in pairs)


@st.composite
def queries(draw: st.DrawFn) -> tuple[Pair, bool]:
    """A query, and whether the order of its rows is said."""
    kind = draw(st.sampled_from(["rows", "rows", "distinct", "groups", "whole", "with", "having"]))
    where = _clauses(draw)
    source = both(" from {}", ("{table}", "{table}"))
    if kind in ("rows", "distinct"):
        items = draw(st.lists(value, min_size=1, max_size=4))
        named = [both(f"{{}} as x{i}", each) for i, each in enumerate(items)]
        word = "distinct " if kind == "distinct" else ""
        directions = [draw(st.sampled_from(["asc", "desc"])) for _ in items]
        order = _listed([_nulls(f"x{i}", way) for i, way in enumerate(directions)])
        limit = draw(st.sampled_from(["", " limit 5", " limit 4 offset 2"]))
        found = both(
            f"select {word}{{}}{{}}{{}} order by {{}}{limit}", _listed(named), source, where, order
        )
        return found, True
    if kind == "whole":
        items = draw(st.lists(aggregate, min_size=1, max_size=4))
        return both("select {}{}{}", _listed(items), source, where), True
    if kind == "with":
        inner = [both(f"{{}} as x{i}", draw(whole)) for i in range(2)]
        outer = draw(st.sampled_from(["sum(x0)", "count(distinct x1)", "max(x0 + x1)"]))
        body = both("with c as (select {}{}{})", _listed(inner), source, where)
        return both(f"{{}} select x1, {outer} from c where x0 is not null group by x1", body), False
    keys = draw(st.lists(st.sampled_from("abst"), min_size=1, max_size=2, unique=True))
    items = [same(each) for each in keys] + draw(st.lists(aggregate, min_size=1, max_size=3))
    having = same("")
    if kind == "having":
        # A condition over groups begins with a function.
        having = both(
            " having {} > {}",
            draw(st.sampled_from([same("count(*)"), same("max(a)"), same("sum(b)")])),
            draw(NUMBERS.map(lambda n: same(str(n)))),
        )
    return both(
        f"select {{}}{{}}{{}} group by {', '.join(keys)}{{}}", _listed(items), source, where, having
    ), False


def _plain(value: Any) -> Any:
    """A value of either side, as numbers and texts compare."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float) or value.__class__.__name__ == "Decimal":
        return float(value)
    return value


def _ours(text: str | None, kind: str) -> Any:
    if text is None or kind == "STRING":
        return text
    return float(text == "true") if kind == "BOOLEAN" else float(text)


def _key(row: list[Any]) -> Any:
    return [
        (
            each is not None,
            isinstance(each, str),
            each if isinstance(each, str) else round(each or 0, 6),
        )
        for each in row
    ]


def _compare(user: User, sql: str, expected: list[list[Any]], in_order: bool) -> None:
    answer = query(user, sql)["queryResult"]["queryResults"]
    kinds = [each["columnType"] for each in answer["headers"]]
    found = [
        [_ours(value, kind) for value, kind in zip(row["values"], kinds, strict=True)]
        for row in answer["rows"]
    ]
    if not in_order:
        found, expected = sorted(found, key=_key), sorted(expected, key=_key)
    assert len(found) == len(expected), sql
    for mine, theirs in zip(found, expected, strict=True):
        for one, other in zip(mine, theirs, strict=True):
            if isinstance(one, float) and isinstance(other, float):
                assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9), (sql, mine, theirs)
            else:
                assert one == other, (sql, mine, theirs)


def test_the_combined_sql_asks_the_same(user: User) -> None:
    @_settings(QUERIES)
    @given(
        st.lists(ROW, min_size=4, max_size=12),
        st.lists(queries(), min_size=OF_A_TABLE, max_size=OF_A_TABLE),
    )
    def compare(made: list[tuple[Any, ...]], asked: list[tuple[Pair, bool]]) -> None:
        id = _table(user, COLUMNS, made)
        for (ours, _), in_order in asked:
            sql = ours.replace("{table}", id)
            found = query(user, sql, 0x101)
            again = query(user, found["combinedSql"], 0x101)
            assert again["combinedSql"] == found["combinedSql"]
            first, second = (each["queryResult"]["queryResults"] for each in (found, again))
            assert second["headers"] == first["headers"]
            one, other = ([row["values"] for row in each["rows"]] for each in (first, second))
            assert (
                (one == other) if in_order else (sorted(map(str, one)) == sorted(map(str, other)))
            )

    compare()


def _table(user: User, columns: dict[str, str], made: list[tuple[Any, ...]]) -> str:
    ids = [column(user, name, kind) for name, kind in columns.items()]
    id = str(table(user, ids)["id"])
    if made:
        transact(user, id, rows(id, ids, made))
    return id


async def _copy(db: asyncpg.Connection, name: str, made: list[tuple[Any, ...]]) -> None:
    """The same table in PostgreSQL."""
    names = {"INTEGER": "bigint", "DOUBLE": "float8", "STRING": 'text COLLATE "C"'}
    form = ", ".join(f"{column} {names.get(kind, kind)}" for column, kind in COLUMNS.items())
    await db.execute(f"CREATE TABLE {name} ({form})")
    marks = ", ".join(f"${i + 1}" for i in range(len(COLUMNS)))
    await db.executemany(f"INSERT INTO {name} VALUES ({marks})", made)


def _settings(queries: int) -> settings:
    return settings(
        max_examples=max(1, queries // OF_A_TABLE),
        deadline=None,
        database=None,
        derandomize=queries < 1000,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.proof
def test_results_are_those_of_postgresql(user: User, postgres_url: str) -> None:
    loop = asyncio.new_event_loop()
    url = loop.run_until_complete(fresh_database(postgres_url))
    db = loop.run_until_complete(asyncpg.connect(url))

    @_settings(QUERIES)
    @given(
        st.lists(ROW, max_size=12), st.lists(queries(), min_size=OF_A_TABLE, max_size=OF_A_TABLE)
    )
    def compare(made: list[tuple[Any, ...]], asked: list[tuple[Pair, bool]]) -> None:
        id = _table(user, COLUMNS, made)
        loop.run_until_complete(_copy(db, id, made))
        for (ours, theirs), in_order in asked:
            found = loop.run_until_complete(db.fetch(theirs.replace("{table}", id)))
            expected = [[_plain(each) for each in row] for row in found]
            _compare(user, ours.replace("{table}", id), expected, in_order)
        loop.run_until_complete(db.execute(f"DROP TABLE {id}"))

    compare()
    loop.run_until_complete(db.close())
    loop.close()


# ------------------------------------------------------------------ joins and unions


@st.composite
def definitions(draw: st.DrawFn) -> Pair:
    """What defines a materialized view of two tables, with columns x0, x1 and x2."""

    def selected(*marks: str) -> str:
        names = [f"{draw(st.sampled_from(marks))}.{draw(st.sampled_from('ab'))}" for _ in range(2)]
        return f"{names[0]} as x0, {names[1]} as x1, {draw(st.sampled_from(marks))}.s as x2"

    def joined(kind: str) -> Pair:
        word = draw(st.sampled_from(["join", "inner join", "left join", "right outer join"]))
        on = draw(
            st.sampled_from(
                ["p.a = q.a", "p.a = q.b and p.s = q.s", "p.s = q.s", "p.a < q.b", "p.d = q.a",
                 "p.a = q.a or p.b = q.b", "p.t = q.t and q.a is not null"]
            )
        )  # fmt: skip
        where = draw(
            st.sampled_from(["", " where p.a > 0", " where q.s is null", " where p.t is true"])
        )
        return same(f"{kind} {selected('p', 'q')} from {{one}} p {word} {{two}} q on {on}{where}")

    def single() -> Pair:
        return same(f"select {selected('p')} from {draw(st.sampled_from(['{one}', '{two}']))} p")

    shape = draw(
        st.sampled_from(["join", "distinct", "union", "union all", "three", "group", "named"])
    )
    if shape == "join":
        return joined("select")
    if shape == "distinct":
        return joined("select distinct")
    if shape in ("union", "union all"):
        return both(f"{{}} {shape} {{}}", joined("select"), single())
    if shape == "three":
        words = draw(st.lists(st.sampled_from(["union", "union all"]), min_size=2, max_size=2))
        return both(f"{{}} {words[0]} {{}} {words[1]} {{}}", single(), single(), single())
    if shape == "group":
        return same(
            "select p.a as x0, count(*) as x1, max(q.s) as x2 from {one} p left join {two} q"
            " on p.a = q.a group by p.a"
        )
    return both(
        "with c as ({}) select x1 as x0, x0 as x1, x2 from c where x0 is not null", joined("select")
    )


@pytest.mark.proof
def test_joins_and_unions_are_those_of_postgresql(user: User, postgres_url: str) -> None:
    loop = asyncio.new_event_loop()
    url = loop.run_until_complete(fresh_database(postgres_url))
    db = loop.run_until_complete(asyncpg.connect(url))
    project = user.project()["id"]

    @_settings(QUERIES)
    @given(
        st.lists(ROW, max_size=8),
        st.lists(ROW, max_size=8),
        st.lists(definitions(), min_size=5, max_size=5),
    )
    def compare(one: list[Any], two: list[Any], asked: list[Pair]) -> None:
        names = {"one": _table(user, COLUMNS, one), "two": _table(user, COLUMNS, two)}
        for name, made in (("one", one), ("two", two)):
            loop.run_until_complete(_copy(db, names[name], made))
        for ours, theirs in asked:
            made_of = ours.format(**names)
            id = materialized(user, made_of, project)
            found = loop.run_until_complete(db.fetch(theirs.format(**names)))
            expected = [[_plain(each) for each in row] for row in found]
            _compare(user, f"select x0, x1, x2 from {id}", expected, in_order=False)
        for name in names.values():
            loop.run_until_complete(db.execute(f"DROP TABLE {name}"))

    compare()
    loop.run_until_complete(db.close())
    loop.close()


# ------------------------------------------------------------------ statements like sqllogictest

FIVE = dict.fromkeys("abcde", "INTEGER")
THIRTY = st.lists(
    st.tuples(*(st.one_of(st.integers(100, 250), st.none()) for _ in FIVE)),
    min_size=30,
    max_size=30,
)
_ITEMS = (
    "a", "b", "c", "d", "e", "a-b", "c-d", "b-c", "d-e", "a+b*2", "a+b*2+c*3", "a+b*2+c*3+d*4",
    "a+b*2+c*3+d*4+e*5", "(a+b+c+d+e)/5", "a*0", "-d",
    "CASE WHEN a<b-3 THEN 111 WHEN a<=b THEN 222 WHEN a<b+3 THEN 333 ELSE 444 END",
    "CASE a+1 WHEN b THEN 111 WHEN c THEN 222 WHEN d THEN 333 WHEN e THEN 444 ELSE 555 END",
    "CASE WHEN c>d THEN c END", "COALESCE(a,b,c)", "NULLIF(d,e)", "IFNULL(e,0)",
)  # fmt: skip
_CONDITIONS = (
    "a>b", "b>c", "c>d", "d>e", "(c<=d-2 OR c>=d+2)", "(a>b-2 AND a<b+2)", "(e>a AND e<b)",
    "(e>c OR e<d)", "d NOT BETWEEN 110 AND 150", "c BETWEEN b-2 AND d+2", "b IS NOT NULL",
    "c IN (101, 150, 199, a, b)", "NOT d=e", "a IS NULL", "(a>200 AND NOT (b<120 OR c IS NULL))",
)  # fmt: skip
_COUNTED = (
    "count(*)", "count(a)", "sum(b)", "min(c)", "max(d)", "avg(e)", "count(DISTINCT a)",
    "sum(a+b)", "max(CASE WHEN a>b THEN a ELSE b END)",
)  # fmt: skip


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A SELECT as the files of sqllogictest have them."""
    some = st.lists(st.sampled_from(_CONDITIONS), max_size=3)
    glue = draw(st.sampled_from([" AND ", " OR ", "\n   AND "]))
    conditions = draw(some)
    where = f"\n WHERE {glue.join(conditions)}" if conditions else ""
    if draw(st.integers(0, 3)) == 0:
        items = draw(st.lists(st.sampled_from(_COUNTED), min_size=1, max_size=4))
        return f"SELECT {', '.join(items)}\n  FROM {{table}}{where}"
    items = draw(st.lists(st.sampled_from(_ITEMS), min_size=1, max_size=6))
    order = list(range(1, len(items) + 1))
    order = draw(st.permutations(order))
    word = draw(st.sampled_from(["", "", "DISTINCT "]))
    return (
        f"SELECT {word}{', '.join(items)}\n  FROM {{table}}{where}"
        f"\n ORDER BY {','.join(map(str, order))}"
    )


@pytest.mark.proof
def test_results_are_those_of_sqlite(user: User, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "other.db")

    @_settings(QUERIES)
    @given(THIRTY, st.lists(statements(), min_size=OF_A_TABLE, max_size=OF_A_TABLE))
    def compare(made: list[tuple[Any, ...]], asked: list[str]) -> None:
        id = _table(user, FIVE, made)
        db.execute(f"CREATE TABLE {id} (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER)")
        db.executemany(f"INSERT INTO {id} VALUES (?, ?, ?, ?, ?)", made)
        for each in asked:
            # A division is one of whole numbers there.
            theirs = each.replace("(a+b+c+d+e)/5", "(a+b+c+d+e)/5.0").replace("{table}", id)
            expected = [[_plain(value) for value in row] for row in db.execute(theirs)]
            _compare(user, each.replace("{table}", id), expected, in_order=True)
        db.execute(f"DROP TABLE {id}")

    compare()
    db.close()
