-- what: Postings of the role da (data analyst).
-- grain: id
-- key: id
select id from analytic.role_tags where role = 'da'
