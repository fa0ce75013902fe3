"""A Synapse of your own: the REST API over SQLite and a folder, or PostgreSQL and S3."""
