-- what: Postings have codes that are missing from the code tables; they drop out of the normalised tables.
-- level: warning
-- note: One row per column and code, with the number of postings that have it.
with carried as (
    select source, 'industry_codes' as column_name, industry_codes as codes, count(*) as postings
    from external.recruit_table
    group by source, industry_codes
    union all
    select source, 'location_codes' as column_name, location_codes as codes, count(*) as postings
    from external.recruit_table
    group by source, location_codes
    union all
    select source, 'job_type_codes' as column_name, job_type_codes as codes, count(*) as postings
    from external.recruit_table
    group by source, job_type_codes
    union all
    select source, 'job_mid_codes' as column_name, job_mid_codes as codes, count(*) as postings
    from external.recruit_table
    group by source, job_mid_codes
),

-- Postings share these lists of codes, so they are counted before they are split.
shared_list as (
    select
        source,
        column_name,
        unnest(codes(codes)) as code,
        postings
    from carried
),

-- Nearly every posting has a list of keywords of its own.
own_list as (
    select
        source,
        unnest(codes(job_code_keyword_codes)) as code
    from external.recruit_table
),

-- Few combinations of these codes occur: one pass counts all four.
combination as (
    select
        source,
        experience_code,
        education_code,
        salary_code,
        close_type_code,
        count(*) as postings
    from external.recruit_table
    group by source, experience_code, education_code, salary_code, close_type_code
),

single_code as (
    select
        source,
        unnest(make_array('experience_code', 'education_code', 'salary_code', 'close_type_code')) as column_name,
        unnest(make_array(cast(experience_code as text), education_code, salary_code, close_type_code)) as code,
        postings
    from combination
),

counted_code as (
    select source, column_name, code, postings from shared_list
    union all
    select source, 'job_code_keyword_codes' as column_name, code, count(*) as postings
    from own_list
    group by source, code
    union all
    select source, column_name, code, postings from single_code
),

counted as (
    select
        counted_code.column_name,
        counted_code.code,
        sum(counted_code.postings) as postings
    from counted_code
    inner join meta.sources as source on source.source = counted_code.source
    where source.code_tables is not null and counted_code.code <> ''
    group by counted_code.column_name, counted_code.code
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
