"""Initial.

Log migrations only add nullable columns; meaning changes by upcaster. Never alter the log in batch mode.
"""

# ruff: noqa: E501 - the conditions of indexes and CHECK constraints stay on their lines

import sqlalchemy as sa
from alembic import op

from models.database import UtcDateTime
from models.migrations.append_only import protect

revision = "0001"
down_revision = None


# fmt: off
def upgrade() -> None:
    op.create_table('action_tokens',
        sa.Column('token', sa.String(), nullable=False), sa.Column('party', sa.String(), nullable=False),
        sa.Column('chat', sa.BigInteger(), nullable=False), sa.Column('notice', sa.String(), nullable=False),
        sa.Column('about', sa.String(), nullable=False), sa.Column('action', sa.String(), nullable=False),
        sa.Column('params', sa.String(), nullable=False), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('expires_at', UtcDateTime(), nullable=False), sa.Column('used_at', UtcDateTime(), nullable=True),
        sa.Column('answer', sa.String(), nullable=True),
        sa.PrimaryKeyConstraint('token', name=op.f('pk_action_tokens')))
    op.create_index(op.f('ix_action_tokens_notice'), 'action_tokens', ['notice'], unique=False)
    op.create_table('alliance_members',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('alliance', sa.String(), nullable=False), sa.Column('facility', sa.String(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=True), sa.Column('last_day', sa.Date(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_alliance_members_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_alliance_members_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_alliance_members_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_alliance_members')))
    op.create_index(op.f('ix_alliance_members_id'), 'alliance_members', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_alliance_members_id_valid_from'), 'alliance_members', ['id', 'valid_from'], unique=False)
    op.create_table('alliances',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('name_zh', sa.String(), nullable=False), sa.Column('name_en', sa.String(), nullable=False),
        sa.Column('lead', sa.String(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_alliances_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_alliances_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_alliances_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_alliances')))
    op.create_index(op.f('ix_alliances_id'), 'alliances', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_alliances_id_valid_from'), 'alliances', ['id', 'valid_from'], unique=False)
    op.create_table('audit',
        sa.Column('id', sa.String(), nullable=False), sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('actor', sa.String(), nullable=False), sa.Column('action', sa.String(), nullable=False),
        sa.Column('subject', sa.String(), nullable=False), sa.Column('reason', sa.String(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')))
    op.create_index(op.f('ix_audit_at'), 'audit', ['at'], unique=False)
    op.create_index(op.f('ix_audit_subject'), 'audit', ['subject'], unique=False)
    op.create_table('binding_codes',
        sa.Column('code', sa.String(), nullable=False), sa.Column('party', sa.String(), nullable=False),
        sa.Column('party_kind', sa.Text(), nullable=False), sa.Column('factors', sa.JSON(), nullable=False),
        sa.Column('made_at', UtcDateTime(), nullable=False), sa.Column('made_by', sa.String(), nullable=False),
        sa.Column('expires_at', UtcDateTime(), nullable=False), sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('used_at', UtcDateTime(), nullable=True), sa.Column('used_by', sa.String(), nullable=True),
        sa.CheckConstraint("party_kind IN ('practitioner', 'patient', 'contact')", name=op.f('ck_binding_codes_party_kind')),
        sa.CheckConstraint('tries >= 0', name=op.f('ck_binding_codes_tries')),
        sa.PrimaryKeyConstraint('code', name=op.f('pk_binding_codes')))
    op.create_index(op.f('ix_binding_codes_party'), 'binding_codes', ['party'], unique=False)
    op.create_table('business_keys',
        sa.Column('source', sa.String(), nullable=False), sa.Column('key', sa.String(), nullable=False),
        sa.Column('stream', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('source', 'key', name=op.f('pk_business_keys')))
    op.create_table('cards',
        sa.Column('id', sa.String(), nullable=False), sa.Column('about', sa.String(), nullable=False),
        sa.Column('notice', sa.String(), nullable=False), sa.Column('purpose', sa.String(), nullable=False),
        sa.Column('recipient', sa.String(), nullable=False), sa.Column('chat', sa.BigInteger(), nullable=False),
        sa.Column('message', sa.BigInteger(), nullable=False),
        sa.Column('shown_version', sa.Integer(), nullable=False),
        sa.Column('wanted_version', sa.Integer(), nullable=False),
        sa.Column('shown_hash', sa.String(), nullable=False), sa.Column('opened', sa.Boolean(), nullable=False),
        sa.Column('next_at', UtcDateTime(), nullable=False), sa.PrimaryKeyConstraint('id', name=op.f('pk_cards')),
        sa.UniqueConstraint('chat', 'message', name=op.f('uq_cards_chat_message')))
    op.create_index(op.f('ix_cards_about'), 'cards', ['about'], unique=False)
    op.create_index('ix_cards_changed', 'cards', ['next_at'], unique=False, postgresql_where=sa.text('wanted_version > shown_version'), sqlite_where=sa.text('wanted_version > shown_version'))
    op.create_table('chat_addresses',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('party', sa.String(), nullable=False), sa.Column('party_kind', sa.Text(), nullable=False),
        sa.Column('channel', sa.Text(), nullable=False), sa.Column('chat', sa.String(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False), sa.Column('blocked_at', UtcDateTime(), nullable=True),
        sa.CheckConstraint("channel IN ('telegram')", name=op.f('ck_chat_addresses_channel')),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_chat_addresses_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_chat_addresses_origin')),
        sa.CheckConstraint("party_kind IN ('practitioner', 'patient', 'contact')", name=op.f('ck_chat_addresses_party_kind')),
        sa.CheckConstraint('place >= 1', name=op.f('ck_chat_addresses_place')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_chat_addresses_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_chat_addresses')))
    op.create_index(op.f('ix_chat_addresses_channel_chat'), 'chat_addresses', ['channel', 'chat'], unique=False)
    op.create_index(op.f('ix_chat_addresses_id'), 'chat_addresses', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_chat_addresses_id_valid_from'), 'chat_addresses', ['id', 'valid_from'], unique=False)
    op.create_index(op.f('ix_chat_addresses_party'), 'chat_addresses', ['party'], unique=False)
    op.create_table('closed_for_now',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('facility', sa.String(), nullable=False), sa.Column('department', sa.String(), nullable=True),
        sa.Column('since', UtcDateTime(), nullable=False), sa.Column('until', UtcDateTime(), nullable=True),
        sa.Column('reason', sa.String(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_closed_for_now_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_closed_for_now_origin')),
        sa.CheckConstraint('until IS NULL OR until > since', name=op.f('ck_closed_for_now_until')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_closed_for_now_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_closed_for_now')))
    op.create_index(op.f('ix_closed_for_now_id'), 'closed_for_now', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_closed_for_now_id_valid_from'), 'closed_for_now', ['id', 'valid_from'], unique=False)
    op.create_table('consents',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('patient', sa.String(), nullable=False), sa.Column('purpose', sa.Text(), nullable=False),
        sa.Column('informed_by', sa.String(), nullable=False), sa.Column('agreed_by', sa.String(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_consents_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_consents_origin')),
        sa.CheckConstraint("purpose IN ('sharing', 'chat', 'reminders', 'follow_up')", name=op.f('ck_consents_purpose')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_consents_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_consents')))
    op.create_index(op.f('ix_consents_id'), 'consents', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_consents_id_valid_from'), 'consents', ['id', 'valid_from'], unique=False)
    op.create_index(op.f('ix_consents_patient'), 'consents', ['patient'], unique=False)
    op.create_table('contacts',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('patient', sa.String(), nullable=False), sa.Column('key_id', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=True), sa.Column('phone', sa.String(), nullable=True),
        sa.Column('relation', sa.Text(), nullable=False), sa.Column('language', sa.Text(), nullable=False),
        sa.Column('scope', sa.JSON(), nullable=False), sa.Column('may_answer', sa.Boolean(), nullable=False),
        sa.Column('guardian', sa.Boolean(), nullable=False), sa.Column('consented', sa.Boolean(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=True), sa.Column('last_day', sa.Date(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_contacts_ended_origin')),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_contacts_language')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_contacts_origin')),
        sa.CheckConstraint("relation IN ('spouse', 'daughter', 'son', 'mother', 'father', 'grandparent', 'grandchild', 'sibling', 'relative', 'neighbour', 'carer', 'other')", name=op.f('ck_contacts_relation')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_contacts_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_contacts')))
    op.create_index(op.f('ix_contacts_id'), 'contacts', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_contacts_id_valid_from'), 'contacts', ['id', 'valid_from'], unique=False)
    op.create_index(op.f('ix_contacts_patient'), 'contacts', ['patient'], unique=False)
    op.create_table('cursors',
        sa.Column('stream', sa.String(), nullable=False), sa.Column('consumer', sa.String(), nullable=False),
        sa.Column('done', sa.Integer(), nullable=False), sa.Column('wanted', sa.Integer(), nullable=False),
        sa.Column('since', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('stream', 'consumer', name=op.f('pk_cursors')))
    op.create_index('ix_cursors_behind', 'cursors', ['since'], unique=False, postgresql_where=sa.text('wanted > done'), sqlite_where=sa.text('wanted > done'))
    op.create_table('day_overrides',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('day', sa.Date(), nullable=False), sa.Column('working', sa.Boolean(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_day_overrides_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_day_overrides_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_day_overrides_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_day_overrides')))
    op.create_index(op.f('ix_day_overrides_id'), 'day_overrides', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_day_overrides_id_valid_from'), 'day_overrides', ['id', 'valid_from'], unique=False)
    op.create_table('deaths',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('died_on', sa.Date(), nullable=True), sa.Column('learnt_from', sa.String(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_deaths_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_deaths_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_deaths_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_deaths')))
    op.create_index(op.f('ix_deaths_id'), 'deaths', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_deaths_id_valid_from'), 'deaths', ['id', 'valid_from'], unique=False)
    op.create_table('deliveries',
        sa.Column('id', sa.String(), nullable=False), sa.Column('notice', sa.String(), nullable=False),
        sa.Column('attempt', sa.Integer(), nullable=False), sa.Column('address', sa.String(), nullable=False),
        sa.Column('chat', sa.BigInteger(), nullable=False), sa.Column('state', sa.String(), nullable=False),
        sa.Column('fence', sa.Integer(), nullable=False), sa.Column('message', sa.BigInteger(), nullable=True),
        sa.Column('reason', sa.String(), nullable=True), sa.Column('started_at', UtcDateTime(), nullable=False),
        sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
        sa.UniqueConstraint('notice', 'attempt', name=op.f('uq_deliveries_notice_attempt')))
    op.create_index('ix_deliveries_sending', 'deliveries', ['state'], unique=False, postgresql_where=sa.text("state = 'sending'"), sqlite_where=sa.text("state = 'sending'"))
    op.create_table('departments',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('facility', sa.String(), nullable=False), sa.Column('code', sa.String(), nullable=False),
        sa.Column('name_zh', sa.String(), nullable=False), sa.Column('name_en', sa.String(), nullable=False),
        sa.Column('place_zh', sa.String(), nullable=False), sa.Column('place_en', sa.String(), nullable=False),
        sa.Column('line24', sa.String(), nullable=True), sa.Column('desk_hours', sa.JSON(), nullable=False),
        sa.Column('desk_people', sa.JSON(), nullable=False), sa.Column('sensitive', sa.Boolean(), nullable=False),
        sa.Column('aliases', sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_departments_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_departments_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_departments_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_departments')))
    op.create_index(op.f('ix_departments_id'), 'departments', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_departments_id_valid_from'), 'departments', ['id', 'valid_from'], unique=False)
    op.create_table('directory_epoch',
        sa.Column('id', sa.Integer(), nullable=False), sa.Column('epoch', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_epoch')))
    op.create_table('duty_overrides',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('facility', sa.String(), nullable=False), sa.Column('department', sa.String(), nullable=True),
        sa.Column('first_day', sa.Date(), nullable=False), sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('starts', sa.String(), nullable=False), sa.Column('ends', sa.String(), nullable=False),
        sa.Column('people', sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_duty_overrides_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_duty_overrides_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_duty_overrides_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_duty_overrides')))
    op.create_index(op.f('ix_duty_overrides_id'), 'duty_overrides', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_duty_overrides_id_valid_from'), 'duty_overrides', ['id', 'valid_from'], unique=False)
    op.create_table('duty_rota',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('facility', sa.String(), nullable=False), sa.Column('department', sa.String(), nullable=True),
        sa.Column('weekday', sa.Integer(), nullable=False), sa.Column('starts', sa.String(), nullable=False),
        sa.Column('ends', sa.String(), nullable=False), sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('person', sa.String(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_duty_rota_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_duty_rota_origin')),
        sa.CheckConstraint('place >= 1', name=op.f('ck_duty_rota_place')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_duty_rota_valid')),
        sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_duty_rota_weekday')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_duty_rota')))
    op.create_index(op.f('ix_duty_rota_id'), 'duty_rota', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_duty_rota_id_valid_from'), 'duty_rota', ['id', 'valid_from'], unique=False)
    op.create_table('facilities',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('kind', sa.Text(), nullable=False), sa.Column('tier', sa.Text(), nullable=False),
        sa.Column('name_zh', sa.String(), nullable=False), sa.Column('name_en', sa.String(), nullable=False),
        sa.Column('parent', sa.String(), nullable=True), sa.Column('city', sa.String(), nullable=True),
        sa.Column('time_zone', sa.String(), nullable=True), sa.Column('address_zh', sa.String(), nullable=False),
        sa.Column('address_en', sa.String(), nullable=False), sa.Column('line24', sa.String(), nullable=True),
        sa.Column('areas', sa.JSON(), nullable=False), sa.Column('driving_minutes', sa.JSON(), nullable=False),
        sa.Column('covering', sa.JSON(), nullable=False), sa.Column('tests', sa.JSON(), nullable=False),
        sa.Column('medicines', sa.JSON(), nullable=False), sa.Column('identifiers', sa.JSON(), nullable=False),
        sa.Column('aliases', sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_facilities_ended_origin')),
        sa.CheckConstraint("kind IN ('hospital', 'community', 'village', 'mch', 'psychiatric', 'emergency_centre', 'public_health')", name=op.f('ck_facilities_kind')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_facilities_origin')),
        sa.CheckConstraint("tier IN ('village', 'community', 'county', 'tertiary')", name=op.f('ck_facilities_tier')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_facilities_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_facilities')))
    op.create_index(op.f('ix_facilities_id'), 'facilities', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_facilities_id_valid_from'), 'facilities', ['id', 'valid_from'], unique=False)
    op.create_table('failures',
        sa.Column('consumer', sa.String(), nullable=False), sa.Column('stream', sa.String(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False), sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False), sa.Column('first_at', UtcDateTime(), nullable=False),
        sa.Column('last_at', UtcDateTime(), nullable=False), sa.Column('next_at', UtcDateTime(), nullable=True),
        sa.Column('parked_at', UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('consumer', 'stream', name=op.f('pk_failures')))
    op.create_index(op.f('ix_failures_next_at'), 'failures', ['next_at'], unique=False)
    op.create_table('family_doctor_teams',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('facility', sa.String(), nullable=False), sa.Column('name_zh', sa.String(), nullable=False),
        sa.Column('name_en', sa.String(), nullable=False), sa.Column('lead', sa.String(), nullable=False),
        sa.Column('members', sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_family_doctor_teams_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_family_doctor_teams_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_family_doctor_teams_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_family_doctor_teams')))
    op.create_index(op.f('ix_family_doctor_teams_id'), 'family_doctor_teams', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_family_doctor_teams_id_valid_from'), 'family_doctor_teams', ['id', 'valid_from'], unique=False)
    op.create_table('forms',
        sa.Column('chat', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('state', sa.String(), nullable=False), sa.Column('data', sa.String(), nullable=False),
        sa.Column('updated_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('chat', name=op.f('pk_forms')))
    op.create_table('inbox',
        sa.Column('source', sa.String(), nullable=False), sa.Column('message', sa.String(), nullable=False),
        sa.Column('body_hash', sa.String(), nullable=False), sa.Column('status', sa.Integer(), nullable=False),
        sa.Column('answer', sa.String(), nullable=False), sa.Column('received_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('source', 'message', name=op.f('pk_inbox')))
    op.create_table('intake',
        sa.Column('id', sa.String(), nullable=False), sa.Column('source', sa.String(), nullable=True),
        sa.Column('channel', sa.String(), nullable=False), sa.Column('message', sa.String(), nullable=True),
        sa.Column('status', sa.Integer(), nullable=False), sa.Column('reason', sa.String(), nullable=True),
        sa.Column('code', sa.String(), nullable=True), sa.Column('stream', sa.String(), nullable=True),
        sa.Column('body', sa.String(), nullable=True), sa.Column('received_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_intake')))
    op.create_index(op.f('ix_intake_received_at'), 'intake', ['received_at'], unique=False)
    op.create_table('language_choices',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('language', sa.Text(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_language_choices_ended_origin')),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_language_choices_language')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_language_choices_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_language_choices_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_language_choices')))
    op.create_index(op.f('ix_language_choices_id'), 'language_choices', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_language_choices_id_valid_from'), 'language_choices', ['id', 'valid_from'], unique=False)
    op.create_table('leases',
        sa.Column('name', sa.String(), nullable=False), sa.Column('owner', sa.String(), nullable=False),
        sa.Column('fence', sa.Integer(), nullable=False), sa.Column('beat', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_leases')))
    op.create_table('log',
        sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
        sa.Column('id', sa.String(), nullable=False), sa.Column('stream', sa.String(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False), sa.Column('type', sa.String(), nullable=False),
        sa.Column('schema_version', sa.Integer(), nullable=False), sa.Column('loop', sa.String(), nullable=False),
        sa.Column('caused_by', sa.String(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('on_behalf_of', sa.String(), nullable=True),
        sa.Column('occurred_at', UtcDateTime(), nullable=False),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('data', sa.String(), nullable=False),
        sa.Column('hash', sa.String(), nullable=False), sa.Column('transaction', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('position', name=op.f('pk_log')),
        sa.UniqueConstraint('id', name=op.f('uq_log_id')),
        sa.UniqueConstraint('stream', 'version', name=op.f('uq_log_stream_version')))
    op.create_table('notices',
        sa.Column('stream', sa.String(), nullable=False), sa.Column('loop', sa.String(), nullable=False),
        sa.Column('about', sa.String(), nullable=False), sa.Column('purpose', sa.String(), nullable=False),
        sa.Column('lane', sa.String(), nullable=False), sa.Column('lane_rank', sa.Integer(), nullable=False),
        sa.Column('recipient', sa.String(), nullable=False), sa.Column('step', sa.Integer(), nullable=False),
        sa.Column('params', sa.String(), nullable=False), sa.Column('silent', sa.Boolean(), nullable=False),
        sa.Column('state', sa.String(), nullable=False), sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('addresses_tried', sa.Integer(), nullable=False),
        sa.Column('requested_at', UtcDateTime(), nullable=False),
        sa.Column('next_at', UtcDateTime(), nullable=False), sa.Column('expires_at', UtcDateTime(), nullable=True),
        sa.Column('marked', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('stream', name=op.f('pk_notices')))
    op.create_index(op.f('ix_notices_about'), 'notices', ['about'], unique=False)
    op.create_index(op.f('ix_notices_recipient'), 'notices', ['recipient'], unique=False)
    op.create_index('ix_notices_sendable', 'notices', ['lane_rank', 'next_at'], unique=False, postgresql_where=sa.text("state IN ('waiting', 'retry')"), sqlite_where=sa.text("state IN ('waiting', 'retry')"))
    op.create_table('opt_outs',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('party', sa.String(), nullable=False), sa.Column('purpose', sa.Text(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_opt_outs_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_opt_outs_origin')),
        sa.CheckConstraint("purpose IN ('sharing', 'chat', 'reminders', 'follow_up')", name=op.f('ck_opt_outs_purpose')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_opt_outs_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_opt_outs')))
    op.create_index(op.f('ix_opt_outs_id'), 'opt_outs', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_opt_outs_id_valid_from'), 'opt_outs', ['id', 'valid_from'], unique=False)
    op.create_index(op.f('ix_opt_outs_party'), 'opt_outs', ['party'], unique=False)
    op.create_table('outbox',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
        sa.Column('stream', sa.String(), nullable=False), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('lane', sa.String(), nullable=False), sa.Column('types', sa.String(), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')))
    op.create_index(op.f('ix_outbox_lane_id'), 'outbox', ['lane', 'id'], unique=False)
    op.create_table('parameters',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('scope', sa.Text(), nullable=False), sa.Column('scope_id', sa.String(), nullable=False),
        sa.Column('key', sa.String(), nullable=False), sa.Column('value', sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_parameters_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_parameters_origin')),
        sa.CheckConstraint("scope IN ('facility', 'city', 'site')", name=op.f('ck_parameters_scope')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_parameters_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_parameters')))
    op.create_index(op.f('ix_parameters_id'), 'parameters', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_parameters_id_valid_from'), 'parameters', ['id', 'valid_from'], unique=False)
    op.create_table('parked',
        sa.Column('id', sa.String(), nullable=False), sa.Column('queue', sa.String(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False), sa.Column('payload', sa.String(), nullable=False),
        sa.Column('headers', sa.String(), nullable=False), sa.Column('parked_at', UtcDateTime(), nullable=False),
        sa.Column('redriven_at', UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_parked')))
    op.create_table('patient_identifiers',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('patient', sa.String(), nullable=False), sa.Column('system', sa.String(), nullable=False),
        sa.Column('blind', sa.String(), nullable=False), sa.Column('value', sa.String(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_patient_identifiers_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_patient_identifiers_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_patient_identifiers_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_patient_identifiers')))
    op.create_index(op.f('ix_patient_identifiers_id'), 'patient_identifiers', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_patient_identifiers_id_valid_from'), 'patient_identifiers', ['id', 'valid_from'], unique=False)
    op.create_index(op.f('ix_patient_identifiers_patient'), 'patient_identifiers', ['patient'], unique=False)
    op.create_table('patient_keys',
        sa.Column('id', sa.String(), nullable=False), sa.Column('wrapped', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_patient_keys')))
    op.create_table('patients',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('key_id', sa.String(), nullable=False), sa.Column('name', sa.String(), nullable=True),
        sa.Column('birth', sa.String(), nullable=True), sa.Column('phone', sa.String(), nullable=True),
        sa.Column('sex', sa.Text(), nullable=True), sa.Column('language', sa.Text(), nullable=False),
        sa.Column('area', sa.String(), nullable=True), sa.Column('provisional', sa.Boolean(), nullable=False),
        sa.Column('source', sa.String(), nullable=True),
        sa.Column('data_incomplete', sa.Boolean(), nullable=False), sa.Column('doubts', sa.JSON(), nullable=False),
        sa.Column('merged_into', sa.String(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_patients_ended_origin')),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_patients_language')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_patients_origin')),
        sa.CheckConstraint("sex IN ('F', 'M')", name=op.f('ck_patients_sex')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_patients_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_patients')))
    op.create_index(op.f('ix_patients_id'), 'patients', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_patients_id_valid_from'), 'patients', ['id', 'valid_from'], unique=False)
    op.create_table('people',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('name_zh', sa.String(), nullable=False), sa.Column('name_en', sa.String(), nullable=False),
        sa.Column('language', sa.Text(), nullable=False), sa.Column('phone', sa.String(), nullable=True),
        sa.Column('identifiers', sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_people_ended_origin')),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_people_language')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_people_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_people_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_people')))
    op.create_index(op.f('ix_people_id'), 'people', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_people_id_valid_from'), 'people', ['id', 'valid_from'], unique=False)
    op.create_table('practice_roles',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('person', sa.String(), nullable=False), sa.Column('facility', sa.String(), nullable=False),
        sa.Column('department', sa.String(), nullable=True), sa.Column('role', sa.Text(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=True), sa.Column('last_day', sa.Date(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_practice_roles_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_practice_roles_origin')),
        sa.CheckConstraint("role IN ('doctor', 'nurse', 'coordinator', 'head', 'discharge_desk', 'family_doctor', 'admin', 'supervisor')", name=op.f('ck_practice_roles_role')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_practice_roles_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_practice_roles')))
    op.create_index(op.f('ix_practice_roles_id'), 'practice_roles', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_practice_roles_id_valid_from'), 'practice_roles', ['id', 'valid_from'], unique=False)
    op.create_table('settings',
        sa.Column('key', sa.String(), nullable=False), sa.Column('value', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_settings')))
    op.create_table('sources',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('facility', sa.String(), nullable=False), sa.Column('key_hash', sa.String(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False), sa.Column('amqp_user', sa.String(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_sources_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_sources_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_sources_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_sources')))
    op.create_index(op.f('ix_sources_id'), 'sources', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_sources_id_valid_from'), 'sources', ['id', 'valid_from'], unique=False)
    op.create_table('streams',
        sa.Column('id', sa.String(), nullable=False), sa.Column('kind', sa.String(), nullable=False),
        sa.Column('loop', sa.String(), nullable=False), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('hash', sa.String(), nullable=False), sa.Column('patient_key', sa.String(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_streams')))
    op.create_index(op.f('ix_streams_loop'), 'streams', ['loop'], unique=False)
    op.create_table('summaries',
        sa.Column('stream', sa.String(), nullable=False), sa.Column('kind', sa.String(), nullable=False),
        sa.Column('loop', sa.String(), nullable=False), sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(), nullable=True), sa.Column('status', sa.String(), nullable=False),
        sa.Column('situation', sa.String(), nullable=True), sa.Column('open', sa.Boolean(), nullable=False),
        sa.Column('priority', sa.String(), nullable=False), sa.Column('direction', sa.String(), nullable=True),
        sa.Column('patient', sa.String(), nullable=False), sa.Column('initiator', sa.String(), nullable=True),
        sa.Column('initiator_facility', sa.String(), nullable=True),
        sa.Column('recipient_facility', sa.String(), nullable=True),
        sa.Column('department', sa.String(), nullable=True), sa.Column('source', sa.String(), nullable=True),
        sa.Column('holder_role', sa.String(), nullable=True),
        sa.Column('holder_facility', sa.String(), nullable=True),
        sa.Column('holder_department', sa.String(), nullable=True),
        sa.Column('holder_person', sa.String(), nullable=True), sa.Column('step', sa.Integer(), nullable=False),
        sa.Column('since', UtcDateTime(), nullable=True), sa.Column('due', UtcDateTime(), nullable=True),
        sa.Column('begun_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('stream', name=op.f('pk_summaries')),
        sa.UniqueConstraint('code', name=op.f('uq_summaries_code')))
    op.create_index('ix_summaries_due', 'summaries', ['due'], unique=False, postgresql_where=sa.text('due IS NOT NULL'), sqlite_where=sa.text('due IS NOT NULL'))
    op.create_index(op.f('ix_summaries_holder_facility_holder_person'), 'summaries', ['holder_facility', 'holder_person'], unique=False)
    op.create_index(op.f('ix_summaries_initiator_facility_status'), 'summaries', ['initiator_facility', 'status'], unique=False)
    op.create_index(op.f('ix_summaries_loop'), 'summaries', ['loop'], unique=False)
    op.create_index('ix_summaries_open', 'summaries', ['loop'], unique=False, postgresql_where=sa.text('open'), sqlite_where=sa.text('open'))
    op.create_index(op.f('ix_summaries_patient'), 'summaries', ['patient'], unique=False)
    op.create_index(op.f('ix_summaries_recipient_facility_status'), 'summaries', ['recipient_facility', 'status'], unique=False)
    op.create_table('team_sign_ups',
        sa.Column('row', sa.Integer(), nullable=False), sa.Column('id', sa.String(), nullable=False),
        sa.Column('valid_from', UtcDateTime(), nullable=False),
        sa.Column('valid_to', UtcDateTime(), nullable=True),
        sa.Column('recorded_at', UtcDateTime(), nullable=False), sa.Column('actor', sa.String(), nullable=False),
        sa.Column('origin', sa.Text(), nullable=False), sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.Column('ended_by', sa.String(), nullable=True), sa.Column('ended_origin', sa.Text(), nullable=True),
        sa.Column('patient', sa.String(), nullable=False), sa.Column('team', sa.String(), nullable=False),
        sa.Column('leads', sa.Boolean(), nullable=False), sa.Column('first_day', sa.Date(), nullable=True),
        sa.Column('last_day', sa.Date(), nullable=True),
        sa.CheckConstraint("ended_origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_team_sign_ups_ended_origin')),
        sa.CheckConstraint("origin IN ('file', 'chat', 'intake', 'command')", name=op.f('ck_team_sign_ups_origin')),
        sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_team_sign_ups_valid')),
        sa.PrimaryKeyConstraint('row', name=op.f('pk_team_sign_ups')))
    op.create_index(op.f('ix_team_sign_ups_id'), 'team_sign_ups', ['id'], unique=True, sqlite_where=sa.text('valid_to IS NULL'), postgresql_where=sa.text('valid_to IS NULL'))
    op.create_index(op.f('ix_team_sign_ups_id_valid_from'), 'team_sign_ups', ['id', 'valid_from'], unique=False)
    op.create_index(op.f('ix_team_sign_ups_patient'), 'team_sign_ups', ['patient'], unique=False)
    op.create_index(op.f('ix_team_sign_ups_team'), 'team_sign_ups', ['team'], unique=False)
    op.create_table('updates',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
        sa.Column('bot', sa.String(), nullable=False), sa.Column('update_id', sa.BigInteger(), nullable=False),
        sa.Column('payload', sa.String(), nullable=False), sa.Column('payload_hash', sa.String(), nullable=False),
        sa.Column('received_at', UtcDateTime(), nullable=False),
        sa.Column('handled_at', UtcDateTime(), nullable=True), sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(), nullable=True), sa.PrimaryKeyConstraint('id', name=op.f('pk_updates')),
        sa.UniqueConstraint('bot', 'update_id', 'payload_hash', name=op.f('uq_updates_bot_update_id_payload_hash')))
    op.create_index('ix_updates_unhandled', 'updates', ['id'], unique=False, postgresql_where=sa.text('handled_at IS NULL'), sqlite_where=sa.text('handled_at IS NULL'))
    protect(op.get_bind())


def downgrade() -> None:
    op.drop_table('updates')
    op.drop_table('team_sign_ups')
    op.drop_table('summaries')
    op.drop_table('streams')
    op.drop_table('sources')
    op.drop_table('settings')
    op.drop_table('practice_roles')
    op.drop_table('people')
    op.drop_table('patients')
    op.drop_table('patient_keys')
    op.drop_table('patient_identifiers')
    op.drop_table('parked')
    op.drop_table('parameters')
    op.drop_table('outbox')
    op.drop_table('opt_outs')
    op.drop_table('notices')
    op.drop_table('log')
    op.drop_table('leases')
    op.drop_table('language_choices')
    op.drop_table('intake')
    op.drop_table('inbox')
    op.drop_table('forms')
    op.drop_table('family_doctor_teams')
    op.drop_table('failures')
    op.drop_table('facilities')
    op.drop_table('duty_rota')
    op.drop_table('duty_overrides')
    op.drop_table('directory_epoch')
    op.drop_table('departments')
    op.drop_table('deliveries')
    op.drop_table('deaths')
    op.drop_table('day_overrides')
    op.drop_table('cursors')
    op.drop_table('contacts')
    op.drop_table('consents')
    op.drop_table('closed_for_now')
    op.drop_table('chat_addresses')
    op.drop_table('cards')
    op.drop_table('business_keys')
    op.drop_table('binding_codes')
    op.drop_table('audit')
    op.drop_table('alliances')
    op.drop_table('alliance_members')
    op.drop_table('action_tokens')
    protect(op.get_bind())
