import { describe, expect, test } from 'vitest';
import { createLocale } from '../../i18n/locale';
import { drawnTexts, seriesData, seriesLabels, testEnvironment } from '../testing';
import {
  bySize,
  other,
  roleExperienceDrawing,
  roleExperienceTable,
  type RoleExperience,
} from './option';

const ROWS: RoleExperience[] = [
  { role: 'datajob', total: 1982, experienced: 1104, open: 642, entry: 171 },
  { role: 'da', total: 825, experienced: 409, open: 325, entry: 78 },
  { role: 'web_back', total: 2831, experienced: 1845, open: 702, entry: 101 },
  { role: 'security', total: 12, experienced: 5, open: 7, entry: 0 },
  { role: 'de', total: 825, experienced: 389, open: 132, entry: 25 },
];
const en = createLocale('en');
const ko = createLocale('ko');

test('roles stand largest first, of equal ones by name, without the union', () => {
  expect(bySize(ROWS).map(({ role }) => role)).toEqual(['web_back', 'da', 'de', 'security']);
});

test('what is neither for the experienced nor open to newcomers makes up the total', () => {
  expect(bySize(ROWS).map(other)).toEqual([284, 91, 304, 0]);
});

describe('columns', () => {
  const drawing = roleExperienceDrawing(ROWS, en, testEnvironment());

  test('show the counts as they are, nothing subtracted or stacked', () => {
    expect(seriesData(drawing)).toMatchObject({
      experienced: [1845, 409, 389, 5],
      open: [702, 325, 132, 7],
      entry: [101, 78, 25, 0],
    });
    expect(JSON.stringify(drawing.option.series)).not.toContain('"stack"');
  });

  test('the part lies inside its whole: on the twin axis, beside an empty column', () => {
    const series = drawing.option.series as { id: string; xAxisIndex?: number; z?: number }[];
    expect(series.map(({ id, xAxisIndex }) => [id, xAxisIndex ?? 0])).toEqual([
      ['experienced', 0],
      ['open', 0],
      ['spacer', 1],
      ['entry', 1],
    ]);
    expect(seriesData(drawing).spacer).toEqual([null, null, null, null]);
  });

  test('carry value labels, names and totals; a small role says so', () => {
    const texts = drawnTexts(drawing);
    for (const text of ['1,845', '702', '101', 'Back end', '2,831 postings', 'small sample']) {
      expect(texts).toContain(text);
    }
    expect(texts.filter((text) => text === 'small sample')).toHaveLength(1);
  });

  test('tell every part on the pointer, adding up to the total', () => {
    expect(drawing.names).toBe('x');
    expect(drawing.details[0]).toEqual({
      title: 'Back end',
      lines: [
        { label: 'Experienced', value: '1,845', colour: 'exp-experienced' },
        { label: 'Open to newcomers', value: '702', colour: 'exp-open' },
        { label: 'of which entry level only', value: '101', colour: 'exp-entry', part: true },
        { label: 'Other or not stated', value: '284' },
        { label: 'Total', value: '2,831' },
      ],
    });
  });
});

test('with little room the bars lie, and the part stands in brackets', () => {
  const drawing = roleExperienceDrawing(ROWS, ko, testEnvironment({ narrow: true }));
  expect(drawing.names).toBe('y');
  expect(seriesLabels(drawing, 'open')).toEqual([
    '702 {entry|(101)}',
    '325 {entry|(78)}',
    '132 {entry|(25)}',
    '7 {entry|(0)}',
  ]);
  expect(drawnTexts(drawing)).toContain('(101)');
});

test('the table has every role, the union first', () => {
  const table = roleExperienceTable(ROWS, ko);
  expect(table.rows[0]).toEqual(['데이터 직무 전체', '1,982', '1,104', '642', '171', '236']);
  expect(table.rows.map(([name]) => name)).toEqual([
    '데이터 직무 전체',
    '백엔드',
    '데이터 분석가',
    '데이터 엔지니어',
    '정보보안 (표본 작음)',
  ]);
  for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
});

test('no roles, no failure', () => {
  expect(drawnTexts(roleExperienceDrawing([], ko, testEnvironment()))).toBeInstanceOf(Array);
});
