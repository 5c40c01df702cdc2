-- what: Search interest as each pull reported it; one row is one keyword in one week of one pull.
-- grain: provider, geo, keyword, date, vintage
-- check: value between 0 and 100
-- note: Values of one pull are relative to that pull's own maximum (100). Of a point that was landed twice the latest landing counts.
with ranked as (
    select
        provider,
        geo,
        keyword,
        date,
        value,
        is_partial,
        has_data,
        vintage,
        collected_at,
        landing_path,
        row_number() over (
            partition by provider, geo, keyword, date, vintage
            order by collected_at desc, landing_path desc, value desc nulls last
        ) as age
    from staging.google_trend
)

select
    provider,
    geo,
    keyword,
    date,
    value,
    is_partial,
    has_data,
    vintage,
    collected_at,
    landing_path
from ranked
where age = 1
