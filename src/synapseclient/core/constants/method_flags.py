"""What to do when another file of the same name is there."""

COLLISION_OVERWRITE_LOCAL = "overwrite.local"
COLLISION_KEEP_LOCAL = "keep.local"
COLLISION_KEEP_BOTH = "keep.both"
