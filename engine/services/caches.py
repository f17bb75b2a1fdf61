"""What is parsed once and shared by all threads: content-hashed, so never stale."""
