-- what: Postings opened, closed and active on each day, by role; one row is one day of one role (`it` is all postings in scope).
-- grain: date, role
-- check: opened >= 0 and closed >= 0 and active >= 0 and assumed >= 0
-- check: coverage between 0 and 1 and active_coverage between 0 and 1 and read_after_days >= 0
-- note: Every day from the first posting_date to the data date, for every role. opened: posting_date is the day; closed: expiration_date is the day.
-- note: active: the day is between posting_date and the closing date or, without one, the day the posting was seen inactive; both ends included.
-- note: assumed is not part of active: postings without a closing date that were not seen to end, up to open_ended_days after their last posting or modification.
-- note: Unknown is null, never 0. coverage, read_after_days and active_coverage are those of raw_data.coverage. Where coverage is 0 all four figures are null. Where it is null they are numbers on days on which a posting in scope opens or closes. active and assumed are also null where active_coverage is 0.
with posting_role as (
    select id, 'datajob' as role from analytic.datajob_ids
    union all
    select id, role from analytic.role_tags
),

-- Postings of one role with the same dates behave alike: one cohort instead of many postings.
cohort as (
    select
        'it' as role,
        posting_date,
        expiration_date,
        active_until,
        active_until_assumed,
        count(*) as postings
    from raw_data.recruits
    group by posting_date, expiration_date, active_until, active_until_assumed
    union all
    select
        posting_role.role,
        posting.posting_date,
        posting.expiration_date,
        posting.active_until,
        posting.active_until_assumed,
        count(*) as postings
    from posting_role
    inner join raw_data.recruits as posting on posting.id = posting_role.id
    group by
        posting_role.role,
        posting.posting_date,
        posting.expiration_date,
        posting.active_until,
        posting.active_until_assumed
),

-- The changes of a cohort by day: it appears, closes, and is no longer counted.
moment as (
    select 'begin' as moment
    union all
    select 'close' as moment
    union all
    select 'end' as moment
),

-- The engine computes a named query once for each time it is read, so the cohorts are read once.
event as (
    select
        cohort.role,
        case moment.moment
            when 'begin' then cohort.posting_date
            when 'close' then cohort.expiration_date
            else cohort.active_until + 1
        end as date,
        case moment.moment when 'begin' then cohort.postings else 0 end as opened,
        case moment.moment when 'close' then cohort.postings else 0 end as closed,
        case
            when cohort.posting_date <= cohort.active_until
                then case moment.moment when 'begin' then cohort.postings when 'end' then -cohort.postings else 0 end
            else 0
        end as lasting,
        cohort.active_until_assumed
    from moment
    cross join cohort
),

change as (
    select
        role,
        date,
        sum(opened) as opened,
        sum(closed) as closed,
        sum(case when active_until_assumed then 0 else lasting end) as active,
        sum(case when active_until_assumed then lasting else 0 end) as assumed
    from event
    group by role, date
),

last_day as (
    select max(date) as last_date
    from raw_data.coverage
),

span as (
    select
        min(posting.posting_date) as first_date,
        last_day.last_date
    from raw_data.recruits as posting
    cross join last_day
    group by last_day.last_date
),

day as (
    select unnest(generate_series(first_date, last_date, interval '1 day')) as date
    from span
),

role as (
    select 'it' as role
    union
    select 'datajob' as role
    union
    select role from meta.role_rules
),

day_role as (
    select
        day.date,
        role.role
    from day
    cross join role
),

flow as (
    select
        day_role.date,
        day_role.role,
        coalesce(change.opened, 0) as opened,
        coalesce(change.closed, 0) as closed,
        sum(coalesce(change.active, 0)) over (
            partition by day_role.role
            order by day_role.date
            rows between unbounded preceding and current row
        ) as active,
        sum(coalesce(change.assumed, 0)) over (
            partition by day_role.role
            order by day_role.date
            rows between unbounded preceding and current row
        ) as assumed
    from day_role
    left join change
        on change.role = day_role.role
        and change.date = day_role.date
),

eventful as (
    select posting_date as date from raw_data.recruits
    union
    select expiration_date as date from raw_data.recruits
),

known as (
    select
        coverage.date,
        coverage.coverage,
        coverage.read_after_days,
        coverage.active_coverage,
        case
            when coverage.coverage is null then eventful.date is not null
            else coverage.coverage > 0
        end as is_known
    from raw_data.coverage as coverage
    left join eventful on eventful.date = coverage.date
)

select
    flow.date,
    flow.role,
    case when known.is_known then flow.opened end as opened,
    case when known.is_known then flow.closed end as closed,
    case when known.is_known and known.active_coverage is distinct from 0 then flow.active end as active,
    case when known.is_known and known.active_coverage is distinct from 0 then flow.assumed end as assumed,
    known.coverage,
    known.read_after_days,
    known.active_coverage
from flow
inner join known on known.date = flow.date
order by flow.date, flow.role
