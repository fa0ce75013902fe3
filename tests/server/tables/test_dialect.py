"""Every function and every predicate: results and types, with NULL, NaN, unicode, empty lists."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import column, query, rows, table, transact, values

COLUMNS = {
    "s": ("STRING", {"maximumSize": 100}),
    "i": ("INTEGER", {}),
    "d": ("DOUBLE", {}),
    "b": ("BOOLEAN", {}),
    "t": ("DATE", {}),
    "e": ("ENTITYID", {}),
    "u": ("USERID", {}),
    "l": ("STRING_LIST", {"maximumListLength": 9}),
    "n": ("INTEGER_LIST", {"maximumListLength": 9}),
    "j": ("JSON", {}),
}
LARGEST = 2**63 - 1
ROWS = [
    [
        *("Zoë", 7, 2.5, True, "2013-05-30T21:58:47.103Z", "syn123", "5"),
        *('["a","B","é"]', "[1,2,2]", '{"a": [1, "Xy"], "b": {"c": null}}'),
    ],
    [
        *("it's 100%_\\", -7, "NaN", False, "-1", "syn9", "6"),
        *('["x y"]', f"[{LARGEST}]", '[1, 2.5, "q"]'),
    ],
    [None] * 10,
    ["", LARGEST, "Infinity", None, 0, None, None, "[]", "[]", '["q"]'],
    ["ZOE", 2, -0.5, True, 86400000, "syn123", "5", '["A"]', "[2]", '{"a": 1}'],
]


class Sample:
    """A table of all types, and who made it."""

    def __init__(self, server: RunningServer) -> None:
        self.user: User = server.user()
        self.columns = {
            name: column(self.user, name, kind, **more) for name, (kind, more) in COLUMNS.items()
        }
        ids = list(self.columns.values())
        self.id = table(self.user, ids)["id"]
        transact(self.user, self.id, rows(self.id, ids, ROWS))

    def ask(self, items: str, rest: str = "", **more: Any) -> tuple[list[Any], list[list[Any]]]:
        """The headers and the values of a query."""
        found = query(self.user, f"select {items} from {self.id} {rest}", **more)
        answer = found["queryResult"]["queryResults"]
        return answer["headers"], [row["values"] for row in answer["rows"]]

    def refused(self, items: str, rest: str = "") -> str:
        """Why a query cannot be."""
        sql = f"select {items} from {self.id} {rest}"
        return str(query(self.user, sql, status=400)["reason"])


@pytest.fixture(scope="module")
def sample(server: RunningServer) -> Sample:
    """The table."""
    return Sample(server)


# ------------------------------------------------------------------ functions of one row

S = "STRING"
I = "INTEGER"  # noqa: E741  a column of the tables below
D = "DOUBLE"
FUNCTIONS = [
    # text
    ("concat(s, '-', i)", S, ["Zoë-7", "it's 100%_\\--7", None, f"-{LARGEST}", "ZOE-2"]),
    ("concat(e)", S, ["syn123", "syn9", None, None, "syn123"]),
    ("replace(s, 'o', '0')", S, ["Z0ë", "it's 100%_\\", None, "", "ZOE"]),
    ("replace(s, null, 'x')", S, [None] * 5),
    ("upper(s)", S, ["ZOË", "IT'S 100%_\\", None, "", "ZOE"]),
    ("lower(s)", S, ["zoë", "it's 100%_\\", None, "", "zoe"]),
    ("trim(concat('  ', s, ' '))", S, ["Zoë", "it's 100%_\\", None, "", "ZOE"]),
    # numbers
    ("round(d)", D, ["3.0", "NaN", None, "Infinity", "-1.0"]),
    ("round(d * 1.01, 1)", D, ["2.5", "NaN", None, "Infinity", "-0.5"]),
    ("round(i, -1)", D, ["10.0", "-10.0", None, "9.223372036854776e+18", "0.0"]),
    (
        "crc32(s)",
        I,
        [None if r[0] is None else str(zlib.crc32(str(r[0]).encode())) for r in ROWS],
    ),
    ("i + 1", I, ["8", "-6", None, ..., "3"]),
    ("i - -1", I, ["8", "-6", None, ..., "3"]),
    ("i * d", D, ["17.5", "NaN", None, "Infinity", "-1.0"]),
    ("i / 2", D, ["3.5", "-3.5", None, "4.611686018427388e+18", "1.0"]),
    ("i / 0", D, [None] * 5),
    ("i div 2", I, ["3", "-3", None, str(LARGEST // 2), "1"]),
    ("i div 0", I, [None] * 5),
    ("i % 5", I, ["2", "-2", None, str(LARGEST % 5), "2"]),
    ("i % 0", I, [None] * 5),
    ("-i", I, ["-7", "7", None, str(-LARGEST), "-2"]),
    ("+i", I, ["7", "-7", None, str(LARGEST), "2"]),
    ("1 + 2 * 3 - 4", I, ["3"] * 5),
    ("(1 + 2) * 3", I, ["9"] * 5),
    ("9223372036854775807", I, [str(LARGEST)] * 5),
    ("-9223372036854775808", I, [str(-(2**63))] * 5),
    (".5e1", D, ["5.0"] * 5),
    # control
    ("ifnull(i, 0)", I, ["7", "-7", "0", str(LARGEST), "2"]),
    ("ifnull(s, 'none')", S, ["Zoë", "it's 100%_\\", "none", "", "ZOE"]),
    ("nullif(s, 'zoe')", S, [None, "it's 100%_\\", None, "", None]),
    ("nullif(i, 2)", I, ["7", "-7", None, str(LARGEST), None]),
    ("coalesce(null, i, 1.5)", D, ["7.0", "-7.0", "1.5", "9.223372036854776e+18", "2.0"]),
    ("coalesce(s, i)", S, ["Zoë", "it's 100%_\\", None, "", "ZOE"]),
    ("case s when 'zoe' then 'z' else s end", S, ["z", "it's 100%_\\", None, "", "z"]),
    ("case when i > 5 then 1 when b then 2 end", I, None),
    ("case when i > 5 then i when i < 0 then null else 0 end", I, ["7", None, "0", ..., "0"]),
    ("case when b is true then 'y' when b is unknown then '?' end", S, ["y", None, "?", "?", "y"]),
    # dates
    ("from_unixtime(t/1000)", S, ["2013-05-30 21:58:47", "1969-12-31 23:59:59", None, ..., ...]),
    ("unix_timestamp('2013-05-30 21:58:47')", I, ["1369951127"] * 5),
    ("unix_timestamp(from_unixtime(t/1000))", I, ["1369951127", "-1", None, "0", "86400"]),
    ("date(from_unixtime(t/1000))", S, ["2013-05-30", "1969-12-31", None, "1970-01-01", ...]),
    ("dayname(from_unixtime(t/1000))", S, ["Thursday", "Wednesday", None, "Thursday", "Friday"]),
    ("monthname(from_unixtime(t/1000))", S, ["May", "December", None, "January", "January"]),
    ("year('2020-12-31')", I, ["2020"] * 5),
    ("quarter('2020-12-31')", I, ["4"] * 5),
    ("month('2020-12-31')", I, ["12"] * 5),
    ("week('2021-01-02')", I, ["0"] * 5),
    ("week('2021-01-03')", I, ["1"] * 5),
    ("weekofyear('2021-01-02')", I, ["53"] * 5),
    ("yearweek('2021-01-02')", I, ["202052"] * 5),
    ("yearweek('2021-01-03')", I, ["202101"] * 5),
    ("day('2020-02-29')", I, ["29"] * 5),
    ("dayofmonth('2020-02-29')", I, ["29"] * 5),
    ("dayofyear('2020-12-31')", I, ["366"] * 5),
    ("dayofweek('2020-12-27')", I, ["1"] * 5),
    ("hour('2020-01-01 23:59:58.5')", I, ["23"] * 5),
    ("minute('2020-01-01 23:59:58.5')", I, ["59"] * 5),
    ("second('2020-01-01 23:59:58.5')", I, ["58"] * 5),
    ("microsecond('2020-01-01 23:59:58.5')", I, ["500000"] * 5),
    ("year('no date')", I, [None] * 5),
    ("date('2020-02-28' + interval 2 day)", S, ["2020-03-01"] * 5),
    ("date('2020-03-31' - interval 1 month)", S, ["2020-02-29"] * 5),
    ("'2020-01-01' + interval 90 minute", S, ["2020-01-01 01:30:00"] * 5),
    ("'2020-01-01' + interval 1 quarter", S, ["2020-04-01 00:00:00"] * 5),
    ("year(now()) > 2000", None, None),
    # JSON
    ("json_extract(j, '$.a[1]')", S, ['"Xy"', None, None, None, None]),
    ("json_extract(j, '$.b.c')", S, ["null", None, None, None, None]),
    ("json_extract(j, '$.a[*]')", S, ['[1,"Xy"]', None, None, None, None]),
    ("json_extract(j, '$.a[0]', '$.a[1]')", S, ['[1,"Xy"]', None, None, None, None]),
    ("json_unquote(json_extract(j, '$.a[1]'))", S, ["Xy", None, None, None, None]),
    ("json_quote(s)", S, ['"Zoë"', '"it\'s 100%_\\\\"', None, '""', '"ZOE"']),
    ("json_array(i, s, null, j, l)", "JSON", ...),
    ("json_array()", "JSON", ["[]"] * 5),
    ("json_object('k', i, 'x', s)", "JSON", ...),
    ("json_search(j, 'one', 'X%')", "JSON", ['"$.a[1]"', None, None, None, None]),
    ("json_search(j, 'all', 'q')", "JSON", [None, '"$[2]"', None, '"$[0]"', None]),
    ("json_overlaps(j, '[1]')", "BOOLEAN", ["false", "true", None, "false", "false"]),
    ("json_overlaps(j, '{\"a\": 1}')", "BOOLEAN", ["false", "false", None, "false", "true"]),
    # the caller and casts
    ("cast(s as INTEGER)", I, [None, None, None, None, None]),
    ("cast(i as STRING)", S, ["7", "-7", None, str(LARGEST), "2"]),
    ("cast(b as INTEGER)", I, ["1", "0", None, None, "1"]),
    ("cast(e as STRING)", S, ["syn123", "syn9", None, None, "syn123"]),
    ("cast(l as STRING)", S, ['["a","B","é"]', '["x y"]', None, None, '["A"]']),
    ("cast('2.5' as DOUBLE)", D, ["2.5"] * 5),
    ("cast('true' as BOOLEAN)", "BOOLEAN", ["true"] * 5),
    ("cast(t as DATE)", "DATE", ["1369951127103", "-1", None, "0", "86400000"]),
    # columns as they are
    ("l", "STRING_LIST", ['["a", "B", "é"]', '["x y"]', None, None, '["A"]']),
    ("ROW_ID", I, ["1", "2", "3", "4", "5"]),
    ("row_version", I, ["2"] * 5),
]
EXPECTED = {
    "json_array(i, s, null, j, l)": [
        '[7,"Zoë",null,{"a":[1,"Xy"],"b":{"c":null}},["a","B","é"]]',
        '[-7,"it\'s 100%_\\\\",null,[1,2.5,"q"],["x y"]]',
        "[null,null,null,null,null]",
        f'[{LARGEST},"",null,["q"],null]',
        '[2,"ZOE",null,{"a":1},["A"]]',
    ],
    "json_object('k', i, 'x', s)": [
        '{"k":7,"x":"Zoë"}',
        '{"k":-7,"x":"it\'s 100%_\\\\"}',
        '{"k":null,"x":null}',
        f'{{"k":{LARGEST},"x":""}}',
        '{"k":2,"x":"ZOE"}',
    ],
}


@pytest.mark.parametrize(("item", "kind", "expected"), FUNCTIONS, ids=lambda each: str(each)[:50])
def test_functions(sample: Sample, item: str, kind: str | None, expected: Any) -> None:
    if kind is None:  # a condition is no expression
        assert "was found where" in sample.refused(item)
        return
    if expected is None:  # what is no condition: a column alone
        assert "a comparison" in sample.refused(item)
        return
    where = "where ROW_ID <> 4" if item in ("i + 1", "i - -1") else ""
    headers, found = sample.ask(item, where)
    assert headers[0]["name"] == item
    assert headers[0]["columnType"] == kind
    expected = EXPECTED[item] if expected is ... else expected
    if where:
        expected = [*expected[:3], expected[4]]
    for value, want in zip((row[0] for row in found), expected, strict=True):
        assert want is ... or value == want


def test_a_number_that_is_too_large_is_an_error(sample: Sample) -> None:
    assert "cannot be run" in sample.refused("i + 1")
    assert "a number of 64 bits" in sample.refused("9223372036854775808")


def test_moments_of_now(sample: Sample) -> None:
    headers, found = sample.ask(
        "now(), CURRENT_TIMESTAMP, current_timestamp(), current_date, current_time(),"
        " unix_timestamp(), current_user()",
        "limit 1",
    )
    assert [each["columnType"] for each in headers] == [S, S, S, S, S, I, "USERID"]
    moment, *_, seconds, caller = found[0]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", moment)
    assert found[0][1] == found[0][2] == moment
    assert f"{found[0][3]} {found[0][4]}" == moment
    assert int(seconds) > 1_700_000_000
    assert caller == str(sample.user.id)
    where = "where t < unix_timestamp(now() - interval 1 day) * 1000"
    assert len(sample.ask("ROW_ID", where)[1]) == 4


# ------------------------------------------------------------------ aggregates

AGGREGATES = [
    ("count(*)", I, "5"),
    ("COUNT(s)", I, "4"),
    ("count(distinct s)", I, "3"),
    ("count(distinct s, i)", I, "4"),
    ("min(s)", S, ""),
    ("max(i)", I, str(LARGEST)),
    ("min(t)", "DATE", "-1"),
    ("max(e)", "ENTITYID", "syn123"),
    ("sum(i)", I, str(LARGEST + 2)),
    ("sum(distinct u)", "USERID", "11"),
    ("avg(i)", D, ...),
    ("avg(b)", D, "0.6666666666666666"),
    ("sum(b)", I, "2"),
    ("bit_and(u)", I, "4"),
    ("bit_or(u)", I, "7"),
    ("bit_xor(u)", I, "6"),
    ("std(u)", D, "0.4714045207910317"),
    ("stddev(u)", D, "0.4714045207910317"),
    ("stddev_pop(u)", D, "0.4714045207910317"),
    ("stddev_samp(u)", D, "0.5773502691896258"),
    ("var_pop(u)", D, "0.2222222222222222"),
    ("variance(u)", D, "0.2222222222222222"),
    ("var_samp(u)", D, "0.3333333333333333"),
    ("group_concat(s)", S, "Zoë,it's 100%_\\,,ZOE"),
    ("group_concat(s order by i desc separator ';')", S, ";Zoë;ZOE;it's 100%_\\"),
    ("group_concat(distinct e order by e)", S, "syn9,syn123"),
    ("group_concat(s, '/', i order by i)", S, f"it's 100%_\\/-7,ZOE/2,Zoë/7,/{LARGEST}"),
    ("json_arrayagg(i)", "JSON", f"[7,-7,null,{LARGEST},2]"),
    ("json_arrayagg(j)", "JSON", ...),
]


@pytest.mark.parametrize(("item", "kind", "expected"), AGGREGATES, ids=lambda each: str(each)[:50])
def test_aggregates(sample: Sample, item: str, kind: str, expected: Any) -> None:
    headers, found = sample.ask(item)
    assert headers[0]["columnType"] == kind
    if expected is not ...:
        value = found[0][0]
        if kind == D:
            assert float(value) == pytest.approx(float(expected))
        else:
            assert value == expected
    # Of no rows nothing comes but a count, and nothing comes for a group that is not there.
    empty = sample.ask(item, "where s = 'nobody'")[1]
    assert empty == [["0" if item.lower().startswith("count") else None]]
    assert sample.ask(item, "where s = 'nobody' group by b")[1] == []


def test_groups(sample: Sample) -> None:
    ask = sample.ask
    assert ask("b, count(*) as n", "group by b order by n desc, b")[1] == [
        [None, "2"],
        ["true", "2"],
        ["false", "1"],
    ]
    # Texts that differ in case and accents alone are one group; so are they in DISTINCT.
    assert ask("lower(s) as low, count(*)", "where s like 'z%' group by low")[1][0][1] == "2"
    assert len(ask("distinct s")[1]) == 4
    assert ask("count(*)", "group by s having count(*) > 1")[1] == [["2"]]
    assert ask("unnest(l) as v, count(*)", "group by v order by v")[1] == [
        [None, "2"],
        ["a", "2"],
        ["B", "1"],
        ["é", "1"],
        ["x y", "1"],
    ]
    # Two lists: each value of the one with each of the other.
    found = ask("unnest(l), unnest(n)", "where ROW_ID = 1")[1]
    assert sorted(map(tuple, found)) == sorted(
        (a, b) for a in ("a", "B", "é") for b in ("1", "2", "2")
    )
    assert ask("b, count(*)", "group by 1 order by 2 desc, 1 limit 1")[1] == [[None, "2"]]


@pytest.mark.parametrize(
    ("items", "rest", "reason"),
    [
        ("s, count(*)", "", "neither in GROUP BY nor"),
        ("s, i", "group by s", "The column i is neither"),
        ("s", "group by s order by i", "The column i is neither"),
        ("s", "group by s having i > 1", "The column i is neither"),
        ("s", "where count(*) > 1", "use HAVING"),
        ("s", "having i > 1", "use WHERE"),
        ("count(*)", "group by count(*)", "cannot have an aggregate"),
        ("count(*)", "group by 2", "GROUP BY 2 names no column"),
        ("sum(count(*))", "", "counted together already"),
        ("s", "where unnest(l) = 'a'", "UNNEST cannot be in a condition"),
        ("unnest(s)", "", "takes one column that is a list"),
        ("distinct s", "order by i", "can only name what is selected"),
        ("s as x, x as y", "", "Column does not exist: x"),
        ("s as x", "where x = 'a'", "Column does not exist: x"),
    ],
)
def test_what_groups_cannot_have(sample: Sample, items: str, rest: str, reason: str) -> None:
    assert reason in sample.refused(items, rest)


# ------------------------------------------------------------------ predicates

PREDICATES = [
    ("s = 'zoe'", "15"),
    ("s = 'ZOË'", "15"),
    ("s <> 'zoe'", "24"),
    ("s < 'j'", "24"),
    ("s >= 'zoe'", "15"),
    ("i > 2", "14"),
    ("i <= 2.5", "25"),
    ("i = '7'", "1"),
    ("d = 2.5", "1"),
    ("i = null", ""),
    ("i = unknown", ""),
    ("i = default", ""),
    ("b = true", "15"),
    ("b = false", "2"),
    ("b = 'TRUE'", "15"),
    ("e = 'syn123'", "15"),
    ("e = 123", "15"),
    ("e in ('syn9', 'SYN123')", "125"),
    ("u = 5", "15"),
    ("t > '2000-01-01'", "1"),
    ("t = 0", "4"),
    ("t < 1000", "24"),
    ("i between 2 and 7", "15"),
    ("i not between 2 and 7", "24"),
    ("s between 'a' and 'zoe'", "125"),
    ("s in ('zoe', null)", "15"),
    ("s not in ('zoe')", "24"),
    ("s not in ('zoe', null)", ""),
    ("i in (7, 2.0, '-7')", "125"),
    ("s like 'Z%'", "15"),
    ("s like 'z_ë'", "15"),
    ("s not like 'z%'", "24"),
    ("s like '%100\\%%'", "2"),
    ("s like '%100|%|_%' escape '|'", "2"),
    ("s like 'it''s%'", "2"),
    ("s like ''", "4"),
    ("s like null", ""),
    ("s is null", "3"),
    ("s is not null", "1245"),
    ("b is true", "15"),
    ("b is not true", "234"),
    ("b is false", "2"),
    ("b is unknown", "34"),
    ("b is not unknown", "125"),
    ("i is true", "1245"),
    ("(i > 5) is true", "14"),
    ("(i > 5) is unknown", "3"),
    ("(i > 5) is not false", "134"),
    ("not i > 5", "25"),
    ("not (i > 5 or b = true)", "2"),
    ("i > 5 and b = true", "1"),
    ("i > 5 or b = true and s = 'zoe'", "145"),
    ("isnan(d)", "2"),
    ("not isnan(d)", "145"),
    ("isinfinity(d)", "4"),
    ("l has ('a')", "15"),
    ("l has ('E')", "1"),
    ("l has ('no', 'x y')", "2"),
    ("l not has ('a')", "234"),
    ("n has (2)", "15"),
    ("n has (2, '1')", "15"),
    (f"n has ({LARGEST})", "2"),
    ("l has_like ('x%', 'E')", "12"),
    ("l has_like ('x| %') escape '|'", "2"),
    ("l not has_like ('%')", "34"),
    ("length_of is null", None),
    ("upper(s) = 'zoë'", "15"),
    ("ifnull(i, 0) = 0", "3"),
    ("cast(i as STRING) like '-%'", "2"),
    ("json_extract(j, '$.a') = 1", "5"),
    ("json_unquote(json_extract(j, '$.a[1]')) = 'xy'", "1"),
    ("json_overlaps(j, '[\"q\"]') is true", "24"),
    ("ROW_ID in (1, 5) and row_version = 2", "15"),
    ("\"s\" = 'zoe' and `i` = 2", "5"),
]


@pytest.mark.parametrize(("condition", "expected"), PREDICATES)
def test_predicates(sample: Sample, condition: str, expected: str | None) -> None:
    if expected is None:
        assert "Column does not exist" in sample.refused("s", f"where {condition}")
        return
    found = sample.ask("ROW_ID", f"where {condition}")[1]
    assert "".join(row[0] for row in found) == expected
    # CASE, HAVING and the count say the same.
    items = f"sum(case when {condition} then 1 else 0 end)"
    assert sample.ask(items)[1] == [[str(len(expected))]]
    counted = query(sample.user, f"select * from {sample.id} where {condition}", 0x2)
    assert counted["queryCount"] == len(expected)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("isnan(i)", "ISNAN takes a column of DOUBLE"),
        ("s has ('a')", "HAS needs a column that is a list"),
        ("l = 'a'", "A list cannot be compared"),
        ("i = 'seven'", "'seven' is not a DOUBLE"),
        ("b = 'yes'", "'yes' is not a BOOLEAN"),
        ("t > 'yesterday'", "is not a DATE"),
        ("e = 'x'", "is not an entity id"),
        ("text_matches('zoe')", "isSearchEnabled"),
        ("i + 1 = 2", "a comparison"),
        ("1 = i", "a column or a function on the left"),
        ("case when i = 1 then 1 end = 1", "a column or a function on the left"),
        ("s = 'x' s", "the end of the query"),
        ("upper(s, s) = 'x'", "UPPER takes 1 argument, not 2"),
        ("round(d, i) = 1", "is a whole number"),
        ("json_extract(j, 'a') = 1", "begins with $"),
        ("json_search(j, 'some', 'x') = 'x'", "'one' or 'all'"),
        ("cast(l as INTEGER) = 1", "A list cannot be cast"),
        ("cast(s as STRING_LIST) = 'x'", "CAST cannot make"),
        ("cast(s as 99999999) = 'x'", "which the table does not have"),
        ("interval 1 day = 1", "a column or a function on the left"),
        ("i = interval 1 day", "INTERVAL can only"),
        ("year(i) = 1", "A moment is expected"),
        ("json_object('a') is null", "takes pairs"),
    ],
)
def test_predicates_that_cannot_be(sample: Sample, condition: str, reason: str) -> None:
    assert reason in sample.refused("s", f"where {condition}")


# ------------------------------------------------------------------ the order and the rest


def test_order(sample: Sample) -> None:
    def order(by: str) -> str:
        return "".join(row[0] for row in sample.ask("ROW_ID", f"order by {by}")[1])

    assert order("i") == "32514"
    assert order("i desc") == "41523"
    assert order("d") == "35142"  # NaN is the largest
    assert order("s, i desc") == "34215"
    assert order("i % 2, i asc") in ("32514", "35214", "32541")
    assert order("upper(s) desc, i") == "51243"


def test_a_column_of_another_type_is_named_by_its_id(sample: Sample) -> None:
    headers, found = sample.ask(f"cast(i as {sample.columns['s']})", "where ROW_ID = 1")
    assert headers[0]["columnType"] == "STRING"
    assert found == [["7"]]


def test_headers_name_columns(sample: Sample) -> None:
    headers, _ = sample.ask('s, i as "a ""b""", x.i, i + 0', "x limit 1")
    assert headers == [
        {"name": "s", "columnType": "STRING", "id": sample.columns["s"]},
        {"name": 'a "b"', "columnType": "INTEGER"},
        {"name": "i", "columnType": "INTEGER", "id": sample.columns["i"]},
        {"name": "i + 0", "columnType": "INTEGER"},
    ]
    assert values(sample.user, f"select {sample.id}.s from {sample.id} where {sample.id}.i = 2")
    assert "which FROM does not name" in sample.refused("y.s", "x")
    assert "which FROM does not name" in sample.refused(f"{sample.id}.s", "x")
    assert "Column does not exist: x.z" in sample.refused("x.z", "x")


# ------------------------------------------------------------------ WITH


def test_with(sample: Sample) -> None:
    def ask(sql: str, **more: Any) -> Any:
        found = query(sample.user, sql.replace("{}", sample.id), 0x7, **more)
        return found, [row["values"] for row in found["queryResult"]["queryResults"]["rows"]]

    found, got = ask(
        "with c as (select s as name, i, upper(s) as big from {} where i is not null)"
        " select name, count(*), max(big) from c where name = 'zoe' group by name"
    )
    assert got == [["Zoë", "2", "ZOË"]] or got == [["ZOE", "2", "ZOË"]]
    assert found["queryCount"] == 1
    assert found["selectColumns"] == [
        {"name": "name", "columnType": "STRING"},
        {"name": "count(*)", "columnType": "INTEGER"},
        {"name": "max(big)", "columnType": "STRING"},
    ]
    found, got = ask("with c (a, z) as (select i, s from {}) select z from c x where x.a = 2")
    assert got == [["ZOE"]]
    assert "rowId" not in found["queryResult"]["queryResults"]["rows"][0]
    _, got = ask("with c as (select * from {} order by i desc limit 2) select i from c order by i")
    assert got == [["7"], [str(LARGEST)]]
    _, got = ask("with c as (select b, sum(u) as n from {} group by b) select max(n) from c")
    assert got == [["10"]]
    _, got = ask(
        "with c as (select b, count(*) as n from {} group by b)"
        " select sum(n) from c defining_where i > 0"
    )
    assert got == [["3"]]
    condition = {
        "concreteType": "org.sagebionetworks.repo.model.table.ColumnSingleValueQueryFilter",
        "columnName": "s",
        "operator": "EQUAL",
        "values": ["zoe"],
        "isDefiningCondition": True,
    }
    sql = "with c as (select count(*) as n from {}) select n from c"
    assert ask(sql)[1] == [["5"]]
    assert ask(sql, additionalFilters=[condition])[1] == [["2"]]
    _, got = ask("with c as (select now() as m, null as o, l, j from {}) select unnest(l) from c")
    assert len(got) == 7


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("with c as (select s, s from {}) select s from c", "two columns 's'"),
        ("with c (a) as (select s, i from {}) select a from c", "but 1 names"),
        ("with c as (select s from {}) select i from c", "Column does not exist: i"),
        ("with c as (select s from {}) select ROW_ID from c", "Column does not exist: ROW_ID"),
        ("with c as (select s from {}) select s from {}", "which WITH names"),
        ("with c as (select s from {}), d as (select s from c) select s from d", "one query"),
        ("with c as (select s from {} union select s from {}) select s from c", "UNION keyword"),
        ("with c as (select s from d) select s from c -- {}", "the id of a table"),
        ("with recursive c as (select s from {}) select s from c", "AS is expected"),
        ("select s from {} defining_where i = 1", "DEFINING_WHERE belongs to"),
    ],
)
def test_with_that_cannot_be(sample: Sample, sql: str, reason: str) -> None:
    sql = sql.replace("{}", sample.id)
    assert reason in query(sample.user, sql, status=400)["reason"]
