// The filter bar, chips, the comparison and the link to a view.
import type { Messages } from './language';

export const filters = {
  'filters.label': { ko: '필터', en: 'Filters' },
  'filters.open': { ko: '필터', en: 'Filters' },
  'filters.open.some': { ko: '필터 ({n})', en: 'Filters ({n})' },
  'filters.done': { ko: '닫기', en: 'Done' },
  'filters.chosen': { ko: '선택한 필터', en: 'Selected filters' },
  'filters.clear': { ko: '전체 초기화', en: 'Clear all' },
  'filters.remove': { ko: '{of} {value} 해제', en: 'Remove {of}: {value}' },
  'filters.unknown': { ko: '이 빌드에 없음', en: 'not in this build' },
  'filters.idle': { ko: '이 화면에 적용되지 않음:', en: 'Not applied on this page:' },
  'filters.hint.marks': {
    ko: '막대나 이름을 클릭하면 전체 화면에 필터가 적용됩니다. 위에서 필터를 선택해도 됩니다.',
    en: 'Click any bar or name in a chart to filter the whole page, or choose filters above.',
  },
  'filters.hint.list': {
    ko: '공고를 클릭하면 상세가 열립니다. 상세의 값이나 위의 필터를 선택하면 해당하는 공고만 표시됩니다.',
    en: 'Click a posting to open it. Choose one of its values or a filter above to show only matching postings.',
  },
  'filters.hint.period': {
    ko: '공고가 아닌 공개 데이터를 보여 주는 화면으로, 기간 필터만 적용됩니다.',
    en: 'These figures come from public data, not from postings: only the date filter applies.',
  },
  'filters.hint.terms': {
    ko: '공고가 아닌 공개 데이터를 보여 주는 화면으로, 기간 필터만 적용됩니다. 막대를 클릭하면 해당 검색어의 선만 표시됩니다.',
    en: 'These figures come from public data, not from postings: only the date filter applies. Click a bar to show only the line of that search term.',
  },
  'filters.unread': {
    ko: '주소의 {values} 값은 읽을 수 없어 적용하지 않았습니다.',
    en: 'The address contains {values}, which cannot be read and is ignored.',
  },
  'filters.unread.forget': { ko: '주소에서 삭제', en: 'Remove from the address' },
  'filters.term': { ko: '검색어', en: 'Search term' },
  'filters.hint.example': {
    ko: '위에서 선택한 필터가 이 화면의 예시에 적용됩니다.',
    en: 'The filters above apply to the example on this page.',
  },
  'filters.none': { ko: '전체 공고', en: 'All postings' },
  'filters.any': { ko: '전체', en: 'all' },
  'filters.said': { ko: '{of}: {value}', en: '{of}: {value}' },
  'filters.quoted': { ko: '‘{text}’', en: '“{text}”' },
  'filters.search': { ko: '검색', en: 'Search' },
  'filters.searchIn': { ko: '{of} 검색', en: 'Search {of}' },
  'filters.nothing': { ko: '일치하는 값이 없습니다.', en: 'No matching values.' },
  'filters.failed': {
    ko: '목록을 불러오지 못했습니다.',
    en: 'The list could not be loaded.',
  },
  'filters.long': {
    ko: '많은 순으로 {n}개까지 표시됩니다. 검색해서 범위를 좁히세요.',
    en: 'The {n} most frequent values are listed. Search to find others.',
  },
  'filters.text': { ko: '검색어', en: 'Text' },
  'filters.text.label': {
    ko: '제목, 회사, 키워드 검색',
    en: 'Search titles, companies and keywords',
  },
  'filters.text.placeholder': { ko: '제목·회사·키워드', en: 'Search' },
  'filters.period': { ko: '기간', en: 'Date' },
  'filters.period.note': {
    ko: '게시일 기준이며 시작일과 종료일을 포함합니다. 게시일이 없는 공고는 제외됩니다.',
    en: 'By posting date, both days included. Postings without a posting date are excluded.',
  },
  'filters.period.note.tables': {
    ko: '선택한 기간에 하루라도 포함되는 연도와 주를 표시합니다.',
    en: 'Shows every year and week with at least one day in the date range.',
  },
  'filters.from': { ko: '시작일', en: 'Start date' },
  'filters.to': { ko: '종료일', en: 'End date' },
  'filters.since': { ko: '{day}부터', en: 'since {day}' },
  'filters.until': { ko: '{day}까지', en: 'until {day}' },
  'filters.presets': { ko: '기간 빠른 선택', en: 'Preset date ranges' },
  'filters.preset.days30': { ko: '최근 30일', en: 'Last 30 days' },
  'filters.preset.days90': { ko: '최근 90일', en: 'Last 90 days' },
  'filters.preset.months12': { ko: '최근 12개월', en: 'Last 12 months' },
  'filters.preset.year': { ko: '올해', en: 'This year' },
  'filters.preset.all': { ko: '전체', en: 'All' },

  'compare.label': { ko: '비교', en: 'Compare' },
  'compare.what': {
    ko: '필터 하나만 다른 두 결과를 나란히 비교합니다.',
    en: 'Shows two selections side by side that differ in one filter.',
  },
  'compare.by': { ko: '비교 기준', en: 'Compare by' },
  'compare.choose': { ko: '비교할 값을 선택하세요', en: 'select values' },
  'compare.swap': { ko: 'A와 B 바꾸기', en: 'Swap A and B' },
  'compare.stop': { ko: '비교 종료', en: 'Stop comparing' },

  'link.title': { ko: '링크', en: 'Link' },
  'link.label': { ko: '현재 화면 링크', en: 'Link to this view' },
  'link.pin': { ko: '빌드 {build}에 고정', en: 'Pin to build {build}' },
  'link.note': {
    ko: '고정하면 새 빌드가 게시되어도 같은 수치가 표시됩니다. 서버는 최근 빌드만 보관합니다.',
    en: 'A pinned link shows the same figures when newer builds are published. The server keeps recent builds only.',
  },
  'copy.copy': { ko: '복사', en: 'Copy' },
  'copy.done': { ko: '복사했습니다.', en: 'Copied.' },
  'copy.selected': { ko: '선택했습니다. 복사해 주세요.', en: 'Selected: copy it.' },
} as const satisfies Messages;
