"""What a task is made of, the parameters that it read, and who made its outputs if it did not run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.LargeBinary(length=2**32 - 1)


def upgrade() -> None:
    """Change the tables."""
    op.add_column("tasks", sa.Column("kind", sa.String(16), nullable=False, server_default="task"))
    op.add_column("tasks", sa.Column("input_parameters", JSON))
    op.add_column("tasks", sa.Column("origin", JSON))
