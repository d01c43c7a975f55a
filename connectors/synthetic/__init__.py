"""Synthetic posts: a fictitious world, a grammar to talk about it, and a schedule of its days."""

from connectors.synthetic.generator import DEFAULT_COUNT, SyntheticOptions, SyntheticSource

__all__ = ["DEFAULT_COUNT", "SyntheticOptions", "SyntheticSource"]
