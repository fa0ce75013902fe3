"""Whole trees up and down: listings, manifests, and what is done with many files at once.

Where the server has the extension ``bulk``, a tree is listed in pages, small files take one
request each, and what is stored is committed many at a time. Other servers are asked with the
official calls, several at once.
"""
