"""The API that the page uses."""
