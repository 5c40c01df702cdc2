-- what: Postings of the role security (information security).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'security'
