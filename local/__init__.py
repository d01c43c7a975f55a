"""The whole platform on this machine: servers are fetched, started, checked and stopped here."""
