import { expect, test } from 'vitest';
import { PAUSE_MS, TypedText } from './typing';

function field() {
  const told: string[] = [];
  let waiting: (() => void) | null = null;
  const text = new TypedText((value) => told.push(value), {
    set: (run, ms) => {
      expect(ms).toBe(PAUSE_MS);
      waiting = run;
      return 1;
    },
    clear: () => (waiting = null),
  });
  return { text, told, pause: () => waiting?.() };
}

test('a text is told once, when the writer pauses', () => {
  const { text, told, pause } = field();
  text.typed('J', false);
  text.typed('Java', false);
  expect(told).toEqual([]);
  pause();
  expect(told).toEqual(['Java']);
});

test('half a syllable is never told', () => {
  const { text, told, pause } = field();
  text.typed('데', false);
  text.typed('데ㅇ', true);
  pause();
  expect(told).toEqual([]);
  text.typed('데이', false);
  pause();
  expect(told).toEqual(['데이']);
});

test('Enter does not wait, and nothing is told twice', () => {
  const { text, told, pause } = field();
  text.typed('Java', false);
  text.tellNow('Java');
  pause();
  expect(told).toEqual(['Java']);
});
