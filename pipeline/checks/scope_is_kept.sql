-- what: Postings in scope are missing from raw_data.recruits, or others are in it. Counted in another way than the table is built: by each configured employment type, without a nested-loop join.
-- level: error
-- note: Postings share few lists of employment types, so they are counted by list before the lists are split.
with shared_list as (
    select
        job_type_codes as codes,
        count(*) as postings
    from external.recruit_table
    where
        coalesce(posting_date >= (select min(period_start) from settings.analysis), (select min(period_start) from settings.analysis) is null)
        and coalesce(posting_date <= (select min(period_end) from settings.analysis), (select min(period_end) from settings.analysis) is null)
    group by job_type_codes
),

-- A list with two of the configured types counts once.
wanted as (
    select distinct
        list_type.codes,
        list_type.postings
    from (
        select
            codes,
            postings,
            unnest(string_to_array(codes, ',')) as code
        from shared_list
    ) as list_type
    left semi join settings.employment_types as employment_type on employment_type.code = list_type.code
),

bounded as (
    select postings from wanted
    union all
    select postings
    from shared_list
    where (select count(*) from settings.employment_types) = 0
),

counted as (
    select
        (select coalesce(sum(postings), 0) from bounded) as in_scope,
        (select count(*) from raw_data.recruits) as found
)

select
    in_scope,
    found
from counted
where in_scope <> found
