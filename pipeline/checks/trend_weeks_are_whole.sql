-- what: A keyword's series has gaps or is not weekly, two keywords end in different weeks, or a pull shares no week with the next one.
-- level: warning
-- note: A pull that shares no week with the next has no known scale relative to it; weeks that only it has are not published.
-- note: For more than five years the provider silently returns months instead of weeks.
with week as (
    select
        keyword,
        date,
        lag(date) over (partition by keyword order by date) as date_before
    from raw_data.google_trend
),

last_week as (
    select keyword, max(date) as date from raw_data.google_trend group by keyword
),

complete_week as (
    select provider, keyword, date, value, vintage
    from external.google_trend
    where geo = 'KR' and value is not null and not coalesce(is_partial, false)
),

pull as (
    select
        provider,
        keyword,
        vintage,
        max(value) as greatest,
        lead(vintage) over (partition by provider, keyword order by vintage) as newer_vintage
    from complete_week
    group by provider, keyword, vintage
),

linked_pull as (
    select older.provider, older.keyword, older.vintage
    from pull
    inner join complete_week as older
        on older.provider = pull.provider
        and older.keyword = pull.keyword
        and older.vintage = pull.vintage
    inner join complete_week as newer
        on newer.provider = pull.provider
        and newer.keyword = pull.keyword
        and newer.vintage = pull.newer_vintage
        and newer.date = older.date
    group by older.provider, older.keyword, older.vintage
    having sum(older.value) > 0 and sum(newer.value) > 0
)

select keyword, date_before, date, 'not a week later' as finding
from week
where date - date_before <> 7
union all
select
    last_week.keyword,
    last_week.date as date_before,
    (select max(date) from raw_data.google_trend) as date,
    'ends before the others' as finding
from last_week
where last_week.date < (select max(date) from raw_data.google_trend)
union all
select pull.keyword, pull.vintage as date_before, pull.newer_vintage as date, 'shares no week with the next pull' as finding
from pull
left anti join linked_pull
    on linked_pull.provider = pull.provider
    and linked_pull.keyword = pull.keyword
    and linked_pull.vintage = pull.vintage
where pull.newer_vintage is not null and pull.greatest > 0
