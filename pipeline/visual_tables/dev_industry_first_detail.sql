-- what: Postings by industry within the industry category with most postings; one row is one industry.
-- grain: industry
-- check: de <= it and da <= it and ds <= it
-- note: Rows are counted by code, because one row is one code of one posting. Only where several codes share a name are postings counted distinct by id.
with first_category as (
    select
        industry_category,
        count(distinct id) as it
    from raw_data.industries
    group by industry_category
    order by it desc, industry_category
    limit 1
),

named_code as (
    select
        industry.code,
        category.industry_category,
        industry.industry,
        min(industry.code) over (partition by category.industry_category, industry.industry) as first_code,
        count(*) over (partition by category.industry_category, industry.industry) as codes
    from meta.industries as industry
    inner join meta.industry_categories as category on category.super_code = industry.super_code
),

shared_code as (
    select code, first_code from named_code where codes > 1
),

posting_code as (
    select
        industry.id,
        industry.code
    from raw_data.industries as industry
    left anti join shared_code on shared_code.code = industry.code
    union all
    select distinct
        industry.id,
        shared_code.first_code as code
    from shared_code
    inner join raw_data.industries as industry on industry.code = shared_code.code
),

counted as (
    select
        posting_code.code,
        count(*) as it,
        count(de.id) as de,
        count(da.id) as da,
        count(ds.id) as ds
    from posting_code
    left join analytic.de_ids as de on de.id = posting_code.id
    left join analytic.da_ids as da on da.id = posting_code.id
    left join analytic.ds_ids as ds on ds.id = posting_code.id
    group by posting_code.code
)

select
    named_code.industry,
    counted.it,
    counted.de,
    counted.da,
    counted.ds
from counted
inner join named_code on named_code.code = counted.code
inner join first_category on first_category.industry_category = named_code.industry_category
order by it desc, industry
