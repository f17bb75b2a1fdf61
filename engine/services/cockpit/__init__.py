"""Use cases of administrators: find a case, see why it stands, mend one or a thousand."""
