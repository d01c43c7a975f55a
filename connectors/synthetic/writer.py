"""What somebody writes in a scene: the words, and how they are typed."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from connectors.synthetic.catalogue import CITIES, PRODUCTS, SINGULAR_IN_S, City, Product
from connectors.synthetic.choices import Weighted
from connectors.synthetic.grammar import Grammar
from connectors.synthetic.languages import (
    INCIDENT_SENTIMENT_WEIGHTS,
    LANGUAGES,
    LOCAL_NAMES,
    SENTIMENT_WEIGHTS,
)
from connectors.synthetic.people import Locals, locals_of
from connectors.synthetic.schedule import Incident
from connectors.synthetic.style import styled
from connectors.synthetic.templates import INCIDENT_WEIGHTS, INTENT_WEIGHTS, MOODS, TEMPLATES
from connectors.synthetic.vocabulary import ISSUES, ISSUES_OF_KIND, PHRASES

GIVEN = ("product", "brand", "feature", "rival", "city", "rival_city", "agent", "street")
AGREEING = {
    False: {"is": "is", "was": "was", "works": "works", "does": "does"},
    True: {"is": "are", "was": "were", "works": "work", "does": "do"},
}
"""Verbs that agree with a feature, by whether it is a plural."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who posts about what, where and when; ``created_at`` null: now."""

    product: Product
    city: City
    platform: str
    channel: str
    language: str
    incident: Incident | None
    created_at: datetime | None


class Writer:
    """Writes texts; people and streets come with the seed."""

    def __init__(self, seed: int) -> None:
        given = (*GIVEN, *AGREEING[False])
        self._english = {
            (channel, kind): Grammar(
                {
                    **TEMPLATES,
                    **PHRASES,
                    "issue": (*issues, *ISSUES_OF_KIND.get((channel, kind), ())),
                },
                given,
            )
            for channel, issues in ISSUES.items()
            for kind in {product.kind for product in PRODUCTS}
        }
        self._foreign = {
            language: Grammar({**rules, "minutes": PHRASES["minutes"]}, given)
            for language, rules in LANGUAGES.items()
        }
        self._locals: dict[str, Locals] = {
            locale: locals_of(locale, seed)
            for locale in dict.fromkeys(city.locale for city in CITIES)
        }
        self._intents = {
            False: Weighted(INTENT_WEIGHTS.items()),
            True: Weighted(INCIDENT_WEIGHTS.items()),
        }
        self._sentiments = {
            False: Weighted(SENTIMENT_WEIGHTS.items()),
            True: Weighted(INCIDENT_SENTIMENT_WEIGHTS.items()),
        }

    def text(self, scene: Scene, random: Random) -> str:
        """What somebody posts in this scene."""
        product, city = scene.product, scene.city
        given = self._given(product, city, random)
        in_incident = scene.incident is not None
        if scene.language != "en":
            given["city"] = LOCAL_NAMES.get(city.name, city.name)
            sentiment = self._sentiments[in_incident].pick(random)
            return self._foreign[scene.language].expand(sentiment, given, random)
        intent = self._intents[in_incident].pick(random)
        text = self._english[scene.channel, product.kind].expand(intent, given, random)
        mood = MOODS.get(intent)
        tags: tuple[str, ...] = (product.name, product.brand, city.name)
        if mood not in {None, "happy", "amazed"}:
            tags = (*tags, "customerservice", "fail")
        return styled(text, mood=mood, tags=tags, random=random)

    def handle(self, city: City, random: Random) -> str:
        """The handle of somebody from a city."""
        return _one_of(self._locals[city.locale].handles, random)

    def _given(self, product: Product, city: City, random: Random) -> dict[str, str]:
        people = self._locals[city.locale]
        feature = _one_of(product.features, random)
        is_plural = feature.endswith("s") and feature not in SINGULAR_IN_S
        return {
            **AGREEING[is_plural],
            "product": product.name,
            "brand": product.brand,
            "feature": feature,
            "rival": _one_of(product.rivals, random),
            "city": city.name,
            "rival_city": CITIES[int(random.random() * len(CITIES))].name,
            "agent": _one_of(people.names, random),
            "street": _one_of(people.streets, random),
        }


def _one_of(values: tuple[str, ...], random: Random) -> str:
    return values[int(random.random() * len(values))]
