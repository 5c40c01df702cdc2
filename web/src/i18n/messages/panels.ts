// What the buttons of the filter bar open, and fields to copy from.
import type { Messages } from './language';

export const panels = {
  'filters.group.posting': { ko: '공고', en: 'Posting' },
  'filters.group.terms': { ko: '지원 자격·고용 형태', en: 'Requirements and employment' },
  'filters.group.company': { ko: '회사', en: 'Company' },
  'filters.group.place': { ko: '근무지', en: 'Place of work' },
  'filters.group.other': { ko: '기타', en: 'Other' },
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
  'filters.period.note': {
    ko: '게시일 기준이며 시작일과 종료일을 포함합니다. 게시일이 없는 공고는 제외됩니다.',
    en: 'By posting date, both days included. Postings without a posting date are excluded.',
  },
  'filters.from': { ko: '시작일', en: 'Start date' },
  'filters.to': { ko: '종료일', en: 'End date' },
  'filters.presets': { ko: '기간 빠른 선택', en: 'Preset date ranges' },
  'filters.preset.days30': { ko: '최근 30일', en: 'Last 30 days' },
  'filters.preset.days90': { ko: '최근 90일', en: 'Last 90 days' },
  'filters.preset.months12': { ko: '최근 12개월', en: 'Last 12 months' },
  'filters.preset.year': { ko: '올해', en: 'This year' },
  'filters.preset.all': { ko: '전체', en: 'All' },
  'compare.what': {
    ko: '필터 하나만 다른 두 결과를 나란히 비교합니다.',
    en: 'Shows two selections side by side that differ in one filter.',
  },
  'compare.by': { ko: '비교 기준', en: 'Compare by' },
  'compare.choose': { ko: '비교할 값을 선택하세요', en: 'select values' },
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
