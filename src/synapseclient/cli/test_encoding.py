"""``synapse test-encoding``"""

from __future__ import annotations

import argparse
import locale
import os
import platform
import sys
from typing import Any

SAMPLE = "ȧƈƈḗƞŧḗḓ uʍop-ǝp\u0131sdn ŧḗẋŧ ƒǿř ŧḗşŧīƞɠ"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options."""
    parser.epilog = "example: synapse test-encoding"


def run(args: argparse.Namespace, syn: Any) -> None:
    """Print what decides which characters can be shown."""
    rows = {
        "python version": platform.python_version(),
        "sys.stdout.encoding": sys.stdout.encoding,
        "sys.stdout.isatty()": sys.stdout.isatty(),
        "locale.getpreferredencoding()": locale.getpreferredencoding(),
        "sys.getfilesystemencoding()": sys.getfilesystemencoding(),
        "PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING"),
        "latin1 chars": "D\u00e9j\u00e0 vu, \u00fcml\u00f8\u00fats",
        "Some non-ascii chars": repr(SAMPLE),
    }
    for label, value in rows.items():
        space = 30 if label.endswith("chars") else 31
        print(f"{label} = ".ljust(space), value)
