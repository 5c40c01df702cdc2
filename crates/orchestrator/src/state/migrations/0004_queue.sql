-- Which of the places that a dag has for runs in progress this one takes; each has a lock of its own.
alter table runs add column slot integer not null default 0;
-- How often it was taken up again after its process had ended.
alter table runs add column resumed integer not null default 0;
-- When somebody asked for its end.
alter table runs add column cancel_asked_at text;

-- Whether the task found nothing to do for those after it.
alter table steps add column nothing_follows integer not null default 0;

create index runs_succeeded on runs (dag, id) where outcome = 'success';

-- The instances of mapped tasks; the row in `steps` sums them up.
create table instances (
    run_id text not null references runs (id) on delete cascade,
    task text not null,
    position integer not null,
    -- JSON.
    item text not null,
    outcome text not null,
    started_at text,
    ended_at text,
    attempts integer not null default 0,
    rows integer,
    bytes integer,
    note text,
    errors text not null default '[]',
    error_class text,
    output_type text,
    output text,
    nothing_follows integer not null default 0,
    primary key (run_id, task, position)
) strict, without rowid;

-- What is to run or runs. A row goes with the end of its run, in the same transaction: what a dead
-- process leaves behind is a row whose run is `interrupted`.
create table queue (
    id integer primary key autoincrement,
    dag text not null,
    trigger text not null,
    interval_from text,
    interval_to text,
    parameters text not null default '{}',
    queued_at text not null,
    run_id text references runs (id) on delete cascade,
    check ((interval_from is null) = (interval_to is null))
) strict;

-- An interval is open once. What is for no interval waits once: while it runs, more may become due.
create unique index queue_intervals on queue (dag, interval_from, interval_to, parameters)
where interval_from is not null;
create unique index queue_due on queue (dag, parameters)
where interval_from is null and run_id is null;
create index queue_runs on queue (run_id) where run_id is not null;

-- Up to when the intervals of a dag's schedule were put into the queue, or left out on purpose.
create table watermarks (
    dag text not null primary key,
    through text not null
) strict, without rowid;

-- How often a dataset changed.
create table datasets (
    name text not null primary key,
    version integer not null,
    changed_at text not null,
    run_id text not null
) strict, without rowid;

-- Up to which change a dag's runs were put into the queue.
create table dataset_reads (
    dag text not null,
    dataset text not null,
    version integer not null,
    primary key (dag, dataset)
) strict, without rowid;

-- Dags whose schedule is off.
create table paused (
    dag text not null primary key,
    since text not null
) strict, without rowid;
