"""Where scripts look for some of our classes."""
