"""The web interface: built files, and the first HTML of each page."""
