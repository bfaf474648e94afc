"""Batches that wait in Redis between a collector's instances and its database, where a team wants that."""
