-- what: People who took and passed a certificate's exam; one row is one stage of one certificate in one year.
-- grain: year, cert_id, stage
-- check: pass <= take
-- note: new_definition marks the first year with another population than the year before (confidence C): draw no line across it.
with figure as (
    select
        test_year,
        cert_id,
        stage,
        take,
        pass,
        pass_ratio,
        test_name,
        cert_type,
        applied,
        source,
        confidence,
        note
    from raw_data.certification
)

select
    test_year as year,
    cert_id,
    stage,
    take,
    pass,
    pass_ratio,
    test_name,
    cert_type,
    applied,
    coalesce(
        (confidence = 'C')
        <> (lag(confidence) over (partition by cert_id, stage order by test_year) = 'C'),
        false
    ) as new_definition,
    source,
    confidence,
    note
from figure
order by year, cert_id, stage
