// Words of the charts.
import type { Messages } from './language';

export const charts = {
  'unit.postings': { ko: '공고 {n}건', en: '{n} {n|posting|postings}' },

  'share.interval': {
    ko: '95% 신뢰구간 {range}',
    en: '95% CI {range}',
  },
  'share.ci': { ko: '95% 신뢰구간', en: '95% CI' },
  'share.n': { ko: '공고 {n}건 기준', en: 'based on {n} {n|posting|postings}' },
  'share.without': { ko: '{of} 미기재 {n}건', en: '{n} {n|states|state} no {of}' },
  'share.stated': {
    ko: '비율은 {of} 기재 공고 기준',
    en: 'shares are of postings that state {of}',
  },
  'share.part': { ko: '공고 {n}건 중 {of}건', en: '{of} of {n} {n|posting|postings}' },
  'share.unstated': { ko: '미기재', en: 'not stated' },
  'share.rank': { ko: '순위 범위', en: 'Rank range' },
  'share.of': { ko: '기준 공고 수', en: 'Based on' },
  'share.none': { ko: '해당 공고 없음', en: 'no postings' },
  'share.outside': { ko: '순위 밖', en: 'outside the top' },
  'share.small': { ko: '표본 작음', en: 'small sample' },

  'chart.of': { ko: '{title}: {action}', en: '{title}: {action}' },
  'chart.failed': {
    ko: '그래프를 그리지 못했습니다. 표로 볼 수 있습니다.',
    en: 'The chart could not be drawn. The table is still available.',
  },
  'chart.keys': {
    ko: '화살표 키로 항목을 이동하고 Esc 키로 나갑니다.',
    en: 'Arrow keys move between items, Escape leaves.',
  },
  'chart.keys.choose': {
    ko: '화살표 키로 항목을 이동하고, Enter 키로 필터를 적용하거나 해제하고, Esc 키로 나갑니다.',
    en: 'Arrow keys move between items, Enter adds or removes the filter, Escape leaves.',
  },

  'chart.keys.rows': {
    ko: 'Shift+Enter 키로 해당 공고 목록을 엽니다.',
    en: 'Shift+Enter opens the list of postings.',
  },
  'chart.tip': {
    ko: '클릭하면 필터 적용, Shift+클릭하면 공고 목록',
    en: 'Click to filter, Shift+click for the postings',
  },
  'table.rows': { ko: '{name}: 공고 목록 보기', en: '{name}: show the postings' },

  'cross.distinct': { ko: '중복 제외 공고 수', en: 'Distinct postings' },
  'cross.ticks': {
    ko: '중복 제외 공고 수(세로선과 막대 옆 숫자)',
    en: 'Distinct postings (tick, and number next to the bar)',
  },
  'cross.of': { ko: '비율 기준 공고 수', en: 'Shares based on' },
  'cross.count': { ko: '{name} 공고 수', en: '{name}, postings' },
  'cross.share': { ko: '{name} 비율', en: '{name}, share' },
  'cross.interval': { ko: '{name} 95% 신뢰구간', en: '{name}, 95% CI' },

  'map.beside': { ko: '지도에 없는 지역:', en: 'Not on the map:' },
  'map.steps': { ko: '색상별 공고 수', en: 'Postings by colour' },

  'share.count': { ko: '공고 수', en: 'Postings' },
  'share.share': { ko: '비율', en: 'Share' },

  'keywords.rank': { ko: '순위', en: 'Rank' },
  'keywords.keyword': { ko: '키워드', en: 'Keyword' },
  'keywords.count': { ko: '공고 수', en: 'Postings' },
  'keywords.share': { ko: '비율', en: 'Share' },
  'keywords.more': { ko: '전체 {n}개 보기', en: 'Show all {n}' },
  'keywords.less': { ko: '{n}개만 보기', en: 'Show {n} only' },
} as const satisfies Messages;
