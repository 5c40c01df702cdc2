-- A state as the version with schema 4 left it: a run that failed with an item of a list, one whose process
-- was killed, one that is to go on, an interval that was run, and one that waits.
BEGIN TRANSACTION;
CREATE TABLE runs (
    id text not null primary key,
    dag text not null,
    trigger text not null,
    interval_from text,
    interval_to text,
    started_at text not null,
    ended_at text,
    outcome text not null,
    process_id integer not null, parameters text not null default '{}', slot integer not null default 0, resumed integer not null default 0, cancel_asked_at text,
    check ((interval_from is null) = (interval_to is null))
) strict;
INSERT INTO runs VALUES('20261130T184114.277580Z-295c57c2','daily','manual',NULL,NULL,'2026-11-30T18:41:14.277580Z','2026-11-30T18:41:14.294514Z','failed',17282,'{}',0,0,NULL);
INSERT INTO runs VALUES('20261130T184114.509445Z-dbd0342a','follows','manual',NULL,NULL,'2026-11-30T18:41:14.509445Z',NULL,'interrupted',17299,'{}',0,0,NULL);
INSERT INTO runs VALUES('20261130T184121.197854Z-a8d29688','follows','manual',NULL,NULL,'2026-11-30T18:41:21.197854Z',NULL,'interrupted',17831,'{"full":true}',0,1,NULL);
INSERT INTO runs VALUES('20261130T184140.860522Z-762899fc','daily','manual',NULL,NULL,'2026-11-30T18:41:40.860522Z','2026-11-30T18:41:41.637005Z','failed',17831,'{"a":1}',0,0,NULL);
INSERT INTO runs VALUES('20261130T184141.656557Z-2c1d63cb','daily','schedule','2026-11-29T15:00:00.000000Z','2026-11-30T15:00:00.000000Z','2026-11-30T18:41:41.656557Z','2026-11-30T18:41:42.013260Z','failed',17831,'{}',0,0,NULL);
CREATE TABLE steps (
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
    errors text not null default '[]', output_type text, output text, error_class text, nothing_follows integer not null default 0,
    primary key (run_id, task)
) strict, without rowid;
INSERT INTO steps VALUES('20261130T184114.277580Z-295c57c2',1,'after','success','2026-11-30T18:41:14.289741Z','2026-11-30T18:41:14.293751Z',1,NULL,NULL,'done','[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184114.277580Z-295c57c2',0,'each','failed','2026-11-30T18:41:14.280619Z','2026-11-30T18:41:14.289179Z',1,NULL,NULL,'2 instances','["1 of 2 instances failed: `b`","`sh` ended with exit code 1: "]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184114.509445Z-dbd0342a',0,'first','success','2026-11-30T18:41:14.599362Z','2026-11-30T18:41:14.631406Z',1,NULL,NULL,NULL,'[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184114.509445Z-dbd0342a',1,'wait','incomplete','2026-11-30T18:41:14.636880Z',NULL,1,NULL,NULL,'the process ended before this task had','[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184121.197854Z-a8d29688',0,'first','success','2026-11-30T18:41:21.220442Z','2026-11-30T18:41:21.253050Z',1,NULL,NULL,NULL,'[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184121.197854Z-a8d29688',1,'wait','incomplete','2026-11-30T18:41:21.260442Z',NULL,1,NULL,NULL,'the process ended before this task had','[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184140.860522Z-762899fc',1,'after','success','2026-11-30T18:41:41.608524Z','2026-11-30T18:41:41.618436Z',1,NULL,NULL,'done','[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184140.860522Z-762899fc',0,'each','failed','2026-11-30T18:41:41.124585Z','2026-11-30T18:41:41.384212Z',1,NULL,NULL,'2 instances','["1 of 2 instances failed: `b`","`sh` ended with exit code 1: "]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184141.656557Z-2c1d63cb',1,'after','success','2026-11-30T18:41:41.929357Z','2026-11-30T18:41:41.973797Z',1,NULL,NULL,'done','[]',NULL,NULL,NULL,0);
INSERT INTO steps VALUES('20261130T184141.656557Z-2c1d63cb',0,'each','failed','2026-11-30T18:41:41.721292Z','2026-11-30T18:41:41.922514Z',1,NULL,NULL,'2 instances','["1 of 2 instances failed: `b`","`sh` ended with exit code 1: "]',NULL,NULL,NULL,0);
CREATE TABLE calls (
    source text not null,
    day text not null,
    used integer not null,
    limit_seen integer,
    exhausted_at text,
    primary key (source, day)
) strict, without rowid;
CREATE TABLE unread (
    source text not null,
    dataset text not null,
    query text not null,
    -- Whose time: published or updated.
    bounded text not null,
    -- Inclusive and exclusive, in UTC.
    from_at text not null,
    to_at text not null,
    fault text not null,
    first_tried_at text not null,
    last_tried_at text not null,
    tries integer not null,
    -- Whether everything around it was read.
    searched integer not null,
    primary key (source, dataset, query, bounded, from_at)
) strict;
CREATE TABLE instances (
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
INSERT INTO instances VALUES('20261130T184114.277580Z-295c57c2','each',0,'"a"','success','2026-11-30T18:41:14.281171Z','2026-11-30T18:41:14.285028Z',1,NULL,NULL,NULL,'[]',NULL,NULL,NULL,0);
INSERT INTO instances VALUES('20261130T184114.277580Z-295c57c2','each',1,'"b"','failed','2026-11-30T18:41:14.281529Z','2026-11-30T18:41:14.287895Z',1,NULL,NULL,NULL,'["`sh` ended with exit code 1: "]',NULL,NULL,NULL,0);
INSERT INTO instances VALUES('20261130T184140.860522Z-762899fc','each',0,'"a"','success','2026-11-30T18:41:41.176613Z','2026-11-30T18:41:41.219305Z',1,NULL,NULL,NULL,'[]',NULL,NULL,NULL,0);
INSERT INTO instances VALUES('20261130T184140.860522Z-762899fc','each',1,'"b"','failed','2026-11-30T18:41:41.176487Z','2026-11-30T18:41:41.216725Z',1,NULL,NULL,NULL,'["`sh` ended with exit code 1: "]',NULL,NULL,NULL,0);
INSERT INTO instances VALUES('20261130T184141.656557Z-2c1d63cb','each',0,'"a"','success','2026-11-30T18:41:41.764215Z','2026-11-30T18:41:41.843671Z',1,NULL,NULL,NULL,'[]',NULL,NULL,NULL,0);
INSERT INTO instances VALUES('20261130T184141.656557Z-2c1d63cb','each',1,'"b"','failed','2026-11-30T18:41:41.764158Z','2026-11-30T18:41:41.817675Z',1,NULL,NULL,NULL,'["`sh` ended with exit code 1: "]',NULL,NULL,NULL,0);
CREATE TABLE queue (
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
INSERT INTO queue VALUES(1,'follows','manual',NULL,NULL,'{"full":true}','2026-11-30T18:41:20.596734Z','20261130T184121.197854Z-a8d29688');
INSERT INTO queue VALUES(4,'daily','manual',NULL,NULL,'{"a":2}','2026-11-30T18:41:47.721310Z',NULL);
CREATE TABLE watermarks (
    dag text not null primary key,
    through text not null
) strict, without rowid;
INSERT INTO watermarks VALUES('daily','2026-11-30T15:00:00.000000Z');
CREATE TABLE datasets (
    name text not null primary key,
    version integer not null,
    changed_at text not null,
    run_id text not null
) strict, without rowid;
CREATE TABLE dataset_reads (
    dag text not null,
    dataset text not null,
    version integer not null,
    primary key (dag, dataset)
) strict, without rowid;
CREATE TABLE paused (
    dag text not null primary key,
    since text not null
) strict, without rowid;
INSERT INTO paused VALUES('daily','2026-11-30T18:41:47.574293Z');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('queue',4);
CREATE INDEX runs_by_dag on runs (dag, id);
CREATE INDEX runs_under_way on runs (dag) where outcome = 'running';
CREATE INDEX runs_succeeded on runs (dag, id) where outcome = 'success';
CREATE UNIQUE INDEX queue_intervals on queue (dag, interval_from, interval_to, parameters)
where interval_from is not null;
CREATE UNIQUE INDEX queue_due on queue (dag, parameters)
where interval_from is null and run_id is null;
CREATE INDEX queue_runs on queue (run_id) where run_id is not null;
COMMIT;
pragma application_id = 1785684596;
pragma user_version = 4;
