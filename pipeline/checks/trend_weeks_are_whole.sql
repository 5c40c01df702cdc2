-- what: A keyword's weeks have gaps or another resolution than weeks, or two keywords end in different weeks.
-- level: warning
-- note: Above five years the provider silently answers with months instead of weeks.
with week as (
    select
        keyword,
        date,
        lag(date) over (partition by keyword order by date) as date_before
    from raw_data.google_trend
),

last_week as (
    select keyword, max(date) as date from raw_data.google_trend group by keyword
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
