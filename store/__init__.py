"""The memory: no HTTP server, no window. Imports neither desktop nor webui."""
