"""Kafka, Valkey and Elasticsearch on this machine: fetched, started, asked for health, stopped."""
