// Made-up postings for tests.
import type { PostingDetail, PostingRow, PostingsAnswer } from '../../api/types';
import { exampleDefinitions } from '../../state/example';
import { listColumns } from './columns';

export const exampleColumns = listColumns(exampleDefinitions, 'ko');

export const exampleRow: PostingRow = {
  id: '-81985529216486895',
  source: 'saramin',
  posting_id: '4560',
  url: 'https://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx=4560',
  title: '백엔드 개발자 (Java)',
  company: '(주)예시',
  posting_date: '2023-07-03',
  expiration_date: '2023-07-31',
  roles: ['web_back'],
  industry_categories: ['IT·웹·통신'],
  industries: ['솔루션·SI·ERP·CRM'],
  experience: '경력',
  education: '학력무관',
  minimum_years: 3,
  provinces: ['서울'],
  districts: ['서울 강남구', '서울 서초구'],
  skills: ['Java', 'Spring'],
  views: 1204,
  applications: 17,
};

/** What no browser may take for more than text. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202egnitsop</script>';

export const hostileRow: PostingRow = {
  ...exampleRow,
  id: '2',
  title: HOSTILE,
  company: HOSTILE,
  url: 'javascript:alert(1)',
  skills: [HOSTILE],
};

export function exampleAnswer(rows: PostingRow[], total = rows.length): PostingsAnswer {
  return {
    build: 12,
    origin: 'collected',
    total,
    of: 1_000,
    unknown: [],
    period_known: true,
    not_provided: [],
    offset: 0,
    rows,
  };
}

export const exampleDetail: PostingDetail = {
  build: 12,
  origin: 'collected',
  fields: [
    { name: 'title', value: exampleRow.title },
    { name: 'url', value: exampleRow.url },
    { name: 'salary', value: null },
    { name: 'read_cnt', value: '1204' },
  ],
  versions: [
    {
      collected_at: '2023-07-10T15:00:00Z',
      modification_at: '2023-07-05T01:00:00Z',
      title: exampleRow.title,
      active: 1,
      views: 1204,
      applications: 17,
    },
  ],
  row: exampleRow,
};
