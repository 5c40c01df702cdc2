-- what: Industries of the postings in scope; one row is one industry code of one posting.
-- grain: id, code
-- key: id
with posting as (
    select id from raw_data.recruits
),

posting_code as (
    select
        id,
        unnest(array_distinct(string_to_array(replace(industry_codes, ' ', ''), ','))) as code
    from external.recruit_table
)

select
    posting_code.id,
    posting_code.code,
    industry.industry,
    category.industry_category
from posting_code
inner join posting on posting.id = posting_code.id
inner join meta.industries as industry on industry.code = posting_code.code
inner join meta.industry_categories as category on category.super_code = industry.super_code
