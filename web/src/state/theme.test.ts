import { expect, test } from 'vitest';
import { Theme } from './theme.svelte';

function device(dark: boolean, stored: Record<string, string> = {}) {
  let listener = () => {};
  const prefersDark = {
    matches: dark,
    addEventListener: (_: 'change', added: () => void) => {
      listener = added;
    },
  };
  const storage = {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => void (stored[key] = value),
    removeItem: (key: string) => void delete stored[key],
  };
  const turn = (next: boolean) => {
    prefersDark.matches = next;
    listener();
  };
  return { environment: { storage, prefersDark }, stored, turn };
}

test('follows the device until the reader chooses', () => {
  const { environment, turn } = device(false);
  const theme = new Theme(environment);
  expect(theme.scheme).toBe('light');
  turn(true);
  expect(theme.scheme).toBe('dark');
  theme.choose('light');
  expect(theme.scheme).toBe('light');
});

test('the choice outlives the visit, and can be taken back', () => {
  const { environment, stored } = device(false);
  new Theme(environment).choose('dark');
  expect(new Theme(environment).scheme).toBe('dark');
  new Theme(environment).choose('auto');
  expect(stored).toEqual({});
});

test('a stored value from elsewhere is ignored', () => {
  expect(new Theme(device(true, { 'jobtide.theme': 'sepia' }).environment).choice).toBe('auto');
});

test('a browser that refuses storage still switches', () => {
  const refuse = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  const { environment } = device(false);
  const storage = { getItem: refuse, setItem: refuse, removeItem: refuse };
  const theme = new Theme({ ...environment, storage });
  theme.choose('dark');
  expect(theme.scheme).toBe('dark');
});

test('paper is light', () => {
  const theme = new Theme(device(true).environment);
  theme.print(true);
  expect(theme.scheme).toBe('light');
  theme.print(false);
  expect(theme.scheme).toBe('dark');
});
