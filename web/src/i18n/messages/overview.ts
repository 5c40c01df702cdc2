// The overview.
import type { Messages } from './language';

export const overview = {
  'overview.title': { ko: '데이터·IT 채용 한눈에', en: 'Data and IT hiring at a glance' },
  'overview.lede': {
    ko: '어떤 직무가 얼마나 열려 있고, 신입은 어디에 지원할 수 있으며, 공고는 무엇을 요구하는지 채용 공고를 세어 살펴봅니다.',
    en: 'Which roles are open, where newcomers may apply, and what postings ask for: counted from job postings in Korea.',
  },

  'kpi.postings': { ko: '선택한 공고', en: 'Postings chosen' },
  'kpi.postings.of': { ko: '분석 범위의 {of}건 가운데', en: 'of {of} in scope' },
  'kpi.datajobs': { ko: '데이터 직무 비율', en: 'Data jobs' },
  'kpi.years': { ko: '평균 최소 경력', en: 'Mean minimum years' },
  'kpi.years.experienced': {
    ko: '경력직만 보면 {years}년',
    en: '{years} years among experienced only',
  },
  'kpi.newcomers': { ko: '신입 지원 가능', en: 'Open to newcomers' },
  'kpi.active': { ko: '게시 중인 공고', en: 'Active postings' },
  'kpi.active.assumed': {
    ko: '그 밖에 게시 중으로 추정 {n}건',
    en: 'and {n} assumed active',
  },
  'kpi.through': { ko: '수집 시점', en: 'Collected through' },
  'kpi.through.note': { ko: '{time} 한국 시각', en: '{time} Korean time' },
  'kpi.through.none': { ko: '알 수 없음', en: 'Not known' },

  'overview.experience.title': { ko: '직무별 요구 경력', en: 'Experience asked for, by role' },
  'overview.experience.subtitle': {
    ko: '공고 수, 공고가 많은 직무부터. 한 공고가 여러 직무에 속할 수 있습니다.',
    en: 'Postings, largest role first. A posting can have several roles.',
  },
  'overview.ratio.title': { ko: '데이터 직무의 비중', en: 'Share of data jobs' },
  'overview.ratio.subtitle': {
    ko: '선택한 공고 가운데 데이터 직무가 하나라도 붙은 공고',
    en: 'Chosen postings with at least one data role, and all others',
  },
  'overview.within.title': { ko: '데이터 직무 안의 구성', en: 'Within data jobs' },
  'overview.within.subtitle': {
    ko: '데이터 직무 공고 가운데. 서로 겹치므로 합은 100%를 넘습니다.',
    en: 'Of data-job postings. The roles overlap: the shares add up to more than 100%.',
  },
  'overview.keywords.title': { ko: '가장 많이 쓰인 키워드', en: 'Most used keywords' },
  'overview.keywords.subtitle': {
    ko: '선택한 공고에 키워드가 붙은 수',
    en: 'Postings with the keyword; keywords as the source names them, in Korean',
  },
  'overview.datakeywords.title': { ko: '데이터 직무의 키워드', en: 'Keywords of data jobs' },
  'overview.datakeywords.subtitle': {
    ko: '상위 30개, 직무별. 여러 직무에 속한 공고는 직무마다 셉니다.',
    en: 'Top 30, by role. A posting with several roles counts in each.',
  },
  'overview.roles.title': { ko: '직무별 공고', en: 'Postings by role' },
  'overview.roles.subtitle': {
    ko: '직무가 있는 공고 가운데. 서로 겹칩니다.',
    en: 'Of postings with a role. The roles overlap.',
  },
  'overview.experiences.title': { ko: '경력별 공고', en: 'Postings by experience' },
  'overview.experiences.subtitle': {
    ko: '경력 구분이 적힌 공고 가운데',
    en: 'Of postings that name an experience',
  },
  'overview.education.title': { ko: '학력별 공고', en: 'Postings by education' },
  'overview.education.subtitle': {
    ko: '학력이 적힌 공고 가운데',
    en: 'Of postings that name an education',
  },
  'overview.provinces.title': { ko: '시·도별 공고', en: 'Postings by province' },
  'overview.provinces.subtitle': {
    ko: '근무지가 있는 공고 가운데, 해외는 빼고',
    en: 'Of postings with a place of work, places abroad left out',
  },
  'overview.districts.title': {
    ko: '공고가 많은 시·군·구',
    en: 'Districts with most postings',
  },
  'overview.districts.subtitle': {
    ko: '시·군·구까지 적힌 공고 가운데 상위 8곳',
    en: 'The 8 largest, of postings that name a district',
  },
  'overview.views.title': { ko: '조회가 많은 공고', en: 'Most viewed postings' },
  'overview.applications.title': {
    ko: '지원이 많은 공고',
    en: 'Postings with most applications',
  },

  'notes.title': { ko: '읽는 법', en: 'How to read this' },
  'notes.several': {
    ko: '공고 하나가 여러 직무에 속할 수 있습니다. 직무별 수를 더하면 전체보다 커집니다.',
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
    ko: '신입의 눈으로 봅니다. ‘신입 지원 가능’은 신입, 경력무관, 신입/경력 가운데 최소 경력이 0년인 공고입니다.',
    en: 'Seen from a newcomer’s side: “open to newcomers” are postings for entry level, any experience, or entry and experienced, that ask for no minimum years.',
  },
  'notes.interval': {
    ko: '비율의 구간은 윌슨 95% 신뢰구간입니다. 공고를 더 큰 시장의 표본으로 볼 때의 불확실성이며, 수집에서 빠진 공고는 반영하지 못합니다.',
    en: 'Intervals are 95% Wilson intervals: the uncertainty if the postings are a sample of a larger market. They do not cover postings that were never collected.',
  },
  'notes.small': {
    ko: 'n이 30보다 작으면 ‘표본 작음’이라고 표시합니다.',
    en: 'Below n = 30 a figure is marked “small sample”.',
  },
} as const satisfies Messages;
