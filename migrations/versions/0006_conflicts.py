"""Conflicts of interest, and anonymised review

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UTCDateTime


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    add_conflicts()
    add_authorship()
    add_anonymity()


def add_conflicts():
    """Who should not read whom."""
    op.create_table('conflicts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('applicant_id', sa.Integer(), nullable=False),
    sa.Column('reader_id', sa.Integer(), nullable=True),
    sa.Column('mentor_id', sa.Integer(), nullable=True),
    sa.Column('named', sa.String(length=200), nullable=False),
    sa.Column('origin', sa.Enum('reader', 'applicant', 'admin', name='origin', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('declared_at', UTCDateTime(), nullable=False),
    sa.Column('declared_by_id', sa.Integer(), nullable=True),
    sa.Column('lifted_at', UTCDateTime(), nullable=True),
    sa.Column('lifted_by_id', sa.Integer(), nullable=True),
    sa.Column('lifted_reason', sa.Text(), nullable=False),
    sa.CheckConstraint("reader_id IS NOT NULL OR mentor_id IS NOT NULL OR named <> ''", name=op.f('ck_conflicts_names_somebody')),
    sa.ForeignKeyConstraint(['applicant_id'], ['users.id'], name=op.f('fk_conflicts_applicant_id_users'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['declared_by_id'], ['users.id'], name=op.f('fk_conflicts_declared_by_id_users')),
    sa.ForeignKeyConstraint(['lifted_by_id'], ['users.id'], name=op.f('fk_conflicts_lifted_by_id_users')),
    sa.ForeignKeyConstraint(['mentor_id'], ['mentors.id'], name=op.f('fk_conflicts_mentor_id_mentors'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reader_id'], ['users.id'], name=op.f('fk_conflicts_reader_id_users'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_conflicts_round_id_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflicts'))
    )
    op.create_index('ix_conflicts_of_applicant', 'conflicts', ['round_id', 'applicant_id'])
    for name in ('applicant_id', 'reader_id', 'mentor_id'):
        op.create_index(op.f(f'ix_conflicts_{name}'), 'conflicts', [name])


def add_authorship():
    """Which author of papers an applicant says they are."""
    # SQLite takes a constraint with the column that it is about, and so the table need not be copied.
    op.execute('ALTER TABLE applications ADD COLUMN person_id INTEGER '
               'CONSTRAINT fk_applications_person_id_people REFERENCES people (id)')


def add_anonymity():
    """A round whose readers do not learn who wrote what, and the code that an application has there instead."""
    op.add_column('rounds', sa.Column('anonymised', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('stream_applications', sa.Column('code', sa.Integer(), nullable=True))
    op.create_index(op.f('ix_stream_applications_code'), 'stream_applications', ['code'], unique=True)


def downgrade():
    """Conflicts are forgotten, and whoever was kept away reads again; anonymised rounds show names."""
    op.drop_index(op.f('ix_stream_applications_code'), 'stream_applications')
    op.drop_column('stream_applications', 'code')
    op.drop_column('rounds', 'anonymised')
    op.drop_column('applications', 'person_id')
    op.drop_table('conflicts')
