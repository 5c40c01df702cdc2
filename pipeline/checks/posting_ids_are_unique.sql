-- what: Two postings share an id: their hashes collide, and one of them would be lost.
-- level: error
select
    kept.id,
    concat(kept.source, ' ', kept.posting_id) as posting,
    concat(staged.source, ' ', staged.posting_id) as other_posting
from external.recruit_table as kept
inner join staging.recruit as staged on staged.id = kept.id
where staged.posting_id <> kept.posting_id or staged.source <> kept.source
