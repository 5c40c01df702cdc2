import { expect, test } from 'vitest';
import { wrapWords } from './wrap';

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
