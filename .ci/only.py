"""Print the blocks of a lock file whose package begins with a prefix: ``only.py nodejs FILE``."""

import re
import sys
from pathlib import Path

prefix, name = sys.argv[1:]
blocks = re.split(r"(?m)^(?=\S)", Path(name).read_text(encoding="utf-8"))
sys.stdout.write("".join(block for block in blocks if block.startswith(prefix)))
