// Search interest.
import type { Messages } from './language';

export const interest = {
  'interest.lede.all': {
    ko: '한국의 주간 검색 관심도입니다. 100은 전체 키워드와 주 중 최댓값입니다. 값을 서로 비교할 수 있지만 검색 횟수는 아닙니다.',
    en: 'Weekly search interest in Korea. 100 is the highest value of any keyword in any week. Values can be compared with each other, but they are not search counts.',
  },
  'interest.lede.some': {
    ko: '한국의 주간 검색 관심도입니다. 100은 척도가 같은 키워드의 모든 주 중 최댓값입니다. 값을 서로 비교할 수 있지만 검색 횟수는 아닙니다.',
    en: 'Weekly search interest in Korea. 100 is the highest value of any keyword on the common scale in any week. Values can be compared with each other, but they are not search counts.',
  },
  'interest.lede.own': {
    ko: '한국의 주간 검색 관심도입니다. 100은 각 키워드의 최댓값이므로 서로 다른 키워드의 선을 비교할 수 없습니다. 값은 검색 횟수가 아닙니다.',
    en: 'Weekly search interest in Korea. 100 is the highest value of each keyword by itself, so lines of different keywords cannot be compared with each other. Values are not search counts.',
  },
  'interest.weeks.own': {
    ko: '주간 관심도(각 키워드의 최댓값 = 100)',
    en: 'Interest by week (highest value of each keyword = 100)',
  },
  'interest.weeks.apart': {
    ko: '서로 다른 키워드의 선을 비교할 수 없습니다.',
    en: 'Lines of different keywords cannot be compared with each other.',
  },
  'interest.share.title': { ko: '키워드별 평균 비중', en: 'Average share by keyword' },
  'interest.share.left': { ko: '키워드마다 척도가 달라', en: 'The keywords have no common scale' },
  'interest.unknown': {
    ko: '주소의 검색어 {terms}에 해당하는 데이터가 없습니다.',
    en: 'There are no figures for {terms}, which the address asks for.',
  },
  'interest.week': { ko: '주', en: 'Week' },
  'interest.keyword': { ko: '키워드', en: 'Keyword' },
  'interest.mean': { ko: '평균 관심도', en: 'Mean interest' },
  'interest.share': { ko: '비중', en: 'Share' },
  'interest.weeks': { ko: '주 수', en: 'Weeks' },
  'interest.weeks.n': { ko: '{n}주', en: '{n} {n|week|weeks}' },
  'interest.source': { ko: '{of}(대한민국)', en: '{of} (Korea)' },
  'interest.source.naver': { ko: '네이버 데이터랩', en: 'Naver DataLab' },
  'interest.source.csv': { ko: 'CSV 파일', en: 'CSV file' },
} as const satisfies Messages;
