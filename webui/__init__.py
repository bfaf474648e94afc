"""The wire: the page, and everything that answers HTTP. May import store."""
