"""What a site may demand of everybody: certification and signed terms. Off unless set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import RunningServer, User

from synapse_server.settings import Settings

CERTIFIED_ONLY = "Only certified users may create or update content in Synapse."


@pytest.fixture(scope="module", params=[True, False], ids=["demanded", "not demanded"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A server that demands both, and one that demands nothing."""
    folder = str(tmp_path_factory.mktemp("policy"))
    settings = Settings(
        data=folder, require_certification=request.param, require_terms=request.param
    )
    server = RunningServer(settings)
    yield Site(server, request.param)
    server.stop()


class Site:
    """A server, and whether it demands."""

    def __init__(self, server: RunningServer, demands: bool) -> None:
        self.server = server
        self.demands = demands

    def signed(self, *, certified: bool = False) -> User:
        """A new user who has signed the terms."""
        user = self.server.user(certified=certified)
        user.post("/auth/v1/termsOfUse2", {"accessToken": user.token}, 204)
        return user


def test_content_is_for_certified_users(site: Site) -> None:
    newcomer, expert = site.signed(), site.signed(certified=True)
    project = newcomer.project()  # projects are for everybody
    newcomer.share(project["id"], expert.id, "READ", "CREATE", "UPDATE", "DOWNLOAD", "DELETE")
    folder = expert.folder(project["id"])
    changed = {**folder, "description": "changed"}
    assert newcomer.get(f"/entity/{project['id']}/permissions")["canAddChild"] is not site.demands
    if not site.demands:
        newcomer.folder(project["id"], "another")
        newcomer.put(f"/entity/{folder['id']}", changed)
        return
    for verb, path, body in (
        ("POST", "/entity", {**folder, "id": None, "name": "another"}),
        ("PUT", f"/entity/{folder['id']}", changed),
    ):
        answer = newcomer.send(verb, path, body)
        assert answer.status_code == 403
        assert answer.json()["reason"] == CERTIFIED_ONLY
        assert answer.json()["errorCode"] == "USER_CERTIFICATION_REQUIRED"
    assert expert.get(f"/entity/{folder['id']}") == folder
    newcomer.put(f"/entity/{project['id']}", {**newcomer.get(f"/entity/{project['id']}")})


def test_wikis_of_projects_are_for_everybody(site: Site) -> None:
    newcomer, expert = site.signed(), site.signed(certified=True)
    project = newcomer.project()["id"]
    newcomer.share(project, expert.id, "READ", "CREATE", "UPDATE", "DOWNLOAD", "DELETE")
    folder = expert.folder(project)["id"]
    page = newcomer.post(f"/entity/{project}/wiki", {"markdown": "for everybody"})
    newcomer.put(f"/entity/{project}/wiki/{page['id']}", page)
    answer = newcomer.send("POST", f"/entity/{folder}/wiki", {"markdown": "x"})
    assert answer.status_code == (403 if site.demands else 201)
    if site.demands:
        assert answer.json()["reason"] == CERTIFIED_ONLY
        page = expert.post(f"/entity/{folder}/wiki", {"markdown": "x"})
        newcomer.put(f"/entity/{folder}/wiki/{page['id']}", page, 403)


def test_only_certified_users_open_downloads_to_all_users(site: Site) -> None:
    newcomer, expert = site.signed(), site.signed(certified=True)
    for user, refused in ((newcomer, site.demands), (expert, False)):
        project = user.project()
        acl = user.get(f"/entity/{project['id']}/acl")
        everybody = {"principalId": 273948, "accessType": ["READ", "DOWNLOAD"]}
        acl["resourceAccess"].append(everybody)
        answer = user.send("PUT", f"/entity/{project['id']}/acl", acl)
        assert answer.status_code == (403 if refused else 200), answer.text


def test_who_has_not_signed_can_only_sign(site: Site) -> None:
    user = site.server.user()
    status = user.get("/auth/v1/termsOfUse2/status")
    if not site.demands:
        assert status["userCurrentTermsOfServiceState"] == "UP_TO_DATE"
        user.project()
        return
    assert status["userCurrentTermsOfServiceState"] == "MUST_AGREE_NOW"
    for verb, path, body in (
        ("GET", "/userProfile", None),
        ("POST", "/entity", {"concreteType": "org.sagebionetworks.repo.model.Project"}),
        ("GET", "/entity/syn4489", None),
    ):
        answer = user.send(verb, path, body)
        assert answer.status_code == 403
        assert answer.json()["reason"] == "Terms of use have not been signed."
    site.server.anonymous.get("/entity/syn4489", 403)  # refused as anybody, not for the terms
    user.post("/auth/v1/termsOfUse2", {"accessToken": user.token}, 204)
    assert user.get("/auth/v1/termsOfUse2/status")["userCurrentTermsOfServiceState"] == "UP_TO_DATE"
    user.project()
