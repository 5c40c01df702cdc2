-- what: The source sends unknown keys, omits known ones, or changes their type.
-- level: warning
select
    source,
    dataset,
    change,
    field,
    json_type,
    sum(records) as records,
    count(distinct window) as windows
from staging.fields
group by source, dataset, change, field, json_type
order by source, dataset, change, field, json_type
