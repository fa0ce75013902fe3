"""What is wrong with a configuration file that cannot be read.

The lines themselves are never shown: one of them may be a token.
"""

from __future__ import annotations

import configparser


def explain(error: BaseException) -> tuple[str, str]:
    """What is wrong, as the end of a sentence that begins with the file's name, and what to do."""
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}", "See who owns it, and who may read it."
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.start})", "Save it as UTF-8 text."
    line: object = getattr(error, "lineno", None)
    if isinstance(error, configparser.MissingSectionHeaderError):
        what, advice = "something before any section", "Begin the file with a section: [default]"
    elif isinstance(error, configparser.ParsingError):
        line = ", ".join(str(number) for number, _ in error.errors)
        what, advice = "something that is no option", "Write options as: name = value"
    elif isinstance(error, configparser.DuplicateSectionError):
        what, advice = f"a second [{error.section}]", "Put its options into one section."
    elif isinstance(error, configparser.DuplicateOptionError):
        what, advice = f"a second {error.option} of [{error.section}]", "Remove one of them."
    else:
        return "cannot be understood", "Compare it with the documentation."
    return f"has on line {line} {what}", advice
