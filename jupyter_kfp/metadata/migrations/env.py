"""What alembic runs: the migrations, on the connection that `run_migrations` gives."""

from alembic import context

from jupyter_kfp.metadata.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
