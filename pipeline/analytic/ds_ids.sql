-- what: Postings of the role ds (data scientist).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'ds'
