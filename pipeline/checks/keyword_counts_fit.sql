-- what: A keyword counts more postings than there are, or the lists of keywords are inconsistent.
-- level: error
with total as (
    select
        (select count(*) from raw_data.recruits) as it,
        (select count(*) from analytic.datajob_ids) as datajob
)

select 'top_keywords' as table_name, keyword.job_name, keyword.count as postings, total.it as at_most
from visual_tables.top_keywords as keyword
cross join total
where keyword.count > total.it or keyword.count < 1
union all
select 'top_datajob_keywords' as table_name, keyword.job_name, keyword.total as postings, total.datajob as at_most
from visual_tables.top_datajob_keywords as keyword
cross join total
where
    keyword.total > total.datajob
    or keyword.total < greatest(keyword.de, keyword.da, keyword.ds, 1)
    or keyword.total > keyword.de + keyword.da + keyword.ds
union all
select 'both' as table_name, data.job_name, data.total as postings, every.count as at_most
from visual_tables.top_datajob_keywords as data
inner join visual_tables.top_keywords as every on every.job_name = data.job_name
where data.total > every.count
union all
select 'top_keywords' as table_name, cast(null as text) as job_name, count(*) as postings, 50 as at_most
from visual_tables.top_keywords
having count(*) > 50
union all
select 'top_datajob_keywords' as table_name, cast(null as text) as job_name, count(*) as postings, 30 as at_most
from visual_tables.top_datajob_keywords
having count(*) > 30
