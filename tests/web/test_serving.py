"""What the server sends before any script has run."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.web.browsing import require_built

from synapse_server.kernel.caller import PUBLIC
from synapse_server.web.static import FOLDER, Static
from synapseclient.core.blocking import run
from synapseclient.core.transport import Answer

ENTRY = 220_000
"""The most bytes, by gzip, that a page needs before it shows something."""


@pytest.fixture(autouse=True)
def built() -> None:
    require_built()


def get(server: RunningServer, path: str, verb: str = "GET", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return run(server.transport.send(verb, server.url + path, sent, None, tries=1))


def policy(answer: Answer) -> dict[str, list[str]]:
    found = {}
    for part in answer.headers["content-security-policy"].split(";"):
        name, *values = part.split()
        found[name] = values
    return found


@pytest.mark.parametrize(
    "path", ["/", "/Synapse:syn1/files", "/Synapse:syn1.3", "/Profile:1", "/Trash:0", "/Login"]
)
def test_every_page_is_the_page(server: RunningServer, path: str) -> None:
    answer = get(server, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert '<div id="root"></div>' in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/assets/none-12345678.js", "/../etc/passwd", "/a:b"])
def test_other_addresses_are_none(server: RunningServer, path: str) -> None:
    assert get(server, path).status_code == 404


def test_the_api_and_operators_come_first(server: RunningServer) -> None:
    assert get(server, "/repo/v1/nothing").json()["concreteType"].endswith("ErrorResponse")
    assert get(server, "/health/live").text == "ok\n"
    assert "synapse_" in get(server, "/metrics").text
    assert get(server, "/", "POST").status_code == 405


def test_nothing_but_our_own_files_runs(server: RunningServer) -> None:
    answer = get(server, "/")
    found = policy(answer)
    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == ["'self'"]
    assert found["frame-ancestors"] == ["'none'"]
    assert found["base-uri"] == ["'none'"]
    assert "object-src" not in found  # so it is none, as the default
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*ld\+json)", answer.text)
    assert not re.search(r"\son\w+=", answer.text)


def test_bytes_may_be_fetched_from_where_they_are(server: RunningServer) -> None:
    user = server.user()
    project = user.project()["id"]
    from tests.server.test_files import text_url, upload

    file = user.file(project, handle=upload(user, b"some bytes"))
    address = text_url(user, f"/entity/{file['id']}/file")
    origin = "/".join(address.split("/")[:3])
    found = policy(get(server, "/"))
    assert found["connect-src"] == ["'self'", origin]
    assert origin in found["img-src"]
    assert origin in found["media-src"]


def test_a_forged_host_puts_nothing_into_the_policy(server: RunningServer) -> None:
    answer = get(server, "/", host="evil.example; script-src *")
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert policy(answer)["script-src"] == ["'self'"]


def test_files_with_a_hash_are_kept_for_ever(server: RunningServer) -> None:
    script = re.search(r'src="(/assets/[^"]+\.js)"', get(server, "/").text)
    assert script
    answer = get(server, script[1])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript;charset=UTF-8"
    assert get(server, script[1], if_none_match=answer.headers["etag"]).status_code == 304
    assert get(server, "/icon.svg").headers["cache-control"] == "no-cache"


def test_the_entry_is_light() -> None:
    index = (FOLDER / "index.html").read_text()
    linked = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', index))
    assert len(linked) > 2
    size = sum(len(gzip.compress((FOLDER / each[1:]).read_bytes(), 9)) for each in linked)
    assert 50_000 < size <= ENTRY, size


def test_a_public_project_can_be_read_without_scripts(server: RunningServer) -> None:
    user = server.user()
    nasty = "</script></noscript><img src=x onerror=alert(1)>"
    project = user.project(description=f'Of "mice" & men {nasty}')
    id = project["id"]
    user.folder(id, "inner results")
    page = f'# Heading\n\nSome **words**. <b title="{nasty}">b</b>'
    user.post(f"/entity/{id}/wiki", {"title": "The title", "markdown": page})
    before = get(server, f"/Synapse:{id}").text
    assert "inner results" not in before
    assert project["name"] not in before
    user.share(id, PUBLIC, "READ")

    text = get(server, f"/Synapse:{id}/wiki").text
    assert f"<title>{project['name']} ({id}) | Synapse</title>" in text
    assert '<meta name="description" content="Of &quot;mice&quot; &amp; men' in text
    assert "<strong>words</strong>" in text
    assert "inner results" in text
    linked = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert linked
    data = json.loads(linked[1])
    assert data["@type"] == "Dataset"
    assert data["identifier"] == id
    assert data["hasPart"][0]["name"] == "inner results"
    assert nasty in data["description"]
    body = text[text.index("<body>") :]
    assert "noscript" not in body.replace("&lt;/noscript", "").lower()
    assert body.lower().count("<script") == body.lower().count("</script") == 0
    assert "<img" not in body.replace("&lt;img", "")


def test_a_server_that_is_not_built_says_how(tmp_path: Path) -> None:
    import asyncio

    from synapse_server.settings import Settings
    from synapse_server.web.serving import Web

    class Nowhere:
        """No store, no database: nothing of them is asked."""

    web = Web(Settings(), Nowhere(), Nowhere(), Nowhere())  # type: ignore[arg-type]
    web.static = Static(tmp_path)

    async def ask(path: str) -> tuple[int, bytes]:
        said = []

        async def send(message: dict[str, object]) -> None:
            said.append(message)

        await web({"type": "http", "method": "GET", "path": path, "headers": []}, send)
        return said[0]["status"], said[1]["body"]  # type: ignore[return-value]

    status, body = asyncio.run(ask("/"))
    assert status == 200
    assert b"make web" in body
    assert asyncio.run(ask("/Synapse:syn1"))[0] == 404
