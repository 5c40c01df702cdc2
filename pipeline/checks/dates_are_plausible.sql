-- what: Postings have implausible dates: before 2000, days after they were collected (null in the tables), closed before posted, or in an implausible year.
-- level: warning
with posting as (
    select
        id,
        posting_date,
        expiration_date,
        implausible_dates,
        cast(first_collected_at at time zone 'UTC' at time zone 'Asia/Seoul' as date) as first_collected_date
    from external.recruit_table
),

finding as (
    select 'a date before 2000 or more than 2 days after landing' as finding, id
    from posting
    where implausible_dates > 0
    union all
    select 'closed before posted' as finding, id from posting where expiration_date < posting_date
    union all
    select 'posted after it was collected' as finding, id from posting where posting_date > first_collected_date
    union all
    select 'no date of posting' as finding, id from posting where posting_date is null
    union all
    select 'posted before 2005' as finding, id from posting where posting_date < date '2005-01-01'
    union all
    select 'open for more than two years' as finding, id
    from posting
    where expiration_date > posting_date + 731
)

select
    finding,
    count(*) as postings,
    min(id) as first_id
from finding
group by finding
order by finding
