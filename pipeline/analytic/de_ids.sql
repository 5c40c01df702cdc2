-- what: Postings of the role de (data engineer).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'de'
