import { expect, test } from 'vitest';
import { shortened, wrapWords } from './wrap';

test.each([
  ['데이터 사이언티스트', 7, ['데이터', '사이언티스트']],
  ['데이터 엔지니어', 8, ['데이터 엔지니어']],
  ['Data scientist', 6, ['Data', 'scientist']],
  ['Data scientist', 9, ['Data scientist']],
  ['supercalifragilistic', 3, ['supercalifragilistic']],
  ['  a  b ', 9, ['a b']],
  ['', 9, []],
])('%s in %d em', (text, width, lines) => {
  expect(wrapWords(text, width)).toEqual(lines);
});

test.each([
  ['데이터', 5, '데이터'],
  ['데이터 사이언티스트', 5, '데이터 사…'],
  ['Data scientist', 8, 'Data scientist'],
  ['Data scientist', 4, 'Data s…'],
])('%s is cut to %s em', (text, width, expected) => {
  expect(shortened(text, width)).toBe(expected);
});
