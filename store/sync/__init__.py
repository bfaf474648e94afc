"""Sending to a collector: nothing leaves without consent, nothing is lost, nothing comes twice."""
