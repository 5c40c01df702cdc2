import { expect, test } from 'vitest';
import type { TilesAnswer } from '../api/types';
import { createLocale } from '../i18n/locale';
import { moreText } from './more';

const groups = (more: number) => ({ kind: 'groups' as const, n: 9, more, rows: [] });
const view = (...more: number[]) => ({
  answer: {
    selections: more.map((one) => ({ tiles: { roles: groups(one) } })),
  } as unknown as TilesAnswer,
});
const en = createLocale('en');

test('what is left out is said of each side that is compared', () => {
  expect(moreText(view(49), 'roles', en)).toBe('49 more');
  expect(moreText(view(0), 'roles', en)).toBeUndefined();
  expect(moreText(view(49, 1044), 'roles', en)).toBe('A: 49 more · B: 1,044 more');
  expect(moreText(view(0, 44), 'roles', en)).toBe('B: 44 more');
  expect(moreText({ answer: null }, 'roles', en)).toBeUndefined();
});
