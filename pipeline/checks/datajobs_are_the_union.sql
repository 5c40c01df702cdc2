-- what: analytic.datajob_ids is not the union of the three data roles.
-- level: error
with member as (
    select id from analytic.de_ids
    union
    select id from analytic.da_ids
    union
    select id from analytic.ds_ids
)

select member.id, 'missing' as finding
from member
left anti join analytic.datajob_ids as datajob on datajob.id = member.id
union all
select datajob.id, 'has no data role' as finding
from analytic.datajob_ids as datajob
left anti join member on member.id = datajob.id
