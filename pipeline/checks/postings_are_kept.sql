-- what: Every posting that was staged is in external.recruit_table, and nothing else is.
-- level: error
-- note: Compared by id alone: posting_ids_are_unique ensures that an id is one posting. One join of ids finds both directions; names are read only for rows that do not match.
with stray as (
    select
        coalesce(kept.id, staged.id) as id,
        kept.id is null as is_lost
    from external.recruit_table as kept
    full outer join staging.recruit as staged on staged.id = kept.id
    where kept.id is null or staged.id is null
)

select distinct
    case when stray.is_lost then 'lost' else 'from nowhere' end as finding,
    coalesce(staged.source, kept.source) as source,
    coalesce(staged.posting_id, kept.posting_id) as posting_id
from stray
left join staging.recruit as staged on staged.id = stray.id
left join external.recruit_table as kept on kept.id = stray.id
