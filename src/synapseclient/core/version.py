"""The version, written once more than in ``pyproject.toml`` because asking the installer for it
costs 40 ms at every start; a test compares the two."""

__version__ = "4.14.0+open.1"
