"""Two-factor authentication: authenticator apps, recovery codes, getting back in without them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PASSWORD, User
from tests.governing import Clock

from synapse_server.kernel import clock
from synapse_server.kernel.database import Tx, scalar
from synapseclient.core.exceptions import SynapseAuthenticationError


def code(secret: str, moment: float) -> str:
    """What an authenticator app shows, by RFC 6238."""
    counter = struct.pack(">Q", int(moment) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def test_the_app_of_these_tests_keeps_to_the_rfc() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    for moment, expected in (
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (20000000000, "353130"),
    ):
        assert code(secret, moment) == expected


@dataclass
class Phone:
    """A user with an authenticator app."""

    user: User
    clock: Clock
    secret: str

    def next_code(self) -> str:
        """A code that was not used yet."""
        self.clock.forward(30_000)
        return code(self.secret, self.clock.now() / 1000)

    def start(self, status: int = 401) -> Any:
        """The first step of a login."""
        body = {"username": self.user.name, "password": PASSWORD}
        return self.user.server.anonymous.post("/auth/v1/login2", body, status)

    def finish(self, token: str, given: str, status: int = 200, **more: Any) -> Any:
        """The second one."""
        body = {"userId": self.user.id, "twoFaToken": token, "otpCode": given, **more}
        return self.user.server.anonymous.post("/auth/v1/2fa/token", body, status)


@pytest.fixture
def moving_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock()
    monkeypatch.setattr(clock, "time", found)
    return found


@pytest.fixture
def phone(alice: User, moving_clock: Clock) -> Phone:
    """Alice, who has switched it on."""
    secret = alice.post("/auth/v1/2fa/enroll")
    found = Phone(alice, moving_clock, secret["secret"])
    body = {"secretId": secret["secretId"], "totp": found.next_code()}
    assert alice.post("/auth/v1/2fa", body, 200) == {"status": "ENABLED"}
    return found


def test_switching_it_on(alice: User, bob: User, moving_clock: Clock) -> None:
    assert alice.get("/auth/v1/2fa") == {"status": "DISABLED"}
    secret = alice.post("/auth/v1/2fa/enroll")
    assert secret == {
        "secretId": secret["secretId"],
        "secret": secret["secret"],
        "alg": "SHA1",
        "digits": 6,
        "period": 30,
        "username": alice.name,
    }
    assert re.fullmatch("[A-Z2-7]{32}", secret["secret"])
    right = code(secret["secret"], moving_clock.now() / 1000)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    id = secret["secretId"]
    for body, status in (
        ({"secretId": id, "totp": wrong}, 400),
        ({"secretId": id, "totp": ""}, 400),
        ({"secretId": id, "totp": "\N{FULLWIDTH DIGIT ONE}" * 6}, 400),
        ({"secretId": id}, 400),
        ({"secretId": "999999", "totp": right}, 404),
        ({"secretId": "x", "totp": right}, 404),
        ({}, 404),
    ):
        alice.post("/auth/v1/2fa", body, status)
    bob.post("/auth/v1/2fa", {"secretId": id, "totp": right}, 404)
    assert alice.get("/auth/v1/2fa") == {"status": "DISABLED"}
    # Until then a login takes the password alone.
    login = {"username": alice.name, "password": PASSWORD}
    alice.server.anonymous.post("/auth/v1/login2", login)
    alice.post("/auth/v1/2fa", {"secretId": id, "totp": right}, 200)
    assert alice.get("/auth/v1/2fa") == {"status": "ENABLED"}
    assert alice.get("/userProfile")["twoFactorAuthEnabled"] is True
    assert "twoFactorAuthEnabled" not in bob.get(f"/userProfile/{alice.id}")
    assert bob.get("/userProfile")["twoFactorAuthEnabled"] is False
    alice.post("/auth/v1/2fa", {"secretId": id, "totp": right}, 404)
    nobody = alice.server.anonymous
    nobody.get("/auth/v1/2fa", 401)
    nobody.delete("/auth/v1/2fa", 401)
    for path in ("", "/enroll", "/recoveryCodes"):
        nobody.post(f"/auth/v1/2fa{path}", {}, 401)


def test_a_login_in_two_steps(phone: Phone) -> None:
    for path, body in (
        ("/login2", {"username": phone.user.name, "password": PASSWORD}),
        ("/login", {"username": phone.user.name, "password": PASSWORD}),
        ("/session", {"email": phone.user.name, "password": PASSWORD}),
    ):
        owed = phone.user.server.anonymous.post(f"/auth/v1{path}", body, 401)
        assert owed == {
            "concreteType": "org.sagebionetworks.repo.model.auth.TwoFactorAuthErrorResponse",
            "userId": phone.user.id,
            "twoFaToken": owed["twoFaToken"],
            "reason": "Two factor authentication required.",
            "errorCode": "TWO_FA_REQUIRED",
        }
    # A wrong password is told nothing of it.
    body = {"username": phone.user.name, "password": "wrong-Horse-7"}
    wrong = phone.user.server.anonymous.post("/auth/v1/login2", body, 401)
    assert "twoFaToken" not in wrong
    given = phone.next_code()
    token = phone.finish(owed["twoFaToken"], given, otpType="TOTP")
    session = User(phone.user.server, phone.user.id, phone.user.name, token["accessToken"])
    assert session.get("/userProfile")["ownerId"] == str(phone.user.id)
    # The same code is good once only, also for who has read it on its way.
    again = phone.finish(owed["twoFaToken"], given, 401)
    assert again["reason"] == "The provided code is invalid."


def test_codes_of_clocks_that_differ(phone: Phone) -> None:
    token = phone.start()["twoFaToken"]
    phone.clock.forward(300_000)
    moment = phone.clock.now() / 1000
    phone.finish(token, code(phone.secret, moment - 90), 401)
    time.sleep(0.01)  # the lock after a wrong code
    phone.finish(token, code(phone.secret, moment + 90), 401)
    time.sleep(0.02)
    phone.finish(token, code(phone.secret, moment - 30))
    phone.finish(token, code(phone.secret, moment + 30))
    # Older than the last one that was taken.
    phone.finish(token, code(phone.secret, moment), 401)


def test_attempts_are_limited(phone: Phone) -> None:
    token = phone.start()["twoFaToken"]
    right = phone.next_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    phone.clock.stop()
    statuses = []
    for _ in range(60):
        body = {"userId": phone.user.id, "twoFaToken": token, "otpCode": wrong}
        answer = phone.user.server.anonymous.send("POST", "/auth/v1/2fa/token", body)
        statuses.append(answer.status_code)
    assert set(statuses) == {401, 423}
    assert statuses.count(401) < 15
    assert phone.finish(token, right, 423)["reason"].startswith("You are locked out")
    phone.clock.forward(70_000)
    phone.finish(token, code(phone.secret, phone.clock.now() / 1000))


def test_many_attempts_at_once(phone: Phone) -> None:
    token = phone.start()["twoFaToken"]
    given = phone.next_code()
    body = {"userId": phone.user.id, "twoFaToken": token, "otpCode": given}

    def attempt(_: int) -> int:
        return phone.user.server.anonymous.send("POST", "/auth/v1/2fa/token", body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt, range(8)))
    assert statuses.count(200) == 1


def test_what_a_token_of_the_first_step_is_good_for(phone: Phone, bob: User) -> None:
    token = phone.start()["twoFaToken"]
    for wrong in ("", "x", "e30=", token[:-4], base64.b64encode(b"null").decode(), None):
        phone.finish(wrong, phone.next_code(), 401)  # type: ignore[arg-type]
    said = json.loads(base64.b64decode(token))
    forged = base64.b64encode(json.dumps({**said, "userId": bob.id}).encode()).decode()
    phone.finish(forged, phone.next_code(), 401, userId=bob.id)
    phone.finish(token, phone.next_code(), 401, userId=bob.id)
    other = base64.b64encode(json.dumps({**said, "context": "PASSWORD_CHANGE"}).encode()).decode()
    phone.finish(other, phone.next_code(), 401)
    phone.finish(token, phone.next_code())
    phone.clock.forward(10 * 60_000)
    assert "Log in again" in phone.finish(token, phone.next_code(), 401)["reason"]


def test_recovery_codes(phone: Phone, bob: User) -> None:
    codes = phone.user.post("/auth/v1/2fa/recoveryCodes")["codes"]
    assert len(set(codes)) == 10
    token = phone.start()["twoFaToken"]
    phone.finish(token, codes[0], 401)  # it is no code of the app
    time.sleep(0.01)
    phone.finish(token, codes[0].upper() + " ", otpType="RECOVERY_CODE")
    phone.finish(token, codes[0], 401, otpType="RECOVERY_CODE")
    time.sleep(0.01)
    phone.finish(token, codes[1], otpType="RECOVERY_CODE")
    fresh = phone.user.post("/auth/v1/2fa/recoveryCodes")["codes"]
    phone.finish(token, codes[2], 401, otpType="RECOVERY_CODE")
    time.sleep(0.01)
    phone.finish(token, fresh[0], otpType="RECOVERY_CODE")
    phone.finish(token, fresh[1], 400, otpType="GUESS")
    assert "is not on" in bob.post("/auth/v1/2fa/recoveryCodes", status=400)["reason"]


def test_nothing_is_kept_in_the_clear(phone: Phone) -> None:
    codes = phone.user.post("/auth/v1/2fa/recoveryCodes")["codes"]
    user = phone.user.id

    async def kept(tx: Tx) -> tuple[str, list[str]]:
        sealed = await scalar(tx, "SELECT sealed FROM totp_secret WHERE user_id = ?", user)
        rows = await tx.all("SELECT hash FROM recovery_code WHERE user_id = ?", user)
        return str(sealed), [row[0] for row in rows]

    sealed, hashes = phone.user.server.write(kept)
    assert phone.secret not in sealed
    assert base64.b32decode(phone.secret) not in base64.b64decode(sealed)
    assert len(hashes) == 10
    assert not any(code in each for each in hashes for code in codes)


def test_a_new_phone(phone: Phone) -> None:
    new = phone.user.post("/auth/v1/2fa/enroll")
    # The old one is good until the new one is.
    phone.finish(phone.start()["twoFaToken"], phone.next_code())
    old = phone.secret
    phone.secret = new["secret"]
    body = {"secretId": new["secretId"], "totp": phone.next_code()}
    phone.user.post("/auth/v1/2fa", body, 200)
    token = phone.start()["twoFaToken"]
    phone.finish(token, phone.next_code())
    phone.secret = old
    phone.finish(token, phone.next_code(), 401)


def test_switching_it_off(phone: Phone) -> None:
    codes = phone.user.post("/auth/v1/2fa/recoveryCodes")["codes"]
    token = phone.start()["twoFaToken"]
    phone.user.delete("/auth/v1/2fa", 200)
    assert phone.user.get("/auth/v1/2fa") == {"status": "DISABLED"}
    assert phone.start(201)["accessToken"]
    phone.finish(token, phone.next_code(), 401)
    time.sleep(0.01)
    phone.finish(token, codes[0], 401, otpType="RECOVERY_CODE")
    assert "is not on" in phone.user.delete("/auth/v1/2fa", 400)["reason"]


def mailed(caplog: pytest.LogCaptureFixture) -> Any:
    """The token at the end of the link that was mailed last."""
    deadline = time.monotonic() + 60
    while not (found := re.findall(r"https?://\S+=([0-9a-f]{40,})", caplog.text)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return json.loads(bytes.fromhex(found[-1]))


def test_getting_back_in_by_mail(phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    nobody = phone.user.server.anonymous
    token = phone.start()["twoFaToken"]
    page = phone.user.server.url + "/reset?token="
    asked = {"userId": phone.user.id, "twoFaToken": token, "twoFaResetEndpoint": page}
    for change, status in (
        ({"twoFaToken": None}, 400),
        ({"twoFaToken": "x"}, 401),
        ({"twoFaToken": None, "password": "wrong-Horse-7"}, 401),
        ({"twoFaResetEndpoint": "https://evil.example.org/"}, 400),
        ({"twoFaResetEndpoint": None}, 400),
    ):
        nobody.post("/auth/v1/2fa/reset", {**asked, **change}, status)
    time.sleep(0.01)
    assert "totp" not in caplog.text
    nobody.post("/auth/v1/2fa/reset", asked, 204)
    reset = mailed(caplog)
    body = {"twoFaToken": token, "twoFaResetToken": reset}
    for change, status in (
        ({"twoFaToken": None}, 400),
        ({"twoFaToken": "x"}, 401),
        ({"twoFaResetToken": None}, 400),
        ({"twoFaResetToken": {**reset, "userId": 1}}, 400),
    ):
        nobody.post("/auth/v1/2fa/disable", {**body, **change}, status)
    assert phone.user.get("/auth/v1/2fa") == {"status": "ENABLED"}
    by_password = {"password": PASSWORD, "twoFaResetToken": reset}
    nobody.post("/auth/v1/2fa/disable", by_password, 204)
    assert phone.user.get("/auth/v1/2fa") == {"status": "DISABLED"}
    # The link is good once, also when it is switched on again.
    assert "used already" in nobody.post("/auth/v1/2fa/disable", body, 400)["reason"]
    fresh = phone.user.post("/auth/v1/2fa/enroll")
    phone.secret = fresh["secret"]
    enabling = {"secretId": fresh["secretId"], "totp": phone.next_code()}
    phone.user.post("/auth/v1/2fa", enabling, 200)
    assert "used already" in nobody.post("/auth/v1/2fa/disable", by_password, 400)["reason"]
    assert phone.user.get("/auth/v1/2fa") == {"status": "ENABLED"}


def test_changing_the_password(phone: Phone) -> None:
    nobody = phone.user.server.anonymous
    package = "org.sagebionetworks.repo.model.auth.ChangePasswordWith"
    body = {
        "concreteType": package + "CurrentPassword",
        "username": phone.user.name,
        "currentPassword": PASSWORD,
        "newPassword": "another-Horse-8",
    }
    owed = nobody.post("/auth/v1/user/changePassword", body, 401)
    assert owed["errorCode"] == "TWO_FA_REQUIRED"
    # Who owes the second factor for a new password is not let in by it, nor the other way.
    phone.finish(owed["twoFaToken"], phone.next_code(), 401)
    second = {
        "concreteType": package + "TwoFactorAuthToken",
        "userId": phone.user.id,
        "twoFaToken": phone.start()["twoFaToken"],
        "newPassword": "another-Horse-8",
    }
    given = {**second, "otpCode": phone.next_code()}
    nobody.post("/auth/v1/user/changePassword", given, 401)
    second["twoFaToken"] = owed["twoFaToken"]
    nobody.post("/auth/v1/user/changePassword", {**second, "otpCode": "000000"}, 401)
    time.sleep(0.01)
    weak = {**second, "newPassword": "weak", "otpCode": phone.next_code()}
    nobody.post("/auth/v1/user/changePassword", weak, 400)
    nobody.post("/auth/v1/user/changePassword", {**second, "otpCode": phone.next_code()}, 204)
    phone.start(401)
    login = {"username": phone.user.name, "password": "another-Horse-8"}
    token = nobody.post("/auth/v1/login2", login, 401)["twoFaToken"]
    # What was begun with the old password is not finished with it.
    phone.finish(owed["twoFaToken"], phone.next_code(), 401)
    phone.finish(token, phone.next_code())


def test_personal_tokens_need_no_second_factor(phone: Phone) -> None:
    made = phone.user.post("/auth/v1/personalAccessToken", {"scope": ["view"], "name": "job"}, 200)
    job = User(phone.user.server, phone.user.id, phone.user.name, made["token"])
    assert job.get("/userProfile")["ownerId"] == str(phone.user.id)
    # They may not change how one logs in.
    job.delete("/auth/v1/2fa", 403)
    job.post("/auth/v1/2fa/enroll", status=403)
    job.post("/auth/v1/2fa/recoveryCodes", status=403)


def test_our_client_says_what_to_do(phone: Phone, tmp_path: Path) -> None:
    syn = phone.user.client(tmp_path)
    with pytest.raises(SynapseAuthenticationError, match="Use a personal access token"):
        syn.login(phone.user.name, PASSWORD, silent=True)
    with pytest.raises(SynapseAuthenticationError, match="combination is incorrect"):
        syn.login(phone.user.name, "wrong-Horse-7", silent=True)
