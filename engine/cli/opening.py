"""Opens the database for a command, the way `engine.bootstrap` wires it."""
