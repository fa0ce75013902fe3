"""The SQL of table queries: read into a tree of our own, checked, and said anew for the engine.

Pure: no module here reads or writes anything. What the grammar does not have cannot reach the
engine, for there is no node that could carry it.
"""
