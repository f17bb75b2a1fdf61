"""What a step costs, and pages, lists, timers and processes: on SQLite and PostgreSQL."""

from engine.bench.figures import Figures
from engine.bench.measuring import Bench
from engine.bench.plan import Plan
from engine.bench.servers import postgresql_url, sqlite_url

__all__ = ["Bench", "Figures", "Plan", "postgresql_url", "sqlite_url"]
