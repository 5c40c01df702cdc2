-- what: More people passed an exam than sat it, or sat it than registered; or the pass ratio does not match.
-- level: error
select
    cert_id,
    test_year,
    stage,
    applied,
    take,
    pass,
    pass_ratio
from raw_data.certification
where
    pass > take
    or take > applied
    or pass > applied
    or applied < 0
    or take < 0
    or pass < 0
    or abs(pass_ratio - pass * 100.0 / nullif(take, 0)) > 0.0051
    or (pass_ratio is null and take > 0 and pass is not null)
order by cert_id, test_year, stage
