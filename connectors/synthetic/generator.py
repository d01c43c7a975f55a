"""Synthetic posts: every one a function of the seed and its number, so that any run repeats."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from random import Random

from connectors.source import Position, Post
from connectors.synthetic.catalogue import PLATFORMS, PRODUCTS
from connectors.synthetic.choices import Weighted
from connectors.synthetic.schedule import LONGEST_SPAN, LiveSchedule, SimulatedSchedule
from connectors.synthetic.writer import Scene, Writer
from contracts.errors import InputError
from contracts.messages import Message

DEFAULT_COUNT = 20_000
SOURCE = "synthetic"
AUTHORS = 6_000
REPOST_SHARE = 0.06
REPOST_REACH = 400
"""How many messages back a repost goes at most."""
URL_SHARE = 0.12
UNPLACED_SHARE = 0.06
UNNAMED_PRODUCT_SHARE = 0.04
NO_LANGUAGE_SHARE = 0.05
SEED_STRIDE = 1_000_003


@dataclass(frozen=True, kw_only=True)
class SyntheticOptions:
    """What is generated.

    :param count: messages; 0: without end.
    :param seed: null: one of its own, so that ids are new.
    :param start: first simulated time; null: messages are created when they are sent.
    :param span: what simulated times spread over.
    :param rate: messages a second that incidents are laid out for.
    """

    count: int = DEFAULT_COUNT
    seed: int | None = None
    start: datetime | None = None
    span: timedelta = timedelta(hours=24)
    rate: float | None = None


class SyntheticSource:
    """Posts about fictitious products; the position is the number of the next one."""

    name = SOURCE

    def __init__(self, options: SyntheticOptions) -> None:
        """:raises InputError: simulated times without end, or over too long a span."""
        if options.start and not options.count:
            raise InputError(
                "--start with --count 0: endless messages have no span of time",
                "give a --count, or leave --start out",
            )
        if options.start and options.span > LONGEST_SPAN:
            raise InputError(
                f"--span of {options.span.days} days is too long",
                f"at most {LONGEST_SPAN.days} days are simulated",
            )
        self.start: int = 0
        self._count = options.count
        self._seed = secrets.randbits(32) if options.seed is None else options.seed
        self._schedule = (
            SimulatedSchedule(self._seed, options.start, options.span, options.count)
            if options.start
            else LiveSchedule(self._seed, options.rate)
        )
        self._writer = Writer(self._seed)
        self._products = Weighted((product, product.weight) for product in PRODUCTS)
        self._platforms = Weighted(PLATFORMS.items())
        self._channels = {p.name: Weighted(p.channels.items()) for p in PRODUCTS}
        self._authors = [
            blake2b(f"{SOURCE}:{self._seed}:{number}".encode(), digest_size=16).hexdigest()
            for number in range(AUTHORS)
        ]

    def __iter__(self) -> Iterator[Post]:
        """Messages from number :attr:`start` on."""
        index = self.start
        while not self._count or index < self._count:
            yield Post(self.message(index), index + 1)
            index += 1

    def acknowledge(self, position: Position) -> None:
        """Nothing is kept: the same seed makes the same messages again."""

    def counts(self) -> dict[str, int]:
        """Nothing else is counted."""
        return {}

    def message(self, index: int) -> Message:
        """The message with this number; the same whenever and in whatever order it is asked for."""
        random = Random(self._seed * SEED_STRIDE + index)
        scene = self._scene(index, random)
        text = self._writer.text(scene, random)
        author = self._authors[int(random.random() ** 2 * AUTHORS)]
        placed = random.random() >= UNPLACED_SHARE
        named = random.random() >= UNNAMED_PRODUCT_SHARE
        told = random.random() >= NO_LANGUAGE_SHARE
        url = None
        if random.random() < URL_SHARE:
            url = f"https://{scene.platform}.example/p/{random.getrandbits(40):x}"
        if index and scene.incident is None and random.random() < REPOST_SHARE:
            scene, text = self._repost(index, scene, random)
        return Message(
            message_id=f"{SOURCE}:{self._seed}-{index}",
            source=SOURCE,
            platform=scene.platform,
            text=text,
            created_at=scene.created_at or datetime.now(UTC),
            author_id=author,
            language=scene.language if told else None,
            city=scene.city.name if placed else None,
            country=scene.city.country if placed else None,
            product=scene.product.name if named else None,
            channel=scene.channel if named else None,
            url=url,
        )

    def _scene(self, index: int, random: Random) -> Scene:
        moment = self._schedule.moment(index, random)
        incident = moment.incident
        city = incident.city if incident else moment.cities.pick(random)
        product = incident.product if incident else self._products.pick(random)
        is_local = random.random() < city.local_share
        return Scene(
            product=product,
            city=city,
            platform=self._platforms.pick(random),
            channel=self._channels[product.name].pick(random),
            language=city.language if is_local else "en",
            incident=incident,
            created_at=moment.created_at,
        )

    def _repost(self, index: int, scene: Scene, random: Random) -> tuple[Scene, str]:
        """An earlier message's scene and text, told again at this message's time."""
        number = index - 1 - int(random.random() * min(index, REPOST_REACH))
        again = Random(self._seed * SEED_STRIDE + number)
        original = self._scene(number, again)
        text = self._writer.text(original, again)
        handle = self._writer.handle(original.city, random)
        reposted = Scene(
            product=original.product,
            city=scene.city,
            platform="twitter",
            channel=original.channel,
            language=original.language,
            incident=None,
            created_at=scene.created_at,
        )
        return reposted, f"RT @{handle}: {text}"
