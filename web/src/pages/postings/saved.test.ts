import { expect, test } from 'vitest';
import { LONGEST_NAME, SavedViews } from './saved.svelte';

function memory(stored: Record<string, string> = {}) {
  return {
    stored,
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => void (stored[key] = value),
  };
}

test('a view outlives the visit and can be deleted', () => {
  const storage = memory();
  expect(new SavedViews(storage).save('서울 신입', 'province=서울')).toBe('saved');
  const views = new SavedViews(storage);
  expect(views.views).toEqual([{ name: '서울 신입', query: 'province=서울' }]);
  expect(views.remove('서울 신입')).toBe(true);
  expect(new SavedViews(storage).views).toEqual([]);
});

test('a name is used once, whatever its case and spaces', () => {
  const views = new SavedViews(memory());
  expect(views.save('  ', '')).toBe('blank');
  expect(views.save(' Data  jobs ', 'role=datajob')).toBe('saved');
  expect(views.save('data jobs', 'role=de')).toBe('taken');
  expect(views.views).toEqual([{ name: 'Data jobs', query: 'role=datajob' }]);
});

test('a view of another tab is not lost', () => {
  const storage = memory();
  const [here, there] = [new SavedViews(storage), new SavedViews(storage)];
  here.save('one', 'a=1');
  there.save('two', 'b=2');
  expect(there.views.map(({ name }) => name)).toEqual(['one', 'two']);
});

test('a browser that refuses storage is an outcome of its own', () => {
  const refuse = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  for (const storage of [null, { getItem: refuse, setItem: refuse }]) {
    const views = new SavedViews(storage);
    expect(views.save('one', '')).toBe('refused');
    expect(views.views).toEqual([]);
    expect(views.remove('one')).toBe(false);
  }
});

test.each(['nonsense', '{"a":1}', '[1, null, {"name": 5, "query": ""}, {"name": "x"}]'])(
  'stored content from elsewhere is ignored: %s',
  (content) => {
    expect(new SavedViews(memory({ 'jobtide.views': content })).views).toEqual([]);
  },
);

test('a long name is cut', () => {
  const views = new SavedViews(memory());
  views.save('x'.repeat(500), '');
  expect(views.views[0]?.name).toHaveLength(LONGEST_NAME);
});
