"""The only reader of the environment: every setting, with its unit, default and reason.

Where a value comes from, the first that has one wins:

1. an environment variable ``RASID_<NAME>``
2. the TOML file that ``RASID_CONFIG`` names
3. the default below

A name that is not listed here is refused, with the nearest known one, so that a slip is not a silent default.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from rasid.errors import SettingsError

PREFIX = "RASID_"
#: What `rasid.http.proxy` reads, but for limits of length.
_PROXY = re.compile(
    r"(?:http|socks5h?)://(?:[^\s@/:]+(?::[^\s@/]*)?@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s@/:\[\]]+):[0-9]{1,5}/?"
)
_BASE = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s@/:?#\[\]]+)(?::[0-9]{1,5})?(?:/[^\s?#]*)?")
#: Read before the settings themselves: it names the file they come from.
CONFIG_VARIABLE = "RASID_CONFIG"


def _field(default: Any, unit: str, description: str, **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"unit": unit}, **limits)


class Settings(BaseSettings):
    """All settings of rasid. Frozen: read once at start and passed on."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    # --- where things are
    home: Path = _field(Path(".rasid"), "path", "Folder of the embedded servers, logs and caches.")
    gazetteer: Path | None = _field(
        None, "path", "Folder of your own lists of names. Unset: gazetteer under home. See docs/gazetteer.md."
    )
    broker_url: str | None = _field(
        None, "url", "Redis or Valkey that carries the messages (redis://…). Unset: an embedded one under home."
    )
    database_url: str | None = _field(
        None, "url", "PostgreSQL that holds everything (postgresql://…). Unset: an embedded one under home."
    )
    page_store: str | None = _field(
        None, "url", "Folder or bucket for raw pages (file:///…, s3://…). Unset: in the database."
    )
    log_format: str = _field("auto", "word", "console, json, or auto: console on a terminal, json elsewhere.")
    log_level: str = _field("INFO", "word", "DEBUG, INFO, WARNING or ERROR.")

    # --- outbound HTTP
    user_agent: str = _field(
        "rasid/0.1 (+https://github.com/rasid/rasid; news monitoring)",
        "text",
        "Who we say we are. Add a way to reach you: outlets block what they cannot ask.",
    )
    fetch_allow: str = _field(
        "", "list", "Networks, hosts or host:port pairs, comma-separated, that may be fetched although private."
    )
    host_delay: float = _field(
        2.0, "seconds", "Pause between two requests to one host where robots.txt names none.", ge=0, le=3600
    )
    host_delay_ceiling: float = _field(
        60.0, "seconds", "Longest crawl-delay of a robots.txt that is honoured; a longer one is cut to this.", ge=0
    )
    host_latency_factor: float = _field(
        2.0,
        "times",
        "A host that takes longer than half a second to answer is left alone for so many times as long, up to the "
        "ceiling above: it is busy with us for a third of the time at most. 0: its slowness changes nothing.",
        ge=0,
        le=100,
    )
    fetch_max_bytes: int = _field(
        5_000_000, "bytes", "Largest body, on the wire and unpacked: 99.9 % of news pages are below 3 MB.", ge=1_000
    )
    fetch_connect_seconds: float = _field(8.0, "seconds", "Time to connect.", gt=0, le=120)
    fetch_read_seconds: float = _field(15.0, "seconds", "Longest silence while reading.", gt=0, le=120)
    fetch_deadline_seconds: float = _field(30.0, "seconds", "Whole time for one request.", gt=0, le=240)
    fetch_max_redirects: int = _field(6, "hops", "Longest chain of redirects.", ge=0, le=20)
    proxy: str | None = _field(
        None,
        "url",
        "Proxy of outbound requests: http://, socks5:// or socks5h://, user:password@ if it wants a login, host:port. "
        "Unset: everything is asked straight. HTTP_PROXY and the like are never read; see docs/fetching.md.",
    )
    proxy_hosts: str = _field(
        "",
        "list",
        "Hosts that are asked through the proxy, comma-separated: example.org (and what is below it), *.example.org, "
        "host:port, networks. Empty: all.",
    )
    proxy_bypass: str = _field(
        "", "list", "Hosts that are never asked through the proxy, in the form of proxy_hosts; wins over it."
    )
    robots_ttl: float = _field(21_600.0, "seconds", "How long a robots.txt is trusted; RFC 9309 asks for 24 h at most.")

    revisit_after: str = _field(
        "3600,21600,86400,604800",
        "list",
        "Ages at which an article is looked at again for edits and withdrawals, in seconds; empty turns that off. "
        "Outlets that never edit get fewer looks, others more.",
    )

    # --- work
    max_attempts: int = _field(
        5, "attempts", "Tries of one stage on one item before it is parked: an endless loop costs more.", ge=1, le=100
    )
    retry_base_seconds: float = _field(30.0, "seconds", "First pause before a retry; it doubles each time.", gt=0)
    retry_ceiling_seconds: float = _field(3_600.0, "seconds", "Longest pause before a retry.", gt=0)
    lease_seconds: float = _field(
        300.0, "seconds", "How long a worker may hold an item before others may take it: the task time limit.", ge=5
    )
    resend_seconds: float = _field(
        120.0, "seconds", "How long a message may be under way before upkeep sends it again.", ge=1
    )
    batch: int = _field(
        20, "items", "Most ids in one message: 20 make the broker cost 0.08 CPU-ms an article.", ge=1, le=500
    )
    queue_limit: int = _field(
        200, "messages", "Most messages in one queue; the dispatcher and upkeep hold back above it.", ge=1
    )
    fetch_threads: int = _field(32, "threads", "Hosts that one fetch worker talks to at the same time.", ge=1, le=500)
    discover_interval: float = _field(
        300.0,
        "seconds",
        "The budget of visits: as many requests as if every channel were asked this often. "
        "Busy hours get more of them, quiet ones fewer; see docs/polling.md.",
        ge=1,
    )
    discover_floor: float = _field(60.0, "seconds", "Shortest pause between two visits of a channel.", ge=1, le=3_600)
    discover_ceiling: float = _field(
        86_400.0,
        "seconds",
        "Longest pause between two visits, however often a channel failed: nothing is given up.",
        ge=1,
    )
    onboard_requests: int = _field(
        40,
        "requests",
        "Most requests to find out what one site offers (`sources add`, `check`): a minute and a half at 2 s each.",
        ge=3,
        le=500,
    )
    max_entries: int = _field(5_000, "entries", "Most links taken from one channel at one visit.", ge=1, le=50_000)
    worker_events: bool = _field(True, "yes/no", "Send task events (Flower needs them; 0.4 CPU-ms a message).")
    dispatch_seconds: float = _field(1.0, "seconds", "How often due work is granted.", gt=0, le=60)
    upkeep_seconds: float = _field(5.0, "seconds", "How often lost work is looked for.", gt=0, le=600)
    rounds_seconds: float = _field(
        60.0, "seconds", "How often outlets are looked at for being quiet, blocked or decayed.", ge=1, le=3_600
    )

    # --- enrichers
    enrich_with: str = _field(
        "builtin",
        "list",
        "Enrichers that are used, comma-separated: builtin stands for all that rasid brings along, -name leaves one "
        "out, others are named; see docs/enrichers.md.",
    )
    enrich_seconds: float = _field(
        10.0,
        "seconds",
        "How long one enricher may take for a batch of articles; then they go on without it.",
        gt=0,
        le=60,
    )
    enrich_inline_ms: float = _field(
        100.0,
        "milliseconds",
        "An enricher that takes longer for an article is asked afterwards, while no fresh news waits.",
        ge=0,
    )
    enrich_failures: int = _field(
        3,
        "failures",
        "In a row, after which an enricher is not asked for a while: articles need not wait for it.",
        ge=1,
    )
    enrich_pause_seconds: float = _field(
        300.0, "seconds", "How long an enricher that failed so often is not asked.", gt=0, le=86_400
    )

    # --- extras, each off until enrich_with names it (rasid-hub, rasid-llm, rasid-bot)
    hub_model: Path | None = _field(
        None, "path", "Folder of a model that finds names: model.onnx, tokenizer.json, config.json. Nothing is fetched."
    )
    hub_languages: str = _field("", "list", "Languages that this model reads, comma-separated. Empty: all.")
    llm_url: str | None = _field(
        None,
        "url",
        "OpenAI-compatible server, with its path: http://127.0.0.1:8000/v1. It may be a private address.",
    )
    llm_model: str = _field("", "text", "Name of the model on that server.")
    llm_key: str | None = _field(None, "secret", "Key of that server, sent as a bearer token. Unset: none is sent.")
    llm_seconds: float = _field(30.0, "seconds", "Longest wait for one answer of the model.", gt=0, le=55)
    llm_tokens_a_day: int = _field(
        1_000_000,
        "tokens",
        "Budget of a day (UTC) for all workers together: some 500 articles. What is left waits for the next day.",
        ge=0,
    )
    bot_url: str | None = _field(
        None, "url", "Service that is posted articles and answers annotations; see docs/enrichers.md."
    )
    bot_key: str | None = _field(None, "secret", "Key of that service, sent as a bearer token. Unset: none is sent.")
    bot_version: str = _field(
        "1", "text", "Version of that service: raised when it answers differently, so that it is asked anew."
    )
    bot_gives: str = _field("entity", "list", "Kinds of annotation that are taken from that service, comma-separated.")
    bot_languages: str = _field("", "list", "Languages that it is asked for, comma-separated. Empty: all.")
    bot_seconds: float = _field(20.0, "seconds", "Longest wait for one answer of that service.", gt=0, le=55)
    bot_requests_a_day: int = _field(
        100_000, "requests", "Budget of a day (UTC) for all workers together; what is left waits.", ge=0
    )

    # --- keeping
    keep_answers_days: int = _field(
        90,
        "days",
        "How long answers of models and services are kept, so that nothing is asked twice; 0: for ever.",
        ge=0,
    )
    keep_pages_days: int = _field(90, "days", "How long raw pages are kept; 0 keeps them for ever.", ge=0)
    keep_crumbs_days: int = _field(30, "days", "How long the trace of each link is kept; 0 keeps it for ever.", ge=0)

    keep_health_days: int = _field(
        180,
        "days",
        "How long each outlet's counts by the hour are kept; 0 keeps them for ever. 56 are learned from.",
        ge=0,
    )

    # --- sameness and stories
    near_window_days: int = _field(14, "days", "How far back a copy is looked for.", ge=1)
    story_window_hours: int = _field(72, "hours", "How long a story takes in new articles after its last.", ge=1)
    embed: bool = _field(
        False,
        "yes/no",
        "Compare what articles in two languages mean when stories are gathered; wants the extra `embed` and pgvector. "
        "It costs some 5 ms of CPU an article.",
    )

    background_texts: int = _field(
        5_000,
        "articles",
        "Newest articles of a language in which words are counted once a day, so that keywords are what is telling in "
        "this crawl; 0 counts none.",
        ge=0,
        le=100_000,
    )

    # --- faces
    flower_port: int = _field(5555, "port", "Port of Flower on the loopback address.", ge=1, le=65_535)
    flower_user: str = _field("rasid", "text", "Login name of Flower.")
    flower_password: str | None = _field(
        None, "secret", "Password of Flower. Unset: one is made and kept under home, and shown at start."
    )
    metrics_port: int | None = _field(
        None,
        "port",
        "Port of the Prometheus metrics on the loopback address. Unset: they are not served.",
        ge=1,
        le=65_535,
    )
    web_url: str | None = _field(
        None,
        "url",
        "Public address under which `rasid web` is reached from outside, https://news.example.org or with a path; hubs "
        "push to it (WebSub). Unset: no hub is asked for anything, and all channels are polled; see docs/websub.md.",
    )
    web_bind: str = _field(
        "127.0.0.1:8085", "text", "Address and port on which `rasid web` listens; a reverse proxy stands before it."
    )
    web_max_bytes: int = _field(
        5_000_000, "bytes", "Largest body that a hub may push: feeds stay far below.", ge=1_000, le=100_000_000
    )
    webhook_secret: str | None = _field(
        None, "secret", "Key of the HMAC-SHA256 signature on webhook deliveries. Unset: they are not signed."
    )

    @property
    def own_lists(self) -> Path:
        """Folder of the operator's lists of names; it need not be there."""
        return self.gazetteer if self.gazetteer is not None else self.home / "gazetteer"

    @field_validator("revisit_after")
    @classmethod
    def _ascending_ages(cls, value: str) -> str:
        ages = [float(part) for part in value.split(",") if part.strip()]
        if any(age <= 0 for age in ages) or ages != sorted(set(ages)):
            raise ValueError("want ascending numbers of seconds, such as 3600,86400")
        return value

    @property
    def revisit_ages(self) -> tuple[float, ...]:
        """`revisit_after` as numbers."""
        return tuple(float(part) for part in self.revisit_after.split(",") if part.strip())

    @field_validator("log_format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        return _one_of(value, ("auto", "console", "json"))

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        return _one_of(value.upper(), ("DEBUG", "INFO", "WARNING", "ERROR"))

    @field_validator(
        "gazetteer",
        "broker_url",
        "database_url",
        "page_store",
        "flower_password",
        "webhook_secret",
        "metrics_port",
        "proxy",
        "web_url",
        "hub_model",
        "llm_url",
        "llm_key",
        "bot_url",
        "bot_key",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("web_url", "llm_url", "bot_url")
    @classmethod
    def _public_base(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not _BASE.fullmatch(value):
            raise ValueError("want http:// or https://, a host, and a path at most: no login, no ?, no #")
        return value.rstrip("/")

    @field_validator("web_bind")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) <= 65_535:
            raise ValueError("want host:port, such as 127.0.0.1:8085 or [::1]:8085")
        return value

    @field_validator("flower_user", "flower_password")
    @classmethod
    def _plain_login(cls, value: str | None) -> str | None:
        # Flower takes a comma for the start of a second login, and cannot read letters beyond ASCII.
        if value is not None and (not value.isascii() or "," in value or not value.isprintable()):
            raise ValueError("want printable ASCII without a comma")
        return value

    @field_validator("broker_url")
    @classmethod
    def _known_broker(cls, value: str | None) -> str | None:
        if value and not value.startswith(("redis://", "rediss://", "redis+socket://", "sentinel://")):
            raise ValueError("want redis://, rediss://, redis+socket:// or sentinel:// (Valkey too is redis://)")
        return value

    @field_validator("proxy")
    @classmethod
    def _known_proxy(cls, value: str | None) -> str | None:
        if value and not _PROXY.fullmatch(value):
            raise ValueError(
                "want http://host:port, socks5://host:port or socks5h://host:port, user:password@ before it"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
            raise ValueError("want postgresql://user:password@host/name")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` passes in: it has read the environment and the file itself, strictly."""
        return (init_settings,)


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"want one of {', '.join(known)}")
    return value


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One row of ``rasid config``. `origin` is ``default``, ``environment`` or the path of the file."""

    name: str
    value: object
    unit: str
    default: object
    origin: str
    description: str


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        environ: the environment; None reads the process's own.
        overrides: values that win over everything, for tests and commands.

    Raises:
        SettingsError: an unknown name, or a value that cannot be read; the message names the variable or file.
    """
    values, origins = _gather(os.environ if environ is None else environ)
    try:
        return Settings(**{**values, **overrides})
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from error


def describe(environ: Mapping[str, str] | None = None) -> list[SettingLine]:
    """Every setting with its value and where that came from. Secrets are shown as ``***``."""
    settings = load(environ)
    _, origins = _gather(os.environ if environ is None else environ)
    return [
        SettingLine(
            name=PREFIX + name.upper(),
            value=_shown(unit := _unit(name), getattr(settings, name), login=name not in _HIDDEN),
            unit=unit,
            default=_plain(field.default),
            origin=origins.get(name, "default"),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _unit(name: str) -> str:
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


#: Addresses whose user is part of the secret: proxies are often rented by it. What is given for them is not repeated.
_HIDDEN = frozenset({"proxy"})


def _shown(unit: str, value: object, *, login: bool = True) -> object:
    if value is None:
        return None
    if unit == "secret":
        return "***"
    if unit == "url" and isinstance(value, str):
        return without_password(value) if login else without_login(value)
    return _plain(value)


def without_password(url: str) -> str:
    """`url` as it may be shown: ``***`` in place of a password."""
    scheme, sep, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    if not at:
        return url
    user, colon, _ = login.partition(":")
    return f"{scheme}{sep}{user}{':***' if colon else ''}@{host}"


def without_login(url: str) -> str:
    """`url` as it may be shown: ``***`` in place of user and password."""
    scheme, sep, rest = url.partition("://")
    _, at, host = rest.rpartition("@")
    return f"{scheme}{sep}***@{host}" if at else url


def _gather(environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and their origins, from the file and the environment; unknown names are refused."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if path := environ.get(CONFIG_VARIABLE):
        for name, value in _read_file(path).items():
            _refuse_unknown(name, f"{path}: setting")
            values[name], origins[name] = value, path
    for variable, value in environ.items():
        if variable.startswith(PREFIX) and variable != CONFIG_VARIABLE:
            name = variable.removeprefix(PREFIX).lower()
            _refuse_unknown(name, "the environment: setting", shown=variable)
            values[name], origins[name] = value, "environment"
    return values, origins


def _read_file(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {path}, which {CONFIG_VARIABLE} names: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _refuse_unknown(name: str, where: str, *, shown: str | None = None) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
    form = (PREFIX + near[0].upper() if shown else near[0]) if near else None
    hint = f"did you mean {form}?" if form else "`rasid config` lists all of them"
    raise SettingsError(f"{where} {shown or name} is unknown; {hint}")


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else "?"
        message = problem["msg"].removeprefix("Value error, ")
        secret = name in _HIDDEN or (name in Settings.model_fields and _unit(name) == "secret")
        given = "" if secret else f", got {problem.get('input')!r}"
        lines.append(f"{PREFIX}{name.upper()} ({origins.get(name, 'default')}): {message}{given}")
    return "; ".join(lines)
