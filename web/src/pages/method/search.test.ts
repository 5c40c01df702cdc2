import { expect, test } from 'vitest';
import { anchorOf, SECTIONS, tableAnchor } from './anchors';
import { byLayer, foundChecks, foundModels, type Model } from './search';

function model(name: string, what: string, sql = ''): Model {
  return { name, what, grain: ['id'], notes: ['Days are in Seoul.'], checks: [], inputs: [], sql };
}

const models = [
  model('raw_data.recruits', 'Postings in scope.', 'select id from external.recruit_table'),
  model('raw_data.locations', 'Places of work.'),
  model('visual_tables.all_count', 'Number of postings.'),
];

test('every word is looked for, everywhere a table is described', () => {
  const found = (search: string) => foundModels(models, search).map(({ name }) => name);
  expect(found('')).toHaveLength(3);
  expect(found('POSTINGS scope')).toEqual(['raw_data.recruits']);
  expect(found('recruit_table')).toEqual(['raw_data.recruits']);
  expect(found('seoul')).toHaveLength(3);
  expect(found('nowhere')).toEqual([]);
});

test('checks are found by level too', () => {
  const checks = [
    { name: 'a', level: 'error', what: 'One.', sql: '' },
    { name: 'b', level: 'warning', what: 'Two.', sql: '' },
  ];
  expect(foundChecks(checks, 'warning').map(({ name }) => name)).toEqual(['b']);
});

test('tables stand in their layers, in the order they are made', () => {
  expect(byLayer(models).map(({ layer, models }) => [layer, models.length])).toEqual([
    ['raw_data', 2],
    ['visual_tables', 1],
  ]);
});

test('anchors are read from the address, whatever it holds', () => {
  expect(anchorOf('#table-raw_data.recruits')).toBe(tableAnchor('raw_data.recruits'));
  expect(anchorOf('#%EC%A7%81%EB%AC%B4')).toBe('직무');
  expect(anchorOf('#%E0%A4%A')).toBeNull();
  expect(anchorOf('')).toBeNull();
  expect(new Set(SECTIONS.map(({ id }) => id)).size).toBe(SECTIONS.length);
});
