"""The collector's memory: what devices sent, once each, on SQLite or PostgreSQL."""
