"""Subscriptions: what users want to be told about, and who may follow what."""
