-- what: A certificate's figures skip years, or change by more than a factor of 2.5, without a note.
-- level: warning
-- note: Small exams (under 1,000 people) vary too much to judge.
with figure as (
    select
        cert_id,
        stage,
        test_year,
        take,
        note,
        lag(test_year) over (partition by cert_id, stage order by test_year) as year_before,
        lag(take) over (partition by cert_id, stage order by test_year) as take_before
    from raw_data.certification
)

select
    cert_id,
    stage,
    test_year,
    take,
    year_before,
    take_before,
    case when test_year - year_before > 1 then 'years are missing' else 'jump without a note' end as finding
from figure
where
    note is null
    and (
        test_year - year_before > 1
        or (take_before >= 1000 and (take > take_before * 2.5 or take < take_before * 0.4))
    )
order by cert_id, stage, test_year
