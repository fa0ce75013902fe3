"""Proving who one is: passwords, access tokens, request signatures, registration, terms."""
