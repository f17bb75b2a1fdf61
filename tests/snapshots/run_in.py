"""Runs a script with the code of one tree and no other: `python run_in.py TREE SCRIPT ARGUMENT…`.

The virtual environment's finder of the installed project would fill what an older tree lacks.
"""

import runpy
import sys

if __name__ == "__main__":
    tree, script, *arguments = sys.argv[1:]
    sys.meta_path[:] = [one for one in sys.meta_path if "editable" not in repr(one).lower()]
    sys.path[0] = tree
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
