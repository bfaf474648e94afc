"""One training in a folder: what it is given, the stages of the process that learns, what it leaves."""
