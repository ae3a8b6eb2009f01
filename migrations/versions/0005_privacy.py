"""Privacy: erasures, forgotten applications, optional answers that are kept apart

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UTCDateTime


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('users', sa.Column('erased_at', UTCDateTime(), nullable=True))
    op.add_column('applications', sa.Column('forgotten_at', UTCDateTime(), nullable=True))
    op.create_table('erasures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('erased_at', UTCDateTime(), nullable=False),
    sa.Column('file_keys', sa.JSON(), nullable=False),
    sa.Column('finished_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['asked_by_id'], ['users.id'], name=op.f('fk_erasures_asked_by_id_users')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_erasures_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures')),
    sa.UniqueConstraint('user_id', name=op.f('uq_erasures_user_id'))
    )
    op.create_table('survey_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(length=40), nullable=False),
    sa.Column('answer', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_survey_answers_application_id_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_answers')),
    sa.UniqueConstraint('application_id', 'question', name=op.f('uq_survey_answers_application_id_question'))
    )


def downgrade():
    op.drop_table('survey_answers')
    op.drop_table('erasures')
    op.drop_column('applications', 'forgotten_at')
    op.drop_column('users', 'erased_at')
