"""What alembic runs while it writes a revision (`engine.store.migrate.revise`)."""

from alembic import context

context.configure(**context.config.attributes["options"])
with context.begin_transaction():
    context.run_migrations()
