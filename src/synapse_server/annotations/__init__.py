"""Annotations: their limits, and their three forms on the wire."""
