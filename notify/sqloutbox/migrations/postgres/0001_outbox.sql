-- Deliveries: keys only, never addresses or bodies. Times are microseconds since 1970, UTC. Flags are 1 or null.
-- States: 1 pending, 2 leased, 3 task, 4 sent, 5 dead, 6 superseded, 7 suppressed, 8 bounced.
-- Phases of what is open: 1 ready (its turn has come and its time had), 2 waiting for its time, 3 held up by its
-- recipient's cap, 4 leased, 5 behind another one of its thread, 6 a task.

create table amends_outbox_channel (
	id bigint generated always as identity primary key,
	name text collate "C" not null unique
);

-- A thread on a channel. Whoever adds to it takes a turn, so that two do not both find it empty.
create table amends_outbox_lane (
	id bigint generated always as identity primary key,
	space text collate "C" not null,
	channel text collate "C" not null,
	thread text collate "C" not null,
	turn bigint not null,
	unique (channel, thread, space)
);

-- What the deliveries of one notice on one channel have in common.
create table amends_outbox_group (
	id bigint generated always as identity primary key,
	lane_id bigint not null,
	channel_id bigint not null,
	space text collate "C" not null,
	record text collate "C" not null,
	notice text collate "C" not null,
	kind text collate "C" not null,
	channel text collate "C" not null,
	thread text collate "C" not null,
	rank bigint not null, -- the complement of the priority: what is urgent comes first
	supersedable bigint not null,
	subject text not null, -- of those that have none of their own
	key_from text collate "C" not null, -- between these lie all of its keys
	key_to text collate "C" not null,
	unique (record, notice, space, channel, thread, kind, rank, supersedable)
);

create index amends_outbox_group_notice on amends_outbox_group (notice);

-- How far notices were turned into deliveries.
create table amends_outbox_expansion (
	notice text collate "C" primary key,
	space text collate "C" not null,
	record text collate "C" not null,
	cursor text not null,
	done bigint not null,
	items bigint not null
);

create index amends_outbox_expansion_record on amends_outbox_expansion (record);

-- Deliveries, as they were added: rows never change.
create table amends_outbox_item (
	key text collate "C" primary key,
	group_id bigint not null,
	lane_id bigint not null,
	recipient text collate "C" not null,
	customer text collate "C" not null,
	seq bigint not null,
	due_at bigint not null,
	added bigint not null,
	subject text, -- null: the group's
	not_before bigint, -- null: at once
	task bigint,
	fallback text, -- JSON, null: none
	origin text collate "C" -- null: it is no fallback
);

create index amends_outbox_item_thread on amends_outbox_item (lane_id, recipient);

create index amends_outbox_item_customer on amends_outbox_item (group_id, customer);

-- What is to be sent. Rows come and go: the settings keep dead ones few.
create table amends_outbox_open (
	channel_id bigint not null,
	phase bigint not null,
	rank bigint not null,
	due_at bigint not null,
	key text collate "C" not null,
	group_id bigint not null,
	attempts bigint not null,
	changed bigint, -- when it got into its state, null until it is claimed for the first time
	next_at bigint, -- not before that; of a leased one the end of the lease; null: at once
	wake bigint, -- of phases 2 to 4: when to look at it again
	token bigint, -- of the last claim
	last_err text,
	class bigint,
	by_whom text,
	lane_id bigint, -- of phases 3, 5 and 6, as recipient and seq
	recipient text collate "C",
	seq bigint,
	primary key (key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index amends_outbox_open_order on amends_outbox_open (channel_id, phase, rank, due_at, key) where phase in (1, 3);

create index amends_outbox_open_wake on amends_outbox_open (channel_id, phase, wake) where wake is not null;

create index amends_outbox_open_behind on amends_outbox_open (lane_id, recipient, seq, key) where phase in (5, 6);

create index amends_outbox_open_capped on amends_outbox_open (recipient) where phase = 3;

create index amends_outbox_open_task on amends_outbox_open (key) where phase = 6;

create index amends_outbox_open_again on amends_outbox_open (group_id, changed) where changed is not null and phase in (1, 2, 3, 5);

-- What became of those that are not open any more.
create table amends_outbox_outcome (
	key text collate "C" primary key,
	group_id bigint not null,
	state bigint not null,
	attempts bigint not null,
	changed bigint not null,
	token bigint,
	recipient text collate "C", -- of sent ones, for caps
	receipt text, -- JSON
	hash text,
	last_err text,
	class bigint,
	proof text,
	by_whom text,
	read_at bigint
);

create index amends_outbox_outcome_state on amends_outbox_outcome (group_id, state, changed);

create index amends_outbox_outcome_sent on amends_outbox_outcome (recipient, changed) where state = 4;

create index amends_outbox_outcome_dead on amends_outbox_outcome (key) where state = 5;

-- Threads of one recipient with more than one delivery.
create table amends_outbox_thread (
	lane_id bigint not null,
	recipient text collate "C" not null,
	head text collate "C", -- key of the one whose turn it is, null: none
	last text collate "C", -- key of the one that was sent last, null: none
	told bigint, -- highest seq of a supersedable one that was sent, null: none
	past_last text collate "C", -- the same two of those that were pruned
	past_told bigint,
	primary key (lane_id, recipient)
);

-- How many there are, so that nobody has to count. Sums over shards, which keep processes apart.
create table amends_outbox_count (
	group_id bigint not null,
	state bigint not null,
	due_at bigint not null, -- 0 of what is not open
	since bigint not null, -- of fresh ones when they were added, 0 of others
	shard bigint not null,
	n bigint not null,
	retried bigint not null,
	primary key (group_id, state, due_at, since, shard)
) with (fillfactor = 30, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- What is left of deliveries that were pruned: that their keys are taken, and by what, and their receipts.
create table amends_outbox_past (
	key text collate "C" primary key,
	group_id bigint not null,
	state bigint not null,
	digest text not null, -- of the content
	receipt text, -- JSON
	fallback text -- JSON, of dead and bounced ones
);

-- How many were pruned, so that tallies stay as they are.
create table amends_outbox_pruned (
	group_id bigint not null,
	state bigint not null,
	n bigint not null,
	retried bigint not null,
	first bigint not null, -- when the first of them got into the state
	last bigint not null,
	primary key (group_id, state)
);
