"""Certification: the quiz about using data responsibly, and who has passed it."""

from __future__ import annotations

from typing import TypeAlias

from synapse_wire.base import Date, Results, Wire
from synapse_wire.endpoint import endpoint

_PACKAGE = "org.sagebionetworks.repo.model.quiz."


class MultichoiceAnswer(Wire):
    """One of the answers to choose from; whether it is right is not told."""

    answer_index: int
    prompt: str


class QuestionBase(Wire, tag_field="concreteType"):
    """A question; its index is its number in the quiz."""

    question_index: int
    prompt: str
    help_text: str | None = None
    doc_link: str | None = None


class MultichoiceQuestion(QuestionBase, tag=_PACKAGE + "MultichoiceQuestion"):
    """A question with answers to choose from, one alone if it is exclusive."""

    exclusive: bool | None = None
    answers: list[MultichoiceAnswer] | None = None


class TextFieldQuestion(QuestionBase, tag=_PACKAGE + "TextFieldQuestion"):
    """A question to answer in words."""


Question: TypeAlias = MultichoiceQuestion | TextFieldQuestion


class Quiz(Wire):
    """The questions."""

    id: int
    header: str
    questions: list[Question]


class QuestionResponseBase(Wire, tag_field="concreteType"):
    """An answer to a question of this index."""

    question_index: int | None = None


class MultichoiceResponse(QuestionResponseBase, tag=_PACKAGE + "MultichoiceResponse"):
    """The answers that were chosen."""

    answer_index: list[int] | None = None


class TextFieldResponse(QuestionResponseBase, tag=_PACKAGE + "TextFieldResponse"):
    """The words."""

    response: str | None = None


QuestionResponse: TypeAlias = MultichoiceResponse | TextFieldResponse


class QuizResponse(Wire):
    """All that somebody answered."""

    id: int | None = None
    quiz_id: int | None = None
    created_by: str | None = None
    created_on: Date | None = None
    question_responses: list[QuestionResponse] | None = None


class ResponseCorrectness(Wire):
    """Whether an answer was right."""

    question: Question
    response: QuestionResponse
    is_correct: bool


class PassingRecord(Wire):
    """How a user did in the quiz, or that an administrator certified them without it."""

    user_id: str
    quiz_id: int | None = None
    response_id: int | None = None
    score: int | None = None
    """The number of right answers."""
    passed: bool | None = None
    passed_on: Date | None = None
    created_on: Date | None = None
    certified: bool | None = None
    revoked: bool | None = None
    revoked_on: Date | None = None
    corrections: list[ResponseCorrectness] | None = None
    """Told to who has just answered."""


@endpoint("GET", "/repo/v1/certifiedUserTest")
def get_quiz() -> Quiz:
    """The quiz, without the right answers."""
    raise NotImplementedError


@endpoint("POST", "/repo/v1/certifiedUserTestResponse")
def answer_quiz(body: QuizResponse) -> PassingRecord:
    """Answer the quiz; who passes is certified."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/admin/certifiedUserTestResponse")
def list_quiz_responses(
    principal_id: int | None = None, limit: int = 10, offset: int = 0
) -> Results[QuizResponse]:
    """What everybody, or one user, has answered; administrators only."""
    raise NotImplementedError


@endpoint("DELETE", "/repo/v1/admin/certifiedUserTestResponse/{id}")
def delete_quiz_response(id: int) -> None:
    """Forget what somebody answered; administrators only."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/certifiedUserPassingRecord")
def get_passing_record(id: str) -> PassingRecord:
    """How a user did in the quiz last, or since when they are certified; 404 if neither."""
    raise NotImplementedError


@endpoint("GET", "/repo/v1/user/{id}/certifiedUserPassingRecords")
def list_passing_records(id: str, limit: int = 10, offset: int = 0) -> Results[PassingRecord]:
    """All such records of a user, the latest first; administrators only."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/admin/user/{id}/certificationStatus")
def set_certification(id: str, is_certified: bool) -> None:
    """Certify a user, or take it back; administrators only."""
    raise NotImplementedError


@endpoint("PUT", "/repo/v1/user/{id}/revokeCertification")
def revoke_certification(id: str) -> PassingRecord:
    """Take a certification back; for the compliance team."""
    raise NotImplementedError
