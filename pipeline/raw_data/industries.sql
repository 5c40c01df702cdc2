-- what: Industries of the postings in scope; one row is one industry code of one posting.
-- grain: id, code
-- key: id
-- note: Staging trims lists of codes and removes duplicates.
-- note: Only the codes of postings in scope are split: the join comes before the unnesting, which multiplies the rows.
with posting_code as (
    select
        recruit.id,
        unnest(codes(recruit.industry_codes)) as code
    from raw_data.recruits as posting
    inner join external.recruit_table as recruit on recruit.id = posting.id
)

select
    posting_code.id,
    posting_code.code,
    industry.industry,
    category.industry_category
from posting_code
inner join meta.industries as industry on industry.code = posting_code.code
inner join meta.industry_categories as category on category.super_code = industry.super_code
