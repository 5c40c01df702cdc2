// What the page asks for, in one request.

export const REGIONS_TILES = [
  'provinces',
  'data_job_provinces',
  'province_data_jobs',
  'seoul_districts',
  'data_job_seoul_districts',
  'top_districts',
] as const;
