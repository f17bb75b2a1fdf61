"""Plain data shared by all rooms of the engine: frozen, no I/O, standard library only."""
