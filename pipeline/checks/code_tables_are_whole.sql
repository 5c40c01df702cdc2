-- what: A code table has a code twice, a blank one, a code without a name, or a parent that does not exist.
-- level: error
-- note: Salary code 98 has no name at the source.
with code_row as (
    select 'education' as code_table, code, education_level as name from meta.education
    union all
    select 'experiences' as code_table, code, experience as name from meta.experiences
    union all
    select 'industries' as code_table, code, industry as name from meta.industries
    union all
    select 'industry_categories' as code_table, super_code as code, industry_category as name
    from meta.industry_categories
    union all
    select 'job_codes' as code_table, job_code as code, job_name as name from meta.job_codes
    union all
    select 'job_mid_codes' as code_table, job_mid_code as code, job_mid_name as name from meta.job_mid_codes
    union all
    select 'job_types' as code_table, code, job_type as name from meta.job_types
    union all
    select 'location' as code_table, local_code as code, location_name as name from meta.location
    union all
    select 'salaries' as code_table, code, salary as name from meta.salaries
    union all
    select 'close_types' as code_table, code, close_type as name from meta.close_types
)

select code_table, code, 'occurs more than once' as finding
from code_row
group by code_table, code
having count(*) > 1
union all
select code_table, code, 'is blank or has no name' as finding
from code_row
where
    coalesce(trim(code), '') = ''
    or (coalesce(trim(name), '') = '' and not (code_table = 'salaries' and code = '98'))
union all
select 'industries' as code_table, industry.code, 'has no category' as finding
from meta.industries as industry
left anti join meta.industry_categories as category on category.super_code = industry.super_code
union all
select 'job_codes' as code_table, job.job_code as code, 'has no job category' as finding
from meta.job_codes as job
left anti join meta.job_mid_codes as mid on mid.job_mid_code = job.job_mid_code
union all
select 'location' as code_table, location.local_code as code, 'has no wide region' as finding
from meta.location as location
left anti join meta.location as wide on wide.local_code = location.wide_code
union all
select 'location' as code_table, local_code as code, 'is not a number of six digits' as finding
from meta.location
where not regexp_like(local_code, '^[0-9]{6}$')
union all
select 'experiences' as code_table, code, 'is not a number' as finding
from meta.experiences
where not regexp_like(code, '^[0-9]+$')
