-- What an account holds: one row for each key, and for each person's gestures under it.
create table amends_ledger_account (
	account text not null primary key, -- the part of an entry's ID before the #
	entries integer not null,          -- how many entries it has: they are numbered 1 to this
	caps text not null                 -- a JSON list: the shared caps that they count towards
) strict, without rowid;

create table amends_ledger_entry (
	seq integer primary key,
	id text not null,
	n integer not null,
	space text not null,
	scheme text not null,
	customer text not null,
	component text not null,
	basis text not null,
	gesture_by text not null,
	state text not null,
	amount integer not null, -- in minor units, like the others
	currency text not null,
	capped integer not null,
	capped_currency text not null,
	contract integer not null,
	contract_currency text not null,
	total integer not null,
	total_currency text not null,
	in_kind text not null,
	why text not null,   -- a JSON list of sentences
	award text not null, -- the assessment
	approved_by text not null,
	settled_by text not null,
	reference text not null,
	last_err text not null,
	attempts integer not null,
	created_at integer not null, -- microseconds since 1970 UTC, like the others
	changed_at integer not null,
	next_at integer not null,
	token text not null,   -- of the last claim
	once integer not null, -- of the last claim: billing cannot repeat
	due_at integer         -- when a claim takes it: its time, or the end of its lease; null: never
) strict;

create unique index amends_ledger_entry_id on amends_ledger_entry (id);
create index amends_ledger_entry_customer on amends_ledger_entry (customer, space);
create index amends_ledger_entry_basis on amends_ledger_entry (basis, space, id);
create index amends_ledger_entry_due on amends_ledger_entry (due_at, seq) where due_at is not null;
create index amends_ledger_entry_approved on amends_ledger_entry (basis, space, id) where approved_by <> '';
create index amends_ledger_entry_gesture on amends_ledger_entry (id) where gesture_by <> '';
create index amends_ledger_entry_waiting on amends_ledger_entry (basis, space, id) where state in ('proposed', 'uncertain', 'in_kind', 'failed');

-- What all that counts towards a shared cap holds.
create table amends_ledger_cap (
	space text not null,
	cap text not null,
	held integer not null,
	currency text not null,
	primary key (space, cap)
) strict, without rowid;

-- Customers who got more than nothing for a basis.
create table amends_ledger_recipient (
	basis text not null,
	space text not null,
	customer text not null,
	primary key (basis, space, customer)
) strict, without rowid;

-- Entries of a basis, summed by state and currency; state '' counts recipients. An amount is high * 1000000000 + low, so that no sum is too large.
-- The rows of several parts are one sum: transactions at the same time add to different parts.
create table amends_ledger_sum (
	basis text not null,
	space text not null,
	state text not null,
	currency text not null,
	part integer not null,
	n integer not null,
	high integer not null,
	low integer not null,
	primary key (basis, space, state, currency, part)
) strict, without rowid;
