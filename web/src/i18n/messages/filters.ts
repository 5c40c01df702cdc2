// The filter bar, chips, the comparison and the link to a view.
import type { Messages } from './language';

export const filters = {
  'filters.label': { ko: '조건', en: 'Filters' },
  'filters.open': { ko: '조건', en: 'Filters' },
  'filters.open.some': { ko: '조건 ({n})', en: 'Filters ({n})' },
  'filters.done': { ko: '닫기', en: 'Done' },
  'filters.chosen': { ko: '선택한 조건', en: 'Chosen filters' },
  'filters.clear': { ko: '모두 지우기', en: 'Clear all' },
  'filters.remove': { ko: '{of} {value} 지우기', en: 'Remove {of}: {value}' },
  'filters.unknown': { ko: '이 빌드에 없음', en: 'not in this build' },
  'filters.idle': { ko: '이 화면에는 작용하지 않음:', en: 'Not acting on this page:' },
  'filters.hint.marks': {
    ko: '그래프에서 막대나 이름을 누르면 그 값으로 모두 걸러집니다. 위에서 조건을 골라도 됩니다.',
    en: 'Click any bar or name in a chart to filter everything by it, or choose filters above.',
  },
  'filters.hint.list': {
    ko: '목록의 값을 누르거나 위에서 조건을 고르면 해당하는 공고만 남습니다.',
    en: 'Click a value in the list, or choose filters above, to keep only what matches.',
  },
  'filters.hint.period': {
    ko: '공고가 아닌 공개 자료를 보여 주는 화면이라 기간만 작용합니다.',
    en: 'These figures are of public data and not of postings: only the period acts on them.',
  },
  'filters.hint.terms': {
    ko: '공고가 아닌 공개 자료를 보여 주는 화면이라 기간만 작용합니다. 막대를 누르면 그 검색어의 선만 남습니다.',
    en: 'These figures are of public data and not of postings: only the period acts on them. Click a bar to keep the line of that search term.',
  },
  'filters.unread': {
    ko: '주소에 있는 {values} 값은 읽을 수 없어 쓰지 않았습니다.',
    en: 'The address holds {values}, which cannot be read and was left out.',
  },
  'filters.unread.forget': { ko: '주소에서 지우기', en: 'Remove from the address' },
  'filters.term': { ko: '검색어', en: 'Search term' },
  'filters.hint.example': {
    ko: '위에서 고른 조건은 이 화면의 예시에 쓰입니다.',
    en: 'What is chosen above goes into the example on this page.',
  },
  'filters.none': { ko: '모든 공고', en: 'All postings' },
  'filters.any': { ko: '전체', en: 'all' },
  'filters.said': { ko: '{of}: {value}', en: '{of}: {value}' },
  'filters.quoted': { ko: '‘{text}’', en: '“{text}”' },
  'filters.search': { ko: '찾기', en: 'Find' },
  'filters.searchIn': { ko: '{of}에서 찾기', en: 'Find in {of}' },
  'filters.nothing': { ko: '맞는 값이 없습니다.', en: 'No value fits.' },
  'filters.failed': {
    ko: '목록을 불러오지 못했습니다.',
    en: 'The list could not be loaded.',
  },
  'filters.long': {
    ko: '많은 순서로 {n}개까지 보입니다. 찾기로 좁혀 주세요.',
    en: 'The {n} most frequent are listed. Search for others.',
  },
  'filters.text': { ko: '검색어', en: 'Text' },
  'filters.text.label': {
    ko: '제목, 회사, 키워드에서 검색',
    en: 'Search titles, companies and keywords',
  },
  'filters.text.placeholder': { ko: '제목·회사·키워드', en: 'Search' },
  'filters.period': { ko: '기간', en: 'Period' },
  'filters.period.note': {
    ko: '공고를 올린 날 기준, 양 끝 날 포함. 올린 날이 없는 공고는 빠집니다.',
    en: 'By posting date, both days included. Postings without a date drop out.',
  },
  'filters.period.note.tables': {
    ko: '이 기간에 하루라도 걸치는 해와 주를 보여 줍니다.',
    en: 'Shows the years and weeks that have a day in the period.',
  },
  'filters.from': { ko: '첫날', en: 'First day' },
  'filters.to': { ko: '끝날', en: 'Last day' },
  'filters.since': { ko: '{day}부터', en: 'since {day}' },
  'filters.until': { ko: '{day}까지', en: 'until {day}' },
  'filters.presets': { ko: '자주 쓰는 기간', en: 'Usual periods' },
  'filters.preset.days30': { ko: '최근 30일', en: '30 days' },
  'filters.preset.days90': { ko: '최근 90일', en: '90 days' },
  'filters.preset.months12': { ko: '최근 12개월', en: '12 months' },
  'filters.preset.year': { ko: '올해', en: 'This year' },
  'filters.preset.all': { ko: '전체', en: 'All' },

  'compare.label': { ko: '비교', en: 'Compare' },
  'compare.what': {
    ko: '같은 조건에서 한 가지만 다른 공고와 나란히 봅니다.',
    en: 'Side by side with the same selection, different in one thing.',
  },
  'compare.by': { ko: '무엇을 비교할까요', en: 'Compare by' },
  'compare.choose': { ko: '비교할 값을 고르세요', en: 'choose values' },
  'compare.swap': { ko: 'A와 B 바꾸기', en: 'Swap A and B' },
  'compare.stop': { ko: '비교 끝내기', en: 'Stop comparing' },

  'link.title': { ko: '링크', en: 'Link' },
  'link.label': { ko: '지금 보는 화면의 주소', en: 'Link to this view' },
  'link.pin': { ko: '빌드 {build}에 고정', en: 'Pin to build {build}' },
  'link.note': {
    ko: '고정하면 새 빌드가 나와도 같은 수치가 보입니다. 서버는 최근 빌드만 보관합니다.',
    en: 'Pinned, the figures stay the same when newer builds appear. The server keeps recent builds only.',
  },
  'copy.copy': { ko: '복사', en: 'Copy' },
  'copy.done': { ko: '복사했습니다.', en: 'Copied.' },
  'copy.selected': { ko: '선택했습니다. 복사해 주세요.', en: 'Selected: copy it.' },
} as const satisfies Messages;
