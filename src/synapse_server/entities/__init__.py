"""Entities: projects, folders, files and links, their versions, trash and listings."""
