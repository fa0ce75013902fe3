"""The server itself: its version and whether it is well."""
