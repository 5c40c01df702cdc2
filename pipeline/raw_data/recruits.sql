-- what: Postings in scope: of the employment types and the period that settings.analysis names; one row is one posting.
-- grain: id
-- key: id
-- note: id is the signed 64-bit xxh3 of source, 0x1f and posting_id: the same in every build, a string in JSON.
-- note: A posting without a posting_date is in scope only while no period is set.
-- note: active_until is the last day a posting counts as active. Without a closing date that is the day it was first seen inactive after having been seen active. Failing that it is assumed (active_until_assumed): open_ended_days after its last posting or modification, or the day it was first seen inactive if that is earlier.
with posting as (
    select
        id,
        source,
        posting_id,
        url,
        company_name,
        title,
        string_to_array(job_type_codes, ',') as job_types,
        education_code,
        salary_code,
        posting_date,
        expiration_date,
        cast(modification_at at time zone 'UTC' at time zone 'Asia/Seoul' as date) as modification_date,
        close_type_code,
        read_cnt,
        apply_cnt,
        inactive_date,
        expiration_date is null and (inactive_date is null or not seen_active) as active_until_assumed
    from external.recruit_table
),

employment_type as (
    select
        array_agg(code) as codes,
        count(code) as code_count
    from settings.employment_types
),

-- One row, on the left of the join below: the engine holds the left side in memory, and past
-- its memory limit a nested-loop join with a large left side loses rows without an error.
scope as (
    select
        employment_type.codes,
        employment_type.code_count,
        analysis.period_start,
        analysis.period_end,
        analysis.open_ended_days
    from employment_type
    cross join settings.analysis as analysis
),

in_scope as (
    select
        posting.id,
        posting.source,
        posting.posting_id,
        posting.url,
        posting.company_name,
        posting.title,
        posting.education_code,
        posting.salary_code,
        posting.posting_date,
        posting.expiration_date,
        posting.close_type_code,
        posting.read_cnt,
        posting.apply_cnt,
        posting.active_until_assumed,
        case
            when posting.active_until_assumed then least(
                posting.inactive_date,
                greatest(posting.posting_date, posting.modification_date) + scope.open_ended_days
            )
            else coalesce(posting.expiration_date, posting.inactive_date)
        end as active_until
    from scope
    cross join posting
    where
        (scope.code_count = 0 or array_has_any(posting.job_types, scope.codes))
        and (
            (scope.period_start is null and scope.period_end is null)
            or (
                posting.posting_date >= coalesce(scope.period_start, posting.posting_date)
                and posting.posting_date <= coalesce(scope.period_end, posting.posting_date)
            )
        )
)

select
    in_scope.id,
    in_scope.source,
    in_scope.posting_id,
    in_scope.url,
    in_scope.company_name,
    in_scope.title,
    in_scope.education_code,
    education.education_level,
    in_scope.salary_code,
    salary.salary,
    in_scope.posting_date,
    in_scope.expiration_date,
    in_scope.close_type_code,
    in_scope.read_cnt,
    in_scope.apply_cnt,
    in_scope.active_until,
    in_scope.active_until_assumed
from in_scope
left join meta.education as education on education.code = in_scope.education_code
left join meta.salaries as salary on salary.code = in_scope.salary_code
