// Words of the charts.
import type { Messages } from './language';

export const charts = {
  'unit.postings': { ko: '공고 {n}건', en: '{n} postings' },

  'share.interval': {
    ko: '95% 신뢰구간 {range}',
    en: '95% CI {range}',
  },
  'share.ci': { ko: '95% 신뢰구간', en: '95% CI' },
  'share.n': { ko: 'n = {n}', en: 'n = {n}' },
  'share.rank': { ko: '순위 범위', en: 'Rank range' },
  'share.of': { ko: 'n', en: 'n' },
  'share.none': { ko: '해당 공고 없음', en: 'no postings' },
  'share.small': { ko: '표본 작음', en: 'small sample' },

  'chart.of': { ko: '{title}: {action}', en: '{title}: {action}' },
  'chart.none': { ko: '이 기간에는 수치가 없습니다.', en: 'No figures in this period.' },
  'chart.failed': {
    ko: '그래프를 그리지 못했습니다. 표로는 볼 수 있습니다.',
    en: 'The chart could not be drawn. The table still works.',
  },
  'chart.keys': {
    ko: '화살표 키로 항목을 옮기고, Esc 키로 나갑니다.',
    en: 'Arrow keys move between the entries, Escape leaves.',
  },
  'chart.keys.choose': {
    ko: '화살표 키로 항목을 옮기고, Enter 키로 조건에 넣거나 빼고, Esc 키로 나갑니다.',
    en: 'Arrow keys move between the entries, Enter filters by one or takes the filter back, Escape leaves.',
  },

  'chart.keys.rows': {
    ko: 'Shift+Enter 키로 그 공고 목록을 엽니다.',
    en: 'Shift+Enter opens the list of its postings.',
  },
  'chart.tip': {
    ko: '누르면 이 값으로 거르고, Shift와 함께 누르면 공고 목록을 엽니다',
    en: 'Click to filter, Shift+click for the postings',
  },
  'table.rows': { ko: '{name}: 공고 목록 보기', en: '{name}: show the postings' },

  'cross.distinct': { ko: '중복 없는 공고 수', en: 'Distinct postings' },
  'cross.ticks': {
    ko: '중복 없는 공고 수(세로선과 막대 뒤의 수)',
    en: 'Distinct postings (tick, and figure behind the bar)',
  },
  'cross.share': { ko: '{name} 비율', en: '{name}, share' },
  'cross.interval': { ko: '{name} 95% 신뢰구간', en: '{name}, 95% CI' },

  'flow.period': { ko: '기간', en: 'Period' },
  'flow.measure.opened': { ko: '새로 올라온 공고', en: 'Opened' },
  'flow.measure.closed': { ko: '닫힌 공고', en: 'Closed' },
  'flow.measure.active': { ko: '게시 중인 공고', en: 'Active' },
  'flow.assumed': { ko: '게시 중으로 추정', en: 'Assumed active' },
  'flow.gap': { ko: '수집하지 않은 날', en: 'Not collected' },
  'flow.partial': { ko: '아직 끝나지 않은 기간', en: 'A period that is not over' },
  'flow.gap.days': { ko: '{n}일', en: '{n} days' },

  'map.beside': { ko: '지도에 없는 곳:', en: 'Not on the map:' },
  'map.steps': { ko: '색과 공고 수', en: 'Colours and numbers of postings' },

  'exams.year': { ko: '연도', en: 'Year' },
  'exams.take': { ko: '응시(연한 막대)', en: 'Took it (pale)' },
  'exams.pass': { ko: '합격(진한 막대)', en: 'Passed (dark)' },
  'exams.take.of': { ko: '{name} 응시', en: '{name}, took it' },
  'exams.pass.of': { ko: '{name} 합격', en: '{name}, passed' },
  'exams.rate.of': { ko: '{name} 합격률', en: '{name}, pass rate' },
  'exams.detail': {
    ko: '응시 {take} · 합격 {pass} · {rate}',
    en: '{take} took it · {pass} passed · {rate}',
  },

  'tables.failed': { ko: '표를 불러오지 못했습니다.', en: 'The table could not be loaded.' },

  'share.count': { ko: '공고 수', en: 'Postings' },
  'share.share': { ko: '비율', en: 'Share' },

  'keywords.rank': { ko: '순위', en: 'Rank' },
  'keywords.keyword': { ko: '키워드', en: 'Keyword' },
  'keywords.count': { ko: '공고 수', en: 'Postings' },
  'keywords.share': { ko: '비율', en: 'Share' },
  'keywords.more': { ko: '전체 {n}개 보기', en: 'Show all {n}' },
  'keywords.less': { ko: '{n}개만 보기', en: 'Show {n} only' },
} as const satisfies Messages;
