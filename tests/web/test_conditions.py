"""What stands before data: a second factor, conditions for use, and who decides on them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import PASSWORD, RunningServer, User
from tests.mailbox import letter, links
from tests.server.test_files import upload
from tests.server.test_two_factor import code
from tests.web.browsing import Visitor, settled, violations

from synapse_server.kernel.caller import AUTHENTICATED_USERS
from synapse_server.users import service as users
from synapse_server.users import store as principals

pytestmark = pytest.mark.xdist_group("web conditions")  # they share a browser
Visit = Callable[..., Visitor]


@pytest.fixture
def restricted(site: RunningServer) -> tuple[User, str]:
    """The owner and the id of a file that everybody who is signed in could download."""
    owner = site.user()
    project = owner.project()["id"]
    owner.share(project, AUTHENTICATED_USERS, "READ", "DOWNLOAD")
    handle = upload(owner, b"mouse,weight\nm1,21\n", fileName="mice.csv", contentType="text/csv")
    return owner, owner.file(project, "mice.csv", handle=handle)["id"]


@pytest.fixture
def reviewer(site: RunningServer) -> User:
    """A member of the compliance team."""
    user = site.user()
    site.write(lambda tx: principals.add_member(tx, users.ACT, user.id))
    return user


def start(page: Page, user: User) -> None:
    page.goto("/Login")
    page.get_by_label("User name or e-mail").fill(user.name)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_second_factor(
    visit: Visit, site: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    user = site.user()
    page = visit(None).open("/")
    start(page, user)
    page.get_by_role("button", name=f"Account: {user.name}").click()
    page.get_by_role("menuitem", name="Sign-in security").click()
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    assert violations(page) == []
    secret = page.get_by_label("Secret", exact=True).inner_text().strip()
    page.get_by_label("Code that the app shows").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Code that the app shows").fill(code(secret, time.time()))
    page.get_by_role("button", name="Switch it on").click()
    recovery = page.get_by_label("Recovery codes", exact=True).inner_text().split()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("It is on")).to_be_visible()
    # From now on the password is not enough; a code of the app or a recovery code is asked for.
    for given in (lambda: code(secret, time.time() + 30), lambda: recovery[0]):
        page.get_by_role("button", name=f"Account: {user.name}").click()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
        start(page, user)
        page.get_by_label("Code of your authenticator app").fill("123456")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Code of your authenticator app").fill(given())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name=f"Account: {user.name}")).to_be_visible()
    # Without phone and codes, the password and a mailed link switch it off.
    page.get_by_role("button", name=f"Account: {user.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    start(page, user)
    with caplog.at_level("WARNING", "synapse.mail"):
        page.get_by_role("button", name="The phone and the codes are lost").click()
        expect(page.get_by_text("A link is on its way")).to_be_visible()
        page.goto(links(letter(caplog, f"{user.name}@example.org"))[0])
    page.get_by_label("User name or e-mail").fill(user.name)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("It is off.")).to_be_visible()
    start(page, user)
    page.get_by_role("button", name=f"Account: {user.name}").click()
    page.get_by_role("menuitem", name="Sign-in security").click()
    # With them, a click does.
    page.get_by_role("button", name="Switch it on").click()
    secret = page.get_by_label("Secret", exact=True).inner_text().strip()
    page.get_by_label("Code that the app shows").fill(code(secret, time.time()))
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Switch it off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("button", name="Switch it on")).to_be_visible()


def condition(page: Page, file: str, name: str, kind: str) -> None:
    """Set a condition on a file by its page; the dialog is left open."""
    page.goto(f"/Synapse:{file}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Set a condition for use").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("How it is met").select_option(kind)


def test_conditions_that_one_agrees_to(
    visit: Visit, site: RunningServer, restricted: tuple[User, str], reviewer: User
) -> None:
    _, file = restricted
    act = visit(reviewer).page
    condition(act, file, f"Care {file}", "SelfSignAccessRequirement")
    act.get_by_label("What it says").fill("Treat the data **with care**.")
    act.get_by_role("button", name="Create").click()
    expect(act.get_by_role("article", name=f"Care {file}")).to_contain_text("with care")
    condition(act, file, f"Terms {file}", "TermsOfUseAccessRequirement")
    act.get_by_label("What it says").fill("Tell <b>nobody</b>.")
    act.get_by_role("button", name="Create").click()
    expect(act.get_by_role("article")).to_have_count(2)
    page = visit(site.user()).open(f"/Synapse:{file}")
    expect(page.get_by_text("2 are still to be met")).to_be_visible()
    expect(page.get_by_role("article", name=f"Terms {file}")).to_contain_text("Tell <b>nobody</b>.")
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    settled(page)
    assert violations(page) == []
    care = page.get_by_role("article", name=f"Care {file}")
    expect(care.locator("strong", has_text="with care")).to_be_visible()
    care.get_by_role("button", name="I agree").click()
    expect(care).to_contain_text("Met")
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_text("There are 2 conditions for use, which you meet")).to_be_visible()
    expect(page.get_by_role("cell", name="m1")).to_be_visible()
    # Who has no account is told where to begin.
    visitor = visit(None).open(f"/AccessRequirement:{_number(act, f'Care {file}')}")
    expect(visitor.get_by_role("link", name="Sign in to meet this condition")).to_be_visible()


def _number(page: Page, name: str) -> str:
    """The id of a requirement, from the page that it holds for."""
    page.get_by_role("article", name=name).get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return page.url.rsplit(":", 1)[1]


def test_access_is_requested_and_reviewed(
    visit: Visit, site: RunningServer, restricted: tuple[User, str], reviewer: User
) -> None:
    _, file = restricted
    name = f"Patients {file}"
    act = visit(reviewer).page
    condition(act, file, name, "ManagedACTAccessRequirement")
    act.get_by_label("What it says").fill("Ask for access.")
    act.get_by_label("Whom to write to").fill("data@example.org")
    act.get_by_label("A statement of what the data are used for").check()
    act.get_by_label("Days that access lasts").fill("30")
    act.get_by_role("button", name="Create").click()
    expect(act.get_by_role("article", name=name)).to_contain_text("Access lasts for 30 days")
    user, colleague = site.user(), site.user()
    page = visit(user).open(f"/Synapse:{file}")

    def ask() -> None:
        page.get_by_role("button", name="Request access").click()
        page.get_by_label("Institution").fill("Institute of Physiology")
        page.get_by_label("Head of the research project").fill("A. Head")
        page.get_by_label("What will the data be used for?").fill("To find causes.")
        page.get_by_role("combobox", name="Colleagues").fill(colleague.name)
        page.get_by_role("option", name=colleague.name, exact=True).click()
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_text("waits for a decision")).to_be_visible()

    ask()
    page.get_by_role("button", name="Withdraw the request").click()
    ask()
    act.get_by_role("link", name="Data access").click()
    waiting = act.get_by_role("article").filter(has_text=name)
    expect(waiting).to_contain_text("To find causes.")
    expect(waiting).to_contain_text(colleague.name)
    settled(act)
    assert violations(act) == []
    waiting.get_by_role("button", name="Reject").click()
    act.get_by_label("What is missing?").fill("Which causes?")
    act.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(waiting).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Which causes?")).to_be_visible()
    ask()
    # Somebody outside the compliance team is named to review, and finds the request.
    helper = site.user()
    act.get_by_role("link", name=name).first.click()
    act.get_by_role("combobox", name="Name a person or a team").fill(helper.name)
    act.get_by_role("option", name=helper.name, exact=True).click()
    named = act.get_by_role("table", name="Who reviews requests").get_by_role("row")
    expect(named.get_by_label("Reviews requests")).to_be_checked()
    theirs = visit(helper).open(act.url.removeprefix(site.url))
    theirs_to_decide = theirs.get_by_role("article").filter(
        has=theirs.get_by_role("button", name="Approve")
    )
    expect(theirs_to_decide).to_contain_text("To find causes.")
    named.get_by_label("Need not meet it").check()
    named.get_by_label("Reviews requests").uncheck()
    expect(named.get_by_label("Reviews requests")).not_to_be_checked()
    named.get_by_label("Need not meet it").click()
    expect(named).to_have_count(0)
    act.get_by_role("link", name="Data access").click()
    waiting.get_by_role("button", name="Approve").click()
    expect(waiting).to_have_count(0)
    page.reload()
    expect(page.get_by_role("cell", name="m1")).to_be_visible()
    # What it says is changed; who has access keeps it.
    act.get_by_role("link", name=name).first.click()
    act.get_by_role("button", name="Change this condition").click()
    dialog = act.get_by_role("dialog")
    expect(dialog.get_by_label("Days that access lasts")).to_have_value("30")
    expect(dialog.get_by_label("A statement of what the data are used for")).to_be_checked()
    dialog.get_by_label("What it says").fill("Ask for access, *and say why*.")
    dialog.get_by_label("Days that access lasts").fill("60")
    dialog.get_by_role("button", name="Save").click()
    expect(act.locator("em", has_text="and say why")).to_be_visible()
    expect(act.get_by_text("Access lasts for 60 days")).to_be_visible()
    page.reload()
    expect(page.get_by_role("cell", name="m1")).to_be_visible()
    # The reviewer sees who has access, and takes it back; another is let in without a request.
    row = act.get_by_role("row", name=colleague.name)
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    other = site.user()
    act.get_by_role("combobox", name="Approve somebody").fill(other.name)
    act.get_by_role("option", name=other.name, exact=True).click()
    expect(act.get_by_role("row", name=other.name)).to_be_visible()
    settled(act)
    assert violations(act) == []
    assert other.get(f"/entity/{file}/actions/download")["actions"] == []
    assert colleague.get(f"/entity/{file}/actions/download")["actions"] != []
    act.get_by_role("button", name="Delete this condition").click()
    act.get_by_role("dialog").get_by_role("button", name="Delete this condition").click()
    expect(act.get_by_role("heading", name="Data access")).to_be_visible()
    expect(act.get_by_role("link", name=name)).to_have_count(0)
    assert colleague.get(f"/entity/{file}/actions/download")["actions"] == []
