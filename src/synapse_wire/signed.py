"""Signed tokens: promises that the server can check later, as links in mail carry them."""

from __future__ import annotations

from typing import Literal

from synapse_wire.base import Date, Wire
from synapse_wire.users import NotificationSettings


class SignedToken(Wire, tag_field="concreteType"):
    """A promise; ``hmac`` covers all other fields, its kind and its expiry among them."""

    created_on: Date | None = None
    expires_on: Date | None = None
    hmac: str | None = None


class PasswordResetToken(
    SignedToken, tag="org.sagebionetworks.repo.model.auth.PasswordResetSignedToken"
):
    """The bearer may set this user's password."""

    user_id: str | None = None
    validity: str | None = None


class EmailValidationToken(
    SignedToken, tag="org.sagebionetworks.repo.model.principal.EmailValidationSignedToken"
):
    """The bearer has read mail sent to this address."""

    email: str | None = None
    user_id: str | None = None


class TwoFactorAuthToken(SignedToken, tag="org.sagebionetworks.repo.model.auth.TwoFactorAuthToken"):
    """The bearer has given this user's password, and owes the second factor."""

    user_id: int | None = None
    context: Literal["AUTHENTICATION", "PASSWORD_CHANGE"] | None = None
    validity: str | None = None


class TwoFactorAuthResetToken(
    SignedToken, tag="org.sagebionetworks.repo.model.auth.TwoFactorAuthResetToken"
):
    """The bearer has read mail to this user, and may switch the second factor off."""

    user_id: int | None = None
    validity: str | None = None


class JoinTeamToken(SignedToken, tag="org.sagebionetworks.repo.model.JoinTeamSignedToken"):
    """The bearer is this user, and wants the member to be in the team; may they, they are."""

    user_id: str | None = None
    member_id: str | None = None
    team_id: str | None = None


class InvitationToken(SignedToken, tag="org.sagebionetworks.repo.model.MembershipInvtnSignedToken"):
    """The bearer has read the mail of this invitation."""

    membership_invitation_id: str | None = None


class InviteeVerificationToken(
    SignedToken, tag="org.sagebionetworks.repo.model.InviteeVerificationSignedToken"
):
    """The invitation went to an address of this user."""

    invitee_id: str | None = None
    membership_invitation_id: str | None = None


class NotificationSettingsToken(
    SignedToken, tag="org.sagebionetworks.repo.model.message.NotificationSettingsSignedToken"
):
    """The bearer is this user, and wants these settings."""

    user_id: str | None = None
    settings: NotificationSettings | None = None
