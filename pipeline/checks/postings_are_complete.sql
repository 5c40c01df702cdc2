-- what: Postings lack what every posting should have: a title, an address, a company, a place, a job type or an experience code.
-- level: warning
-- note: All columns are read in one pass: few postings lack any.
with incomplete as (
    select
        source,
        unnest(make_array(
            case when title is null then 'title' end,
            case when url is null then 'url' end,
            case when company_name is null then 'company_name' end,
            case when location_codes is null then 'location_codes' end,
            case when job_type_codes is null then 'job_type_codes' end,
            case when experience_code is null then 'experience_code' end,
            case when active is null then 'active' end
        )) as missing
    from external.recruit_table
    where
        title is null
        or url is null
        or company_name is null
        or location_codes is null
        or job_type_codes is null
        or experience_code is null
        or active is null
)

select
    source,
    missing,
    count(*) as postings
from incomplete
where missing is not null
group by source, missing
order by source, missing
