"""Moving an installation: copying it to another database, keeping it in a file, bringing it back.

Values are moved as they stand, sealed; nothing is decrypted on the way, and no key travels along.
"""

from engine.store.moving.backups import Backup, backup, restore
from engine.store.moving.copying import Copied, Told, copy
from engine.store.moving.keycheck import check_keys

__all__ = ["Backup", "Copied", "Told", "backup", "check_keys", "copy", "restore"]
