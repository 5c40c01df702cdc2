import { expect, test } from 'vitest';
import { testEnvironment } from '../testing';
import { keywordsSvg, type PictureRow } from './picture';

const head = ['Rank', 'Keyword', 'Postings', 'Share'] as const;
const row = (name: string): PictureRow => ({
  texts: ['1–2', name, '1,234', '52.5%'],
  length: 0.5,
  from: 0.4,
  to: 0.6,
});

test('a picture has the rows as texts, each with its bar and interval', () => {
  const svg = keywordsSvg(head, [row('Python'), row('<b>&')], testEnvironment().theme);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  expect(texts.slice(0, 8)).toEqual([...head, ...row('Python').texts]);
  expect(svg.match(/<rect /g)).toHaveLength(4);
  expect(texts).toContain('&lt;b&gt;&amp;');
  expect(svg).toMatch(/^<svg [^>]*width="\d+" height="84"/);
});
