"""Many things at once: subtrees listed, small files sent, changes committed all or none."""
