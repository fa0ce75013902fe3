"""The contract: every JSON struct and every endpoint of the Synapse REST API, each declared once.

The server serves the endpoints declared here, the client calls them, and the reference
documentation is generated from them. This package imports nothing but msgspec.
"""
