-- what: The data date of each source of postings; one row is one source.
-- grain: source
-- note: data_date is the last day in Asia/Seoul with any data. basis is its source: collection (the end of the last complete collection), else observed (the latest time at which a record states it was read, at most a day after its landing), else posting_date (the latest one that is not after its landing).
with collection as (
    select
        source,
        -- A collection that ends at midnight has no data of the day that begins then.
        max(least(window_to, finished_at)) - interval '1 microsecond' as collected_until
    from staging.windows
    where dataset = 'recruit' and kind = 'collect' and coalesce(unread, 0) = 0
    group by source
),

observation as (
    select
        source,
        max(observed_at) as observed_until
    from staging.recruit
    where cast(observed_at as bigint) <= cast(collected_at as bigint) + 86400000000
    group by source
),

posting as (
    select
        source,
        max(posting_date) filter (
            where posting_date <= cast(last_collected_at at time zone 'UTC' at time zone 'Asia/Seoul' as date)
        ) as posted_until
    from external.recruit_table
    group by source
),

source as (
    select source from posting
    union
    select source from collection
)

select
    source.source,
    coalesce(
        cast(
            coalesce(collection.collected_until, observation.observed_until)
            at time zone 'UTC' at time zone 'Asia/Seoul' as date
        ),
        posting.posted_until
    ) as data_date,
    case
        when collection.collected_until is not null then 'collection'
        when observation.observed_until is not null then 'observed'
        when posting.posted_until is not null then 'posting_date'
    end as basis
from source
left join collection on collection.source = source.source
left join observation on observation.source = source.source
left join posting on posting.source = source.source
