-- what: Coverage of each day by collections; one row is one day, from 59 days before the first posting_date or collection to the data date.
-- grain: date
-- check: coverage between 0 and 1
-- check: active_coverage between 0 and 1
-- check: read_after_days >= 0
-- note: coverage is the share of the day that is inside the publication intervals of complete collections, regardless of when they were made. It is null where coverage is unknown: in a store without a collection, and on days outside of all collections between the first and the last posting of saved files.
-- note: read_after_days is the number of days from the day to the first complete collection of any part of it: a late collection finds only what was left.
-- note: active_coverage is the mean coverage of the 60 days up to the day, without days of unknown coverage.
with reading as (
    select
        reading.window_from,
        least(reading.window_to, reading.finished_at) as window_to,
        reading.finished_at
    from staging.windows as reading
    inner join meta.sources as source on source.source = reading.source
    where
        source.code_tables = 'saramin'
        and reading.dataset = 'recruit'
        and reading.kind = 'collect'
        and coalesce(reading.unread, 0) = 0
        and reading.window_from < reading.window_to
        and reading.window_from < reading.finished_at
),

reached as (
    select
        window_from,
        window_to,
        max(window_to) over (
            order by window_from, window_to
            rows between unbounded preceding and 1 preceding
        ) as reached
    from reading
),

island as (
    select
        window_from,
        window_to,
        sum(case when reached >= window_from then 0 else 1 end) over (
            order by window_from, window_to
            rows between unbounded preceding and current row
        ) as island
    from reached
),

-- Uninterrupted intervals of collection: none of them overlap.
covered as (
    select
        min(window_from) as covered_from,
        max(window_to) as covered_to
    from island
    group by island
),

covered_day as (
    select
        cast(covered_from as bigint) as from_micros,
        cast(covered_to as bigint) as to_micros,
        unnest(generate_series(
            cast(covered_from at time zone 'UTC' at time zone 'Asia/Seoul' as date),
            cast((covered_to - interval '1 microsecond') at time zone 'UTC' at time zone 'Asia/Seoul' as date),
            interval '1 day'
        )) as date
    from covered
),

-- In microseconds: integer sums are exact. A day in Seoul begins nine hours before that in UTC.
covered_time as (
    select
        date,
        sum(
            least(to_micros, (cast(date as int) + 1) * 86400000000 - 32400000000)
            - greatest(from_micros, cast(date as int) * 86400000000 - 32400000000)
        ) as covered_micros
    from covered_day
    group by date
),

reading_day as (
    select
        cast(finished_at at time zone 'UTC' at time zone 'Asia/Seoul' as date) as read_date,
        unnest(generate_series(
            cast(window_from at time zone 'UTC' at time zone 'Asia/Seoul' as date),
            cast((window_to - interval '1 microsecond') at time zone 'UTC' at time zone 'Asia/Seoul' as date),
            interval '1 day'
        )) as date
    from reading
),

first_reading as (
    select
        date,
        min(read_date) as read_date
    from reading_day
    group by date
),

posting as (
    select
        min(recruit.posting_date) as first_date,
        min(recruit.posting_date) filter (where recruit.saved) as saved_from,
        max(recruit.posting_date) filter (where recruit.saved) as saved_to
    from external.recruit_table as recruit
    inner join meta.sources as source on source.source = recruit.source
    where source.code_tables = 'saramin'
),

collection as (
    select
        min(date) as first_date,
        count(date) > 0 as is_collected
    from covered_time
),

known as (
    select max(known.data_date) as data_date
    from external.data_dates as known
    inner join meta.sources as source on source.source = known.source
    where source.code_tables = 'saramin'
),

span as (
    select
        least(posting.first_date, collection.first_date) as first_date,
        known.data_date,
        posting.saved_from,
        posting.saved_to,
        collection.is_collected
    from posting
    cross join collection
    cross join known
),

day as (
    select
        unnest(generate_series(first_date - 59, data_date, interval '1 day')) as date,
        saved_from,
        saved_to,
        is_collected
    from span
),

measured as (
    select
        day.date,
        case
            when covered_time.covered_micros is not null then covered_time.covered_micros
            when day.is_collected and not coalesce(day.date between day.saved_from and day.saved_to, false) then 0
        end as covered_micros,
        first_reading.read_date
    from day
    left join covered_time on covered_time.date = day.date
    left join first_reading on first_reading.date = day.date
)

select
    date,
    covered_micros / 86400000000.0 as coverage,
    read_date - date as read_after_days,
    sum(covered_micros) over last_days / (count(covered_micros) over last_days * 86400000000.0) as active_coverage
from measured
window last_days as (order by date rows between 59 preceding and current row)
order by date
