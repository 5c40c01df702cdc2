import { describe, expect, test } from 'vitest';
import { ExampleBar } from './example';
import { choice, UrlState } from './url-state.svelte';

const mode = choice('keywords', ['count', 'share']);
const lang = choice('lang', ['ko', 'en']);

test('nothing chosen, nothing in the address', () => {
  const bar = new ExampleBar('https://host.test/sub/');
  const state = new UrlState(bar);
  expect(state.get(mode)).toBeNull();
  state.set(mode, null);
  expect(bar.steps).toEqual(['https://host.test/sub/']);
});

test('a choice is written, read back, and taken back', () => {
  const bar = new ExampleBar('https://host.test/sub/?other=1&other=2#roles');
  const state = new UrlState(bar);
  state.set(mode, 'share');
  expect(state.get(mode)).toBe('share');
  expect(bar.location.href).toBe('https://host.test/sub/?other=1&other=2&keywords=share#roles');
  state.set(mode, 'share');
  expect(bar.steps).toHaveLength(2);
  state.set(mode, null);
  expect(state.get(mode)).toBeNull();
  expect(bar.location.href).toBe('https://host.test/sub/?other=1&other=2#roles');
});

test('a value that is not offered counts as not chosen', () => {
  const state = new UrlState(new ExampleBar('https://host.test/?lang=fr&keywords='));
  expect(state.get(lang)).toBeNull();
  expect(state.get(mode)).toBeNull();
});

test('going back in the history brings the earlier choice back', () => {
  const bar = new ExampleBar('https://host.test/?lang=ko');
  const state = new UrlState(bar);
  expect(state.arrival).toBe('opened');
  state.set(lang, 'en');
  state.set(mode, 'share');
  expect(state.arrival).toBe('pushed');
  bar.go(-1);
  expect([state.get(lang), state.get(mode)]).toEqual(['en', null]);
  expect(state.arrival).toBe('went');
  bar.go(-1);
  expect(state.get(lang)).toBe('ko');
  bar.go(1);
  expect(state.get(lang)).toBe('en');
});

test('a link to a choice keeps the others', () => {
  const state = new UrlState(new ExampleBar('https://host.test/sub/?keywords=share'));
  expect(state.href(lang, 'en')).toBe('/sub/?keywords=share&lang=en');
  expect(state.href(mode, null)).toBe('/sub/');
});

describe('changes of one run', () => {
  const at = (text: string) => `https://host.test/?q=${text}`;

  test('are one step', () => {
    const bar = new ExampleBar('https://host.test/');
    const state = new UrlState(bar);
    for (const text of ['J', 'Ja', 'Java']) state.push(at(text), 'text');
    expect(bar.steps).toEqual(['https://host.test/', at('Java')]);
    expect(state.params.get('q')).toBe('Java');
    bar.go(-1);
    expect(state.params.get('q')).toBeNull();
  });

  test.each([
    ['another change', (state: UrlState) => state.push(`${at('Java')}&lang=en`)],
    ['another run', (state: UrlState) => state.push(at('JavaS'), 'something else')],
    ['its end', (state: UrlState) => state.endRun()],
  ])('end with %s', (_, end) => {
    const bar = new ExampleBar('https://host.test/');
    const state = new UrlState(bar);
    state.push(at('Java'), 'text');
    end(state);
    const before = bar.steps.length;
    state.push(at('Python'), 'text');
    expect(bar.steps).toHaveLength(before + 1);
    expect(bar.steps[1]).toBe(at('Java'));
  });

  test('end with going through the history: no step is lost', () => {
    const bar = new ExampleBar('https://host.test/');
    const state = new UrlState(bar);
    state.push(at('Java'), 'text');
    bar.go(-1);
    bar.go(1);
    state.push(at('Python'), 'text');
    expect(bar.steps).toEqual(['https://host.test/', at('Java'), at('Python')]);
  });

  test('of nothing new are no step', () => {
    const bar = new ExampleBar(at('Java'));
    const state = new UrlState(bar);
    state.push(at('Java'), 'text');
    expect(bar.steps).toHaveLength(1);
  });
});
