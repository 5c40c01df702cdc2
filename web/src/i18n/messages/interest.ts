// The page of search interest.
import type { Messages } from './language';

export const interest = {
  'interest.lede': {
    ko: '한국의 주간 검색 관심도입니다. 100은 모든 키워드와 주를 통틀어 가장 많이 찾은 주의 값이라, 높이를 서로 견줄 수 있지만 검색 횟수는 아닙니다.',
    en: 'Weekly search interest in Korea. 100 is the greatest value of any keyword in any week: heights can be compared with each other, but they are no numbers of searches.',
  },
  'interest.weeks.title': { ko: '주간 관심도', en: 'Interest by week' },
  'interest.weeks.subtitle': {
    ko: '2022년 1월에 모으는 방식이 바뀌어 선을 끊었습니다. 그 앞뒤의 높이는 견줄 수 없습니다.',
    en: 'Collection changed in January 2022, where the lines break: levels before and after cannot be compared.',
  },
  'interest.share.title': { ko: '키워드의 평균 비중', en: 'Average share of the keywords' },
  'interest.share.subtitle': {
    ko: '주마다의 관심도를 평균하고, 그 합을 100%로 본 몫',
    en: 'Mean interest over the weeks, the means together being 100%',
  },
  'interest.range': {
    ko: '{from}부터 {to}까지의 값',
    en: 'figures from {from} to {to}',
  },
  'interest.unknown': {
    ko: '주소에 있는 검색어 {terms}의 수치는 이 자료에 없습니다.',
    en: 'These data hold no figures of {terms}, which the address asks for.',
  },
  'interest.week': { ko: '주', en: 'Week' },
  'interest.keyword': { ko: '키워드', en: 'Keyword' },
  'interest.mean': { ko: '평균 관심도', en: 'Mean interest' },
  'interest.share': { ko: '비중', en: 'Share' },
  'interest.weeks': { ko: '주 수', en: 'Weeks' },
  'interest.weeks.n': { ko: '{n}주', en: '{n} weeks' },
  'interest.source': { ko: '자료: Google Trends (대한민국)', en: 'Source: Google Trends (Korea)' },
} as const satisfies Messages;
