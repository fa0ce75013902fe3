"""Evaluations and submissions with the object-oriented API; runs with the official 4.14.0 and ours.

flow_evaluation_models.py ENDPOINT USER TOKEN FOLDER OTHERS_ID
"""

import os
import sys

from session import refused, session

from synapseclient.models import (
    Evaluation,
    File,
    Project,
    Submission,
    SubmissionBundle,
    SubmissionStatus,
)

endpoint, _, token, folder, other = sys.argv[1:6]
session(endpoint, token, folder)

name = f"Queue of {os.path.basename(folder)}"
project = Project(name=f"Project of {name}").store()
queue = Evaluation(name=name, description="d", content_source=project.id).store()
assert queue.id
assert Evaluation(name=name).get().id == Evaluation(id=queue.id).get().id == queue.id
queue.description = "changed"
queue.submission_instructions_message = "one file"
queue.store()
assert Evaluation(id=queue.id).get().description == "changed"
assert [each.id for each in Evaluation.get_evaluations_by_project(project.id)] == [queue.id]
assert queue.id in [each.id for each in Evaluation.get_all_evaluations(limit=100)]
found = Evaluation.get_available_evaluations(evaluation_ids=[queue.id])
assert [each.id for each in found] == [queue.id]
assert queue.get_permissions()["canEditSubmissionStatuses"] is True
queue.update_acl(principal_id=other, access_type=["READ", "SUBMIT"])
assert len(queue.get_acl()["resourceAccess"]) == 2
queue.update_acl(principal_id=other, access_type=[])
acl = queue.get_acl()
assert len(acl["resourceAccess"]) == 1
queue.update_acl(acl=acl)

path = os.path.join(folder, "answer.csv")
with open(path, "w") as file:
    file.write("1,2\n")
answer = File(path=path, parent_id=project.id).store()
made = [
    Submission(entity_id=answer.id, evaluation_id=queue.id, name=f"number {n}").store()
    for n in range(3)
]
assert made[0].version_number == 1
assert Submission(id=made[0].id).get().name == "number 0"
assert '"answer.csv"' in made[0].entity_bundle_json
ids = [each.id for each in made]
assert [each.id for each in Submission.get_evaluation_submissions(queue.id)] == ids
assert [each.id for each in Submission.get_user_submissions(queue.id)] == ids
assert int(Submission.get_submission_count(queue.id)) == 3

status = SubmissionStatus(id=made[0].id).get()
assert status.status == "RECEIVED"
status.status = "SCORED"
status.score = 0.25
status.submission_annotations = {"auc": [0.5], "rank": [1], "team": ["blue"]}
status.store()
again = SubmissionStatus(id=made[0].id).get()
assert (again.status, again.score) == ("SCORED", 0.25)
assert again.submission_annotations == {"auc": [0.5], "rank": [1], "team": ["blue"]}
statuses = SubmissionStatus.get_all_submission_statuses(queue.id, status="RECEIVED")
assert [each.id for each in statuses] == ids[1:]
for each in statuses:
    each.status = "VALIDATED"
answered = SubmissionStatus.batch_update_submission_statuses(queue.id, statuses)
assert not answered.get("nextUploadToken")
bundles = list(SubmissionBundle.get_evaluation_submission_bundles(queue.id, status="VALIDATED"))
assert [each.submission.id for each in bundles] == ids[1:]
assert [each.submission_status.status for each in bundles] == ["VALIDATED"] * 2
assert len(list(SubmissionBundle.get_user_submission_bundles(queue.id))) == 3

status = SubmissionStatus(id=made[1].id).get()
status.can_cancel = True
status.store()
made[1].cancel()
assert SubmissionStatus(id=made[1].id).get().cancel_requested is True
made[2].delete()
refused(Submission(id=made[2].id).get)
queue.delete()
refused(Evaluation(id=queue.id).get)
print("done")
