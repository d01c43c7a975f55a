"""What a flow does before it is built: settings, logging, and that Kafka is ready."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.errors import one_line_errors
from contracts.settings import Settings, load
from stores.kafka import require_topics


@contextmanager
def starting() -> Iterator[Settings]:
    """The environment's settings, after Kafka has answered and has the topics.

    What the user can mend ends the process with one line and exit code 2.
    """
    log_to_stderr()
    with one_line_errors():
        settings = load()
        require_topics(settings.kafka)
        yield settings


def log_to_stderr() -> None:
    """Each line with its time; where logging is set up already, it is left as it is."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
