-- Calls of a day that this state reserved where several instances share them, and those that all have
-- reserved together, as of the last look. `calls.used` is at most `reserved`, except for calls that
-- were made before there were blocks.
create table call_blocks (
    source text not null,
    day text not null,
    reserved integer not null,
    total integer not null,
    primary key (source, day)
) strict, without rowid;
