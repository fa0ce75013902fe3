"""Restricted data with our client, as docs/howto/restrict-data.md has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PASSWORD, RunningServer, User
from tests.governing import EVERYBODY

from synapse_server.users import service as users
from synapse_server.users import store as principals
from synapseclient import File, Folder, Project, models
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseHTTPError, SynapseUnmetAccessRestrictions

PACKAGE = "org.sagebionetworks.repo.model."


@pytest.fixture
def ada(server: RunningServer, tmp_path: Path) -> Synapse:
    """A member of the compliance team."""
    user = server.user()
    server.write(lambda tx: principals.add_member(tx, users.ACT, user.id))
    return session(user, tmp_path / "ada")


def session(user: User, folder: Path) -> Synapse:
    """A client with a cache of its own, logged in by password."""
    syn = user.client(folder)
    syn.login(user.name, PASSWORD, silent=True)
    return syn


def post(syn: Synapse, path: str, body: Any) -> Any:
    return syn.restPOST(path, json.dumps(body))


def test_from_lock_to_approval(alice: User, bob: User, ada: Synapse, tmp_path: Path) -> None:
    owner, reader = session(alice, tmp_path / "owner"), session(bob, tmp_path / "reader")
    project = owner.store(Project(f"Cohort of {alice.name}"))
    owner.setPermissions(project, EVERYBODY, ["READ", "DOWNLOAD"])
    folder = owner.store(Folder("Patients", parent=project.id), isRestricted=True)
    path = tmp_path / "a.txt"
    path.write_text("measured")
    file = owner.store(File(str(path), parent=folder.id)).id
    (lock,) = owner.restGET(f"/entity/{file}/accessRequirement")["results"]
    terms = post(
        ada,
        "/accessRequirement",
        {
            "concreteType": PACKAGE + "TermsOfUseAccessRequirement",
            "name": f"Cite the cohort {project.id}",
            "termsOfUse": "Cite doi:10.1000/182 in each publication.",
            "accessType": "DOWNLOAD",
            "subjectIds": [{"type": "ENTITY", "id": project.id}],
        },
    )["id"]
    managed = post(
        ada,
        "/accessRequirement",
        {
            "concreteType": PACKAGE + "ManagedACTAccessRequirement",
            "name": f"Patients {folder.id}",
            "accessType": "DOWNLOAD",
            "subjectIds": [{"type": "ENTITY", "id": folder.id}],
        },
    )["id"]
    ada.restDELETE(f"/accessRequirement/{lock['id']}")
    actions = reader.restGET(f"/entity/{file}/actions/download")["actions"]
    assert [each["accessRequirementId"] for each in actions] == [terms, managed]
    refused(reader, file)
    post(reader, "/accessApproval", {"requirementId": terms})
    refused(reader, file)
    there = f"/accessRequirement/{managed}"
    plan = reader.restGET(f"{there}/researchProjectForUpdate")
    plan |= {"institution": "Institute", "projectLead": "Lead", "intendedDataUseStatement": "Why"}
    plan = post(reader, "/researchProject", plan)
    request = reader.restGET(f"{there}/dataAccessRequestForUpdate")
    request["researchProjectId"] = plan["id"]
    request["accessorChanges"] = [{"userId": str(bob.id), "type": "GAIN_ACCESS"}]
    request = post(reader, "/dataAccessRequest", request)
    handed_in = {"requestId": request["id"], "requestEtag": request["etag"]}
    handed_in |= {"subjectId": file, "subjectType": "ENTITY"}
    id = post(reader, f"/dataAccessRequest/{request['id']}/submission", handed_in)["submissionId"]
    refused(reader, file)
    decision = {"submissionId": id, "newState": "APPROVED"}
    ada.restPUT(f"/dataAccessSubmission/{id}", json.dumps(decision))
    assert Path(reader.get(file).path).read_text() == "measured"
    got = models.File(id=file, path=str(tmp_path / "down")).get(synapse_client=reader)
    assert Path(got.path or "").read_text() == "measured"
    ada.restDELETE(f"/accessApproval?requirementId={managed}&accessorId={bob.id}")
    refused(session(bob, tmp_path / "elsewhere"), file)


def refused(syn: Synapse, file: str) -> None:
    """Both ways to download say what is missing; the entity itself may be read."""
    assert syn.get(file, downloadFile=False).id == file
    with pytest.raises(SynapseUnmetAccessRestrictions, match="have not met yet"):
        syn.get(file)
    with pytest.raises(SynapseUnmetAccessRestrictions, match="have not met yet"):
        models.File(id=file).get(synapse_client=syn)


def test_personal_tokens_agree_to_nothing(alice: User, ada: Synapse, tmp_path: Path) -> None:
    made = alice.post(
        "/auth/v1/personalAccessToken", {"scope": ["view", "download", "modify"]}, 200
    )
    syn = alice.client(tmp_path)
    syn.login(authToken=made["token"], silent=True)
    terms = post(
        ada,
        "/accessRequirement",
        {
            "concreteType": PACKAGE + "SelfSignAccessRequirement",
            "name": f"Agree, {alice.name}",
            "accessType": "DOWNLOAD",
            "subjectIds": [{"type": "ENTITY", "id": alice.project()["id"]}],
        },
    )["id"]
    with pytest.raises(SynapseHTTPError, match="authorize"):
        post(syn, "/accessApproval", {"requirementId": terms})
