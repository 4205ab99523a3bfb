"""Writes the articles of the sample newsroom: events, independent reports about them, agency copies, bulletins.

Pure: one seed and one time give the same articles, to the letter.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from rasid.newsroom import grammar
from rasid.newsroom.calendar_words import DAYS, MONTHS
from rasid.newsroom.outlets import ARABIC, BY_ID, FOREIGN

T = TypeVar("T")
LANGUAGES = ("ar", "en", "fr", "tr")
_WORD = re.compile(r"\w+")
#: Two texts that are no copies of each other share less than this part of their three-word shingles.
MOST_ALIKE = 0.28
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Article:
    """One article as an outlet publishes it.

    Attributes:
        key: its name in the truth; stable for one seed.
        story: id of the event, None for a single article.
        kind: kind of event, or ``bulletin``.
        published: aware, in the time zone of the outlet, whole minutes.
        copy_of: key of the first of its copies, None for a text of its own.
        places: names that the text speaks of, main place first, in the language of the text.
        late: appears only after the newsroom has moved on.
    """

    key: str
    outlet: str
    language: str
    kind: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    author: str
    dateline: str
    story: str | None = None
    copy_of: str | None = None
    places: tuple[str, ...] = ()
    place: str = ""
    late: bool = False

    @property
    def text(self) -> str:
        """The body, paragraphs apart by an empty line."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `slots` holds, for each language, what its reports agree on."""

    id: str | None
    kind: grammar.Kind
    at: datetime
    slots: dict[str, dict[str, str | int]]
    place: str


def shingles(text: str) -> frozenset[tuple[str, str, str]]:
    """All runs of three words of `text`, in lower case."""
    words = _WORD.findall(text.lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def likeness(one: frozenset[tuple[str, str, str]], other: frozenset[tuple[str, str, str]]) -> float:
    """Jaccard index of two shingle sets; 0 where both are empty."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def spoken_of(names: Iterable[str], text: str) -> tuple[str, ...]:
    """Those of `names` that stand in `text` as words, be it with a joined Arabic particle."""
    return tuple(name for name in names if re.search(rf"(?<!\w)[وف]?[بلك]?{re.escape(name)}(?!\w)", text))


@dataclass(slots=True)
class _Seen:
    """Shingles of all texts so far, so that a text too much like an earlier one is written again."""

    sizes: list[int] = field(default_factory=list)
    where: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)

    def most_alike(self, text: str) -> float:
        mine = shingles(text)
        shared = Counter(index for shingle in mine for index in self.where.get(shingle, ()))
        return max((n / (len(mine) + self.sizes[i] - n) for i, n in shared.items()), default=0.0)

    def add(self, text: str) -> None:
        mine = shingles(text)
        for shingle in mine:
            self.where.setdefault(shingle, []).append(len(self.sizes))
        self.sizes.append(len(mine))


@dataclass(frozen=True, slots=True)
class Shares:
    """How many articles are what, for a newsroom of `total` articles (340 give the figures of the sample)."""

    total: int

    def of(self, figure: int, *, least: int = 1) -> int:
        return max(least, round(figure * self.total / 340))

    @property
    def stories(self) -> int:
        return self.of(60)

    @property
    def copies(self) -> int:
        return self.of(40)

    @property
    def groups(self) -> int:
        return self.of(15)

    @property
    def english(self) -> int:
        """Groups whose agency text is English."""
        return min(2, self.groups // 5)

    @property
    def bulletins(self) -> int:
        return self.of(16, least=2)

    @property
    def singles(self) -> int:
        return self.of(36, least=8)

    @property
    def reports(self) -> int:
        """Independent reports about the stories, the originals of the copies among them."""
        return self.total - self.copies - self.bulletins - self.singles


class Desk:
    """Writes everything from one random source, in one order."""

    def __init__(self, *, seed: int, now: datetime) -> None:
        self._rng = random.Random(f"newsroom {seed}")
        self._now = now
        self._seen = _Seen()
        self._titles: set[str] = set()
        self._count = 0
        self._names = _shuffled(_full_names(), self._rng)
        self._places = _shuffled(grammar.table("places.tsv"), self._rng)
        self._kinds = _shuffled(grammar.kinds(), self._rng)
        self._events = 0

    # --- events

    def event(self, *, story: bool, language: str = "ar", kind: grammar.Kind | None = None) -> Event:
        """A new event of the next kind that `language` can tell of, at the next place."""
        rng, number = self._rng, self._events
        self._events += 1
        kind = kind or self._next_kind(language)
        place = self._places[number % len(self._places)]
        at = self._now - timedelta(minutes=rng.randint(20 * 60, 66 * 60))
        facts = _Facts(
            place=place,
            orgs=(rng.choice(kind.orgs[0]), rng.choice(kind.orgs[1])),
            role=rng.choice(kind.roles),
            item=rng.choice(kind.items),
            persons=(self._name("m"), self._name("m")),
            numbers=tuple(rng.randint(low, high) for low, high in kind.ranges),
            at=at.astimezone(ZoneInfo("Asia/Damascus")),
        )
        slots = {tongue: facts.slots(tongue) for tongue in LANGUAGES}
        return Event(f"s{number + 1:03d}" if story else None, kind, at, slots, place["id"])

    def _next_kind(self, language: str) -> grammar.Kind:
        while True:
            kind = self._kinds[0]
            self._kinds = (*self._kinds[1:], kind)
            if kind.name in grammar.patterns(language):
                return kind

    def _name(self, gender: str) -> dict[str, str]:
        index = next(i for i, name in enumerate(self._names) if name["gender"] == gender)
        name = self._names[index]
        self._names = (*self._names[:index], *self._names[index + 1 :], name)
        return name

    # --- reports

    def report(self, event: Event, *, outlet: str, language: str | None = None, order: int = 0) -> Article:
        """An article of its own words about `event`; `order` counts the reports of one event."""
        language = language or BY_ID[outlet].language
        draft: tuple[str, tuple[str, ...]] = ("", ())
        for _ in range(_TRIES):
            draft = self._draft(event, outlet=outlet, language=language, order=order)
            if self._seen.most_alike("\n".join(draft[1])) < MOST_ALIKE:
                break
        title, paragraphs = draft
        self._titles.add(title)
        self._seen.add("\n".join(paragraphs))
        slots = event.slots[language]
        text = " ".join(paragraphs)
        names = (str(slots[name]) for name in ("place", "v1", "v2"))
        return self._article(
            event,
            outlet=outlet,
            language=language,
            title=title,
            paragraphs=paragraphs,
            published=event.at + timedelta(minutes=35 + order * 47 + self._rng.randint(0, 40)),
            places=spoken_of(names, text),
        )

    def _draft(self, event: Event, *, outlet: str, language: str, order: int) -> tuple[str, tuple[str, ...]]:
        rng = self._rng
        own = grammar.patterns(language)[event.kind.name]
        shared = grammar.patterns(language)
        pool = shared.get(f"@{event.kind.mood}") or shared["@any"]
        slots = {**event.slots[language], **self._voices(language), "self": BY_ID[outlet].name}
        details = rng.sample(own.sentences, rng.randint(min(4, len(own.sentences)), min(7, len(own.sentences))))
        lead = own.leads[(order + rng.randrange(2)) % len(own.leads)]
        least = rng.randint(135, 250)
        chosen = [lead, *details]
        generic = list(rng.sample(pool.sentences, len(pool.sentences)))
        sentences = [grammar.say(pattern, slots, language=language, rng=rng) for pattern in chosen]
        while generic and sum(len(s.split()) for s in sentences) < least:
            made = grammar.say(generic.pop(), slots, language=language, rng=rng)
            sentences.insert(rng.randint(2, len(sentences)), made)
        return self._title(own.titles, slots, language), tuple(_paragraphs(sentences, rng))

    def _title(self, titles: tuple[str, ...], slots: dict[str, str | int], language: str) -> str:
        """A title that nobody used, if there is one."""
        made = [grammar.say(t, slots, language=language, rng=self._rng) for t in titles for _ in range(4)]
        return next((title for title in made if title not in self._titles), made[0])

    def _voices(self, language: str) -> dict[str, str]:
        """Witnesses of one report: each report finds its own."""
        jobs = {gender: [j for j in grammar.table("jobs.tsv") if j["gender"] == gender] for gender in "mf"}
        man, woman = self._name("m"), self._name("f")
        return {
            "p2": man[_script(language)],
            "p3": woman[_script(language)],
            "job": self._rng.choice(jobs["m"])[language],
            "job3": self._rng.choice(jobs["f"])[language],
        }

    def _article(
        self,
        event: Event,
        *,
        outlet: str,
        language: str,
        title: str,
        paragraphs: tuple[str, ...],
        published: datetime,
        places: tuple[str, ...],
        kind: str | None = None,
    ) -> Article:
        self._count += 1
        latest = self._now - timedelta(minutes=3)
        local = min(published, latest).astimezone(ZoneInfo(BY_ID[outlet].time_zone)).replace(second=0, microsecond=0)
        place = str(event.slots[language]["place"])
        credit = {"ar": self._rng.choice(("خاص", BY_ID[outlet].name, "متابعات"))}.get(language, BY_ID[outlet].name)
        return Article(
            key=f"a{self._count:04d}",
            outlet=outlet,
            language=language,
            kind=kind or event.kind.name,
            title=title,
            paragraphs=paragraphs,
            published=local,
            author=self._name(self._rng.choice("mf"))[_script(language)],
            dateline=f"{place} - {credit}",
            story=event.id,
            places=places,
            place=place,
        )

    # --- copies

    def copy(self, original: Article, *, outlet: str, manner: int) -> Article:
        """`original` as another outlet runs it: as it is, with another credit, cut at the end, or lightly edited."""
        source = BY_ID[original.outlet].name
        paragraphs = _MANNERS[manner % len(_MANNERS)](original.paragraphs, source, original.language)
        self._count += 1
        later = original.published + timedelta(minutes=self._rng.randint(6, 170))
        local = min(later, self._now - timedelta(minutes=2)).astimezone(ZoneInfo(BY_ID[outlet].time_zone))
        return replace(
            original,
            key=f"a{self._count:04d}",
            outlet=outlet,
            paragraphs=paragraphs,
            places=spoken_of(original.places, " ".join(paragraphs)),
            published=local.replace(second=0, microsecond=0),
            author=source,
            dateline=f"{original.place} - {source}",
            copy_of=original.key,
        )

    # --- bulletins

    def bulletin(self, *, outlet: str, number: int) -> Article:
        """A weather or price bulletin: one pattern, other numbers each time, never a copy."""
        event = self.event(story=False)
        make = _weather if number % 2 == 0 else _prices
        title, paragraphs, places = make(event, self._places, self._rng)
        return self._article(
            event,
            outlet=outlet,
            language="ar",
            title=title,
            paragraphs=paragraphs,
            published=self._now - timedelta(minutes=self._rng.randint(60, 60 * 60)),
            places=places,
            kind="bulletin",
        )


@dataclass(frozen=True, slots=True)
class _Facts:
    place: dict[str, str]
    orgs: tuple[str, str]
    role: tuple[str, ...]
    item: tuple[str, ...]
    persons: tuple[dict[str, str], dict[str, str]]
    numbers: tuple[int, ...]
    at: datetime

    def slots(self, language: str) -> dict[str, str | int]:
        column = LANGUAGES.index(language)
        near = [pair.split("=")[0 if language == "ar" else 1] for pair in self.place["near"].split("|")]
        province = _row("provinces.tsv", self.place["province"])
        return {
            "place": self.place[language],
            "prov": province[language],
            "v1": near[0],
            "v2": near[1],
            "o1": _row("orgs.tsv", self.orgs[0])[language],
            "o2": _row("orgs.tsv", self.orgs[1])[language],
            "role": self.role[column],
            "item": self.item[column],
            "p1": self.persons[0][_script(language)],
            "p4": self.persons[1][_script(language)],
            **{f"n{i}": n for i, n in enumerate(self.numbers, 1)},
            "day": DAYS[language][self.at.weekday()],
            "month": MONTHS[language][self.at.month - 1],
        }


def _row(table: str, key: str) -> dict[str, str]:
    return next(row for row in grammar.table(table) if row["id"] == key)


def _script(language: str) -> str:
    return {"ar": "ar", "tr": "tr"}.get(language, "en")


def _full_names() -> Iterator[dict[str, str]]:
    rows = grammar.table("people.tsv")
    families = [row for row in rows if row["part"] == "l"]
    for first in rows:
        for family in families if first["part"] != "l" else ():
            yield {
                "gender": first["part"],
                **{script: f"{first[script]} {family[script]}" for script in ("ar", "en", "tr")},
            }


def _shuffled(values: Iterable[T], rng: random.Random) -> tuple[T, ...]:
    listed = list(values)
    rng.shuffle(listed)
    return tuple(listed)


def _paragraphs(sentences: list[str], rng: random.Random) -> Iterator[str]:
    rest = list(sentences)
    yield rest.pop(0)
    while rest:
        take = rng.choice((1, 2, 2))
        yield " ".join(rest[:take])
        del rest[:take]


# --- how an outlet runs an agency text -------------------------------------------------------------------------------

_SOURCE_LINE = {"ar": "المصدر: {}", "en": "Source: {}", "fr": "Source : {}", "tr": "Kaynak: {}"}
_LEAD_IN = {"ar": "{} - ", "en": "({}) - ", "fr": "({}) - ", "tr": "({}) - "}


def _as_it_is(paragraphs: tuple[str, ...], source: str, language: str) -> tuple[str, ...]:
    return paragraphs


def _credited(paragraphs: tuple[str, ...], source: str, language: str) -> tuple[str, ...]:
    return (_LEAD_IN[language].format(source) + paragraphs[0], *paragraphs[1:], _SOURCE_LINE[language].format(source))


def _cut(paragraphs: tuple[str, ...], source: str, language: str) -> tuple[str, ...]:
    return paragraphs[: max(3, len(paragraphs) - 1)]


def _edited(paragraphs: tuple[str, ...], source: str, language: str) -> tuple[str, ...]:
    swaps = {
        "ar": (("مدينة ", "بلدة "), ("بحسب", "وفق"), ("وقال ", "وصرح "), ("منذ", "من")),
        "en": ((" said", " stated"),),
    }
    text = "\n".join(paragraphs)
    for old, new in swaps.get(language, ()):
        text = text.replace(old, new, 1)
    return tuple(text.split("\n"))


_MANNERS = (_as_it_is, _credited, _cut, _edited)


# --- bulletins -------------------------------------------------------------------------------------------------------

_SKIES = ("صحو", "غائم جزئيا", "ماطر", "مغبر", "ضبابي صباحا", "مشمس", "عاصف", "رعدي مساء")
_WINDS = ("غربية", "شمالية", "شرقية", "جنوبية غربية", "متقلبة", "شمالية غربية")
_GOODS = ("البندورة", "البطاطا", "الخيار", "الباذنجان", "البصل", "التفاح", "الليمون", "العدس", "الأرز", "السكر",
          "البرغل", "الفروج", "لحم الخروف", "البيض", "الحليب", "زيت الزيتون", "الشاي", "الجبن")  # fmt: skip


def _weather(
    event: Event, places: tuple[dict[str, str], ...], rng: random.Random
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    home = str(event.slots["ar"]["place"])
    others = [row["ar"] for row in rng.sample(places, 12) if row["ar"] != home]
    lines = []
    for name in (home, *others):
        high = rng.randint(14, 39)
        lines.append(
            f"{name}: {rng.choice(_SKIES)}، العظمى {high} والصغرى {high - rng.randint(6, 14)}، "
            f"رياح {rng.choice(_WINDS)} سرعتها {rng.randint(8, 62)}، رطوبة {rng.randint(14, 88)} في المئة."
        )
    title = f"حالة الطقس في {home} ومدن أخرى ليوم {event.slots['ar']['day']}"
    lead = f"في ما يأتي درجات الحرارة المتوقعة يوم {event.slots['ar']['day']} في {home} وعدد من المدن بحسب محطات الرصد."
    return title, (lead, *lines), (home, *others)


def _prices(
    event: Event, places: tuple[dict[str, str], ...], rng: random.Random
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    home = str(event.slots["ar"]["place"])
    lines = []
    for goods in rng.sample(_GOODS, 15):
        price = rng.randint(18, 960) * 100
        change = rng.choice(("بزيادة", "بانخفاض"))
        lines.append(
            f"{goods}: {price} ليرة للكيلوغرام، {change} {rng.randint(2, 45) * 50} ليرة عن {rng.choice(DAYS['ar'])}."
        )
    pairs = [" ".join(lines[i : i + 2]) for i in range(0, len(lines), 2)]
    dollar = rng.randint(9000, 15800)
    title = f"أسعار السلع والعملات في أسواق {home} اليوم {event.slots['ar']['day']}"
    lead = (
        f"سجل الدولار في {home} {dollar} ليرة للشراء و{dollar + rng.randint(40, 300)} للمبيع، "
        f"وغرام الذهب {rng.randint(700, 1400)} ألفا."
    )
    return title, (lead, *pairs), (home,)


# --- the whole -------------------------------------------------------------------------------------------------------


def write_all(*, seed: int, now: datetime, total: int) -> tuple[Article, ...]:
    """All articles of a newsroom: `total`, and two that appear only when it moves on. `now` must be aware."""
    desk = Desk(seed=seed, now=now)
    rng = random.Random(f"plan {seed}")
    shares = Shares(total)
    articles: list[Article] = []
    for index, size in enumerate(_sizes(shares, rng)):
        articles += _story(desk, rng, index=index, size=size, shares=shares)
    for index in range(shares.bulletins):
        articles.append(desk.bulletin(outlet=ARABIC[index % len(ARABIC)], number=index))
    for index in range(shares.singles):
        outlet = _single_outlet(index)
        event = desk.event(story=False, language=BY_ID[outlet].language)
        articles.append(desk.report(event, outlet=outlet))
    late = [desk.report(desk.event(story=False), outlet=outlet) for outlet in ("mizan", "shahba")]
    return (*articles, *(replace(a, late=True, published=a.published) for a in late))


def _single_outlet(index: int) -> str:
    foreign = tuple(FOREIGN.values())
    return foreign[index // 3 % len(foreign)] if index % 3 == 0 else ARABIC[index % len(ARABIC)]


def _sizes(shares: Shares, rng: random.Random) -> list[int]:
    """How many independent reports each story has: 2 to 6, together `shares.reports`."""
    sizes = [2] * shares.stories
    while sum(sizes) < shares.reports:
        open_ones = [i for i, size in enumerate(sizes) if size < (4 if i < shares.groups else 6)]
        sizes[rng.choice(open_ones)] += 1
    return sizes


def _story(desk: Desk, rng: random.Random, *, index: int, size: int, shares: Shares) -> list[Article]:
    """Reports of one event; the first `shares.groups` stories have an agency text that others copy."""
    english = index < shares.english
    event = desk.event(story=True, language="en" if english else "ar")
    if english:
        first = desk.report(event, outlet="khabur", language="en")
        found = [first, desk.copy(first, outlet="orontes", manner=1 + index)]
        return found + _reports(desk, rng, event, size - 1, taken=("khabur", "orontes"), start=1)
    if index >= shares.groups:
        return _reports(desk, rng, event, size, taken=(), start=0)
    first = desk.report(event, outlet="khabur")
    takers = rng.sample([o for o in ARABIC if o != "khabur"], _copies_of(index, shares))
    found = [first, *(desk.copy(first, outlet=o, manner=index + i) for i, o in enumerate(takers))]
    return found + _reports(desk, rng, event, size - 1, taken=("khabur", *takers), start=1)


def _copies_of(index: int, shares: Shares) -> int:
    """Copies of the group at `index`, so that all groups together give `shares.copies`."""
    groups, copies = shares.groups - shares.english, shares.copies - shares.english
    position = index - shares.english
    return copies // groups + (position < copies % groups)


def _reports(
    desk: Desk, rng: random.Random, event: Event, size: int, *, taken: tuple[str, ...], start: int
) -> list[Article]:
    able = [FOREIGN[language] for language in LANGUAGES[1:] if event.kind.name in grammar.patterns(language)]
    foreign = [o for o in able if o not in taken and rng.random() < 0.75]
    foreign = foreign[: max(1, size // 2)]
    native = rng.sample([o for o in ARABIC if o not in taken], len(ARABIC) - len(set(taken) & set(ARABIC)))
    chosen = [*foreign, *native][:size]
    return [desk.report(event, outlet=outlet, order=start + i) for i, outlet in enumerate(chosen)]
