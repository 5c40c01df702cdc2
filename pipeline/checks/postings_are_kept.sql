-- what: Every posting that was staged is in external.recruit_table, and nothing else is.
-- level: error
with staged as (
    select distinct source, posting_id from staging.recruit
),

kept as (
    select source, posting_id from external.recruit_table
)

select 'lost' as finding, staged.source, staged.posting_id
from staged
left anti join kept on kept.source = staged.source and kept.posting_id = staged.posting_id
union all
select 'from nowhere' as finding, kept.source, kept.posting_id
from kept
left anti join staged on staged.source = kept.source and staged.posting_id = kept.posting_id
