"""Wiki pages as HTML: the dialect, what is shown to whom, and pages that mean harm."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import User
from tests.server.test_files import raw, upload
from tests.server.test_wiki import page

from synapse_server.wiki import dialect, html
from synapse_server.wiki.widgets import Context, is_own

CONTEXT = Context(
    "/repo/v1/entity/syn1/wiki2/2",
    attachments=frozenset(["logo (1).png"]),
    images=frozenset(["syn1234"]),
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcff9f"
    "a11e000782027f3dc848ef0000000049454e44ae426082"
)


def live(source: str, html: str) -> str:
    """A widget that the web interface brings to life."""
    return f'<span class="widget" data-widget="{source}">{html}</span>'


def show(text: str, context: Context = CONTEXT) -> str:
    """The HTML, without what is the same in all links."""
    return html.fragment(text, context).replace(' rel="noopener noreferrer"', "").strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("#Title", '<h1 id="heading-1">Title</h1>'),
        ("## Title ##", '<h2 id="heading-1">Title</h2>'),
        ("##!Not listed", "<h2>Not listed</h2>"),
        ("Title\n---", "<p>Title</p>\n<hr>"),
        ("~~a~~ --b--", "<p><s>a</s> <s>b</s></p>"),
        ("a -- b -- c", "<p>a -- b -- c</p>"),
        ("use --one and --two", "<p>use --one and --two</p>"),
        ("H~2~O x^2^", "<p>H<sub>2</sub>O x<sup>2</sup></p>"),
        ("~ 5 and ~ 6", "<p>~ 5 and ~ 6</p>"),
        ("a_file_name", "<p>a_file_name</p>"),
        ("->*centred*<-", '<div class="center"><em>centred</em></div>'),
        ("a <!-- hidden --> b", "<p>a  b</p>"),
        ("$x_1 < 2$", '<p><span class="math">$x_1 &lt; 2$</span></p>'),
        ("$$\\(x\\)$$", '<p><span class="math">$$\\(x\\)$$</span></p>'),
        ("$$\na < b\n$$", '<div class="math">$$\na &lt; b\n$$</div>'),
        ("5$ and 6$", "<p>5$ and 6$</p>"),
        ("```r\nx <- 1\n```", '<pre><code class="language-r">x &lt;- 1\n</code></pre>'),
        ("{row}\n{column width=6}\na\n{column}\n{row}", "<p>a</p>"),
        ('{nav text="Tab"}\na\n{nav}', '<div class="tab">\nTab</div>\n<p>a</p>'),
        (
            '{| class="border short"\n| A | B |\n|---|---|\n| 1 | 2\\|3 |\n|}',
            '<table class="table border short"><thead><tr><th>A</th><th>B</th></tr></thead>'
            "<tbody><tr><td>1</td><td>2|3</td></tr></tbody></table>",
        ),
        (
            "{|\n|1|*2*|\n|}",
            '<table class="table"><tbody><tr><td>1</td><td><em>2</em></td></tr></tbody></table>',
        ),
        ("{|\nnever closed", "<p>{|<br>\nnever closed</p>"),
        ("- [ ] task", "<ul>\n<li>[ ] task</li>\n</ul>"),
        ("<details><summary>s</summary>t</details>",) * 2,
    ],
)
def test_the_dialect(text: str, shown: str) -> None:
    assert show(text).replace(">\n<", "><") == shown.replace(">\n<", "><")


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("see syn12345.", "/Synapse:syn12345", "syn12345"),
        ("SYN12345.6", "/Synapse:syn12345.6", "SYN12345.6"),
        ("syn123/wiki/45", "/repo/v1/entity/syn123/wiki2/45/html", "syn123/wiki/45"),
        ("doi:10.7303/syn1.", "https://doi.org/10.7303/syn1", "doi:10.7303/syn1"),
        ("(https://x.org/a_(b))", "https://x.org/a_(b)", "https://x.org/a_(b)"),
        ("www.x.org!", "http://www.x.org", "www.x.org"),
        ("hi @alice.b.", "/Profile:alice.b", "@alice.b"),
        ("[t](syn123)", "/Synapse:syn123", "t"),
        ("[t](doi:10.1/x)", "https://doi.org/10.1/x", "t"),
        ("[t](www.x.org)", "http://www.x.org", "t"),
        ("[t](#!Team:12)", "/Team:12", "t"),
        ("[t](#!//evil.org)", "/evil.org", "t"),
        ("[t](#heading-1)", "#heading-1", "t"),
    ],
)
def test_links(text: str, href: str, shown: str) -> None:
    found = re.search(r'<a(?: class="user")? href="([^"]*)"([^>]*)>([^<]*)</a>', show(text))
    assert found is not None, show(text)
    assert (found[1], found[3]) == (href, shown)
    assert ("_blank" in found[2]) == href.startswith("http")


@pytest.mark.parametrize(
    "text", ["syn12", "xsyn12345", "syn12345x", "`syn12345`", "a@b.org", "/syn12345", "path/syn123"]
)
def test_what_is_no_link(text: str) -> None:
    assert "<a" not in show(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "${image?fileName=logo%20%281%29%2Epng&align=Right&scale=50&altText=Our %22logo%22}",
            '<img class="image right" src="/repo/v1/entity/syn1/wiki2/2/attachment?fileName='
            'logo%20%281%29.png" alt="Our &quot;logo&quot;" width="50%">',
        ),
        (
            "${image?fileName=other.png}",
            '<a href="/repo/v1/entity/syn1/wiki2/2/attachment?fileName=other.png">'
            "Image: other.png</a>",
        ),
        (
            "${imageLink?synapseId=SYN1234&version=3}",
            '<img class="image" src="/repo/v1/entity/syn1234/version/3/file" alt="syn1234">',
        ),
        ("${image?synapseId=syn999}", '<a href="/Synapse:syn999">Image: syn999</a>'),
        ("${image}", '<span class="notice">An image without a fileName or synapseId</span>'),
        (
            "${youtube?videoId=a-b_c}",
            '<a href="https://www.youtube.com/watch?v=a-b_c" target="_blank">Video on YouTube</a>',
        ),
        (
            "${vimeo?videoId=12}",
            '<a href="https://vimeo.com/12" target="_blank">Video on Vimeo</a>',
        ),
        (
            "${video?mp4SynapseId=syn5}",
            live("video?mp4SynapseId=syn5", '<a href="/Synapse:syn5">Video: syn5</a>'),
        ),
        ('${youtube?videoId="><script>}', '<span class="notice">A video without an id</span>'),
        (
            "${bookmark?text=See there&bookmarkID=x1}",
            '<a href="#x1">See there</a>',
        ),
        (
            "${buttonlink?text=Go&url=https%3A%2F%2Fx.org%2Fa%3Fb%3D1&highlight=true}",
            '<a class="button" href="https://x.org/a?b=1" target="_blank">Go</a>',
        ),
        (
            "${buttonlink?text=Go&url=javascript:alert(1)}",
            '<a class="button" target="_blank">Go</a>',
        ),
        ("${badge?alias=bob}", '<a class="user" href="/Profile:bob">@bob</a>'),
        ("${userbadge?id=12}", '<a class="user" href="/Profile:12">User 12</a>'),
        (
            "${synapsetable?query=SELECT * FROM syn55 WHERE a%3C2}",
            live(
                "synapsetable?query=SELECT+%2A+FROM+syn55+WHERE+a%3C2",
                '<span class="query"><a href="/Synapse:syn55">Table of syn55</a>:'
                " <code>SELECT * FROM syn55 WHERE a&lt;2</code></span>",
            ),
        ),
        (
            "${entitylist?list=syn1,first;syn2,}",
            '<ul><li><a href="/Synapse:syn1">syn1</a>: first</li>'
            '<li><a href="/Synapse:syn2">syn2</a></li></ul>',
        ),
        (
            "${provenance?entityList=syn1,syn2/version/3&depth=1}",
            live(
                "provenance?entityList=syn1%2Csyn2%2Fversion%2F3&amp;depth=1",
                '<span class="query">Provenance of <a href="/Synapse:syn1">syn1</a>,'
                ' <a href="/Synapse:syn2.3">syn2.3</a></span>',
            ),
        ),
        (
            "${preview?entityId=syn7.2}",
            live("preview?entityId=syn7.2", '<a href="/Synapse:syn7.2">File: syn7.2</a>'),
        ),
        (
            "${previewattachment?fileName=a.csv}",
            '<a href="/repo/v1/entity/syn1/wiki2/2/attachment?fileName=a.csv">a.csv</a>',
        ),
        (
            "${iframe?site=https%3A%2F%2Fx.org&height=3}",
            '<a href="https://x.org" target="_blank">Website: https://x.org</a>',
        ),
        ("${jointeam?teamId=7&text=Join us}", '<a href="/Team:7">Join us</a>'),
        ("${wikipages}${nowikipages}", ""),
        (
            "${cytoscapeJs25?synapseId=syn1}",
            '<span class="notice">Shown in the web interface only: cytoscapeJs25</span>',
        ),
        ("${zzz?a=<b>}", '<span class="notice">Unknown widget: zzz</span>'),
    ],
)
def test_widgets(text: str, shown: str) -> None:
    assert show(text) == f"<div>{shown}</div>"


def test_pages_that_are_sent_away_name_the_server() -> None:
    base = "https://synapse.example.org"
    context = Context("/repo/v1/entity/syn1/wiki2/2", base=base, attachments=frozenset(["a.png"]))
    shown = html.fragment(
        "${image?fileName=a.png} ![b](/b.png) [c](syn123) syn456"
        " <img src=https://synapse.example.org.evil.org/x.png><img src=https://evil.org/x.png>",
        context,
    )
    assert re.findall(r'src="([^"]*)"', shown) == [
        f"{base}/repo/v1/entity/syn1/wiki2/2/attachment?fileName=a.png",
        f"{base}/b.png",
    ]
    assert re.findall(r'href="([^"]*)"', shown) == [
        f"{base}/Synapse:syn123",
        f"{base}/Synapse:syn456",
    ]


def test_every_widget_is_shown_without_and_with_odd_parameters() -> None:
    from synapse_server.wiki.widgets import _WIDGETS

    for name in _WIDGETS:
        for parameters in ("", "?", "?=&&a&=b", "?id=%00&entityId=%3Cb%3E&list=;;,&text=%3Cscript"):
            assert "<script" not in show(f"${{{name}{parameters}}}")


def test_contents_and_references() -> None:
    text = "${toc}\n# One *two*\n##! Hidden\n### Three\nA${reference?text=First %5Bx%5D(syn123)} b${reference?text=Second}\n\n${toc}"
    assert show(text) == (
        '<div><ul class="contents"><li class="level-1"><a href="#heading-1">One two</a></li>'
        '<li class="level-3"><a href="#heading-2">Three</a></li></ul></div>\n'
        '<h1 id="heading-1">One <em>two</em></h1>\n<h2>Hidden</h2>\n'
        '<h3 id="heading-2">Three</h3>\n'
        '<div>A<sup id="cite-1"><a href="#reference-1">[1]</a></sup>'
        ' b<sup id="cite-2"><a href="#reference-2">[2]</a></sup></div>\n'
        "<div></div>\n"
        '<ol class="references"><li id="reference-1">First <a href="/Synapse:syn123">x</a>'
        ' <a href="#cite-1">↩</a></li>'
        '<li id="reference-2">Second <a href="#cite-2">↩</a></li></ol>'
    )


# ------------------------------------------------------------------ harm


class _Watcher(HTMLParser):
    """Finds what a page would run or fetch, and whether all that it opens is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in html._TAGS:
            self.wrong.append(tag)
        if tag not in html._VOID:
            self.open.append(tag)
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name in ("style", "srcset", "background", "formaction"):
                self.wrong.append(f"{tag} {name}")
            if name == "src" and not (is_own(value) and not urlsplit(value).netloc):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "href" and urlsplit(value.strip()).scheme not in (
                "",
                "http",
                "https",
                "mailto",
                "ftp",
            ):
                self.wrong.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def harm(shown: str) -> list[str]:
    """What is wrong with a page."""
    watcher = _Watcher()
    watcher.feed(shown)
    watcher.close()
    return watcher.wrong + watcher.open


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.org>",
        "<img src=x onerror=alert(1)>",
        "<img src='//evil.org/a.png'><img src='\\\\evil.org\\a'><img src='/\t/evil.org'>",
        "<img src=https://evil.org/a.png srcset='https://evil.org/b 2x'>",
        "![a](https://evil.org/a.png) ![b](//evil.org/b.png) ![c](\\\\evil.org/c)",
        "![a](/\\evil.org/a.png) ![b](/%09/evil.org) ![c](&#47;&#47;evil.org/c)",
        "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d](vbscript:x)",
        "[e](&#106;avascript:alert(1)) <a href='java\nscript:alert(1)'>f</a>",
        "<a href=javascript:alert(1)>x</a><a href=' javascript:alert(1)'>y</a>",
        "<iframe src=https://evil.org></iframe><object data=//evil.org><embed src=//evil.org>",
        "<svg onload=alert(1)><style>@import url(//evil.org)</style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<div style='background:url(//evil.org)' background=//evil.org>x</div>",
        "<link rel=stylesheet href=//evil.org><meta http-equiv=refresh content='0;//evil.org'>",
        "<form action=//evil.org><input type=image src=//evil.org><button formaction=//e>x</form>",
        "<video src=//evil.org poster=//evil.org></video><audio src=//evil.org></audio>",
        "<base href=//evil.org><a href=x ping=//evil.org>x</a>",
        "<textarea><script>x</textarea><title></title><noscript><p title='</noscript><img src=x>'>",
        "</main></body></html><body onload=alert(1)>",
        "<b><i><p></b></i></p><table><tr><td></table></td>",
        "<!--><script>alert(1)</script>--><!-- --!><img src=//evil.org>-->",
        "${image?fileName=x%22%20onerror=%22alert(1)&altText=%22%3E%3Cscript%3E}",
        "${image?synapseId=syn1%22%3E%3Cscript%3E} ${badge?alias=%3Cscript%3E}",
        '{| class="x" onclick="alert(1)"\n|a|\n|}',
        '{nav text="<script>alert(1)</script>"}',
        "$<script>alert(1)</script>$ $$\n<script>\n$$",
        "x^<b>^ ~<img>~ --<script>--",
        "\x00\ufffe\u202e<b",
    ],
)
def test_pages_that_mean_harm(text: str) -> None:
    shown = html.fragment(text, CONTEXT)
    assert harm(shown) == []
    whole = html.document(text, shown, [(text, text)]).partition("<body>")[2]
    assert set(harm(whole.partition("</body>")[0])) <= {"main", "nav"}


_N = 120_000


@pytest.mark.parametrize(
    "text",
    [
        "[" * _N,
        "[a](" * (_N // 4),
        "![" * (_N // 2),
        ">" * _N,
        "> " * (_N // 2),
        (">" * 25 + "\n") * (_N // 26),
        "> - " * (_N // 4),
        "*a_" * (_N // 3),
        "**a *b " * (_N // 7),
        "".join("`" * (number % 300) + "a" for number in range(900))[:_N],
        "<!-- " * (_N // 5),
        '<a "' * (_N // 4),
        "<div>" * (_N // 5),
        "".join(f"<b id={number}>" for number in range(50)) + "<p>x" * (_N // 4),
        "<p>" + "".join(f"<b id={number}>" for number in range(50)) + "<div>x</div>" * (_N // 12),
        ("|a" * 5000 + "\n" + "|-" * 5000 + "\n" + "|\n" * 40_000)[:_N],
        "{|\n" * (_N // 3),
        "$a " * (_N // 3),
        "$$\n" * (_N // 3),
        "--a " * (_N // 4),
        "${a?" * (_N // 4),
        "${toc}\n# h\n" * (_N // 11),
        "- " * (_N // 2),
        "- a\n\n" * (_N // 5),
        "~a" * (_N // 2),
        "[" * 5000 + "a" + "](b)" * 5000,
        "[a][b]" * (_N // 6),
        "<svg><style>" * (_N // 12),
        "${reference?text=$%7Breference?text=a%7D}" * (_N // 40),
        "x" * 2_000_000,
    ],
    ids=range(30),
)
def test_pages_that_take_too_long(text: str) -> None:
    started = time.thread_time()
    shown = html.fragment.__wrapped__(text, Context())
    # The limit is 1, on a machine that does nothing else.
    assert time.thread_time() - started < 10
    assert harm(shown) == []
    assert len(shown) < 20 * len(text)


def test_a_long_page_that_a_person_wrote_is_formatted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "MOST_SECONDS", 60)  # the machine that runs this may be slow
    line = "The quick *brown* fox `jumps` over [the](syn123) **lazy** dog, https://x.org/a.\n\n"
    shown = show(line * 300)
    assert "too intricate" not in shown
    assert shown.count("<em>brown</em>") == 300


_PIECES = st.sampled_from(
    [
        *(
            "*",
            "**",
            "_",
            "`",
            "```",
            "[",
            "]",
            "(",
            ")",
            "![",
            "\n",
            "\n\n",
            "#",
            ">",
            "- ",
            "1. ",
        ),
        *("<b>", "</b>", "<a href=x>", "</a>", "<div>", "<p>", "</p>", "<table>", "<td>", "<li>"),
        *("<!--", "-->", "<script>", "<", ">", "&", "&amp;", "\\", '"', "'", "=", "|", "{|", "|}"),
        *(
            "${toc}",
            "${image?fileName=a}",
            "$",
            "$$",
            "~",
            "^",
            "--",
            "->",
            "<-",
            "{row}",
            "syn123",
        ),
        *("@bob", "doi:10.1/x", "https://x.org", "a", "b", " "),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=5), max_size=60))
def test_any_text_makes_harmless_html(pieces: list[str]) -> None:
    shown = html.fragment.__wrapped__("".join(pieces), CONTEXT)
    assert harm(shown) == []
    assert html.clean(shown) == shown


# ------------------------------------------------------------------ through the front door


def test_a_page_as_html(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    logo = upload(alice, PNG, fileName="logo.png", contentType="image/png")
    away = alice.external("https://evil.example/far.png", fileName="far.png")
    text = "# Ünïcödé\n${image?fileName=logo%2Epng} ${image?fileName=far%2Epng}\n\n- <b>x"
    made = page(alice, project, text, title="A <b>", attachmentFileHandleIds=[logo, away])
    below = page(alice, project, title="Second", parentWikiId=made["id"])
    other = page(alice, project, title="Third", parentWikiId=made["id"])
    hint = alice.get(f"/entity/{project}/wiki2orderhint")
    alice.put(f"/entity/{project}/wiki2orderhint", {**hint, "idList": [other["id"], below["id"]]})
    path = f"/entity/{project}/wiki2/{made['id']}/html"
    answer = alice.send("GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    shown = answer.text
    assert "<title>A &lt;b&gt;</title>" in shown
    assert '<h1 id="heading-1">Ünïcödé</h1>' in shown
    sources = re.findall(r'src="([^"]*)"', shown)
    assert sources == [f"/repo/v1/entity/{project}/wiki2/{made['id']}/attachment?fileName=logo.png"]
    image = alice.send("GET", sources[0])
    assert raw(alice, "GET", image.headers["location"]).content == PNG
    assert "Image: far.png</a>" in shown  # its bytes are elsewhere: nothing is fetched from there
    assert shown.index("Third") < shown.index("Second")
    up = alice.send("GET", f"/entity/{project}/wiki2/{below['id']}/html").text
    assert f'href="/repo/v1/entity/{project}/wiki2/{made["id"]}/html"' in up
    for user in (bob, alice.server.anonymous):
        user.get(path, 403)
    alice.share(project, 273949, "READ")
    assert alice.server.anonymous.send("GET", path).text == shown
    alice.get(f"/entity/{project}/wiki2/999999/html", 404)
    alice.get(path + "?wikiVersion=9", 404)
    alice.put(f"/entity/{project}/wiki2/{made['id']}", {**made, "title": "New"})
    assert "<title>New</title>" in alice.send("GET", path).text
    old = alice.send("GET", path + "?wikiVersion=0").text
    assert "<title>A &lt;b&gt;</title>" in old
    assert "&amp;wikiVersion=0" in old


def test_images_of_files_are_shown_to_who_may_have_them(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    here = alice.file(project, "a.png", handle=upload(alice, PNG, fileName="a.png"))["id"]
    away = alice.file(project, "b.png")["id"]
    text = f"${{image?synapseId={here}}} ${{image?synapseId={away}}} ${{image?synapseId={project}}}"
    made = page(alice, project, text)
    path = f"/entity/{project}/wiki2/{made['id']}/html"
    assert re.findall(r'src="([^"]*)"', alice.send("GET", path).text) == [
        f"/repo/v1/entity/{here}/file"
    ]
    alice.share(project, bob.id, "READ")
    assert "<img" not in bob.send("GET", path).text  # without DOWNLOAD


def test_too_long_for_html(alice: User) -> None:
    project = alice.project()["id"]
    made = page(alice, project, "[" * 120_000)
    shown = alice.send("GET", f"/entity/{project}/wiki2/{made['id']}/html").text
    assert "too long or too intricate" in shown
    assert "[" * 1000 in shown


def test_a_draft_is_shown_as_its_page_will_be(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    made = page(alice, project, "Old")
    path = f"/entity/{project}/wikidraft/html"
    draft = {"markdown": "#New\n\n**bold** ${plot?query=select%20a%20from%20syn5&type=BAR}"}
    alone = alice.send("POST", path, draft)
    assert alone.status_code == 200
    assert "<strong>bold</strong>" in alone.text
    assert 'data-widget="plot?query=select+a+from+syn5&amp;type=BAR"' in alone.text
    inside = alice.send("POST", path, {**draft, "wikiPageId": made["id"]})
    assert "<strong>bold</strong>" in inside.text
    assert "Old" in alice.send("GET", f"/entity/{project}/wiki2/{made['id']}/html").text
    assert alice.send("POST", path, {}).status_code == 200
    alice.post(path, {**draft, "wikiPageId": "999999"}, 404)
    alice.post(path, {"markdown": ["x"]}, 400)
    bob.post(path, draft, 403)
    alice.server.anonymous.post(path, draft, 401)


def test_the_extension_is_announced(alice: User) -> None:
    assert "wiki-html" in alice.get("/version")["extensions"]
