// What every tile has to show, by SQL on raw_data that knows nothing of measures.toml, tiles.toml or the
// server's image: written from the contract of the tables, one question a tile.

/** What is chosen, as the page's address has it. */
export type Filters = Record<string, string | readonly string[]>;

/** Figures by the name of their row (as the tables name it), in the order of the tile's columns. */
export interface Expected {
  tile: string;
  /** Segment of the page that shows it. */
  page: string;
  /** Selects the row's name and its figures from `chosen (id)`. */
  sql: string;
  /** One figure without a chart, or a number in the words under another one. */
  figure?: string;
  /** A list instead of a table: its figures in their order. */
  list?: boolean;
  /** The page shows more than is compared. */
  part?: boolean;
}

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;
const list = (values: readonly string[]) => values.map(quoted).join(', ');

/** The rules of the roles, as the contract gives them. */
const ROLE_RULES: Record<string, { keyword: string[]; title: string[] }> = {
  de: { keyword: ['데이터엔지니어'], title: ['%데이터_엔지니어%', '%데이터엔지니어%'] },
  da: { keyword: ['데이터분석가', '데이터시각화'], title: ['%데이터분석%', '%데이터 분석%'] },
  ds: {
    keyword: ['머신러닝', '딥러닝', '데이터 사이언티스트', '%인공지능%'],
    title: [
      '%머신러닝%',
      '%딥러닝%',
      '%데이터사이%',
      '%데이터 사이%',
      '%데이터과학%',
      '%데이터 과학%',
    ],
  },
  web_front: { keyword: ['프론트엔드%'], title: [] },
  web_back: { keyword: ['백엔드%'], title: [] },
  embedded: { keyword: ['임베디드', '펌웨어'], title: [] },
  security: { keyword: ['정보보안', '보안컨설팅', '보안관제'], title: [] },
};
const DATA_ROLES = ['de', 'da', 'ds'];

/** Ids of a role's postings. */
function roleIds(role: string): string {
  if (role === 'datajob') return DATA_ROLES.map(roleIds).join(' union ');
  const { keyword, title } = ROLE_RULES[role] ?? { keyword: ['-'], title: [] };
  const like = (column: string, patterns: string[]) =>
    patterns.map((pattern) => `${column} like ${quoted(pattern)}`).join(' or ');
  const byKeyword = `select id from raw_data.job_code_keywords where ${like('job_name', keyword)}`;
  if (title.length === 0) return byKeyword;
  return `${byKeyword} union select id from raw_data.recruits where ${like('title', title)}`;
}

const ROLES = ['datajob', ...Object.keys(ROLE_RULES)];
const role = `role (role, id) as (${ROLES.map((name) => `select ${quoted(name)} as role, id from (${roleIds(name)}) as one`).join(' union all ')})`;
const EMPLOYMENT: Record<string, string> = { 정규직: '1', 계약직: '2', 인턴직: '4' };

const NEWCOMERS = `(exp_name in ('신입', '신입/경력', '경력무관') and exp_min = 0)`;
/** The data date. */
const LAST_DAY = `(select max(data_date) as last_day from external.data_dates)`;
const STATUS: Record<string, string> = {
  open: 'active_until >= last_day and not active_until_assumed',
  assumed: 'active_until >= last_day and active_until_assumed',
  closed: 'active_until < last_day',
};

const LASTING = 'posting_date <= last and active_until >= last';

/** The number of postings of a month, or a dash where it is not known. */
function known(flag: string, condition: string): string {
  return `case when month.${flag} then cast(count(distinct case when ${condition} then id end) as varchar) else '–' end`;
}

/** The postings that the filters choose. */
const CONDITIONS: Record<string, (values: readonly string[]) => string> = {
  role: (values) => `id in (${values.map(roleIds).join(' union ')})`,
  experience: (values) =>
    `id in (select id from raw_data.experiences where exp_name in (${list(values)}))`,
  province: (values) =>
    `id in (select id from raw_data.locations where cast(code as int) < 200000 and replace(wide_location, '전체', '') in (${list(values)}))`,
  district: (values) =>
    `id in (select id from raw_data.locations where concat(replace(wide_location, '전체', ''), ' ', location_name) in (${list(values)}))`,
  industry_category: (values) =>
    `id in (select id from raw_data.industries where industry_category in (${list(values)}))`,
  industry: (values) =>
    `id in (select id from raw_data.industries where industry in (${list(values)}))`,
  skill: (values) =>
    `id in (select id from raw_data.job_code_keywords where job_name in (${list(values)}))`,
  newcomers: (values) =>
    `id in (select id from raw_data.experiences where ${values
      .map((value) => (value === '신입 지원 가능' ? NEWCOMERS : `not (${NEWCOMERS})`))
      .join(' or ')})`,
  status: (values) =>
    `id in (select posting.id from raw_data.recruits as posting cross join ${LAST_DAY} as last where posting_date <= last_day and (${values
      .map((value) => STATUS[value] ?? 'false')
      .join(' or ')}))`,
  source: (values) => `source in (${list(values)})`,
  education: (values) => `education_level in (${list(values)})`,
  employment_type: (values) =>
    `id in (select id from external.recruit_table where ${values
      .map((value) => `concat(',', job_type_codes, ',') like '%,${EMPLOYMENT[value] ?? '-'},%'`)
      .join(' or ')})`,
  from: ([day = '']) => `posting_date >= date ${quoted(day)}`,
  to: ([day = '']) => `posting_date <= date ${quoted(day)}`,
};

/** A statement: `chosen (id, is_de, …)` by the filters, `period (first_day, last_day)`, `role (role, id)`, then the tile's question. */
export function statement({ sql }: Expected, filters: Filters): string {
  const conditions = Object.entries(filters).map(([name, value]) => {
    const condition = CONDITIONS[name];
    if (condition === undefined) throw new Error(`no SQL for the filter \`${name}\``);
    return condition(typeof value === 'string' ? [value] : value);
  });
  const where = conditions.length === 0 ? 'true' : conditions.join(' and ');
  const flags = ['datajob', ...DATA_ROLES];
  const joins = flags.map(
    (name) =>
      `left join (select distinct id from role where role = '${name}') as ${name} on ${name}.id = kept.id`,
  );
  const columns = flags.map((name) => `${name}.id is not null as is_${name}`);
  const day = (name: 'from' | 'to', other: string) =>
    `date ${quoted(String(filters[name] ?? other))}`;
  return `with ${role},
    period as (select ${day('from', '1900-01-01')} as first_day, ${day('to', '2999-12-31')} as last_day),
    kept as (select * from raw_data.recruits where ${where}),
    chosen as (select kept.*, ${columns.join(', ')} from kept ${joins.join(' ')})
    ${sql}`;
}

const counts = (table: string, name: string, where = 'true') =>
  `select ${name} as name, count(distinct chosen.id) as postings from chosen
   inner join raw_data.${table} as part on part.id = chosen.id
   where ${where} group by ${name}`;

const roleColumns = (roles: readonly string[]) =>
  roles
    .map((name) => `count(distinct case when is_${name} then chosen.id end) as ${name}`)
    .join(', ');

const inDataJobs = 'is_datajob';
const seoul = `wide_location = '서울전체' and code <> '101000'`;
const province = `replace(wide_location, '전체', '')`;
const domestic = `cast(code as int) < 200000`;

/** Industries of the category with most postings among those chosen; of equal ones the first by name. */
const topCategory = `(select industry_category from raw_data.industries as industry
   inner join chosen on chosen.id = industry.id group by industry_category
   order by count(distinct chosen.id) desc, industry_category limit 1)`;

export const EXPECTED: readonly Expected[] = [
  {
    tile: 'postings',
    page: '',
    figure: 'postings',
    sql: `select 'postings' as name, count(*) as value from chosen`,
  },
  {
    tile: 'data_jobs',
    page: '',
    figure: 'data_job_share',
    sql: `select 'data_jobs' as name, count(*) as value from chosen where ${inDataJobs}`,
  },
  {
    tile: 'data_job_share',
    page: '',
    figure: 'data_job_share',
    sql: `select 'share' as name, round(100.0 * sum(case when ${inDataJobs} then 1 else 0 end) / count(*), 1) as value from chosen`,
  },
  {
    tile: 'mean_minimum_years',
    page: '',
    figure: 'mean_minimum_years',
    sql: `select 'mean' as name, round(avg(cast(exp_min as double)), 1) as value
      from chosen inner join raw_data.experiences as part on part.id = chosen.id`,
  },
  {
    tile: 'mean_minimum_years_experienced',
    page: '',
    figure: 'mean_minimum_years',
    sql: `select 'mean' as name, round(avg(cast(exp_min as double)), 1) as value
      from chosen inner join raw_data.experiences as part on part.id = chosen.id where exp_code = 2`,
  },
  {
    tile: 'role_experience',
    page: '',
    sql: `select role.role as name,
        count(distinct case when exp_code = 1 then chosen.id end) as entry,
        count(distinct case when exp_code = 3 then chosen.id end) as both,
        count(distinct case when exp_code = 0 then chosen.id end) as any,
        count(distinct case when exp_code = 2 then chosen.id end) as experienced
      from chosen inner join role on role.id = chosen.id
      left join raw_data.experiences as part on part.id = chosen.id group by role.role`,
  },
  {
    tile: 'data_job_ratio',
    page: '',
    sql: `select case when ${inDataJobs} then '데이터 직무' else '그 밖의 IT 직무' end as name, count(*) as postings
      from chosen group by 1`,
  },
  {
    tile: 'data_role_ratio',
    page: '',
    sql: `select role.role as name, count(distinct chosen.id) as postings from chosen
      inner join role on role.id = chosen.id where role.role in ('de', 'da', 'ds') group by role.role`,
  },
  {
    tile: 'roles',
    page: '',
    sql: `select role.role as name, count(distinct chosen.id) as postings from chosen
      inner join role on role.id = chosen.id where role.role <> 'datajob' group by role.role`,
  },
  { tile: 'experiences', page: '', sql: counts('experiences', 'exp_name') },
  {
    tile: 'education',
    page: '',
    sql: `select education_level as name, count(*) as postings from chosen
      where education_level is not null group by education_level`,
  },
  { tile: 'provinces', page: 'regions', sql: counts('locations', province, domestic) },
  {
    tile: 'data_job_provinces',
    page: 'regions',
    sql: counts('locations', province, `${domestic} and ${inDataJobs}`),
  },
  {
    tile: 'province_data_jobs',
    page: 'regions',
    sql: `select ${province} as name,
        count(distinct case when ${inDataJobs} then chosen.id end) as data,
        count(distinct case when not (${inDataJobs}) then chosen.id end) as other
      from chosen inner join raw_data.locations as part on part.id = chosen.id
      where ${domestic} group by ${province}`,
  },
  {
    tile: 'seoul_districts',
    page: 'regions',
    sql: counts('locations', `concat('서울 ', location_name)`, seoul),
  },
  {
    tile: 'data_job_seoul_districts',
    page: 'regions',
    sql: counts('locations', `concat('서울 ', location_name)`, `${seoul} and ${inDataJobs}`),
  },
  {
    tile: 'top_districts',
    page: 'regions',
    sql: `select concat(${province}, ' ', location_name) as name, count(distinct chosen.id) as postings
      from chosen inner join raw_data.locations as part on part.id = chosen.id
      where ${domestic} and location_name <> wide_location
      group by 1 order by postings desc, name limit 8`,
  },
  {
    tile: 'keywords',
    page: '',
    sql: `${counts('job_code_keywords', 'job_name')} order by postings desc, name limit 50`,
  },
  {
    tile: 'all_keywords',
    page: 'skills',
    sql: counts('job_code_keywords', 'job_name'),
  },
  {
    tile: 'data_keywords',
    page: 'skills',
    sql: `select job_name as name, ${roleColumns(DATA_ROLES)}
      from chosen inner join raw_data.job_code_keywords as part on part.id = chosen.id
      where ${inDataJobs} group by job_name
      order by count(distinct chosen.id) desc, name limit 30`,
  },
  {
    tile: 'industry_categories',
    page: 'industries',
    sql: `select industry_category as name, ${roleColumns(DATA_ROLES)}
      from chosen inner join raw_data.industries as part on part.id = chosen.id group by industry_category`,
  },
  {
    tile: 'top_category_industries',
    page: 'industries',
    sql: `select industry as name, ${roleColumns(DATA_ROLES)}
      from chosen inner join raw_data.industries as part on part.id = chosen.id
      where industry_category = ${topCategory} group by industry`,
  },
  {
    tile: 'industries_by_role',
    page: 'industries',
    part: true,
    sql: `select role.role as name, count(distinct chosen.id) as postings
      from chosen inner join role on role.id = chosen.id
      inner join raw_data.industries as part on part.id = chosen.id
      where role.role in ('de', 'da', 'ds') group by role.role, industry_category`,
  },
  {
    tile: 'flow',
    page: 'time',
    part: true,
    sql: `, known as (
        select date, opened is not null as is_known, active is not null as is_active_known
        from visual_tables.posting_flow cross join period
        where role = 'it' and date between first_day and last_day
      ), month (first, last, is_known, is_active_known) as (
        select min(date), max(date), bool_or(is_known), max(case when is_active_known then date end) = max(date)
        from known group by date_trunc('month', date)
      )
      select concat(date_part('year', first), '년 ', date_part('month', first), '월') as name,
        ${known('is_known', 'posting_date between first and last and opens.is_known')} as opened,
        ${known('is_known', 'expiration_date between first and last and closes.is_known')} as closed,
        ${known('is_active_known', `${LASTING} and not active_until_assumed`)} as active,
        ${known('is_active_known', `${LASTING} and active_until_assumed`)} as assumed
      from month cross join chosen
      left join known as opens on opens.date = posting_date
      left join known as closes on closes.date = expiration_date
      group by first, last, month.is_known, month.is_active_known`,
  },
  {
    tile: 'top_views',
    page: '',
    list: true,
    sql: `select title, read_cnt from chosen where read_cnt is not null order by read_cnt desc, id limit 5`,
  },
  {
    tile: 'top_applications',
    page: '',
    list: true,
    sql: `select title, apply_cnt from chosen where apply_cnt is not null order by apply_cnt desc, id limit 5`,
  },
];

/** The list of postings, sorted, by the column that it is sorted by. */
export const LISTS = [
  {
    sort: 'views',
    column: '조회',
    sql: `select read_cnt from chosen where read_cnt is not null order by read_cnt desc limit 10`,
  },
  {
    sort: 'applications',
    column: '지원',
    sql: `select apply_cnt from chosen where apply_cnt is not null order by apply_cnt desc limit 10`,
  },
] as const;

const certificate = (id: string, stage: string) =>
  `select cast(test_year as varchar) as year, take, pass from raw_data.certification
   where cert_id = '${id}' and stage = '${stage}' order by 1`;

const passRates = (id: string, stage: string) =>
  `select cast(test_year as varchar) as year, concat(round(100.0 * pass / take, 1), '%') as rate
   from raw_data.certification where cert_id = '${id}' and stage = '${stage}' and take > 0
   order by 1`;

/** The weeks of a keyword with the most interest. */
const topWeeks = (keyword: 'min' | 'max') =>
  `select concat(date_part('year', date), '. ', date_part('month', date), '. ', date_part('day', date)) as week, value
   from raw_data.google_trend
   where keyword = (select ${keyword}(keyword) from raw_data.google_trend)
   order by value desc limit 5`;

/** Pages that hold no postings: the figures of a card of theirs. */
export const NO_POSTINGS = [
  {
    name: 'takers and passes of SQLD',
    page: 'certificates',
    card: 0,
    sql: certificate('sqld', 'final'),
  },
  {
    name: 'takers and passes of ADsP',
    page: 'certificates',
    card: 0,
    sql: certificate('adsp', 'final'),
  },
  {
    name: 'takers and passes of 리눅스마스터 2급',
    page: 'certificates',
    card: 0,
    sql: certificate('linux2', 'final'),
  },
  {
    name: 'takers and passes of SQLP',
    page: 'certificates',
    card: 2,
    sql: certificate('sqlp', 'final'),
  },
  {
    name: 'takers and passes of ADP',
    page: 'certificates',
    card: 2,
    sql: certificate('adp', 'final'),
  },
  {
    name: 'takers and passes of 정보처리기사',
    page: 'certificates',
    card: 4,
    sql: certificate('gisa_info', 'written'),
  },
  {
    name: 'takers and passes of 빅데이터분석기사',
    page: 'certificates',
    card: 4,
    sql: certificate('gisa_bigdata', 'written'),
  },
  {
    name: 'pass rates of SQLD',
    page: 'certificates',
    card: 1,
    sql: passRates('sqld', 'final'),
  },
  {
    name: 'pass rates of ADsP',
    page: 'certificates',
    card: 1,
    sql: passRates('adsp', 'final'),
  },
  {
    name: 'pass rates of SQLP',
    page: 'certificates',
    card: 3,
    sql: passRates('sqlp', 'final'),
  },
  {
    name: 'pass rates of ADP',
    page: 'certificates',
    card: 3,
    sql: passRates('adp', 'final'),
  },
  {
    name: 'pass rates of 정보처리기사',
    page: 'certificates',
    card: 5,
    sql: passRates('gisa_info', 'written'),
  },
  {
    name: 'pass rates of 빅데이터분석기사',
    page: 'certificates',
    card: 5,
    sql: passRates('gisa_bigdata', 'written'),
  },
  {
    name: 'mean interest of each keyword',
    page: 'interest',
    card: 1,
    sql: `select keyword, round(avg(value), 1) as mean, count(*) as weeks
      from raw_data.google_trend group by keyword`,
  },
  { name: 'weeks of the first keyword', page: 'interest', card: 0, sql: topWeeks('min') },
  { name: 'weeks of the last keyword', page: 'interest', card: 0, sql: topWeeks('max') },
] as const;
