"""Which enrichers there are and in which order they go; those of other packages come by entry points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rasid.enrich import registry
from rasid.enrich.builtin import BUILT_IN, GazetteerEnricher
from rasid.enrich.interface import Doc, Enricher
from rasid.errors import UsageError
from rasid.settings import Settings

GOOD = """
from rasid.enrich.interface import Annotation

class Tagger:
    name = "my-tagger"
    version = "1.0"
    languages = frozenset({"ar"})
    needs = frozenset({"entity"})
    provides = frozenset({"topic"})
    cost = 1.0

    def enrich(self, batch):
        return [[Annotation("topic", text="war")] for _ in batch]
"""
Package = Callable[[str, str, str], None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Installs a package with one module and one entry point of the group, as pip does."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(name: str, code: str, target: str) -> None:
        module = f"tagger_{len(made)}_{tmp_path.name.replace('-', '_')}"
        made.append(module)
        (tmp_path / f"{module}.py").write_text(code, "utf-8")
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {module}:{target}\n", "utf-8")

    yield make
    for module in made:
        sys.modules.pop(module, None)


@pytest.fixture
def context(compiled_folder: Path, tmp_path: Path) -> Any:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").symlink_to(compiled_folder)
    return SimpleNamespace(settings=Settings(home=tmp_path / "home"))


def test_a_setting_names_them_and_leaves_some_out() -> None:
    assert registry.wanted("builtin") == list(BUILT_IN)
    assert registry.wanted(" builtin , my-tagger,my-tagger") == [*BUILT_IN, "my-tagger"]
    assert registry.wanted("builtin,-rasid-gazetteer,x") == [name for name in BUILT_IN if name != "rasid-gazetteer"] + [
        "x"
    ]
    assert registry.wanted("") == []


def test_installed_is_not_wanted(package: Package, context: Any) -> None:
    package("my-tagger", GOOD, "Tagger")
    choice = registry.choose(context, registry.wanted("builtin"))
    assert {one.name for one in choice.enrichers} == set(BUILT_IN)
    both = registry.choose(context, registry.wanted("builtin,my-tagger"))
    assert "my-tagger" in {one.name for one in both.enrichers}
    assert both.left_out == {}


@pytest.mark.parametrize(
    ("code", "target", "why"),
    [
        ("import no_such_module", "Tagger", "No module named"),
        ("def", "Tagger", "SyntaxError"),
        ("", "Tagger", "has no attribute"),
        ("raise SystemExit(3)", "Tagger", "SystemExit"),
        ("def Tagger(): raise RuntimeError('no model')", "Tagger", "no model"),
        ("class Tagger: pass", "Tagger", "it has no name, version"),
        (GOOD.replace('"my-tagger"', '"another"'), "Tagger", "calls itself 'another'"),
        (GOOD.replace('"1.0"', '"1@0"'), "Tagger", "version '1@0'"),
        (GOOD.replace('frozenset({"topic"})', '"topic"'), "Tagger", "set of strings as provides"),
        (GOOD.replace('frozenset({"topic"})', "frozenset()"), "Tagger", "provides nothing"),
        (GOOD.replace("cost = 1.0", "cost = None"), "Tagger", "no number as cost"),
        (GOOD.replace('{"entity"}', '{"smell"}'), "Tagger", "needs smell"),
    ],
)
def test_a_broken_one_is_named_and_left_out(package: Package, context: Any, code: str, target: str, why: str) -> None:
    package("my-tagger", code, target)
    choice = registry.choose(context, ["rasid-gazetteer", "my-tagger"])
    assert [one.name for one in choice.enrichers] == ["rasid-gazetteer"]
    assert why in choice.left_out["my-tagger"]


def test_one_that_is_not_installed_or_takes_our_name_is_left_out(package: Package, context: Any) -> None:
    package("rasid-quotes-2", GOOD, "Tagger")
    choice = registry.choose(context, ["nobody", "rasid-quotes-2", "rasid-gazetteer"])
    assert [one.name for one in choice.enrichers] == ["rasid-gazetteer"]
    assert set(choice.left_out) == {"nobody", "rasid-quotes-2"}


def test_an_unknown_name_is_told_with_the_nearest(package: Package) -> None:
    package("my-tagger", GOOD, "Tagger")
    assert registry.known(["my-tagger", "rasid-gazetteer"]) == ["my-tagger", "rasid-gazetteer"]
    with pytest.raises(UsageError, match="did you mean 'my-tagger'"):
        registry.known(["mytagger"])


def one(name: str, *, needs: str = "", gives: str = "", cost: float = 1.0, languages: str = "") -> Enricher:
    parts = (frozenset(part.split()) for part in (needs, gives, languages))
    made: Any = SimpleNamespace(name=name, version="1", cost=cost, enrich=lambda batch: [])
    made.needs, made.provides, made.languages = parts
    checked: Enricher = made
    return checked


def names_of(*enrichers: Enricher) -> list[str]:
    return [each.name for each in registry.in_order(enrichers)[0]]


def test_they_go_by_need_then_by_cost() -> None:
    tell, cheap, dear = (
        one("tell", gives="language", cost=9),
        one("cheap", gives="topic"),
        one("dear", gives="x", cost=99),
    )
    after = one("after", needs="x", gives="y", cost=0)
    reads = one("reads", gives="z", cost=0, languages="ar")
    assert names_of(after, dear, reads, cheap, tell) == ["cheap", "tell", "reads", "dear", "after"]


def test_what_nobody_gives_leaves_out_all_that_hang_on_it() -> None:
    ordered, left_out = registry.in_order(
        [one("a", needs="x", gives="y"), one("b", needs="y", gives="z"), one("c", gives="z")]
    )
    assert [each.name for each in ordered] == ["c"]
    assert left_out.keys() == {"a", "b"}


def test_two_that_refine_the_same_do_not_wait_for_each_other() -> None:
    first = one("first", gives="entity", cost=50)
    refiners = one("r1", needs="entity", gives="entity", cost=2), one("r2", needs="entity", gives="entity", cost=1)
    assert names_of(*refiners, first) == ["first", "r2", "r1"]
    assert registry.in_order(refiners)[1].keys() == {"r1", "r2"}


def test_the_gazetteer_gives_what_the_stage_gave(annotator: Any) -> None:
    enricher = GazetteerEnricher(lambda: annotator)
    assert registry.misfit(enricher) is None
    text = "قال وزير الخارجية فيصل المقداد إن الوفد زار مدينة القامشلي يوم 3 آذار 2021."
    (said,) = enricher.enrich([Doc(1, text, "زيارة إلى القامشلي", "ar", "SY")])
    made = annotator.annotate(text, title="زيارة إلى القامشلي", language="ar", country="SY")
    assert {one.what for one in said} == enricher.provides
    assert [one.text for one in said if one.what == "keyword"] == [one.text for one in made.keywords]
    assert sum(one.what == "entity" for one in said) == len(made.entities)
    assert sum(one.what == "place" for one in said) == len(made.places)
