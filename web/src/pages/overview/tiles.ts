// What the page asks for, in one request.

export const OVERVIEW_TILES = [
  'postings',
  'data_jobs',
  'data_job_share',
  'entry_share',
  'mean_minimum_years',
  'mean_minimum_years_experienced',
  'active_postings',
  'assumed_active_postings',
  'role_experience',
  'data_job_ratio',
  'data_role_ratio',
  'keywords',
  'data_keywords',
  'roles',
  'experiences',
  'provinces',
  'top_districts',
  'education',
  'top_views',
  'top_applications',
] as const;
