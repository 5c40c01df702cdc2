-- what: Search interest outside of 0 to 100, or a published week that was still running.
-- level: error
with published as (
    select
        keyword,
        date,
        value,
        value_min,
        value_max
    from raw_data.google_trend
),

complete as (
    select distinct keyword, date from external.google_trend where not coalesce(is_partial, false)
)

select keyword, date, value, 'not within 0 to 100' as finding
from published
where value is null or value < 0 or value > 100
union all
select keyword, date, value, 'outside of its spread' as finding
from published
where value < value_min - 0.001 or value > value_max + 0.001
union all
select published.keyword, published.date, published.value, 'only partial' as finding
from published
left anti join complete on complete.keyword = published.keyword and complete.date = published.date
union all
select shown.keyword, shown.date, shown.value, 'shown but not published' as finding
from visual_tables.google_trends as shown
left anti join published on published.keyword = shown.keyword and published.date = shown.date
