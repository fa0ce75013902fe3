"""A challenge from its announcement to its leaderboard, with scorers that get in each other's way."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.conftest import RunningServer, User
from tests.server.test_challenges import Contest
from tests.server.test_evaluations import grant
from tests.server.test_submissions import submit

TEAMS, EACH, SCORERS = 20, 25, 4


def score_of(submission: Any) -> float:
    """What a submission is worth: its name says so, as its file would."""
    return int(submission["name"].rpartition(" ")[2]) / 1000


def enter_and_submit(contest: Contest, number: int) -> str:
    """A team of two that submits as often as it may, and once more; its id."""
    first, second = contest.enter(), contest.enter()
    team = contest.team(first, second)
    file = first.file(first.project()["id"], f"answer {number}")
    dice = random.Random(number)
    for attempt in range(EACH + 1):
        member = first if attempt < EACH else second
        told = contest.eligibility(member, team)["eligibilityStateHash"]
        mine = file if member is first else second.file(second.project()["id"])
        submit(
            member,
            contest.queue,
            mine,
            201 if attempt < EACH else 400,
            teamId=team["id"],
            name=f"team {number} {dice.randrange(1001)}",
            contributors=[{"principalId": str(each.id)} for each in (first, second)],
            query=f"&submissionEligibilityHash={told}",
        )
    return str(team["id"])


def score_all(scorer: User, queue: str) -> tuple[list[str], int]:
    """Score what is not scored yet until nothing is left; what was, and how often others were
    faster."""
    done: list[str] = []
    lost = 0
    dice = random.Random(scorer.id)
    path = f"/evaluation/{queue}/submission/bundle/all?status=RECEIVED&limit=20"
    while page := scorer.get(path)["results"]:
        dice.shuffle(page)
        for each in page:
            submission, status = each["submission"], each["submissionStatus"]
            points = {"points": {"type": "DOUBLE", "value": [str(score_of(submission))]}}
            body = {
                **status,
                "status": "SCORED",
                "score": score_of(submission),
                "report": f"by {scorer.name}",
                "submissionAnnotations": {"annotations": points},
            }
            answer = scorer.send("PUT", f"/evaluation/submission/{submission['id']}/status", body)
            assert answer.status_code in (200, 412), answer.text
            if answer.status_code == 200:
                done.append(submission["id"])
            else:
                lost += 1
    return done, lost


def test_a_challenge_is_played(server: RunningServer, alice: User) -> None:
    contest = Contest(server, alice)
    path = f"/evaluation/{contest.queue['id']}"
    alice.put(path, {**alice.get(path), "quota": {"submissionLimit": EACH}})
    scorers = [server.user() for _ in range(SCORERS)]
    for scorer in scorers:
        rights = ("READ", "READ_PRIVATE_SUBMISSION", "UPDATE_SUBMISSION")
        grant(alice, contest.queue, scorer, *rights)

    with ThreadPoolExecutor(8) as pool:
        teams = list(pool.map(lambda number: enter_and_submit(contest, number), range(TEAMS)))
    assert alice.get(f"{path}/submission/count") == TEAMS * EACH
    with ThreadPoolExecutor(SCORERS) as pool:
        results = list(pool.map(lambda one: score_all(one, contest.queue["id"]), scorers))

    scored = Counter(id for done, _ in results for id in done)
    assert len(scored) == TEAMS * EACH
    assert set(scored.values()) == {1}

    bundles: list[Any] = []
    while page := alice.get(f"{path}/submission/bundle/all?limit=100&offset={len(bundles)}")[
        "results"
    ]:
        bundles += page
    assert {each["submission"]["id"] for each in bundles} == set(scored)
    by = {scorer.name: set(done) for scorer, (done, _) in zip(scorers, results, strict=True)}
    best: dict[str, float] = {}
    for each in bundles:
        submission, status = each["submission"], each["submissionStatus"]
        assert (status["status"], status["statusVersion"]) == ("SCORED", 1)
        assert status["score"] == score_of(submission)
        points = status["submissionAnnotations"]["annotations"]["points"]["value"]
        assert points == [str(score_of(submission))]
        assert submission["id"] in by[status["report"].removeprefix("by ")]
        team = submission["teamId"]
        best[team] = max(best.get(team, 0), status["score"])

    expected: dict[str, float] = {}
    for number, team in enumerate(teams):
        dice = random.Random(number)
        expected[team] = max(dice.randrange(1001) for _ in range(EACH)) / 1000
    assert best == expected
    assert Counter(each["submission"]["teamId"] for each in bundles) == dict.fromkeys(teams, EACH)
