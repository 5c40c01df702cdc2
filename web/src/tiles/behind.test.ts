import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readFilters, writeFilters } from '../state/filters';
import { exampleDefinitions } from '../state/example';
import { behind, counted, ofDataJobs } from './behind';

const given = readFilters(new URLSearchParams('role=de&province=서울&q=java&vs.role=da&build=7'));
const text = (...rest: Parameters<typeof behind> extends [unknown, ...infer Rest] ? Rest : never) =>
  decodeURIComponent(writeFilters(behind(given, ...rest)).toString());

describe('the postings behind a mark', () => {
  test('are those of its side, narrowed to it', () => {
    const marks = [{ dimension: 'experience', value: '신입' }];
    expect(text('a', {}, marks)).toBe('role=de&experience=신입&province=서울&q=java&build=7');
    expect(text('b', {}, marks)).toBe('role=da&experience=신입&province=서울&q=java&build=7');
  });

  test('of a cell have both of its values', () => {
    const marks = [
      { dimension: 'role', value: 'web_back' },
      { dimension: 'experience', value: '경력' },
    ];
    expect(text('a', {}, marks)).toBe('role=web_back&experience=경력&province=서울&q=java&build=7');
  });

  test('of a tile of data jobs are data jobs', () => {
    const marks = [{ dimension: 'province', value: '경기' }];
    expect(text('a', { role: ['datajob'] }, marks)).toBe(
      'role=de&province=경기&data_job=데이터+직무&q=java&build=7',
    );
  });
});

test('what else a tile counts only takes the place of what is chosen of it', () => {
  expect(text('a', { experience: ['신입', '경력무관'], role: ['ds'] })).toBe(
    'role=ds&experience=신입&experience=경력무관&province=서울&q=java&build=7',
  );
});

describe('the postings that a figure counts', () => {
  const of = (counts: Record<string, string[]>, query = 'role=de&status=open&status=closed') => {
    const found = counted(readFilters(new URLSearchParams(query)), 'a', counts);
    return found && decodeURIComponent(writeFilters(found).toString());
  };

  test('are narrowed to what the measure counts', () => {
    expect(of({ newcomers: ['신입 지원 가능'] }, 'province=서울')).toBe(
      'province=서울&newcomers=신입+지원+가능',
    );
    expect(of({ status: ['open'] })).toBe('role=de&status=open');
    expect(of({ role: ['datajob'] }, 'role=de')).toBe('role=de&data_job=데이터+직무');
    expect(of({ status: ['assumed'] })).toBeNull();
  });
});

test('tiles of data jobs are known by what they count', () => {
  const found = exampleDefinitions.tiles.filter(ofDataJobs).map(({ name }) => name);
  expect(found).toEqual([
    'data_role_ratio',
    'data_keywords',
    'roles_by_industry',
    'data_job_provinces',
    'data_job_seoul_districts',
  ]);
  const measures = new URL('../../../pipeline/measures.toml', import.meta.url);
  expect(readFileSync(measures, 'utf8')).toContain('"데이터 직무" = "Data jobs"');
});
