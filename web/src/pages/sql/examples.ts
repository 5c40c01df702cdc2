// Questions to begin with. Each is one query in DataFusion's SQL over tables of the pipeline.
import type { MessageKey } from '../../i18n/messages';

export interface Example {
  title: Extract<MessageKey, `sql.example.${string}`>;
  sql: string;
}

export const EXAMPLES: readonly Example[] = [
  {
    title: 'sql.example.roles',
    sql: `select role, count(*) as postings
from analytic.role_tags
group by role
order by postings desc, role`,
  },
  {
    title: 'sql.example.keywords',
    sql: `select keyword.job_name, count(distinct keyword.id) as postings
from raw_data.job_code_keywords as keyword
join analytic.de_ids as engineer on engineer.id = keyword.id
group by keyword.job_name
order by postings desc, keyword.job_name
limit 25`,
  },
  {
    title: 'sql.example.years',
    sql: `select
    tag.role,
    median(experience.exp_min) as median_years,
    round(avg(experience.exp_min), 2) as mean_years,
    count(*) as postings
from analytic.role_tags as tag
join raw_data.experiences as experience on experience.id = tag.id
where experience.exp_name = '경력'
group by tag.role
order by median_years desc, tag.role`,
  },
  {
    title: 'sql.example.months',
    sql: `select
    cast(date_trunc('month', posting.posting_date) as date) as month,
    count(*) as postings,
    count(data_job.id) as data_jobs
from raw_data.recruits as posting
left join analytic.datajob_ids as data_job on data_job.id = posting.id
where posting.posting_date is not null
group by cast(date_trunc('month', posting.posting_date) as date)
order by month`,
  },
  {
    title: 'sql.example.seoul',
    sql: `with place as (
    select id, max(case when wide_location = '서울전체' then 1 else 0 end) as in_seoul
    from raw_data.locations
    group by id
)
select
    tag.role,
    round(100.0 * sum(place.in_seoul) / count(*), 1) as percent_in_seoul,
    count(*) as postings
from analytic.role_tags as tag
join place on place.id = tag.id
group by tag.role
order by percent_in_seoul desc, tag.role`,
  },
  {
    title: 'sql.example.together',
    sql: `select skill.job_name as skill, count(distinct skill.id) as postings
from raw_data.job_code_keywords as python
join raw_data.job_code_keywords as skill on skill.id = python.id
where python.job_name = 'Python' and skill.job_name <> 'Python'
group by skill.job_name
order by postings desc, skill.job_name
limit 25`,
  },
  {
    title: 'sql.example.open',
    sql: `select
    tag.role,
    median(posting.expiration_date - posting.posting_date) as median_days_open,
    count(*) as postings
from analytic.role_tags as tag
join raw_data.recruits as posting on posting.id = tag.id
where posting.expiration_date >= posting.posting_date
group by tag.role
order by median_days_open desc, tag.role`,
  },
  {
    title: 'sql.example.active',
    sql: `select date, active, assumed
from visual_tables.posting_flow
where role = 'datajob'
order by date`,
  },
  {
    title: 'sql.example.versions',
    sql: `select title, company_name, versions, first_collected_at, last_collected_at
from external.recruit_table
order by versions desc, last_collected_at desc, id
limit 100`,
  },
  {
    title: 'sql.example.collected',
    sql: `select source, dataset, kind, origin, window_from, window_to, records, quarantined
from staging.windows
order by window_to desc
limit 100`,
  },
  {
    title: 'sql.example.quarantine',
    sql: `select reason, count(*) as records, max(collected_at) as last_seen
from staging.quarantine
group by reason
order by records desc, reason`,
  },
];
