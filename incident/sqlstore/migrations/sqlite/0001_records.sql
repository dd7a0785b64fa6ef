-- Heads: what lists, tallies and the sweep read. Times are microseconds since 1970, UTC.
create table amends_record (
	record text primary key not null,
	space text not null,
	kind text not null,
	incident text, -- of a case: the incident it is linked to, null if none
	customer text, -- of a case, null otherwise
	title text not null,
	status text not null,
	severity text not null,
	marks text not null, -- '' or a line for each, with a line feed before the first and after the last
	version bigint not null,
	opened bigint not null,
	updated bigint not null,
	next_look bigint, -- null: never
	turn bigint not null
);

-- The cases of an incident, in order.
create index amends_record_incident on amends_record (incident, record) where incident is not null;

-- Those of them that bear a mark: few of a million.
create index amends_record_marked on amends_record (incident, record) where marks <> '';

create index amends_record_customer on amends_record (customer, record) where customer is not null;

create index amends_record_kind on amends_record (space, record) where kind = 'incident';

create index amends_record_due on amends_record (next_look, record) where next_look is not null;

create index amends_record_due_cases on amends_record (incident, next_look, record) where next_look is not null and incident is not null;

-- How many cases of an incident have the same status and marks. Every commit keeps it up to date, and tallies read it.
-- The rows of several parts are one number: commits at the same time add to different parts.
create table amends_record_count (
	incident text not null,
	space text not null,
	kind text not null,
	status text not null,
	marks text not null,
	part bigint not null,
	n bigint not null,
	primary key (incident, space, kind, status, marks, part)
) without rowid;

-- Events: never changed, but for words that are erased.
create table amends_event (
	record text not null,
	version bigint not null,
	kind text not null,
	must integer not null, -- of a kind that the writer did not know: views are wrong without understanding it
	at bigint not null,
	recorded bigint not null,
	actor text not null, -- JSON
	data text not null, -- JSON, byte for byte as it was written
	words text, -- JSON: a customer's own words, null if none
	primary key (record, version)
) without rowid;

-- Commands that were done, with what they led to: kept for ever, so that a repeat is one.
create table amends_command (
	space text not null,
	command text not null,
	digest text not null,
	record text not null,
	version bigint not null,
	at bigint not null,
	primary key (space, command)
) without rowid;
