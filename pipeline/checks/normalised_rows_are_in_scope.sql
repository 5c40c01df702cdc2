-- what: A normalised or role table names a posting that is not in raw_data.recruits.
-- level: error
with named as (
    select 'raw_data.industries' as table_name, id from raw_data.industries
    union all
    select 'raw_data.locations' as table_name, id from raw_data.locations
    union all
    select 'raw_data.job_code_keywords' as table_name, id from raw_data.job_code_keywords
    union all
    select 'raw_data.experiences' as table_name, id from raw_data.experiences
    union all
    select 'analytic.role_tags' as table_name, id from analytic.role_tags
)

select
    named.table_name,
    count(*) as rows,
    min(named.id) as first_id
from named
left anti join raw_data.recruits as posting on posting.id = named.id
group by named.table_name
order by named.table_name
