"""Events in a file, for places with no network: the form of bundles and receipts, for both sides."""
