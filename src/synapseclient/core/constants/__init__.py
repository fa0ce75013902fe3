"""Constants under their official names."""
