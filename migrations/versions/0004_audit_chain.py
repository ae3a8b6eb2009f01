"""The audit log as a chain that the database itself keeps from being changed

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from portal.domain.audit import START, Entry, digest_of, plain, sealed
from portal.models.base import UTCDateTime


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None
AT_ONCE = 1000
# What no UPDATE may name. The others are the texts of an event and their seals: what stands there is chained all the
# same, and blanking it for good is the one change that an event may see.
CHAINED = ('id', 'at', 'actor_id', 'action', 'subject_type', 'subject_id', 'round_id', 'request_id', 'position',
           'previous', 'digest')
REFUSAL = 'events of the audit log are never changed'

EVENTS = sa.table(
    'audit_events', sa.column('id', sa.Integer), sa.column('at', UTCDateTime()),
    *(sa.column(name, sa.Integer) for name in ('actor_id', 'subject_id', 'round_id', 'position')),
    *(sa.column(name, sa.String) for name in ('action', 'subject_type', 'reason', 'request_id', 'previous', 'digest')),
    *(sa.column(name, sa.JSON) for name in ('before', 'after', 'seals')),
)


def upgrade():
    op.add_column('audit_events', sa.Column('position', sa.Integer(), server_default='0', nullable=False))
    op.add_column('audit_events', sa.Column('previous', sa.String(length=64), server_default='', nullable=False))
    op.add_column('audit_events', sa.Column('digest', sa.String(length=64), server_default='', nullable=False))
    op.add_column('audit_events', sa.Column('seals', sa.JSON(), server_default='{}', nullable=False))
    chain_what_is_there()
    op.create_index(op.f('ix_audit_events_position'), 'audit_events', ['position'], unique=True)
    for statement in locks():
        op.execute(statement)


def chain_what_is_there():
    """Events from before are chained as they stand, in the order of their ids."""
    connection, last, position, previous = op.get_bind(), 0, 0, START
    change = sa.update(EVENTS).where(EVENTS.c.id == sa.bindparam('key')).values(
        {name: sa.bindparam(f'new_{name}') for name in ('position', 'previous', 'digest', 'seals')})
    while rows := connection.execute(
        sa.select(EVENTS).where(EVENTS.c.id > last).order_by(EVENTS.c.id).limit(AT_ONCE)
    ).mappings().all():
        changes = []
        for row in rows:
            last, position = row['id'], position + 1
            before, after = plain(row['before']), plain(row['after'])
            entry = Entry(**{name: value for name, value in row.items() if name not in
                             ('id', 'position', 'previous', 'digest', 'seals', 'before', 'after')},
                          position=position, previous=previous, digest='', before=before, after=after,
                          seals=sealed(row['reason'], before, after))
            changes.append({'key': last, 'new_position': position, 'new_previous': previous,
                            'new_digest': digest_of(entry), 'new_seals': entry.seals})
            previous = changes[-1]['new_digest']
        connection.execute(change, changes)


def locks():
    """The database refuses to change or delete an event, whoever asks."""
    if op.get_bind().dialect.name == 'sqlite':
        return (
            f"CREATE TRIGGER audit_events_keep BEFORE UPDATE OF {', '.join(CHAINED)} ON audit_events "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
            'CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events '
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        )
    return (
        'CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ '
        f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
        f"CREATE TRIGGER audit_events_keep BEFORE UPDATE OF {', '.join(CHAINED)} ON audit_events "
        'FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()',
        'CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events '
        'FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()',
        'CREATE TRIGGER audit_events_whole BEFORE TRUNCATE ON audit_events '
        'FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()',
    )


def downgrade():
    """The events stay; nothing tells any more whether they were changed."""
    if op.get_bind().dialect.name == 'sqlite':
        for name in ('audit_events_keep', 'audit_events_stay'):
            op.execute(f'DROP TRIGGER {name}')
    else:
        op.execute('DROP FUNCTION refuse_audit_change() CASCADE')
    op.drop_index(op.f('ix_audit_events_position'), 'audit_events')
    for name in ('seals', 'digest', 'previous', 'position'):
        op.drop_column('audit_events', name)
