-- what: Postings lack what every posting should have: a title, an address, a company, a place, a job type or an experience code.
-- level: warning
with missing as (
    select 'title' as missing, source from external.recruit_table where title is null
    union all
    select 'url' as missing, source from external.recruit_table where url is null
    union all
    select 'company_name' as missing, source from external.recruit_table where company_name is null
    union all
    select 'location_codes' as missing, source from external.recruit_table where location_codes is null
    union all
    select 'job_type_codes' as missing, source from external.recruit_table where job_type_codes is null
    union all
    select 'experience_code' as missing, source from external.recruit_table where experience_code is null
    union all
    select 'active' as missing, source from external.recruit_table where active is null
)

select
    source,
    missing,
    count(*) as postings
from missing
group by source, missing
order by source, missing
