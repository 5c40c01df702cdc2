-- what: Weekly search interest in Korea for every collected keyword; one row is one keyword in one week.
-- grain: date, keyword
-- note: date is the week's first day. value_min and value_max are the spread of the pulls that value is the mean of. value is relative to the keyword's own maximum; only value_anchored is comparable between keywords, and is null if the provider scales each separately.
select
    date,
    keyword,
    value,
    value_min,
    value_max,
    value_anchored,
    provider
from raw_data.google_trend
order by date, keyword
