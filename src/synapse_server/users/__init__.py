"""Users, groups and teams as principals: names, profiles, favorites."""
