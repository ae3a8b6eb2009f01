"""Files, work tests, references, signed receipts, options of questions, mail that can be declined

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UTCDateTime


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None
KINDS = ('short_text', 'long_text', 'choice', 'yes_no', 'number', 'date', 'link')
NEW_KINDS = ('choices', 'file')


def upgrade():
    add_signatures()
    add_files()
    add_references()
    add_work_tests()
    add_attempts()
    add_hand_ins()
    add_wordings()
    add_pages_of_saves()
    add_choice_of_mail()


def add_signatures():
    """Receipts are signed."""
    op.create_table('signing_keys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('public_key', sa.Text(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_keys')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_signing_keys_fingerprint'))
    )
    op.add_column('submissions', sa.Column('signature', sa.String(length=128), server_default='', nullable=False))
    op.execute('ALTER TABLE submissions ADD COLUMN signing_key_id INTEGER '
               'CONSTRAINT fk_submissions_signing_key_id_signing_keys REFERENCES signing_keys (id)')


def add_files():
    """Files, and which submission holds which."""
    op.create_table('files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.CheckConstraint('size > 0', name=op.f('ck_files_not_empty')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_files_round_id_rounds')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_files_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_files')),
    sa.UniqueConstraint('key', name=op.f('uq_files_key')),
    sa.UniqueConstraint('ref', name=op.f('uq_files_ref'))
    )
    with op.batch_alter_table('files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_files_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_files_user_id'), ['user_id'], unique=False)

    op.create_table('submission_files',
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['files.id'], name=op.f('fk_submission_files_file_id_files')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_submission_files_submission_id_submissions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('submission_id', 'file_id', name=op.f('pk_submission_files'))
    )
    with op.batch_alter_table('submission_files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submission_files_file_id'), ['file_id'], unique=False)


def add_references():
    """Referees, and what a round asks of them."""
    op.create_table('referees',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('email_key', sa.String(length=254), nullable=False),
    sa.Column('relation', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('letters', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=True),
    sa.Column('reminder_digest', sa.String(length=64), nullable=True),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('asked_at', UTCDateTime(), nullable=True),
    sa.Column('reminded_at', UTCDateTime(), nullable=True),
    sa.Column('withdrawn_at', UTCDateTime(), nullable=True),
    sa.Column('saved_at', UTCDateTime(), nullable=True),
    sa.Column('saves', sa.Integer(), nullable=False),
    sa.Column('received_at', UTCDateTime(), nullable=True),
    sa.Column('declined_at', UTCDateTime(), nullable=True),
    sa.Column('arrival', sa.Enum('on_time', 'in_grace', 'late', name='arrival', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('let_in_at', UTCDateTime(), nullable=True),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.CheckConstraint('received_at IS NULL OR arrival IS NOT NULL', name=op.f('ck_referees_received_means_judged')),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_referees_application_id_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referees')),
    sa.UniqueConstraint('application_id', 'email_key', name=op.f('uq_referees_application_id_email_key')),
    sa.UniqueConstraint('reminder_digest', name=op.f('uq_referees_reminder_digest')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_referees_token_digest'))
    )
    op.add_column('rounds', sa.Column('references_due_at', UTCDateTime(), nullable=True))
    op.add_column('rounds', sa.Column('references_shown', sa.Boolean(), server_default=sa.false(), nullable=False))
    # SQLite takes a constraint with the column that it is about, and so the table need not be copied.
    op.execute('ALTER TABLE rounds ADD COLUMN max_referees INTEGER DEFAULT 0 NOT NULL '
               'CONSTRAINT ck_rounds_few_referees CHECK (max_referees BETWEEN 0 AND 5)')


def add_work_tests():
    """Tasks of streams."""
    op.create_table('work_tests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('brief', sa.Text(), nullable=False),
    sa.Column('hand_in', sa.Enum('text', 'file', 'link', name='handin', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('hours', sa.Integer(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('due_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('retired_at', UTCDateTime(), nullable=True),
    sa.CheckConstraint('hours IS NULL OR hours > 0', name=op.f('ck_work_tests_hours_positive')),
    sa.CheckConstraint('minutes IS NULL OR minutes > 0', name=op.f('ck_work_tests_minutes_positive')),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_work_tests_stream_id_streams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_tests'))
    )
    with op.batch_alter_table('work_tests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_tests_stream_id'), ['stream_id'], unique=False)


def add_attempts():
    """What applicants write for a task."""
    op.create_table('work_test_attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_application_id', sa.Integer(), nullable=False),
    sa.Column('work_test_id', sa.Integer(), nullable=False),
    sa.Column('started_at', UTCDateTime(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['files.id'], name=op.f('fk_work_test_attempts_file_id_files')),
    sa.ForeignKeyConstraint(['stream_application_id'], ['stream_applications.id'], name=op.f('fk_work_test_attempts_stream_application_id_stream_applications'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['work_test_id'], ['work_tests.id'], name=op.f('fk_work_test_attempts_work_test_id_work_tests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_test_attempts')),
    sa.UniqueConstraint('stream_application_id', 'work_test_id', name=op.f('uq_work_test_attempts_stream_application_id_work_test_id'))
    )
    with op.batch_alter_table('work_test_attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_test_attempts_file_id'), ['file_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_test_attempts_work_test_id'), ['work_test_id'], unique=False)


def add_hand_ins():
    """What they handed in."""
    op.create_table('work_test_hand_ins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('brief', sa.Text(), nullable=False),
    sa.Column('test_version', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('closes_at', UTCDateTime(), nullable=False),
    sa.Column('received_at', UTCDateTime(), nullable=False),
    sa.Column('recorded_at', UTCDateTime(), nullable=False),
    sa.Column('arrival', sa.Enum('on_time', 'in_grace', 'late', name='arrival', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['work_test_attempts.id'], name=op.f('fk_work_test_hand_ins_attempt_id_work_test_attempts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['file_id'], ['files.id'], name=op.f('fk_work_test_hand_ins_file_id_files')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_test_hand_ins'))
    )
    with op.batch_alter_table('work_test_hand_ins', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_test_hand_ins_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_test_hand_ins_file_id'), ['file_id'], unique=False)


def add_wordings():
    """Options, more kinds of questions, and the words that a question had before."""
    op.create_table('question_wordings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('prompt', sa.Text(), nullable=False),
    sa.Column('help', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('word_limit', sa.Integer(), nullable=True),
    sa.Column('replaced_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['questions.id'], name=op.f('fk_question_wordings_question_id_questions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_wordings')),
    sa.UniqueConstraint('question_id', 'version', name=op.f('uq_question_wordings_question_id_version'))
    )
    op.add_column('answers', sa.Column('question_version', sa.Integer(), server_default='1', nullable=False))
    # Which wording was answered was not written down before: the one that stands is taken for it.
    op.execute('UPDATE answers SET question_version = (SELECT version FROM questions WHERE questions.id = question_id)')
    op.add_column('questions', sa.Column('options', sa.JSON(), server_default='[]', nullable=False))
    allow_kinds(KINDS + NEW_KINDS)


def add_pages_of_saves():
    """Which page saved last, and which of its saves that was."""
    for table in ('section_answers', 'stream_applications'):
        op.add_column(table, sa.Column('page', sa.String(length=32), server_default='', nullable=False))
        op.add_column(table, sa.Column('turn', sa.Integer(), server_default='0', nullable=False))


def add_choice_of_mail():
    """Mail that is not essential can be declined, and some of it comes too late to be sent."""
    op.add_column('outbox', sa.Column('unsubscribe_url', sa.String(length=300), server_default='', nullable=False))
    op.add_column('outbox', sa.Column('expires_at', UTCDateTime(), nullable=True))
    waiting = sa.text('sent_at IS NULL AND failed_at IS NULL')
    op.create_index('ix_outbox_waiting', 'outbox', ['next_try_at'], sqlite_where=waiting, postgresql_where=waiting)
    op.add_column('users', sa.Column('declined_mail', sa.JSON(), server_default='[]', nullable=False))


def allow_kinds(kinds):
    """Say anew which kinds a question may have."""
    listed = ', '.join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table('questions') as batch_op:
        batch_op.drop_constraint(op.f('ck_questions_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_questions_kind'), f'kind IN ({listed})')


def downgrade():
    """Questions of the new kinds become questions for text; files, work tests, references and signatures go."""
    for name in ('signing_key_id', 'signature'):
        op.drop_column('submissions', name)
    for name in ('max_referees', 'references_shown', 'references_due_at'):
        op.drop_column('rounds', name)
    op.drop_index('ix_outbox_waiting', 'outbox')
    op.execute("UPDATE questions SET kind = 'short_text' WHERE kind IN ('choices', 'file')")
    allow_kinds(KINDS)
    for table, name in (('questions', 'options'), ('users', 'declined_mail'), ('outbox', 'unsubscribe_url'),
                        ('outbox', 'expires_at'),
                        ('answers', 'question_version')):
        op.drop_column(table, name)
    for table in ('stream_applications', 'section_answers'):
        op.drop_column(table, 'turn')
        op.drop_column(table, 'page')
    # A table takes its indexes along.
    for table in ('question_wordings', 'work_test_hand_ins', 'work_test_attempts', 'submission_files', 'work_tests',
                  'referees', 'files', 'signing_keys'):
        op.drop_table(table)
