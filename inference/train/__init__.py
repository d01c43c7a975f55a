"""Making the fast model; the only place that needs the ``train`` extra."""
