"""Names in English and French by the models of the extra `ner-eu`, as they are installed."""

from __future__ import annotations

import pytest

from rasid.enrich.extras.spacy_eu import SpacyEnricher
from rasid.enrich.registry import misfit
from rasid.testing import Doc, check_enricher

pytest.importorskip("spacy", reason="the extra ner-eu is not installed")
ENGLISH = Doc(
    1, "Angela Merkel met executives of Microsoft in Paris on Monday. The French president was there.",
    "Merkel in Paris", "en-GB",
)  # fmt: skip
FRENCH = Doc(2, "Emmanuel Macron a reçu à Paris les dirigeants de la Société générale.", "", "fr")


@pytest.fixture(scope="module")
def enricher() -> SpacyEnricher:
    return SpacyEnricher()


def test_names_of_people_places_and_organisations(enricher: SpacyEnricher) -> None:
    english, french = enricher.enrich([ENGLISH, FRENCH])
    assert {("Angela Merkel", "person"), ("Microsoft", "org"), ("Paris", "place"), ("French", "nationality")} <= {
        (one.name, one.kind) for one in english
    }
    assert any(one.in_title for one in english)
    assert ("Emmanuel Macron", "person") in {(one.name, one.kind) for one in french}


def test_it_keeps_the_contract_and_names_its_models(enricher: SpacyEnricher) -> None:
    assert misfit(enricher) is None
    assert enricher.languages == {"en", "fr"}
    assert enricher.version.startswith("1-en3.8")
    check_enricher(enricher, ENGLISH, FRENCH)
