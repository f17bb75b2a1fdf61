"""Use cases: one verb per function. Each takes a unit of work, the context, who acts, plain data.

The caller opens the unit of work and commits: one step, one transaction, one commit (law 1).
Errors are those of `engine.errors`; they know no HTTP.
"""
