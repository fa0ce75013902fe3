"""A project with one of everything, and every page that shows some of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect
from tests.conftest import RunningServer, User
from tests.governing import PACKAGE, requirement
from tests.server.tables.tabling import column, csv_change, table, transact, view
from tests.server.test_files import upload
from tests.web.browsing import settled, still

from synapse_server.kernel.caller import AUTHENTICATED_USERS, PUBLIC
from synapse_server.users import service as users
from synapse_server.users import store as principals

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": "# Firing rates\n\nOne *neuron* after the other."},
        {
            "cell_type": "code",
            "source": "rates = [3.1, 4.1, 5.9]\nprint(max(rates))",
            "outputs": [{"output_type": "stream", "text": "5.9\n"}],
        },
    ],
    "metadata": {"language_info": {"name": "python"}},
}


@dataclass
class World:
    """Who and what is there."""

    user: User
    reviewer: User
    asker: User
    admin: User
    project: str
    folder: str
    data: str
    notebook: str
    link: str
    table: str
    view: str
    query: str
    dataset: str
    collection: str
    team: str
    wiki: str
    methods: str
    thread: str
    queue: str
    restricted: str
    requirement: str
    empty: str


def make(site: RunningServer) -> World:
    """Put it all there."""
    user, reviewer = site.user(name="ada"), site.user(name="grace")
    asker, admin = site.user(name="alan"), site.user(name="edsger", admin=True)
    site.write(lambda tx: principals.add_member(tx, users.ACT, reviewer.id))
    mine = user.get("/userProfile")
    mine |= {"firstName": "Ada", "lastName": "Lark", "position": "Neuroscientist"}
    mine |= {"company": "Institute of Physiology", "summary": "I record from cortical neurons."}
    user.put("/userProfile", mine)
    project = user.project(name="Firing rates of cortical neurons")["id"]
    folder = user.folder(project, "recordings")["id"]
    for name in ("session 1.csv", "session 2.csv", "spikes.tsv"):
        user.file(folder, name)
    user.folder(project, "analysis")
    data = user.file(
        project,
        "rates.csv",
        handle=upload(user, b"cell,rate\na,3.1\nb,4.1\n", fileName="rates.csv"),
    )["id"]
    stored = user.get(f"/entity/{data}") | {"versionComment": "Cells of a second animal"}
    stored["dataFileHandleId"] = upload(
        user, b"cell,rate\na,3.1\nb,4.1\nc,5.9\n", fileName="rates.csv"
    )
    user.put(f"/entity/{data}?newVersion=true", stored)
    activity = user.post(
        "/activity",
        {
            "name": "Fit the rates",
            "used": [
                {
                    "concreteType": "org.sagebionetworks.repo.model.provenance.UsedEntity",
                    "reference": {"targetId": data, "targetVersionNumber": 1},
                },
                {
                    "concreteType": "org.sagebionetworks.repo.model.provenance.UsedURL",
                    "url": "https://example.org/fit.py",
                    "name": "fit.py",
                    "wasExecuted": True,
                },
            ],
        },
    )["id"]
    handle = upload(user, json.dumps(NOTEBOOK).encode(), fileName="rates.ipynb")
    body = {
        "concreteType": "org.sagebionetworks.repo.model.FileEntity",
        "parentId": project,
        "name": "rates.ipynb",
        "dataFileHandleId": handle,
    }
    notebook = user.post(f"/entity?generatedBy={activity}", body)["id"]
    notes = user.get(f"/entity/{notebook}/annotations2")
    notes["annotations"] = {"tissue": {"type": "STRING", "value": ["cortex", "liver"]}}
    user.put(f"/entity/{notebook}/annotations2", notes)
    columns = [
        column(user, "sample"),
        column(user, "region", facetType="enumeration", maximumSize=20),
        column(user, "rate", "DOUBLE", facetType="range"),
    ]
    made = table(user, columns, project, name="Cells")["id"]
    lines = "".join(f"c{n},{('V1', 'V2', 'M1')[n % 3]},{n / 7:.2f}\n" for n in range(40))
    transact(user, made, csv_change(user, "sample,region,rate\n" + lines))
    usual = user.get("/column/tableview/defaults?viewEntityType=entityview&viewTypeMask=1")["list"]
    ids = [each["id"] for each in user.post("/column/batch", {"list": usual}, 201)["list"]]
    ids.append(column(user, "tissue", "STRING_LIST", maximumSize=20, maximumListLength=5))
    files = view(user, ids, project, name="All files")["id"]
    sql = f"SELECT region, avg(rate) AS mean, count(*) AS cells FROM {made} GROUP BY region"
    body = {"concreteType": PACKAGE + "table.MaterializedView", "parentId": project}
    derived = user.post("/entity", {**body, "name": "Rates by region", "definingSQL": sql})["id"]
    body = {"concreteType": PACKAGE + "Link", "parentId": project, "name": "Rates of all cells"}
    body["linksTo"] = {"targetId": data}
    link = user.post("/entity", {**body, "linksToClassName": PACKAGE + "FileEntity"})["id"]
    query = f"SELECT region%2C avg%28rate%29 AS mean FROM {made} GROUP BY region"
    text = (
        "${toc}\n\n## Question\nDo firing rates differ between **regions**? The fit is in"
        f" {notebook}.\n\n## Answer\n${{plot?query={query}&type=BAR&title=Mean rates&ytitle=Hz}}\n\n"
        f"The mean is $\\bar r = \\frac{{1}}{{n}}\\sum_i r_i$.\n\n${{synapsetable?query={query}}}\n\n"
        f"${{provenance?entityList={notebook}&depth=1}}\n\n${{preview?entityId={data}}}\n\n"
        "| step | tool |\n|---|---|\n| sort | kilosort |\n| fit | python |\n"
    )
    wiki = user.post(f"/entity/{project}/wiki", {"title": "Firing rates", "markdown": text})["id"]
    text = (
        "## Recording\nSilicon probes in **V1**, **V2** and **M1** of two animals, sampled at"
        " 30 kHz.\n\n1. Spikes are sorted.\n2. Rates are counted in bins of 100 ms.\n\n"
        "```python\nrates = counts / 0.1\n```\n\n> Units below 0.1 Hz are left out.\n"
    )
    body = {"title": "Methods", "markdown": text, "parentWikiId": wiki}
    methods = user.post(f"/entity/{project}/wiki", body)["id"]
    user.share(project, AUTHENTICATED_USERS, "READ", "DOWNLOAD")
    user.post(f"/favorite/{project}")
    public = user.project(name="Atlas of the mouse brain")["id"]
    user.share(public, PUBLIC, "READ")
    trashed = user.folder(project, "thrown away")["id"]
    user.put(f"/trashcan/trash/{trashed}", status=200)
    user.post("/auth/v1/personalAccessToken", {"name": "laptop", "scope": ["view"]}, 200)
    team = user.post("/team", {"name": "Recorders", "description": "We record."})["id"]
    user.post("/membershipInvitation", {"teamId": team, "inviteeId": str(asker.id)})
    reviewer.post("/membershipRequest", {"teamId": team})
    forum = user.get(f"/project/{project}/forum")["id"]
    opening = {"forumId": forum, "title": "Which sorter?", "messageMarkdown": "We used *kilosort*."}
    thread = user.post("/thread", opening)["id"]
    user.post("/reply", {"threadId": thread, "messageMarkdown": f"See {notebook}."})
    asked = {"name": "Predict the rates", "contentSource": project}
    asked |= {"description": "Who predicts the firing rates of cells that were left out?"}
    asked |= {"submissionInstructionsMessage": "A CSV file.", "submissionReceiptMessage": "Thanks."}
    queue = user.post("/evaluation", asked)["id"]
    submitted = {"evaluationId": queue, "entityId": notebook, "versionNumber": 1}
    etag = user.get(f"/entity/{notebook}")["etag"]
    user.post(f"/evaluation/submission?etag={etag}", submitted)
    usual = user.get("/column/tableview/defaults?viewEntityType=dataset")["list"]
    ids = [each["id"] for each in user.post("/column/batch", {"list": usual}, 201)["list"]]
    items = [{"entityId": each, "versionNumber": 1} for each in (data, notebook)]
    body = {"concreteType": PACKAGE + "table.Dataset", "parentId": project, "name": "Training data"}
    dataset = user.post("/entity", {**body, "columnIds": ids, "items": items})["id"]
    body = {"concreteType": PACKAGE + "table.DatasetCollection", "parentId": project}
    usual = user.get("/column/tableview/defaults?viewEntityType=datasetcollection")["list"]
    ids = [each["id"] for each in user.post("/column/batch", {"list": usual}, 201)["list"]]
    body |= {"name": "Data of the paper", "columnIds": ids}
    items = [{"entityId": dataset, "versionNumber": 1}]
    collection = user.post("/entity", {**body, "items": items})["id"]
    private = user.folder(project, "patients")["id"]
    restricted = user.file(private, "patients.csv")["id"]
    terms = "Use the data for research alone, and do not try to find out who the patients are."
    reviewer.post(
        "/accessRequirement", requirement("TermsOfUse", private, name="Terms", termsOfUse=terms)
    )
    body = requirement("ManagedACT", private, name="Patients", isIDURequired=True)
    managed = reviewer.post("/accessRequirement", {**body, "actContactInfo": "data@example.org"})
    asks(asker, managed["id"], restricted)
    return World(
        user=user,
        reviewer=reviewer,
        asker=asker,
        admin=admin,
        project=project,
        folder=folder,
        data=data,
        notebook=notebook,
        link=link,
        table=made,
        view=files,
        query=derived,
        dataset=dataset,
        collection=collection,
        team=team,
        wiki=wiki,
        methods=methods,
        thread=thread,
        queue=queue,
        restricted=restricted,
        requirement=str(managed["id"]),
        empty=user.project(name="An empty project")["id"],
    )


def asks(user: User, requirement: int, entity: str) -> None:
    """Let a user request access to an entity."""
    path = f"/accessRequirement/{requirement}"
    body = user.get(f"{path}/researchProjectForUpdate")
    body |= {"institution": "Institute of Physiology", "projectLead": "A. Head"}
    body |= {"intendedDataUseStatement": "To look for causes of seizures."}
    project = user.post("/researchProject", body, 200)["id"]
    body = user.get(f"{path}/dataAccessRequestForUpdate")
    body |= {"accessorChanges": [{"userId": str(user.id), "type": "GAIN_ACCESS"}]}
    request = user.post("/dataAccessRequest", {**body, "researchProjectId": project}, 200)
    body = {"requestId": request["id"], "requestEtag": request["etag"]}
    body |= {"subjectId": entity, "subjectType": "ENTITY"}
    user.post(f"/dataAccessRequest/{request['id']}/submission", body, 200)


@dataclass(frozen=True)
class Shown:
    """A page: its address, a heading that is there in the end, who looks (a field of the world),
    and what they press."""

    path: str
    heading: str
    who: str = "user"
    press: tuple[str, ...] = ()

    def address(self, world: World) -> str:
        """Where it is."""
        return self.path.format_map(vars(world))

    def form(self) -> str:
        """What its address looks like, and what is pressed there."""
        path = re.sub(r"{(\w+).*?}", lambda found: _EXAMPLES.get(found[1], "syn1"), self.path)
        path = path.replace(_SIGNED, "TOKEN")
        return ", ".join([f"`{path}`", *(f"\u201c{each}\u201d" for each in self.press)])

    def open(self, page: Page, world: World) -> None:
        """Go there, press, and wait until nothing is on its way."""
        page.goto(self.address(world))
        settled(page)
        for name in self.press:
            target = page.get_by_role("button", name=name).or_(
                page.get_by_role("menuitem", name=name)
            )
            target.or_(page.locator("summary", has_text=name)).first.click()
            settled(page)
        expect(page.get_by_role("heading", name=self.heading).first).to_be_visible()
        settled(page)
        still(page)
        page.evaluate("scrollTo(0, 0)")


_EXAMPLES = dict.fromkeys(
    ("user", "team", "wiki", "methods", "thread", "queue", "requirement"), "1"
)
_SIGNED = json.dumps({"email": "ada@example.org"}).encode().hex()
_PROJECT = "Firing rates of cortical neurons"


# In the order of the gallery.
PAGES: dict[str, Shown] = {
    # Nobody in particular
    "welcome": Shown("/", "Data, code and text", "nobody"),
    "sign-in": Shown("/Login", "Sign in", "nobody"),
    "sign-in-first": Shown("/Synapse:{empty}", "Sign in to see", "nobody"),
    "register": Shown("/Register", "Create an account", "nobody"),
    "new-account": Shown(f"/NewAccount:{_SIGNED}", "Choose a name", "nobody"),
    "lost-password": Shown("/ResetPassword:0", "Forgotten your password", "nobody"),
    "new-password": Shown(f"/ResetPassword:{_SIGNED}", "Choose a new password", "nobody"),
    "second-factor-off": Shown(f"/TwoFactorReset:{_SIGNED}", "Switch off two-factor", "nobody"),
    "join-team": Shown(f"/SignedToken:JoinTeam/{_SIGNED}", "Join the team", "nobody"),
    "no-more-mail": Shown(f"/SignedToken:Settings/{_SIGNED}", "No more mail", "nobody"),
    "invitation": Shown(f"/EmailInvitation:{_SIGNED}", "Join the team", "nobody"),
    "missing": Shown("/Nothing", "There is no such page", "nobody"),
    # A project
    "home": Shown("/", "Projects"),
    "new-project": Shown("/", "Create a project", press=("New project",)),
    "wiki": Shown("/Synapse:{project}/wiki", "Firing rates"),
    "sub-page": Shown("/Synapse:{project}/wiki/{methods}", "Methods"),
    "edit-wiki": Shown("/Synapse:{project}/wiki", _PROJECT, press=("Edit: Firing rates",)),
    "wiki-history": Shown(
        "/Synapse:{project}/wiki/{methods}", "History", press=("More actions: Methods", "History")
    ),
    "files": Shown("/Synapse:{project}/files", _PROJECT),
    "new-folder": Shown("/Synapse:{project}/files", "New folder", press=("New folder",)),
    "tables": Shown("/Synapse:{project}/tables", _PROJECT),
    "new-view": Shown("/Synapse:{project}/tables", "New view", press=("New view",)),
    "new-dataset": Shown("/Synapse:{project}/tables", "New dataset", press=("New dataset",)),
    "new-collection": Shown(
        "/Synapse:{project}/tables", "New collection", press=("New collection",)
    ),
    "new-query": Shown("/Synapse:{project}/tables", "New query", press=("New query",)),
    "queues": Shown("/Synapse:{project}/challenge", _PROJECT),
    "new-queue": Shown("/Synapse:{project}/challenge", "New queue", press=("New queue",)),
    "queue": Shown("/Synapse:{project}/challenge/{queue}", "Predict the rates"),
    "submit": Shown(
        "/Synapse:{project}/challenge/{queue}", "Submit a file", press=("Submit a file",)
    ),
    "discussion": Shown("/Synapse:{project}/discussion", _PROJECT),
    "new-thread": Shown("/Synapse:{project}/discussion", "Open a thread", press=("Open a thread",)),
    "thread": Shown("/Synapse:{project}/discussion/{thread}", "Which sorter"),
    "sharing": Shown("/Synapse:{project}/files", "Share Firing rates", press=("Share",)),
    # What is in it
    "folder": Shown("/Synapse:{folder}", "recordings"),
    "file": Shown("/Synapse:{notebook}", "rates.ipynb"),
    "versions": Shown("/Synapse:{data}.1", "rates.csv"),
    "provenance-list": Shown("/Synapse:{notebook}", "rates.ipynb", press=("As a list",)),
    "edit-annotations": Shown("/Synapse:{notebook}", "rates.ipynb", press=("Edit: Annotations",)),
    "menu": Shown("/Synapse:{notebook}", "rates.ipynb", press=("More actions",)),
    "rename": Shown("/Synapse:{notebook}", "Rename", press=("More actions", "Rename")),
    "move": Shown("/Synapse:{notebook}", "Move", press=("More actions", "Move")),
    "get-with": Shown(
        "/Synapse:{folder}", "Get this with", press=("More actions", "Get this with")
    ),
    "to-trash": Shown(
        "/Synapse:{notebook}", "Move to trash", press=("More actions", "Move to trash")
    ),
    "link": Shown("/Synapse:{link}", "Rates of all cells"),
    "table": Shown("/Synapse:{table}", "Cells"),
    "edit-rows": Shown("/Synapse:{table}", "Cells", press=("Edit rows",)),
    "edit-columns": Shown("/Synapse:{table}", "Edit columns", press=("Edit columns",)),
    "keep-version": Shown("/Synapse:{table}", "Keep a version", press=("Keep a version",)),
    "view": Shown("/Synapse:{view}", "All files"),
    "query": Shown("/Synapse:{query}", "Rates by region"),
    "change-sql": Shown("/Synapse:{query}", "Change the SQL", press=("Change the SQL",)),
    "dataset": Shown("/Synapse:{dataset}", "Training data"),
    "add-items": Shown("/Synapse:{dataset}", "Add items", press=("Add items",)),
    "collection": Shown("/Synapse:{collection}", "Data of the paper"),
    "restricted": Shown("/Synapse:{restricted}", "Conditions for use"),
    "request-access": Shown("/Synapse:{restricted}", "Request access", press=("Request access",)),
    "refused": Shown("/Synapse:{empty}", "This is not shared", "asker"),
    "search": Shown("/Search:rates", "Search"),
    # People
    "profile": Shown("/Profile:{user.id}", "Ada Lark"),
    "edit-profile": Shown("/Profile:{user.id}", "Edit the profile", press=("Edit the profile",)),
    "profile-of-another": Shown("/Profile:{user.id}", "Ada Lark", "asker"),
    "security": Shown("/Profile:{user.id}/settings", "Sign-in security"),
    "enroll": Shown("/Profile:{user.id}/settings", "Sign-in security", press=("Switch it on",)),
    "tokens": Shown("/PersonalAccessTokens:0", "Personal access tokens"),
    "new-token": Shown("/PersonalAccessTokens:0", "New token", press=("New token",)),
    "revoke-token": Shown("/PersonalAccessTokens:0", "Revoke", press=("Revoke",)),
    "teams": Shown("/Teams:", "My teams"),
    "new-team": Shown("/Teams:", "New team", press=("New team",)),
    "team": Shown("/Team:{team}", "Recorders"),
    "trash": Shown("/Trash:0", "Trash"),
    "purge": Shown("/Trash:0", "Delete for good", press=("Delete for good",)),
    "account": Shown("/", "Projects", press=("Account",)),
    # Where nothing is yet
    "empty-wiki": Shown("/Synapse:{empty}/wiki", "An empty project"),
    "empty-files": Shown("/Synapse:{empty}/files", "An empty project"),
    "empty-tables": Shown("/Synapse:{empty}/tables", "An empty project"),
    "empty-queues": Shown("/Synapse:{empty}/challenge", "An empty project"),
    "empty-discussion": Shown("/Synapse:{empty}/discussion", "An empty project"),
    "empty-home": Shown("/", "Projects", "asker"),
    "empty-tokens": Shown("/PersonalAccessTokens:0", "Personal access tokens", "asker"),
    "empty-trash": Shown("/Trash:0", "Trash", "asker"),
    "empty-search": Shown("/Search:unheard", "Search", "asker"),
    "invited": Shown("/Teams:", "My teams", "asker"),
    # Who looks after data and server
    "management": Shown("/DataAccessManagement:0", "Data access", "reviewer"),
    "requirement": Shown("/AccessRequirement:{requirement}", "Patients", "reviewer"),
    "change-requirement": Shown(
        "/AccessRequirement:{requirement}",
        "Change this condition",
        "reviewer",
        press=("Change this condition",),
    ),
    "reject": Shown("/DataAccessManagement:0", "Reject", "reviewer", press=("Reject",)),
    "new-requirement": Shown(
        "/Synapse:{restricted}",
        "A condition for",
        "reviewer",
        press=("More actions", "Set a condition"),
    ),
    "administration": Shown("/Administration:0", "Administration", "admin"),
}
