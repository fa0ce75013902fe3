"""Access tokens: RS256 JWTs with the claims of the real Synapse; and signed promises."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from synapse_server.kernel.clock import now
from synapse_wire.base import iso, millis
from synapse_wire.errors import BadRequest, Unauthenticated
from synapse_wire.signed import SignedToken

S = TypeVar("S", bound=SignedToken)

LOGIN = "OIDC_ACCESS_TOKEN"
PERSONAL = "PERSONAL_ACCESS_TOKEN"
INVALID = "Invalid access token"
"""What is said of every token that is not good, with the reason where it was good once."""
_REMEMBERED = 4096
_NONCE = 12
_ISSUED_MILLIS = "iat_ms"
_ALGORITHMS = ["RS256"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says and its signature proves."""

    user_id: int
    kind: str
    scopes: frozenset[str]
    token_id: str
    issued_at: int
    """Milliseconds since the epoch; seconds would not tell a login from the log-out before."""
    expires_at: int | None
    """Seconds since the epoch."""


class Tokens:
    """Makes and checks tokens with this server's keys."""

    def __init__(self, private_key: str, mac_key: str, issuer: str, hours: int) -> None:
        self._key = RSAKey.import_key(private_key)
        self._kid = self._key.thumbprint()
        self._mac_key = bytes.fromhex(mac_key)
        self._seal = AESGCM(hmac.new(self._mac_key, b"seal of secrets", hashlib.sha256).digest())
        self._issuer = issuer
        self._seconds = hours * 3600
        self._seen: OrderedDict[str, Claims] = OrderedDict()

    @staticmethod
    def new_private_key() -> str:
        """A new RSA key as PEM text."""
        return RSAKey.generate_key(2048).as_pem(private=True).decode()

    def login_token(self, user_id: int, scopes: Iterable[str]) -> str:
        """An access token as a login gives it."""
        return self._encode(LOGIN, user_id, scopes, secrets.token_urlsafe(16), self._seconds)

    def personal_token(self, user_id: int, scopes: Iterable[str], token_id: str) -> str:
        """A token that does not expire by itself; its record can be revoked."""
        return self._encode(PERSONAL, user_id, scopes, token_id, None)

    def _encode(
        self, kind: str, user_id: int, scopes: Iterable[str], jti: str, seconds: int | None
    ) -> str:
        moment = now()
        issued = moment // 1000
        claims = {
            "access": {"scope": list(scopes), "oidc_claims": {}},
            "token_type": kind,
            "iss": self._issuer,
            "aud": "0",
            "nbf": issued,
            "iat": issued,
            "auth_time": issued,
            _ISSUED_MILLIS: moment,
            "jti": jti,
            "sub": str(user_id),
        }
        if seconds is not None:
            claims["exp"] = issued + seconds
        return jwt.encode({"alg": "RS256", "kid": self._kid, "typ": "JWT"}, claims, self._key)

    def read(self, token: str) -> Claims:
        """Check the signature and the time.

        Raises:
            Unauthenticated: It is not a token of this server, or it has expired.
        """
        claims = self._seen.get(token)
        if claims is None:
            claims = self._decode(token)
            self._seen[token] = claims
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        if claims.expires_at is not None and claims.expires_at <= time.time():
            raise Unauthenticated(f"{INVALID}: it has expired. Log in again.")
        return claims

    def _decode(self, token: str) -> Claims:
        try:
            claims = jwt.decode(token, self._key, algorithms=_ALGORITHMS).claims
            return Claims(
                user_id=int(claims["sub"]),
                kind=claims["token_type"],
                scopes=frozenset(claims["access"]["scope"]),
                token_id=claims["jti"],
                issued_at=int(claims.get(_ISSUED_MILLIS, claims["iat"] * 1000)),
                expires_at=claims.get("exp"),
            )
        except (JoseError, KeyError, TypeError, ValueError):
            raise Unauthenticated(INVALID) from None

    # -------------------------------------------------------------- signed promises

    def sign(self, token: S, seconds: int) -> S:
        """Fill in dates and the signature of a signed token."""
        dated = msgspec.structs.replace(
            token, created_on=iso(now()), expires_on=iso(now() + seconds * 1000), hmac=None
        )
        return msgspec.structs.replace(dated, hmac=self._mac(dated))

    def check(self, token: SignedToken) -> None:
        """Check the signature and the time of a signed token.

        Raises:
            BadRequest: It was not signed here, was changed, or has expired.
        """
        unsigned = msgspec.structs.replace(token, hmac=None)
        if not hmac.compare_digest(self._mac(unsigned).encode(), (token.hmac or "").encode()):
            raise BadRequest("This link is not from this server, or was changed on its way.")
        if token.expires_on is None or millis(token.expires_on) < now():
            raise BadRequest("This link has expired; ask for a new one.")

    def receipt(self, user_id: int, seconds: int = 3 * 24 * 3600) -> str:
        """A proof of an earlier login, for clients that keep one."""
        text = f"{user_id}.{int(time.time()) + seconds}"
        return text + "." + hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()

    def digest(self, text: str) -> str:
        """A hash that nobody can make or try out without this server's key."""
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()

    def seal(self, secret: bytes, purpose: str) -> str:
        """Encrypt a secret, so that it opens for this purpose only."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(
            nonce + self._seal.encrypt(nonce, secret, purpose.encode())
        ).decode()

    def unseal(self, sealed: str, purpose: str) -> bytes:
        """The secret that was sealed for this purpose."""
        data = base64.b64decode(sealed)
        return self._seal.decrypt(data[:_NONCE], data[_NONCE:], purpose.encode())

    def _mac(self, token: SignedToken) -> str:
        text = json.dumps(msgspec.to_builtins(token), sort_keys=True)
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()
