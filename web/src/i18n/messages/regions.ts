// The page of regions.
import type { Messages } from './language';

export const regions = {
  'regions.lede': {
    ko: '근무지를 셉니다. 여러 곳에서 일하는 공고는 곳마다 한 번씩 셉니다. 지도의 색은 한 단계 진해질 때마다 시작하는 공고 수가 앞 단계의 세 배쯤이 되며(적을 때는 한 건씩 늘어남), 지역을 누르면 그곳의 공고만 남습니다.',
    en: 'Places of work; a posting in several places counts once in each. Each step of colour begins at about three times as many postings as the one before, or one more where there are few; choosing a region leaves only its postings.',
  },
  'regions.provinces.title': { ko: '시·도별 공고', en: 'Postings by province' },
  'regions.provinces.subtitle': { ko: '선택한 모든 IT 공고', en: 'All IT postings chosen' },
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
    ko: '시·도 안의 데이터 직무 비율',
    en: 'Data jobs within each province',
  },
  'regions.share.subtitle': {
    ko: '시·도마다 그곳의 공고를 100%로 본 비율. 공고가 적은 곳의 비율은 우연에 크게 흔들립니다.',
    en: 'Each province’s postings are 100%. Where they are few, the share varies much by chance.',
  },
  'regions.districts.title': { ko: '공고가 많은 시·군·구', en: 'Districts with most postings' },
  'regions.districts.subtitle': {
    ko: '시·군·구가 적힌 공고 가운데의 비율',
    en: 'Share among postings that name a district',
  },
} as const satisfies Messages;
