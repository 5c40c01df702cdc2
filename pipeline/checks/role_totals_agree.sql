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
expected as (
    select 'the ids table' as counted_by, role, postings
    from tagged
    where role in ('de', 'da', 'ds', 'datajob', 'web_front', 'web_back', 'embedded', 'security')
    union all
    select 'visual_tables.recruit_for_exp' as counted_by, role, postings from tagged
    union all
    select 'visual_tables.data_job_detail_ratio' as counted_by, role, postings
    from tagged
    where role in ('de', 'da', 'ds')
    union all
    select 'visual_tables.data_job_ratio' as counted_by, role, postings from tagged where role = 'datajob'
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
