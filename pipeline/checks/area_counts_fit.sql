-- what: Postings by region, district and city are inconsistent.
-- level: error
with total as (
    select
        (select count(*) from raw_data.recruits) as it,
        (select count(distinct id) from raw_data.locations where cast(code as bigint) < 200000) as placed
),

district as (
    select '서울전체' as wide_location, location_name, it, datajob from visual_tables.area_ratio_seoul
    union all
    select '경기전체' as wide_location, location_name, it, datajob from adhoc.area_ratio_gyeonggi
    union all
    select '경기전체' as wide_location, city as location_name, it, datajob from adhoc.area_ratio_gyeonggi_sum
),

city as (
    select
        split_part(location_name, ' ', 1) as city,
        max(it) as least,
        sum(it) as most
    from adhoc.area_ratio_gyeonggi
    group by split_part(location_name, ' ', 1)
)

select 'region above the total' as finding, region.wide_location as place, region.it, total.it as expected
from visual_tables.area_ratio as region
cross join total
where region.it > total.it or region.datajob > region.it
union all
select 'regions below the postings with a place' as finding, cast(null as text) as place, sum(region.it) as it, total.placed as expected
from total
left join visual_tables.area_ratio as region on true
group by total.placed
having coalesce(sum(region.it), 0) < total.placed
union all
select 'district above its region' as finding, district.location_name as place, district.it, region.it as expected
from district
left join visual_tables.area_ratio as region on region.wide_location = district.wide_location
where
    district.it > coalesce(region.it, 0)
    or district.datajob > coalesce(region.datajob, 0)
    or district.datajob > district.it
union all
select 'city against its districts' as finding, coalesce(city.city, summed.city) as place, summed.it, city.most as expected
from city
full outer join adhoc.area_ratio_gyeonggi_sum as summed on summed.city = city.city
where coalesce(summed.it, 0) < coalesce(city.least, 0) or coalesce(summed.it, 0) > coalesce(city.most, 0)
