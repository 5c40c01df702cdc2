-- what: Postings by district of Gyeonggi; one row is one district. Postings for all of Gyeonggi (102000) are left out.
-- grain: location_name
-- check: datajob <= it
with place as (
    select distinct
        id,
        location_name
    from raw_data.locations
    where
        wide_location = '경기전체'
        and code <> '102000'
)

select
    place.location_name,
    count(*) as it,
    count(datajob.id) as datajob
from place
left join analytic.datajob_ids as datajob on datajob.id = place.id
group by place.location_name
order by it desc, location_name
