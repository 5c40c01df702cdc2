-- what: The daily flow of postings lacks days, has figures for unknown days, or does not add up to the postings it was computed from.
-- level: error
with day as (
    select
        date,
        count(*) filter (where role = 'it') as rows,
        max(opened) filter (where role = 'it') as opened,
        max(closed) filter (where role = 'it') as closed,
        max(active) filter (where role = 'it') as active,
        max(assumed) filter (where role = 'it') as assumed,
        max(coverage) as coverage,
        max(active_coverage) as active_coverage
    from visual_tables.posting_flow
    group by date
),

last_active as (
    select
        max(date) filter (where active is not null) as date,
        max(date) as last_date,
        max(date) - min(date) + 1 as days
    from day
),

flow as (
    select
        role,
        count(*) as days,
        min(active) as least_active,
        min(assumed) as least_assumed
    from visual_tables.posting_flow
    group by role
),

counted as (
    select
        sum(opened) as opened,
        sum(closed) as closed
    from day
),

-- The same figures from the postings, for the known days.
opened as (
    select count(*) as postings
    from raw_data.recruits as posting
    inner join day on day.date = posting.posting_date
    where day.opened is not null or day.coverage is null
),

closed as (
    select count(*) as postings
    from raw_data.recruits as posting
    inner join day on day.date = posting.expiration_date
    where day.closed is not null or day.coverage is null
),

-- The same without running sums, on the last day with known active postings.
lasting as (
    select
        last_active.date,
        count(*) filter (
            where posting.posting_date <= last_active.date
                and posting.active_until >= last_active.date
                and not posting.active_until_assumed
        ) as active,
        count(*) filter (
            where posting.posting_date <= last_active.date
                and posting.active_until >= last_active.date
                and posting.active_until_assumed
        ) as assumed
    from last_active
    cross join raw_data.recruits as posting
    where last_active.date is not null
    group by last_active.date
)

select 'opened' as finding, 'it' as role, counted.opened as found, opened.postings as expected
from counted
cross join opened
where coalesce(counted.opened, 0) <> opened.postings
union all
select 'closed' as finding, 'it' as role, counted.closed as found, closed.postings as expected
from counted
cross join closed
where coalesce(counted.closed, 0) <> closed.postings
union all
select 'active on the last day' as finding, 'it' as role, day.active as found, lasting.active as expected
from lasting
inner join day on day.date = lasting.date
where day.active <> lasting.active
union all
select 'assumed on the last day' as finding, 'it' as role, day.assumed as found, lasting.assumed as expected
from lasting
inner join day on day.date = lasting.date
where day.assumed <> lasting.assumed
union all
select 'days of a role' as finding, flow.role, flow.days as found, last_active.days as expected
from flow
cross join last_active
where flow.days <> last_active.days
union all
select 'last day' as finding, 'it' as role, last_active.last_date - known.date as found, 0 as expected
from last_active
cross join (select max(date) as date from raw_data.coverage) as known
where last_active.last_date <> known.date
union all
select 'numbers where nothing is known' as finding, 'it' as role, count(*) as found, 0 as expected
from visual_tables.posting_flow
where
    (coverage = 0 and (opened is not null or closed is not null or active is not null or assumed is not null))
    or (coverage is null and role = 'it' and opened = 0 and closed = 0)
    or (active_coverage = 0 and (active is not null or assumed is not null))
having count(*) > 0
union all
select 'nothing where it is known' as finding, 'it' as role, count(*) as found, 0 as expected
from visual_tables.posting_flow
where
    coverage > 0
    and (opened is null or closed is null or active is null or assumed is null)
having count(*) > 0
union all
select 'below zero' as finding, role, least(least_active, least_assumed) as found, 0 as expected
from flow
where least_active < 0 or least_assumed < 0
union all
select 'more than all postings' as finding, part.role, part.active as found, whole.active as expected
from visual_tables.posting_flow as part
inner join visual_tables.posting_flow as whole on whole.date = part.date and whole.role = 'it'
where part.opened > whole.opened or part.closed > whole.closed or part.active > whole.active
