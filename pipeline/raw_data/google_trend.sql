-- what: Published weekly search interest in Korea; one row is one keyword in one complete week.
-- grain: keyword, date
-- check: value between 0 and 100
-- note: value is the mean of the last four pulls that saw the week complete, value_min and value_max their spread, vintages their number: pulls are samples and differ by a point or more.
-- note: Scales of two providers cannot be joined, so a keyword is published from one provider, the first by name.
with complete_week as (
    select
        provider,
        keyword,
        date,
        value,
        vintage
    from external.google_trend
    where
        geo = 'KR'
        and value is not null
        and not coalesce(is_partial, false)
),

keyword_provider as (
    select
        keyword,
        min(provider) as provider
    from complete_week
    group by keyword
),

recent as (
    select
        complete_week.keyword,
        complete_week.date,
        complete_week.value,
        row_number() over (
            partition by complete_week.keyword, complete_week.date
            order by complete_week.vintage desc
        ) as age
    from complete_week
    inner join keyword_provider
        on keyword_provider.keyword = complete_week.keyword
        and keyword_provider.provider = complete_week.provider
)

select
    keyword,
    date,
    avg(cast(value as double)) as value,
    min(cast(value as double)) as value_min,
    max(cast(value as double)) as value_max,
    count(*) as vintages
from recent
where age <= 4
group by keyword, date
order by keyword, date
