-- what: Postings of the role web_front (front-end developer).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'web_front'
