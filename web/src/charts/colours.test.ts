import { expect, test } from 'vitest';
import { colourAmong, hasColours, ownColour, seriesColour } from './colours';

test('known values keep their colours', () => {
  expect(ownColour('role', 'de')).toBe('role-de');
  expect(colourAmong('experience', '신입/경력', 5)).toBe('exp-either');
  expect(colourAmong('data_job', '그 밖의 IT 직무', 0)).toBe('rest');
});

test('others differ by their place, not by their names', () => {
  expect(colourAmong('industry_category', 'IT', 1)).toBe('series-2');
  expect(ownColour('role', 'constructor')).toBe('part');
  expect(ownColour('constructor', 'name')).toBe('part');
  expect(seriesColour(6)).toBe('series-1');
  expect([hasColours('role'), hasColours('toString')]).toEqual([true, false]);
});
