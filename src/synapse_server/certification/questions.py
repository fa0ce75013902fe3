"""The questions of the quiz, and which of their answers are right."""

from __future__ import annotations

from typing import NamedTuple

from synapse_wire.certification import MultichoiceAnswer, MultichoiceQuestion, Quiz

QUIZ_ID = 1
HEADER = (
    "Data here come from people and from colleagues. These questions are about what you may do with"
    " them, and how to share your own. Answer at least ten of the twelve correctly to become a"
    " certified user. You can try again."
)
NEEDED = 10
"""How many right answers it takes."""


class Item(NamedTuple):
    """A question; right answers stand before wrong ones, and are mixed by ``order``."""

    prompt: str
    help: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    order: tuple[int, ...]
    """In which order the answers are shown."""


ITEMS = (
    Item(
        "You want to upload data of people who took part in a study. What must be true?",
        "Consent and the law decide before any setting here does.",
        (
            "You have the right to share them, by the consent of those people and the approval of"
            " your institution.",
        ),
        (
            "The files are smaller than 5 GB.",
            "You are a co-author of the publication.",
            "The project is private, so no permission is needed.",
        ),
        (2, 0, 3, 1),
    ),
    Item(
        "Which of these must not stand in a file that is shared for research?",
        "Choose all that identify a person directly.",
        ("Names of participants.", "Their telephone numbers.", "Their street addresses."),
        ("The version of the analysis software.",),
        (0, 3, 1, 2),
    ),
    Item(
        "A data set asks for approval before you may download it. A colleague who is approved"
        " offers you a copy. What do you do?",
        "Approval is given to persons.",
        ("I decline, and ask for approval myself.",),
        (
            "I take the copy, as we work in the same laboratory.",
            "I take the copy and delete it after the analysis.",
        ),
        (1, 0, 2),
    ),
    Item(
        "What may you do with data whose terms of use you have accepted?",
        "Terms are a promise.",
        ("What the terms allow, and nothing else.",),
        (
            "Everything, once I have downloaded them.",
            "Everything but sell them.",
            "Publish them on my own page, with a citation.",
        ),
        (3, 1, 0, 2),
    ),
    Item(
        "You notice that a shared file holds names of patients. What do you do first?",
        "Think of those people first, then of the file.",
        ("I tell the compliance team or the operator at once, and do not share it further.",),
        (
            "I post it in a forum, so that everybody is warned.",
            "Nothing; its owner is responsible.",
            "I download it, to have proof.",
        ),
        (0, 1, 2, 3),
    ),
    Item(
        "May you try to find out who a participant of an anonymised study is?",
        "De-identified data stay so by what everybody does not do.",
        ("No.",),
        ("Yes, for research.", "Yes, if I keep it to myself.", "Yes, if the data are public."),
        (1, 2, 0, 3),
    ),
    Item(
        "You publish a result from data of others that you found here. What do you owe them?",
        "Good data come back to those who are named for them.",
        ("To cite them as their terms say.",),
        ("Nothing, the data were free.", "A copy of my source code, always."),
        (2, 1, 0),
    ),
    Item(
        "Who can read a file in a project that you have shared with nobody?",
        "Sharing is something that you do.",
        ("You, and the administrators of this server.",),
        ("Everybody who is signed in.", "Everybody on the internet.", "All certified users."),
        (3, 0, 1, 2),
    ),
    Item(
        "You share a project with everybody who is signed in and let them download. A folder in it"
        " must stay within your team. What do you do?",
        "A folder has the sharing settings of what it lies in until it has its own.",
        ("I give the folder sharing settings of its own, before data go into it.",),
        (
            "I write into its description that it is private.",
            "I give it a name that nobody guesses.",
        ),
        (1, 0, 2),
    ),
    Item(
        "Data of yours may be used for research on diabetes only. How do you say so here?",
        "A condition that is written down nowhere binds nobody.",
        ("I ask the compliance team for an access requirement on them before I share them.",),
        (
            "I say so to those who ask.",
            "I share them with everybody and look who downloads.",
        ),
        (0, 2, 1),
    ),
    Item(
        "You record what a result was made from. What is that good for?",
        "Choose all that apply.",
        (
            "Others can repeat the analysis.",
            "When an input turns out to be wrong, what depends on it can be found.",
        ),
        ("Files download faster.", "It makes the data public."),
        (2, 0, 3, 1),
    ),
    Item(
        "Your personal access token has been copied to a public page. What do you do?",
        "Whoever has the token is you.",
        ("I revoke it and make a new one.",),
        ("Nothing, tokens expire within an hour.", "I change my user name."),
        (1, 2, 0),
    ),
)


def quiz() -> Quiz:
    """The quiz as it is shown."""
    return Quiz(
        id=QUIZ_ID, header=HEADER, questions=[question(index) for index in range(len(ITEMS))]
    )


def question(index: int) -> MultichoiceQuestion:
    """One of its questions."""
    item = ITEMS[index]
    answers = (*item.right, *item.wrong)
    return MultichoiceQuestion(
        question_index=index,
        prompt=item.prompt,
        help_text=item.help,
        exclusive=len(item.right) == 1,
        answers=[
            MultichoiceAnswer(answer_index=shown, prompt=answers[which])
            for shown, which in enumerate(item.order)
        ],
    )


def right(index: int) -> frozenset[int]:
    """The right answers, as they are numbered where they are shown."""
    item = ITEMS[index]
    return frozenset(shown for shown, which in enumerate(item.order) if which < len(item.right))
