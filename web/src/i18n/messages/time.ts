// The page of postings over time.
import type { Messages } from './language';

export const time = {
  'time.lede': {
    ko: '공고가 언제 올라오고 닫혔는지, 그날그날 몇 건이 게시 중이었는지 봅니다. 기간을 누르면 그 기간으로 좁혀집니다.',
    en: 'When postings opened and closed, and how many were active. Choosing a period narrows the page to it.',
  },
  'time.title': { ko: '공고의 흐름', en: 'Flow of postings' },
  'time.opened': {
    ko: '기간 안에 올라온 공고의 수',
    en: 'Postings whose posting date lies in the period',
  },
  'time.closed': {
    ko: '기간 안에 마감된 공고의 수',
    en: 'Postings whose closing date lies in the period',
  },
  'time.active': {
    ko: '기간의 마지막 날에 게시 중인 공고의 수. 마감일이 없고 닫힌 것을 본 적이 없는 공고는 점선으로 따로 그렸습니다.',
    en: 'Postings active on the last day of the period. Those without a closing date that nobody has seen end are a dashed line of their own.',
  },
  'time.before': {
    ko: '수집을 시작하기 전에 올라온 공고는 알 수 없습니다. 왼쪽 끝의 낮은 값은 채용이 적었다는 뜻이 아닙니다.',
    en: 'Postings from before collection began are not known: low figures at the left edge do not mean little hiring.',
  },
  'time.gaps': {
    ko: '빗금 친 날은 수집하지 않은 날이라, 그 앞뒤의 오르내림은 시장의 변화가 아닐 수 있습니다.',
    en: 'Hatched days were not collected: ups and downs around them may not be the market’s.',
  },
  'time.measure': { ko: '무엇을', en: 'What' },
  'time.split': { ko: '나누기', en: 'Split' },
  'time.split.all': { ko: '전체', en: 'All' },
  'time.split.role': { ko: '직무별', en: 'By role' },
  'time.grain': { ko: '간격', en: 'Periods' },
  'time.grain.auto': { ko: '자동', en: 'Auto' },
  'time.grain.day': { ko: '일', en: 'Days' },
  'time.grain.week': { ko: '주', en: 'Weeks' },
  'time.grain.month': { ko: '월', en: 'Months' },
  'time.gap': { ko: '수집하지 않은 날', en: 'Not collected' },
} as const satisfies Messages;
