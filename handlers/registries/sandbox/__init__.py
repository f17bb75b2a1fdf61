"""The sandbox of the outside systems: a real HTTP server with synthetic families."""
