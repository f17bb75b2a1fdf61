"""The product's command line: ``zholdama serve · worker · deploy · check · db · user · …``."""

from engine.cli.main import main

__all__ = ["main"]
