"""Tables: column models, change sets (the truth), a rebuildable index, and queries over it."""
