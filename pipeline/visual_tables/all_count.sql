-- what: Number of postings in scope; one row.
-- grain: one row
-- check: it >= 0
select count(*) as it
from raw_data.recruits
