// The page of certificates.
import type { Messages } from './language';

export const certificates = {
  'certificates.lede': {
    ko: '데이터·IT 직무에서 자주 찾는 자격증의 연도별 응시자와 합격자입니다. 연한 막대가 응시자, 그 안의 진한 막대가 합격자입니다.',
    en: 'Test-takers and passes by year, for certificates that data and IT jobs often ask for. The light bar shows test-takers, the dark bar inside it those who passed.',
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
    ko: '정보처리기사·빅데이터분석기사 필기. 필기 합격만으로는 자격증을 취득할 수 없습니다.',
    en: 'Engineer Information Processing and Engineer Big Data Analysis, written exam. Passing the written exam alone does not earn the certificate.',
  },
  'certificates.state.what.practical': {
    ko: '정보처리기사·빅데이터분석기사 실기. 실기에 합격하면 자격증을 취득합니다.',
    en: 'Engineer Information Processing and Engineer Big Data Analysis, practical exam. Passing it earns the certificate.',
  },
  'certificates.other': { ko: '기타 자격증', en: 'Other certificates' },
  'certificates.other.what': { ko: '최종 단계', en: 'Final stage' },
  'certificates.rate': { ko: '{name} 합격률', en: '{name}: pass rates' },
  'certificates.rate.what': {
    ko: '응시자 대비 합격자 비율. 집계 대상이 바뀐 해에서 선이 끊깁니다.',
    en: 'Share of test-takers who passed. A line breaks in the year in which the group of people counted changes.',
  },
  'certificates.stage': { ko: '단계', en: 'Stage' },
  'certificates.stage.written': { ko: '필기', en: 'Written' },
  'certificates.stage.practical': { ko: '실기', en: 'Practical' },
  'certificates.break': {
    ko: '{name}: {year}년부터 집계 대상이 달라 이전 값과 비교할 수 없습니다.',
    en: '{name}: from {year} a different group of people is counted. Not comparable with earlier years.',
  },
  'certificates.from.team_report_2023': {
    ko: '2023년 팀 보고서 그래프',
    en: 'charts of a 2023 team report',
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
    ko: '연도별 출처와 신뢰도는 테이블 visual_tables.certifications의 source, confidence 열에 있습니다.',
    en: 'The columns source and confidence of the table visual_tables.certifications give both for each figure.',
  },
  'cert.linux2': { ko: '리눅스마스터 2급', en: 'Linux Master 2' },
  'cert.linux1': { ko: '리눅스마스터 1급', en: 'Linux Master 1' },
  'cert.adsp': { ko: 'ADsP', en: 'ADsP' },
  'cert.adp': { ko: 'ADP', en: 'ADP' },
  'cert.sqld': { ko: 'SQLD', en: 'SQLD' },
  'cert.sqlp': { ko: 'SQLP', en: 'SQLP' },
  'cert.gisa_info': { ko: '정보처리기사', en: 'Information Processing' },
  'cert.gisa_bigdata': { ko: '빅데이터분석기사', en: 'Big Data Analysis' },
} as const satisfies Messages;
