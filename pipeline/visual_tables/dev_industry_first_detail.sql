-- what: Postings by industry within the industry category with most postings; one row is one industry.
-- grain: industry
-- check: de <= it and da <= it and ds <= it
-- note: Industries are counted by code, as in dev_industry_datajobs.
with first_category as (
    select
        industry_category,
        count(distinct id) as it
    from raw_data.industries
    group by industry_category
    order by it desc, industry_category
    limit 1
),

named as (
    select
        industry.code,
        industry.industry,
        category.industry_category,
        min(industry.code) over (partition by category.industry_category, industry.industry) as first_code,
        count(*) over (partition by category.industry_category, industry.industry) as codes
    from meta.industries as industry
    inner join meta.industry_categories as category on category.super_code = industry.super_code
),

shared as (
    select code, first_code from named where codes > 1
),

posting_industry as (
    select
        posting.id,
        posting.code
    from raw_data.industries as posting
    where not exists (select 1 from shared where shared.code = posting.code)
    union all
    select distinct
        posting.id,
        shared.first_code as code
    from shared
    inner join raw_data.industries as posting on posting.code = shared.code
),

counted as (
    select
        posting_industry.code,
        count(*) as it,
        count(de.id) as de,
        count(da.id) as da,
        count(ds.id) as ds
    from posting_industry
    left join analytic.de_ids as de on de.id = posting_industry.id
    left join analytic.da_ids as da on da.id = posting_industry.id
    left join analytic.ds_ids as ds on ds.id = posting_industry.id
    group by posting_industry.code
)

select
    named.industry,
    counted.it,
    counted.de,
    counted.da,
    counted.ds
from counted
inner join named on named.code = counted.code
inner join first_category on first_category.industry_category = named.industry_category
order by it desc, industry
