// The figures and notes of the overview.
import type { Messages } from './language';

export const overview = {
  'notes.about': {
    ko: '채용 공고를 집계해 어떤 직무가 열려 있고, 신입은 어디에 지원할 수 있으며, 공고가 무엇을 요구하는지 보여 줍니다.',
    en: 'Which roles are open, where newcomers can apply, and what postings ask for, counted from job postings in Korea.',
  },

  'kpi.postings.of': { ko: '전체 {of}건 중', en: 'of {of} in scope' },
  'kpi.count': { ko: '해당 공고 {n}건', en: '{n} of them' },
  'kpi.years.experienced': {
    ko: '경력직 기준 {years}년',
    en: '{years} years, experienced only',
  },
  'kpi.active.assumed': {
    ko: '별도로 진행 중 추정 {n}건',
    en: 'plus {n} assumed active',
  },
  'kpi.active.coverage': {
    ko: '최근 60일 중 {share}만 수집되어 실제로는 더 많을 수 있습니다.',
    en: 'Only {share} of the last 60 days were collected; there may be more.',
  },
  'kpi.active.saved': {
    ko: '저장 파일 기준이며 수집률은 알 수 없습니다.',
    en: 'From saved files; how much they cover is unknown.',
  },
  'kpi.through': { ko: '데이터 기준일', en: 'Data as of' },
  'kpi.through.note': { ko: '한국 시간 {time}', en: '{time} Korean time' },
  'kpi.through.none': { ko: '알 수 없음', en: 'Unknown' },

  'notes.title': { ko: '참고 사항', en: 'Notes' },
  'notes.several': {
    ko: '한 공고가 여러 직무에 속할 수 있어 직무별 공고 수의 합은 전체보다 큽니다.',
    en: 'A posting can have several roles, so the roles add up to more than the total.',
  },
  'notes.analyst': {
    ko: '데이터 분석가에는 데이터 시각화가 포함됩니다.',
    en: 'Data analyst includes data visualisation.',
  },
  'notes.scientist': {
    ko: '데이터 사이언티스트에는 인공지능, 머신러닝, 딥러닝이 포함됩니다.',
    en: 'Data scientist includes AI, machine learning and deep learning.',
  },
  'notes.newcomer': {
    ko: '신입 구직자 기준입니다. ‘신입 지원 가능’은 신입, 경력무관, 신입/경력 공고 중 최소 경력이 0년인 공고입니다.',
    en: 'For entry-level applicants: “Open to newcomers” means postings for entry level, any experience, or entry or experienced, with a minimum of 0 years.',
  },
  'notes.interval': {
    ko: '비율의 구간은 윌슨 95% 신뢰구간입니다. 공고를 더 큰 시장의 표본으로 볼 때의 불확실성이며, 수집되지 않은 공고는 반영하지 않습니다.',
    en: 'Intervals are 95% Wilson intervals: the uncertainty if the postings are a sample of a larger market. They do not cover postings that were never collected.',
  },
  'notes.small': {
    ko: '공고가 30건 미만이면 ‘표본 작음’으로 표시합니다.',
    en: 'Figures based on fewer than 30 postings are marked “small sample”.',
  },
} as const satisfies Messages;
