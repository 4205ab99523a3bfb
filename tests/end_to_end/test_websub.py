"""A hub and the whole stack: found, asked, verified, pushed, fetched, without another poll."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rasid.store import outlets
from rasid.store.engine import transaction
from tests.integration.stages.conftest import Site, many_sites
from tests.integration.stages.hub import Hub, ask

from .conftest import assert_all_gone, free_port, stack, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


@pytest.fixture
def sites() -> Iterator[Callable[[], Site]]:
    with many_sites() as make:
        yield make


def _feed(*urls: str, hub: str, topic: str) -> str:
    items = "".join(f"<item><title>جسر جديد على الفرات</title><link>{url}</link></item>" for url in urls)
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>صدى</title>'
        f'<atom:link rel="hub" href="{hub}"/><atom:link rel="self" href="{topic}"/>{items}</channel></rss>'
    )


def test_news_that_is_pushed_becomes_an_article(base: Path, sites: Any) -> None:
    site, hub, port = sites(), Hub(sites()), free_port()
    feed = site.url("/feed")
    site.put("/feed", _feed(hub=hub.url, topic=feed), kind="application/rss+xml")
    bind = f"127.0.0.1:{port}"
    with stack(base / "home", RASID_WEB_URL=f"http://{bind}", RASID_WEB_BIND=bind, RASID_FETCH_ALLOW="127.0.0.1") as up:
        assert "web" in up.ready["roles"]
        with transaction(up.engine) as conn:
            outlets.put(conn, [outlets.NewOutlet("sada", "صدى", channels=(outlets.NewChannel("websub", feed),))])
        until(lambda: hub.asked, "the hub is asked")
        until(lambda: hub.verify()[0] == 200, "the callback answers")
        wanted = up.newsroom.truth().articles[0].url
        assert hub.publish(_feed(wanted, hub=hub.url, topic=feed)) == 202
        until(lambda: up.count("SELECT count(*) FROM links WHERE state = 'done'"), "the article is read")
        assert up.column("SELECT outlet_id FROM articles") == ["sada"]
        assert site.paths().count("/feed") == 1
        assert ask(f"http://{bind}/healthz") == (200, "ok")
    assert_all_gone(base)
