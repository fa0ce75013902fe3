"""Materialized views and virtual tables: what SQL makes of tables and views."""
