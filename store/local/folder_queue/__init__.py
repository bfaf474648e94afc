"""The folder queue: pictures by their paths, from what the user opened to the record of each."""
