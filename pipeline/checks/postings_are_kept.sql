-- what: A staged posting is missing from external.recruit_table, or that table has others.
-- level: error
-- note: Compared by id alone: posting_ids_are_unique ensures that an id is one posting.
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
