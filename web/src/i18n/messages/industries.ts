// The page of industries.
import type { Messages } from './language';

export const industries = {
  'industries.lede': {
    ko: '회사의 업종과 데이터 직무를 함께 봅니다. 한 공고가 여러 직무에 속할 수 있어 비율은 서로 더하지 않고 하나씩 견주며, 막대나 이름을 누르면 조건에 들어갑니다.',
    en: 'Industries of the companies, together with the data roles. A posting can have several roles, so shares are compared one by one and not added up; choosing a bar or a name filters by it.',
  },
  'industries.categories.title': {
    ko: '업종별 데이터 직무',
    en: 'Data roles by industry category',
  },
  'industries.categories.subtitle': {
    ko: '공고 수. 이름 밑의 수는 그 업종의 전체 공고입니다.',
    en: 'Postings. The number below a name is all postings of the category.',
  },
  'industries.top.title': { ko: '가장 큰 업종의 세부 업종', en: 'Within the largest category' },
  'industries.top.subtitle': {
    ko: '{parent}의 세부 업종별 데이터 직무 공고 수',
    en: 'Data roles by industry of “{parent}”, in postings',
  },
  'industries.roles.title': { ko: '업종 안의 직무 비율', en: 'Roles within each industry' },
  'industries.roles.subtitle': {
    ko: '세부 업종마다 데이터 직무 공고를 100%로 본 직무별 비율과 95% 신뢰구간',
    en: 'Share of each role among the data jobs of an industry, with 95% intervals',
  },
  'industries.within.title': {
    ko: '직무 안의 업종 비율',
    en: 'Industry categories within each role',
  },
  'industries.within.subtitle': {
    ko: '직무마다 그 직무의 공고를 100%로 본 업종별 비율과 95% 신뢰구간',
    en: 'Share of each category among the postings of a role, with 95% intervals',
  },
} as const satisfies Messages;
