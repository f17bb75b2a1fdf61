"""How the work goes: times against terms, ways back, weeks, and what will be late.

Counts, times, element ids and codes of offices; no personal data. Who administers a region sees the
work of its offices, and nothing of others.
"""
