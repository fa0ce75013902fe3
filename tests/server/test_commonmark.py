"""The examples of CommonMark, and those of them that the dialect of wikis overrides."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from synapse_server.wiki import dialect

SPEC = Path(__file__).resolve().parents[2] / ".commonmark/node_modules/commonmark-spec/spec.txt"
_FENCE = "`" * 32
_EXAMPLE = re.compile(rf"^{_FENCE} example\n(.*?)^\.\n(.*?)^{_FENCE}$", re.MULTILINE | re.DOTALL)

NO_SETEXT = "a line of dashes or equals signs below a text makes no heading of it"
NO_SPACE = "a heading needs no space after its hashes"
AUTO = "addresses in running text are links"
LINES = "the same but for line breaks that mean nothing, in the parser that the dialect builds on"
OVERRIDDEN = {
    **dict.fromkeys((59, 80, 81, 82, 83, 84, 86, 89, 90, 91, 95, 96, 102, 103), NO_SETEXT),
    **dict.fromkeys((115, 141, 215, 300), NO_SETEXT),
    64: NO_SPACE,
    **dict.fromkeys((602, 608, 611), AUTO),
    **dict.fromkeys((218, 239, 240), LINES),
}
BREAKS = frozenset(
    (
        14,
        25,
        28,
        37,
        46,
        49,
        70,
        87,
        88,
        93,
        104,
        105,
        106,
        113,
        138,
        145,
        148,
        187,
        213,
        216,
        217,
        220,
        222,
        223,
        224,
        228,
        229,
        230,
        232,
        233,
        238,
        243,
        247,
        250,
        251,
        253,
        254,
        285,
        286,
        287,
        288,
        290,
        291,
        292,
        293,
        304,
        312,
        334,
        367,
        384,
        394,
        405,
        423,
        432,
        490,
        494,
        505,
        543,
        552,
        556,
        587,
        621,
        648,
        649,
    )
)
"""Those that are as they should be but for one thing: a single newline is a line break."""


def examples() -> list[tuple[int, str, str]]:
    """Number, markdown and HTML of each."""
    if not SPEC.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{SPEC} is missing: make install-commonmark")
        pytest.skip("the specification is not installed: make install-commonmark")
    found = _EXAMPLE.findall(SPEC.read_text(encoding="utf-8"))
    assert len(found) == 652
    return [
        (number, source.replace("→", "\t"), html.replace("→", "\t"))
        for number, (source, html) in enumerate(found, 1)
    ]


def test_the_examples() -> None:
    md = dialect.parser()
    other = {number for number, source, html in examples() if md.render(source) != html}
    assert other == OVERRIDDEN.keys() | BREAKS
    md.options["breaks"] = False
    other = {number for number, source, html in examples() if md.render(source) != html}
    assert other == OVERRIDDEN.keys()


def test_what_differs_in_empty_lines_only() -> None:
    md = dialect.parser()
    for number, source, html in examples():
        if OVERRIDDEN.get(number) == LINES:
            assert md.render(source).replace("\n", "") == html.replace("\n", "")
