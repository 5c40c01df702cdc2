-- what: Postings in scope are missing from raw_data.recruits, or others are in it. Counted in another way than the table is built: by each configured employment type, without a nested-loop join.
-- level: error
with wanted as (
    select distinct
        posting_type.id,
        posting_type.posting_date
    from (
        select
            id,
            posting_date,
            unnest(string_to_array(job_type_codes, ',')) as code
        from external.recruit_table
    ) as posting_type
    left semi join settings.employment_types as employment_type on employment_type.code = posting_type.code
),

everything as (
    select
        id,
        posting_date
    from external.recruit_table
    where (select count(*) from settings.employment_types) = 0
),

bounded as (
    select id
    from (
        select id, posting_date from wanted
        union all
        select id, posting_date from everything
    ) as posting
    where
        coalesce(posting_date >= (select min(period_start) from settings.analysis), (select min(period_start) from settings.analysis) is null)
        and coalesce(posting_date <= (select min(period_end) from settings.analysis), (select min(period_end) from settings.analysis) is null)
),

counted as (
    select
        (select count(*) from bounded) as in_scope,
        (select count(*) from raw_data.recruits) as found
)

select
    in_scope,
    found
from counted
where in_scope <> found
