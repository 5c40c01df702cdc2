-- Times are text in UTC with six decimals (2026-08-01T09:30:00.000000Z): they sort as text.

create table runs (
    id text not null primary key,
    dag text not null,
    trigger text not null,
    interval_from text,
    interval_to text,
    started_at text not null,
    ended_at text,
    outcome text not null,
    process_id integer not null,
    check ((interval_from is null) = (interval_to is null))
) strict;

create index runs_by_dag on runs (dag, id);
create index runs_under_way on runs (dag) where outcome = 'running';

create table steps (
    run_id text not null references runs (id) on delete cascade,
    position integer not null,
    task text not null,
    outcome text not null,
    started_at text,
    ended_at text,
    attempts integer not null default 0,
    rows integer,
    bytes integer,
    note text,
    -- A JSON array of messages, outermost first.
    errors text not null default '[]',
    primary key (run_id, task)
) strict, without rowid;

-- Calls to a source that count against a limit per day. `day` is the day in the source's own time
-- zone; `exhausted_at` is when the source itself said that nothing is left.
create table calls (
    source text not null,
    day text not null,
    used integer not null,
    limit_seen integer,
    exhausted_at text,
    primary key (source, day)
) strict, without rowid;
