-- what: A role that the dashboard shows has no rule, or a rule matches every posting.
-- level: error
with shown as (
    select unnest(make_array('de', 'da', 'ds', 'web_front', 'web_back', 'embedded', 'security')) as role
)

select shown.role, cast(null as text) as pattern, 'has no keyword or title rule' as finding
from shown
left anti join (
    select role from meta.role_rules where target in ('keyword', 'title')
) as rule on rule.role = shown.role
union all
select role, pattern, 'matches everything or nothing' as finding
from meta.role_rules
where coalesce(trim(replace(replace(pattern, '%', ''), '_', '')), '') = ''
union all
select role, pattern, 'has an unknown target' as finding
from meta.role_rules
where target is null or target not in ('keyword', 'title', 'title_without_codes')
union all
select role, pattern, 'has capitals, but is matched against lower case' as finding
from meta.role_rules
where target = 'title_without_codes' and pattern <> lower(pattern)
