-- what: The 50 keyword names with most postings; one row is one keyword name.
-- grain: job_name
-- note: Few names have several codes. Only for these are postings counted distinct by id; for the others rows are counted, because one row is one code of one posting.
with shared_name as (
    select job_name
    from meta.job_codes
    group by job_name
    having count(*) > 1
),

shared_code as (
    select
        job.job_code,
        job.job_name
    from meta.job_codes as job
    inner join shared_name on shared_name.job_name = job.job_name
),

code as (
    select
        code,
        count(*) as postings
    from raw_data.job_code_keywords
    group by code
),

counted as (
    select
        job.job_name,
        code.postings as count
    from code
    inner join meta.job_codes as job on job.job_code = code.code
    where not exists (select 1 from shared_name where shared_name.job_name = job.job_name)
    union all
    select
        shared_code.job_name,
        count(distinct keyword.id) as count
    from shared_code
    inner join raw_data.job_code_keywords as keyword on keyword.code = shared_code.job_code
    group by shared_code.job_name
)

select
    job_name,
    count
from counted
order by count desc, job_name
limit 50
