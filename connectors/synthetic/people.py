"""Names, handles and streets of a country, from Faker."""

from dataclasses import dataclass

from faker import Faker

PEOPLE = 60
STREETS = 40


@dataclass(frozen=True, slots=True)
class Locals:
    """Who lives in a city and where: first names, handles, streets."""

    names: tuple[str, ...]
    handles: tuple[str, ...]
    streets: tuple[str, ...]


def locals_of(locale: str, seed: int) -> Locals:
    """The same for the same locale, seed and Faker version."""
    faker = Faker(locale)
    faker.seed_instance(f"{seed}:{locale}")
    return Locals(
        names=tuple(faker.first_name() for _ in range(PEOPLE)),
        handles=tuple(faker.user_name() for _ in range(PEOPLE)),
        streets=tuple(faker.street_name() for _ in range(STREETS)),
    )
