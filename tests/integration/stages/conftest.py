"""A desk to run stages at by hand: a real database, a web site on the loopback, and no worker but the test itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import text

from rasid import runner
from rasid.alert.stage import AlertStage
from rasid.cluster.stage import ClusterStage
from rasid.context import Context
from rasid.dedupe.stage import DedupeStage
from rasid.discover import stage as discover
from rasid.enrich.stage import EnrichStage
from rasid.fetch.stage import FetchStage
from rasid.model import Stage
from rasid.parse.stage import ParseStage
from rasid.settings import Settings
from rasid.store import links, outlets
from rasid.store.engine import transaction

STAGES: dict[Stage, runner.StageWork[Any]] = {
    work.stage: work
    for work in (FetchStage(), ParseStage(), DedupeStage(), EnrichStage(), ClusterStage(), AlertStage())
}


@dataclass
class Reply:
    """What a path of a site answers. `content_type` None sends none."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request that a site was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Site:
    """A web site on a loopback port. `pages` maps a path to its `Reply`, or to a function from `Asked` to one."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("content-length") or 0))
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, sent)
                site.asked.append(asked)
                found = site.pages.get(self.path, Reply(status=404))
                reply = found(asked) if callable(found) else found
                self.send_response(reply.status)
                if reply.content_type:
                    self.send_header("Content-Type", reply.content_type)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 304:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if reply.status != 304:
                    self.wfile.write(reply.body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def put(
        self, path: str, body: bytes | str = b"", status: int = 200, *, kind: str | None = None, **head: str
    ) -> str:
        """Let `path` answer so; names of headers with underscores. Gives its URL."""
        data = body.encode() if isinstance(body, str) else body
        headers = {name.replace("_", "-"): value for name, value in head.items()}
        self.pages[path] = Reply(data, status, kind or "text/html; charset=utf-8", headers)
        return self.url(path)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def many_sites() -> Iterator[Callable[[], Site]]:
    """Makes sites, each a host of its own, and stops them at the end."""
    made: list[Site] = []

    def make() -> Site:
        made.append(Site())
        return made[-1]

    try:
        yield make
    finally:
        for site in made:
            site.stop()


@pytest.fixture
def sites() -> Iterator[Callable[[], Site]]:
    """Makes sites; each is a host of its own."""
    with many_sites() as make:
        yield make


@pytest.fixture
def site(sites: Callable[[], Site]) -> Site:
    return sites()


class Desk:
    """Runs stages in the test's own process, and shows what became of the links."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sent: list[tuple[Stage, list[int]]] = []
        self.told: list[dict[str, Any]] = []

    def sql(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of one statement, each as a dict; none for one that gives none."""
        with transaction(self.context.engine) as conn:
            result = conn.execute(text(statement), values)
            return [dict(row._mapping) for row in result] if result.returns_rows else []

    def one(self, statement: str, **values: Any) -> Any:
        """The first value of the first row."""
        return next(iter(self.sql(statement, **values)[0].values()))

    def add(self, *urls: str, outlet: str | None = None, hints: Sequence[dict[str, Any]] = ()) -> list[int]:
        """Links for URLs, in their order."""
        given = [*hints, *({} for _ in urls[len(hints) :])]
        with transaction(self.context.engine) as conn:
            for url, hint in zip(urls, given, strict=True):
                links.add(conn, [links.NewLink(url, hint)], allowed=self.context.permits, outlet_id=outlet)
        return [self.one("SELECT id FROM links WHERE key = :key", key=links.key_hash(url)) for url in urls]

    def outlet(self, id: str, **fields: Any) -> str:
        channels = tuple(outlets.NewChannel(kind, url) for kind, url in fields.pop("channels", ()))
        with transaction(self.context.engine) as conn:
            outlets.put(conn, [outlets.NewOutlet(id, id, channels=channels, **fields)])
        return id

    def run(self, stage: str, ids: Sequence[int]) -> dict[str, int]:
        """Take links through one stage; what it sends on is kept in `sent`."""
        return runner.run(
            self.context,
            STAGES[Stage(stage)],
            ids,
            send=lambda stage, ids: self.sent.append((stage, list(ids))),
            tell=self.told.extend,
        )

    def through(self, last: str, ids: Sequence[int], *, first: str = "fetch") -> None:
        """Take links through all stages from `first` to `last`."""
        names = [stage.value for stage in STAGES]
        for name in names[names.index(first) : names.index(last) + 1]:
            self.run(name, ids)

    def link(self, id: int) -> dict[str, Any]:
        return self.sql("SELECT * FROM links WHERE id = :id", id=id)[0]

    def state(self, id: int) -> tuple[str, str | None]:
        """State and code of a link."""
        row = self.link(id)
        return row["state"], row["code"]

    def article(self, link_id: int) -> dict[str, Any]:
        return self.sql("SELECT * FROM articles WHERE link_id = :id", id=link_id)[0]

    def again(self, *ids: int) -> None:
        """Let links be looked at once more, now, whatever state they are in."""
        self.sql(
            "UPDATE links SET state = 'found', due_at = now(), lease_until = NULL WHERE id = ANY(:ids)", ids=list(ids)
        )

    def visit(self, *, all: bool = False) -> dict[str, int]:
        """Visit the channels that are due, or all of them."""
        if all:
            self.sql("UPDATE channels SET due_at = now()")
        ids = [row["id"] for row in self.sql("SELECT id FROM channels WHERE due_at <= now() ORDER BY id")]
        return discover.run(self.context, ids)

    def channel(self, path: str = "") -> dict[str, Any]:
        return self.sql("SELECT * FROM channels WHERE url LIKE :like ORDER BY id", like=f"%{path}")[0]

    def free(self, host: str) -> None:
        """Let the host be asked now, as if its pause were over."""
        self.sql("UPDATE hosts SET blocked_until = NULL, next_slot_at = now() WHERE host = :host", host=host)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all desks: the word lists are compiled once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def desks(database_url: str, home: Path) -> Iterator[Callable[..., Desk]]:
    """Makes desks on the test's database; settings by keyword, and `worker`."""
    made: list[Desk] = []

    def make(worker: str = "test:1", **settings: Any) -> Desk:
        values = {"home": home, "fetch_allow": "127.0.0.1", "host_delay": 0.0, **settings}
        made.append(Desk(Context(Settings(**values), database_url, worker=worker)))
        return made[-1]

    yield make
    for desk in made:
        desk.context.close()


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    return desks()


_TEXTS = {
    "bridge": (
        "افتتاح جسر جديد على نهر الفرات في دير الزور",
        "دير الزور - افتتحت وزارة النقل السورية اليوم الخميس جسراً جديداً على نهر الفرات يربط مدينة دير الزور بريفها "
        "الشرقي بعد أعمال استمرت سبعة عشر شهراً.",
        "وقال المهندس سامر الخطيب مدير المشروع إن الجسر يبلغ طوله 412 متراً وعرضه 14 متراً ويتحمل عبور الشاحنات "
        "الثقيلة، مضيفاً أن كلفته بلغت نحو 9 ملايين دولار.",
        "وحضر حفل الافتتاح محافظ دير الزور وعدد من أهالي القرى المجاورة الذين كانوا يعبرون النهر بالقوارب منذ تدمير "
        "الجسر القديم، وعبّر كثير منهم عن ارتياحهم لعودة الحركة بين الضفتين.",
    ),
    "wheat": (
        "مزارعو الحسكة يشكون تراجع محصول القمح",
        "الحسكة - قال مزارعون في ريف الحسكة إن موسم القمح الحالي هو الأضعف منذ عشر سنوات بسبب قلة الأمطار وارتفاع "
        "أسعار البذار والسماد والمحروقات.",
        "وأوضح رئيس اتحاد الفلاحين أن المساحات المزروعة انخفضت إلى 230 ألف هكتار وأن الإنتاج المتوقع لن يتجاوز 150 "
        "ألف طن، مطالباً الحكومة برفع سعر الشراء.",
        "ويعتمد آلاف السكان في المنطقة على الزراعة مصدراً وحيداً للدخل، فيما تحذر منظمات إغاثية من موجة نزوح جديدة "
        "إن استمر الجفاف للعام الثالث على التوالي.",
    ),
    "port": (
        "Port of Latakia reopens container terminal after repairs",
        "LATAKIA - The container terminal in the port of Latakia reopened on Monday after four months of repairs to "
        "its cranes and quay walls, the port authority said in a statement.",
        "The first ship, carrying 840 containers of grain and machinery, docked early in the morning. Engineers "
        "replaced two cranes and dredged the basin to a depth of thirteen metres.",
        "Shipping agents said waiting times for importers should fall from nine days to three, and that insurers had "
        "agreed to lower their rates for vessels that call at the terminal this winter.",
    ),
}


@pytest.fixture
def page() -> Callable[..., str]:
    """Makes an article's page from one of three texts; `title`, `more` (a paragraph) and `outlet` change it."""

    def make(name: str, *, title: str | None = None, more: str = "", outlet: str = "صدى", lead: str = "") -> str:
        heading, *paragraphs = _TEXTS[name]
        language = "en" if name == "port" else "ar"
        body = "".join(f"<p>{p}</p>" for p in (lead, *paragraphs, more) if p)
        heading = title or heading
        return (
            f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{heading} | {outlet}</title>'
            f'<meta property="og:type" content="article"><meta property="og:title" content="{heading}">'
            '<meta property="article:published_time" content="2026-03-05T09:30:00+03:00"></head><body>'
            f'<nav><a href="/">{outlet}</a></nav><article><h1>{heading}</h1>{body}</article>'
            "<footer>©</footer></body></html>"
        )

    return make


_REWRITTEN = (
    "<!DOCTYPE html><html lang='ar'><head><title>دير الزور: الجسر الجديد يفتح أمام الشاحنات</title>"
    "<meta property='og:type' content='article'>"
    "<meta property='article:published_time' content='2026-03-05T12:10:00+03:00'></head><body><article>"
    "<h1>دير الزور: الجسر الجديد يفتح أمام الشاحنات</h1>"
    "<p>بدأت الشاحنات اليوم عبور الجسر الجديد على نهر الفرات "
    "في دير الزور، بعد أن افتتحته وزارة النقل السورية بحضور محافظ "
    "المدينة.</p><p>ويأمل أهالي الريف الشرقي أن يعيد الجسر الحركة التجارية بين ضفتي الفرات، بعد سنوات من العبور "
    "بالقوارب منذ تدمير الجسر القديم.</p><p>وذكر مدير المشروع المهندس سامر الخطيب أن "
    "أعمال البناء استغرقت سبعة عشر شهراً "
    "وأن طول الجسر يتجاوز أربعمئة متر.</p></article></body></html>"
)


@pytest.fixture
def rewritten() -> str:
    """The page of another outlet that tells of the bridge in its own words."""
    return _REWRITTEN
