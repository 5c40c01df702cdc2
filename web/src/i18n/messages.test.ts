import { describe, expect, test } from 'vitest';
import { LANGUAGES, messages } from './messages';

const catalogue: [string, Record<string, string>][] = Object.entries(messages);

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
  const neutral = new Set(['share.n', 'chart.of', 'datakeywords.mode.share']);
  for (const [key, message] of catalogue) {
    expect(hangul.test(message.en ?? ''), key).toBe(false);
    if (!neutral.has(key)) expect(hangul.test(message.ko ?? ''), key).toBe(true);
  }
});
