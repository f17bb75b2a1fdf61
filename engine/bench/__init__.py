"""What a step costs: medians on SQLite and PostgreSQL, with the raw costs beside them."""
