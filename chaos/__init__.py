"""Breaks the platform under load on real servers, and counts what that did to its messages."""
