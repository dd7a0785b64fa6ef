-- What an account holds: one row for each key, and for each person's gestures under it.
create table amends_ledger_account (
	account text collate "C" not null primary key, -- the part of an entry's ID before the #
	entries bigint not null,                       -- how many entries it has: they are numbered 1 to this
	caps text not null                             -- a JSON list: the shared caps that they count towards
) with (fillfactor = 80);

create table amends_ledger_entry (
	seq bigint not null generated always as identity,
	id text collate "C" not null primary key,
	n bigint not null,
	space text collate "C" not null,
	scheme text collate "C" not null,
	customer text collate "C" not null,
	component text collate "C" not null,
	basis text collate "C" not null,
	gesture_by text collate "C" not null,
	state text collate "C" not null,
	amount bigint not null, -- in minor units, like the others
	currency text collate "C" not null,
	capped bigint not null,
	capped_currency text collate "C" not null,
	contract bigint not null,
	contract_currency text collate "C" not null,
	total bigint not null,
	total_currency text collate "C" not null,
	in_kind text not null,
	why text not null,   -- a JSON list of sentences
	award text not null, -- the assessment
	approved_by text collate "C" not null,
	settled_by text collate "C" not null,
	reference text not null,
	last_err text not null,
	attempts bigint not null,
	created_at bigint not null, -- microseconds since 1970 UTC, like the others
	changed_at bigint not null,
	next_at bigint not null,
	token text collate "C" not null, -- of the last claim
	once boolean not null,           -- of the last claim: billing cannot repeat
	due_at bigint                    -- when a claim takes it: its time, or the end of its lease; null: never
);

create index amends_ledger_entry_customer on amends_ledger_entry (customer, space);
create index amends_ledger_entry_basis on amends_ledger_entry (basis, space, id);
create index amends_ledger_entry_due on amends_ledger_entry (due_at, seq) where due_at is not null;
create index amends_ledger_entry_approved on amends_ledger_entry (basis, space, id) where approved_by <> '';
create index amends_ledger_entry_gesture on amends_ledger_entry (id) where gesture_by <> '';
create index amends_ledger_entry_waiting on amends_ledger_entry (basis, space, id) where state in ('proposed', 'uncertain', 'in_kind', 'failed');

-- What all that counts towards a shared cap holds.
create table amends_ledger_cap (
	space text collate "C" not null,
	cap text collate "C" not null,
	held bigint not null,
	currency text collate "C" not null,
	primary key (space, cap)
) with (fillfactor = 80);

-- Customers who got more than nothing for a basis.
create table amends_ledger_recipient (
	basis text collate "C" not null,
	space text collate "C" not null,
	customer text collate "C" not null,
	primary key (basis, space, customer)
);

-- Entries of a basis, summed by state and currency; state '' counts recipients. An amount is high * 1000000000 + low, so that no sum is too large.
-- The rows of several parts are one sum: transactions at the same time add to different parts.
create table amends_ledger_sum (
	basis text collate "C" not null,
	space text collate "C" not null,
	state text collate "C" not null,
	currency text collate "C" not null,
	part bigint not null,
	n bigint not null,
	high bigint not null,
	low bigint not null,
	primary key (basis, space, state, currency, part)
) with (fillfactor = 50);
