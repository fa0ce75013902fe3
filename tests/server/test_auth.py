"""Logging in, tokens, scopes, passwords, registration."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

import pytest
from tests.conftest import PASSWORD, RunningServer, User

from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Tx
from synapse_server.users import store as principals
from synapse_wire.base import iso


def login(
    user: User, password: str = PASSWORD, name: str | None = None, status: int = 201
) -> dict[str, str]:
    body = {"username": name or user.name, "password": password}
    found: dict[str, str] = user.server.anonymous.post("/auth/v1/login2", body, status)
    return found


def with_token(user: User, token: str | None) -> User:
    return User(user.server, user.id, user.name, token)


def test_login_by_name_and_by_address(alice: User) -> None:
    for name in (alice.name, alice.name.upper(), f"{alice.name}@example.org"):
        answer = login(alice, name=name)
        claims = json.loads(base64.urlsafe_b64decode(answer["accessToken"].split(".")[1] + "=="))
        assert claims["sub"] == str(alice.id)
        assert claims["token_type"] == "OIDC_ACCESS_TOKEN"
        assert claims["aud"] == "0"
        assert set(claims["access"]["scope"]) >= {"view", "download", "modify", "authorize"}
        me = with_token(alice, answer["accessToken"]).get("/userProfile")
        assert me["userName"] == alice.name


def test_older_logins(alice: User) -> None:
    nobody = alice.server.anonymous
    body = {"username": alice.name, "password": PASSWORD}
    token = nobody.post("/auth/v1/login", body)["sessionToken"]
    session = nobody.post("/auth/v1/session", {"email": alice.name, "password": PASSWORD})
    for each in (token, session["sessionToken"]):
        answer = nobody.send("GET", "/userProfile", headers={"sessionToken": each})
        assert answer.json()["userName"] == alice.name
        cookie = f"a=b; org.sagbionetworks.security.user.login.token={each}"
        answer = nobody.send("GET", "/userProfile", headers={"cookie": cookie})
        assert answer.json()["userName"] == alice.name


def test_wrong_passwords_are_refused_and_slow_down(alice: User) -> None:
    error = login(alice, "wrong", status=401)
    assert "incorrect" in error["reason"]
    assert login(alice, "wrong", name="nobody-of-this-name", status=401) == error
    statuses = set()
    for _ in range(14):
        body = {"username": alice.name, "password": "wrong"}
        statuses.add(alice.server.anonymous.send("POST", "/auth/v1/login2", body).status_code)
    assert statuses == {401, 423}
    for _ in range(200):
        answer = alice.server.anonymous.send(
            "POST", "/auth/v1/login2", {"username": alice.name, "password": PASSWORD}
        )
        if answer.status_code == 201:
            break
        time.sleep(0.25)
    assert answer.status_code == 201


@pytest.mark.parametrize("token", ["nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "a.b.c"])
def test_bad_tokens(alice: User, token: str) -> None:
    answer = with_token(alice, token).send("GET", "/userProfile")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Synapse Repository Services"'


def test_without_a_token_one_is_anonymous(server: RunningServer) -> None:
    assert server.anonymous.get("/userProfile")["ownerId"] == "273950"


def test_logging_out(alice: User) -> None:
    first, second = (with_token(alice, login(alice)["accessToken"]) for _ in range(2))
    first.delete("/auth/v1/sessionAccessToken", 200)
    first.get("/userProfile", 401)
    second.get("/userProfile")
    time.sleep(1.1)  # tokens know whole seconds
    second.delete(f"/auth/v1/user/{alice.id}/sessionAccessToken/all", 200)
    second.get("/userProfile", 401)


def test_nobody_logs_others_out(alice: User, bob: User) -> None:
    bob.delete(f"/auth/v1/user/{alice.id}/sessionAccessToken/all", 403)


def test_personal_tokens(alice: User, bob: User) -> None:
    token = alice.post("/auth/v1/personalAccessToken", {"scope": ["view"], "name": "mine"}, 200)[
        "token"
    ]
    limited = with_token(alice, token)
    assert limited.get("/userProfile")["userName"] == alice.name
    answer = limited.send(
        "POST", "/entity", {"concreteType": "org.sagebionetworks.repo.model.Project"}
    )
    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"
    (record,) = alice.get("/auth/v1/personalAccessToken")["results"]
    assert (record["name"], record["scopes"], record["state"]) == ("mine", ["view"], "ACTIVE")
    alice.post("/auth/v1/personalAccessToken", {"scope": ["view"], "name": "mine"}, 409)
    alice.post("/auth/v1/personalAccessToken", {"scope": ["authorize"]}, 400)
    alice.post("/auth/v1/personalAccessToken", {"scope": []}, 400)
    alice.post("/auth/v1/personalAccessToken", {"scope": ["everything"]}, 400)
    limited.post("/auth/v1/personalAccessToken", {"scope": ["view"]}, 403)
    bob.get(f"/auth/v1/personalAccessToken/{record['id']}", 403)
    bob.delete(f"/auth/v1/personalAccessToken/{record['id']}", 403)
    alice.delete(f"/auth/v1/personalAccessToken/{record['id']}", 200)
    assert "revoked" in limited.get("/userProfile", 401)["reason"]


def test_disabled_users_are_out_at_once(alice: User) -> None:
    alice.server.write(lambda tx: principals.set_disabled(tx, alice.id, True))
    alice.get("/userProfile", 401)
    login(alice, status=401)


def sign(name: str, key: str, path: str, moment: str) -> dict[str, str]:
    text = name + path + moment
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha1).digest()
    return {
        "userId": name,
        "signatureTimestamp": moment,
        "signature": base64.b64encode(digest).decode(),
    }


def test_signed_requests(alice: User) -> None:
    nobody = alice.server.anonymous
    key = alice.get("/auth/v1/secretKey")["secretKey"]
    assert alice.get("/auth/v1/secretKey")["secretKey"] == key
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    path = "/repo/v1/userProfile"
    good = sign(alice.name, key, path, now)
    assert nobody.send("GET", path, headers=good).json()["userName"] == alice.name
    late = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 3600))
    for bad in (
        sign(alice.name, key, "/repo/v1/other", now),
        sign(alice.name, key, path, late),
        {**good, "signature": "AAAA"},
        {**good, "signatureTimestamp": "yesterday"},
        {**good, "userId": "nobody-of-this-name"},
    ):
        assert nobody.send("GET", path, headers=bad).status_code == 401
    alice.delete("/auth/v1/secretKey")
    assert nobody.send("GET", path, headers=good).status_code == 401


def change(user: User, **fields: str) -> dict[str, str]:
    kind = "org.sagebionetworks.repo.model.auth.ChangePasswordWithCurrentPassword"
    return {"concreteType": kind, "username": user.name, "currentPassword": PASSWORD, **fields}


@pytest.mark.parametrize(
    "password",
    ["short1!", "no-digits-here", "12345678!", "NoSpecial123", "mySynapse-1", "P@ssword1"],
)
def test_weak_passwords(alice: User, password: str) -> None:
    error = alice.post("/auth/v1/user/changePassword", change(alice, newPassword=password), 400)
    assert "password" in error["reason"]


def test_changing_the_password(alice: User) -> None:
    token = login(alice)["accessToken"]
    new = "another-Horse-8"
    alice.post(
        "/auth/v1/user/changePassword", change(alice, newPassword=new, currentPassword="no"), 401
    )
    time.sleep(0.05)  # the first wrong password locks for some milliseconds
    alice.post("/auth/v1/user/changePassword", change(alice, newPassword=new), 204)
    with_token(alice, token).get("/userProfile", 401)
    login(alice, status=401)
    login(alice, new)


def mailed_token(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while not (found := re.findall(r"https?://\S+=([0-9a-f]{40,})", caplog.text)):
        assert time.monotonic() < deadline, "no mail was sent"
        time.sleep(0.02)  # it goes out behind the answer
    decoded: dict[str, str] = json.loads(bytes.fromhex(found[-1]))
    return decoded


def test_registration(server: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    nobody = server.anonymous
    email = f"new{time.time_ns()}@example.org"
    portal = server.url + "/register?token="
    nobody.post(f"/account/emailValidation?portalEndpoint={portal}", {"email": email})
    token = mailed_token(caplog)
    account = {
        "username": email.split("@")[0],
        "password": PASSWORD,
        "firstName": "New",
        "lastName": "Person",
        "emailValidationSignedToken": token,
    }
    forged = {**account, "emailValidationSignedToken": {**token, "email": "other@example.org"}}
    nobody.post("/account2", forged, 400)
    nobody.post("/account2", {**account, "password": "weak"}, 400)
    answer = nobody.post("/account2", account)
    me = User(server, 0, "", answer["accessToken"]).get("/userProfile")
    assert (me["firstName"], me["emails"]) == ("New", [email])
    nobody.post(f"/account/emailValidation?portalEndpoint={portal}", {"email": email}, 409)
    nobody.post("/account2", {**account, "username": "other-name"}, 409)
    # a stranger's site cannot have our links
    evil = "https://evil.example.com/?t="
    nobody.post(f"/account/emailValidation?portalEndpoint={evil}", {"email": "x@example.org"}, 400)


def test_resetting_a_password(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    nobody = alice.server.anonymous
    path = f"/auth/v1/user/password/reset?passwordResetEndpoint={alice.server.url}/reset?token="
    nobody.post(path, {"email": "unknown@example.org"}, 204)
    assert not caplog.records or "unknown@example.org" not in caplog.text
    nobody.post(path, {"email": f"{alice.name}@example.org"}, 204)
    token = mailed_token(caplog)
    body = {
        "concreteType": "org.sagebionetworks.repo.model.auth.ChangePasswordWithToken",
        "newPassword": "another-Horse-8",
        "passwordChangeToken": token,
    }
    nobody.post(
        "/auth/v1/user/changePassword",
        {**body, "passwordChangeToken": {**token, "userId": "1"}},
        400,
    )
    nobody.post("/auth/v1/user/changePassword", body, 204)
    login(alice, "another-Horse-8")
    assert "already" in nobody.post("/auth/v1/user/changePassword", body, 400)["reason"]


def test_adding_an_address(alice: User, bob: User, caplog: pytest.LogCaptureFixture) -> None:
    second = f"second{alice.id}@example.org"
    path = f"/account/{alice.id}/emailValidation?portalEndpoint={alice.server.url}/add?t="
    bob.post(path, {"email": second}, 403)
    alice.post(path, {"email": second})
    token = mailed_token(caplog)
    bob.post("/email", token, 403)
    alice.post("/email?setAsNotificationEmail=true", token)
    assert alice.get("/notificationEmail") == {"email": second}
    first = f"{alice.name}@example.org"
    alice.put("/notificationEmail", {"email": first})
    alice.delete(f"/email?email={first}", 400)
    alice.delete(f"/email?email={second}", 200)
    assert alice.get("/userProfile")["emails"] == [first]


def test_terms_of_use(alice: User) -> None:
    info = alice.server.anonymous.get("/auth/v1/termsOfUse2/info")
    assert info["latestTermsOfServiceVersion"] == "1.0.0"
    assert (
        alice.get("/auth/v1/termsOfUse2/status")["userCurrentTermsOfServiceState"] == "UP_TO_DATE"
    )
    alice.post("/auth/v1/termsOfUse2", {"accessToken": alice.token}, 204)
    assert alice.get("/auth/v1/termsOfUse2/status")["lastAgreementVersion"] == "1.0.0"


def test_when_one_logged_in(alice: User) -> None:
    alice.get("/auth/v1/authenticatedOn", 404)
    login(alice)
    assert alice.get("/auth/v1/authenticatedOn")["authenticatedOn"].endswith("Z")


def test_the_last_use_of_a_token_is_noted(alice: User) -> None:
    token = alice.post("/auth/v1/personalAccessToken", {"scope": ["view"], "name": "old"}, 200)[
        "token"
    ]
    (record,) = alice.get("/auth/v1/personalAccessToken")["results"]

    def age(days: int) -> None:
        async def work(tx: Tx) -> None:
            sql = "UPDATE personal_token SET last_used = last_used - ? WHERE id = ?"
            await tx.run(sql, days * 24 * 3600 * 1000, record["id"])

        alice.server.write(work)

    for _ in range(3):  # 300 days in all, but used every hundred
        age(100)
        with_token(alice, token).get("/userProfile")
        deadline = time.monotonic() + 60
        day_ago = iso(now() - 24 * 3600 * 1000)
        while alice.get("/auth/v1/personalAccessToken")["results"][0]["lastUsed"] < day_ago:
            assert time.monotonic() < deadline, "the use is not noted"  # it is, after the answer
            time.sleep(0.01)
    age(200)
    assert "180 days" in with_token(alice, token).get("/userProfile", 401)["reason"]
    assert alice.get("/auth/v1/personalAccessToken")["results"][0]["state"] == "EXPIRED"


def test_addresses_are_ours(server: RunningServer) -> None:
    assert urlsplit(server.url).hostname == "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/?t=",
        "http:///evil.example/?t=",
        "http:\\\\evil.example/?t=",
        "http://evil.example\\@localhost/?t=",
        "http://localhost@evil.example/?t=",
        "http://[/?t=",
        "javascript:alert(1)",
    ],
)
def test_mailed_links_open_no_other_site(alice: User, address: str) -> None:
    path = f"/auth/v1/user/password/reset?passwordResetEndpoint={quote(address, safe='')}"
    nobody = alice.server.anonymous
    for headers in ({}, {"host": "evil.example"}):
        body = {"email": f"{alice.name}@example.org"}
        assert nobody.send("POST", path, body, headers).status_code == 400


def test_an_address_is_not_flooded(server: RunningServer) -> None:
    path = "/auth/v1/user/password/reset?passwordResetEndpoint=http://localhost/?t="
    email = f"flood{time.time_ns()}@example.org"
    answers = [server.anonymous.send("POST", path, {"email": email}).status_code for _ in range(11)]
    assert answers == [204] * 10 + [429]


def test_a_link_for_an_address_makes_no_account(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    email = f"second{time.time_ns()}@example.org"
    portal = "http://localhost/?t="
    alice.post(f"/account/{alice.id}/emailValidation?portalEndpoint={portal}", {"email": email})
    account = {"username": f"u{time.time_ns()}", "password": PASSWORD}
    account["emailValidationSignedToken"] = mailed_token(caplog)
    alice.server.anonymous.post("/account2", account, 400)


def test_many_wrong_passwords_at_once_lock(alice: User) -> None:
    def attempt(number: int) -> int:
        body = {"username": alice.name, "password": f"wrong-{number}-Aa1!"}
        return alice.server.anonymous.send("POST", "/auth/v1/login2", body).status_code

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(attempt, range(60)))
    assert set(answers) == {401, 423}
    email = {"username": f"{alice.name}@example.org", "password": PASSWORD}
    assert alice.server.anonymous.send("POST", "/auth/v1/login2", email).status_code in (201, 423)


def test_many_jobs_may_log_in_at_once(alice: User) -> None:
    with ThreadPoolExecutor(20) as pool:
        tokens = list(pool.map(lambda _: login(alice)["accessToken"], range(20)))
    assert len(set(tokens)) == 20


def test_logging_out_everywhere_counts_at_once(alice: User) -> None:
    for _ in range(3):
        token = login(alice)["accessToken"]
        alice.server.anonymous.send("GET", "/userProfile")
        user = with_token(alice, token)
        user.delete(f"/auth/v1/user/{alice.id}/sessionAccessToken/all", 200)
        assert "logged out" in user.get("/userProfile", 401)["reason"]
        with_token(alice, login(alice)["accessToken"]).get("/userProfile")


def test_the_oldest_token_goes_with_the_101st(alice: User) -> None:
    path = "/auth/v1/personalAccessToken"
    made = [
        alice.post(path, {"scope": ["view", "authorize"], "name": f"t{number}"}, 200)["token"]
        for number in range(101)
    ]
    with_token(alice, made[0]).get("/userProfile", 401)
    with_token(alice, made[100]).get("/userProfile")
    assert alice.get(path)["results"][0]["scopes"] == ["view"]


def test_forged_signatures_in_any_script(server: RunningServer) -> None:
    token = {
        "concreteType": "org.sagebionetworks.repo.model.principal.EmailValidationSignedToken",
        "email": "x@example.org",
        "hmac": "\u00e9",
    }
    account = {"username": "x.y.z", "password": PASSWORD, "emailValidationSignedToken": token}
    server.anonymous.post("/account2", account, 400)
