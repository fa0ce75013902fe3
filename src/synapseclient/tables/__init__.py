"""What the older and the object-oriented tables share: cells, CSV files, data frames, jobs."""
