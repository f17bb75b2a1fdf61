"""What a step costs: medians on SQLite and PostgreSQL, with the raw costs beside them."""

from engine.bench.figures import Figures
from engine.bench.measuring import Bench, Plan
from engine.bench.servers import postgresql_url, sqlite_url

__all__ = ["Bench", "Figures", "Plan", "postgresql_url", "sqlite_url"]
