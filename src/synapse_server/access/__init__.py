"""Access: ACLs, and the one gate that every read and write of an entity passes."""
