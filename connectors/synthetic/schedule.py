"""When things happen: the rhythm of a day, and now and then an incident.

Simulated times follow the local hour of each city: few posts at night, most in the evening. An
incident is a bad release of one product in one city; for some minutes most posts are about it.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from connectors.synthetic.catalogue import CITIES, PRODUCTS, City, Product
from connectors.synthetic.choices import Weighted

HOURLY = (
    *(3, 2, 1, 1, 1, 2, 4, 7, 9, 8, 8, 9),
    *(11, 10, 9, 9, 10, 12, 14, 15, 14, 12, 9, 5),
)
"""Posts of a city by its local hour, in relation to each other."""
INCIDENT_GAP_MINUTES = (60.0, 300.0)
LIVE_INCIDENT_GAP_MINUTES = (3.0, 9.0)
INCIDENT_MINUTES = (4.0, 12.0)
LIVE_INCIDENT_MINUTES = (1.0, 3.0)
SURGE = 4.0
"""Posts during an incident, as a multiple of what the hour has without one."""
LIVE_INCIDENT_SHARE = 0.45
"""Share of an incident's posts where the rate is fixed."""
UNPACED_RATE = 50.0
"""Messages a second that incidents are laid out for where no rate is given."""
SLOT_SECONDS = 60.0
LONGEST_SPAN = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Incident:
    """A bad release: from ``begin`` to ``end`` seconds after the start."""

    begin: float
    end: float
    product: Product
    city: City


@dataclass(frozen=True, slots=True)
class Moment:
    """When a message is created (null: now), what else is the matter, and who is awake."""

    created_at: datetime | None
    incident: Incident | None
    cities: Weighted[City]


class Incidents:
    """Incidents one after the other, without end, the same for the same seed."""

    def __init__(self, seed: int, gap: tuple[float, float], length: tuple[float, float]) -> None:
        """:param gap, length: in minutes, from and to."""
        self._seed = seed
        self._gap = gap
        self._length = length
        self._random = Random(f"{seed}:incidents")
        self._known: list[Incident] = []
        self._begins: list[float] = []

    def at(self, seconds: float) -> Incident | None:
        """The incident at a time after the start."""
        while not self._known or self._known[-1].end <= seconds:
            self._add()
        index = bisect_right(self._begins, seconds) - 1
        incident = self._known[index] if index >= 0 else None
        return incident if incident and incident.end > seconds else None

    def _add(self) -> None:
        random = self._random
        begin = self._known[-1].end if self._known else 0.0
        begin += 60 * random.uniform(*self._gap)
        incident = Incident(
            begin=begin,
            end=begin + 60 * random.uniform(*self._length),
            product=random.choice(PRODUCTS),
            city=random.choice(CITIES),
        )
        self._known.append(incident)
        self._begins.append(begin)


class LiveSchedule:
    """Messages are created when they are sent; incidents are laid out by their number."""

    def __init__(self, seed: int, rate: float | None) -> None:
        self._interval = 1 / (rate or UNPACED_RATE)
        self._incidents = Incidents(seed, LIVE_INCIDENT_GAP_MINUTES, LIVE_INCIDENT_MINUTES)
        self._cities = Weighted((city, city.weight) for city in CITIES)

    def moment(self, index: int, random: Random) -> Moment:
        """What is the matter at a message."""
        incident = self._incidents.at(index * self._interval)
        if incident and random.random() >= LIVE_INCIDENT_SHARE:
            incident = None
        return Moment(None, incident, self._cities)


class SimulatedSchedule:
    """``count`` times over a span, in order, dense where people are awake or something is wrong."""

    def __init__(self, seed: int, start: datetime, span: timedelta, count: int) -> None:
        self._start = start
        self._count = count
        self._seconds = span.total_seconds()
        self._incidents = Incidents(seed, INCIDENT_GAP_MINUTES, INCIDENT_MINUTES)
        self._zones = {city.zone: ZoneInfo(city.zone) for city in CITIES}
        self._cities: dict[datetime, Weighted[City]] = {}
        slots = max(1, round(self._seconds / SLOT_SECONDS))
        self._slot_seconds = self._seconds / slots
        weights = (self._weight((slot + 0.5) * self._slot_seconds) for slot in range(slots))
        self._sums = [0.0, *accumulate(weights)]

    def moment(self, index: int, random: Random) -> Moment:
        """The time of a message, later than that of the one before."""
        share = (index + random.random()) / self._count * self._sums[-1]
        slot = min(bisect_right(self._sums, share), len(self._sums) - 1) - 1
        within = (share - self._sums[slot]) / (self._sums[slot + 1] - self._sums[slot])
        seconds = (slot + within) * self._slot_seconds
        incident = self._incidents.at((slot + 0.5) * self._slot_seconds)
        if incident and random.random() >= 1 - 1 / SURGE:
            incident = None
        # Microseconds rounded down stay inside the span.
        created_at = self._start + timedelta(microseconds=int(seconds * 1e6))
        return Moment(created_at, incident, self._awake(created_at))

    def _weight(self, seconds: float) -> float:
        surge = SURGE if self._incidents.at(seconds) else 1.0
        return surge * self._awake(self._start + timedelta(seconds=seconds)).total

    def _awake(self, at: datetime) -> Weighted[City]:
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if hour not in self._cities:
            self._cities[hour] = Weighted(
                (city, city.weight * HOURLY[hour.astimezone(self._zones[city.zone]).hour])
                for city in CITIES
            )
        return self._cities[hour]
