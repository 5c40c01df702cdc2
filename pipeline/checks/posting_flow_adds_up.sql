-- what: The daily flow of postings has gaps, or does not add up to the postings it was counted from.
-- level: error
with last_day as (
    select max(date) as date from visual_tables.posting_flow
),

flow as (
    select
        role,
        sum(opened) as opened,
        sum(closed) as closed,
        count(*) as days,
        min(active) as least_active,
        min(assumed) as least_assumed
    from visual_tables.posting_flow
    group by role
),

last_flow as (
    select flow.role, flow.active, flow.assumed
    from visual_tables.posting_flow as flow
    inner join last_day on last_day.date = flow.date
),

-- The same from the postings, without running sums.
expected as (
    select
        count(*) filter (where posting.posting_date <= last_day.date) as opened,
        count(*) filter (
            where posting.posting_date <= last_day.date
                and posting.active_until >= last_day.date
                and not posting.active_until_assumed
        ) as active,
        count(*) filter (
            where posting.posting_date <= last_day.date
                and posting.active_until >= last_day.date
                and posting.active_until_assumed
        ) as assumed
    from raw_data.recruits as posting
    cross join last_day
),

every_day as (
    select max(date) - min(date) + 1 as days from visual_tables.posting_flow
)

select 'opened' as finding, flow.role, flow.opened as found, expected.opened as expected
from flow
cross join expected
where flow.role = 'it' and flow.opened <> expected.opened
union all
select 'active on the last day' as finding, last_flow.role, last_flow.active as found, expected.active as expected
from last_flow
cross join expected
where last_flow.role = 'it' and last_flow.active <> expected.active
union all
select 'assumed on the last day' as finding, last_flow.role, last_flow.assumed as found, expected.assumed as expected
from last_flow
cross join expected
where last_flow.role = 'it' and last_flow.assumed <> expected.assumed
union all
select 'days of a role' as finding, flow.role, flow.days as found, every_day.days as expected
from flow
cross join every_day
where flow.days <> every_day.days
union all
select 'below zero' as finding, role, least(least_active, least_assumed) as found, 0 as expected
from flow
where least_active < 0 or least_assumed < 0
union all
select 'more than all postings' as finding, part.role, part.active as found, whole.active as expected
from visual_tables.posting_flow as part
inner join visual_tables.posting_flow as whole on whole.date = part.date and whole.role = 'it'
where part.opened > whole.opened or part.closed > whole.closed or part.active > whole.active
