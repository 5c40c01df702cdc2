import { describe, expect, test } from 'vitest';
import { LANGUAGES, type Language } from './messages';
import { AREAS } from './messages/all';

const catalogue: [string, Record<string, string>][] = Object.values(AREAS).flatMap((area) =>
  Object.entries<Record<string, string>>(area),
);

/** Numbers of these are limits, means with decimals, or of a whole scope. */
const ALWAYS_SEVERAL = [
  'kpi.years.experienced',
  'method.intervals.small',
  'postings.empty.text',
  'sql.result.drawn',
  'sql.view.bars',
];

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
    const placeholders = LANGUAGES.map((language) => {
      const names = (message[language] ?? '').matchAll(/\{(\w+)(?:\|[^|}]+\|[^|}]+)?\}/g);
      return [...new Set([...names].map((match) => match[1]))].sort();
    });
    for (const found of placeholders) expect(found).toEqual(placeholders[0]);
  });
});

test('a count in English has a word for one', () => {
  const found = catalogue.filter(([key, { en = '' }]) => {
    const counts = en.match(/\{\w+\} (postings|years|tables|rows|checks|days|weeks|views)\b/);
    return counts !== null && !ALWAYS_SEVERAL.includes(key);
  });
  expect(found.map(([key]) => key)).toEqual([]);
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

/** Words that the page does not use, with what it says instead. */
const AVOIDED: Record<Language, [RegExp, instead: string][]> = {
  ko: [
    [/조건(?!에 맞는 공고)/, '필터'],
    [/모두 지우기/, '전체 초기화'],
    [/첫날|끝날/, '시작일, 종료일'],
    [/가운데/, '중'],
    [/\bn\s*=/, '공고 {n}건 기준'],
    [/수집 시점/, '데이터 기준일'],
    [/0분 전/, '방금 전'],
    [/새로 올라온|열린 공고/, '신규'],
    [/닫[힌힘혔히]/, '마감'],
    [/게시 중/, '진행 중'],
    [/견[주줄준줍]|견줘/, '비교'],
    [/눈으로/, '기준'],
    [/걸러|(?<!\p{L})거[르른를릅]/u, '필터 적용'],
    [/누[르른를릅]|눌러/, '클릭'],
    [/(?<!\p{L})(고[르른를릅]|골[라랐])/u, '선택'],
    [/재는 것|나누는 것|무늬/, '지표, 분류 기준, 패턴'],
    [/묻[는기습고]|물어|질문/, '조회, 쿼리'],
    [/(?<!집계 )방법/, '집계 방법'],
    [/밝게|어둡게/, '라이트, 다크'],
    [/내림차순|오름차순/, '최신순, 조회수순, 마감임박순'],
    [/\} 년/, '{n}년'],
  ],
  en: [
    [/postings chosen|chosen postings/i, 'matching postings'],
    [/way of the data/i, 'data pipeline'],
    [/\basks? (build|it|in)\b/i, 'query'],
    [/only the period/i, 'only the date filter applies'],
    [/took it|\btakers\b(?<!test-takers)|\bpale\b/i, 'test-takers, light'],
    [/(make|makes) (a|no) holder/i, 'does not earn the certificate'],
    [/engineers of/i, 'Engineer Information Processing'],
    [/\bn\s*=/, 'based on {n} postings'],
    [/0 minutes ago/, 'just now'],
    [/\b(ascending|descending)\b/i, 'newest first, most viewed'],
    [/\b(told|anew|mended|had|lying|stands|whole ones)\b/i, 'reported, again, fixed, is'],
  ],
};

test.each(LANGUAGES)('messages say it as products do, in %s', (language) => {
  const found = catalogue.flatMap(([key, message]) =>
    AVOIDED[language].flatMap(([word, instead]) => {
      const [said] = word.exec(message[language] ?? '') ?? [];
      return said === undefined ? [] : [`${key}: \`${said}\`, rather ${instead}`];
    }),
  );
  expect(found).toEqual([]);
});
