-- what: Generated and real postings share the store.
-- level: error
select
    origin,
    count(*) as windows
from staging.windows
group by origin
having
    (select count(*) from staging.windows where origin = 'generated') > 0
    and (select count(*) from staging.windows where origin <> 'generated') > 0
