"""The kinds of views, and what they show."""

from __future__ import annotations

from enum import Enum, StrEnum


class ViewEntityType(StrEnum):
    """The kinds of views."""

    ENTITY_VIEW = "entityview"
    SUBMISSION_VIEW = "submissionview"
    DATASET = "dataset"
    DATASET_COLLECTION = "datasetcollection"


class ViewTypeMask(int, Enum):
    """What an entity view shows; add them with ``|``."""

    FILE = 1
    PROJECT = 2
    TABLE = 4
    FOLDER = 8
    VIEW = 16
    DOCKER = 32
    SUBMISSION_VIEW = 64
    DATASET = 128
    DATASET_COLLECTION = 256
    MATERIALIZED_VIEW = 512
