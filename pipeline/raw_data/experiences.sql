-- what: Required experience of the postings in scope; one row is one posting that names an experience code.
-- grain: id
-- key: id
-- note: exp_min and exp_max are in years. A maximum of 0 means none; the source sends minima even for postings that accept newcomers.
with posting as (
    select id from raw_data.recruits
),

experience as (
    select
        cast(code as bigint) as code,
        experience
    from meta.experiences
)

select
    recruit.id,
    recruit.experience_code as exp_code,
    experience.experience as exp_name,
    recruit.experience_min as exp_min,
    recruit.experience_max as exp_max
from external.recruit_table as recruit
inner join posting on posting.id = recruit.id
inner join experience on experience.code = recruit.experience_code
