"""Spelling and dates on the wire."""

from __future__ import annotations

import doctest

import pytest

from synapse_wire import base, endpoint, entities


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(base).failed == 0


@pytest.mark.parametrize(
    ("date", "millis"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2013-05-30T21:58:47.103Z", 1369951127103),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_dates_there_and_back(date: str, millis: int) -> None:
    assert base.millis(date) == millis
    assert base.iso(millis) == date


@pytest.mark.parametrize(
    "text", ["", "2013-05-30", "2013-05-30T21:58:47", "yesterday", "2013-13-01T00:00:00Z"]
)
def test_other_text_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        base.millis(text)


def test_the_catalogue_is_the_whole_api() -> None:
    assert len(endpoint.catalogue()) == 682


def test_a_call_becomes_path_query_and_body() -> None:
    body = entities.Folder(name="f")
    assert entities.update_entity.bind("syn1", body, new_version=True) == (
        "/repo/v1/entity/syn1",
        {"newVersion": True},
        body,
    )
    assert entities.look_up_alias.bind("a/b ü") == (
        "/repo/v1/entity/alias/a%2Fb%20%C3%BC",
        {},
        None,
    )
