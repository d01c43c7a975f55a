"""The fictitious world that synthetic posts are about: products, touchpoints, platforms, cities."""

from dataclasses import dataclass

Weights = dict[str, float]
SINGULAR_IN_S = frozenset({"bass", "contactless"})


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A product: what people talk about in it, whom they leave for, where they meet it.

    ``kind`` is device, network, food or bank.
    """

    name: str
    brand: str
    kind: str
    weight: float
    features: tuple[str, ...]
    rivals: tuple[str, ...]
    channels: Weights


@dataclass(frozen=True, slots=True)
class City:
    """A city: ``locale`` names its people and streets, ``local_share`` is posts not in English."""

    name: str
    country: str
    zone: str
    locale: str
    language: str
    local_share: float
    weight: float


PRODUCTS = (
    Product(
        "Velmora One",
        "Velmora",
        "device",
        1.5,
        ("camera", "battery", "screen", "fingerprint sensor", "night mode", "speaker", "charger"),
        ("Orbix", "Tannox"),
        {"store": 4, "app": 2, "web": 3, "phone": 2, "chat": 2, "delivery": 3},
    ),
    Product(
        "Velmora Buds",
        "Velmora",
        "device",
        1.0,
        ("noise cancelling", "charging case", "left earbud", "microphone", "pairing", "bass"),
        ("Orbix", "Sonquil"),
        {"store": 3, "app": 3, "web": 3, "chat": 2, "delivery": 3},
    ),
    Product(
        "Kestova Fibre",
        "Kestova",
        "network",
        1.4,
        ("router", "upload speed", "installation", "wifi", "latency", "static IP", "monthly bill"),
        ("Netweave", "Lumiq"),
        {"phone": 5, "chat": 3, "app": 2, "web": 2, "store": 1},
    ),
    Product(
        "Kestova Mobile",
        "Kestova",
        "network",
        1.3,
        ("coverage", "roaming", "data plan", "eSIM", "5G", "voicemail", "family plan"),
        ("Netweave", "Callio"),
        {"phone": 4, "app": 4, "store": 3, "chat": 2, "web": 2},
    ),
    Product(
        "Pantrio Fresh",
        "Pantrio",
        "food",
        1.3,
        ("delivery slot", "substitutions", "fruit", "search", "basket", "loyalty points", "bakery"),
        ("Grovely", "Cartwise"),
        {"delivery": 6, "app": 4, "web": 2, "chat": 2, "store": 2},
    ),
    Product(
        "Pantrio Box",
        "Pantrio",
        "food",
        0.8,
        ("recipes", "portions", "packaging", "vegan menu", "pause button", "ice packs"),
        ("Grovely", "Platefold"),
        {"delivery": 6, "app": 2, "web": 3, "chat": 2},
    ),
    Product(
        "Finlark Pay",
        "Finlark",
        "bank",
        1.4,
        ("transfers", "login", "notifications", "savings pots", "exchange rate", "face unlock"),
        ("Pennywell", "Coinbrook"),
        {"app": 8, "chat": 3, "phone": 3, "web": 2},
    ),
    Product(
        "Finlark Card",
        "Finlark",
        "bank",
        1.0,
        ("cashback", "contactless", "travel insurance", "credit limit", "annual fee", "PIN"),
        ("Pennywell", "Arvane"),
        {"phone": 4, "app": 4, "web": 2, "store": 2, "delivery": 1},
    ),
)

PLATFORMS: Weights = {"twitter": 6, "reddit": 2.5, "instagram": 1.5}

CITIES = (
    City("London", "United Kingdom", "Europe/London", "en_GB", "en", 0, 2.4),
    City("Manchester", "United Kingdom", "Europe/London", "en_GB", "en", 0, 1.2),
    City("Dublin", "Ireland", "Europe/Dublin", "en_IE", "en", 0, 1.0),
    City("New York", "United States", "America/New_York", "en_US", "en", 0, 2.4),
    City("Chicago", "United States", "America/Chicago", "en_US", "en", 0, 1.4),
    City("Los Angeles", "United States", "America/Los_Angeles", "en_US", "en", 0, 1.6),
    City("Austin", "United States", "America/Chicago", "en_US", "en", 0, 0.9),
    City("Toronto", "Canada", "America/Toronto", "en_CA", "en", 0, 1.4),
    City("Sydney", "Australia", "Australia/Sydney", "en_AU", "en", 0, 1.3),
    City("Mumbai", "India", "Asia/Kolkata", "en_IN", "en", 0, 1.2),
    City("Berlin", "Germany", "Europe/Berlin", "de_DE", "de", 0.5, 1.3),
    City("Hamburg", "Germany", "Europe/Berlin", "de_DE", "de", 0.6, 0.6),
    City("Vienna", "Austria", "Europe/Vienna", "de_AT", "de", 0.5, 0.6),
    City("Paris", "France", "Europe/Paris", "fr_FR", "fr", 0.55, 1.2),
    City("Madrid", "Spain", "Europe/Madrid", "es_ES", "es", 0.55, 1.0),
    City("Mexico City", "Mexico", "America/Mexico_City", "es_MX", "es", 0.6, 0.8),
    City("Lisbon", "Portugal", "Europe/Lisbon", "pt_PT", "pt", 0.45, 0.5),
    City("São Paulo", "Brazil", "America/Sao_Paulo", "pt_BR", "pt", 0.6, 0.8),
    City("Milan", "Italy", "Europe/Rome", "it_IT", "it", 0.5, 0.6),
    City("Amsterdam", "Netherlands", "Europe/Amsterdam", "nl_NL", "nl", 0.35, 0.6),
    City("Warsaw", "Poland", "Europe/Warsaw", "pl_PL", "pl", 0.5, 0.5),
)
