-- what: Job keywords of the postings in scope; one row is one job code of one posting.
-- grain: id, code
-- key: id
-- note: Several codes can share a name (one per job category): count distinct postings per name.
with posting as (
    select id from raw_data.recruits
),

posting_code as (
    select
        id,
        unnest(array_distinct(string_to_array(replace(job_code_keyword_codes, ' ', ''), ','))) as code
    from external.recruit_table
)

select
    posting_code.id,
    posting_code.code,
    job.job_name
from posting_code
inner join posting on posting.id = posting_code.id
inner join meta.job_codes as job on job.job_code = posting_code.code
