"""Provenance: activities, and which versions they generated."""
