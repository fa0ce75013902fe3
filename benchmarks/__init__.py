"""One question a file, each answered as a ratio measured side by side in one run."""
