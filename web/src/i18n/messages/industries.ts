// The page of industries.
import type { Messages } from './language';

export const industries = {
  'industries.lede': {
    ko: '업종별 데이터 직무 공고입니다. 한 공고가 여러 직무에 속할 수 있으므로 비율은 합산하지 않고 하나씩 비교합니다. 막대나 이름을 클릭하면 필터에 추가됩니다.',
    en: 'Company industries and data roles. A posting can have several roles, so compare shares one by one and do not add them up. Click a bar or name to filter by it.',
  },
  'industries.categories.title': {
    ko: '업종별 데이터 직무',
    en: 'Data roles by industry category',
  },
  'industries.categories.subtitle': {
    ko: '공고 수. 이름 아래 숫자는 해당 업종의 전체 공고 수입니다.',
    en: 'Postings. The number below each name is all postings of the category.',
  },
  'industries.top.title': {
    ko: '공고가 가장 많은 업종의 세부 업종',
    en: 'Industries in the largest category',
  },
  'industries.top.subtitle': {
    ko: '{parent}의 세부 업종별 데이터 직무 공고 수',
    en: 'Data-role postings by industry of “{parent}”',
  },
  'industries.roles.title': { ko: '업종 내 직무 비율', en: 'Roles within each industry' },
  'industries.roles.subtitle': {
    ko: '세부 업종별 데이터 직무 공고를 100%로 본 직무 비율과 95% 신뢰구간',
    en: 'Share of each role in the data-job postings of an industry, with 95% intervals',
  },
  'industries.within.title': {
    ko: '직무 내 업종 비율',
    en: 'Industry categories within each role',
  },
  'industries.within.subtitle': {
    ko: '직무별로 업종을 기재한 공고를 100%로 본 비율과 95% 신뢰구간',
    en: 'Share of each category in the postings of a role that state one, with 95% intervals',
  },
} as const satisfies Messages;
