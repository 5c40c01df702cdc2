-- what: Postings of the role embedded (embedded developer).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'embedded'
