"""The markdown of wikis: CommonMark with the additions of Synapse, as a parser of markdown-it.

Tokens of our own: ``widget`` (its meta is a ``Widget``) and ``math_inline``, ``math_block``. What
they look like is said in ``html``. Every rule here looks at most a bounded way ahead, and the rules
called ``deadline`` end a parse that takes too long, whatever the reason.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MOST_NESTING = 30
MOST_SECONDS = 1.0
"""Of the processor, for one page. What a person writes takes a twentieth of it."""


class TooMuch(Exception):
    """The page takes too long to parse."""


@dataclass(frozen=True, slots=True)
class Widget:
    """``${name?key=value&…}``; values are decoded."""

    name: str
    parameters: dict[str, str]

    def get(self, *names: str) -> str:
        """The first of these parameters that is there, or nothing."""
        return next((self.parameters[name] for name in names if self.parameters.get(name)), "")


@dataclass(slots=True)
class Heading:
    """A heading that tables of contents list."""

    level: int
    title: str
    anchor: str


def parser() -> MarkdownIt:
    """A new parser; ``env["deadline"]`` is when it gives up, in the processor time of its thread."""
    md = MarkdownIt("commonmark", {"html": True, "breaks": True, "maxNesting": MOST_NESTING})
    md.enable(["table", "strikethrough"]).disable("lheading")
    ends_a_paragraph: RuleOptionsType = {"alt": ["paragraph", "blockquote"]}
    md.block.ruler.before("table", "deadline", _block_deadline, ends_a_paragraph)
    md.block.ruler.before("table", "styled_table", _styled_table, ends_a_paragraph)
    md.block.ruler.before("table", "math_block", _math_block, ends_a_paragraph)
    md.block.ruler.before("table", "layout", _layout, ends_a_paragraph)
    md.block.ruler.before("list", "centre", _centre, ends_a_paragraph)
    md.block.ruler.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
    md.inline.ruler.before("text", "deadline", _inline_deadline)
    for mark in "$^~-":
        md.inline.add_terminator_char(mark)
    md.inline.ruler.before("escape", "widget", _widget)
    md.inline.ruler.after("widget", "math_inline", _math_inline)
    md.inline.ruler.after("math_inline", "script", _script)
    md.inline.ruler.after("script", "dashes", _dashes)
    md.core.ruler.after("text_join", "links", _links)
    md.core.ruler.after("links", "headings", _headings)
    md.core.ruler.after("headings", "widgets", _widgets)
    plain = md.normalizeLink
    md.normalizeLink = lambda url: plain(address(url))  # type: ignore[method-assign]
    return md


def deadline() -> dict[str, float]:
    """The ``env`` of a parse that starts now."""
    return {"deadline": time.thread_time() + MOST_SECONDS}


def _check(env: object) -> None:
    assert isinstance(env, dict)
    if time.thread_time() > env.get("deadline", float("inf")):
        raise TooMuch


def _block_deadline(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    _check(state.env)
    return False


def _inline_deadline(state: StateInline, silent: bool) -> bool:
    _check(state.env)
    return False


# ------------------------------------------------------------------ addresses

_SYN = r"syn(?P<id>\d{3,18})(?:\.(?P<version>\d{1,9}))?(?:/wiki/(?P<page>\d{1,18}))?"
_ADDRESS = re.compile(_SYN + r"\Z", re.IGNORECASE)


def address(url: str) -> str:
    """What a link of the dialect points to.

    >>> address("syn123"), address("syn123.4"), address("syn123/wiki/5")
    ('/Synapse:syn123', '/Synapse:syn123.4', '/repo/v1/entity/syn123/wiki2/5/html')
    >>> address("doi:10.7303/syn1"), address("www.example.org"), address("#!Profile:1")
    ('https://doi.org/10.7303/syn1', 'http://www.example.org', '/Profile:1')
    """
    found = _ADDRESS.match(url)
    if found:
        id = f"syn{found['id']}"
        if found["page"]:
            return f"/repo/v1/entity/{id}/wiki2/{found['page']}/html"
        return f"/Synapse:{id}" + (f".{found['version']}" if found["version"] else "")
    if url.lower().startswith("doi:10."):
        return "https://doi.org/" + url[4:]
    if url.lower().startswith("www."):
        return "http://" + url
    if url.startswith("#!"):
        return "/" + url[2:].lstrip("/\\")
    return url


_AUTO = re.compile(
    r"(?<![\w/.@:#=+-])(?:"
    + _SYN
    + r"(?![\w])"
    + r"|(?P<doi>doi:10\.\d{4,9}/[^\s<>\"']{1,200})"
    + r"|(?P<url>(?:https?://|www\.)[^\s<>\"']{1,2000})"
    + r"|@(?P<alias>[A-Za-z0-9](?:[A-Za-z0-9._-]{1,98}[A-Za-z0-9])))",
    re.IGNORECASE,
)
_ANCHOR = re.compile(r"<(/?)a[\s>]", re.IGNORECASE)


def _links(state: StateCore) -> None:
    """Make links of ids, DOIs, addresses and user names in running text."""
    for token in state.tokens:
        if token.type != "inline" or token.children is None:
            continue
        children: list[Token] = []
        depth = html_depth = 0
        for child in token.children:
            if child.type in ("link_open", "link_close"):
                depth += child.nesting
            elif child.type == "html_inline" and (found := _ANCHOR.match(child.content)):
                html_depth = max(0, html_depth + (-1 if found[1] else 1))
            if child.type == "text" and depth == html_depth == 0:
                _check(state.env)
                children += _linked(state.md, child)
            else:
                children.append(child)
        token.children = children


def _linked(md: MarkdownIt, token: Token) -> Iterator[Token]:
    text, at = token.content, 0
    for found in _AUTO.finditer(text):
        shown = found[0]
        if found["url"] or found["doi"]:
            shown = shown.rstrip(".,;:!?*_'\"")
            while shown.endswith(")") and shown.count("(") < shown.count(")"):
                shown = shown[:-1].rstrip(".,;:!?")
        href = f"/Profile:{quote(found['alias'])}" if found["alias"] else md.normalizeLink(shown)
        if not md.validateLink(href):
            continue
        yield from _text(text[at : found.start()], token.level)
        opening = Token("link_open", "a", 1, attrs={"href": href}, level=token.level)
        if found["alias"]:
            opening.attrSet("class", "user")
        yield opening
        yield from _text(shown, token.level + 1)
        yield Token("link_close", "a", -1, level=token.level)
        at = found.start() + len(shown)
    yield from _text(text[at:], token.level)


def _text(text: str, level: int) -> Iterator[Token]:
    if text:
        yield Token("text", "", 0, content=text, level=level)


# ------------------------------------------------------------------ inline

_WIDGET = re.compile(r"\$\{([A-Za-z][A-Za-z0-9]{0,63})(?:\?([^}\n]{0,8000}))?\}")


def _widget(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = _WIDGET.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("widget", "", 0)
        pairs = (pair.partition("=") for pair in (found[2] or "").split("&"))
        parameters = {unquote(name.strip()): unquote(value).strip() for name, _, value in pairs}
        token.meta = {"widget": Widget(found[1], parameters)}
        token.content = found[0]
    state.pos = found.end()
    return True


_MATH = re.compile(
    r"\$\$\\\((?P<round>.{1,1000}?)\\\)\$\$"
    r"|\$\$(?P<display>[^$\n]{1,1000})\$\$"
    r"|\$(?P<plain>(?![\s\d])(?:[^$\n\\]|\\.){0,500}?(?:[^$\n\\\s]|\\.))\$(?!\d)"
)


def _math_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = _MATH.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("math_inline", "span", 0).content = found[0]
    state.pos = found.end()
    return True


_SCRIPT = re.compile(r"([~^])((?!\1)[^\s~^/$`<]{1,64})\1(?!\1)")


def _script(state: StateInline, silent: bool) -> bool:
    """``H~2~O`` and ``x^2^``."""
    mark = state.src[state.pos]
    if mark not in "~^" or (state.pos > 0 and state.src[state.pos - 1] == mark):
        return False
    found = _SCRIPT.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        tag = "sub" if mark == "~" else "sup"
        state.push(f"{tag}_open", tag, 1)
        state.push("text", "", 0).content = found[2]
        state.push(f"{tag}_close", tag, -1)
    state.pos = found.end()
    return True


_DASHES = re.compile(r"--(?![\s-])([^\n]{0,999}?[^\s-])--(?![\w-])")


def _dashes(state: StateInline, silent: bool) -> bool:
    """``--struck out--``"""
    if not state.src.startswith("--", state.pos):
        return False
    if state.pos > 0 and (state.src[state.pos - 1] == "-" or state.src[state.pos - 1].isalnum()):
        return False
    found = _DASHES.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        most = state.posMax
        state.push("s_open", "s", 1)
        state.pos, state.posMax = found.start(1), found.end(1)
        state.md.inline.tokenize(state)
        state.posMax = most
        state.push("s_close", "s", -1)
    state.pos = found.end()
    return True


# ------------------------------------------------------------------ blocks


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


_HEADING = re.compile(r"(#{1,6})(?!#)(!?)[ \t]*(.*?)(?:[ \t]+#+)?[ \t]*\Z", re.DOTALL)
_PLACE = re.compile(r"#![A-Za-z]+:")


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``#Title``, with or without a space; ``##!`` stays out of tables of contents."""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    found = _HEADING.match(line) if line.startswith("#") and not _PLACE.match(line) else None
    if found is None:
        return False
    if silent:
        return True
    state.line = start + 1
    tag = f"h{len(found[1])}"
    opening = state.push("heading_open", tag, 1)
    opening.markup, opening.map = found[1], [start, state.line]
    opening.meta = {"is_listed": not found[2]}
    inline = state.push("inline", "", 0)
    inline.content = "" if set(found[3]) <= {"#"} else found[3].strip()
    inline.map, inline.children = [start, state.line], []
    state.push("heading_close", tag, -1).markup = found[1]
    return True


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or _line(state, start).strip() != "$$":
        return False
    for number in range(start + 1, min(end, start + 200)):
        if _line(state, number).strip() == "$$":
            if not silent:
                token = state.push("math_block", "div", 0)
                token.content = state.getLines(start, number + 1, state.blkIndent, False)
                token.map = [start, number + 1]
                state.line = number + 1
            return True
    return False


_LAYOUT = re.compile(r"\{(row|column|nav)\b([^}]{0,500})\}\s*\Z")
_NAV_TEXT = re.compile(r"text\s*=\s*\"([^\"]{1,200})\"")


def _layout(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Columns and tabs: without scripts, one below another. A tab shows its name."""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    found = _LAYOUT.match(line) if line.startswith("{") else None
    if found is None:
        return False
    if not silent:
        state.line = start + 1
        if found[1] == "nav" and (text := _NAV_TEXT.search(found[2])):
            state.push("strong_block_open", "div", 1).attrSet("class", "tab")
            state.push("text_block", "", 0).content = text[1]
            state.push("strong_block_close", "div", -1)
    return True


_CENTRE = re.compile(r"->(.{1,2000}?)<-\s*\Z")


def _centre(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``-> centred <-``"""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    found = _CENTRE.match(line) if line.startswith("->") else None
    if found is None:
        return False
    if not silent:
        state.line = start + 1
        state.push("centre_open", "div", 1).attrSet("class", "center")
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = found[1].strip(), [start, start + 1], []
        state.push("centre_close", "div", -1)
    return True


_TABLE = re.compile(r"\{\|\s*(?:class\s*=\s*\"([\w -]{0,200})\")?\s*\Z")
_SEPARATOR = re.compile(r"\|?(?:\s*:?-+:?\s*\|?)+\Z")
_MOST_ROWS, _MOST_CELLS = 5000, 200


def _styled_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``{| class="…"``, rows of pipes, ``|}``; the line of dashes below a header may be missing."""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    found = _TABLE.match(line) if line.startswith("{|") else None
    if found is None:
        return False
    rows: list[str] = []
    last = start
    for number in range(start + 1, min(end, start + _MOST_ROWS)):
        line = _line(state, number).strip()
        if line == "|}":
            last = number
            break
        if line:
            rows.append(line)
    if last == start:
        return False
    if silent:
        return True
    header = len(rows) > 1 and bool(_SEPARATOR.match(rows[1][:2000]))
    table = state.push("table_open", "table", 1)
    table.attrSet("class", " ".join(["table", *(found[1] or "").split()]))
    if header:
        _rows(state, "thead", "th", rows[:1])
        rows = rows[2:]
    _rows(state, "tbody", "td", rows)
    state.push("table_close", "table", -1)
    state.line = last + 1
    return True


def _rows(state: StateBlock, group: str, cell: str, rows: list[str]) -> None:
    if not rows:
        return
    state.push(f"{group}_open", group, 1)
    for row in rows:
        _check(state.env)
        state.push("tr_open", "tr", 1)
        for text in _cells(row):
            state.push(f"{cell}_open", cell, 1)
            inline = state.push("inline", "", 0)
            inline.content, inline.children = text, []
            state.push(f"{cell}_close", cell, -1)
        state.push("tr_close", "tr", -1)
    state.push(f"{group}_close", group, -1)


_PIPE = re.compile(r"(?<!\\)\|")


def _cells(row: str) -> list[str]:
    row = row.removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    parts = _PIPE.split(row, maxsplit=_MOST_CELLS - 1)
    return [part.strip().replace("\\|", "|") for part in parts]


# ------------------------------------------------------------------ the whole


def _headings(state: StateCore) -> None:
    """Give headings anchors, and note them for tables of contents."""
    found: list[Heading] = []
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type != "heading_open" or not (opening.meta or {}).get("is_listed", True):
            continue
        children = inline.children or ()
        title = "".join(
            child.content for child in children if child.type in ("text", "code_inline")
        )
        found.append(Heading(int(opening.tag[1]), title, f"heading-{len(found) + 1}"))
        opening.meta = {"anchor": found[-1].anchor}
    state.env["headings"] = found


def _widgets(state: StateCore) -> None:
    """A paragraph that has widgets is no paragraph: those may hold lists and tables."""
    for opening, inline, closing in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if opening.type == "paragraph_open" and any(
            child.type == "widget" for child in inline.children or ()
        ):
            opening.tag = closing.tag = "div"


_IMAGE = re.compile(r"\$\{image(?:Link)?\?([^}\n]{0,8000})\}")
_IMAGE_ID = re.compile(r"(?:^|&)synapseId=(syn\d{1,18})", re.IGNORECASE)
_MOST_IMAGES = 100


def image_entities(text: str) -> list[str]:
    """The ids of the entities that a text shows as images, the first hundred of them."""
    found: dict[str, None] = {}
    for widget in _IMAGE.finditer(text):
        if id := _IMAGE_ID.search(widget[1]):
            found[id[1].lower()] = None
            if len(found) == _MOST_IMAGES:
                break
    return list(found)
