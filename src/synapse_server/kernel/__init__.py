"""What every domain stands on, and what knows none of them: serving, callers, the database."""
