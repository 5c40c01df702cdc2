// The page of regions.
import type { Messages } from './language';

export const regions = {
  'regions.lede': {
    ko: '근무지별로 집계합니다. 근무지가 여러 곳인 공고는 지역마다 한 번씩 집계합니다. 지도의 색은 범례의 공고 수 구간을 나타냅니다. 지역을 클릭하면 해당 지역의 공고만 표시됩니다.',
    en: 'Counted by place of work. A posting in several places counts once in each. Colours of the map are the ranges of postings in its legend. Click a region to show only its postings.',
  },
  'regions.provinces.title': { ko: '시·도별 공고', en: 'Postings by province' },
  'regions.provinces.subtitle': {
    ko: '필터가 적용된 전체 IT 공고',
    en: 'All matching IT postings',
  },
  'regions.data.title': { ko: '시·도별 데이터 직무', en: 'Data jobs by province' },
  'regions.data.subtitle': {
    ko: '데이터 직무 공고만',
    en: 'Data-job postings only',
  },
  'regions.seoul.title': { ko: '서울 자치구별 공고', en: 'Postings by district of Seoul' },
  'regions.seoul.data.title': {
    ko: '서울 자치구별 데이터 직무',
    en: 'Data jobs by district of Seoul',
  },
  'regions.share.title': {
    ko: '시·도 내 데이터 직무 비율',
    en: 'Share of data jobs within each province',
  },
  'regions.share.subtitle': {
    ko: '시·도별 공고를 100%로 본 비율. 공고가 적은 지역은 우연에 따른 변동이 큽니다.',
    en: 'Each province’s postings are 100%. With few postings, the share varies a lot by chance.',
  },
  'regions.districts.title': { ko: '공고가 많은 시·군·구', en: 'Districts with the most postings' },
  'regions.districts.subtitle': {
    ko: '시·군·구가 있는 공고 기준 비율',
    en: 'Share of postings that name a district',
  },
} as const satisfies Messages;
