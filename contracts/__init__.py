"""What all parts agree on: messages, aggregates, topics, settings, errors and the one JSON codec."""
