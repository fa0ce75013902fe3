"""What widgets look like without scripts: what can be shown is shown, the rest is a link to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, urlencode, urlsplit

from synapse_server.wiki.dialect import Heading, Widget


@dataclass(frozen=True, slots=True)
class Context:
    """What a page is shown in."""

    page: str = ""
    """The path of the page, ``/repo/v1/entity/syn1/wiki2/2``."""
    version: int | None = None
    base: str = ""
    """What stands before paths: nothing, or the address of the server where pages are sent away."""
    attachments: frozenset[str] = frozenset()
    """The names of those that the server itself sends."""
    images: frozenset[str] = frozenset()
    """The ids of those entities that the reader may see and the server itself sends."""


@dataclass(slots=True)
class Shown:
    """What a page has so far."""

    context: Context
    inline: Callable[[str], str]
    """Render a text within a line."""
    headings: list[Heading] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    has_contents: bool = False


_ID = re.compile(r"syn(\d{1,18})(?:[./](?:version/)?(\d{1,9}))?\Z", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,18}\Z")
_WORD = re.compile(r"[\w.-]{1,100}\Z")


def is_own(address: str) -> bool:
    """Whether an address stays on this server.

    >>> is_own("/repo/v1/version"), is_own("#top"), is_own("https://example.org/a.png")
    (True, True, False)
    >>> is_own("//example.org/a.png"), is_own("/\\\\example.org")
    (False, False)
    """
    # Browsers drop some characters and take a backslash for a slash before they look.
    plain = re.sub(r"[\x00-\x20\x7f]", "", address).replace("\\", "/")
    try:
        parts = urlsplit(plain)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and not plain.startswith("//")


def link(href: str, text: str, kind: str = "") -> str:
    """A link; what may stand in ``href`` is decided when the page is sanitised."""
    named = f' class="{kind}"' if kind else ""
    away = "" if is_own(href) else ' target="_blank"'
    return f'<a{named} href="{escape(href)}"{away}>{escape(text)}</a>'


def notice(text: str) -> str:
    """A small word to the reader in place of something."""
    return f'<span class="notice">{escape(text)}</span>'


def _entity(shown: Shown, id: str, version: str = "", text: str = "") -> str:
    found = _ID.match(id)
    if found is None:
        return notice(f"This is no id of an entity: {id[:100]}")
    number = version or found[2] or ""
    name = f"syn{found[1]}" + (f".{number}" if _NUMBER.match(number) else "")
    return link(f"{shown.context.base}/Synapse:{name}", text or name)


def attachment(context: Context, name: str) -> str:
    """The address of an attachment."""
    version = "" if context.version is None else f"&wikiVersion={context.version}"
    return f"{context.base}{context.page}/attachment?fileName={quote(name, safe='')}{version}"


def _image(shown: Shown, widget: Widget) -> str:
    context = shown.context
    name, id = widget.get("fileName"), widget.get("synapseId").lower()
    text = widget.get("altText") or name or id
    if name:
        source = attachment(context, name)
        if name not in context.attachments:
            return link(source, f"Image: {text}")
    elif found := _ID.match(id):
        version = widget.get("version") or found[2] or ""
        path = f"/version/{version}" if _NUMBER.match(version) else ""
        source = f"{context.base}/repo/v1/entity/syn{found[1]}{path}/file"
        if f"syn{found[1]}" not in context.images:
            return _entity(shown, id, version, f"Image: {text}")
    else:
        return notice("An image without a fileName or synapseId")
    align = widget.get("align").lower()
    kind = f"image {align}" if align in ("left", "right", "center") else "image"
    scale = widget.get("scale").rstrip("%")
    width = f' width="{scale}%"' if re.fullmatch(r"\d{1,3}", scale) and int(scale) > 0 else ""
    return f'<img class="{kind}" src="{escape(source)}" alt="{escape(text)}"{width}>'


def _contents(shown: Shown, widget: Widget) -> str:
    if shown.has_contents or not shown.headings:
        return ""
    shown.has_contents = True
    lines = [
        f'<li class="level-{each.level}">{link("#" + each.anchor, each.title)}</li>'
        for each in shown.headings
    ]
    return '<ul class="contents">' + "".join(lines) + "</ul>"


def _reference(shown: Shown, widget: Widget) -> str:
    shown.references.append(widget.get("text"))
    number = len(shown.references)
    return f'<sup id="cite-{number}">{link(f"#reference-{number}", f"[{number}]")}</sup>'


def references(shown: Shown) -> str:
    """The list at the end of the page."""
    lines = []
    for number, text in enumerate(shown.references, 1):
        back = link(f"#cite-{number}", "↩")
        lines.append(f'<li id="reference-{number}">{shown.inline(text)} {back}</li>')
    return '<ol class="references">' + "".join(lines) + "</ol>" if lines else ""


def _bookmark(shown: Shown, widget: Widget) -> str:
    return link("#" + widget.get("bookmarkID"), widget.get("text") or "→")


def _button(shown: Shown, widget: Widget) -> str:
    return link(widget.get("url"), widget.get("text") or widget.get("url"), "button")


def _video(shown: Shown, widget: Widget) -> str:
    youtube, vimeo = widget.get("videoId"), widget.get("vimeoId")
    if widget.name == "vimeo":
        youtube, vimeo = "", vimeo or youtube
    if youtube and _WORD.match(youtube):
        return link(f"https://www.youtube.com/watch?v={youtube}", "Video on YouTube")
    if vimeo and _NUMBER.match(vimeo):
        return link(f"https://vimeo.com/{vimeo}", "Video on Vimeo")
    id = widget.get("mp4SynapseId", "webmSynapseId", "oggSynapseId")
    return _entity(shown, id, text=f"Video: {id}") if id else notice("A video without an id")


def _badge(shown: Shown, widget: Widget) -> str:
    alias, id = widget.get("alias", "username"), widget.get("id")
    if alias and _WORD.match(alias):
        return link(f"{shown.context.base}/Profile:{alias}", f"@{alias}", "user")
    if _NUMBER.match(id):
        return link(f"{shown.context.base}/Profile:{id}", f"User {id}", "user")
    return notice("A badge without a user")


def _table(shown: Shown, widget: Widget) -> str:
    what = {"plot": "Plot", "synapsetable": "Table"}.get(widget.name, "Query")
    query = widget.get("query", "path")
    title = widget.get("title")
    source = re.search(r"\bfrom\s+(syn\d{1,18}(?:\.\d{1,9})?)", query[:2000], re.IGNORECASE)
    text = f"{what}{': ' + title if title else ''}"
    shown_as = _entity(shown, source[1], text=f"{text} of {source[1]}") if source else escape(text)
    return f'<span class="query">{shown_as}: <code>{escape(query)}</code></span>'


def _provenance(shown: Shown, widget: Widget) -> str:
    ids = (widget.get("entityList") or widget.get("entityId")).split(",")
    links = ", ".join(_entity(shown, id.strip()) for id in ids[:50])
    return f'<span class="query">Provenance of {links}</span>'


def _preview(shown: Shown, widget: Widget) -> str:
    id = widget.get("entityId", "synapseId")
    return _entity(shown, id, widget.get("version", "versionNumber"), f"File: {id}")


def _preview_attachment(shown: Shown, widget: Widget) -> str:
    name = widget.get("fileName")
    return link(attachment(shown.context, name), name) if name else notice("No fileName")


def _entities(shown: Shown, widget: Widget) -> str:
    lines = []
    for item in widget.get("list").split(";")[:200]:
        id, _, note = item.partition(",")
        if id.strip():
            told = f": {escape(note)}" if note else ""
            lines.append(f"<li>{_entity(shown, id.strip())}{told}</li>")
    return "<ul>" + "".join(lines) + "</ul>" if lines else ""


def _frame(shown: Shown, widget: Widget) -> str:
    site = widget.get("site")
    return link(site, f"Website: {site}")


def _team(shown: Shown, widget: Widget) -> str:
    id = widget.get("teamId")
    text = widget.get("text") or f"Team {id}"
    known = _NUMBER.match(id)
    return link(f"{shown.context.base}/Team:{id}", text) if known else notice("A team without id")


def _nothing(shown: Shown, widget: Widget) -> str:
    return ""


def _elsewhere(shown: Shown, widget: Widget) -> str:
    return notice(f"Shown in the web interface only: {widget.name}")


_WIDGETS: dict[str, Callable[[Shown, Widget], str]] = {
    "image": _image,
    "imageLink": _image,
    "toc": _contents,
    "reference": _reference,
    "bookmark": _bookmark,
    "buttonlink": _button,
    "provenance": _provenance,
    "synapsetable": _table,
    "plot": _table,
    "querytable": _table,
    "leaderboard": _table,
    "supertable": _table,
    "video": _video,
    "youtube": _video,
    "vimeo": _video,
    "preview": _preview,
    "previewattachment": _preview_attachment,
    "badge": _badge,
    "userbadge": _badge,
    "entitylist": _entities,
    "iframe": _frame,
    "jointeam": _team,
    "members": _team,
    "teammembercount": _team,
    "wikipages": _nothing,
    "nowikipages": _nothing,
    **dict.fromkeys(
        (
            "iduReport",
            "wikifilepreview",
            "evalsubmit",
            "joinevaluation",
            "registerChallengeTeam",
            "challengeTeams",
            "challengeParticipants",
            "cytoscapeJs25",
            "biodalliance13",
            "synapseForm",
            "tutorial",
        ),
        _elsewhere,
    ),
}


_LIVE = frozenset(("plot", "synapsetable", "provenance", "preview", "video"))


def show(shown: Shown, widget: Widget) -> str:
    """A widget as HTML. Those that the web interface brings to life carry their source."""
    known = _WIDGETS.get(widget.name)
    if known is None:
        return notice(f"Unknown widget: {widget.name}")
    html = known(shown, widget)
    if widget.name not in _LIVE:
        return html
    source = escape(f"{widget.name}?{urlencode(widget.parameters)}")
    return f'<span class="widget" data-widget="{source}">{html}</span>'
