import { expect, test } from 'vitest';
import { History, KEPT_STATEMENTS } from './history.svelte';

function memory(stored: Record<string, string> = {}) {
  return {
    stored,
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => void (stored[key] = value),
    removeItem: (key: string) => void delete stored[key],
  };
}

test('the last statement comes first, each once, and outlives the visit', () => {
  const storage = memory();
  const history = new History(storage);
  for (const statement of ['select 1', ' select 2 ', 'select 1', '  ']) history.add(statement);
  expect(history.statements).toEqual(['select 1', 'select 2']);
  expect(new History(storage).statements).toEqual(['select 1', 'select 2']);
  history.clear();
  expect(new History(storage).statements).toEqual([]);
  expect(storage.stored).toEqual({});
});

test('only so many are kept', () => {
  const history = new History(memory());
  for (let index = 0; index < 50; index++) history.add(`select ${index}`);
  expect(history.statements).toHaveLength(KEPT_STATEMENTS);
  expect(history.statements[0]).toBe('select 49');
});

test('a browser that refuses storage keeps them for the visit', () => {
  const refuse = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  for (const storage of [null, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
    const history = new History(storage);
    history.add('select 1');
    history.add('select 2');
    expect(history.statements).toEqual(['select 2', 'select 1']);
    history.clear();
    expect(history.statements).toEqual([]);
  }
});

test.each(['nonsense', '{"a":1}', '[1,null]'])('stored %s counts as nothing', (stored) => {
  expect(new History(memory({ 'jobtide.sql': stored })).statements).toEqual([]);
});
