"""The steps of the flows, one a module: their logic knows nothing of the engine."""
