-- How many cases of an incident have the same status and marks. Every commit keeps it up to date.
-- The rows of several parts are one number: commits at the same time add to different parts.
create table amends_record_count (
	incident text not null,
	space text not null,
	kind text not null,
	status text not null,
	marks text not null,
	part integer not null,
	n integer not null,
	primary key (incident, space, kind, status, marks, part)
) strict, without rowid;

insert into amends_record_count (incident, space, kind, status, marks, part, n)
	select incident, space, kind, status, marks, 0, count(*) from amends_record where incident is not null
	group by incident, space, kind, status, marks;

-- Tallies read the numbers instead.
drop index amends_record_tally;
