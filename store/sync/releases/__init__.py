"""What a device does with its collector's releases: fetch, verify, try, use, go back, report."""
