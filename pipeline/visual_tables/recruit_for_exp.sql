-- what: Postings by role and required experience; one row is one role (datajob is de, da and ds together).
-- grain: role
-- check: experienced <= total and entry <= total and entry_or_any <= total
-- note: total includes postings without an experience code. entry_or_any are codes 0 (any), 1 (entry) and 3 (entry or experienced) with a minimum of 0 years.
with posting_role as (
    select id, role from analytic.role_tags
    union all
    select id, 'datajob' as role from analytic.datajob_ids
),

experience as (
    select id, exp_code, exp_min from raw_data.experiences
)

select
    posting_role.role,
    count(*) as total,
    count(*) filter (where experience.exp_code = 2) as experienced,
    count(*) filter (where experience.exp_code in (0, 1, 3) and experience.exp_min = 0) as entry_or_any,
    count(*) filter (where experience.exp_code = 1) as entry
from posting_role
left join experience on experience.id = posting_role.id
group by posting_role.role
order by total desc, role
