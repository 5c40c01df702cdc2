-- what: Places of work of the postings in scope; one row is one location code of one posting.
-- grain: id, code
-- key: id
-- note: wide_location is the name of the first-level region (`서울전체`); that region is its own wide region.
-- note: Staging trims lists of codes and removes duplicates.
-- note: Only the codes of postings in scope are split: the join comes before the unnesting, which multiplies the rows.
with posting_code as (
    select
        recruit.id,
        unnest(codes(recruit.location_codes)) as code
    from raw_data.recruits as posting
    inner join external.recruit_table as recruit on recruit.id = posting.id
)

select
    posting_code.id,
    posting_code.code,
    wide.location_name as wide_location,
    location.location_name
from posting_code
inner join meta.location as location on location.local_code = posting_code.code
inner join meta.location as wide on wide.local_code = location.wide_code
