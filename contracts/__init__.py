"""What all parts agree on: messages, aggregates, topics, settings, errors, the JSON codec."""
