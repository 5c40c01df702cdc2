-- what: Postings have implausible dates: before 2000, days after they were collected (null in the tables), closed before posted, or in an implausible year.
-- level: warning
-- note: All conditions are judged in one pass: few postings meet any.
with posting as (
    select
        id,
        implausible_dates > 0 as implausible,
        expiration_date < posting_date as closed_early,
        posting_date > cast(first_collected_at at time zone 'UTC' at time zone 'Asia/Seoul' as date) as posted_late,
        posting_date is null as undated,
        posting_date < date '2005-01-01' as old,
        expiration_date > posting_date + 731 as long
    from external.recruit_table
),

suspect as (
    select
        id,
        unnest(make_array(
            case when implausible then 'a date before 2000 or more than 2 days after landing' end,
            case when closed_early then 'closed before posted' end,
            case when posted_late then 'posted after it was collected' end,
            case when undated then 'no date of posting' end,
            case when old then 'posted before 2005' end,
            case when long then 'open for more than two years' end
        )) as finding
    from posting
    where implausible or closed_early or posted_late or undated or old or long
)

select
    finding,
    count(*) as postings,
    min(id) as first_id
from suspect
where finding is not null
group by finding
order by finding
