-- what: A posting shows an older version than its latest plausible modification, or its history is incomplete.
-- level: error
with staged as (
    select
        id,
        max(modification_at) filter (
            where
            modification_at >= timestamp '1999-12-31T15:00:00Z'
            and cast(modification_at as bigint) <= cast(collected_at as bigint) + 2 * 86400000000
        ) as modification_at,
        min(collected_at) as first_collected_at,
        max(collected_at) as last_collected_at,
        count(*) as records
    from staging.recruit
    group by id
)

select
    posting.id,
    posting.modification_at,
    staged.modification_at as latest_modification_at,
    posting.versions,
    staged.records
from external.recruit_table as posting
inner join staged on staged.id = posting.id
where
    (posting.modification_at is distinct from staged.modification_at)
    or posting.first_collected_at <> staged.first_collected_at
    or posting.last_collected_at <> staged.last_collected_at
    or posting.versions > staged.records
