"""URLs: the standard's serialisation, the key that spellings of one page share, and what must never be fetched.

Pure: no network, no DNS, no clock. Parsing is the URL Standard's (https://url.spec.whatwg.org/) through `can_ada`.
What a name resolves to is not known here: `rasid.http.guard` judges that with `inside`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import can_ada

from rasid.errors import Park

#: Longest URL that is fetched, in characters, and longest key. The Sitemaps protocol draws the same line; it is
#: also below what a PostgreSQL index entry may hold (2704 bytes).
MAX_URL = 2048

# --- keys ---------------------------------------------------------------------------------------------------------

# fmt: off
#: Query names (lower case) that tell where a reader came from and never which page is meant.
TRACKERS = frozenset((
    # advertising clicks
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "msclkid",
    "twclid", "ttclid", "yclid", "ysclid", "igshid", "igsh", "li_fat_id", "rb_clickid", "srsltid", "tblci",
    "dicbo", "epik", "wickedid", "_openstat",
    # newsletters
    "mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "oly_anon_id", "oly_enc_id", "_hsenc", "_hsmi",
    "__hssc", "__hstc", "__hsfp", "hsctatracking", "ml_subscriber", "ml_subscriber_hash", "bsft_clkid",
    "bsft_eid", "bsft_uid",
    # analytics
    "_ga", "_gl", "pk_campaign", "pk_kwd", "pk_source", "pk_medium", "pk_content", "pk_cid", "piwik_campaign",
    "piwik_kwd", "xtor", "wt_mc", "wt.mc_id", "wt_zmc", "ns_mchannel", "ns_source", "ns_campaign",
    "ns_linkname", "ns_fee", "at_medium", "at_campaign", "at_campaign_type", "at_custom1", "at_custom2",
    "at_custom3", "at_custom4", "at_link_id", "at_link_type", "at_link_origin", "at_ptr_name", "at_format",
    "at_bbc_team", "at_creation", "at_variant", "at_type", "s_cid", "s_kwcid", "icid", "cmpid", "ncid", "ocid",
    "ftag", "guccounter", "guce_referrer", "guce_referrer_sig", "_branch_match_id", "_branch_referrer", "yptr",
    # share buttons and what outlets add to links to themselves
    "fb_action_ids", "fb_action_types", "fb_source", "fb_ref", "mibextid", "sfnsn", "ref_src", "ref_url",
    "__twitter_impression", "__tn__", "smid", "smtyp", "soc_src", "soc_trk", "tsrc", "traffic_source", "fsrc",
    "sr_share", "sthisfb", "ito", "cx_testid", "cx_testvariant", "cx_artpos", "usqp", "amp_js_v", "amp_gsa",
    "amp_ct", "amp_tf", "aoh",
    # sessions
    "phpsessid", "jsessionid",
))
# fmt: on
_TRACKER_PREFIXES = ("utm_", "mtm_", "hsa_", "__cft__", "__xts__", "aspsessionid")
#: Query pairs that ask for the AMP form of the same article.
_AMP_PAIRS = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputtype=amp", "outputtype=amp-type"})
_LONGEST_HOST = len("https://") + 253 + len(":65535")
_INDEX_FILES = ("/index.html", "/index.htm", "/index.php")
_SESSION_IN_PATH = re.compile(r"(?<=[^/.]);jsessionid=[^/;]*", re.IGNORECASE)
# A run of octets beyond ASCII (an Arabic word is one run), else one escape, else a bare %.
_ESCAPE = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+|%(?:[0-9A-Fa-f]{2})?")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2[eE]){1,2}(?:/|$)")
_FOUR_DIGITS = re.compile(r"[0-9]{4}")

# Escapes that mean the same as the bare character: the unreserved ones (RFC 3986, 6.2.2.2), and those punctuation
# marks that have no role at that place and that the standard leaves bare there. The rest keep their escape.
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_BARE_IN_PATH = _UNRESERVED + "!'()*,:@$[]|"
_BARE_IN_NAME = _UNRESERVED + "!()*,:@$/?[]|{}`^"
_BARE_IN_VALUE = _BARE_IN_NAME + "="


def _spellings(bare: str, extra: dict[str, str] | None = None) -> dict[str, str]:
    """What each escape of an ASCII character (with its digits in upper case) is written as in a key."""
    table = {f"%{code:02X}": (extra or {}).get(chr(code), f"%{code:02X}") for code in range(128)}
    return table | {f"%{ord(char):02X}": char for char in bare} | {"%": "%25"}


_PATH = _spellings(_BARE_IN_PATH)
_NAME = _spellings(_BARE_IN_NAME, {" ": "+"})
_VALUE = _spellings(_BARE_IN_VALUE, {" ": "+"})


def _respell(text: str, table: dict[str, str]) -> str:
    """Bring every escape of `text` to its one spelling; runs beyond ASCII only to upper case."""

    def one(match: re.Match[str]) -> str:
        escape = match[0].upper()
        return table.get(escape, escape)

    return _ESCAPE.sub(one, text) if "%" in text else text


def normalise(url: str, base: str | None = None) -> str | None:
    """The absolute URL as the URL Standard serialises it; None where the standard says failure.

    A `base` that is no URL is a failure too, even for an absolute `url`. Lone surrogates count as U+FFFD.

    >>> normalise("../سوريا", "http://Example.org:80/a/b")
    'http://example.org/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7'
    """
    parsed = _parse(url, base)
    return None if parsed is None else _href(parsed)


def key(href: str) -> str:
    """What two spellings of one page share; itself a URL, never longer than `MAX_URL`, and its own key.

    Left out: http or https, ``www.``, default port, the dot that ends a host, `TRACKERS`, the fragment (but
    not ``#!…`` and ``#/…``, which name pages of some sites), a trailing slash, an index file, a session id, the AMP
    form of an article. Brought to one form: percent-encoding, IDN, the order of the query (the order of pairs
    of one name stays). Whatever else differs gives another key. A string that is no http(s) URL is its own key, as
    the standard serialises it. A URL longer than `MAX_URL` has its host and a hash as key.
    """
    parsed = _parse(href, None)
    return href if parsed is None else _key(parsed)


def host(href: str) -> str:
    """The authority that robots.txt and politeness go by (RFC 9309): ``name``, or ``name:port`` where the port is not
    the scheme's own. "" where the URL has none. A final dot of the name does not count.

    >>> host("https://News.Example.org:8443/a")
    'news.example.org:8443'
    """
    parsed = _parse(href, None)
    if parsed is None:
        return ""
    port = parsed.port
    return f"{_name(parsed)}:{port}" if port else _name(parsed)


_COUNTRY_DOMAIN = re.compile(r"[a-z]+://[^/?#]*\.([a-z]{2})(?::\d+)?(?:[/?#]|$)", re.IGNORECASE)
# Domains of countries that are sold to all the world.
_SOLD_DOMAINS = frozenset(
    {
        "TV", "CO", "IO", "ME", "FM", "AI", "LY", "GG", "TO", "CC", "WS", "LA", "EU", "AC", "AM", "BZ", "CX", "DJ",
        "GL", "IM", "LC", "MN", "MS", "MU", "NU", "PW", "RE", "SC", "SH", "SU", "TK", "TT", "VC", "VG", "US",
    }
)  # fmt: skip


def country(href: str) -> str:
    """ISO 3166 code of the country that an address's domain belongs to; empty where it tells none.

    >>> country("https://www.example.sy/a"), country("https://example.tv/"), country("https://example.org/")
    ('SY', '', '')
    """
    found = _COUNTRY_DOMAIN.match(href)
    code = found[1].upper() if found else ""
    return "" if code in _SOLD_DOMAINS else "GB" if code == "UK" else code


def answer_url(item: Mapping[str, object]) -> dict[str, object]:
    """The answer of ``rasid pipe url`` to one item (``url``, ``base``?), without its id.

    Raises:
        Park: ``bad_input`` where `url` or `base` is no string.
    """
    url, base = item.get("url"), item.get("base")
    if not isinstance(url, str) or not (base is None or isinstance(base, str)):
        raise Park("bad_input", "url needs a string `url`, and a string `base` where there is one")
    parsed = _parse(url, base)
    if parsed is None:
        return {"href": None, "key": None, "fetchable": False, "reason": "invalid_url"}
    reason = _refusal(parsed)
    return {"href": _href(parsed), "key": _key(parsed), "fetchable": reason is None, "reason": reason}


def _parse(url: str, base: str | None) -> can_ada.URL | None:
    try:
        parsed = can_ada.parse(url) if base is None else can_ada.parse(base) + url
    except ValueError:
        return None
    except TypeError:  # can_ada takes no lone surrogates; the standard reads them as U+FFFD
        return _parse(_scalar(url), None if base is None else _scalar(base))
    path = parsed.pathname
    if "/." in path and path.startswith("/") and _DOT_SEGMENT.search(path):
        parsed.pathname = _without_dots(path)
    return parsed


def _without_dots(path: str) -> str:
    """Resolve ``.`` and ``..`` where `can_ada` 3.0 leaves them: after a segment that begins with a dot (``/.a/..``)."""
    kept: list[str] = []
    *segments, last = path[1:].lower().replace("%2e", ".").split("/")
    for shown, segment in zip(path[1:].split("/"), segments, strict=False):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(shown)
    if last == "..":
        del kept[-1:]
    kept.append("" if last in (".", "..") else path.rpartition("/")[2])
    return "/" + "/".join(kept)


def _scalar(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _href(parsed: can_ada.URL) -> str:
    """The serialisation, with two later changes to the standard that `can_ada` 3.0 does not know yet."""
    href = parsed.href
    if "^" not in href and " " not in href:
        return href
    end = min((at for at in (href.find("?"), href.find("#")) if at >= 0), default=len(href))
    head, tail = href[:end], href[end:]
    if head.partition(":")[2].startswith("/"):
        head = head.replace("^", "%5E")
    elif tail and head.endswith(" "):
        head = head[:-1] + "%20"
    return head + tail


def _key(parsed: can_ada.URL) -> str:
    href = _href(parsed)
    if parsed.protocol not in ("http:", "https:") or parsed.has_credentials():
        return href
    start = "https://" + _key_host(parsed)
    if len(href) > MAX_URL:
        return _hashed(start, href)
    unwrapped = _out_of_amp_cache(parsed)
    if unwrapped is not None:
        return _key(unwrapped)
    fragment = parsed.hash
    kept = fragment if fragment.startswith(("#!", "#/")) else ""
    made = start + _key_path(parsed.pathname.replace("^", "%5E")) + _key_query(parsed.search) + kept
    return made if len(made) <= MAX_URL else _hashed(start, made)


def _hashed(start: str, text: str) -> str:
    """A short key for a long URL. Its fragment is of the kind that keys keep, so it is its own key."""
    if len(start) > _LONGEST_HOST:
        start = "https://invalid"
    return f"{start}/#!{blake2b(text.encode(), digest_size=32).hexdigest()}"


def _name(parsed: can_ada.URL) -> str:
    """The host's name without the dot that may end it. Names with empty labels stay as they are."""
    name = parsed.hostname
    return name[:-1] if name.endswith(".") and not name.endswith("..") and len(name) > 1 else name


def _key_host(parsed: can_ada.URL) -> str:
    name, port = _name(parsed), parsed.port
    while name.startswith("www.") and "." in name[4:]:
        name = name[4:]
    return f"{name}:{port}" if port and port != "443" else name


def _key_path(path: str) -> str:
    """One spelling of a path: escapes, session id, index file, AMP and trailing slash settled."""
    path = _respell(path, _PATH)
    if ";" in path:
        path = _SESSION_IN_PATH.sub("", path)
    before = None
    while path != before:  # each turn shortens the path; `MAX_URL` bounds the turns
        before = path
        path = path.rstrip("/")
        for name in _INDEX_FILES:
            path = path.removesuffix(name)
        path = _without_amp(path)
    return path or "/"


def _without_amp(path: str) -> str:
    """The path of the article that an AMP path belongs to; only where an article's slug says that it is one."""
    if "amp" not in path:
        return path
    if path.endswith(".amp.html"):
        return path.removesuffix(".amp.html") + ".html"
    rest, _, last = path.rpartition("/")
    if last == "amp" and _is_slug(rest.rpartition("/")[2]):
        return rest
    if path.startswith("/amp/") and _is_slug(last):
        return path.removeprefix("/amp")
    return path.removesuffix(".amp") if last.endswith(".amp") and _is_slug(last) else path


def _is_slug(segment: str) -> bool:
    """Whether a path segment names an article and not a section: a number of four digits, or five words."""
    return segment.count("-") + segment.count("_") >= 4 or _FOUR_DIGITS.search(segment) is not None


def _out_of_amp_cache(parsed: can_ada.URL) -> can_ada.URL | None:
    """The publisher's URL inside one of an AMP cache or viewer (``…/c/s/HOST/PATH``); None where it is none."""
    name, path = parsed.hostname, parsed.pathname
    if name.endswith(".cdn.ampproject.org") or name == "cdn.ampproject.org":
        kind, _, rest = path.removeprefix("/").partition("/")
        if kind not in ("c", "v"):
            return None
    elif name in ("www.google.com", "google.com") and path.startswith("/amp/"):
        rest = path.removeprefix("/amp/")
    else:
        return None
    inner = _parse("https://" + rest.removeprefix("s/") + parsed.search, None)
    return inner if inner is not None and _refusal(inner) is None and inner.hostname != name else None


def _key_query(search: str) -> str:
    """The query sorted by name, without trackers, in one spelling; "" where nothing is left."""
    if len(search) < 2:
        return ""
    pairs = []
    for pair in search[1:].split("&"):
        name, equals, value = pair.partition("=")
        name, value = _respell(name, _NAME), _respell(value, _VALUE)
        if pair and not _is_tracker(name.lower(), equals, value):
            pairs.append((name, equals + value))
    pairs.sort(key=lambda pair: pair[0])
    return "?" + "&".join(name + rest for name, rest in pairs) if pairs else ""


def _is_tracker(name: str, equals: str, value: str) -> bool:
    return (
        name in TRACKERS
        or name.startswith(_TRACKER_PREFIXES)
        or (name in ("amp", "outputtype") and name + equals + value.lower() in _AMP_PAIRS)
    )


# --- what must not be fetched -------------------------------------------------------------------------------------

#: Ports that other protocols answer on (the Fetch Standard's "port blocking").
BLOCKED_PORTS = frozenset(
    (
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    )
)  # fmt: skip
#: Names that end so are never on the public Internet (RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal) or are
#: in private use by long custom.
LOCAL_SUFFIXES = frozenset(
    (
        "localhost",
        "localdomain",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "private",
        "onion",
        "i2p",
        "alt",
        "arpa",
    )
)

# Beyond what the registries call "not globally reachable": the whole protocol block 192.0.0.0/24 (a cloud keeps its
# metadata service in it), the retired 6to4 relays, and the address at which Azure serves its own machines.
_NEVER_V4 = tuple(IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))
_FRONT = re.compile(r"/(?:[a-z]{2}/?|(?:[a-z]{2}/)?(?:index|home|default)(?:\.[a-z]{2,5})?/?)?", re.I)
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_V6 = IPv6Network("2000::/3")
_NEVER_V6 = tuple(IPv6Network(text) for text in ("2002::/16", "3fff::/20"))


def fetchable(href: str) -> tuple[bool, str | None]:
    """Whether the fetcher may contact this URL, as far as can be told without DNS; and if not, why.

    Reasons: ``invalid_url not_http credentials too_long blocked_port private_address local_name single_label
    bad_host``. ``private_address`` stands for every address that is not on the public Internet, in any spelling.
    """
    parsed = _parse(href, None)
    reason = "invalid_url" if parsed is None else _refusal(parsed)
    return reason is None, reason


def is_front(href: str) -> bool:
    """Whether an absolute URL names the front page of a site, or of one of its languages (``/ar``).

    >>> is_front("https://example.org/ar/"), is_front("https://example.org/?p=12")
    (True, False)
    """
    parsed = _parse(href, None)
    return parsed is not None and not parsed.search and _FRONT.fullmatch(parsed.pathname) is not None


def inside(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is not on the public Internet: private, loopback, link-local, multicast, reserved,
    metadata, or an IPv6 form (mapped, NAT64) of such an IPv4 address.

    6to4, Teredo and the like are refused whatever they carry: no outlet answers there.
    """
    if isinstance(address, IPv4Address):
        return not address.is_global or address.is_multicast or any(address in net for net in _NEVER_V4)
    if address.ipv4_mapped is not None:
        return inside(address.ipv4_mapped)
    if address in _NAT64:
        return inside(IPv4Address(int(address) & 0xFFFFFFFF))
    return address not in _GLOBAL_V6 or not address.is_global or any(address in net for net in _NEVER_V6)


def literal(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a serialised host (``1.2.3.4``, ``[::1]``) is; None for a name."""
    if name.startswith("["):
        return IPv6Address(name[1:-1])
    return IPv4Address(name) if name[-1:].isdigit() and name.replace(".", "").isdigit() else None


def _refusal(parsed: can_ada.URL) -> str | None:
    if parsed.protocol not in ("http:", "https:"):
        return "not_http"
    if parsed.has_credentials():
        return "credentials"
    if len(parsed.href) > MAX_URL:
        return "too_long"
    return _host_refusal(_name(parsed)) or ("blocked_port" if _blocked(parsed.port) else None)


def _blocked(port: str) -> bool:
    return bool(port) and int(port) in BLOCKED_PORTS


def _host_refusal(name: str) -> str | None:
    address = literal(name)
    if address is not None:
        return "private_address" if inside(address) else None
    labels = name.split(".")
    if labels[-1] in LOCAL_SUFFIXES:
        return "local_name"
    if len(name) > 253 or any(not 1 <= len(label) <= 63 for label in labels):
        return "bad_host"
    return "single_label" if len(labels) == 1 else None
