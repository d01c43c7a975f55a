"""Where posts come from: each connector is a source, and one loop takes its posts to Kafka."""
