-- what: Postings by city of Gyeonggi; one row is one city. A posting in two districts of a city counts once.
-- grain: city
-- check: datajob <= it
-- note: city is the first word of the district's name. Postings for all of Gyeonggi (102000) are left out.
with place as (
    select distinct
        id,
        split_part(location_name, ' ', 1) as city
    from raw_data.locations
    where
        wide_location = '경기전체'
        and code <> '102000'
)

select
    place.city,
    count(*) as it,
    count(datajob.id) as datajob
from place
left join analytic.datajob_ids as datajob on datajob.id = place.id
group by place.city
order by it desc, city
