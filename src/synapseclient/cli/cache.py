"""``synapse cache``"""

from __future__ import annotations

import argparse
import os
import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from synapseclient.core.cache import Cache
    from synapseclient.core.cache_room import Held, Swept

_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_AGES = {
    "within an hour": 3600,
    "within a day": 86400,
    "within a week": 7 * 86400,
    "within 30 days": 30 * 86400,
    "longer ago": float("inf"),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What can be done with a cache, and the options of each."""
    verbs = parser.add_subparsers(title="what to do", dest="verb", required=True, metavar="VERB")
    parser.epilog = "example: synapse cache info"

    def verb(name: str, meaning: str, example: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name, help=meaning, description=meaning, epilog=f"example: synapse cache {example}"
        )

    info = verb(
        "info", "Say where the cache is, what it holds, and when that was used", "info --json"
    )
    info.set_defaults(do=_info)
    info.add_argument("--json", action="store_true", help="Print it as JSON, sizes in bytes")
    purge = verb(
        "purge",
        "Remove files from the cache; what somebody has changed or is fetching stays",
        "purge --older-than 30d",
    )
    purge.set_defaults(do=_purge)
    which = purge.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--before",
        metavar="DATE",
        type=_date,
        help="What was noted before: 2026-01-31, or 2026-01-31T12:00, in local time",
    )
    which.add_argument("--after", metavar="DATE", type=_date, help="What was noted after")
    which.add_argument(
        "--older-than",
        metavar="AGE",
        type=_age,
        help="What was not used for so long: 90m, 12h, 30d or 4w",
    )
    which.add_argument(
        "--keep",
        metavar="SIZE",
        type=_size,
        help="What was not used for longest, until so much is left: 200GB, 1.5TB",
    )
    which.add_argument("--all", action="store_true", help="All of it")
    purge.add_argument("--dry-run", action="store_true", help="Remove nothing, say what would be")
    verify = verb(
        "verify",
        "Read every file of the cache and compare its MD5 with the one that was noted",
        "verify --fix",
    )
    verify.set_defaults(do=_verify)
    verify.add_argument("--fix", action="store_true", help="Remove what is wrong")


def run(args: argparse.Namespace, syn: Any) -> None:
    """Do it with the cache that the settings name, whoever is logged in."""
    from synapseclient.core.cache import CACHE_ROOT_DIR, Cache
    from synapseclient.core.config import Config

    config = Config.load(args.configPath)
    cache = Cache(
        config.cache_location or CACHE_ROOT_DIR,
        max_size=config.cache_max_size,
        sites=config.site_caches,
    )
    args.do(args, cache)


# ------------------------------------------------------------------ info


def _info(args: argparse.Namespace, cache: Cache) -> None:
    from synapseclient.core import cache_room, config

    held = list(cache_room.look(cache))
    size = sum(each.size for each in held)
    used = [each.used for each in held]
    limit = cache.max_size
    limited = _set_by(config.CACHE_SIZE_VARIABLE, "max_size", args.configPath)
    found: dict[str, Any] = {
        "location": cache.cache_root_dir,
        "set_by": _set_by(config.CACHE_VARIABLE, "location", args.configPath),
        "size": size,
        "files": sum(each.files for each in held),
        "file_handles": len(held),
        "oldest_use": _when(min(used)) if used else None,
        "newest_use": _when(max(used)) if used else None,
        "limit": limit,
        "limit_set_by": None if limit is None else limited,
        "over": 0 if limit is None else max(0, size - limit),
        "last_used": list(_ages(held)),
        "sites": [
            {"location": each.cache_root_dir, "readable": os.access(each.cache_root_dir, os.R_OK)}
            for each in cache.sites
        ],
    }
    if args.json:
        import json

        print(json.dumps(found, indent=2))
    elif not args.silent:
        print("\n".join(_lines(found)))


def _set_by(variable: str, option: str, path: str) -> str:
    if os.environ.get(variable):
        return variable
    from synapseclient.core.config import Config

    named = Config.load(path).parser.get("cache", option, fallback=None)
    return f"[cache] {option} in {path}" if named else "default"


def _ages(held: Iterable[Held]) -> Iterator[dict[str, Any]]:
    rest = list(held)
    now = time.time()
    for name, seconds in _AGES.items():
        young = [each for each in rest if now - each.used <= seconds]
        rest = [each for each in rest if now - each.used > seconds]
        yield {"when": name, "file_handles": len(young), "size": sum(each.size for each in young)}


def _lines(found: dict[str, Any]) -> Iterator[str]:
    from synapseclient.core.cache_room import format_size

    yield f"place\t{found['location']} ({found['set_by']})"
    yield (
        f"holds\t{format_size(found['size'])}, {found['files']} files of"
        f" {found['file_handles']} file handles"
    )
    if found["file_handles"]:
        yield f"used\tfirst {found['oldest_use']}, last {found['newest_use']}"
    if found["limit"] is None:
        yield "limit\tnone"
    else:
        over = f"; {format_size(found['over'])} over it" if found["over"] else ""
        yield f"limit\t{format_size(found['limit'])} ({found['limit_set_by']}){over}"
    for each in found["sites"]:
        yield f"site\t{each['location']}" + ("" if each["readable"] else ": it cannot be read")
    yield "last used\tfile handles\tsize"
    for each in found["last_used"]:
        yield f"{each['when']}\t{each['file_handles']}\t{format_size(each['size'])}"


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(seconds))


# ------------------------------------------------------------------ purge


def _purge(args: argparse.Namespace, cache: Cache) -> None:
    from synapseclient.core.cache_room import format_size

    files = size = stay = handles = 0
    word = "would remove" if args.dry_run else "removed"
    for each in _swept(args, cache):
        held = each.held
        if each.kept is not None:
            stay += 1
            _say(args, f"stays\t{held.file_handle_id}\t{each.kept}")
            continue
        handles, files, size = handles + 1, files + held.files, size + held.size
        what = f"{held.files} files\t{format_size(held.size)}"
        _say(args, f"{word}\t{held.file_handle_id}\t{what}")
    stays = f"; {stay} file handles stay" if stay else ""
    total = f"{files} files of {handles} file handles, {format_size(size)}"
    _say(args, f"{word.capitalize()} {total}{stays}.")


def _swept(args: argparse.Namespace, cache: Cache) -> Iterable[Swept]:
    from synapseclient.core import cache_room

    if args.keep is not None:
        return cache_room.make_room(cache, args.keep, dry_run=args.dry_run)
    wanted = (each for each in cache_room.look(cache) if _meant(args, cache, each))
    return cache_room.sweep(cache, wanted, dry_run=args.dry_run)


def _meant(args: argparse.Namespace, cache: Cache, held: Held) -> bool:
    if args.all:
        return True
    if args.older_than is not None:
        return time.time() - held.used > float(args.older_than)
    noted = cache.noted_at(held.folder)
    if noted is None:
        return False
    if args.before is not None:
        return bool(noted < args.before.timestamp())
    return bool(noted > args.after.timestamp())


def _date(text: str) -> datetime:
    from datetime import datetime

    try:
        return datetime.fromisoformat(text)  # without a zone it is meant here
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date: write 2026-01-31 or 2026-01-31T12:00"
        ) from None


def _age(text: str) -> int:
    match = re.fullmatch(r"(\d+)([mhdw])", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an age: write 90m, 12h, 30d or 4w")
    return int(match[1]) * _SECONDS[match[2]]


def _size(text: str) -> int:
    from synapseclient.core.cache_room import parse_size

    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


# ------------------------------------------------------------------ verify


def _verify(args: argparse.Namespace, cache: Cache) -> None:
    from synapseclient.core import cache_room

    right = wrong = left = 0
    for path, bad in cache_room.verify(cache):
        if bad is None:
            right += 1
            continue
        wrong += 1
        told = bad.why
        if args.fix:
            try:
                cache.remove(os.path.basename(os.path.dirname(path)), path, delete=True)
                told += " (removed)"
            except OSError as error:
                left += 1
                told += f" (it cannot be removed: {error.strerror})"
        else:
            left += 1
        _say(args, f"bad\t{path}\t{told}")
    others = sum(each.files for each in cache_room.look(cache)) - right - left
    why = "changed since, noted without an MD5, or not yours to read"
    rest = f", {others} were not compared: {why}" if others > 0 else ""
    _say(args, f"{right} files are right, {wrong} are bad{rest}.")
    if left and not args.fix:
        _say(args, "synapse cache verify --fix removes the bad ones; they are fetched again then.")
    if left:
        raise SystemExit(1)


def _say(args: argparse.Namespace, text: str) -> None:
    if not args.silent:
        print(text)
