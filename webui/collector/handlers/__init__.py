"""One small class for each address of the collector."""
