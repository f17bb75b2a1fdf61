"""Jobs: the executor that does what rows say is due, and the tick that wakes it.

The `job` table is the truth; nothing here holds state that a crash could lose. A claim is a lease,
a finish is fenced, a handler runs outside of every transaction (laws 2 and 5).
"""
