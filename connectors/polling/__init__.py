"""What connectors that ask a platform again and again share.

A connector is a set of tasks (:mod:`connectors.polling.task`). The poller gives each its turn
within the platform's limits, one request at a time; what a request brought and where to go on are
written in one Kafka transaction.
"""
