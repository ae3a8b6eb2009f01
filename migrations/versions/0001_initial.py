"""initial

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op

from portal.models.base import UTCDateTime


revision = '0001'
down_revision = None
CURRENT = 'fk_applications_current_submission_id_submissions'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('directions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('origin', sa.Enum('post', 'compiled', 'portal', name='origin', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=True),
    sa.Column('edited_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directions')),
    sa.UniqueConstraint('slug', name=op.f('uq_directions_slug'))
    )
    op.create_table('faq_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=120), nullable=False),
    sa.Column('question', sa.String(length=300), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('audience', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=True),
    sa.Column('edited_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_faq_entries')),
    sa.UniqueConstraint('slug', name=op.f('uq_faq_entries_slug'))
    )
    op.create_table('papers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('url_source', sa.Text(), nullable=False),
    sa.Column('featured', sa.Boolean(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=True),
    sa.Column('edited_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_papers')),
    sa.UniqueConstraint('slug', name=op.f('uq_papers_slug'))
    )
    with op.batch_alter_table('papers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_papers_date'), ['date'], unique=False)

    op.create_table('people',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=True),
    sa.Column('edited_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people')),
    sa.UniqueConstraint('slug', name=op.f('uq_people_slug'))
    )
    op.create_table('rounds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('published_at', UTCDateTime(), nullable=True),
    sa.Column('opens_at', UTCDateTime(), nullable=True),
    sa.Column('closes_at', UTCDateTime(), nullable=True),
    sa.Column('release_at', UTCDateTime(), nullable=True),
    sa.Column('released_at', UTCDateTime(), nullable=True),
    sa.Column('archived_at', UTCDateTime(), nullable=True),
    sa.Column('grace_seconds', sa.Integer(), nullable=False),
    sa.Column('max_choices', sa.Integer(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('grace_seconds BETWEEN 0 AND 3600', name=op.f('ck_rounds_grace_is_short')),
    sa.CheckConstraint('max_choices BETWEEN 1 AND 50', name=op.f('ck_rounds_some_choices')),
    sa.CheckConstraint('opens_at IS NULL OR closes_at > opens_at', name=op.f('ck_rounds_closes_after_opening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rounds')),
    sa.UniqueConstraint('name', name=op.f('uq_rounds_name')),
    sa.UniqueConstraint('slug', name=op.f('uq_rounds_slug'))
    )
    op.create_table('topics',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=True),
    sa.Column('edited_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topics')),
    sa.UniqueConstraint('name', name=op.f('uq_topics_name')),
    sa.UniqueConstraint('slug', name=op.f('uq_topics_slug'))
    )
    op.create_table('users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('email_key', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('password', sa.String(length=255), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('is_admin', sa.Boolean(), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('fs_uniquifier', sa.String(length=64), nullable=False),
    sa.Column('confirmed_at', UTCDateTime(), nullable=True),
    sa.Column('consented_at', UTCDateTime(), nullable=True),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('closed_at', UTCDateTime(), nullable=True),
    sa.Column('digest_sent_at', UTCDateTime(), nullable=True),
    sa.Column('reset_digest', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email_key', name=op.f('uq_users_email_key')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_users_fs_uniquifier'))
    )
    op.create_table('announcements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('published_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_announcements_author_id_users')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_announcements_round_id_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_announcements'))
    )
    with op.batch_alter_table('announcements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcements_round_id'), ['round_id'], unique=False)

    op.create_table('applications',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'withdrawn', name='applicationstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('saved_at', UTCDateTime(), nullable=False),
    sa.Column('submitted_at', UTCDateTime(), nullable=True),
    sa.Column('withdrawn_at', UTCDateTime(), nullable=True),
    sa.Column('current_submission_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['current_submission_id'], ['submissions.id'], name=op.f('fk_applications_current_submission_id_submissions'), use_alter=True),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_applications_round_id_rounds')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_applications_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_applications')),
    sa.UniqueConstraint('round_id', 'user_id', name=op.f('uq_applications_round_id_user_id'))
    )
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.create_index('ix_applications_of_round', ['round_id', 'state', 'submitted_at', 'user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_applications_user_id'), ['user_id'], unique=False)

    op.create_table('audit_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('round_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('request_id', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_audit_events_actor_id_users')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_audit_events_round_id_rounds'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_events'))
    )
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_events_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_events_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_events_at'), ['at'], unique=False)
        batch_op.create_index('ix_audit_events_subject', ['subject_type', 'subject_id'], unique=False)

    op.create_table('authorships',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('printed_name', sa.String(length=200), nullable=False),
    sa.Column('is_fellow', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_authorships_paper_id_papers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_authorships_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authorships')),
    sa.UniqueConstraint('paper_id', 'person_id', name=op.f('uq_authorships_paper_id_person_id')),
    sa.UniqueConstraint('paper_id', 'position', name=op.f('uq_authorships_paper_id_position'))
    )
    with op.batch_alter_table('authorships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_authorships_person_id'), ['person_id'], unique=False)

    op.create_table('criteria',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=40), nullable=False),
    sa.Column('label', sa.String(length=120), nullable=False),
    sa.Column('help', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_criteria_round_id_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_criteria')),
    sa.UniqueConstraint('round_id', 'slug', name=op.f('uq_criteria_round_id_slug'))
    )
    op.create_table('direction_papers',
    sa.Column('direction_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['direction_id'], ['directions.id'], name=op.f('fk_direction_papers_direction_id_directions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_direction_papers_paper_id_papers'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('direction_id', 'paper_id', name=op.f('pk_direction_papers'))
    )
    with op.batch_alter_table('direction_papers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_direction_papers_paper_id'), ['paper_id'], unique=False)

    op.create_table('direction_topics',
    sa.Column('direction_id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['direction_id'], ['directions.id'], name=op.f('fk_direction_topics_direction_id_directions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_direction_topics_topic_id_topics'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('direction_id', 'topic_id', name=op.f('pk_direction_topics'))
    )
    with op.batch_alter_table('direction_topics', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_direction_topics_topic_id'), ['topic_id'], unique=False)

    op.create_table('enquiries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('asked_at', UTCDateTime(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', UTCDateTime(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_enquiries_answered_by_id_users')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_enquiries_round_id_rounds'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_enquiries_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enquiries'))
    )
    with op.batch_alter_table('enquiries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enquiries_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_enquiries_user_id'), ['user_id'], unique=False)

    op.create_table('key_dates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_key_dates_round_id_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_dates'))
    )
    with op.batch_alter_table('key_dates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_key_dates_round_id'), ['round_id'], unique=False)

    op.create_table('mentors',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('organisation', sa.String(length=200), nullable=False),
    sa.Column('position', sa.String(length=200), nullable=False),
    sa.Column('city', sa.String(length=100), nullable=False),
    sa.Column('area', sa.String(length=200), nullable=False),
    sa.Column('bio', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('seed_digest', sa.String(length=64), nullable=True),
    sa.Column('edited_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_mentors_person_id_people')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_mentors_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mentors')),
    sa.UniqueConstraint('person_id', name=op.f('uq_mentors_person_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_mentors_slug')),
    sa.UniqueConstraint('user_id', name=op.f('uq_mentors_user_id'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.String(length=120), nullable=False),
    sa.Column('dedupe_key', sa.String(length=160), nullable=True),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('recipient', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('next_try_at', UTCDateTime(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('sent_at', UTCDateTime(), nullable=True),
    sa.Column('failed_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_outbox_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('dedupe_key', name=op.f('uq_outbox_dedupe_key')),
    sa.UniqueConstraint('message_id', name=op.f('uq_outbox_message_id'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_user_id'), ['user_id'], unique=False)

    op.create_table('paper_topics',
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_paper_topics_paper_id_papers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_paper_topics_topic_id_topics'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', 'topic_id', name=op.f('pk_paper_topics'))
    )
    with op.batch_alter_table('paper_topics', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_topics_topic_id'), ['topic_id'], unique=False)

    op.create_table('person_variants',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_person_variants_person_id_people'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_variants')),
    sa.UniqueConstraint('person_id', 'name', name=op.f('uq_person_variants_person_id_name'))
    )
    with op.batch_alter_table('person_variants', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_variants_name'), ['name'], unique=False)

    op.create_table('sign_ins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('seen_at', UTCDateTime(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sign_ins_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_ins')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_sign_ins_token_digest'))
    )
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_ins_user_id'), ['user_id'], unique=False)

    op.create_table('streams',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('steps', sa.Text(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('closes_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('places >= 0', name=op.f('ck_streams_places_not_negative')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_streams_round_id_rounds'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_streams')),
    sa.UniqueConstraint('id', 'round_id', name=op.f('uq_streams_id_round_id')),
    sa.UniqueConstraint('round_id', 'slug', name=op.f('uq_streams_round_id_slug'))
    )
    with op.batch_alter_table('streams', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_streams_round_id'), ['round_id'], unique=False)

    op.create_table('direction_mentors',
    sa.Column('direction_id', sa.Integer(), nullable=False),
    sa.Column('mentor_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['direction_id'], ['directions.id'], name=op.f('fk_direction_mentors_direction_id_directions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['mentor_id'], ['mentors.id'], name=op.f('fk_direction_mentors_mentor_id_mentors'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('direction_id', 'mentor_id', name=op.f('pk_direction_mentors'))
    )
    with op.batch_alter_table('direction_mentors', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_direction_mentors_mentor_id'), ['mentor_id'], unique=False)

    op.create_table('extensions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=True),
    sa.Column('closes_at', UTCDateTime(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.Column('granted_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['granted_by_id'], ['users.id'], name=op.f('fk_extensions_granted_by_id_users')),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_extensions_round_id_rounds'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_extensions_stream_id_streams'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_extensions_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extensions'))
    )
    with op.batch_alter_table('extensions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_extensions_user_id'), ['user_id'], unique=False)

    op.create_table('invitations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('email_key', sa.String(length=254), nullable=False),
    sa.Column('is_admin', sa.Boolean(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.Enum('lead', 'co', 'reader', name='streamrole', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('mentor_id', sa.Integer(), nullable=True),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('invited_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('expires_at', UTCDateTime(), nullable=False),
    sa.Column('accepted_at', UTCDateTime(), nullable=True),
    sa.Column('withdrawn_at', UTCDateTime(), nullable=True),
    sa.CheckConstraint('is_admin OR stream_id IS NOT NULL', name=op.f('ck_invitations_invites_to_something')),
    sa.ForeignKeyConstraint(['invited_by_id'], ['users.id'], name=op.f('fk_invitations_invited_by_id_users')),
    sa.ForeignKeyConstraint(['mentor_id'], ['mentors.id'], name=op.f('fk_invitations_mentor_id_mentors'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_invitations_stream_id_streams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_invitations_token_digest'))
    )
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitations_email_key'), ['email_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitations_stream_id'), ['stream_id'], unique=False)

    op.create_table('late_drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('received_at', UTCDateTime(), nullable=False),
    sa.Column('closed_at', UTCDateTime(), nullable=False),
    sa.Column('extension_asked_at', UTCDateTime(), nullable=True),
    sa.Column('extension_reason', sa.Text(), nullable=False),
    sa.Column('settled_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['round_id'], ['rounds.id'], name=op.f('fk_late_drafts_round_id_rounds')),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_late_drafts_stream_id_streams')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_late_drafts_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_late_drafts'))
    )
    with op.batch_alter_table('late_drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_late_drafts_round_id'), ['round_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_late_drafts_user_id'), ['user_id'], unique=False)

    op.create_table('offerings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('direction_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['direction_id'], ['directions.id'], name=op.f('fk_offerings_direction_id_directions')),
    sa.ForeignKeyConstraint(['stream_id', 'round_id'], ['streams.id', 'streams.round_id'], name=op.f('fk_offerings_stream_id_round_id_streams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offerings')),
    sa.UniqueConstraint('round_id', 'direction_id', name=op.f('uq_offerings_round_id_direction_id'))
    )
    with op.batch_alter_table('offerings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_offerings_direction_id'), ['direction_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_offerings_stream_id'), ['stream_id'], unique=False)

    op.create_table('questions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('short_text', 'long_text', 'choice', 'yes_no', 'number', 'date', 'link', name='kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('prompt', sa.Text(), nullable=False),
    sa.Column('help', sa.Text(), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('word_limit', sa.Integer(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('retired_at', UTCDateTime(), nullable=True),
    sa.CheckConstraint('word_limit IS NULL OR word_limit > 0', name=op.f('ck_questions_word_limit_positive')),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_questions_stream_id_streams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions'))
    )
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questions_stream_id'), ['stream_id'], unique=False)

    op.create_table('section_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('section', sa.String(length=40), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_section_answers_application_id_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_section_answers')),
    sa.UniqueConstraint('application_id', 'section', name=op.f('uq_section_answers_application_id_section'))
    )
    op.create_table('stream_members',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('lead', 'co', 'reader', name='streamrole', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('added_at', UTCDateTime(), nullable=False),
    sa.Column('totals_opened_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_stream_members_stream_id_streams'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_stream_members_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stream_members')),
    sa.UniqueConstraint('stream_id', 'user_id', name=op.f('uq_stream_members_stream_id_user_id'))
    )
    with op.batch_alter_table('stream_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stream_members_user_id'), ['user_id'], unique=False)

    op.create_table('stream_mentors',
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('mentor_id', sa.Integer(), nullable=False),
    sa.Column('is_primary', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['mentor_id'], ['mentors.id'], name=op.f('fk_stream_mentors_mentor_id_mentors'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_stream_mentors_stream_id_streams'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('stream_id', 'mentor_id', name=op.f('pk_stream_mentors'))
    )
    with op.batch_alter_table('stream_mentors', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stream_mentors_mentor_id'), ['mentor_id'], unique=False)

    op.create_table('submissions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('received_at', UTCDateTime(), nullable=False),
    sa.Column('recorded_at', UTCDateTime(), nullable=False),
    sa.Column('arrival', sa.Enum('on_time', 'in_grace', 'late', name='arrival', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('applicant_name', sa.String(length=200), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_submissions_application_id_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submissions')),
    sa.UniqueConstraint('application_id', 'idempotency_key', name=op.f('uq_submissions_application_id_idempotency_key')),
    sa.UniqueConstraint('number', name=op.f('uq_submissions_number'))
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_submissions_application_id'), ['application_id'], unique=False)

    op.create_table('choices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('offering_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.CheckConstraint('rank >= 1', name=op.f('ck_choices_rank_from_one')),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_choices_application_id_applications'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_choices_offering_id_offerings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_choices')),
    sa.UniqueConstraint('application_id', 'offering_id', name=op.f('uq_choices_application_id_offering_id')),
    sa.UniqueConstraint('application_id', 'rank', name=op.f('uq_choices_application_id_rank'))
    )
    with op.batch_alter_table('choices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_choices_offering_id'), ['offering_id'], unique=False)

    op.create_table('stream_applications',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=True),
    sa.Column('best_rank', sa.Integer(), nullable=True),
    sa.Column('first_received_at', UTCDateTime(), nullable=True),
    sa.Column('words', sa.Integer(), nullable=False),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('score_mean', sa.Double(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_stream_applications_application_id_applications'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_stream_applications_stream_id_streams')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_stream_applications_submission_id_submissions'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stream_applications')),
    sa.UniqueConstraint('application_id', 'stream_id', name=op.f('uq_stream_applications_application_id_stream_id'))
    )
    with op.batch_alter_table('stream_applications', schema=None) as batch_op:
        batch_op.create_index('ix_stream_applications_queue', ['stream_id', 'submission_id', 'application_id', 'reads', 'first_received_at', 'words', 'best_rank'], unique=False)
        batch_op.create_index(batch_op.f('ix_stream_applications_submission_id'), ['submission_id'], unique=False)

    op.create_table('submission_choices',
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('offering_id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_submission_choices_offering_id_offerings')),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_submission_choices_stream_id_streams')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_submission_choices_submission_id_submissions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('submission_id', 'rank', name=op.f('pk_submission_choices'))
    )
    with op.batch_alter_table('submission_choices', schema=None) as batch_op:
        batch_op.create_index('ix_submission_choices_of_stream', ['stream_id', 'submission_id', 'rank', 'offering_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_submission_choices_offering_id'), ['offering_id'], unique=False)

    op.create_table('answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_application_id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['questions.id'], name=op.f('fk_answers_question_id_questions')),
    sa.ForeignKeyConstraint(['stream_application_id'], ['stream_applications.id'], name=op.f('fk_answers_stream_application_id_stream_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answers')),
    sa.UniqueConstraint('stream_application_id', 'question_id', name=op.f('uq_answers_stream_application_id_question_id'))
    )
    with op.batch_alter_table('answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answers_question_id'), ['question_id'], unique=False)

    op.create_table('decisions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_application_id', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Enum('accept', 'waitlist', 'decline', name='outcome', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', UTCDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['users.id'], name=op.f('fk_decisions_decided_by_id_users')),
    sa.ForeignKeyConstraint(['stream_application_id'], ['stream_applications.id'], name=op.f('fk_decisions_stream_application_id_stream_applications'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decisions')),
    sa.UniqueConstraint('stream_application_id', name=op.f('uq_decisions_stream_application_id'))
    )
    op.create_table('reviews',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('stream_application_id', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.Integer(), nullable=False),
    sa.Column('reader_id', sa.Integer(), nullable=False),
    sa.Column('submission_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('draft', 'submitted', name='reviewstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('recommendation', sa.Enum('strong_yes', 'yes', 'maybe', 'no', 'abstain', name='recommendation', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('saved_at', UTCDateTime(), nullable=False),
    sa.Column('submitted_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['reader_id'], ['users.id'], name=op.f('fk_reviews_reader_id_users')),
    sa.ForeignKeyConstraint(['stream_application_id'], ['stream_applications.id'], name=op.f('fk_reviews_stream_application_id_stream_applications'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_reviews_stream_id_streams')),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_reviews_submission_id_submissions'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews')),
    sa.UniqueConstraint('stream_application_id', 'reader_id', name=op.f('uq_reviews_stream_application_id_reader_id'))
    )
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.create_index('ix_reviews_of_reader', ['reader_id', 'stream_application_id', 'state', 'submission_id'], unique=False)
        batch_op.create_index('ix_reviews_of_stream', ['stream_id', 'reader_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_reviews_submission_id'), ['submission_id'], unique=False)

    op.create_table('scores',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('criterion_id', sa.Integer(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.CheckConstraint('value BETWEEN 1 AND 5', name=op.f('ck_scores_value_in_scale')),
    sa.ForeignKeyConstraint(['criterion_id'], ['criteria.id'], name=op.f('fk_scores_criterion_id_criteria')),
    sa.ForeignKeyConstraint(['review_id'], ['reviews.id'], name=op.f('fk_scores_review_id_reviews'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('review_id', 'criterion_id', name=op.f('pk_scores'))
    )
    with op.batch_alter_table('scores', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scores_criterion_id'), ['criterion_id'], unique=False)

    # An application names its current submission and a submission its application. SQLite took both keys when the tables
    # were made; elsewhere the first can only follow once both are there.
    if op.get_bind().dialect.name != 'sqlite':
        op.create_foreign_key(CURRENT, 'applications', 'submissions', ['current_submission_id'], ['id'])


def downgrade():
    if op.get_bind().dialect.name != 'sqlite':
        op.drop_constraint(CURRENT, 'applications', type_='foreignkey')
    with op.batch_alter_table('scores', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scores_criterion_id'))

    op.drop_table('scores')
    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reviews_submission_id'))
        batch_op.drop_index('ix_reviews_of_stream')
        batch_op.drop_index('ix_reviews_of_reader')

    op.drop_table('reviews')
    op.drop_table('decisions')
    with op.batch_alter_table('answers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_answers_question_id'))

    op.drop_table('answers')
    with op.batch_alter_table('submission_choices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submission_choices_offering_id'))
        batch_op.drop_index('ix_submission_choices_of_stream')

    op.drop_table('submission_choices')
    with op.batch_alter_table('stream_applications', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stream_applications_submission_id'))
        batch_op.drop_index('ix_stream_applications_queue')

    op.drop_table('stream_applications')
    with op.batch_alter_table('choices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_choices_offering_id'))

    op.drop_table('choices')
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_submissions_application_id'))

    op.drop_table('submissions')
    with op.batch_alter_table('stream_mentors', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stream_mentors_mentor_id'))

    op.drop_table('stream_mentors')
    with op.batch_alter_table('stream_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stream_members_user_id'))

    op.drop_table('stream_members')
    op.drop_table('section_answers')
    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questions_stream_id'))

    op.drop_table('questions')
    with op.batch_alter_table('offerings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_offerings_stream_id'))
        batch_op.drop_index(batch_op.f('ix_offerings_direction_id'))

    op.drop_table('offerings')
    with op.batch_alter_table('late_drafts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_late_drafts_user_id'))
        batch_op.drop_index(batch_op.f('ix_late_drafts_round_id'))

    op.drop_table('late_drafts')
    with op.batch_alter_table('invitations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitations_stream_id'))
        batch_op.drop_index(batch_op.f('ix_invitations_email_key'))

    op.drop_table('invitations')
    with op.batch_alter_table('extensions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_extensions_user_id'))

    op.drop_table('extensions')
    with op.batch_alter_table('direction_mentors', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_direction_mentors_mentor_id'))

    op.drop_table('direction_mentors')
    with op.batch_alter_table('streams', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_streams_round_id'))

    op.drop_table('streams')
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_ins_user_id'))

    op.drop_table('sign_ins')
    with op.batch_alter_table('person_variants', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_variants_name'))

    op.drop_table('person_variants')
    with op.batch_alter_table('paper_topics', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_paper_topics_topic_id'))

    op.drop_table('paper_topics')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_user_id'))
        batch_op.drop_index(batch_op.f('ix_outbox_kind'))
        batch_op.drop_index(batch_op.f('ix_outbox_created_at'))

    op.drop_table('outbox')
    op.drop_table('mentors')
    with op.batch_alter_table('key_dates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_key_dates_round_id'))

    op.drop_table('key_dates')
    with op.batch_alter_table('enquiries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_enquiries_user_id'))
        batch_op.drop_index(batch_op.f('ix_enquiries_round_id'))

    op.drop_table('enquiries')
    with op.batch_alter_table('direction_topics', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_direction_topics_topic_id'))

    op.drop_table('direction_topics')
    with op.batch_alter_table('direction_papers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_direction_papers_paper_id'))

    op.drop_table('direction_papers')
    op.drop_table('criteria')
    with op.batch_alter_table('authorships', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_authorships_person_id'))

    op.drop_table('authorships')
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_events_subject')
        batch_op.drop_index(batch_op.f('ix_audit_events_at'))
        batch_op.drop_index(batch_op.f('ix_audit_events_actor_id'))
        batch_op.drop_index(batch_op.f('ix_audit_events_action'))

    op.drop_table('audit_events')
    with op.batch_alter_table('applications', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_applications_user_id'))
        batch_op.drop_index('ix_applications_of_round')

    op.drop_table('applications')
    with op.batch_alter_table('announcements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_announcements_round_id'))

    op.drop_table('announcements')
    op.drop_table('users')
    op.drop_table('topics')
    op.drop_table('rounds')
    op.drop_table('people')
    with op.batch_alter_table('papers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_papers_date'))

    op.drop_table('papers')
    op.drop_table('faq_entries')
    op.drop_table('directions')
