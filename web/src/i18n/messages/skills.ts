// The page of skills.
import type { Messages } from './language';

export const skills = {
  'skills.lede': {
    ko: '공고에 달린 키워드를 집계합니다. 구간이 겹치는 키워드는 순위를 ‘3\u2060–\u20605’처럼 범위로 표시합니다. 키워드를 클릭하면 해당 키워드가 있는 공고만 표시됩니다.',
    en: 'Keywords by number of postings. Where intervals overlap, the rank is a range such as 3\u2060–\u20605. Click a keyword to show only postings with it.',
  },
  'skills.all.title': { ko: '전체 키워드', en: 'All keywords' },
  'skills.all.subtitle': {
    ko: '조건에 맞는 공고 중 키워드가 있는 공고의 수와 비율. 막대 위의 상자는 95% 신뢰구간입니다.',
    en: 'Postings with the keyword and their share. The box on a bar is the 95% interval. Keywords are in Korean, as in the source.',
  },
  'skills.data.title': { ko: '데이터 직무 상위 30개 키워드', en: 'Top 30 keywords of data jobs' },
  'skills.data.subtitle': {
    ko: '여러 직무에 속한 공고는 각 직무에 집계하므로 누적 막대는 중복 제외 공고 수(세로선과 막대 옆 숫자)보다 깁니다. 비율로 보면 세 직무의 집계 수 합이 100%입니다.',
    en: 'A posting with several roles counts in each, so a stacked bar is longer than its distinct postings (the tick, and the number next to the bar). As shares, the counts of the three roles add up to 100%.',
  },
} as const satisfies Messages;
