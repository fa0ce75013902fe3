"""Materialized views and virtual tables: what they show, when, and to whom."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from tests.conftest import RunningServer, User
from tests.server.tables.tabling import (
    PACKAGE,
    annotate,
    column,
    job,
    partial,
    query,
    restructure,
    rows,
    table,
    transact,
    values,
    view,
)


def derived(user: User, kind: str, sql: str, parent: str, status: int = 201, **more: Any) -> Any:
    """A materialized view or a virtual table."""
    body = {"concreteType": PACKAGE + kind, "definingSQL": sql, "parentId": parent, **more}
    return user.post("/entity", body, status)


def materialized(user: User, sql: str, parent: str, **more: Any) -> str:
    """A materialized view; its id."""
    return str(derived(user, "MaterializedView", sql, parent, **more)["id"])


def virtual(user: User, sql: str, parent: str, **more: Any) -> str:
    """A virtual table; its id."""
    return str(derived(user, "VirtualTable", sql, parent, **more)["id"])


class Clinic:
    """Patients and their samples, in two tables of a project."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.project = user.project()["id"]
        self.columns = {
            "patient": column(user, "patient", maximumSize=20, facetType="enumeration"),
            "age": column(user, "age", "INTEGER", facetType="range"),
            "tags": column(user, "tags", "STRING_LIST"),
            "tissue": column(user, "tissue", maximumSize=30),
            "mass": column(user, "mass", "DOUBLE"),
        }
        c = self.columns
        self.patients = table(user, [c["patient"], c["age"], c["tags"]], self.project)["id"]
        self.samples = table(user, [c["patient"], c["tissue"], c["mass"]], self.project)["id"]
        people = [["Zoë", 30, '["a","b"]'], ["bob", 40, None], ["eve", None, '["b"]']]
        transact(
            user, self.patients, rows(self.patients, [c["patient"], c["age"], c["tags"]], people)
        )
        taken = [
            ["ZOE", "liver", 1.5],
            ["zoë", "blood", 2],
            ["Bob", "liver", "NaN"],
            ["dan", None, 4],
        ]
        ids = [c["patient"], c["tissue"], c["mass"]]
        transact(user, self.samples, rows(self.samples, ids, taken))

    def sql(self, text: str) -> str:
        """SQL with the tables' ids for P and S."""
        return text.replace("{P}", self.patients).replace("{S}", self.samples)

    def made(self, text: str, **more: Any) -> str:
        """A materialized view."""
        return materialized(self.user, self.sql(text), self.project, **more)

    def shows(self, text: str, rest: str = "", items: str = "*") -> list[list[str | None]]:
        """What a materialized view shows."""
        return values(self.user, f"select {items} from {self.made(text)} {rest}")

    def refused(self, text: str, kind: str = "MaterializedView") -> str:
        """Why something cannot define."""
        sql = self.sql(text)
        reason = derived(self.user, kind, sql, self.project, 400)["reason"]
        body = {"definingSql": sql, "entityType": kind.lower()}
        found = self.user.post("/validateDefiningSql", body, 200)
        assert found == {"isValid": False, "invalidReason": reason}
        return str(reason)


@pytest.fixture
def clinic(alice: User) -> Clinic:
    """Patients and samples."""
    return Clinic(alice)


INNER = (
    "select p.patient as who, p.age, s.tissue, s.mass from {P} p join {S} s"
    " on p.patient = s.patient"
)


# ------------------------------------------------------------------ materialized views


def test_a_materialized_view_as_an_entity(alice: User, bob: User, clinic: Clinic) -> None:
    made = derived(alice, "MaterializedView", clinic.sql(INNER), clinic.project, name="both")
    id = made["id"]
    assert made["definingSQL"] == clinic.sql(INNER)
    assert (made["versionLabel"], made["isSearchEnabled"]) == ("in progress", False)
    found = alice.get(f"/entity/{id}/column")["results"]
    assert [(each["name"], each["columnType"]) for each in found] == [
        ("who", "STRING"),
        ("age", "INTEGER"),
        ("tissue", "STRING"),
        ("mass", "DOUBLE"),
    ]
    assert made["columnIds"] == [each["id"] for each in found]
    assert (found[0]["maximumSize"], found[0]["facetType"]) == (20, "enumeration")
    # The same columns under the same names are the same column models.
    assert made["columnIds"][1:] == [clinic.columns[name] for name in ("age", "tissue", "mass")]
    bundle = alice.post(f"/entity/{id}/bundle2", {"includeTableBundle": True}, 200)
    assert len(bundle["tableBundle"]["columnModels"]) == 4
    # What a client says of columns is not heard; the definition can be replaced.
    sql = clinic.sql("select age from {P}")
    changed = alice.put(f"/entity/{id}", {**made, "columnIds": ["1"], "definingSQL": sql})
    assert changed["columnIds"] == [clinic.columns["age"]]
    assert values(alice, f"select * from {id}") == [["30"], ["40"], [None]]
    bob.get(f"/entity/{id}", 403)
    children = alice.post(
        "/entity/children", {"parentId": clinic.project, "includeTypes": ["materializedview"]}, 200
    )
    assert [each["id"] for each in children["page"]] == [id]


@pytest.mark.parametrize(
    ("sql", "rest", "expected"),
    [
        (INNER, "order by tissue desc, who", [
            ["bob", "40", "liver", "NaN"],
            ["Zoë", "30", "liver", "1.5"],
            ["Zoë", "30", "blood", "2.0"],
        ]),
        ("select p.patient, s.tissue from {P} p left join {S} s on p.patient = s.patient and s.tissue = 'blood'",
         "order by patient", [["bob", None], ["eve", None], ["Zoë", "blood"]]),
        ("select s.patient, p.age from {P} p right outer join {S} s on p.patient = s.patient",
         "where age is null", [["dan", None]]),
        ("select a.patient, b.patient as other from {P} a inner join {P} b on a.age < b.age", "",
         [["Zoë", "bob"]]),
        ("select count(*) as n from {P} p join {S} s", "", [["12"]]),
        ("select p.patient, count(*) as n, sum(s.mass) as m from {P} p join {S} s on p.patient = s.patient"
         " group by p.patient having count(*) > 1", "", [["Zoë", "2", "3.5"]]),
        ("select patient, age from {P} union select patient, 0 from {S}", "order by age, patient",
         [["eve", None], ["bob", "0"], ["dan", "0"], ["ZOE", "0"], ["Zoë", "30"], ["bob", "40"]]),
        ("select patient from {P} union all select patient from {S}", "where patient = 'zoe'",
         [["Zoë"], ["ZOE"], ["zoë"]]),
        ("(select age from {P} order by age desc limit 1) union (select age from {P} where age = 30)"
         " order by age limit 5", "", [["30"], ["40"]]),
        ("select age from {P} union all select mass from {S} order by 1 desc limit 3", "",
         [["NaN"], ["40.0"], ["30.0"]]),
        ("select unnest(p.tags) as tag, s.tissue from {P} p join {S} s on p.patient = s.patient",
         "where tag = 'A' order by tissue", [["a", "blood"], ["a", "liver"]]),
        ("with c as (select p.patient as x, s.mass as y from {P} p join {S} s on p.patient = s.patient)"
         " select x, max(y) as z from c where x <> 'bob' group by x", "", [["Zoë", "2.0"]]),
        ("select distinct tissue from {S}", "order by tissue", [[None], ["blood"], ["liver"]]),
        ("select tags, null as nothing, patient like 'z%' as z from {P}".replace(", patient like 'z%' as z", ""),
         "where tags has ('B')", [['["a", "b"]', None], ['["b"]', None]]),
    ],
)  # fmt: skip
def test_what_it_shows(clinic: Clinic, sql: str, rest: str, expected: Any) -> None:
    found = clinic.shows(sql, rest)
    if "zoe" in rest:
        assert sorted(map(str, found)) == sorted(map(str, expected))
    elif "union select patient" in sql:  # which of equal texts is shown is nobody's business
        assert [[str(a).lower().replace("ë", "e"), b] for a, b in found] == [
            [str(a).lower().replace("ë", "e"), b] for a, b in expected
        ]
    else:
        assert found == expected


def test_rows_have_numbers_and_facets(clinic: Clinic) -> None:
    id = clinic.made(INNER)
    found = query(clinic.user, f"select who, mass from {id}", 0x3FF)
    answer = found["queryResult"]["queryResults"]
    assert [(row["rowId"], row["versionNumber"]) for row in answer["rows"]] == [
        (1, 0),
        (2, 0),
        (3, 0),
    ]
    assert [each["id"] for each in answer["headers"]] == [
        clinic.user.get(f"/entity/{id}")["columnIds"][0],
        clinic.columns["mass"],
    ]
    assert found["queryCount"] == 3
    facets = {each["columnName"]: each for each in found["facets"]}
    assert [each["count"] for each in facets["who"]["facetValues"]] == [2, 1]
    assert facets["age"]["columnMax"] == "40"
    assert found["lastUpdatedOn"]
    body = {
        "concreteType": PACKAGE + "DownloadFromTableRequest",
        "sql": f"select who from {id} where ROW_ID = 2",
    }
    done = job(clinic.user, f"/entity/{id}/table/download/csv", body)
    assert done["resultsFileHandleId"]


def test_it_follows_its_sources(server: RunningServer, clinic: Clinic) -> None:
    user, samples, c = clinic.user, clinic.samples, clinic.columns
    id = clinic.made(INNER)
    over = materialized(
        user, f"select tissue, count(*) as n from {id} group by tissue", clinic.project
    )
    tall = virtual(user, f"select sum(n) as n from {over}", clinic.project)
    assert values(user, f"select n from {over} order by tissue") == [["1"], ["2"]]
    # A row more, a cell changed, a row deleted: each is there at once, through all that stands on it.
    transact(user, samples, rows(samples, [c["patient"], c["tissue"]], [["eve", "bone"]]))
    assert values(user, f"select n from {over} order by tissue") == [["1"], ["1"], ["2"]]
    assert values(user, f"select n from {tall}") == [["4"]]
    transact(user, samples, partial(samples, (5, {c["tissue"]: "blood"}), (2, None)))
    assert values(user, f"select tissue, n from {over} order by tissue") == [
        ["blood", "1"],
        ["liver", "2"],
    ]
    # A column more of a source does no harm.
    more = column(user, "more", "INTEGER", defaultValue="1")
    transact(user, samples, restructure((None, more)))
    assert values(user, f"select n from {tall}") == [["3"]]
    # The index can go at any time.
    server.do(server.app.indexes.close())
    for path in server.app.indexes.folder().glob("*.duckdb*"):
        path.unlink()
    assert values(user, f"select n from {tall}") == [["3"]]
    # What it is defined by is gone.
    user.delete(f"/entity/{samples}")
    failed = query_refused(user, tall, 404)
    assert f"syn{id[3:]} is defined by {samples}, which is not there" in failed
    there = user.get(f"/entity/{id}")
    assert user.put(f"/entity/{id}", {**there, "name": "renamed"})["name"] == "renamed"
    user.put(f"/trashcan/restore/{samples[3:]}", status=200)
    assert values(user, f"select n from {tall}") == [["3"]]


def query_refused(user: User, id: str, status: int) -> str:
    """Why a query is not even started."""
    body = {"concreteType": PACKAGE + "QueryBundleRequest", "query": {"sql": f"select * from {id}"}}
    return str(user.post(f"/entity/{id}/table/query/async/start", body, status)["reason"])


def test_columns_of_a_source_change_beneath_it(clinic: Clinic) -> None:
    user, patients, c = clinic.user, clinic.patients, clinic.columns
    star = clinic.made("select * from {P}")
    lists = clinic.made("select patient, tags from {P}")
    text = column(user, "age", "STRING")
    transact(user, patients, restructure((c["age"], text), (None, column(user, "new"))))
    assert values(user, f"select * from {lists}")[0] == ["Zoë", '["a", "b"]']
    failed = query(user, f"select * from {star}", status=400)["reason"]
    assert "yields other columns than when it was stored" in failed
    there = user.get(f"/entity/{star}")
    user.put(f"/entity/{star}", {**there, "definingSQL": there["definingSQL"] + " "})
    assert len(values(user, f"select * from {star}")[0]) == 4
    transact(user, patients, restructure((c["tags"], None)))
    assert (
        "Column does not exist: tags" in query(user, f"select * from {lists}", status=400)["reason"]
    )


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "definingSQL is needed"),
        ("select", "was found where"),
        ("select what from {P}", "Column does not exist: what"),
        ("select patient from {P} p join {S} s on p.patient = s.patient", "is in several tables"),
        ("select p.patient from {P} join {S} on age = mass", "which FROM does not name"),
        ("select a.*, b.* from {P} a join {P} b", "a column"),
        ("select p.patient, s.patient from {P} p join {S} s on p.age = s.mass", "Two columns have the name 'patient'"),
        ("select p.patient from {P} p join {P} p on p.age = p.age", "FROM has p twice"),
        ("select p.patient from {P} p left join {S} s", "ON is expected"),
        ("select p.patient from {P} p full join {S} s on p.age = s.mass", "was found where"),
        ("select p.patient from {P} p join (select age from {S}) s", "the id of a table"),
        ("select patient from {P} union select patient, age from {P}", "1 and 2 columns"),
        ("select tags from {P} union select age from {P}", "STRING_LIST in one SELECT and INTEGER"),
        ("select patient from {P} limit 1 union select patient from {S}", "in parentheses"),
        ("select patient, count(*) from {P}", "neither in GROUP BY"),
        ("select ROW_ID from {P}", "reserved by the server"),
        ("select current_user() as me from {P}", "CURRENT_USER"),
        ("select patient from {P} where text_matches('x')", "full-text search"),
        ("select patient from {P}; select patient from {P}", "the end of the query"),
        ("select patient from syn1 where patient = 'x'", "Resource"),
    ],
)  # fmt: skip
def test_what_cannot_define(clinic: Clinic, sql: str, reason: str) -> None:
    if "syn1 " in sql:
        assert derived(clinic.user, "MaterializedView", sql, clinic.project, 404)["reason"]
        return
    assert reason in clinic.refused(sql)


def test_what_can_define(server: RunningServer, bob: User, clinic: Clinic) -> None:
    body = {"definingSql": clinic.sql(INNER), "entityType": "materializedview"}
    assert clinic.user.post("/validateDefiningSql", body, 200) == {"isValid": True}
    for other in (bob, server.anonymous):
        found = other.post("/validateDefiningSql", body, 200)
        assert found["isValid"] is False
        assert "READ" in found["invalidReason"]
    body["entityType"] = "virtualtable"
    found = clinic.user.post("/validateDefiningSql", body, 200)
    assert "JOIN keyword is not supported in this context" in found["invalidReason"]
    clinic.user.post("/validateDefiningSql", {"definingSql": "select"}, 400)
    clinic.user.post("/validateDefiningSql", {**body, "entityType": "table"}, 400)
    clinic.user.post("/validateDefiningSql", {**body, "definingSql": ["x"]}, 400)


def test_no_snapshots_and_no_changes(clinic: Clinic) -> None:
    user, id = clinic.user, clinic.made(INNER)
    assert "its rows are made of those of its sources" in transact_refused(user, id)
    user.post(f"/entity/{id}/table/snapshot", {}, 400)
    assert "no version 7" in query_refused(user, id + ".7", 404)


def transact_refused(user: User, id: str) -> str:
    """Why it cannot be changed by a transaction."""
    body = {
        "concreteType": PACKAGE + "TableUpdateTransactionRequest",
        "entityId": id,
        "changes": [],
        "createSnapshot": True,
    }
    return str(user.post(f"/entity/{id}/table/transaction/async/start", body, 400)["reason"])


def test_no_circles_and_no_towers(clinic: Clinic) -> None:
    user = clinic.user
    tower = [clinic.made("select age from {P}")]
    for _ in range(4):
        tower.append(materialized(user, f"select age from {tower[-1]}", clinic.project))
    assert values(user, f"select age from {tower[-1]}") == [["30"], ["40"], [None]]
    failed = derived(user, "MaterializedView", f"select age from {tower[-1]}", clinic.project, 400)
    assert "at most 5" in failed["reason"]
    failed = derived(user, "VirtualTable", f"select age from {tower[-1]}", clinic.project, 400)
    assert "at most 5" in failed["reason"]
    first = user.get(f"/entity/{tower[0]}")
    for other in (tower[0], tower[2]):
        answer = user.send(
            "PUT", f"/entity/{tower[0]}", {**first, "definingSQL": f"select age from {other}"}
        )
        assert answer.status_code == 400
        assert "defined by itself" in answer.json()["reason"]
    assert len(values(user, f"select age from {tower[-1]}")) == 3


def test_snapshots_can_be_sources(clinic: Clinic) -> None:
    user, patients, c = clinic.user, clinic.patients, clinic.columns
    user.post(f"/entity/{patients}/table/snapshot", {})
    id = clinic.made(
        f"select n.patient, o.age as was, n.age from {patients} n join {patients}.1 o on n.patient = o.patient"
    )
    transact(user, patients, partial(patients, (1, {c["age"]: "31"}), (2, None)))
    assert values(user, f"select * from {id} order by patient") == [
        ["eve", None, None],
        ["Zoë", "30", "31"],
    ]


def test_full_text_search_in_it(clinic: Clinic) -> None:
    id = clinic.made(INNER, isSearchEnabled=True)
    assert values(clinic.user, f"select who from {id} where text_matches('liver')") == [
        ["Zoë"],
        ["bob"],
    ]


# ------------------------------------------------------------------ who may see what


def test_who_may_query_it(alice: User, bob: User, clinic: Clinic) -> None:
    shared = alice.project()["id"]
    id = materialized(alice, clinic.sql(INNER), shared)
    over = virtual(alice, f"select who from {id}", shared)
    alice.share(shared, bob.id, "READ", "DOWNLOAD")
    for each in (id, over):
        assert "READ" in query_refused(bob, each, 403)
    alice.share(clinic.project, bob.id, "READ")
    for each in (id, over):
        query_refused(bob, each, 403)
    alice.share(clinic.project, bob.id, "READ", "DOWNLOAD")
    for each in (id, over):
        assert len(values(bob, f"select * from {each}")) == 3
    alice.share(clinic.project, bob.id)
    for each in (id, over):
        query_refused(bob, each, 403)
    # Who may not read what it reads, cannot define it.
    mine = bob.project()["id"]
    derived(bob, "MaterializedView", clinic.sql(INNER), mine, 403)
    derived(bob, "VirtualTable", f"select who from {id}", mine, 403)
    alice.share(shared, bob.id)
    alice.share(clinic.project, bob.id, "READ", "DOWNLOAD")
    query_refused(bob, over, 403)


@pytest.fixture
def files(alice: User, bob: User) -> Any:
    """A view of files in an open and in a closed folder, and a table about them."""
    project = alice.project()["id"]
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    closed = alice.folder(project, "closed")["id"]
    alice.post(f"/entity/{closed}/acl", {
        "id": closed,
        "resourceAccess": [{"principalId": alice.id, "accessType": ["READ", "UPDATE", "DELETE", "CREATE", "CHANGE_PERMISSIONS", "DOWNLOAD"]}],
    })  # fmt: skip
    open_file = alice.file(project, "open.csv")["id"]
    closed_file = alice.file(closed, "closed.csv")["id"]
    ids = [
        column(alice, "id", "ENTITYID"),
        column(alice, "name", maximumSize=256),
        column(alice, "n", "INTEGER"),
    ]
    shown = view(alice, ids, project)["id"]
    file, note = column(alice, "file", "ENTITYID"), column(alice, "note")
    notes = table(alice, [file, note], project)["id"]
    transact(
        alice, notes, rows(notes, [file, note], [[open_file, "o"], [closed_file, "c"], [None, "x"]])
    )
    return {
        "project": project,
        "closed": closed,
        "view": shown,
        "notes": notes,
        "open": open_file,
        "secret": closed_file,
    }


def test_rows_of_views_stay_hidden(alice: User, bob: User, admin: User, files: Any) -> None:
    join = f"select v.name, t.note from {files['notes']} t left join {files['view']} v on v.id = t.file"
    id = materialized(alice, join, files["project"])
    union = materialized(
        alice,
        f"select name from {files['view']} union select note from {files['notes']}",
        files["project"],
    )
    over = materialized(
        alice,
        f"select a.note, b.name as x from {id} a join {union} b on a.name = b.name",
        files["project"],
    )
    inner = virtual(alice, f"select count(*) as n from {id}", files["project"])
    counts = virtual(alice, f"select count(*) as n from {files['view']}", files["project"])
    everything = [["open.csv", "o"], ["closed.csv", "c"], [None, "x"]]
    for _ in range(2):
        for user in (alice, admin):
            assert sorted(map(str, values(user, f"select * from {id}"))) == sorted(
                map(str, everything)
            )
            assert query(user, f"select * from {union}", 0x2)["queryCount"] == 5
            assert values(user, f"select note from {over} order by note") == [["c"], ["o"]]
            assert values(user, f"select n from {inner}") == [["3"]]
            assert values(user, f"select n from {counts}") == [["2"]]
        # That no file matches is for who may see all files that could.
        assert values(bob, f"select * from {id}") == [["open.csv", "o"]]
        assert values(bob, f"select count(*) from {id}") == [["1"]]
        assert values(bob, f"select * from {union} order by name") == [
            ["c"],
            ["o"],
            ["open.csv"],
            ["x"],
        ]
        assert values(bob, f"select * from {over}") == [["o", "open.csv"]]
        assert values(bob, f"select n from {inner}") == [["1"]]
        assert values(bob, f"select n from {counts}") == [["1"]]
    # A change of an ACL shows at once, both ways.
    alice.share(files["closed"], bob.id, "READ")
    assert len(values(bob, f"select * from {id}")) == 3
    assert values(bob, f"select n from {inner}") == [["3"]]
    alice.share(files["closed"], bob.id)
    assert values(bob, f"select * from {id}") == [["open.csv", "o"]]
    # So does a change of what rules a file.
    moved = alice.get(f"/entity/{files['open']}")
    alice.put(f"/entity/{files['open']}", {**moved, "parentId": files["closed"]})
    assert values(bob, f"select * from {id}") == []
    # The benefactors have names; they tell nobody more than the rows.
    found = values(alice, f"select ROW_BENEFACTOR_V from {id} where note = 'c'")
    assert found == [[files["closed"][3:]]]
    # An annotation of a file is there at once.
    annotate(alice, files["secret"], n=("LONG", 5))
    numbers = materialized(
        alice, f"select name, n from {files['view']} where n is not null", files["project"]
    )
    assert values(alice, f"select * from {numbers}") == [["closed.csv", "5"]]
    assert values(bob, f"select * from {numbers}") == []
    annotate(alice, files["secret"], n=("LONG", 6))
    assert values(alice, f"select n from {numbers}") == [["6"]]


def test_errors_tell_nothing_of_hidden_rows(alice: User, bob: User, files: Any) -> None:
    project = bob.project()["id"]
    annotate(alice, files["secret"], n=("LONG", 42), s=("STRING", "bad \\"))
    annotate(alice, files["open"], n=("LONG", 50))
    ids = [
        column(alice, "n", "INTEGER"),
        column(alice, "s"),
        column(alice, "name", maximumSize=256),
    ]
    shown = view(alice, ids, files["project"])["id"]
    notes = table(bob, [column(bob, "n", "INTEGER")], project)["id"]
    transact(bob, notes, rows(notes, [column(bob, "n", "INTEGER")], [[50]]))
    for failing in (
        "n * 9223372036854775807",
        "case when n = 42 then json_extract('bad', '$.a') end",
        "case when n = 42 then json_object(s, json_extract(s, '$')) end",
        "case when n = 42 then json_overlaps(s, '1') end",
        "case when n = 42 then json_search(s, 'one', s) end",
        "case when n = 42 then from_unixtime(n * 99999999999999) end",
        "case when s like s then -n - 9223372036854775807 - n end",
        "case when n = 42 then '2020-01-01' + interval (n * 9999999999999) year end",
    ):
        for sql in (
            f"select name from {shown} where ifnull({failing}, 1) <> 7 or n > 0",
            f"select name from {shown} order by {failing}",
            f"with c as (select name, {failing} as x, n, s from {shown})"
            f" select name from c where ifnull(x, 1) <> 7 or ifnull({failing}, 1) <> 7 or n > 0",
            f"select name, count(*) from {shown} where n > 0 group by name, {failing}",
        ):
            assert [row[0] for row in values(bob, sql)] == ["open.csv"], sql
        qualified = re.sub(r"\bn\b", "v.n", failing)
        made = materialized(
            bob,
            f"select v.name, {qualified} as x from {notes} g right join {shown} v on g.n = v.n",
            project,
        )
        assert values(bob, f"select name from {made}") == [["open.csv"]]
        made = materialized(
            bob,
            f"select v.name, {qualified} as x from {notes} g join {shown} v on g.n <= v.n",
            project,
        )
        assert values(bob, f"select name from {made}") == [["open.csv"]]
        made = virtual(bob, f"select name, n, s, {failing} as x from {shown}", project)
        assert values(bob, f"select name from {made} where n > 0 or ifnull({failing}, 0) = 1") == [
            ["open.csv"]
        ]


def test_a_view_that_cannot_be_made_does_not_say_why(alice: User, bob: User, files: Any) -> None:
    project = bob.project()["id"]
    shown = view(alice, [column(alice, "name", maximumSize=256)], files["project"])["id"]
    for sql in (
        "select json_extract(ifnull(json_search('{{}}', 'one', 'x'), name), '$.a') as k from {V}",
        "select name from {V} where json_extract(ifnull(json_search('{{}}', 'one', 'x'), name),"
        " '$.a') = 'q'",
    ):
        made = materialized(bob, sql.format(V=shown), project)
        failed = query(bob, f"select * from {made}", status=400)["reason"]
        assert "Not everybody may see them" in failed
        assert "csv" not in failed


def test_what_is_defined_anew_is_seen_above(alice: User, clinic: Clinic) -> None:
    lower = materialized(alice, f"select patient from {clinic.patients}", clinic.project)
    upper = materialized(alice, f"select patient from {lower}", clinic.project)
    assert len(values(alice, f"select * from {upper}")) == 3
    entity = alice.get(f"/entity/{lower}")
    entity["definingSQL"] += " where age > 35"
    alice.put(f"/entity/{lower}", entity)
    assert values(alice, f"select * from {upper}") == [["bob"]]


def test_many_spellings_of_one_source(alice: User, clinic: Clinic) -> None:
    below, sources = clinic.patients, 8
    for _ in range(4):
        spelled = [
            "".join(c.upper() if number >> i & 1 else c for i, c in enumerate("syn")) + below[3:]
            for number in range(sources)
        ]
        union = " union ".join(f"select patient from {each}" for each in spelled)
        below = materialized(alice, union, clinic.project)
    assert len(values(alice, f"select * from {below}")) == 3


def test_hidden_rows_cannot_be_guessed(alice: User, bob: User, files: Any) -> None:
    """Nothing that bob makes of the view tells what the file says that he may not read."""
    project = bob.project()["id"]
    shown = files["view"]
    annotate(alice, files["secret"], n=("LONG", 42))
    annotate(alice, files["open"], n=("LONG", 50))
    guess = column(bob, "guess", "INTEGER")
    guesses = table(bob, [guess], project)["id"]
    transact(bob, guesses, rows(guesses, [guess], [[each] for each in (41, 42, 43, 50)]))
    left = f"select g.guess, v.n from {guesses} g left join {shown} v on v.n = g.guess"
    right = f"select g.guess, v.n from {shown} v right join {guesses} g on v.n < g.guess"
    known = [["50", "50"]]
    for sql, mine, every in (
        (left, known, 4),
        (right, [], 4),
        (left.replace("left join", "join"), known, 2),
        (f"select guess as n from {guesses} union select n from {shown}", None, 6),
        (f"select n, name from {shown} order by n", [["50", "open.csv"]], 2),
    ):
        made = materialized(bob, sql, project)
        found = values(bob, f"select * from {made}")
        if mine is not None:
            assert found == mine, sql
        assert ["42"] not in [row[1:] for row in found]
        bob.share(project, alice.id, "READ", "DOWNLOAD")
        assert len(values(alice, f"select * from {made}")) == every, sql
        # The same through what is made of it.
        over = materialized(
            bob,
            f"select a.guess, b.n from {guesses} a left join {made} b on a.guess = b.n",
            project,
        )
        assert all(n is not None for _, n in values(bob, f"select * from {over}"))
    for sql in (
        f"select n from {shown} order by n limit 1",
        f"select n from {shown} order by n limit 10 offset 1",
        f"(select n from {shown} order by n limit 1) union select guess from {guesses}",
        f"select n from {shown} union select guess from {guesses} order by n limit 1",
        f"with c as (select n from {shown} order by n limit 1) select n from c",
    ):
        failed = derived(bob, "MaterializedView", sql, project, 400)
        assert "cannot be limited here" in failed["reason"]
    made = virtual(bob, f"select n from {shown} order by n limit 1", project)
    assert values(bob, f"select n from {made}") == [["50"]]
    assert values(alice, f"select n from {made}") == [["42"]]
    # Neither does the number of a row: it is another large one each time.
    ordered = materialized(bob, f"select n from {shown} order by n", project)
    seen = set()
    for each in range(4):
        annotate(alice, files["open"], n=("LONG", 60 + each))
        seen.add(int(values(bob, f"select ROW_ID from {ordered}")[0][0] or 0))
    assert len(seen) == 4
    assert min(seen) > 1000
    assert max(seen) < 2**53


def test_rows_of_virtual_tables_and_snapshots_stay_hidden(
    alice: User, bob: User, files: Any
) -> None:
    project = files["project"]
    short = virtual(alice, f"select name, id as x from {files['view']}", project)
    over = materialized(
        alice,
        f"select t.note, v.name from {files['notes']} t join {short} v on v.x = t.file",
        project,
    )
    body = {
        "concreteType": PACKAGE + "TableUpdateTransactionRequest",
        "entityId": files["view"],
        "createSnapshot": True,
    }
    done = job(alice, f"/entity/{files['view']}/table/transaction", body)
    kept = f"{files['view']}.{done['snapshotVersionNumber']}"
    old = materialized(alice, f"select name from {kept}", project)
    old_too = virtual(alice, f"select count(*) as n from {kept}", project)
    for _ in range(2):
        assert values(alice, f"select name from {over} order by name") == [
            ["closed.csv"],
            ["open.csv"],
        ]
        assert values(bob, f"select name from {over}") == [["open.csv"]]
        assert len(values(alice, f"select name from {old}")) == 2
        assert values(bob, f"select name from {old}") == [["open.csv"]]
        assert values(bob, f"select n from {old_too}") == [["1"]]
    # What rules a file today, rules its rows of then.
    moved = alice.get(f"/entity/{files['open']}")
    alice.put(f"/entity/{files['open']}", {**moved, "parentId": files["closed"]})
    for each in (over, old):
        assert values(bob, f"select name from {each}") == []
        assert len(values(alice, f"select name from {each}")) == 2
    assert values(bob, f"select n from {old_too}") == [["0"]]


@pytest.mark.parametrize(
    "sql",
    [
        "select name, count(*) as n from {V} group by name",
        "select max(name) as m from {V}",
        "with c as (select name from {V}) select count(*) as n from c",
        "select count(*) as n from {N} t join {V} v on t.file = v.id",
    ],
)
def test_rows_of_views_are_not_counted_together(alice: User, files: Any, sql: str) -> None:
    sql = sql.replace("{V}", files["view"]).replace("{N}", files["notes"])
    failed = derived(alice, "MaterializedView", sql, files["project"], 400)
    assert "cannot be counted together here" in failed["reason"]
    # Where each caller counts what they may see, nothing is told.
    if "join" not in sql:
        made = virtual(alice, sql, files["project"])
        assert values(alice, f"select * from {made}")
        failed = derived(alice, "MaterializedView", f"select * from {made}", files["project"], 400)
        assert "cannot be counted together here" in failed["reason"]


# ------------------------------------------------------------------ virtual tables


def test_a_virtual_table(alice: User, bob: User, clinic: Clinic) -> None:
    sql = clinic.sql("select patient, age as years, tags from {P} where age is not null")
    made = derived(alice, "VirtualTable", sql, clinic.project)
    id = made["id"]
    assert made["definingSQL"] == sql
    found = query(alice, f"select years, patient from {id} where years > 30", 0x3FF)
    answer = found["queryResult"]["queryResults"]
    assert [row["values"] for row in answer["rows"]] == [["40", "bob"]]
    assert "rowId" not in answer["rows"][0]
    assert [each["id"] for each in answer["headers"]] == [
        made["columnIds"][1],
        made["columnIds"][0],
    ]
    assert found["queryCount"] == 1
    assert [each["name"] for each in found["columnModels"]] == ["patient", "years", "tags"]
    facets = {each["columnName"]: each for each in found["facets"]}
    assert facets["years"]["columnMin"] == "40"
    assert [each["value"] for each in facets["patient"]["facetValues"]] == ["bob"]
    picked = {
        "concreteType": PACKAGE + "FacetColumnValuesRequest",
        "columnName": "patient",
        "facetValues": ["zoe"],
    }
    assert values(alice, f"select years from {id}", selectedFacets=[picked]) == [["30"]]
    assert values(alice, f"select unnest(tags) as t from {id} where tags has ('A') order by t") == [
        ["a"],
        ["b"],
    ]
    assert values(
        alice, f"select years from {id} order by years desc", sort=[{"column": "patient"}]
    ) == [["40"], ["30"]]
    # It needs no rebuilding.
    c = clinic.columns
    transact(alice, clinic.patients, partial(clinic.patients, (2, {c["age"]: "50"})))
    assert values(alice, f"select max(years) from {id}") == [["50"]]
    # Aggregates, and what they are made of.
    counted = virtual(
        alice, clinic.sql("select tissue, count(*) as n from {S} group by tissue"), clinic.project
    )
    assert values(alice, f"select n from {counted} where tissue = 'liver'") == [["2"]]
    assert values(alice, f"select n from {counted} defining_where mass > 1.7") == [["1"]] * 3
    assert values(
        alice, f"select n from {counted} defining_where patient = 'zoe' and tissue = 'liver'"
    ) == [["1"]]
    condition = {
        "concreteType": PACKAGE + "ColumnSingleValueQueryFilter",
        "columnName": "patient",
        "operator": "EQUAL",
        "values": ["zoe"],
        "isDefiningCondition": True,
    }
    assert values(alice, f"select sum(n) from {counted}", additionalFilters=[condition]) == [["2"]]
    tall = virtual(alice, f"select max(n) as most from {counted}", clinic.project)
    assert values(alice, f"select most from {tall}") == [["2"]]
    named = virtual(
        alice,
        clinic.sql("with c as (select age from {P}) select max(age) as oldest from c"),
        clinic.project,
    )
    assert values(alice, f"select oldest from {named}") == [["50"]]
    assert values(alice, f"with d as (select oldest + 1 as o from {named}) select o from d") == [
        ["51"]
    ]
    me = virtual(
        alice, clinic.sql("select patient, current_user() as me from {P} limit 1"), clinic.project
    )
    assert values(alice, f"select me from {me}") == [[str(alice.id)]]
    alice.share(clinic.project, bob.id, "READ", "DOWNLOAD")
    assert values(bob, f"select me from {me}") == [[str(bob.id)]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "select p.age from {P} p join {S} s on p.age = s.mass",
            "The JOIN keyword is not supported",
        ),
        ("select age from {P} union select mass from {S}", "The UNION keyword is not supported"),
        ("select age from {P} defining_where age > 1", "DEFINING_WHERE belongs to"),
        ("select age, age from {P}", "Two columns have the name 'age'"),
    ],
)
def test_what_cannot_define_a_virtual_table(clinic: Clinic, sql: str, reason: str) -> None:
    assert reason in clinic.refused(sql, "VirtualTable")


def test_no_search_in_a_virtual_table(clinic: Clinic) -> None:
    id = virtual(clinic.user, clinic.sql("select patient from {P}"), clinic.project)
    failed = query(clinic.user, f"select * from {id} where text_matches('bob')", status=400)
    assert "full-text search" in failed["reason"]


# ------------------------------------------------------------------ many at once


def test_many_query_while_sources_change(server: RunningServer, clinic: Clinic) -> None:
    user, samples, c = clinic.user, clinic.samples, clinic.columns
    id = clinic.made("select s.mass, t.mass as other from {S} s join {S} t on s.mass = t.mass")
    wrong: list[Any] = []

    def read() -> None:
        for _ in range(8):
            # Both sides are of one moment: each row finds itself.
            found = values(user, f"select mass, other from {id}")
            if any(one != other for one, other in found) or len(found) < 4:
                wrong.append(found)

    def write() -> None:
        for n in range(8):
            transact(user, samples, rows(samples, [c["mass"]], [[100 + n]]))

    threads = [threading.Thread(target=each) for each in (read, read, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(values(user, f"select mass from {id}")) == 12


def test_all_columns_of_a_join(clinic: Clinic) -> None:
    user, c = clinic.user, clinic.columns
    id = clinic.made("select * from {P} p join {S} s on (p.patient = s.patient)")
    names = [each["name"] for each in user.get(f"/entity/{id}/column")["results"]]
    assert names == ["patient", "age", "tags", "s.patient", "tissue", "mass"]
    found = values(user, f"select patient, \"s.patient\" from {id} where tissue = 'blood'")
    assert found == [["Zoë", "zoë"]]
    # A column more of a source, of a name that another has, changes nothing.
    transact(user, clinic.samples, restructure((None, c["age"])))
    found = values(user, f"select * from {id} where tissue = 'blood'")
    assert found == [["Zoë", "30", '["a", "b"]', "zoë", "blood", "2.0"]]
