-- what: Yearly figures of a certificate; one row is one stage (written, practical or final) of one year.
-- grain: cert_id, test_year, stage
-- check: stage in ('written', 'practical', 'final')
-- check: pass <= take
-- check: take <= applied
-- note: Of a figure that was landed twice the latest landing counts. source, confidence and note define who counts as taking and passing.
with ranked as (
    select
        cert_id,
        test_name,
        cert_type,
        test_year,
        stage,
        applied,
        take,
        pass,
        source,
        confidence,
        note,
        collected_at,
        landing_path,
        row_number() over (
            partition by cert_id, test_year, stage
            order by collected_at desc, landing_path desc, confidence, take desc nulls last, pass desc nulls last
        ) as age
    from staging.certification
)

select
    cert_id,
    test_name,
    cert_type,
    test_year,
    stage,
    applied,
    take,
    pass,
    source,
    confidence,
    note,
    collected_at,
    landing_path
from ranked
where age = 1
