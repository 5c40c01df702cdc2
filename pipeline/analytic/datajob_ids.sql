-- what: Postings of any data job: data engineer, data analyst or data scientist.
-- grain: id
-- key: id
select distinct id from analytic.role_tags where role in ('de', 'da', 'ds')
