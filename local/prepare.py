"""``python -m local.prepare``: have Kafka ready to start in a second."""

from contracts.errors import one_line_errors
from local.servers.kafka import kafka_image

if __name__ == "__main__":
    with one_line_errors():
        kafka_image(lambda sentence: print(f"setup: {sentence}", flush=True))
