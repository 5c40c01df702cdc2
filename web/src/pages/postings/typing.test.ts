import { expect, test } from 'vitest';
import { PAUSE_MS, TypedText } from './typing';

function field() {
  const reported: string[] = [];
  let waiting: (() => void) | null = null;
  const text = new TypedText((value) => reported.push(value), {
    set: (run, ms) => {
      expect(ms).toBe(PAUSE_MS);
      waiting = run;
      return 1;
    },
    clear: () => (waiting = null),
  });
  return { text, reported, pause: () => waiting?.() };
}

test('a text is reported once, when the writer pauses', () => {
  const { text, reported, pause } = field();
  text.typed('J', false);
  text.typed('Java', false);
  expect(reported).toEqual([]);
  pause();
  expect(reported).toEqual(['Java']);
});

test('half a syllable is never reported', () => {
  const { text, reported, pause } = field();
  text.typed('데', false);
  text.typed('데ㅇ', true);
  pause();
  expect(reported).toEqual([]);
  text.typed('데이', false);
  pause();
  expect(reported).toEqual(['데이']);
});

test('Enter does not wait, and nothing is reported twice', () => {
  const { text, reported, pause } = field();
  text.typed('Java', false);
  text.tellNow('Java');
  pause();
  expect(reported).toEqual(['Java']);
});
