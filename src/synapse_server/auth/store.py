"""SQL of credentials, tokens and login failures."""

from __future__ import annotations

from collections.abc import Sequence

from synapse_server.kernel.caller import ADMINISTRATORS
from synapse_server.kernel.clock import now
from synapse_server.kernel.database import Row, Tx, scalar


async def standing(tx: Tx, user: int, token_id: str) -> Row | None:
    """All that decides what a token of this user is worth now."""
    return await tx.one(
        "SELECT a.is_disabled, a.is_certified, a.terms_version, a.authenticated_on,"
        " a.sessions_revoked_on, a.secret_key, a.two_factor_on,"
        " (SELECT 1 FROM group_member WHERE member_id = a.id AND group_id = ?) AS is_admin,"
        " (SELECT 1 FROM revoked_session WHERE jti = ?) AS is_revoked,"
        " (SELECT last_used FROM personal_token WHERE id = ?) AS last_used"
        " FROM account a WHERE a.id = ?",
        ADMINISTRATORS,
        token_id,
        token_id,
        user,
    )


async def credentials(tx: Tx, user: int) -> Row | None:
    """The password's hash and what else a login needs."""
    return await tx.one(
        "SELECT id, password, password_changed_on, secret_key, is_disabled, terms_version,"
        " terms_signed_on, authenticated_on, is_certified, two_factor_on FROM account WHERE id = ?",
        user,
    )


async def set_password(tx: Tx, user: int, hashed: str) -> None:
    """Keep a new password's hash."""
    await tx.run(
        "UPDATE account SET password = ?, password_changed_on = ? WHERE id = ?", hashed, now(), user
    )


async def set_secret_key(tx: Tx, user: int, key: str | None) -> None:
    """Keep a key for request signatures, or forget it."""
    await tx.run("UPDATE account SET secret_key = ? WHERE id = ?", key, user)


async def set_two_factor(tx: Tx, user: int, since: int | None) -> None:
    """Since when a user logs in with a second factor; None for not at all."""
    await tx.run("UPDATE account SET two_factor_on = ? WHERE id = ?", since, user)


async def add_secret(tx: Tx, user: int, sealed: str) -> int:
    """Keep a secret that is not active yet; its id."""
    id = int(await scalar(tx, tx.dialect.next_id("totp_secret")))
    await tx.run(
        "INSERT INTO totp_secret (id, user_id, sealed, created_on) VALUES (?, ?, ?, ?)",
        id,
        user,
        sealed,
        now(),
    )
    return id


async def secret(tx: Tx, id: int) -> Row | None:
    """A secret of an authenticator app."""
    return await tx.one("SELECT * FROM totp_secret WHERE id = ?", id)


async def active_secret(tx: Tx, user: int) -> Row | None:
    """The secret whose codes a user logs in with."""
    return await tx.one("SELECT * FROM totp_secret WHERE user_id = ? AND is_active = 1", user)


async def activate_secret(tx: Tx, id: int) -> None:
    """Let logins take codes of a secret."""
    await tx.run("UPDATE totp_secret SET is_active = 1 WHERE id = ?", id)


async def drop_secrets(tx: Tx, user: int, *, active: bool) -> None:
    """Forget a user's secrets that are active, or those that are not."""
    await tx.run("DELETE FROM totp_secret WHERE user_id = ? AND is_active = ?", user, int(active))


async def use_step(tx: Tx, id: int, step: int) -> bool:
    """Note that the code of a step of time was taken; False if one of it or later was."""
    changed = await tx.run(
        "UPDATE totp_secret SET last_step = ? WHERE id = ? AND last_step < ?", step, id, step
    )
    return changed == 1


async def set_recovery_codes(tx: Tx, user: int, hashes: Sequence[str]) -> None:
    """Replace a user's recovery codes."""
    await tx.run("DELETE FROM recovery_code WHERE user_id = ?", user)
    await tx.many(
        "INSERT INTO recovery_code (user_id, hash) VALUES (?, ?)",
        [(user, each) for each in hashes],
    )


async def use_recovery_code(tx: Tx, user: int, hashed: str) -> bool:
    """Take a recovery code, which is good no more; False if there is none like it."""
    sql = "DELETE FROM recovery_code WHERE user_id = ? AND hash = ?"
    return await tx.run(sql, user, hashed) == 1


async def set_authenticated(tx: Tx, user: int) -> None:
    """Note a login."""
    await tx.run("UPDATE account SET authenticated_on = ? WHERE id = ?", now(), user)


async def sign_terms(tx: Tx, user: int, version: str) -> None:
    """Note that a user signed the terms of use."""
    await tx.run(
        "UPDATE account SET terms_version = ?, terms_signed_on = ? WHERE id = ?",
        version,
        now(),
        user,
    )


async def revoke_session(tx: Tx, jti: str, expires_on: int) -> None:
    """Make one login token worthless; forget those that have expired anyway."""
    await tx.run("DELETE FROM revoked_session WHERE expires_on < ?", now())
    await tx.run(
        "INSERT INTO revoked_session (jti, expires_on) VALUES (?, ?) ON CONFLICT DO NOTHING",
        jti,
        expires_on,
    )


async def revoke_all_sessions(tx: Tx, user: int) -> None:
    """Make all login tokens up to now worthless."""
    await tx.run("UPDATE account SET sessions_revoked_on = ? WHERE id = ?", now(), user)


async def add_token(tx: Tx, id: str, user: int, name: str, scopes: str) -> bool:
    """Record a personal token; False when the name is in use."""
    changed = await tx.run(
        "INSERT INTO personal_token (id, user_id, name, scopes, created_on, last_used)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        id,
        user,
        name,
        scopes,
        now(),
        now(),
    )
    return changed == 1


async def drop_tokens(tx: Tx, user: int, keep: int) -> None:
    """Revoke all but so many personal tokens of a user, the least recently used first."""
    await tx.run(
        "DELETE FROM personal_token WHERE id IN (SELECT id FROM personal_token WHERE user_id = ?"
        " ORDER BY last_used DESC, id LIMIT 1000 OFFSET ?)",
        user,
        keep,
    )


async def tokens(tx: Tx, user: int, offset: int, limit: int) -> Sequence[Row]:
    """A user's personal tokens, latest first."""
    return await tx.all(
        "SELECT * FROM personal_token WHERE user_id = ? ORDER BY created_on DESC, id"
        " LIMIT ? OFFSET ?",
        user,
        limit,
        offset,
    )


async def token(tx: Tx, id: str) -> Row | None:
    """A personal token's record."""
    return await tx.one("SELECT * FROM personal_token WHERE id = ?", id)


async def touch_token(tx: Tx, id: str, moment: int) -> None:
    """Note that a personal token was used."""
    await tx.run("UPDATE personal_token SET last_used = ? WHERE id = ?", moment, id)


async def delete_token(tx: Tx, id: str) -> None:
    """Revoke a personal token."""
    await tx.run("DELETE FROM personal_token WHERE id = ?", id)


async def failures(tx: Tx, name: str) -> Row | None:
    """The failed logins under a name since the last good one."""
    return await tx.one("SELECT count, locked_until FROM login_failure WHERE name = ?", name)


async def add_failure(tx: Tx, name: str, most: int) -> None:
    """Count a failed login, and lock the name for two to the count milliseconds.

    The count is the database's, so that of many at once each one counts.
    """
    count = await scalar(
        tx,
        "INSERT INTO login_failure (name, count, locked_until) VALUES (?, 1, 0)"
        " ON CONFLICT (name) DO UPDATE SET count = login_failure.count + 1 RETURNING count",
        name,
    )
    until = now() + 2 ** min(count, most)
    await tx.run("UPDATE login_failure SET locked_until = ? WHERE name = ?", until, name)


async def forget_old_failures(tx: Tx, before: int) -> None:
    """Drop the counts whose locks are over since then."""
    await tx.run("DELETE FROM login_failure WHERE locked_until < ?", before)


async def forget_failures(tx: Tx, name: str) -> None:
    """After a good login."""
    await tx.run("DELETE FROM login_failure WHERE name = ?", name)
