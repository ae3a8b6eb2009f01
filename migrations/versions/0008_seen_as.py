"""Which sign-in of an admin sees the portal as somebody else

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UTCDateTime


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('seen_as',
    sa.Column('sign_in_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('began_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['sign_in_id'], ['sign_ins.id'], name=op.f('fk_seen_as_sign_in_id_sign_ins'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_seen_as_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sign_in_id', name=op.f('pk_seen_as'))
    )
    op.create_index(op.f('ix_seen_as_user_id'), 'seen_as', ['user_id'])


def downgrade():
    """Whoever sees the portal as somebody else sees it as themselves again."""
    op.drop_table('seen_as')
