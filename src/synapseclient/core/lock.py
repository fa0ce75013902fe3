"""The lock of the official clients: a directory. Nothing here needs it; scripts of users do.

Who makes the directory has the lock. One that is older than ``max_age`` belongs to nobody any
more and is taken over. On shared file systems two may take over the same at once: do not rely on
it there. This client's own cache is correct without locks.
"""

from __future__ import annotations

import datetime
import logging
import os
import shutil
import time
from typing import Any

from synapseclient.core.exceptions import SynapseFileCacheError
from synapseclient.core.logs import DEFAULT_LOGGER_NAME

LOCK_DEFAULT_MAX_AGE = datetime.timedelta(seconds=10)
DEFAULT_BLOCKING_TIMEOUT = datetime.timedelta(seconds=70)
CACHE_UNLOCK_WAIT_TIME = 0.5


class Lock:
    """The lock ``<dir>/<name>.lock``. As a context manager it waits until it has it.

    Args:
        name: What is locked.
        dir: The folder it is in; the working folder if not given.
        max_age: How old a lock may be before it is taken over.
        default_blocking_timeout: How long to wait for it.
    """

    SUFFIX = "lock"

    def __init__(
        self,
        name: str,
        dir: str | None = None,
        max_age: datetime.timedelta = LOCK_DEFAULT_MAX_AGE,
        default_blocking_timeout: datetime.timedelta = DEFAULT_BLOCKING_TIMEOUT,
    ) -> None:
        self.name = name
        self.held = False
        self.dir = dir or os.getcwd()
        self.lock_dir_path = os.path.join(self.dir, f"{name}.{self.SUFFIX}")
        self.max_age = max_age
        self.default_blocking_timeout = default_blocking_timeout

    def get_age(self) -> float:
        """The seconds since it was taken; 0 if nobody has it."""
        try:
            return time.time() - os.path.getmtime(self.lock_dir_path)
        except (FileNotFoundError, PermissionError):
            return 0

    def acquire(self, break_old_locks: bool = True) -> bool:
        """Take it if nobody has it; whether it is held now."""
        if self.held:
            return True
        try:
            os.makedirs(self.lock_dir_path)
        except (FileExistsError, PermissionError):
            age = self.get_age()
            if not break_old_locks or age <= self.max_age.total_seconds():
                return False
            logging.getLogger(DEFAULT_LOGGER_NAME).warning(
                "Taking over the lock %s, which is %.0f s old", self.lock_dir_path, age
            )
        # A file server's clock may differ from ours, by which ages are told.
        os.utime(self.lock_dir_path, (0, time.time()))
        self.held = True
        return True

    def blocking_acquire(
        self, timeout: datetime.timedelta | None = None, break_old_locks: bool = True
    ) -> bool:
        """Take it as soon as it is free.

        Raises:
            SynapseFileCacheError: It was not free in time.
        """
        wait = self.default_blocking_timeout if timeout is None else timeout
        deadline = time.monotonic() + wait.total_seconds()
        while not self.acquire(break_old_locks):
            if time.monotonic() >= deadline:
                raise SynapseFileCacheError(
                    f"The lock {self.lock_dir_path} was not free within {wait}. If no process has"
                    " it, remove that folder."
                )
            time.sleep(CACHE_UNLOCK_WAIT_TIME)
        return True

    def release(self) -> None:
        """Let others have it."""
        if self.held:
            shutil.rmtree(self.lock_dir_path, ignore_errors=True)
            self.held = False

    def __enter__(self) -> None:
        self.blocking_acquire()

    def __exit__(self, *_: Any) -> None:
        self.release()
