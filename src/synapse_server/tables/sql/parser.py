"""The grammar of queries: text into a tree, or an error that names the place.

There is one SELECT from one table, or from what WITH names. The SQL that defines a materialized view
may join tables and unite SELECTs. Sub-queries elsewhere, window functions, comments and several
statements are no part of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple, NoReturn

from synapse_server.tables.sql import tree
from synapse_wire.errors import BadRequest

MOST_CHARACTERS = 256_000
_MOST_DEPTH = 60
_MOST_CHAIN = 400
_MOST_ITEMS = 1_000
_MOST_TABLES = 50
_MOST_STRING = 1_000
_MOST_DIGITS = 100
_MOST_NUMBER = 2**63 - 1

_TOKEN = re.compile(
    r"""
      (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<table>syn\d+(?:\.\d+)?)(?![A-Za-z0-9_])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+"|`(?:[^`]|``)+`)
    | (?P<sign><>|<=|>=|[-+*/%=<>(),.;])
    """,
    re.VERBOSE | re.IGNORECASE,
)

KEYWORDS = frozenset(
    [
        "ALL",
        "AND",
        "AS",
        "ASC",
        "BETWEEN",
        "BY",
        "CASE",
        "CAST",
        "DEFAULT",
        "DEFINING_WHERE",
        "DESC",
        "DISTINCT",
        "DIV",
        "ELSE",
        "END",
        "ESCAPE",
        "FALSE",
        "FROM",
        "GROUP",
        "HAS",
        "HAS_LIKE",
        "HAVING",
        "IN",
        "INNER",
        "INTERVAL",
        "IS",
        "JOIN",
        "LEFT",
        "LIKE",
        "LIMIT",
        "NOT",
        "NULL",
        "OFFSET",
        "ON",
        "OR",
        "ORDER",
        "OUTER",
        "RIGHT",
        "SELECT",
        "SEPARATOR",
        "THEN",
        "TRUE",
        "UNION",
        "UNKNOWN",
        "WHEN",
        "WHERE",
        "WITH",
    ]
)
UNITS = frozenset(
    ["MICROSECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]
)
AGGREGATES = frozenset(
    [
        "AVG",
        "COUNT",
        "MIN",
        "MAX",
        "SUM",
        "BIT_AND",
        "BIT_OR",
        "BIT_XOR",
        "STD",
        "STDDEV",
        "STDDEV_POP",
        "STDDEV_SAMP",
        "VAR_POP",
        "VAR_SAMP",
        "VARIANCE",
        "GROUP_CONCAT",
        "JSON_ARRAYAGG",
    ]
)
FUNCTIONS = AGGREGATES | frozenset(
    [
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "NOW",
        "FROM_UNIXTIME",
        "DATE",
        "DAYNAME",
        "MONTHNAME",
        "UNIX_TIMESTAMP",
        "YEARWEEK",
        "DAYOFYEAR",
        "DAYOFMONTH",
        "DAYOFWEEK",
        "WEEKOFYEAR",
        "MICROSECOND",
        "SECOND",
        "MINUTE",
        "HOUR",
        "DAY",
        "WEEK",
        "MONTH",
        "QUARTER",
        "YEAR",
        "CONCAT",
        "REPLACE",
        "UPPER",
        "LOWER",
        "TRIM",
        "ROUND",
        "CRC32",
        "IFNULL",
        "NULLIF",
        "COALESCE",
        "JSON_OBJECT",
        "JSON_ARRAY",
        "JSON_SEARCH",
        "JSON_EXTRACT",
        "JSON_QUOTE",
        "JSON_UNQUOTE",
        "JSON_OVERLAPS",
        "UNNEST",
        "CURRENT_USER",
    ]
)
_NO_PARENTHESES = frozenset(["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "NOW"])
_TESTS = frozenset(("ISNAN", "ISINFINITY"))
_COMPARISONS = frozenset(("=", "<>", "<", ">", "<=", ">="))
_JOINS = frozenset(("JOIN", "INNER", "LEFT", "RIGHT"))


class _Token(NamedTuple):
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The text of a word in upper case; of nothing else."""
        return self.text.upper() if self.kind == "word" else ""


def parse(text: str) -> tree.Select:
    """Read a query, or what defines a virtual table: without JOIN and UNION.

    Raises:
        BadRequest: It is none; the text says what was found where.
    """
    found = _Parser(text, joins=False).statement()
    assert isinstance(found, tree.Select), "there is no UNION"
    return found


def parse_view(text: str) -> tree.Query:
    """Read what defines a materialized view, which may join and unite.

    Raises:
        BadRequest: It cannot be read; the text says what was found where.
    """
    return _Parser(text, joins=True).statement()


def _tokens(text: str) -> list[_Token]:
    found = []
    position = 0
    while position < len(text):
        if text[position] <= " " or text[position] >= "\x7f":
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            _refuse(text, position, f"{text[position]!r} has no place here")
        assert match.lastgroup is not None
        found.append(_Token(match.lastgroup, match[match.lastgroup], position))
        position = match.end(match.lastgroup)
    found.append(_Token("end", "", len(text)))
    return found


def _is_cut(select: tree.Select) -> bool:
    return bool(select.order_by) or select.limit is not None


def _refuse(text: str, at: int, what: str) -> NoReturn:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    raise BadRequest(f"The SQL cannot be read at line {line}, column {column}: {what}.")


class _Parser:
    def __init__(self, text: str, *, joins: bool) -> None:
        if len(text) > MOST_CHARACTERS:
            raise BadRequest(f"A query has at most {MOST_CHARACTERS} characters, not {len(text)}.")
        self._text = text
        self._joins = joins
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    # -------------------------------------------------------------- tokens

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _refuse(self, expected: str, token: _Token | None = None) -> NoReturn:
        token = token or self._next
        what = "the end" if token.kind == "end" else repr(token.text[:40])
        _refuse(self._text, token.at, f"{what} was found where {expected} is expected")

    def _is(self, *words: str) -> bool:
        ahead = self._tokens[self._at : self._at + len(words)]
        return [each.word for each in ahead] == list(words)

    def _accept(self, *words: str) -> bool:
        if not self._is(*words):
            return False
        self._at += len(words)
        return True

    def _is_sign(self, sign: str) -> bool:
        return self._next.kind == "sign" and self._next.text == sign

    def _sign(self, sign: str) -> bool:
        if not self._is_sign(sign):
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            self._refuse(word)

    def _expect_sign(self, sign: str) -> None:
        if not self._sign(sign):
            self._refuse(repr(sign))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            self._refuse(f"less nesting than {_MOST_DEPTH} levels")

    def _longer(self, length: int, most: int, what: str) -> int:
        if length == most:
            self._refuse(f"the end; there are at most {most} {what}")
        return length + 1

    # -------------------------------------------------------------- the statement

    def statement(self) -> tree.Query:
        named = self._named() if self._accept("WITH") else None
        found = self._union(named)
        self._sign(";")
        if self._next.kind != "end":
            self._refuse("the end of the query")
        return found

    def _named(self) -> tree.Named:
        name = self._name("a name for the query")
        columns: list[str] = []
        if self._sign("("):
            columns.append(self._name("the name of a column"))
            while self._sign(","):
                columns.append(self._name("the name of a column"))
            self._expect_sign(")")
        self._expect("AS")
        self._expect_sign("(")
        query = self._union(None)
        self._expect_sign(")")
        if self._is_sign(","):
            self._refuse("SELECT; WITH names one query")
        return tree.Named(name, tuple(columns), query)

    def _allow(self, word: str) -> None:
        if not self._joins:
            raise BadRequest(f"The {word} keyword is not supported in this context")

    def _union(self, named: tree.Named | None) -> tree.Query:
        start = self._next
        in_parentheses, first = self._term(named)
        found: tree.Query = first
        count = 1
        while self._is("UNION"):
            self._allow("UNION")
            count = self._longer(count, _MOST_TABLES, "SELECTs in a UNION")
            if not in_parentheses and isinstance(first, tree.Select) and _is_cut(first):
                self._refuse("no ORDER BY or LIMIT before UNION, but in parentheses,", start)
            self._take()
            keeps_all = self._accept("ALL")
            if not keeps_all:
                self._accept("DISTINCT")
            start = self._next
            in_parentheses, first = self._term(named)
            found = tree.Union(found, first, keeps_all)
        if isinstance(found, tree.Union):
            last = found.second
            if not in_parentheses:  # they are of the whole
                whole = last.order_by, last.limit, last.offset
                second = replace(last, order_by=(), limit=None, offset=0)
                return tree.Union(found.first, second, found.keeps_all, *whole)
            if self._is("ORDER", "BY") or self._is("LIMIT"):
                return tree.Union(found.first, last, found.keeps_all, *self._tail())
        return found

    def _term(self, named: tree.Named | None) -> tuple[bool, tree.Select]:
        if not self._sign("("):
            return False, self._select(named)
        found = self._select(named)
        self._expect_sign(")")
        return True, found

    def _select(self, named: tree.Named | None) -> tree.Select:
        self._expect("SELECT")
        is_distinct = self._accept("DISTINCT")
        if not is_distinct:
            self._accept("ALL")
        items: list[tree.Item] = []
        if not self._sign("*"):
            items.append(self._item())
            while self._sign(","):
                self._longer(len(items), _MOST_ITEMS, "items")
                items.append(self._item())
        self._expect("FROM")
        table, alias = self._table(named)
        joins: list[tree.Join] = []
        while self._next.word in _JOINS:
            self._longer(len(joins), _MOST_TABLES - 1, "joins")
            joins.append(self._join())
        if joins and named is not None:
            self._refuse("the end of the query: what WITH names cannot be joined")
        defining = None
        if self._is("DEFINING_WHERE"):
            at = self._take()
            defining = self._condition()
            if named is not None and not isinstance(named.query, tree.Select):
                self._refuse("one SELECT in WITH, for DEFINING_WHERE,", at)
        where = self._condition() if self._accept("WHERE") else None
        group_by: list[tree.Expression] = []
        if self._accept("GROUP", "BY"):
            group_by.append(self._expression())
            while self._sign(","):
                group_by.append(self._expression())
        having = self._condition() if self._accept("HAVING") else None
        order_by, limit, offset = self._tail()
        return tree.Select(
            tuple(items),
            is_distinct,
            table,
            where,
            tuple(group_by),
            having,
            order_by,
            limit,
            offset,
            alias,
            tuple(joins),
            defining,
            named,
        )

    def _tail(self) -> tuple[tuple[tree.Order, ...], int | None, int]:
        order_by: list[tree.Order] = []
        if self._accept("ORDER", "BY"):
            order_by = self._orders()
        limit, offset = None, 0
        if self._accept("LIMIT"):
            limit = self._whole_number()
            if self._accept("OFFSET"):
                offset = self._whole_number()
        return tuple(order_by), limit, offset

    def _table(self, named: tree.Named | None) -> tuple[str, str | None]:
        token = self._next
        if named is not None:
            name = self._name(f"{named.name}, which WITH names,")
            if name != named.name:
                self._refuse(f"{named.name}, which WITH names,", token)
        elif token.kind == "table":
            name = self._take().text
        else:
            self._refuse("the id of a table, such as syn123,", token)
        if self._accept("AS") or (self._next.kind == "word" and self._next.word not in KEYWORDS):
            if self._next.kind != "word":
                self._refuse("a name for the table, without quotes,")
            return name, self._name("a name for the table")
        return name, None

    def _join(self) -> tree.Join:
        at = self._next.at
        self._allow("JOIN")
        kind = "INNER"
        if self._next.word in ("LEFT", "RIGHT"):
            kind = self._take().word
            self._accept("OUTER")
        else:
            self._accept("INNER")
        self._expect("JOIN")
        table, alias = self._table(None)
        on = self._condition() if self._accept("ON") else None
        if on is None and kind != "INNER":
            self._refuse("ON")
        return tree.Join(kind, table, alias, on, at)

    def _item(self) -> tree.Item:
        start = self._next
        expression = self._expression()
        last = self._tokens[self._at - 1]
        text = self._text[start.at : last.at + len(last.text)]
        if self._accept("AS"):
            return tree.Item(expression, self._name("a name"))
        if isinstance(expression, tree.Name) and start.kind != "sign":
            return tree.Item(expression, expression.name)
        return tree.Item(expression, text)

    def _orders(self) -> list[tree.Order]:
        found = [self._order()]
        while self._sign(","):
            found.append(self._order())
        return found

    def _order(self) -> tree.Order:
        expression = self._expression()
        if self._accept("DESC"):
            return tree.Order(expression, True)
        self._accept("ASC")
        return tree.Order(expression)

    def _whole_number(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdecimal() or len(token.text) > 18:
            self._refuse("a whole number", token)
        return int(token.text)

    def _name(self, expected: str) -> str:
        token = self._take()
        if token.kind == "quoted":
            mark = token.text[0]
            return token.text[1:-1].replace(mark * 2, mark)
        if token.kind == "table" and "." not in token.text:
            return token.text
        if token.kind != "word" or token.word in KEYWORDS:
            self._refuse(expected, token)
        return token.text

    # -------------------------------------------------------------- conditions

    def _condition(self) -> tree.Condition:
        self._deeper()
        found = [self._conjunction()]
        while self._accept("OR"):
            found.append(self._conjunction())
        self._depth -= 1
        return found[0] if len(found) == 1 else tree.Any(tuple(found))

    def _conjunction(self) -> tree.Condition:
        found = [self._negation()]
        while self._accept("AND"):
            found.append(self._negation())
        return found[0] if len(found) == 1 else tree.Every(tuple(found))

    def _negation(self) -> tree.Condition:
        if self._accept("NOT"):
            return tree.Not(self._test())
        return self._test()

    def _test(self) -> tree.Condition:
        found: tree.Condition
        if self._sign("("):
            found = self._condition()
            self._expect_sign(")")
        else:
            found = self._predicate()
        if self._accept("IS"):
            negated = self._accept("NOT")
            token = self._take()
            if token.word not in ("TRUE", "FALSE", "UNKNOWN"):
                self._refuse("TRUE, FALSE or UNKNOWN", token)
            found = tree.Is(found, token.word)
            return tree.Not(found) if negated else found
        return found

    def _predicate(self) -> tree.Condition:
        if self._next.word in _TESTS:
            name = self._take().word
            self._expect_sign("(")
            operand = self._expression()
            self._expect_sign(")")
            return tree.Test(name, operand)
        if self._accept("TEXT_MATCHES"):
            self._expect_sign("(")
            token = self._take()
            if token.kind != "string":
                self._refuse("a text of words in quotes", token)
            self._expect_sign(")")
            return tree.Matches(token.text[1:-1].replace("''", "'"))
        start = self._next
        left = self._primary()
        if not isinstance(left, tree.Name | tree.Call | tree.Cast):
            self._refuse("a column or a function on the left of a condition", start)
        if self._next.kind == "sign" and self._next.text in _COMPARISONS:
            return tree.Compare(self._take().text, left, self._right())
        if self._accept("IS"):
            negated = self._accept("NOT")
            token = self._take()
            if token.word not in ("NULL", "TRUE", "FALSE", "UNKNOWN"):
                self._refuse("NULL, TRUE, FALSE or UNKNOWN", token)
            test = tree.Is(left, token.word)
            return tree.Not(test) if negated else test
        negated = self._accept("NOT")
        found = self._relation(left)
        return tree.Not(found) if negated else found

    def _relation(self, left: tree.Expression) -> tree.Condition:
        if self._accept("BETWEEN"):
            low = self._expression()
            self._expect("AND")
            return tree.Between(left, low, self._expression())
        if self._accept("IN"):
            return tree.In(left, self._list())
        if self._accept("LIKE"):
            pattern = self._expression()
            return tree.Like(left, pattern, self._escape())
        if self._accept("HAS"):
            return tree.Has(left, self._list(), False)
        if self._accept("HAS_LIKE"):
            choices = self._list()
            return tree.Has(left, choices, True, self._escape())
        self._refuse("a comparison such as = or LIKE")

    def _list(self) -> tuple[tree.Expression, ...]:
        self._expect_sign("(")
        found = [self._expression()]
        while self._sign(","):
            found.append(self._expression())
        self._expect_sign(")")
        return tuple(found)

    def _escape(self) -> str | None:
        if not self._accept("ESCAPE"):
            return None
        token = self._take()
        if token.kind != "string":
            self._refuse("one character in quotes", token)
        text = self._string(token)
        if len(text) != 1:
            self._refuse("one character in quotes", token)
        return text

    def _right(self) -> tree.Expression:
        if self._accept("UNKNOWN") or self._accept("DEFAULT"):
            return tree.Literal(None)
        return self._expression()

    # -------------------------------------------------------------- expressions

    def _expression(self) -> tree.Expression:
        self._deeper()
        found = self._product()
        length = 0
        while self._next.kind == "sign" and self._next.text in "+-":
            length = self._longer(length, _MOST_CHAIN, "operators in a row")
            operator = self._take().text
            found = tree.Arithmetic(operator, found, self._product())
        self._depth -= 1
        return found

    def _product(self) -> tree.Expression:
        found = self._unary()
        length = 0
        while (self._next.kind == "sign" and self._next.text in "*/%") or self._is("DIV"):
            length = self._longer(length, _MOST_CHAIN, "operators in a row")
            operator = self._take().text.upper()
            found = tree.Arithmetic(operator, found, self._unary())
        return found

    def _unary(self) -> tree.Expression:
        if self._sign("-"):
            if self._next.text == str(_MOST_NUMBER + 1):
                self._take()
                return tree.Literal(-_MOST_NUMBER - 1)
            operand = self._primary()
            if isinstance(operand, tree.Literal) and type(operand.value) in (int, float):
                return tree.Literal(-operand.value)  # type: ignore[operator]
            return tree.Negative(operand)
        self._sign("+")
        return self._primary()

    def _primary(self) -> tree.Expression:
        token = self._next
        if self._sign("("):
            found = self._expression()
            self._expect_sign(")")
            return found
        if token.kind == "number":
            self._take()
            if token.text.isdecimal():
                if len(token.text) > _MOST_DIGITS or int(token.text) > _MOST_NUMBER:
                    self._refuse("a number of 64 bits", token)
                return tree.Literal(int(token.text))
            return tree.Literal(float(token.text))
        if token.kind == "string":
            self._take()
            return tree.Literal(self._string(token))
        if token.word in ("NULL", "TRUE", "FALSE"):
            self._take()
            return tree.Literal({"NULL": None, "TRUE": True, "FALSE": False}[token.word])
        if token.word == "CASE":
            return self._case()
        if token.word == "CAST":
            return self._cast()
        if token.word == "INTERVAL":
            self._take()
            amount = self._unary()
            unit = self._take()
            if unit.word not in UNITS:
                self._refuse("a unit such as DAY", unit)
            return tree.Interval(amount, unit.word)
        if token.kind == "word" and self._tokens[self._at + 1].text == "(":
            return self._call()
        if token.word in _NO_PARENTHESES:
            self._take()
            return tree.Call(token.word, (), token.at)
        return self._column()

    def _column(self) -> tree.Name:
        token = self._next
        if token.kind == "table" and "." in token.text:  # the table of a name, as FROM has it
            self._take()
            self._expect_sign(".")
            return tree.Name(self._name("a column"), token.at, token.text)
        name = self._name("a column, a value or a function")
        if self._sign("."):
            return tree.Name(self._name("a column"), token.at, name)
        return tree.Name(name, token.at)

    def _string(self, token: _Token) -> str:
        text = token.text[1:-1].replace("''", "'")
        if len(text) > _MOST_STRING:
            self._refuse(f"a text of at most {_MOST_STRING} characters", token)
        if "\x00" in text:
            self._refuse("a text without NUL characters", token)
        return text

    def _case(self) -> tree.Expression:
        self._expect("CASE")
        subject = None if self._is("WHEN") else self._expression()
        whens: list[tuple[tree.Expression | tree.Condition, tree.Expression]] = []
        while self._accept("WHEN"):
            when = self._condition() if subject is None else self._expression()
            self._expect("THEN")
            whens.append((when, self._expression()))
        if not whens:
            self._refuse("WHEN")
        otherwise = self._expression() if self._accept("ELSE") else None
        self._expect("END")
        return tree.Case(subject, tuple(whens), otherwise)

    def _cast(self) -> tree.Expression:
        at = self._take().at
        self._expect_sign("(")
        operand = self._expression()
        self._expect("AS")
        kind = self._take()
        if kind.kind not in ("word", "number"):
            self._refuse("a column type or the id of a column", kind)
        self._expect_sign(")")
        return tree.Cast(operand, kind.text.upper(), at)

    def _call(self) -> tree.Expression:
        token = self._take()
        name = token.word
        if name not in FUNCTIONS:
            _refuse(self._text, token.at, f"there is no function {token.text[:40]}")
        self._expect_sign("(")
        if self._sign("*"):
            if name != "COUNT":
                self._refuse("an expression", self._tokens[self._at - 1])
            self._expect_sign(")")
            return tree.Call(name, (), token.at, has_star=True)
        is_distinct = name in AGGREGATES and self._accept("DISTINCT")
        arguments: list[tree.Expression] = []
        if not self._sign(")"):
            arguments.append(self._expression())
            while self._sign(","):
                arguments.append(self._expression())
            order: list[tree.Order] = []
            separator = None
            if name == "GROUP_CONCAT":
                if self._accept("ORDER", "BY"):
                    order = self._orders()
                if self._accept("SEPARATOR"):
                    mark = self._take()
                    if mark.kind != "string":
                        self._refuse("a text in quotes", mark)
                    separator = self._string(mark)
            self._expect_sign(")")
            return tree.Call(
                name,
                tuple(arguments),
                token.at,
                is_distinct,
                order=tuple(order),
                separator=separator,
            )
        return tree.Call(name, (), token.at)
