-- what: Postings by industry within the industry category with most postings; one row is one industry.
-- grain: industry
-- check: de <= it and da <= it and ds <= it
with first_category as (
    select
        industry_category,
        count(distinct id) as it
    from raw_data.industries
    group by industry_category
    order by it desc, industry_category
    limit 1
),

posting_industry as (
    select distinct
        industry.id,
        industry.industry
    from raw_data.industries as industry
    inner join first_category on first_category.industry_category = industry.industry_category
)

select
    posting_industry.industry,
    count(*) as it,
    count(de.id) as de,
    count(da.id) as da,
    count(ds.id) as ds
from posting_industry
left join analytic.de_ids as de on de.id = posting_industry.id
left join analytic.da_ids as da on da.id = posting_industry.id
left join analytic.ds_ids as ds on ds.id = posting_industry.id
group by posting_industry.industry
order by it desc, industry
