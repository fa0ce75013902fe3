"""An organiser makes a queue, others submit, alone and as a team, the organiser scores; with both
official clients and ours.

flow_evaluations.py ENDPOINT USER SECRET OTHER OTHERS_SECRET FOLDER
"""

import os
import sys
import warnings

warnings.simplefilter("ignore")

import synapseclient  # noqa: E402
from synapseclient import Evaluation, File, Project, Team  # noqa: E402

endpoint, user, secret, other, others_secret, folder = sys.argv[1:7]


def session(name, proof):
    syn = synapseclient.Synapse(
        repoEndpoint=endpoint + "/repo/v1",
        authEndpoint=endpoint + "/auth/v1",
        fileHandleEndpoint=endpoint + "/file/v1",
        portalEndpoint=endpoint,
        skip_checks=True,
        silent=True,
        cache_root_dir=os.path.join(folder, f"cache of {name}"),
    )
    if proof.startswith("eyJ"):
        syn.login(authToken=proof, silent=True)
    else:
        syn.login(name, password=proof, silent=True)
    return syn


def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except Exception as error:
        return str(error)
    raise AssertionError(f"{call} was allowed")


syn, guest = session(user, secret), session(other, others_secret)
guest_id = guest.getUserProfile()["ownerId"]
name = f"Queue of {os.path.basename(folder)}"

project = syn.store(Project(f"Project of {name}"))
queue = syn.store(
    Evaluation(
        name=name,
        description="d",
        contentSource=project.id,
        submissionReceiptMessage="thank you",
    )
)
assert syn.getEvaluation(queue.id)["name"] == name
assert syn.getEvaluationByName(name)["id"] == queue.id
assert [each["id"] for each in syn.getEvaluationByContentSource(project)] == [queue.id]
queue.description = "changed"
queue = syn.store(queue)
assert queue["description"] == "changed"
refused(guest.getEvaluation, queue.id)
syn.setPermissions(queue, guest_id, ["READ", "SUBMIT"])
assert set(syn.getPermissions(queue, guest_id)) == {"READ", "SUBMIT"}

path = os.path.join(folder, "answer.csv")
with open(path, "w") as file:
    file.write("1,2\n")
theirs = guest.store(Project(f"Answers to {name}"))
answer = guest.store(File(path, parent=theirs))
submission = guest.submit(queue, answer, name="first", submitterAlias="alias")
assert (submission.name, submission.submitterAlias) == ("first", "alias")
assert submission.versionNumber == 1
with open(path, "w") as file:
    file.write("3,4\n")
newer = guest.store(File(path, parent=theirs))
second = guest.submit(queue.id, newer.id, silent=True)
assert second["versionNumber"] == 2
refused(guest.getSubmission, submission.id)
refused(syn.get, answer.id)

got = syn.getSubmission(submission.id, downloadLocation=os.path.join(folder, "scored"))
with open(got.filePath) as file:
    assert file.read() == "1,2\n", got
assert got.entity.name == "answer.csv"
ids = [each["id"] for each in syn.getSubmissions(queue, limit=1)]
assert ids == [submission.id, second["id"]]
assert [each["id"] for each in guest.getSubmissions(queue, myOwn=True)] == ids

status = syn.getSubmissionStatus(submission)
assert status.status == "RECEIVED"
status.status = "SCORED"
status.score = 0.5
status.submissionAnnotations["auc"] = [0.25, 0.5]
status.submissionAnnotations["team"] = ["blue"]
status = syn.store(status)
assert (status.status, status.score) == ("SCORED", 0.5)
again = syn.getSubmissionStatus(submission.id)
assert again.submissionAnnotations["auc"] == [0.25, 0.5], again
again.annotations = {"stringAnnos": [{"key": "seen", "value": "by all", "isPrivate": False}]}
again = syn.store(again)
seen = guest.getSubmissionStatus(submission.id)
assert seen["annotations"]["stringAnnos"][0]["value"] == "by all"
assert seen.submissionAnnotations == {}
[(first, scored)] = list(syn.getSubmissionBundles(queue, status="SCORED"))
assert (first.id, scored.score) == (submission.id, 0.5)
refused(guest.store, seen)
stale = syn.getSubmissionStatus(second["id"])
fresh = syn.getSubmissionStatus(second["id"])
fresh.status = "INVALID"
syn.store(fresh)
stale.status = "OPEN"
assert "412" in refused(syn.store, stale) or "updated since" in refused(syn.store, stale)

team = guest.store(Team(name=f"Team of {name}"))
with open(path, "w") as file:
    file.write("5,6\n")
# who has submitted alone may not submit with a team in the same round, so to another queue
teams = syn.store(Evaluation(name=f"{name} for teams", contentSource=project.id))
syn.setPermissions(teams, guest_id, ["READ", "SUBMIT"])
for_team = guest.submit(teams, guest.store(File(path, parent=theirs)), team=team.id, silent=True)
assert for_team["teamId"] == team.id
assert for_team["submitterAlias"] == team["name"]
assert [each["principalId"] for each in for_team["contributors"]] == [guest_id]

syn.delete(second)
assert len(list(syn.getSubmissions(queue))) == 1
syn.setPermissions(queue, guest_id, [])
refused(guest.getEvaluation, queue.id)
syn.delete(queue)
refused(syn.getEvaluation, queue.id)
print("done")
