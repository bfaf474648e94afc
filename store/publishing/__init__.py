"""Versions handed on: for other tools, with a card that says what they are, and in smaller forms."""
