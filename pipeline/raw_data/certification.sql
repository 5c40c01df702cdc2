-- what: Yearly figures of a certificate with its pass ratio; one row is one stage of one year.
-- grain: cert_id, test_year, stage
-- check: pass_ratio between 0 and 100
-- note: pass_ratio is pass / take in percent, two decimals. Passing the written part does not earn a certificate: where there is a practical part, its passes do.
select
    cert_id,
    test_name,
    cert_type,
    test_year,
    stage,
    applied,
    take,
    pass,
    round(cast(pass as double) * 100 / nullif(cast(take as double), 0), 2) as pass_ratio,
    source,
    confidence,
    note,
    collected_at,
    landing_path
from external.certification
order by cert_id, test_year, stage
