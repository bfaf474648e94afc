"""The store on this machine: SQLite, one writer, what the page recorded."""
