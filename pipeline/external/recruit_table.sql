-- what: The latest version of every posting that was ever collected; one row is one posting of one source.
-- grain: source, posting_id
-- key: id
-- entity: posting
-- check: versions >= 1
-- check: first_collected_at <= last_collected_at
-- warn: expiration_date >= posting_date
-- note: Latest means the greatest (modification_at, nulls first; collected_at; landing_path; landing_row), so that landing an old file never overwrites newer data.
-- note: Dates are days in Asia/Seoul. Close types 2 and 3 have no closing date: the source sends one in 2033.
-- note: A date before 2000-01-01 or, except for closing dates, more than 2 days after its record was landed is implausible: it is null here, and implausible_dates counts those of the latest version. Without a posting time, posting_date is the record's own posting date, else the day on which it opens.
-- note: saved is whether the latest version came from a saved file.
-- note: inactive_date is the first day from which on the posting was only seen inactive, if the day is known; seen_active is whether it was ever seen active.
-- note: A posting that was received once is not ranked. The others are ranked over narrow columns and the winner is joined back by id, so that wide rows are read once and never sorted or hashed.
with staged as (
    select
        *,
        -- Microseconds: adding days to a number costs a tenth of adding an interval to a time.
        cast(collected_at as bigint) + 86400000000 as next_day,
        cast(collected_at as bigint) + 2 * 86400000000 as latest
    from staging.recruit
),

record as (
    select
        id,
        source,
        posting_id,
        collected_at,
        landing_path,
        landing_row,
        content_hash,
        case when cast(observed_at as bigint) <= next_day then observed_at end as observed_at,
        url,
        active,
        company_name,
        title,
        industry_codes,
        location_codes,
        job_type_codes,
        job_mid_codes,
        industry_keyword_codes,
        job_code_keyword_codes,
        experience_code,
        experience_min,
        experience_max,
        education_code,
        keyword,
        salary_code,
        close_type_code,
        case
            when posting_at >= timestamp '1999-12-31T15:00:00Z' and cast(posting_at as bigint) <= latest
                then posting_at
        end as posting_at,
        case
            when modification_at >= timestamp '1999-12-31T15:00:00Z' and cast(modification_at as bigint) <= latest
                then modification_at
        end as modification_at,
        case
            when opening_at >= timestamp '1999-12-31T15:00:00Z' and cast(opening_at as bigint) <= latest
                then opening_at
        end as opening_at,
        case
            when close_type_code in ('2', '3') then null
            when expiration_at >= timestamp '1999-12-31T15:00:00Z' then expiration_at
        end as expiration_at,
        case
            when posting_date is null then null
            when
                posting_date between date '2000-01-01'
                and cast((collected_at + interval '2 days') at time zone 'UTC' at time zone 'Asia/Seoul' as date)
                then posting_date
        end as posting_date,
        posting_at as sent_posting_at,
        modification_at as sent_modification_at,
        opening_at as sent_opening_at,
        case when close_type_code in ('2', '3') then null else expiration_at end as sent_expiration_at,
        posting_date as sent_posting_date,
        read_cnt,
        apply_cnt
    from staged
),

repeated as (
    select id
    from staging.recruit
    group by id
    having count(*) > 1
),

ranked as (
    select
        record.id,
        record.collected_at,
        record.observed_at,
        record.landing_path,
        record.landing_row,
        record.content_hash,
        record.active,
        row_number() over (
            partition by record.id
            order by
                record.modification_at desc nulls last,
                record.collected_at desc,
                record.landing_path desc,
                record.landing_row desc
        ) as age,
        sum(case when record.active = 1 then 1 else 0 end) over (
            partition by record.id
            order by
                record.modification_at desc nulls last,
                record.collected_at desc,
                record.landing_path desc,
                record.landing_row desc
            rows between unbounded preceding and current row
        ) as active_so_far
    from repeated
    inner join record on record.id = repeated.id
),

history as (
    select
        id,
        max(landing_path) filter (where age = 1) as landing_path,
        max(landing_row) filter (where age = 1) as landing_row,
        min(collected_at) as first_collected_at,
        max(collected_at) as last_collected_at,
        min(observed_at) filter (where active = 0 and active_so_far = 0) as inactive_at,
        max(active_so_far) > 0 as seen_active,
        count(distinct content_hash) as versions
    from ranked
    group by id
)

select
    latest.id,
    latest.source,
    latest.posting_id,
    latest.url,
    latest.active,
    latest.company_name,
    latest.title,
    latest.industry_codes,
    latest.location_codes,
    latest.job_type_codes,
    latest.job_mid_codes,
    latest.industry_keyword_codes,
    latest.job_code_keyword_codes,
    latest.experience_code,
    latest.experience_min,
    latest.experience_max,
    latest.education_code,
    latest.keyword,
    latest.salary_code,
    latest.close_type_code,
    latest.posting_at,
    latest.modification_at,
    latest.opening_at,
    latest.expiration_at,
    coalesce(
        cast(latest.posting_at at time zone 'UTC' at time zone 'Asia/Seoul' as date),
        latest.posting_date,
        cast(latest.opening_at at time zone 'UTC' at time zone 'Asia/Seoul' as date)
    ) as posting_date,
    cast(latest.expiration_at at time zone 'UTC' at time zone 'Asia/Seoul' as date) as expiration_date,
    latest.read_cnt,
    latest.apply_cnt,
    coalesce(history.first_collected_at, latest.collected_at) as first_collected_at,
    coalesce(history.last_collected_at, latest.collected_at) as last_collected_at,
    coalesce(history.versions, 1) as versions,
    latest.landing_path like '%/saved-%' as saved,
    cast(
        case
            when history.id is not null then history.inactive_at
            when latest.active = 0 then latest.observed_at
        end at time zone 'UTC' at time zone 'Asia/Seoul' as date
    ) as inactive_date,
    coalesce(history.seen_active, latest.active = 1, false) as seen_active,
    case when latest.sent_posting_at is distinct from latest.posting_at then 1 else 0 end
    + case when latest.sent_modification_at is distinct from latest.modification_at then 1 else 0 end
    + case when latest.sent_opening_at is distinct from latest.opening_at then 1 else 0 end
    + case when latest.sent_expiration_at is distinct from latest.expiration_at then 1 else 0 end
    + case when latest.sent_posting_date is distinct from latest.posting_date then 1 else 0 end as implausible_dates
from history
right join record as latest on latest.id = history.id
where
    history.id is null
    or (latest.landing_path = history.landing_path and latest.landing_row = history.landing_row)
