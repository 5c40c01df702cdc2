-- what: The tables that count postings by role do not agree.
-- level: error
with tagged as (
    select role, count(*) as postings from analytic.role_tags group by role
    union all
    select 'datajob' as role, count(distinct id) as postings
    from analytic.role_tags
    where role in ('de', 'da', 'ds')
    having count(distinct id) > 0
),

listed as (
    select 'de' as role, count(*) as postings from analytic.de_ids
    union all
    select 'da' as role, count(*) as postings from analytic.da_ids
    union all
    select 'ds' as role, count(*) as postings from analytic.ds_ids
    union all
    select 'datajob' as role, count(*) as postings from analytic.datajob_ids
    union all
    select 'web_front' as role, count(*) as postings from analytic.web_front_ids
    union all
    select 'web_back' as role, count(*) as postings from analytic.web_back_ids
    union all
    select 'embedded' as role, count(*) as postings from analytic.embedded_ids
    union all
    select 'security' as role, count(*) as postings from analytic.security_ids
),

counted as (
    select 'the ids table' as counted_by, role, postings from listed where postings > 0
    union all
    select 'visual_tables.recruit_for_exp' as counted_by, role, total as postings
    from visual_tables.recruit_for_exp
    union all
    select 'visual_tables.data_job_detail_ratio' as counted_by, role, count as postings
    from visual_tables.data_job_detail_ratio
    union all
    select 'visual_tables.data_job_ratio' as counted_by, 'datajob' as role, count as postings
    from visual_tables.data_job_ratio
    where is_data_job
),

-- The roles that each table must show: all, or the data roles only.
shown as (
    select 'the ids table' as counted_by
    union all
    select 'visual_tables.recruit_for_exp' as counted_by
    union all
    select 'visual_tables.data_job_detail_ratio' as counted_by
    union all
    select 'visual_tables.data_job_ratio' as counted_by
),

-- The engine computes a named query once for each time it is read, so the roles are counted once.
expected as (
    select
        shown.counted_by,
        tagged.role,
        tagged.postings
    from shown
    cross join tagged
    where
        case shown.counted_by
            when 'the ids table'
                then tagged.role in ('de', 'da', 'ds', 'datajob', 'web_front', 'web_back', 'embedded', 'security')
            when 'visual_tables.data_job_detail_ratio' then tagged.role in ('de', 'da', 'ds')
            when 'visual_tables.data_job_ratio' then tagged.role = 'datajob'
            else true
        end
)

select
    coalesce(expected.counted_by, counted.counted_by) as counted_by,
    coalesce(expected.role, counted.role) as role,
    counted.postings,
    expected.postings as expected
from expected
full outer join counted
    on counted.counted_by = expected.counted_by
    and counted.role = expected.role
where counted.postings is distinct from expected.postings
