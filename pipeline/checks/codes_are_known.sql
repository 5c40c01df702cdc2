-- what: Postings have codes that are missing from the code tables; they drop out of the normalised tables.
-- level: warning
-- note: One row per column and code, with the number of postings that have it.
with source as (
    select source from meta.sources where code_tables is not null
),

posting as (
    select
        recruit.id,
        recruit.industry_codes,
        recruit.location_codes,
        recruit.job_type_codes,
        recruit.job_mid_codes,
        recruit.job_code_keyword_codes,
        recruit.experience_code,
        recruit.education_code,
        recruit.salary_code,
        recruit.close_type_code
    from external.recruit_table as recruit
    inner join source on source.source = recruit.source
),

-- Postings share lists of codes: the distinct lists are counted before they are split.
carried as (
    select 'industry_codes' as column_name, industry_codes as codes, count(*) as postings
    from posting
    group by industry_codes
    union all
    select 'location_codes' as column_name, location_codes as codes, count(*) as postings
    from posting
    group by location_codes
    union all
    select 'job_type_codes' as column_name, job_type_codes as codes, count(*) as postings
    from posting
    group by job_type_codes
    union all
    select 'job_mid_codes' as column_name, job_mid_codes as codes, count(*) as postings
    from posting
    group by job_mid_codes
    union all
    select 'job_code_keyword_codes' as column_name, job_code_keyword_codes as codes, count(*) as postings
    from posting
    group by job_code_keyword_codes
),

counted_code as (
    select
        column_name,
        unnest(array_distinct(string_to_array(replace(codes, ' ', ''), ','))) as code,
        postings
    from carried
    union all
    select 'experience_code' as column_name, cast(experience_code as text) as code, count(*) as postings
    from posting
    group by experience_code
    union all
    select 'education_code' as column_name, education_code as code, count(*) as postings
    from posting
    group by education_code
    union all
    select 'salary_code' as column_name, salary_code as code, count(*) as postings
    from posting
    group by salary_code
    union all
    select 'close_type_code' as column_name, close_type_code as code, count(*) as postings
    from posting
    group by close_type_code
),

counted as (
    select
        column_name,
        code,
        sum(postings) as postings
    from counted_code
    where code <> ''
    group by column_name, code
),

known as (
    select 'industry_codes' as column_name, code from meta.industries
    union all
    select 'location_codes' as column_name, local_code as code from meta.location
    union all
    select 'job_type_codes' as column_name, code from meta.job_types
    union all
    select 'job_mid_codes' as column_name, job_mid_code as code from meta.job_mid_codes
    union all
    select 'job_code_keyword_codes' as column_name, job_code as code from meta.job_codes
    union all
    select 'experience_code' as column_name, code from meta.experiences
    union all
    select 'education_code' as column_name, code from meta.education
    union all
    select 'salary_code' as column_name, code from meta.salaries
    union all
    select 'close_type_code' as column_name, code from meta.close_types
)

select
    counted.column_name,
    counted.code,
    counted.postings
from counted
left anti join known on known.column_name = counted.column_name and known.code = counted.code
order by counted.postings desc, counted.column_name, counted.code
