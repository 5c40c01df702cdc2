-- what: Every posting that was staged is in external.recruit_table, and nothing else is.
-- level: error
-- note: By id alone: posting_ids_are_unique holds ids and postings together.
select distinct
    'lost' as finding,
    staged.source,
    staged.posting_id
from staging.recruit as staged
left anti join external.recruit_table as kept on kept.id = staged.id
union all
select
    'from nowhere' as finding,
    kept.source,
    kept.posting_id
from external.recruit_table as kept
left anti join staging.recruit as staged on staged.id = kept.id
