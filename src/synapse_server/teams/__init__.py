"""Teams. So far there are those that every Synapse has, and who is in them."""
