import { expect, test } from 'vitest';
import { choice, UrlState, type AddressBar } from './url-state.svelte';

const mode = choice('keywords', ['count', 'share']);
const lang = choice('lang', ['ko', 'en']);

function bar(href: string) {
  const steps = [href];
  let listener = () => {};
  const window: AddressBar = {
    location: {
      get href() {
        return steps[steps.length - 1] ?? '';
      },
    },
    history: { pushState: (_data, _unused, url) => void steps.push(new URL(url, href).href) },
    addEventListener: (_type, added) => {
      listener = added;
    },
  };
  return {
    window,
    steps,
    back: () => {
      steps.pop();
      listener();
    },
  };
}

test('nothing chosen, nothing in the address', () => {
  const { window, steps } = bar('https://host.test/sub/');
  const state = new UrlState(window);
  expect(state.get(mode)).toBeNull();
  state.set(mode, null);
  expect(steps).toEqual(['https://host.test/sub/']);
});

test('a choice is written, read back, and taken back', () => {
  const { window, steps } = bar('https://host.test/sub/?other=1#roles');
  const state = new UrlState(window);
  state.set(mode, 'share');
  expect(state.get(mode)).toBe('share');
  expect(window.location.href).toBe('https://host.test/sub/?other=1&keywords=share#roles');
  state.set(mode, 'share');
  expect(steps).toHaveLength(2);
  state.set(mode, null);
  expect(state.get(mode)).toBeNull();
  expect(window.location.href).toBe('https://host.test/sub/?other=1#roles');
});

test('a value that is not offered counts as not chosen', () => {
  const state = new UrlState(bar('https://host.test/?lang=fr&keywords=').window);
  expect(state.get(lang)).toBeNull();
  expect(state.get(mode)).toBeNull();
});

test('going back in the history brings the earlier choice back', () => {
  const { window, back } = bar('https://host.test/?lang=ko');
  const state = new UrlState(window);
  state.set(lang, 'en');
  state.set(mode, 'share');
  back();
  expect([state.get(lang), state.get(mode)]).toEqual(['en', null]);
  back();
  expect(state.get(lang)).toBe('ko');
});

test('a link to a choice keeps the others', () => {
  const state = new UrlState(bar('https://host.test/sub/?keywords=share').window);
  expect(state.href(lang, 'en')).toBe('/sub/?keywords=share&lang=en');
  expect(state.href(mode, null)).toBe('/sub/');
});

test('a link to another page keeps what it is told to keep, if it was chosen', () => {
  const state = new UrlState(bar('https://host.test/sub/?keywords=share&lang=en').window);
  expect(state.link('./regions', lang)).toBe('./regions?lang=en');
  expect(new UrlState(bar('https://host.test/').window).link('./regions', lang)).toBe('./regions');
});
