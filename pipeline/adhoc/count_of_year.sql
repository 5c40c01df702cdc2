-- what: Postings by year of posting; one row is one year.
-- grain: year
select
    cast(date_part('year', posting_date) as bigint) as year,
    count(*) as count
from raw_data.recruits
where posting_date is not null
group by cast(date_part('year', posting_date) as bigint)
order by year
