// The page of certificates.
import type { Messages } from './language';

export const certificates = {
  'certificates.lede': {
    ko: '데이터와 IT 직무에서 자주 찾는 자격증의 응시자와 합격자를 해마다 견줍니다. 연한 막대가 응시자, 그 안의 진한 막대가 합격자입니다.',
    en: 'Takers and passes, year by year, of certificates that data and IT jobs often ask for. The pale column are the takers, the dark one in it those who passed.',
  },
  'certificates.entry': { ko: '입문 단계 자격증', en: 'Entry level' },
  'certificates.entry.what': {
    ko: '리눅스마스터 2급, ADsP, SQLD의 최종 단계',
    en: 'Linux Master 2, ADsP and SQLD, final stage',
  },
  'certificates.upper': { ko: '상위 단계 자격증', en: 'Upper level' },
  'certificates.upper.what': {
    ko: '리눅스마스터 1급, ADP, SQLP의 최종 단계',
    en: 'Linux Master 1, ADP and SQLP, final stage',
  },
  'certificates.state': { ko: '국가기술자격', en: 'National certificates' },
  'certificates.state.what.written': {
    ko: '정보처리기사와 빅데이터분석기사의 필기. 필기에 붙었다고 자격증을 받는 것은 아닙니다.',
    en: 'Engineers of information processing and of big data analysis, written part. Passing it does not make a holder.',
  },
  'certificates.state.what.practical': {
    ko: '정보처리기사와 빅데이터분석기사의 실기. 합격자가 자격증을 받습니다.',
    en: 'Engineers of information processing and of big data analysis, practical part: those who pass hold the certificate.',
  },
  'certificates.other': { ko: '그 밖의 자격증', en: 'Further certificates' },
  'certificates.other.what': { ko: '최종 단계', en: 'Final stage' },
  'certificates.rate': { ko: '{name}: 합격률', en: '{name}: pass rates' },
  'certificates.rate.what': {
    ko: '응시자 가운데 합격자의 비율. 세는 기준이 바뀐 해에서 선이 끊깁니다.',
    en: 'Passes among takers. A line breaks where other people are counted from that year on.',
  },
  'certificates.stage': { ko: '단계', en: 'Stage' },
  'certificates.stage.written': { ko: '필기', en: 'Written' },
  'certificates.stage.practical': { ko: '실기', en: 'Practical' },
  'certificates.break': {
    ko: '{name}: {year}년부터 세는 기준이 달라 그 앞과 견줄 수 없습니다.',
    en: '{name}: from {year} on other people are counted; not comparable with the years before.',
  },
  'certificates.from': { ko: '자료: {names}', en: 'Source: {names}' },
  'certificates.from.team_report_2023': {
    ko: '2023년 팀 보고서의 그래프',
    en: 'charts of a team report of 2023',
  },
  'certificates.from.kosis_2019_2023': {
    ko: 'KOSIS 국가기술자격통계',
    en: 'KOSIS, statistics of national technical qualifications',
  },
  'certificates.from.secondary_2022_2024': {
    ko: '2차 자료 모음(2022–2024)',
    en: 'a secondary collection (2022–2024)',
  },
  'certificates.source': {
    ko: '출처와 신뢰도는 표 visual_tables.certifications의 source, confidence 열에 해마다 적혀 있습니다.',
    en: 'The columns source and confidence of the table visual_tables.certifications name both for each figure.',
  },
  'cert.linux2': { ko: '리눅스마스터 2급', en: 'Linux Master 2' },
  'cert.linux1': { ko: '리눅스마스터 1급', en: 'Linux Master 1' },
  'cert.adsp': { ko: 'ADsP', en: 'ADsP' },
  'cert.adp': { ko: 'ADP', en: 'ADP' },
  'cert.sqld': { ko: 'SQLD', en: 'SQLD' },
  'cert.sqlp': { ko: 'SQLP', en: 'SQLP' },
  'cert.gisa_info': { ko: '정보처리기사', en: 'Information processing' },
  'cert.gisa_bigdata': { ko: '빅데이터분석기사', en: 'Big data analysis' },
} as const satisfies Messages;
