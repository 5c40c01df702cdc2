-- what: The tables that count all postings in scope do not agree.
-- level: error
with total as (
    select count(*) as postings from raw_data.recruits
),

undated as (
    select count(*) as postings from raw_data.recruits where posting_date is null
),

counted as (
    select 'visual_tables.all_count' as counted_by, sum(it) as postings from visual_tables.all_count
    union all
    select 'visual_tables.data_job_ratio' as counted_by, coalesce(sum(count), 0) as postings
    from visual_tables.data_job_ratio
    union all
    select 'adhoc.count_of_year and undated' as counted_by, coalesce(sum(year.count), 0) + max(undated.postings) as postings
    from undated
    left join adhoc.count_of_year as year on true
    union all
    select 'adhoc.count_of_month and undated' as counted_by, coalesce(sum(month.count), 0) + max(undated.postings) as postings
    from undated
    left join adhoc.count_of_month as month on true
)

select
    counted.counted_by,
    counted.postings,
    total.postings as expected
from counted
cross join total
where counted.postings is distinct from total.postings
