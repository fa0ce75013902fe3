"""Kinds of access as bits, so that one number holds what an ACL entry gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast, get_args

from synapse_wire.access import AccessType

NAMES: tuple[str, ...] = get_args(AccessType)
BIT = {name: 1 << position for position, name in enumerate(NAMES)}

CREATE = BIT["CREATE"]
READ = BIT["READ"]
UPDATE = BIT["UPDATE"]
DELETE = BIT["DELETE"]
CHANGE_PERMISSIONS = BIT["CHANGE_PERMISSIONS"]
DOWNLOAD = BIT["DOWNLOAD"]
CHANGE_SETTINGS = BIT["CHANGE_SETTINGS"]
MODERATE = BIT["MODERATE"]
PARTICIPATE = BIT["PARTICIPATE"]
SUBMIT = BIT["SUBMIT"]
READ_PRIVATE_SUBMISSION = BIT["READ_PRIVATE_SUBMISSION"]
UPDATE_SUBMISSION = BIT["UPDATE_SUBMISSION"]
DELETE_SUBMISSION = BIT["DELETE_SUBMISSION"]
SEND_MESSAGE = BIT["SEND_MESSAGE"]
TEAM_MEMBERSHIP_UPDATE = BIT["TEAM_MEMBERSHIP_UPDATE"]
REVIEW_SUBMISSIONS = BIT["REVIEW_SUBMISSIONS"]
EXEMPTION_ELIGIBLE = BIT["EXEMPTION_ELIGIBLE"]

ALL = -1
"""Every kind, those of the future included."""

OWNER = READ | DOWNLOAD | UPDATE | DELETE | CREATE | CHANGE_PERMISSIONS | CHANGE_SETTINGS | MODERATE
"""What the creator of a project gets."""


def pack(names: Iterable[str]) -> int:
    """The number of these kinds of access."""
    bits = 0
    for name in names:
        bits |= BIT[name]
    return bits


def unpack(bits: int) -> list[AccessType]:
    """The names in a number."""
    return cast("list[AccessType]", [name for name in NAMES if bits & BIT[name]])


def name(bit: int) -> str:
    """The name of one kind of access."""
    return NAMES[bit.bit_length() - 1]
