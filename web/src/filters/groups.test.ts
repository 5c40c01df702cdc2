import { expect, test } from 'vitest';
import { DIMENSIONS } from '../state/filters';
import { grouped } from './groups';

test('every dimension is offered once', () => {
  const { direct, groups } = grouped([...DIMENSIONS, 'later_added']);
  const all = [...direct, ...groups.flatMap(({ dimensions }) => dimensions)];
  expect([...all].sort()).toEqual([...DIMENSIONS, 'later_added'].sort());
  expect(direct).toEqual(['role', 'experience', 'newcomers', 'province', 'skill']);
  expect(groups.at(-1)).toEqual({ key: 'other', dimensions: ['data_job', 'later_added'] });
});

test('what a build does not offer has no place', () => {
  expect(grouped(['province', 'district'])).toEqual({
    direct: ['province'],
    groups: [{ key: 'place', dimensions: ['district'] }],
  });
});
