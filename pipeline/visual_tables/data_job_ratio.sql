-- what: Data jobs against all other postings in scope; one row for each of the two.
-- grain: is_data_job
select
    datajob.id is not null as is_data_job,
    count(*) as count
from raw_data.recruits as posting
left join analytic.datajob_ids as datajob on datajob.id = posting.id
group by datajob.id is not null
order by is_data_job desc
