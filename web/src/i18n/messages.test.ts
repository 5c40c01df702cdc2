import { describe, expect, test } from 'vitest';
import { LANGUAGES } from './messages';
import { AREAS } from './messages/all';

const catalogue: [string, Record<string, string>][] = Object.values(AREAS).flatMap((area) =>
  Object.entries<Record<string, string>>(area),
);

test('every key stands in one file', () => {
  const keys = catalogue.map(([key]) => key);
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

describe.each(catalogue)('%s', (_, message) => {
  test('is written in every language, and in no other', () => {
    expect(Object.keys(message).sort()).toEqual([...LANGUAGES].sort());
    for (const language of LANGUAGES) expect(message[language]?.trim()).toBeTruthy();
  });

  test('takes the same values in every language', () => {
    const placeholders = LANGUAGES.map((language) =>
      [...(message[language] ?? '').matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort(),
    );
    for (const found of placeholders) expect(found).toEqual(placeholders[0]);
  });
});

test('Korean messages are Korean and English ones are not', () => {
  const hangul = /[가-힣]/;
  for (const [key, { ko = '', en = '' }] of catalogue) {
    expect(hangul.test(en), key).toBe(false);
    // Signs and abbreviations are the same in both.
    const wordless = !/\p{L}/u.test(ko.replaceAll(/\{\w+\}/g, ''));
    if (!wordless && ko !== en) expect(hangul.test(ko), key).toBe(true);
  }
});
