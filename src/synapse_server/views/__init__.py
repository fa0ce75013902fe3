"""Views: tables whose rows are what the database has of entities and submissions."""
