-- what: Postings by industry, all and by data role; one row is one industry.
-- grain: industry_category, industry
-- check: de <= it and da <= it and ds <= it
with posting_industry as (
    select distinct
        id,
        industry_category,
        industry
    from raw_data.industries
)

select
    posting_industry.industry_category,
    posting_industry.industry,
    count(*) as it,
    count(de.id) as de,
    count(da.id) as da,
    count(ds.id) as ds
from posting_industry
left join analytic.de_ids as de on de.id = posting_industry.id
left join analytic.da_ids as da on da.id = posting_industry.id
left join analytic.ds_ids as ds on ds.id = posting_industry.id
group by posting_industry.industry_category, posting_industry.industry
order by it desc, industry_category, industry
