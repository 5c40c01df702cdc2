-- what: Which posting belongs to which role by the rules of roles.toml; one row is one role of one posting.
-- grain: id, role
-- key: id
-- note: Patterns are LIKE patterns: `%` any text, `_` one character, case matters.
-- note: Titles are matched in normalised form: NFKC, without characters of category Cf, each run of white space one blank, trimmed; case is kept.
-- note: Rules of the targets title_without_codes apply only to sources without code tables (meta.sources), to the title in lower case.
with keyword_rule as (
    select role, pattern from meta.role_rules where target = 'keyword'
),

title_rule as (
    select role, pattern from meta.role_rules where target = 'title'
),

lower_title_rule as (
    select role, pattern from meta.role_rules where target = 'title_without_codes'
),

-- The job names are few: matching them instead of the postings' keywords leaves a plain join.
code_role as (
    select
        job.job_code as code,
        keyword_rule.role
    from meta.job_codes as job
    inner join keyword_rule on job.job_name like keyword_rule.pattern
),

by_keyword as (
    select
        keyword.id,
        code_role.role
    from code_role
    inner join raw_data.job_code_keywords as keyword on keyword.code = code_role.code
),

-- The rules are on the left: the engine holds the build (left) side of such a join in memory.
by_title as (
    select
        titled.id,
        title_rule.role
    from title_rule
    inner join (
        select
            id,
            normalised(title) as title
        from raw_data.recruits
    ) as titled on titled.title like title_rule.pattern
),

-- On the left again, and mostly empty: then no title is read for them.
uncoded_source as (
    select posting.source
    from (select distinct source from raw_data.recruits) as posting
    left join meta.sources as source on source.source = posting.source
    where source.code_tables is null
),

uncoded as (
    select
        posting.id,
        lower(normalised(posting.title)) as title
    from uncoded_source
    inner join raw_data.recruits as posting on posting.source = uncoded_source.source
),

by_lower_title as (
    select
        uncoded.id,
        lower_title_rule.role
    from lower_title_rule
    inner join uncoded on uncoded.title like lower_title_rule.pattern
)

select id, role from by_keyword
union
select id, role from by_title
union
select id, role from by_lower_title
