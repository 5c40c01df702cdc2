-- what: Job keywords of the postings in scope; one row is one job code of one posting.
-- grain: id, code
-- key: id
-- note: Several codes can share a name (one per job category): count distinct postings per name.
-- note: Staging trims lists of codes and removes duplicates.
-- note: Only the codes of postings in scope are split: the join comes before the unnesting, which multiplies the rows.
with posting_code as (
    select
        recruit.id,
        unnest(codes(recruit.job_code_keyword_codes)) as code
    from raw_data.recruits as posting
    inner join external.recruit_table as recruit on recruit.id = posting.id
)

select
    posting_code.id,
    posting_code.code,
    job.job_name
from posting_code
inner join meta.job_codes as job on job.job_code = posting_code.code
