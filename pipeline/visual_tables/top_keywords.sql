-- what: The 50 keyword names with most postings; one row is one keyword name.
-- grain: job_name
select
    job_name,
    count(distinct id) as count
from raw_data.job_code_keywords
group by job_name
order by count desc, job_name
limit 50
