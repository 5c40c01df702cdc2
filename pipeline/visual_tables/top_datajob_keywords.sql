-- what: The 30 keyword names with most data job postings, by role; one row is one keyword name.
-- grain: job_name
-- check: de <= total and da <= total and ds <= total
-- check: total <= de + da + ds
with keyword as (
    select distinct
        keyword.id,
        keyword.job_name
    from raw_data.job_code_keywords as keyword
    inner join analytic.datajob_ids as datajob on datajob.id = keyword.id
)

select
    keyword.job_name,
    count(de.id) as de,
    count(da.id) as da,
    count(ds.id) as ds,
    count(*) as total
from keyword
left join analytic.de_ids as de on de.id = keyword.id
left join analytic.da_ids as da on da.id = keyword.id
left join analytic.ds_ids as ds on ds.id = keyword.id
group by keyword.job_name
order by total desc, job_name
limit 30
