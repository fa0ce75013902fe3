"""Files: handles, uploads in parts, and signed URLs of bytes."""
