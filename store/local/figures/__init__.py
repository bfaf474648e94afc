"""Figures about what is remembered, added up by the hour, so that a million records answer at once."""
