-- what: Postings by province, domestic only; one row is one first-level region. A posting in two regions counts once in each.
-- grain: wide_location
-- check: datajob <= it
with place as (
    select distinct
        id,
        wide_location
    from raw_data.locations
    where cast(code as bigint) < 200000
)

select
    place.wide_location,
    count(*) as it,
    count(datajob.id) as datajob
from place
left join analytic.datajob_ids as datajob on datajob.id = place.id
group by place.wide_location
order by it desc, wide_location
