"""The outside systems of order 170: a port, a client, handlers and a sandbox for each."""
