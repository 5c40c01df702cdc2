-- what: Postings by month of posting; one row is one month (`YYYY-MM`).
-- grain: month
select
    to_char(posting_date, '%Y-%m') as month,
    count(*) as count
from raw_data.recruits
where posting_date is not null
group by to_char(posting_date, '%Y-%m')
order by month
