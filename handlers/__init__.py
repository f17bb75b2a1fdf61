"""The Ministry's domains: one package each, found and wired by `engine.bootstrap`."""
