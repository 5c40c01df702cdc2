-- what: Postings have dates that cannot be: closed before posted, posted after they were collected, or outside of any plausible year.
-- level: warning
with posting as (
    select
        id,
        posting_date,
        expiration_date,
        cast(first_collected_at at time zone 'UTC' at time zone 'Asia/Seoul' as date) as first_collected_date
    from external.recruit_table
),

finding as (
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
