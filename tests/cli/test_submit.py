"""synapse submit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_commands import Shell, shell  # noqa: F401  a fixture
from tests.conftest import User
from tests.server.test_challenges import Contest
from tests.server.test_evaluations import grant, queue


@pytest.fixture
def open_queue(shell: Shell, bob: User) -> Any:  # noqa: F811
    made = queue(bob, submissionReceiptMessage="Thank you!")
    grant(bob, made, shell.user, "READ", "SUBMIT")
    return made


def test_submitting_an_entity(shell: Shell, open_queue: Any) -> None:  # noqa: F811
    file = shell.user.file(shell.user.project()["id"], "answer.csv")
    out = shell.ok("submit", "--evaluationID", open_queue["id"], "--entity", file["id"])
    first, second = out.splitlines()
    assert first == "Thank you!"
    told = r"Submitted \(id: (\d+)\) entity: (syn\d+)\tanswer\.csv to Evaluation: (\d+)"
    match = re.fullmatch(told, second)
    assert match
    assert match.groups()[1:] == (file["id"], open_queue["id"])
    name = open_queue["name"]
    out = shell.ok("submit", "--evalN", name, "--id", file["id"], "--name", "n", "--alias", "a")
    assert "\tn to Evaluation" in out
    for words in (["--evaluation", open_queue["id"]], ["--evaluation", name]):
        assert "Submitted" in shell.ok("submit", *words, "--eid", file["id"])
    path = f"/evaluation/{open_queue['id']}/submission"
    found = shell.user.get(path)["results"]
    assert [each.get("submitterAlias") for each in found] == [None, "a", None, None]


def test_submitting_a_file(shell: Shell, open_queue: Any, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "answer.csv").write_text("1\n")
    project = shell.user.project()["id"]
    words = ["submit", "--evalID", open_queue["id"], "-f", str(tmp_path / "answer.csv")]
    out = shell.ok(*words, "--parent", project, "--used", "https://example.org/raw.csv")
    (id,) = re.findall(r"entity: (syn\d+)\tanswer\.csv", out)
    activity = shell.user.get(f"/entity/{id}/generatedBy")
    assert activity["used"][0]["url"] == "https://example.org/raw.csv"


def test_submitting_for_a_team(shell: Shell, bob: User) -> None:  # noqa: F811
    contest = Contest(bob.server, bob)
    contest.enter(shell.user)
    team = contest.team(shell.user)
    file = shell.user.file(shell.user.project()["id"])
    words = ["submit", "--evalID", contest.queue["id"], "--id", file["id"]]
    assert "Submitted" in shell.ok(*words, "--team", team["name"])
    (found,) = shell.user.get(f"/evaluation/{contest.queue['id']}/submission")["results"]
    assert found["teamId"] == team["id"]


def test_what_cannot_be_submitted(
    shell: Shell,  # noqa: F811
    open_queue: Any,
    bob: User,
    tmp_path: Path,
) -> None:
    file = shell.user.file(shell.user.project()["id"])
    closed = queue(bob)
    (tmp_path / "a").write_text("1")
    for words, told in (
        (["--id", file["id"]], "Evaluation ID or Evaluation Name is required"),
        (["--evalID", open_queue["id"]], "Either entityID or filename is required"),
        (["--evalN", "No such queue", "--id", file["id"]], "Could not find an evaluation named"),
        (["--evalID", open_queue["id"], "-f", str(tmp_path / "a")], "parentID required"),
        (["--evalID", open_queue["id"], "-f", "/no", "--parent", "syn1"], "not valid"),
        (["--evalID", closed["id"], "--id", file["id"]], "SUBMIT"),
        (["--evalID", open_queue["id"], "--id", file["id"], "--team", "nobody"], "nobody"),
    ):
        code, _, err = shell.run("submit", *words)
        assert code == 1, words
        assert told in err, (words, err)
        assert "Traceback" not in err
