-- what: A normalised or role table names a posting that is not in raw_data.recruits.
-- level: error
with stray as (
    select 'raw_data.industries' as table_name, row.id
    from raw_data.industries as row
    left anti join raw_data.recruits as posting on posting.id = row.id
    union all
    select 'raw_data.locations' as table_name, row.id
    from raw_data.locations as row
    left anti join raw_data.recruits as posting on posting.id = row.id
    union all
    select 'raw_data.job_code_keywords' as table_name, row.id
    from raw_data.job_code_keywords as row
    left anti join raw_data.recruits as posting on posting.id = row.id
    union all
    select 'raw_data.experiences' as table_name, row.id
    from raw_data.experiences as row
    left anti join raw_data.recruits as posting on posting.id = row.id
    union all
    select 'analytic.role_tags' as table_name, row.id
    from analytic.role_tags as row
    left anti join raw_data.recruits as posting on posting.id = row.id
)

select
    table_name,
    count(*) as rows,
    min(id) as first_id
from stray
group by table_name
order by table_name
