"""Pages: the only room that knows Flask."""
