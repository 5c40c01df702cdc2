-- Times of a source that cannot be read: left out, and tried ever more rarely.
create table unread (
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
