-- what: A record that a manifest reports was neither staged, nor quarantined, nor excluded because its posting was taken down.
-- level: error
-- note: First by window, then the rows of staging against the sum over the windows.
with staged as (
    select
        source,
        count(*) as rows
    from staging.recruit
    group by source
),

counted as (
    select
        source,
        sum(records) as rows
    from staging.windows
    where dataset = 'recruit'
    group by source
)

select
    window,
    records as staged,
    quarantined,
    purged,
    reported
from staging.windows
where records + quarantined + purged <> reported
union all
select
    concat('all windows of ', coalesce(counted.source, staged.source)) as window,
    coalesce(staged.rows, 0) as staged,
    cast(null as bigint) as quarantined,
    cast(null as bigint) as purged,
    coalesce(counted.rows, 0) as reported
from counted
full outer join staged on staged.source = counted.source
where coalesce(staged.rows, 0) <> coalesce(counted.rows, 0)
