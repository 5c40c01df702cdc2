// Postings over time.
import type { Messages } from './language';

export const time = {
  'time.opened': {
    ko: '기간 내 게시된 공고 수',
    en: 'Postings with a posting date in the period',
  },
  'time.closed': {
    ko: '기간 내 마감된 공고 수',
    en: 'Postings with a closing date in the period',
  },
  'time.active': {
    ko: '기간 마지막 날에 진행 중인 공고 수. 마감일이 없고 마감이 확인된 적 없는 공고는 점선으로 따로 표시합니다.',
    en: 'Postings active on the last day of the period. Postings without a closing date that were never seen closed are shown as a dashed line.',
  },
  'time.before': {
    ko: '수집 시작 전에 게시된 공고는 알 수 없습니다. 왼쪽 끝의 낮은 값이 채용이 적었다는 뜻은 아닙니다.',
    en: 'Postings from before collection began are unknown: low figures at the left edge do not mean little hiring.',
  },
  'time.gaps': {
    ko: '빗금은 수집하지 않은 날입니다. 전후의 변동은 시장 변화가 아닐 수 있습니다.',
    en: 'Hatched days were not collected. Changes around them may not reflect the market.',
  },
  'time.doubt.saved': {
    ko: '음영 구간은 저장 파일로만 확인되어 빠진 공고가 있을 수 있습니다. 공고가 없는 날은 0건이 아니라 알 수 없는 날입니다.',
    en: 'Shaded periods are known from saved files only and may lack postings. A day without postings is unknown, not zero.',
  },
  'time.doubt.late': {
    ko: '음영 구간은 7일 넘게 지나 수집해 그때까지 남아 있던 공고만 집계됩니다. 여기서 오르는 선은 채용 증가가 아닐 수 있습니다.',
    en: 'Shaded periods were collected more than 7 days later: only postings still listed then are counted. A line that rises there may not mean more hiring.',
  },
  'time.doubt.thin': {
    ko: '음영 구간은 직전 60일 수집률이 90% 미만이어서 진행 중 공고가 실제보다 적게 집계됩니다.',
    en: 'Shaded periods follow 60 days of which less than 90% was collected: active postings are undercounted.',
  },
  'time.measure': { ko: '지표', en: 'Measure' },
  'time.split': { ko: '분류 기준', en: 'Split by' },
  'time.split.all': { ko: '전체', en: 'All' },
  'time.split.role': { ko: '직무별', en: 'By role' },
  'time.grain': { ko: '집계 단위', en: 'Group by' },
  'time.grain.auto': { ko: '자동', en: 'Auto' },
  'time.grain.day': { ko: '일', en: 'Days' },
  'time.grain.week': { ko: '주', en: 'Weeks' },
  'time.grain.month': { ko: '월', en: 'Months' },
  'time.gap': { ko: '수집하지 않은 날', en: 'Not collected' },

  'flow.period': { ko: '기간', en: 'Period' },
  'flow.measure.opened': { ko: '신규 공고', en: 'New' },
  'flow.measure.closed': { ko: '마감 공고', en: 'Closed' },
  'flow.measure.active': { ko: '진행 중 공고', en: 'Active' },
  'flow.assumed': { ko: '진행 중 추정', en: 'Assumed active' },
  'flow.gap': { ko: '수집하지 않은 날', en: 'Not collected' },
  'flow.partial': { ko: '집계 중인 기간', en: 'Period in progress' },
  'flow.doubt.saved': {
    ko: '저장 파일로만 확인(수집률 알 수 없음)',
    en: 'Saved files only (coverage unknown)',
  },
  'flow.doubt.late': { ko: '7일 넘게 지나 수집', en: 'Collected more than 7 days later' },
  'flow.doubt.thin': {
    ko: '직전 60일 수집률 90% 미만',
    en: 'Less than 90% of the previous 60 days collected',
  },
  'flow.gap.days': { ko: '{n}일', en: '{n} {n|day|days}' },
} as const satisfies Messages;
