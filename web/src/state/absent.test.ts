import { expect, test } from 'vitest';
import { absentOf } from './absent';

test('what is not provided is named in one order, and other fields are not', () => {
  expect(absentOf({ not_provided: ['url', 'applications', 'company'] })).toEqual([
    'company',
    'applications',
  ]);
  expect(absentOf({ not_provided: [] })).toEqual([]);
  expect(absentOf(null)).toEqual([]);
});
