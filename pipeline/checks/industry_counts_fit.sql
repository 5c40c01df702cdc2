-- what: Postings by industry are inconsistent.
-- level: error
with total as (
    select
        (select count(*) from raw_data.recruits) as it,
        (select count(distinct id) from raw_data.industries) as placed,
        (select count(*) from analytic.de_ids) as de,
        (select count(*) from analytic.da_ids) as da,
        (select count(*) from analytic.ds_ids) as ds
),

category as (
    select
        industry_category,
        count(distinct id) as it
    from raw_data.industries
    group by industry_category
    order by it desc, industry_category
    limit 1
),

first_industry as (
    select
        industry.industry,
        industry.it,
        industry.de,
        industry.da,
        industry.ds
    from visual_tables.dev_industry_datajobs as industry
    inner join category on category.industry_category = industry.industry_category
)

select 'industry above the total' as finding, industry.industry, industry.it, total.it as expected
from visual_tables.dev_industry_datajobs as industry
cross join total
where
    industry.it > total.it
    or industry.de > least(industry.it, total.de)
    or industry.da > least(industry.it, total.da)
    or industry.ds > least(industry.it, total.ds)
union all
select 'industries below the postings with one' as finding, cast(null as text) as industry, sum(industry.it) as it, total.placed as expected
from total
left join visual_tables.dev_industry_datajobs as industry on true
group by total.placed
having coalesce(sum(industry.it), 0) < total.placed
union all
select
    'first category against all industries' as finding,
    coalesce(detail.industry, first_industry.industry) as industry,
    detail.it,
    first_industry.it as expected
from visual_tables.dev_industry_first_detail as detail
full outer join first_industry on first_industry.industry = detail.industry
where
    (detail.it is distinct from first_industry.it)
    or (detail.de is distinct from first_industry.de)
    or (detail.da is distinct from first_industry.da)
    or (detail.ds is distinct from first_industry.ds)
