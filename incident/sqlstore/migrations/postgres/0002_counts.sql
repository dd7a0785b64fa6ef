-- How many cases of an incident have the same status and marks. Every commit keeps it up to date.
-- The rows of several parts are one number: commits at the same time add to different parts.
create table amends_record_count (
	incident text collate "C" not null,
	space text collate "C" not null,
	kind text collate "C" not null,
	status text collate "C" not null,
	marks text collate "C" not null,
	part bigint not null,
	n bigint not null,
	primary key (incident, space, kind, status, marks, part)
) with (fillfactor = 50);

-- Nobody changes records between the counting and the first commit that knows of it.
lock table amends_record in share row exclusive mode;

insert into amends_record_count (incident, space, kind, status, marks, part, n)
	select incident, space, kind, status, marks, 0, count(*) from amends_record where incident is not null
	group by incident, space, kind, status, marks;

-- Tallies read the numbers instead.
drop index amends_record_tally;
