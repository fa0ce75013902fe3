"""Pages as HTML that needs no scripts, runs nothing and fetches nothing from elsewhere.

Markdown is parsed with a bounded depth and a bounded time (``dialect``), rendered, balanced
(``_Balance``: every tag is closed where it belongs, so that the sanitiser's parser has nothing to
repair and no mistake multiplies), and sanitised by an allow-list. What is too much is shown as the
text that it is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from synapse_server.wiki import dialect, widgets
from synapse_server.wiki.dialect import TooMuch
from synapse_server.wiki.widgets import Context, Shown

MOST_TEXT = 512 * 1024
"""Characters that are formatted at most."""
_POOL = ThreadPoolExecutor(1, thread_name_prefix="wiki-html")
"""One, since Python runs one at a time, and not one of those that read files: a page may take its
time, others must not wait for it."""


async def render(text: str, context: Context) -> str:
    """The HTML of a text, off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, fragment, text, context)


@lru_cache(32)
def fragment(text: str, context: Context) -> str:
    """The HTML of a text, to stand in a page or a mail."""
    try:
        if len(text) > MOST_TEXT:
            raise TooMuch
        raw = _render(text, context)
    except (TooMuch, RecursionError):
        words = "This page is too long or too intricate to be formatted. This is its text."
        raw = f'<p class="notice">{words}</p><pre>{escape(text)}</pre>'
    return clean(raw, context.base)


def _render(text: str, context: Context) -> str:
    md = dialect.parser()
    env: dict[str, Any] = dialect.deadline()
    renderer = _Renderer(md, context, env)
    tokens = md.parse(text, env)
    renderer.shown.headings = env["headings"]
    body = renderer.render(tokens, md.options, env)
    return str(body) + widgets.references(renderer.shown)


# ------------------------------------------------------------------ tokens into HTML


class _Renderer(RendererHTML):
    """What markdown-it renders, and our own tokens. A method renders the tokens of its name."""

    def __init__(self, md: MarkdownIt, context: Context, env: dict[str, Any]) -> None:
        super().__init__(md)
        self.shown = Shown(context, self._inline)
        self._md = md
        self._deadline = {"deadline": env["deadline"]}

    def _inline(self, text: str) -> str:
        env: dict[str, Any] = dict(self._deadline)
        tokens = self._md.parseInline(text, env)
        return str(self.render(tokens, self._md.options, env))

    def widget(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return widgets.show(self.shown, tokens[idx].meta["widget"])

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        token = tokens[idx]
        text = self.renderInlineAsText(token.children, options, env)
        source = str(token.attrs["src"])
        if not widgets.is_own(source):
            return widgets.link(source, f"Image: {text or source}")
        if source.startswith("/"):
            source = self.shown.context.base + source
        title = f' title="{escape(str(token.attrs["title"]))}"' if "title" in token.attrs else ""
        return f'<img src="{escape(source)}" alt="{escape(text)}"{title}>'

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        token = tokens[idx]
        href = str(token.attrs["href"])
        if href.startswith("/") and widgets.is_own(href):
            token.attrSet("href", self.shown.context.base + href)
        elif not widgets.is_own(href):
            token.attrSet("target", "_blank")
        return str(self.renderToken(tokens, idx, options, env))

    def heading_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any
    ) -> str:
        token = tokens[idx]
        if anchor := (token.meta or {}).get("anchor"):
            token.attrSet("id", anchor)
        return str(self.renderToken(tokens, idx, options, env))

    def text_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return escape(tokens[idx].content)

    def math_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return self._math(tokens[idx])

    def math_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        return self._math(tokens[idx])

    def _math(self, token: Token) -> str:
        return f'<{token.tag} class="math">{escape(token.content)}</{token.tag}>'


# ------------------------------------------------------------------ HTML that is well formed

_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "id", "title", "lang", "dir"},
    "a": {"href", "target"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "details": {"open"},
    "blockquote": {"cite"},
    "span": {"data-widget"},
}
_BLOCKS = frozenset(
    "blockquote center details div dl h1 h2 h3 h4 h5 h6 hr ol p pre summary table ul".split()  # noqa: SIM905  readable
)
_PARTS = frozenset(("caption", "dd", "dt", "li", "tbody", "td", "tfoot", "th", "thead", "tr"))
_WORDS = frozenset(
    "a abbr b big br cite code del dfn em i img ins kbd mark q s samp small span strike strong sub sup tt u var".split()  # noqa: SIM905  readable
)
_TAGS = _BLOCKS | _PARTS | _WORDS
_VOID = frozenset(("br", "hr", "img"))
_MOST_OPEN = 60
_PIECE = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<dropped>script|style|template|textarea|title|xmp|noscript|iframe|noembed|noframes"
    r"|svg|math)\b.*?(?:</(?P=dropped)\s*>|\Z)"
    r"|<[!?][^>]*(?:>|\Z)"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})"
    r"(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>"
    r"|<",
    re.DOTALL | re.IGNORECASE,
)


def _balanced(raw: str) -> str:
    """The same with every tag closed where it belongs, at most so many open at a time, and no
    tag that the page may not have."""
    out: list[str] = []
    stack: list[str] = []
    at = 0
    for found in _PIECE.finditer(raw):
        out.append(raw[at : found.start()])
        at = found.end()
        name = (found["name"] or "").lower()
        if name in _TAGS:
            if found["end"]:
                _close(out, stack, name)
            else:
                _open(out, stack, name, found["rest"])
        elif found[0] == "<":
            out.append("&lt;")
    out.append(raw[at:])
    out += [f"</{name}>" for name in reversed(stack)]
    return "".join(out)


def _open(out: list[str], stack: list[str], name: str, rest: str) -> None:
    if name in _BLOCKS:  # a block ends the paragraph that it stands in, as in every browser
        for place, open_ in enumerate(stack):
            if open_ == "p":
                out += [f"</{each}>" for each in reversed(stack[place:])]
                del stack[place:]
                break
    if name == "a" and "a" in stack:  # links do not nest
        return
    if len(stack) >= _MOST_OPEN:
        return
    if name not in _VOID:
        stack.append(name)
    out.append(f"<{name}{rest.rstrip('/')}>")


def _close(out: list[str], stack: list[str], name: str) -> None:
    if name not in stack:
        return
    while True:
        last = stack.pop()
        out.append(f"</{last}>")
        if last == name:
            return


# ------------------------------------------------------------------ HTML that is harmless


@lru_cache(4)
def _cleaner(base: str) -> nh3.Cleaner:
    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            is_ours = widgets.is_own(value) or (base and value.startswith(base + "/"))
            return value if is_ours else None
        if name == "target":
            return value if value == "_blank" else None
        return value

    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "ftp"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def clean(raw: str, base: str = "") -> str:
    """HTML that only says something. Images come from this server, whose address may be
    ``base``."""
    return str(_cleaner(base).clean(_balanced(raw)))


# ------------------------------------------------------------------ the page around it

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
img{max-width:100%}img.left{float:left;margin:0 1rem 1rem 0}img.right{float:right;margin:0 0 1rem 1rem}
img.center{display:block;margin:auto}pre{overflow:auto;background:#f5f5f5;padding:.75rem}
pre.text{white-space:pre-wrap}table{border-collapse:collapse}td,th{padding:.25rem .6rem;border:1px solid #ccc}
blockquote{margin-left:0;padding-left:1rem;border-left:3px solid #ccc}.center{text-align:center}
.notice{color:#6b4e00;background:#fff6dd;padding:.1rem .4rem}.math{font-family:monospace}.tab{font-weight:bold}
.button{padding:.3rem .8rem;border:1px solid currentcolor;border-radius:.3rem;text-decoration:none}
.contents{list-style:none;padding:0}.level-2{margin-left:1rem}.level-3{margin-left:2rem}
.level-4,.level-5,.level-6{margin-left:3rem}nav{border-top:1px solid #ccc;margin-top:2rem}
"""


def document(title: str, body: str, links: Sequence[tuple[str, str]]) -> str:
    """A whole page. NOTE: ``body`` is clean.

    Args:
        title: What it is called.
        body: The fragment.
        links: Address and text of other pages.
    """
    lines = "".join(f"<li>{widgets.link(href, text)}</li>" for href, text in links)
    nav = f"<nav><ul>{lines}</ul></nav>" if lines else ""
    name = escape(title)
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{name}</h1>\n{body}</main>{nav}</body></html>\n"
    )
