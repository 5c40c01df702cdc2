import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shapesOf, type Area } from './shapes';

// The values come from the pipeline's code table of places.
const rows = readFileSync(
  new URL('../../../../pipeline/meta/location.csv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',') as [string, string, string]);
/** Inside of Korea, and not all of it. */
const home = rows.filter(([code]) => Number(code) < 200_000 && !code.startsWith('117'));
const names = (area: Area) => shapesOf(area).features.map(({ properties }) => properties.name);

test('every province has a shape', () => {
  const provinces = home
    .filter(([code, , wide]) => code === wide)
    .map(([, name]) => name.replace('전체', ''));
  expect(provinces).toHaveLength(17);
  expect(names('korea').sort()).toEqual(provinces.sort());
});

test('every district of Seoul has a shape', () => {
  const districts = home
    .filter(([code, , wide]) => wide === '101000' && code !== wide)
    .map(([, name]) => `서울 ${name}`);
  expect(districts).toHaveLength(25);
  expect(names('seoul').sort()).toEqual(districts.sort());
});

test('outlines are closed and lie in Korea', () => {
  for (const area of ['korea', 'seoul'] as const) {
    for (const { geometry } of shapesOf(area).features) {
      expect(geometry.coordinates.length).toBeGreaterThan(0);
      for (const outline of geometry.coordinates.flat()) {
        expect(outline.length).toBeGreaterThanOrEqual(4);
        expect(outline.at(-1)).toEqual(outline[0]);
        for (const [east, north] of outline) {
          expect(east).toBeGreaterThan(124);
          expect(east).toBeLessThan(132);
          expect(north).toBeGreaterThan(33);
          expect(north).toBeLessThan(39);
        }
      }
    }
  }
});

test('a province around another one has a hole there', () => {
  const find = (name: string) =>
    shapesOf('korea').features.find(({ properties }) => properties.name === name)?.geometry
      .coordinates ?? [];
  const gwangju = new Set((find('광주')[0]?.[0] ?? []).map(String));
  const holes = find('전남').flatMap((rings) => rings.slice(1));
  expect(holes).toHaveLength(1);
  const shared = (holes[0] ?? []).filter((point) => gwangju.has(String(point)));
  expect(shared.length).toBeGreaterThan(0.8 * gwangju.size);
});

test('neighbouring districts share their border', () => {
  const points = shapesOf('seoul').features.map(
    ({ geometry }) => new Set(geometry.coordinates.flat(2).map(String)),
  );
  for (const [index, own] of points.entries()) {
    const others = points.filter((_, other) => other !== index);
    const shared = [...own].filter((point) => others.some((other) => other.has(point)));
    expect(shared.length).toBeGreaterThanOrEqual(2);
  }
});
