import { describe, expect, test } from 'vitest';
import { NO_FILTERS, type Filters } from '../state/filters';
import { chosenAmong, chosenOn, isDimmed, toggled } from './chosen';

const cell = [
  { dimension: 'role', value: 'de' },
  { dimension: 'experience', value: '신입' },
];

describe('a click', () => {
  test('chooses all values of a cell in one step, and takes them back', () => {
    const chosen = toggled(NO_FILTERS, cell, 'a');
    expect(chosen.values).toEqual({ role: ['de'], experience: ['신입'] });
    expect(toggled(chosen, cell, 'a').values).toEqual({});
  });

  test('adds what is missing of a cell, and keeps the other values', () => {
    const filters: Filters = { ...NO_FILTERS, values: { role: ['da', 'de'] } };
    expect(toggled(filters, cell, 'a').values).toEqual({
      role: ['da', 'de'],
      experience: ['신입'],
    });
    expect(toggled(filters, cell.slice(0, 1), 'a').values).toEqual({ role: ['da'] });
  });

  test('on the second side acts there where the comparison is about the dimension', () => {
    const filters: Filters = {
      ...NO_FILTERS,
      values: { role: ['de'] },
      versus: { values: { role: ['da'] } },
    };
    const next = toggled(filters, [{ dimension: 'role', value: 'ds' }], 'b');
    expect(next.values).toEqual({ role: ['de'] });
    expect(chosenOn(next, 'b')).toEqual({ role: ['da', 'ds'] });
  });
});

test('a mark is left behind when another value of one of its dimensions is chosen', () => {
  expect(isDimmed({}, cell)).toBe(false);
  expect(isDimmed({ role: ['de'] }, cell)).toBe(false);
  expect(isDimmed({ role: ['de'], experience: ['경력'] }, cell)).toBe(true);
  expect(isDimmed({ province: ['서울'] }, cell)).toBe(false);
});

test('nothing is left behind for a value that the drawing does not have', () => {
  const drawn = { role: ['de', 'da', 'ds'], skill: ['Python', 'SQL'] };
  expect(chosenAmong({ role: ['web_back'] }, drawn)).toEqual({});
  expect(chosenAmong({ role: ['web_back', 'de'], province: ['서울'] }, drawn)).toEqual({
    role: ['de'],
  });
});
