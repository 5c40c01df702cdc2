-- what: Published weekly search interest in Korea; one row is one keyword in one complete week.
-- grain: keyword, date
-- check: value between 0 and 100
-- note: A pull is scaled to its own maximum. So each pull is first rescaled to the next newer one by the weeks that both have, and so on to the newest; value is then the mean of the last four pulls in which the week was complete, value_min and value_max their spread, vintages their number: pulls are samples and differ by a point or more. A pull that shares no week with the next newer one has no known scale: it and all older ones are left out. If a week exceeds the newest pull's 100, because its peak is no longer in that pull, the whole series is scaled so that this week is 100.
-- note: Scales of two providers cannot be joined, so a keyword is published from one: the first in the order below that has a complete week in the 60 days before the latest pull, else the one with the newest week.
-- note: value_anchored is comparable between keywords (0 or more, unbounded) and null if a provider scales each keyword separately.
with provider_order as (
    select
        column1 as provider,
        column2 as priority,
        column3 as has_common_scale
    from (
        values
            ('official', 1, true),
            ('google_unofficial', 2, false),
            ('csv', 3, false),
            ('google_trends', 4, true),
            ('naver_datalab', 5, false)
    )
),

complete_week as (
    select
        provider,
        keyword,
        date,
        cast(value as double) as value,
        vintage
    from external.google_trend
    where
        geo = 'KR'
        and value is not null
        and not coalesce(is_partial, false)
),

latest_pull as (
    select max(vintage) as vintage
    from complete_week
),

newest_week as (
    select
        complete_week.keyword,
        complete_week.provider,
        coalesce(provider_order.priority, 99) as priority,
        coalesce(provider_order.has_common_scale, false) as has_common_scale,
        max(complete_week.date) as date
    from complete_week
    left join provider_order on provider_order.provider = complete_week.provider
    group by
        complete_week.keyword,
        complete_week.provider,
        provider_order.priority,
        provider_order.has_common_scale
),

-- The minimum of these is the provider of a keyword.
ranked_provider as (
    select
        newest_week.keyword,
        min(
            named_struct(
                'recent_first', case when latest_pull.vintage - newest_week.date <= 60 then newest_week.priority else 100 end,
                'newest_first', date '2100-01-01' - newest_week.date,
                'priority', newest_week.priority,
                'provider', newest_week.provider,
                'has_common_scale', newest_week.has_common_scale
            )
        ) as best
    from newest_week
    cross join latest_pull
    group by newest_week.keyword
),

-- Each week of a pull joined with the same week of the next pull that has it.
pulled as (
    select
        complete_week.keyword,
        complete_week.date,
        complete_week.value,
        complete_week.vintage,
        ranked_provider.best['provider'] as provider,
        ranked_provider.best['has_common_scale'] as has_common_scale,
        lead(complete_week.vintage) over in_turn as next_vintage,
        lead(complete_week.value) over in_turn as next_value,
        row_number() over in_turn as place,
        count(*) over (partition by complete_week.keyword, complete_week.date) as places
    from complete_week
    inner join ranked_provider
        on ranked_provider.keyword = complete_week.keyword
        and ranked_provider.best['provider'] = complete_week.provider
    window in_turn as (
        partition by complete_week.keyword, complete_week.date
        order by complete_week.vintage
    )
),

shared as (
    select
        keyword,
        vintage,
        next_vintage,
        max(value) as greatest,
        sum(value) as value_sum,
        sum(next_value) as next_sum
    from pulled
    group by keyword, vintage, next_vintage
),

vintage_pair as (
    select
        keyword,
        vintage,
        max(greatest) as greatest,
        min(
            case
                when next_vintage is not null
                    then named_struct('vintage', next_vintage, 'value_sum', value_sum, 'next_sum', next_sum)
            end
        ) as next
    from shared
    group by keyword, vintage
),

newer_pull as (
    select
        keyword,
        vintage,
        greatest,
        next,
        lag(vintage) over (partition by keyword order by vintage desc) as newer_vintage
    from vintage_pair
),

-- Zero times any scale is zero, so a pull of zeros needs no scale.
link as (
    select
        keyword,
        vintage,
        case
            when newer_vintage is null then 1.0
            when greatest = 0 then 1.0
            when next['vintage'] = newer_vintage and next['value_sum'] > 0 and next['next_sum'] > 0
                then next['next_sum'] / next['value_sum']
        end as ratio
    from newer_pull
),

scale as (
    select
        keyword,
        vintage,
        exp(sum(ln(ratio)) over newer) as factor,
        sum(case when ratio is null then 1 else 0 end) over newer as broken_links
    from link
    window newer as (
        partition by keyword
        order by vintage desc
        rows between unbounded preceding and current row
    )
),

-- Excluded pulls are older than all others: the last four are the last four of those with a scale.
week as (
    select
        pulled.keyword,
        pulled.date,
        pulled.provider,
        pulled.has_common_scale,
        avg(pulled.value * scale.factor) as value,
        min(pulled.value * scale.factor) as value_min,
        max(pulled.value * scale.factor) as value_max,
        count(*) as vintages
    from pulled
    inner join scale on scale.keyword = pulled.keyword and scale.vintage = pulled.vintage
    where scale.broken_links = 0 and pulled.places - pulled.place < 4
    group by pulled.keyword, pulled.date, pulled.provider, pulled.has_common_scale
),

peaked as (
    select
        keyword,
        date,
        provider,
        has_common_scale,
        value,
        value_min,
        value_max,
        vintages,
        greatest(100.0, max(value) over (partition by keyword)) as peak
    from week
)

select
    keyword,
    date,
    100.0 * (value / peak) as value,
    100.0 * (value_min / peak) as value_min,
    100.0 * (value_max / peak) as value_max,
    vintages,
    case when has_common_scale then value end as value_anchored,
    provider
from peaked
order by keyword, date
