-- what: Postings of each data role; one row is one of de, da and ds. A posting can have several.
-- grain: role
select
    role,
    count(*) as count
from analytic.role_tags
where role in ('de', 'da', 'ds')
group by role
order by count desc, role
