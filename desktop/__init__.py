"""The window: processes, settings, wiring. May import webui and store."""
