-- what: Postings of the role web_back (back-end developer).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'web_back'
