"""Model releases: what is signed, by which key, and what a device checks before it takes one. No network."""
