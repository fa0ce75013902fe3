"""Requests for access: research projects, requests, submissions, reviews, renewals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.conftest import User
from tests.governing import DAY, PACKAGE, Clock, Data, requirement

DATA_ACCESS = PACKAGE + "dataaccess."
TEXTS = {
    "institution": "Institute",
    "projectLead": "A. Lead",
    "intendedDataUseStatement": "To look for causes.",
}


@dataclass
class Asking:
    """A requirement under which people ask for access, and the way to do it."""

    data: Data
    act: User
    id: int

    def project(self, user: User) -> Any:
        """A user's research project."""
        body = user.get(f"/accessRequirement/{self.id}/researchProjectForUpdate")
        return body if "id" in body else user.post("/researchProject", {**body, **TEXTS}, 200)

    def request(self, user: User, *others: User, change: str = "GAIN_ACCESS", **more: Any) -> Any:
        """A user's request for themself and others."""
        body = user.get(f"/accessRequirement/{self.id}/dataAccessRequestForUpdate")
        changes = [{"userId": str(each.id), "type": change} for each in (user, *others)]
        body = {
            **body,
            "researchProjectId": self.project(user)["id"],
            "accessorChanges": changes,
            **more,
        }
        return user.post("/dataAccessRequest", body, 200)

    def submit(self, user: User, request: Any, status: int = 200) -> Any:
        """Hand it in."""
        body = {
            "requestId": request["id"],
            "requestEtag": request["etag"],
            "subjectId": self.data.file,
            "subjectType": "ENTITY",
        }
        return user.post(f"/dataAccessRequest/{request['id']}/submission", body, status)

    def review(self, by: User, submission: str, state: str, status: int = 200, **more: Any) -> Any:
        """Decide."""
        body = {"submissionId": submission, "newState": state, **more}
        return by.put(f"/dataAccessSubmission/{submission}", body, status)


@pytest.fixture
def asking(data: Data, act: User) -> Asking:
    """A requirement that wants no papers, and whose approvals last 365 days."""
    body = requirement("ManagedACT", data.folder, expirationPeriod=365 * DAY)
    return Asking(data, act, act.post("/accessRequirement", body)["id"])


def test_from_request_to_approval(asking: Asking, bob: User, moving_clock: Clock) -> None:
    data, act = asking.data, asking.act
    carol, stranger = data.owner.server.user(), data.owner.server.user()
    blank = bob.get(f"/accessRequirement/{asking.id}/researchProjectForUpdate")
    assert blank == {"accessRequirementId": str(asking.id)}
    project = asking.project(bob)
    assert project == {
        "id": project["id"],
        "accessRequirementId": str(asking.id),
        **TEXTS,
        "etag": project["etag"],
        "createdOn": project["createdOn"],
        "createdBy": str(bob.id),
        "modifiedOn": project["createdOn"],
        "modifiedBy": str(bob.id),
    }
    assert bob.get(f"/accessRequirement/{asking.id}/researchProjectForUpdate") == project
    empty = bob.get(f"/accessRequirement/{asking.id}/dataAccessRequestForUpdate")
    assert empty == {
        "concreteType": DATA_ACCESS + "Request",
        "accessRequirementId": str(asking.id),
    }
    request = asking.request(bob, carol)
    assert bob.get(f"/accessRequirement/{asking.id}/dataAccessRequestForUpdate") == request
    status = asking.submit(bob, request)
    id = status["submissionId"]
    assert status == {
        "submissionId": id,
        "submittedBy": str(bob.id),
        "state": "SUBMITTED",
        "modifiedOn": status["modifiedOn"],
    }
    for user in (bob, carol):
        found = user.get(f"/accessRequirement/{asking.id}/status")
        assert found["concreteType"] == DATA_ACCESS + "ManagedACTAccessRequirementStatus"
        assert (found["isApproved"], found["currentSubmissionStatus"]) == (False, status)
    assert not data.may(bob)
    for user, code in ((bob, 403), (stranger, 403), (data.owner.server.anonymous, 401)):
        asking.review(user, id, "APPROVED", code)
    submission = act.get(f"/dataAccessSubmission/{id}")
    assert submission["researchProjectSnapshot"] == {**project}
    assert submission["accessorChanges"] == request["accessorChanges"]
    assert submission["isRenewalSubmission"] is False
    assert (submission["subjectId"], submission["subjectType"]) == (data.file, "ENTITY")
    for user in (bob, carol):
        assert user.get(f"/dataAccessSubmission/{id}") == submission
        user.get(f"/dataAccessSubmission/{id}/userAccessApproval", 404)
    stranger.get(f"/dataAccessSubmission/{id}", 403)
    stranger.get(f"/dataAccessSubmission/{id}/userAccessApproval", 403)
    approved = asking.review(act, id, "APPROVED")
    assert (approved["state"], approved["modifiedBy"]) == ("APPROVED", str(act.id))
    assert data.may(bob)
    assert data.may(carol)
    assert not data.may(stranger)
    mine = carol.get(f"/dataAccessSubmission/{id}/userAccessApproval")
    assert (mine["accessorId"], mine["submitterId"]) == (str(carol.id), str(bob.id))
    (group,) = act.post("/accessApproval/group", {"accessRequirementId": str(asking.id)}, 200)[
        "results"
    ]
    assert group["accessorIds"] == sorted([str(bob.id), str(carol.id)])
    assert group["expiredOn"] == mine["expiredOn"]
    asking.review(act, id, "REJECTED", 400)
    bob.put(f"/dataAccessSubmission/{id}/cancellation", status=400)
    moving_clock.forward(366 * DAY)
    assert not data.may(bob)
    assert not data.may(carol)


def test_a_renewal(asking: Asking, bob: User, moving_clock: Clock) -> None:
    data, act = asking.data, asking.act
    carol, dan = data.owner.server.user(), data.owner.server.user()
    first = asking.request(bob, carol)
    early = {**first, "concreteType": DATA_ACCESS + "Renewal"}
    assert "nothing to renew" in bob.post("/dataAccessRequest", early, 400)["reason"]
    asking.review(act, asking.submit(bob, first)["submissionId"], "APPROVED")
    moving_clock.forward(300 * DAY)
    renewal = bob.get(f"/accessRequirement/{asking.id}/dataAccessRequestForUpdate")
    assert renewal["concreteType"] == DATA_ACCESS + "Renewal"
    assert [each["type"] for each in renewal["accessorChanges"]] == ["RENEW_ACCESS"] * 2
    renewal["accessorChanges"] = [
        {"userId": str(bob.id), "type": "RENEW_ACCESS"},
        {"userId": str(carol.id), "type": "REVOKE_ACCESS"},
        {"userId": str(dan.id), "type": "GAIN_ACCESS"},
    ]
    renewal["summaryOfUse"], renewal["publication"] = "We looked.", "doi:10.1/1"
    stored = bob.post("/dataAccessRequest", renewal, 200)
    assert bob.get(f"/accessRequirement/{asking.id}/dataAccessRequestForUpdate") == stored
    id = asking.submit(bob, stored)["submissionId"]
    assert data.may(carol)
    submission = asking.review(act, id, "APPROVED")
    assert submission["isRenewalSubmission"] is True
    assert (submission["summaryOfUse"], submission["publication"]) == ("We looked.", "doi:10.1/1")
    assert data.may(bob)
    assert not data.may(carol)
    assert data.may(dan)
    moving_clock.forward(70 * DAY)  # the first approval would be over
    assert data.may(bob)
    moving_clock.forward(300 * DAY)
    assert not data.may(bob)


def test_rejection_and_cancellation(asking: Asking, bob: User) -> None:
    act = asking.act
    request = asking.request(bob)
    first = asking.submit(bob, request)["submissionId"]
    assert "has to be reviewed or cancelled" in asking.submit(bob, request, 400)["reason"]
    act.put(f"/dataAccessSubmission/{first}/cancellation", status=403)
    asking.data.owner.server.anonymous.put(
        f"/dataAccessSubmission/{first}/cancellation", status=401
    )
    assert bob.put(f"/dataAccessSubmission/{first}/cancellation")["state"] == "CANCELLED"
    asking.review(act, first, "APPROVED", 400)
    second = asking.submit(bob, request)["submissionId"]
    for wrong in ("SUBMITTED", "CANCELLED", None):
        asking.review(act, second, wrong, 400)  # type: ignore[arg-type]
    asking.review(act, second, "MAYBE", 400)
    found = asking.review(act, second, "REJECTED", rejectedReason="Sign it.")
    assert (found["state"], found["rejectedReason"]) == ("REJECTED", "Sign it.")
    status = bob.get(f"/accessRequirement/{asking.id}/status")["currentSubmissionStatus"]
    assert (status["submissionId"], status["rejectedReason"]) == (second, "Sign it.")
    assert not asking.data.may(bob)
    asking.submit(bob, request)
    bob.delete(f"/dataAccessSubmission/{second}", 403)
    act.delete(f"/dataAccessSubmission/{second}", 200)
    act.get(f"/dataAccessSubmission/{second}", 404)
    act.get("/dataAccessSubmission/x", 404)


def test_what_must_be_handed_in(data: Data, act: User, bob: User) -> None:
    flags = ("isDUCRequired", "isIRBApprovalRequired", "areOtherAttachmentsRequired")
    body = requirement("ManagedACT", data.folder, isIDURequired=True, **dict.fromkeys(flags, True))
    asking = Asking(data, act, act.post("/accessRequirement", body)["id"])
    blank = {"accessRequirementId": str(asking.id), "institution": "I", "projectLead": "L"}
    assert "intendedDataUse" in bob.post("/researchProject", blank, 400)["reason"]
    foreign = data.owner.external()
    bob.get(f"/accessRequirement/{asking.id}/status")
    project = asking.project(bob)["id"]
    asked = {
        "concreteType": DATA_ACCESS + "Request",
        "accessRequirementId": str(asking.id),
        "researchProjectId": project,
    }
    bob.post("/dataAccessRequest", {**asked, "ducFileHandleId": foreign}, 403)
    bob.post("/dataAccessRequest", {**asked, "attachments": ["999999999"]}, 404)
    request = asking.request(bob)
    duc, irb, other = (bob.external(f"https://example.org/{name}.pdf") for name in "abc")
    for fields, missing in (
        ({}, "Data Use Certification"),
        ({"ducFileHandleId": duc}, "Institutional Review Board"),
        ({"irbFileHandleId": irb}, "attachment"),
    ):
        request = bob.post("/dataAccessRequest", {**request, **fields}, 200)
        assert missing in asking.submit(bob, request, 400)["reason"]
    request = bob.post("/dataAccessRequest", {**request, "attachments": [other]}, 200)
    id = asking.submit(bob, request)["submissionId"]

    def fetch(user: User, kind: str, object_id: str, handle: str) -> int:
        path = f"/file/v1/file/{handle}?redirect=false&fileAssociateType={kind}"
        answer = user.send("GET", f"{path}&fileAssociateId={object_id}")
        return answer.status_code

    # Those who decide may read what was handed in, and nobody else.
    stranger = data.owner.server.user()
    for handle in (duc, irb, other):
        for user, status in ((act, 200), (bob, 200), (stranger, 403), (data.owner, 403)):
            assert fetch(user, "DataAccessSubmissionAttachment", id, handle) == status
    assert fetch(act, "DataAccessSubmissionAttachment", id, foreign) == 403
    assert fetch(act, "DataAccessSubmissionAttachment", "77", duc) == 404
    nobody = data.owner.server.anonymous
    assert fetch(nobody, "DataAccessSubmissionAttachment", id, duc) in (401, 403)
    assert fetch(bob, "DataAccessRequestAttachment", request["id"], duc) == 200
    assert fetch(act, "DataAccessRequestAttachment", request["id"], duc) == 403


def test_the_template_of_a_certificate(data: Data, act: User, bob: User) -> None:
    template = act.external("https://example.org/template.pdf")
    theirs = bob.external()
    body = requirement("ManagedACT", data.folder, ducTemplateFileHandleId=theirs)
    act.post("/accessRequirement", body, 403)
    made = act.post("/accessRequirement", {**body, "ducTemplateFileHandleId": template})
    path = f"/file/v1/file/{template}?redirect=false&fileAssociateType=AccessRequirementAttachment"
    url = bob.send("GET", f"{path}&fileAssociateId={made['id']}")
    assert url.text == "https://example.org/template.pdf"
    anonymous = data.owner.server.anonymous
    assert anonymous.send("GET", f"{path}&fileAssociateId={made['id']}").status_code in (401, 403)


def test_who_may_be_an_accessor(asking: Asking, bob: User) -> None:
    carol = asking.data.owner.server.user()
    request = asking.request(bob)

    def put(*changes: tuple[Any, Any], status: int = 200) -> Any:
        body = [{"userId": str(who), "type": what} for who, what in changes]
        found = bob.post("/dataAccessRequest", {**request, "accessorChanges": body}, status)
        if status == 200:
            request.update(found)
        return found

    put((bob.id, None), status=400)
    put((bob.id, "GAIN_ACCESS"), (bob.id, "GAIN_ACCESS"), status=400)
    put((999_999_999, "GAIN_ACCESS"), status=404)
    put(("x", "GAIN_ACCESS"), status=400)
    put(*((number, "GAIN_ACCESS") for number in range(501)), status=404)
    put((carol.id, "GAIN_ACCESS"))
    assert "must be among" in asking.submit(bob, request, 400)["reason"]
    put((bob.id, "GAIN_ACCESS"), (carol.id, "REVOKE_ACCESS"))
    assert "first request" in asking.submit(bob, request, 400)["reason"]
    put()
    asking.submit(bob, request, 400)
    put((bob.id, "GAIN_ACCESS"))
    asking.review(asking.act, asking.submit(bob, request)["submissionId"], "APPROVED")
    request = bob.get(f"/accessRequirement/{asking.id}/dataAccessRequestForUpdate")
    put((bob.id, "RENEW_ACCESS"), (carol.id, "REVOKE_ACCESS"))
    assert "nothing to renew" in asking.submit(bob, request, 400)["reason"]


def test_accessors_must_be_certified_if_so_required(data: Data, act: User, bob: User) -> None:
    body = requirement("ManagedACT", data.folder, isCertifiedUserRequired=True)
    asking = Asking(data, act, act.post("/accessRequirement", body)["id"])
    certified = data.owner.server.user(certified=True)
    error = asking.submit(certified, asking.request(certified, bob), 403)
    assert error["errorCode"] == "USER_CERTIFICATION_REQUIRED"
    asking.submit(certified, asking.request(certified))


def test_projects_and_requests_are_ones_own(asking: Asking, bob: User) -> None:
    data = asking.data
    carol, nobody = data.owner.server.user(), data.owner.server.anonymous
    project, request = asking.project(bob), asking.request(bob)
    path = f"/accessRequirement/{asking.id}"
    assert "id" not in carol.get(f"{path}/researchProjectForUpdate")
    assert "id" not in carol.get(f"{path}/dataAccessRequestForUpdate")
    for user, status in ((carol, 403), (asking.act, 403), (nobody, 401)):
        user.post("/researchProject", project, status)
        user.post("/dataAccessRequest", request, status)
        asking.submit(user, request, status)
    nobody.get(f"{path}/researchProjectForUpdate", 401)
    nobody.get(f"{path}/dataAccessRequestForUpdate", 401)
    nobody.get(f"{path}/status", 401)
    carol.post("/dataAccessRequest", {**request, "id": None}, 403)
    stale = {**project, "etag": "old"}
    assert "retrieve it again" in bob.post("/researchProject", stale, 412)["reason"]
    bob.post("/dataAccessRequest", {**request, "etag": None}, 412)
    assert "not changed" not in asking.submit(bob, {**request, "etag": "old"}, 400)["reason"]
    bob.post("/researchProject", {**project, "id": None}, 409)
    bob.post("/dataAccessRequest", {**request, "id": None}, 409)
    bob.post("/researchProject", {**project, "id": "99999"}, 404)
    for field_ in ("institution", "projectLead"):
        bob.post("/researchProject", {**project, field_: " "}, 400)
    bob.post("/researchProject", {**project, "institution": "x" * 20_001}, 400)
    bob.post("/researchProject", {**project, "accessRequirementId": None}, 400)
    bob.post("/dataAccessRequest", {**request, "researchProjectId": None}, 404)
    terms = asking.act.post("/accessRequirement", requirement("SelfSign", data.file))["id"]
    bob.post("/researchProject", {**TEXTS, "accessRequirementId": str(terms)}, 400)
    bob.get(f"/accessRequirement/{terms}/dataAccessRequestForUpdate", 400)
    bob.get("/accessRequirement/1/researchProjectForUpdate", 404)
    other = asking.act.post("/accessRequirement", requirement("ManagedACT", data.file))["id"]
    elsewhere = {**request, "accessRequirementId": str(other)}
    assert "stays with" in bob.post("/dataAccessRequest", elsewhere, 400)["reason"]
    body = {"requestEtag": request["etag"], "subjectId": data.file}
    bob.post(f"/dataAccessRequest/{request['id']}/submission", body, 400)
    unicode = bob.post("/researchProject", {**project, "projectLead": "Ünïcode ✓"}, 200)
    assert unicode["projectLead"] == "Ünïcode ✓"


def test_reviewers(asking: Asking, bob: User) -> None:
    data, act = asking.data, asking.act
    reviewer = data.owner.server.user()
    other_requirement = requirement("ManagedACT", data.file)
    other = Asking(data, act, act.post("/accessRequirement", other_requirement)["id"])
    id = asking.submit(bob, asking.request(bob))["submissionId"]
    aside = other.submit(bob, other.request(bob))["submissionId"]
    asking.review(reviewer, id, "APPROVED", 403)
    search = "/dataAccessSubmission/search"
    assert reviewer.post(search, {}, 200) == {"results": []}
    entry = {"principalId": reviewer.id, "accessType": ["REVIEW_SUBMISSIONS"]}
    act.post(f"/accessRequirement/{asking.id}/acl", {"resourceAccess": [entry]})
    (line,) = reviewer.post(search, {}, 200)["results"]
    assert line == {
        "id": id,
        "createdOn": line["createdOn"],
        "modifiedOn": line["modifiedOn"],
        "accessRequirementId": str(asking.id),
        "accessRequirementVersion": "0",
        "accessRequirementName": act.get(f"/accessRequirement/{asking.id}")["name"],
        "accessRequirementReviewerIds": [str(reviewer.id)],
        "submitterId": str(bob.id),
        "accessorChanges": [{"userId": str(bob.id), "type": "GAIN_ACCESS"}],
        "state": "SUBMITTED",
    }
    mine = {"accessorId": str(bob.id)}

    def found(**more: Any) -> list[str]:
        return [each["id"] for each in act.post(search, {**mine, **more}, 200)["results"]]

    assert found() == [id, aside]
    assert found(sort=[{"field": "CREATED_ON", "direction": "DESC"}]) == [aside, id]
    assert found(reviewerFilterType="ACT_ONLY") == [aside]
    assert found(reviewerFilterType="DELEGATED_ONLY") == [id]
    assert found(reviewerId=str(reviewer.id)) == [id]
    assert found(submissionState="APPROVED") == []
    assert found(accessRequirementId=str(other.id)) == [aside]
    data.owner.server.anonymous.post(search, {}, 401)
    assert reviewer.get(f"/dataAccessSubmission/{id}")["id"] == id
    reviewer.get(f"/dataAccessSubmission/{aside}", 403)
    other.review(reviewer, aside, "APPROVED", 403)
    info = {"userId": str(bob.id), "accessRequirementIds": [str(asking.id)]}
    reviewer.post("/accessApproval/information", info, 200)
    assert asking.review(reviewer, id, "APPROVED")["modifiedBy"] == str(reviewer.id)
    assert not data.may(bob)  # the other requirement is on the file, too
    other.review(act, aside, "APPROVED")
    assert data.may(bob)


def test_lists(asking: Asking, bob: User) -> None:
    act = asking.act
    carol = asking.data.owner.server.user()
    first = asking.submit(bob, asking.request(bob, carol))["submissionId"]
    second = asking.submit(carol, asking.request(carol))["submissionId"]
    path = f"/accessRequirement/{asking.id}/submissions"
    body = {"accessRequirementId": str(asking.id)}

    def listed(**more: Any) -> list[str]:
        return [each["id"] for each in act.post(path, {**body, **more}, 200)["results"]]

    assert listed() == [first, second]
    assert listed(isAscending=False) == [second, first]
    assert listed(accessorId=str(bob.id)) == [first]
    assert listed(filterBy="APPROVED") == []
    for user, status in ((bob, 403), (asking.data.owner.server.anonymous, 401)):
        user.post(path, body, status)
        user.get("/dataAccessSubmission/openSubmissions", status)
    act.post("/accessRequirement/1/submissions", body, 404)
    open_ = act.get("/dataAccessSubmission/openSubmissions")["openSubmissionList"]
    mine = {"accessRequirementId": str(asking.id), "numberOfSubmittedSubmission": 2}
    assert mine in open_
    asking.review(act, first, "APPROVED")
    own = "/dataAccessSubmission/userRequests"
    results = carol.post(own, {"accessRequirementId": str(asking.id)}, 200)["results"]
    assert [each["id"] for each in results] == [first, second]
    assert results[0]["userAccessApproval"]["accessorId"] == str(carol.id)
    assert "userAccessApproval" not in results[1]
    state = {"submissionState": "SUBMITTED"}
    assert [each["id"] for each in carol.post(own, state, 200)["results"]] == [second]
    asking.data.owner.server.anonymous.post(own, {}, 401)
    assert asking.data.owner.post(own, {}, 200) == {"results": []}


def test_what_data_are_used_for(data: Data, act: User, bob: User) -> None:
    body = requirement("ManagedACT", data.folder, isIDUPublic=True)
    asking = Asking(data, act, act.post("/accessRequirement", body)["id"])
    path = f"/accessRequirement/{asking.id}/approvedSubmissionInfo"
    asked = {"accessRequirementId": str(asking.id)}
    id = asking.submit(bob, asking.request(bob))["submissionId"]
    assert data.owner.post(path, asked, 200) == {"results": []}
    asking.review(act, id, "APPROVED")
    (line,) = data.owner.post(path, asked, 200)["results"]
    assert line == {**TEXTS, "modifiedOn": line["modifiedOn"], "submittedBy": str(bob.id)}
    (whole,) = act.post(path, asked, 200)["results"]
    assert whole["accessorChanges"] == [{"userId": str(bob.id), "type": "GAIN_ACCESS"}]
    private = Asking(
        data, act, act.post("/accessRequirement", requirement("ManagedACT", data.file))["id"]
    )
    path = f"/accessRequirement/{private.id}/approvedSubmissionInfo"
    data.owner.post(path, asked, 403)
    data.owner.server.anonymous.post(path, asked, 403)
    act.post(path, asked, 200)


def test_a_deleted_requirement_takes_its_requests_with_it(asking: Asking, bob: User) -> None:
    id = asking.submit(bob, asking.request(bob))["submissionId"]
    asking.act.delete(f"/accessRequirement/{asking.id}", 200)
    asking.act.get(f"/dataAccessSubmission/{id}", 404)
    assert asking.data.may(bob)


def test_ones_own_requests(data: Data, act: User, bob: User, moving_clock: Clock) -> None:
    def ask(name: str, entity: str, **fields: Any) -> Asking:
        body = {**requirement("ManagedACT", entity, **fields), "name": f"{name} {data.folder}"}
        return Asking(data, act, act.post("/accessRequirement", body)["id"])

    first = ask("b", data.folder, expirationPeriod=DAY)
    second = ask("a", data.file)
    request = first.request(bob)
    listed = "/dataAccessRequest/list"
    (line,) = bob.post(listed, {}, 200)["results"]
    assert line == {
        "requestId": request["id"],
        "accessRequirementId": str(first.id),
        "accessRequirementName": f"b {data.folder}",
        "status": "created",
        "modifiedOn": request["modifiedOn"],
        "isEDuc": False,
    }
    id = first.submit(bob, request)["submissionId"]
    (line,) = bob.post(listed, {}, 200)["results"]
    assert line["status"] == "submitted"
    moving_clock.forward(1000)
    first.review(act, id, "APPROVED")
    (line,) = bob.post(listed, {}, 200)["results"]
    assert line["status"] == "approved"
    mine = bob.get(f"/dataAccessSubmission/{id}")
    assert (line["submittedOn"], line["modifiedOn"]) == (mine["submittedOn"], mine["modifiedOn"])
    assert line["expiresOn"] == bob.get(f"/accessRequirement/{first.id}/status")["expiredOn"]
    moving_clock.forward(1000)
    second.request(bob)

    def names(**body: Any) -> list[str]:
        found = bob.post(listed, body, 200)["results"]
        return [each["accessRequirementName"][0] for each in found]

    assert names() == ["a", "b"]
    assert names(sortDirection="ASC") == ["b", "a"]
    assert names(sortBy="ACCESS_REQUIREMENT_NAME", sortDirection="DESC") == ["b", "a"]
    assert set(names(sortBy="EXPIRES_ON")) == set(names(sortBy="SUBMITTED_ON")) == {"a", "b"}
    assert names(accessRequirementId=str(first.id)) == ["b"]
    assert names(isEDuc=True) == []
    bob.post(listed, {"accessRequirementId": "x"}, 400)
    bob.post(listed, {"sortBy": "LUCK"}, 400)
    bob.post(listed, {"nextPageToken": "x"}, 400)
    assert data.owner.post(listed, {}, 200) == {"results": []}
    data.owner.server.anonymous.post(listed, {}, 401)


def test_what_was_handed_in_cannot_be_deleted(data: Data, act: User, bob: User) -> None:
    template, lost, kept = act.external(), bob.external(), bob.external()
    body = requirement("ManagedACT", data.folder, ducTemplateFileHandleId=template)
    asking = Asking(data, act, act.post("/accessRequirement", body)["id"])
    assert "access requirement" in act.delete(f"/file/v1/fileHandle/{template}", 409)["reason"]
    request = asking.request(bob, attachments=[lost])
    bob.delete(f"/file/v1/fileHandle/{lost}", 200)
    assert lost in asking.submit(bob, request, 404)["reason"]
    request = asking.request(bob, attachments=[kept])
    id = asking.submit(bob, request)["submissionId"]
    assert "request for access" in bob.delete(f"/file/v1/fileHandle/{kept}", 409)["reason"]
    asking.review(act, id, "REJECTED", rejectedReason="Sign it.")
    act.delete(f"/dataAccessSubmission/{id}", 200)
    bob.delete(f"/file/v1/fileHandle/{kept}", 200)
    act.delete(f"/accessRequirement/{asking.id}", 200)
    act.delete(f"/file/v1/fileHandle/{template}", 200)
