-- what: Records could not be read and are in staging.quarantine.
-- level: warning
select
    source,
    dataset,
    reason,
    count(*) as records,
    min(landing_path) as first_landing_path
from staging.quarantine
group by source, dataset, reason
order by records desc, source, dataset, reason
