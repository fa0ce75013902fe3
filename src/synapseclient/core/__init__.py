"""What the client stands on: sending, errors, settings, the cache."""
