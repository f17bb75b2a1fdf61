"""Use cases of analysts: drafts, the check as one types, versions, differences, rehearsals."""
