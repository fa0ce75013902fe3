"""An organiser makes a queue, others submit, alone and as a team, the organiser scores; with both
official clients and ours.

flow_evaluations.py ENDPOINT USER SECRET FOLDER OTHER OTHERS_SECRET
"""

import os
import sys

from session import refused, session

from synapseclient import Evaluation, File, Project, Team

endpoint, user, secret, folder, other, others_secret = sys.argv[1:7]
syn = session(endpoint, secret, folder, user)
guest = session(endpoint, others_secret, folder, other, cache="cache of the guest")
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
reason = str(refused(syn.store, stale))
assert "412" in reason or "updated since" in reason, reason

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
