"""Learns the weights by which stories are gathered, from labelled articles, and says what they are worth on others.

    python benchmarks/tune_stories.py DATA [--write] [--folds N]

DATA holds events-ecbplus, events-ar-ant, news-ar-ant and pairs-semeval2022 (public sets, read as they are published in
JSON lines). Every figure marked "held out" comes from weights that saw neither the events (the pairs) that it is
measured on nor, for English, their topics; ``--write`` puts the weights of all data into rasid/cluster/weights.py.
Deterministic: shuffles are seeded.
"""

from __future__ import annotations

import argparse
import email.utils
import json
import lzma
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from rasid.cluster import board, score
from rasid.cluster import weights as learned
from rasid.cluster.doc import STEMS_WIDE, Named, StoryDoc, make_doc
from rasid.cluster.meaning import alike, installed, vectors
from rasid.cluster.memory import Clusterer, Judge
from rasid.cluster.score import UNLIKE, Judged
from rasid.cluster.vectors import Shared
from rasid.enrich.annotate import Annotator
from rasid.newsroom.writing import write_all
from rasid.pipes import read_refs

_WEIGHTS = Path(__file__).parents[1] / "rasid" / "cluster" / "weights.py"
#: Strength of the pull towards zero, for features of about unit spread.
_RIDGE = 3.0
#: That of the likeness of two: few pairs, and features that say much the same. Held out, 30 to 100 serve alike.
_LIKE_RIDGE = 30.0
_ORDERS = 3
#: Characters of a text in which names are looked for.
_NAMED_TEXT = 4_000
#: Pairs of one event that count in full.
_EVENT_PAIRS = 60

WORDS = ("body_root", "lead", "lead_root", "title", "short", "numbers", "no_numbers")
APART = ("late", "same")
SPEAKING = tuple(f"{name}{end}" for name in ("speaker", "lead_speaker") for end in ("", "_other", "_one"))
CAPITALS = (*WORDS, "names", "names_root")
ENTITIES = (*WORDS, *APART, *SPEAKING, "refs", "refs_root", "heads", "heads_other", "heads_missed")
LIKE = ("body_root", "begins_root", "lead_body", "top", "top_ten", "top_few", "lengths", "numbers", "no_numbers")
MEANING = ("meaning", "meaning_square", "meaning_beyond")
BETWEEN = ("refs", "refs_root", "numbers", "no_numbers", "heads", "heads_other", "heads_missed", "late")
FREE = ("refs", "refs_root", "numbers", "no_numbers")

Features = dict[str, float]
Weights = dict[str, float]


# --- data ---------------------------------------------------------------------------------------------------------


@dataclass
class Item:
    """A labelled article. `block`: what must not be split between learning and judging (a topic, an event)."""

    title: str
    text: str
    language: str
    event: str
    block: str
    at: datetime | None = None
    source: str | None = None
    named: Named = field(default_factory=lambda: Named(()))


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def english(data: Path) -> list[Item]:
    """ECB+: the first sentence is the title where the page gave one."""
    found = []
    for doc in lines(data / "events-ecbplus" / "docs.jsonl.xz"):
        sentences = [_running(sentence) for sentence in doc["sentences"]]
        title = sentences[0] if doc["url"] else ""
        found.append(Item(title, "\n\n".join(sentences), "en", doc["event"], str(doc["topic"])))
    return found


def _running(tokens: str) -> str:
    """Treebank tokens as running text."""
    text = re.sub(r"\s+([.,;:!?%)\]])", r"\1", tokens.replace("`` ", "“").replace(" ''", "”"))
    return re.sub(r"\s+('s|n't|'re|'ve|'ll|'d|'m)\b", r"\1", re.sub(r"([(\[$])\s+", r"\1", text))


def arabic(data: Path) -> list[Item]:
    """Three days of Arabic news, in the order of the stream."""
    texts = {doc["id"]: doc for path in sorted((data / "news-ar-ant").glob("*.jsonl.xz")) for doc in lines(path)}
    found = []
    for line in (data / "events-ar-ant" / "labels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        key, event, *_ = line.split("\t")
        doc = texts[key]
        text = doc["text"] or doc["abstract"]
        found.append((key, Item(doc["title"], text, "ar", event, event, _time(doc["time"]), doc["source"])))
    found.sort(key=lambda pair: (pair[1].at.timestamp() if pair[1].at else 0.0, pair[0]))
    return [item for _, item in found]


def _time(written: str) -> datetime | None:
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(written)
        except (TypeError, ValueError):
            continue
        return at if at.tzinfo else None
    return None


# --- pairs of articles --------------------------------------------------------------------------------------------


@dataclass
class Pair:
    """Two articles that were compared. `same`: of one event. `weight`: how much they count in learning, up to 1."""

    left: int
    right: int
    found: Features
    same: bool
    weight: float = 1.0


def compared(items: Sequence[Item], order: Sequence[int]) -> list[Pair]:
    """Every pair that the clusterer compares when the articles come in this order, with its features."""
    pairs = []

    def judge(a: StoryDoc, b: StoryDoc, shared: Shared) -> Judged:
        left, right = int(a.id), int(b.id)
        found = score.features(a, b, shared=shared)
        if found is None:
            return Judged(UNLIKE)
        if a.names and b.names:
            found |= score.named(a.names, b.names, "names")
        if a.refs and b.refs:
            found |= score.named(a.refs, b.refs, "refs") | score.headed(a, b)
        pairs.append(Pair(left, right, found, items[left].event == items[right].event))
        return Judged(UNLIKE)

    run(items, order, judge)
    return evened(items, pairs)


def evened(items: Sequence[Item], pairs: list[Pair]) -> list[Pair]:
    """Let no event rule: one of twenty articles has two hundred pairs, and half of all that there is to learn from."""
    sizes = Counter(items[pair.left].event for pair in pairs if pair.same)
    for pair in pairs:
        largest = max(sizes[items[one].event] for one in (pair.left, pair.right))
        pair.weight = min(1.0, _EVENT_PAIRS / max(1, largest))
    return pairs


def run(items: Sequence[Item], order: Sequence[int], judge: Judge) -> list[Any]:
    """The story of each item, at the end of the stream."""
    clusterer = Clusterer(judge_pair=judge)
    for number in order:
        one = items[number]
        clusterer.add(number, one.title, one.text, one.language, one.at, one.named, one.source)
    stories = {int(number): story for number, story, _ in clusterer.finish()}
    return [stories[number] for number in range(len(items))]


# --- learning -----------------------------------------------------------------------------------------------------


def learn(pairs: Sequence[tuple[Features, float, float]], names: Sequence[str], *, ridge: float = _RIDGE) -> Weights:
    """Logistic regression by Newton's method over (features, target, weight); targets are 0 to 1, the bias is not
    pulled towards zero.
    """
    raw = np.array([[found.get(name, 0.0) for name in names] for found, _, _ in pairs])
    target, counts = (np.array([pair[column] for pair in pairs], dtype=float) for column in (1, 2))
    middle, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    table = np.c_[np.ones(len(raw)), (raw - middle) / spread]
    pull = np.diag([0.0] + [ridge] * len(names))
    beta = np.zeros(table.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(table @ beta, -30, 30)))
        slope = table.T @ (counts * (chance - target)) + pull @ beta
        curve = (table * (counts * chance * (1 - chance))[:, None]).T @ table + pull
        step = np.linalg.solve(curve + 1e-9 * np.eye(len(beta)), slope)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = beta[1:] / spread
    return {"bias": float(beta[0] - weights @ middle), **dict(zip(names, map(float, weights), strict=True))}


@dataclass
class Models:
    """The weight tables of `rasid.cluster.weights` that judge events."""

    words: Weights
    entities: Weights
    capitals: Weights

    def odds(self, found: Features) -> float:
        """The decision of `rasid.cluster.score.judge`, under these weights."""
        if "names" in found:
            return _bounded(score.weigh(found, self.capitals))
        return _bounded(score.weigh(found, self.entities if "refs" in found else self.words))


def _bounded(odds: float) -> float:
    return max(UNLIKE, min(score.SUREST, odds))


def models(english_pairs: Sequence[Pair], arabic_pairs: Sequence[Pair]) -> Models:
    words = learn(_targets(arabic_pairs), (*WORDS, *APART, *SPEAKING))
    entities = learn(_targets([pair for pair in arabic_pairs if "refs" in pair.found]), ENTITIES)
    capitals = learn(_targets([pair for pair in english_pairs if "names" in pair.found]), CAPITALS)
    # The English set has neither times nor outlets: what they weigh is taken from the Arabic one.
    return Models(words, entities, {**capitals, **{name: words[name] for name in APART}})


def _targets(pairs: Sequence[Pair]) -> list[tuple[Features, float, float]]:
    return [(pair.found, float(pair.same), pair.weight) for pair in pairs]


# --- judging ------------------------------------------------------------------------------------------------------


def folds(blocks: Sequence[str], count: int) -> dict[str, int]:
    names = sorted(set(blocks))
    random.Random(7).shuffle(names)
    return {name: number % count for number, name in enumerate(names)}


def held_out(
    items: Sequence[Item], pairs: Sequence[Pair], fit: Callable[[list[Pair]], Models], count: int
) -> dict[tuple[int, int], float]:
    """Log-odds of each pair under weights that saw no block of either article (the mean where two folds apply)."""
    fold = folds([item.block for item in items], count)
    where = [fold[item.block] for item in items]
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for number in range(count):
        model = fit([pair for pair in pairs if number not in (where[pair.left], where[pair.right])])
        for pair in pairs:
            if number in (where[pair.left], where[pair.right]):
                found[pair.left, pair.right].append(model.odds(pair.found))
    return {key: sum(odds) / len(odds) for key, odds in found.items()}


def b_cubed(gold: Sequence[str], found: Sequence[Any]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 (Bagga and Baldwin 1998)."""
    both = Counter(zip(gold, found, strict=True))
    golds, founds = Counter(gold), Counter(found)
    total = len(gold)
    precision = sum(n * n / founds[story] for (_, story), n in both.items()) / total
    recall = sum(n * n / golds[event] for (event, _), n in both.items()) / total
    return precision, recall, 2 * precision * recall / (precision + recall)


def tell(name: str, items: Sequence[Item], runs: Sequence[Sequence[Any]]) -> None:
    gold = [item.event for item in items]
    figures = [b_cubed(gold, found) for found in runs]
    mean = [sum(column) / len(column) for column in zip(*figures, strict=True)]
    worst = min(f1 for _, _, f1 in figures)
    twins = [
        (i, j) for i in range(len(items)) for j in range(i)
        if items[i].block == items[j].block and gold[i] != gold[j]
    ]  # fmt: skip
    joined = [sum(found[i] == found[j] for i, j in twins) / len(twins) for found in runs] if twins else [0.0]
    print(
        f"{name:34} B-cubed P {mean[0]:.3f} R {mean[1]:.3f} F1 {mean[2]:.4f} worst {worst:.4f} "
        f"twins joined {sum(joined) / len(joined):.3f} stories {len(set(runs[0]))}"
    )


def judged_by(table: dict[tuple[int, int], float]) -> Judge:
    return lambda a, b, _: Judged(table.get((int(a.id), int(b.id)), table.get((int(b.id), int(a.id)), UNLIKE)))


# --- between languages --------------------------------------------------------------------------------------------


@dataclass
class Between:
    """Two articles by what they share whatever their languages."""

    apart: bool
    found: Features
    same: bool
    shared: int


def between(items: Sequence[Item]) -> list[Between]:
    """Pairs within the window that have entities, or a known meaning, in common."""
    docs = [
        make_doc(n, one.title, one.text, language=one.language, named=one.named, at=one.at, source=one.source)
        for n, one in enumerate(items)
    ]
    known = vectors([(one.title, one.text) for one in items])
    meanings = None if known is None else np.array(known) @ np.array(known).T
    found = []
    for i, a in enumerate(docs):
        for j, b in enumerate(docs[:i]):
            shared = len((a.refs or {}).keys() & (b.refs or {}).keys())
            if shared and score.hours_apart(a, b) <= score.DEFAULT.window_hours:
                meaning = None if meanings is None else float(meanings[i, j])
                same = items[i].event == items[j].event
                found.append(Between(a.language != b.language, score.across_features(a, b, meaning), same, shared))
    return found


def between_weights(data: Sequence[Sequence[Between]], names: Sequence[str]) -> Weights:
    """Learned within languages, as if they were two: what counts hangs on neither. Each set counts the same."""
    largest = max(len(pairs) for pairs in data)
    least = score.DEFAULT.across_shared
    rows = [
        (pair.found, float(pair.same), len(pairs) / largest if len(pairs) < largest else 1.0)
        for pairs in data
        for pair in pairs
        if pair.shared >= least
    ]
    return learn(rows, names)


def newsroom(annotator: Annotator, seed: int) -> list[Item]:
    """The articles of a made newsroom, copies left out: nothing is learned from them."""
    made = write_all(seed=seed, now=datetime(2025, 3, 12, 9, tzinfo=UTC), total=400)
    items = []
    for one in made:
        if not one.copy_of:
            text = "\n\n".join(one.paragraphs)
            named = read_refs(annotator.read(text, title=one.title, language=one.language))
            event = one.story or one.key
            items.append(Item(one.title, text, one.language, event, event, one.published, one.outlet, named))
    return items


def tell_between(name: str, pairs: Sequence[Between], weights: Weights, least: int) -> None:
    """Of pairs in two languages: how many of those that are called one event are, and how many of those that are one
    are called so.
    """
    apart = [pair for pair in pairs if pair.apart]
    called = [pair for pair in apart if pair.shared >= least and score.weigh(pair.found, weights) >= board.DEFAULT.join]
    hits, every = sum(pair.same for pair in called), sum(pair.same for pair in apart)
    print(f"{name:34} P {hits / max(1, len(called)):.3f} R {hits / max(1, every):.3f} of {every} pairs")


# --- likeness -----------------------------------------------------------------------------------------------------


@dataclass
class Likened:
    """Two articles and how alike people found them: 0 (nothing in common) to 1 (the same)."""

    language: str
    found: Features
    value: float


def likened(data: Path, annotator: Annotator) -> list[Likened]:
    found = []
    for pair in lines(data / "pairs-semeval2022" / "pairs.jsonl.xz"):
        texts = [(pair[f"title_{n}"], pair[f"text_{n}"]) for n in (1, 2)]
        a, b = (_side(annotator, title, text, pair["lang"]) for title, text in texts)
        features = score.likeness_features(a, b) | score.free_features(a, b)
        meaning = alike(texts[0], texts[1])
        if meaning is not None:
            features |= score.meant(meaning)
        found.append(Likened(pair["lang"], features, (4 - float(pair["overall"])) / 3))
    return found


def _side(annotator: Annotator, title: str, text: str, language: str) -> StoryDoc:
    named = read_refs(annotator.read(text, title=title, language=language))
    return make_doc("", title, text, language=language, named=named, stems_limit=STEMS_WIDE)


def tell_likeness(name: str, pairs: Sequence[Likened], values: Sequence[float]) -> None:
    parts = []
    for language in sorted({pair.language for pair in pairs}):
        rows = [(v, p.value) for v, p in zip(values, pairs, strict=True) if p.language == language]
        r = float(np.corrcoef([v for v, _ in rows], [t for _, t in rows])[0, 1])
        clear = [(v, t) for v, t in rows if t >= 2 / 3 - 1e-9 or t <= 1 / 3 + 1e-9]
        hits = sum(v >= 0.5 and t > 0.5 for v, t in clear)
        f1 = 2 * hits / (sum(v >= 0.5 for v, _ in clear) + sum(t > 0.5 for _, t in clear))
        same, other = [v for v, t in clear if t > 0.5], [v for v, t in clear if t < 0.5]
        auc = float(np.mean([(s > o) + 0.5 * (s == o) for s in same for o in other]))
        parts.append((language, r, auc, f1))
    mean = [sum(part[n] for part in parts) / len(parts) for n in (1, 2, 3)]
    told = " ".join(f"{language} {r:.3f}" for language, r, _, _ in parts)
    print(f"{name:34} Pearson {mean[0]:.4f} ({told}) ROC area {mean[1]:.3f} F1 at 0.5 {mean[2]:.3f}")


def like_weights(pairs: Sequence[Likened], names: Sequence[str] = LIKE) -> Weights:
    """Each language counts the same, whatever number of its pairs there is."""
    sizes = Counter(pair.language for pair in pairs)
    least = min(sizes.values())
    rows = [(pair.found, pair.value, 2 * least / sizes[pair.language]) for pair in pairs]
    weights = learn(rows, names, ridge=_LIKE_RIDGE)
    # How likely two articles are on one story, among those that people found clearly one or not.
    clear = [pair for pair in pairs if abs(pair.value - 0.5) >= 1 / 6 - 1e-9]
    odds = [score.weigh(pair.found, weights) for pair in clear]
    counts = [least / sizes[pair.language] for pair in clear]
    clearly = [({"odds": one}, float(pair.value > 0.5), n) for one, pair, n in zip(odds, clear, counts, strict=True)]
    even = learn(clearly, ("odds",), ridge=0.01)
    least_odds = _worth([even["bias"] + even["odds"] * one for one in odds], counts)
    return {**weights, "bias": weights["bias"] + (even["bias"] - least_odds) / even["odds"]}


def _worth(odds: Sequence[float], counts: Sequence[float]) -> float:
    """Log-odds from which calling a pair "same" raises the F1 that is to be expected of all such calls.

    Of likelihoods, not of what people said of each pair: so it hangs on no single one.
    """
    chance, weight = np.array([score.probability(one) for one in odds]), np.array(counts)

    def expected(least: float) -> float:
        called = weight * (chance >= least)
        return float(2 * (called * chance).sum() / (called.sum() + (weight * chance).sum()))

    best = max((step / 100 for step in range(20, 60)), key=expected)
    return float(np.log(best / (1 - best)))


def held_out_likeness(pairs: Sequence[Likened], count: int, names: Sequence[str] = LIKE) -> list[float]:
    where = [number % count for number in range(len(pairs))]
    random.Random(7).shuffle(where)
    values = [0.0] * len(pairs)
    for fold in range(count):
        weights = like_weights([pair for pair, at in zip(pairs, where, strict=True) if at != fold], names)
        for number, pair in enumerate(pairs):
            if where[number] == fold:
                values[number] = score.probability(score.weigh(pair.found, weights))
    return values


# --- all of it ----------------------------------------------------------------------------------------------------


def write(tables: dict[str, Weights]) -> None:
    head = (
        '"""The learned numbers of the cluster stage: see `rasid.cluster.score` for what each feature is.\n\n'
        "Written by ``python benchmarks/tune_stories.py DATA --write`` and never by hand. `WORDS` and `ENTITIES`\n"
        "judge scripts without capitals, `CAPITALS` the others. `LIKE` is for the likeness of two articles, `ACROSS`\n"
        "(learned within languages) of two languages; `LIKE_MEANING` and `MEANING` are these with ``embed``.\n"
        "`BETWEEN` (learned within languages too) judges events between two, `BETWEEN_MEANING` with ``embed``.\n"
        '"""\n\nfrom __future__ import annotations\n'
    )
    parts = [head]
    for name, table in tables.items():
        inside = "".join(f'    "{feature}": {round(value, 3)},\n' for feature, value in table.items())
        parts.append(f"\n{name}: dict[str, float] = {{\n{inside}}}\n")
    _WEIGHTS.write_text("".join(parts), encoding="utf-8")


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("data", type=Path)
    made.add_argument("--folds", type=int, default=6)
    made.add_argument("--write", action="store_true", help="put the weights into rasid/cluster/weights.py")
    args = made.parse_args()
    annotator = Annotator()
    sets = {"English (ECB+)": english(args.data), "Arabic stream": arabic(args.data)}
    for items in sets.values():
        for item in items:
            text = item.text[:_NAMED_TEXT]
            item.named = read_refs(annotator.read(text, title=item.title, language=item.language))
    orders = {name: orders_of(name, items) for name, items in sets.items()}
    pairs = {name: [compared(items, order) for order in orders[name]] for name, items in sets.items()}
    en, ar = ([pair for one in pairs[name] for pair in one] for name in sets)
    fitted = models(pairs["English (ECB+)"][0], ar)
    for name, items in sets.items():
        mine = name.startswith("English")

        def fit(seen: list[Pair], *, mine: bool = mine) -> Models:
            return models(seen, ar) if mine else models(en, seen)

        held, full = [], []
        for order, found in zip(orders[name], pairs[name], strict=True):
            held.append(run(items, order, judged_by(held_out(items, found, fit, args.folds))))
            full.append(run(items, order, judged_by({(p.left, p.right): fitted.odds(p.found) for p in found})))
        tell(f"{name}, held out", items, held)
        tell(f"{name}, fitted", items, full)
    pairs_of_two = likened(args.data, annotator)
    tables = {"WORDS": fitted.words, "ENTITIES": fitted.entities, "CAPITALS": fitted.capitals}
    of_two = {"LIKE": LIKE, "LIKE_MEANING": (*LIKE, *MEANING), "ACROSS": FREE, "MEANING": (*FREE, *MEANING)}
    for name, names in of_two.items():
        if name.endswith("MEANING") and not installed():
            tables[name] = getattr(learned, name)  # the extra is not here: what was learned with it stays
            continue
        tables[name] = like_weights(pairs_of_two, names)
        values = [score.probability(score.weigh(p.found, tables[name])) for p in pairs_of_two]
        tell_likeness(f"{name}, held out", pairs_of_two, held_out_likeness(pairs_of_two, 10, names))
        tell_likeness(f"{name}, fitted", pairs_of_two, values)
    tables |= _between(annotator, list(sets.values()))
    if args.write:
        write(tables)
    else:
        print(json.dumps({name: {k: round(v, 3) for k, v in table.items()} for name, table in tables.items()}))


def lift(pairs: Sequence[Between]) -> float:
    """By how much less alike the model finds two reports of one event for their being in two languages."""
    known = [(pair.apart, pair.found["meaning"]) for pair in pairs if pair.same and "meaning" in pair.found]
    one, two = ([value for apart, value in known if apart == side] for side in (False, True))
    return sum(one) / len(one) - sum(two) / len(two) if one and two else 0.0


def _between(annotator: Annotator, sets: Sequence[Sequence[Item]]) -> dict[str, Weights]:
    """The newsrooms of which the lift is learned are not those that are judged by."""
    learned.BETWEEN_MEANING.pop("lift", None)
    data = [between(items) for items in sets]
    lifted = lift([pair for seed in (4, 5, 6) for pair in between(newsroom(annotator, seed))])
    learned.BETWEEN_MEANING["lift"] = lifted
    rooms = [pair for seed in (1, 2, 3) for pair in between(newsroom(annotator, seed))]
    tables = {}
    for name, names, least in (("BETWEEN", BETWEEN, score.DEFAULT.across_shared),
                               ("BETWEEN_MEANING", (*BETWEEN, "meaning", "meaning_square"), 0)):  # fmt: skip
        known = name == "BETWEEN" or installed()
        tables[name] = between_weights(data, names) if known else getattr(learned, name)
        if known and name != "BETWEEN":
            tables[name]["lift"] = lifted
        if known:
            tell_between(f"{name}, newsroom", rooms, tables[name], least)
    return tables


def orders_of(name: str, items: Sequence[Item]) -> list[list[int]]:
    """The stream's own order; three shuffled ones where there is none."""
    if any(item.at for item in items):
        return [list(range(len(items)))]
    found = []
    for seed in range(_ORDERS):
        order = list(range(len(items)))
        random.Random(seed).shuffle(order)
        found.append(order)
    return found


if __name__ == "__main__":
    main()
