// Lines of postings as saved answers have them, made up: each lacks something, none says when it was read,
// no company is named and no application counted. For stores of which not everything is known.
const DAY = 86_400;
const TITLES = ['데이터 엔지니어', '데이터분석 매니저', '머신러닝 연구원', '백엔드 개발자'];
/** What every so many postings lack. */
const LACKING = [
  [3, 'industry'],
  [5, 'location'],
  [7, 'experience-level'],
  [4, 'required-education-level'],
  [6, 'job-code'],
];
/** The first of January 2026. */
const FIRST = 1_767_193_200;

for (let number = 0; number < 120; number += 1) {
  // Most are of the last weeks: what is older is what was left.
  const posted = FIRST + Math.round((1 - ((119 - number) / 119) ** 2) * 200) * DAY;
  const position = {
    title: TITLES[number % TITLES.length],
    industry: { code: '301', name: '솔루션·SI·ERP·CRM' },
    location: { code: number % 2 ? '101010' : '102190', name: '' },
    'job-type': { code: '1', name: '정규직' },
    'job-mid-code': { code: '2', name: 'IT개발·데이터' },
    'job-code': { code: '83', name: '데이터엔지니어' },
    'experience-level': { code: number % 4, min: number % 4 === 2 ? 3 : 0, max: 0 },
    'required-education-level': { code: '8', name: '대학교졸업(4년)이상' },
  };
  for (const [every, field] of LACKING) if (number % every === 1) delete position[field];
  const record = {
    id: `${40_000_000 + number}`,
    active: 1,
    company: { detail: { name: '' } },
    position,
    salary: { code: '0', name: '회사내규에 따름' },
    'posting-timestamp': `${posted}`,
    'modification-timestamp': `${posted}`,
    'expiration-timestamp': `${posted + 30 * DAY}`,
    'close-type':
      number % 10 === 9 ? { code: '3', name: '상시' } : { code: '1', name: '접수마감일' },
    'read-cnt': number % 2 ? '12' : undefined,
  };
  console.log(JSON.stringify(record));
}
