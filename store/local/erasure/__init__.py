"""Erasing everything about a picture, about a session, or all: rows, bytes, copies, and what comes late."""
