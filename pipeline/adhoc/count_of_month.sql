-- what: Postings by month of posting; one row is one month (`YYYY-MM`).
-- grain: month
with day as (
    select
        posting_date,
        count(*) as count
    from raw_data.recruits
    where posting_date is not null
    group by posting_date
)

select
    to_char(posting_date, '%Y-%m') as month,
    sum(count) as count
from day
group by to_char(posting_date, '%Y-%m')
order by month
