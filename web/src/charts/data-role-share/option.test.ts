import { expect, test } from 'vitest';
import { createLocale } from '../../i18n/locale';
import { drawnTexts, seriesData, testEnvironment } from '../testing';
import { dataRoleShareDrawing, dataRoleShareTable, roleShares } from './option';

const en = createLocale('en');
const COUNTS = {
  roles: [
    { role: 'de', count: 571 },
    { role: 'da', count: 825 },
    { role: 'ds', count: 1331 },
  ],
  dataJobs: 1982,
};

test('shares are of all data jobs, not of the sum of the overlapping roles', () => {
  const shares = roleShares(COUNTS);
  expect(shares.map(({ role }) => role)).toEqual(['ds', 'da', 'de']);
  const sum = shares.reduce((total, { share }) => total + (share.value ?? 0), 0);
  expect(sum).toBeCloseTo(2727 / 1982, 10);
});

test('bars end at the share, the interval around it, labels behind', () => {
  const drawing = dataRoleShareDrawing(COUNTS, en, testEnvironment());
  const data = seriesData(drawing);
  const bars = data.share as { value: number }[];
  for (const [index, { value }] of bars.entries()) {
    const from = data['interval-from']?.[index] as number;
    const length = data.interval?.[index] as number;
    expect(from).toBeLessThan(value);
    expect(from + length).toBeGreaterThan(value);
  }
  expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['67.2% · 1,331', 'Data scientist']));
});

test('on a phone the label is the share alone', () => {
  const texts = drawnTexts(dataRoleShareDrawing(COUNTS, en, testEnvironment({ tight: true })));
  expect(texts).toContain('67.2%');
});

test('a role without postings has a share of nothing, with its interval', () => {
  const counts = { roles: [{ role: 'de', count: 0 }], dataJobs: 12 };
  expect(dataRoleShareTable(counts, en).rows).toEqual([
    ['Data engineer', '0', '0.0%', '0.0%\u2060–\u206024.2%'],
  ]);
});

test('a role that this page does not know is drawn under its own name', () => {
  const counts = { roles: [{ role: 'prompt', count: 3 }], dataJobs: 12 };
  expect(drawnTexts(dataRoleShareDrawing(counts, en, testEnvironment()))).toContain('prompt');
});

test('no data jobs, no intervals', () => {
  const counts = { roles: [{ role: 'de', count: 0 }], dataJobs: 0 };
  expect(seriesData(dataRoleShareDrawing(counts, en, testEnvironment())).interval).toEqual([]);
});
