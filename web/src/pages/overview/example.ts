// A made-up published build for tests of the page.
import type { Client } from '../../api/client';
import type { Build, Table } from '../../api/types';

export const exampleBuild: Build = {
  build: 12,
  published_at: '2023-07-10T15:40:00Z',
  origin: 'collected',
  postings: 1000,
  collected_through: '2023-07-10T15:00:00Z',
  attribution: {
    source: 'saramin',
    name_ko: '사람인',
    name_en: 'Saramin',
    url: 'https://www.saramin.co.kr',
  },
  warnings: {},
};

export const exampleRows: Record<string, Table['rows']> = {
  'visual_tables.all_count': [{ it: 1000 }],
  'visual_tables.data_job_ratio': [
    { is_data_job: false, count: 880 },
    { is_data_job: true, count: 120 },
  ],
  'visual_tables.data_job_detail_ratio': [
    { role: 'de', count: 40 },
    { role: 'da', count: 50 },
    { role: 'ds', count: 70 },
  ],
  'visual_tables.recruit_for_exp': [
    { role: 'datajob', total: 120, experienced: 70, entry_or_any: 45, entry: 10 },
    { role: 'de', total: 40, experienced: 30, entry_or_any: 8, entry: 1 },
    { role: 'web_back', total: 300, experienced: 180, entry_or_any: 100, entry: 20 },
  ],
  'visual_tables.top_keywords': [
    { job_name: 'Java', count: 310 },
    { job_name: 'C++', count: 200 },
  ],
  'visual_tables.top_datajob_keywords': [
    { job_name: '머신러닝', de: 5, da: 10, ds: 60, total: 70 },
  ],
};

export function exampleTable(name: string, build = exampleBuild.build): Table {
  return {
    table: name,
    build,
    origin: exampleBuild.origin,
    columns: [],
    rows: exampleRows[name] ?? [],
  };
}

export function exampleClient(overrides: Partial<Client> = {}): Client {
  return {
    build: async () => exampleBuild,
    table: async (name) => exampleTable(name),
    ...overrides,
  };
}
