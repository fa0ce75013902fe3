"""The grammar: what it has is read, what it does not have is refused, and the error says where.

Statements are made from the grammar by hypothesis, for definitions of materialized views, which may
have all of it. They need not mean anything: that they are read is what is asked. Then each is
broken at a random place by what fits nowhere. ``make proof`` makes 5,000, the tests some.
"""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import column, table

STATEMENTS = int(os.environ.get("SYNAPSE_PROOF_QUERIES", "300"))
Tokens = list[str]


@pytest.fixture(scope="module")
def place(server: RunningServer) -> tuple[User, str]:
    """Somebody, and a table."""
    user = server.user()
    columns = [
        column(user, "a", "INTEGER"),
        column(user, "b", "DOUBLE"),
        column(user, "s"),
        column(user, "l", "STRING_LIST"),
        column(user, 'odd "name"'),
    ]
    return user, str(table(user, columns)["id"])


def read(place: tuple[User, str], sql: str, kind: str = "materializedview") -> str | None:
    """None if the SQL was read, whatever it means; or why it was not."""
    user, id = place
    body = {"definingSql": sql.replace("{t}", id), "entityType": kind}
    found = user.post("/validateDefiningSql", body, 200)
    reason = found.get("invalidReason", "")
    is_read = not reason.startswith("The SQL cannot be read") and "keyword is not" not in reason
    return None if is_read else str(reason)


# ------------------------------------------------------------------ statements of the grammar


def words(*some: str) -> st.SearchStrategy[Tokens]:
    """One of some words, in any case."""
    return st.sampled_from(some).flatmap(
        lambda word: st.sampled_from([word, word.lower(), word.capitalize()]).map(lambda w: [w])
    )


def joined(*parts: st.SearchStrategy[Tokens]) -> st.SearchStrategy[Tokens]:
    """One part after the other."""
    return st.tuples(*parts).map(lambda each: [token for part in each for token in part])


def maybe(part: st.SearchStrategy[Tokens]) -> st.SearchStrategy[Tokens]:
    """The part, or nothing."""
    return st.one_of(st.just([]), part)


def some(part: st.SearchStrategy[Tokens], mark: Tokens, most: int = 3) -> st.SearchStrategy[Tokens]:
    """The part several times, with something between."""

    def between(parts: list[Tokens]) -> Tokens:
        found = list(parts[0])
        for each in parts[1:]:
            found += [*mark, *each]
        return found

    return st.lists(part, min_size=1, max_size=most).map(between)


def plain(*tokens: str) -> st.SearchStrategy[Tokens]:
    """These tokens."""
    return st.just(list(tokens))


def either(*parts: Any) -> st.SearchStrategy[Tokens]:
    """One of the parts."""
    return st.one_of(*parts)


TEXT = st.text("ab'%_é \"`;-/*", max_size=6).map(lambda each: ["'" + each.replace("'", "''") + "'"])
NUMBER = either(
    st.integers(0, 2**63 - 1).map(lambda each: [str(each)]),
    st.sampled_from(["1.5", ".5", "2.", "1e3", "1.5E-3", ".1e+2"]).map(lambda each: [each]),
)
NAME = either(
    plain("a"), plain("b"), plain("s"), plain('"odd ""name"""'), plain("`s`"), plain("_x1")
)
COLUMN = either(NAME, joined(plain("t0"), plain("."), NAME), joined(plain("{t}"), plain("."), NAME))
COMMA = [","]
expression: st.SearchStrategy[Tokens] = st.deferred(
    lambda: either(
        COLUMN,
        TEXT,
        NUMBER,
        words("NULL"),
        joined(plain("("), expression, plain(")")),
        joined(expression, st.sampled_from("+-*/%").map(lambda o: [o]), expression),
        joined(expression, words("DIV"), primary),
        joined(st.sampled_from("+-").map(lambda o: [o]), primary),
        function,
        joined(words("CASE"), expression, words("WHEN"), expression, words("THEN"), expression, words("END")),
        joined(words("CASE"), words("WHEN"), condition, words("THEN"), expression, maybe(joined(words("ELSE"), expression)), words("END")),
        cast,
        joined(words("NOW"), st.sampled_from("+-").map(lambda o: [o]), words("INTERVAL"), NUMBER, words("DAY", "WEEK", "QUARTER", "MICROSECOND")),
    )
)  # fmt: skip
cast = st.deferred(
    lambda: joined(words("CAST"), plain("("), expression, words("AS"), either(words("INTEGER", "STRING", "DOUBLE"), plain("123")), plain(")"))
)  # fmt: skip
primary = either(COLUMN, NUMBER, TEXT)
arguments = some(expression, COMMA)
function = st.deferred(
    lambda: either(
        joined(words("UPPER", "TRIM", "ROUND", "CRC32", "YEAR", "UNNEST", "JSON_QUOTE"), plain("("), expression, plain(")")),
        joined(words("CONCAT", "COALESCE", "IFNULL", "REPLACE", "JSON_ARRAY"), plain("("), arguments, plain(")")),
        joined(words("COUNT", "SUM", "STDDEV_POP", "BIT_XOR"), plain("("), maybe(words("DISTINCT")), expression, plain(")")),
        joined(plain("count"), plain("("), plain("*"), plain(")")),
        joined(words("GROUP_CONCAT"), plain("("), expression, maybe(joined(words("ORDER"), words("BY"), orders)), maybe(joined(words("SEPARATOR"), TEXT)), plain(")")),
        words("CURRENT_TIMESTAMP", "CURRENT_DATE", "NOW"),
        joined(words("CURRENT_USER", "NOW", "UNIX_TIMESTAMP"), plain("("), plain(")")),
    )
)  # fmt: skip
NOT = maybe(words("NOT"))
left = either(COLUMN, function, cast)
listed = joined(plain("("), arguments, plain(")"))
escape = maybe(joined(words("ESCAPE"), plain("'|'")))
predicate = st.deferred(
    lambda: either(
        joined(left, st.sampled_from(["=", "<>", "<", ">", "<=", ">="]).map(lambda o: [o]), either(expression, words("TRUE", "FALSE", "UNKNOWN", "DEFAULT"))),
        joined(left, NOT, words("BETWEEN"), expression, words("AND"), expression),
        joined(left, NOT, words("IN"), listed),
        joined(left, NOT, words("LIKE"), expression, escape),
        joined(left, words("IS"), NOT, words("NULL", "TRUE", "FALSE", "UNKNOWN")),
        joined(plain("l"), NOT, words("HAS"), listed),
        joined(plain("l"), NOT, words("HAS_LIKE"), listed, escape),
        joined(words("ISNAN", "ISINFINITY"), plain("("), COLUMN, plain(")")),
        joined(words("TEXT_MATCHES"), plain("("), TEXT, plain(")")),
    )
)  # fmt: skip
condition: st.SearchStrategy[Tokens] = st.deferred(
    lambda: either(
        predicate,
        joined(words("NOT"), predicate),
        joined(condition, words("AND", "OR"), condition),
        joined(plain("("), condition, plain(")"), maybe(joined(words("IS"), NOT, words("TRUE", "FALSE", "UNKNOWN")))),
    )
)  # fmt: skip
orders = some(joined(expression, maybe(words("ASC", "DESC"))), COMMA)
item = joined(expression, maybe(joined(words("AS"), NAME)))
source = joined(plain("{t}"), maybe(joined(maybe(words("AS")), plain("t0"))))
join = joined(
    either(words("JOIN"), joined(words("INNER"), words("JOIN"))),
    plain("{t}", "t1"),
    maybe(joined(words("ON"), condition)),
)
outer = joined(words("LEFT", "RIGHT"), maybe(words("OUTER")), words("JOIN"), plain("{t}", "t2"), words("ON"), condition)  # fmt: skip
limit = joined(words("LIMIT"), plain("10"), maybe(joined(words("OFFSET"), plain("5"))))
head = joined(
    words("SELECT"), maybe(words("ALL", "DISTINCT")), either(plain("*"), some(item, COMMA))
)
middle = joined(
    maybe(joined(words("WHERE"), condition)),
    maybe(joined(words("GROUP"), words("BY"), some(expression, COMMA))),
)
tail = joined(maybe(joined(words("ORDER"), words("BY"), orders)), maybe(limit))
select = joined(head, words("FROM"), source, maybe(join), maybe(outer), middle)
term = either(select, joined(plain("("), select, tail, plain(")")))
union = joined(
    some(term, ["UNION"], 2), maybe(joined(words("UNION"), words("ALL", "DISTINCT"), term))
)
named = joined(
    words("WITH"), plain("c"), maybe(plain("(", "a", ",", "b", ")")), words("AS"), plain("("),
    select, tail, plain(")"), head, words("FROM"), plain("c"), maybe(plain("t0")),
    maybe(joined(words("DEFINING_WHERE"), condition)), middle, tail,
)  # fmt: skip
statement = joined(either(joined(select, tail), union, named), maybe(plain(";")))
BLANK = st.sampled_from([" ", "  ", "\n", "\t ", " \u00a0", "\r\n"])
WRONG = (
    "!=", "||", "&&", "---", "/*", "::", "?", "$1", "[1]", "#", "@x", "SELECT", "FROM", ")", "(",
    "\\", "^", "~", "|", "&", ":=", "{", "}", "!", "..", "'", '"', "`",
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn) -> tuple[Tokens, str]:
    """The tokens of a statement, and its text."""
    tokens = draw(statement)
    blank = draw(BLANK)
    return tokens, blank.join(tokens)


def _settings() -> settings:
    return settings(
        max_examples=STATEMENTS,
        deadline=None,
        database=None,
        derandomize=STATEMENTS < 1000,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _depth(tokens: Tokens) -> int:
    depth = most = 0
    for each in tokens:
        depth += {"(": 1, ")": -1}.get(each, 0) + (each.upper() == "CASE") - (each.upper() == "END")
        most = max(most, depth)
    return most


@pytest.mark.proof
def test_what_the_grammar_has_is_read(place: tuple[User, str]) -> None:
    @_settings()
    @given(texts())
    def accept(made: tuple[Tokens, str]) -> None:
        tokens, sql = made
        if _depth(tokens) < 15:
            assert read(place, sql) is None, sql

    accept()


@pytest.mark.proof
def test_what_the_grammar_has_not_is_refused(place: tuple[User, str]) -> None:
    @_settings()
    @given(texts(), st.sampled_from(WRONG), st.integers(0, 10_000))
    def refuse(made: tuple[Tokens, str], wrong: str, at: int) -> None:
        tokens, _ = made
        place_of = at % (len(tokens) + 1)
        sql = " ".join([*tokens[:place_of], wrong, *tokens[place_of:]])
        reason = read(place, sql)
        assert reason is not None, sql
        assert re.match(r"The SQL cannot be read at line \d+, column \d+: ", reason), reason

    refuse()


# ------------------------------------------------------------------ point by point

READ = [
    "SELECT a FROM {t}",
    "select\na\tfrom {t}",
    "select a from {t};",
    "select all a from {t}",
    "select a as b from {t}",
    "select a from {t} limit 1",
    "select a from {t} limit 1 offset 0",
    'select "a", `s`, "odd ""name""" from {t}',
    "select count(*) from {t}",
    "select COUNT(*) from {t}",
    "select a from {t} where s = 'it''s'",
    "select a from {t} where s = '-- /* ; é'",
    "select a from {t} where a <> 1",
    "select a\u00a0from\u00a0{t}",
    "select {t}.a from {t}",
    "select x.a from {t} x",
    "select x.a from {t} as x",
    "select a from {t} where not a = 1",
    "select a from {t} where (a = 1) is not true",
    "select -a, +a, - 1, -1 from {t}",
    "select a from {t} where a = -9223372036854775808",
    "select year from {t}",  # the name of a function without its parentheses is a name
    "select a from {t} where a = unknown",
    "select now, current_date() from {t}",
    # Ours beyond the grammar:
    "select a, count(*) from {t} group by a having count(*) > 1",
    "select a from {t} group  by a order\nby a",
    "select count( * ) from {t}",
    "select true, false from {t}",
]
REFUSED = [
    ("select a b from {t}", "FROM", 10),
    ("select a from {t} where a != 1", "'!' has no place here", None),
    ("select a from {t} where a + 1 = 2", "a comparison", None),
    ("select a from {t} where 1 = a", "on the left", None),
    ("select a from {t} where 'x' = s", "on the left", None),
    ("select a from {t} where (a) = 1", "a comparison", None),
    ("select a from {t} where case when a = 1 then 1 end = 1", "on the left", None),
    ("select a from {t} where a", "a comparison", None),
    ("select a from {t} where not not a = 1", "a column, a value or a function", None),
    ("select a from {t} limit 1, 2", "the end of the query", None),
    ("select a from {t} limit 1.5", "a whole number", None),
    ("select a from {t} limit a", "a whole number", None),
    ("select a from {t} offset 1", "the end of the query", None),
    ("select a from {t} order by a nulls last", "the end of the query", None),
    ("select a from {t} where a is 1", "NULL, TRUE, FALSE or UNKNOWN", None),
    ("select a from {t} where a in ()", "a column, a value or a function", None),
    ("select a from {t} where a = 1 = 1", "the end of the query", None),
    ("select a, from {t}", "a column, a value or a function", None),
    ("select , a from {t}", "a column, a value or a function", None),
    ("select from {t}", "a column, a value or a function", 8),
    ("select a from", "the id of a table", None),
    ("select a from {t},{t}", "the end of the query", None),
    ("select a from t", "the id of a table", None),
    ("select a from {t} as 'x'", "a name for the table", None),
    ("select a from {t} where s like 'a' escape 'ab'", "one character", None),
    ("select nosuch(a) from {t}", "there is no function nosuch", 8),
    ("select sum(*) from {t}", "an expression", None),
    ("select a.b.c from {t}", "FROM", None),
    ("select upper(distinct s) from {t}", "a column, a value or a function", None),
    ("select cast(a) from {t}", "AS", None),
    ("select case end from {t}", "a column, a value or a function", None),
    ("select interval 1 fortnight from {t}", "a unit such as DAY", None),
    ("select a from {t} where text_matches(s)", "a text of words in quotes", None),
    ("select select from {t}", "a column, a value or a function", None),
    ("select a as select from {t}", "a name", None),
    ("select a\nfrom {t}\nwhere a ==\n1", "a column, a value", None),
    ("select a from {t};;", "the end of the query", None),
    (
        "select exists from {t} where exists (select a from {t})",
        "there is no function exists",
        None,
    ),
]


@pytest.mark.parametrize("sql", READ)
def test_points_that_are_read(place: tuple[User, str], sql: str) -> None:
    assert read(place, sql) is None
    assert read(place, sql, "virtualtable") is None


@pytest.mark.parametrize(("sql", "reason", "at"), REFUSED)
def test_points_that_are_refused(
    place: tuple[User, str], sql: str, reason: str, at: int | None
) -> None:
    for kind in ("materializedview", "virtualtable"):
        found = read(place, sql, kind)
        assert found is not None
        assert reason in found
        line = sql.count("\n", 0, sql.index("==") + 1) + 1 if "==" in sql else 1
        assert f"at line {line}, column {at or ''}" in found
