import { expect, test } from 'vitest';
import '../../i18n/messages/all';
import { createLocale } from '../../i18n/locale';
import { HOSTILE } from './example';
import { fieldLabel, fieldText } from './fields';

const ko = createLocale('ko');
const en = createLocale('en');

test('known columns have labels, others their own name', () => {
  expect(fieldLabel('company_name', ko)).toBe('회사');
  expect(fieldLabel('company_name', en)).toBe('Company');
  expect(fieldLabel('later_added', ko)).toBe('later_added');
  expect(fieldLabel('toString', ko)).toBe('toString');
});

test.each([
  ['title', null, '–'],
  ['title', '', '–'],
  ['active', true, 'Yes'],
  ['active', '0', 'No'],
  ['active', 'true', 'true'],
  ['seen_active', 'false', 'No'],
  ['seen_active', 'true', 'Yes'],
  ['seen_active', '1', '1'],
  ['read_cnt', 12_345, '12,345'],
  ['read_cnt', '12345', '12,345'],
  ['read_cnt', 'many', 'many'],
  ['posting_id', '4560', '4560'],
  ['experience_min', 3, '3'],
  ['posting_at', '2023-07-10T15:30:00Z', '11 July 2023 00:30'],
  ['posting_date', '2023-07-10', '2023-07-10'],
  ['title', '2023-07-10T15:30:00Z', '2023-07-10T15:30:00Z'],
  ['posting_at', '2023-99-99T99:99', '2023-99-99T99:99'],
  ['later_added', { a: [1] }, '{"a":[1]}'],
  ['title', HOSTILE, HOSTILE],
])('%s of %j reads %s', (name, value, expected) => {
  expect(fieldText(name, value, en)).toBe(expected);
});
