// Where the numbers come from, and what they cannot say.
import type { Messages } from './language';

export const method = {
  'method.title': { ko: '수치는 어디에서 오는가', en: 'Where the numbers come from' },
  'method.lede': {
    ko: '공고가 수집되어 한 칸의 숫자가 되기까지의 모든 단계, 규칙, 검사, 그리고 이 자료로는 말할 수 없는 것.',
    en: 'Every step, rule and check from a collected posting to a figure on the page; and what these data cannot say.',
  },
  'method.contents': { ko: '이 화면의 차례', en: 'On this page' },
  'method.loading': { ko: '정의를 불러오는 중입니다', en: 'Loading the definitions' },
  'method.failed': {
    ko: '표와 규칙의 정의를 불러오지 못했습니다.',
    en: 'The definitions of tables and rules could not be loaded.',
  },
  'method.sql': { ko: 'SQL 보기', en: 'Show the SQL' },
  'method.english': {
    ko: '표와 검사의 설명은 파일에 적힌 그대로 영어입니다.',
    en: 'As written in the files of the pipeline.',
  },

  // The flow
  'method.flow': { ko: '자료의 흐름', en: 'The way of the data' },
  'method.flow.sources': { ko: '출처', en: 'Sources' },
  'method.flow.sources.text': {
    ko: '공개 API에 지난 수집 이후의 공고를 할당량 안에서 묻습니다. 늦게 올라온 공고를 놓치지 않도록 기간을 조금 겹칩니다.',
    en: 'A public API is asked for what appeared since the last collection, within its quota. Periods overlap a little, so that late postings are not missed.',
  },
  'method.flow.landing': { ko: '받은 그대로', en: 'Landing' },
  'method.flow.landing.text': {
    ko: '응답을 한 글자도 바꾸지 않고 압축해 둡니다. 뒤의 모든 것은 여기에서 똑같이 다시 만들 수 있습니다.',
    en: 'Each answer is kept unchanged. Everything after this can be deleted and made again from it, bit for bit.',
  },
  'method.flow.staging': { ko: '형식 맞추기', en: 'Staging' },
  'method.flow.staging.text': {
    ko: '받은 기록마다 한 행, 열과 형식만 맞춥니다. 읽을 수 없는 기록은 버리지 않고 격리해 수를 셉니다.',
    en: 'One row per record as received, with columns and types. Records that cannot be read are set apart and counted, never dropped.',
  },
  'method.flow.external': { ko: '최신 판', en: 'Latest versions' },
  'method.flow.external.text': {
    ko: '공고마다 가장 늦게 수정된 내용 하나를 남깁니다. 예전 파일을 다시 넣어도 새 내용을 덮지 않습니다.',
    en: 'Of each posting the latest version. Landing an old file never overwrites newer content.',
  },
  'method.flow.raw_data': { ko: '분석 범위', en: 'In scope' },
  'method.flow.raw_data.text': {
    ko: '범위 안의 공고(기본값은 정규직)만 골라 코드를 이름으로 바꾸고, 업종·지역·키워드마다 한 행으로 나눕니다.',
    en: 'Postings in scope only (regular employment unless configured otherwise), codes given names, one row per industry, place and keyword.',
  },
  'method.flow.analytic': { ko: '직무', en: 'Roles' },
  'method.flow.analytic.text': {
    ko: '키워드와 제목의 규칙으로 공고에 직무를 붙입니다. 한 공고가 여러 직무를 가질 수 있습니다.',
    en: 'Rules over keywords and titles give postings their roles. A posting can have several.',
  },
  'method.flow.visual_tables': { ko: '답', en: 'Answers' },
  'method.flow.visual_tables.text': {
    ko: '중복 없는 공고를 직무, 지역, 업종, 키워드, 날짜마다 셉니다.',
    en: 'Distinct postings are counted by role, region, industry, keyword and day.',
  },
  'method.flow.publish': { ko: '게시', en: 'Publish' },
  'method.flow.publish.text': {
    ko: '모든 검사를 통과한 빌드만 한꺼번에 게시합니다. 하나라도 실패하면 앞선 빌드가 그대로 남습니다.',
    en: 'Only a build whose checks all passed is published, all at once. If one fails, the build before stays.',
  },
  'method.flow.tables': { ko: '표 {n}개', en: '{n} tables' },

  // What the data cannot say
  'method.limits': { ko: '이 자료로 말할 수 없는 것', en: 'What the data cannot say' },
  'method.limits.lede': {
    ko: '수치를 인용하기 전에 읽어 주세요.',
    en: 'To be read before a figure is quoted.',
  },
  'method.limits.demo': {
    ko: '지금 보이는 것은 시뮬레이터가 만든 데모 데이터입니다. 실제 채용 시장에 대해서는 아무것도 말하지 않습니다.',
    en: 'What is shown now is demo data made by a simulator. It says nothing at all about the real market.',
  },
  'method.limits.source': {
    ko: '출처는 아직 한 곳입니다. 다른 사이트에만 실린 공고, 공개하지 않은 채용, 추천이나 헤드헌팅으로 채운 자리는 들어 있지 않습니다. 한국 채용 시장 전체의 크기로 읽을 수 없습니다.',
    en: 'There is one source so far. Postings that only appeared elsewhere, openings never made public and positions filled by referral are missing. The counts are not the size of the Korean market.',
  },
  'method.limits.hires': {
    ko: '공고는 채용이 아닙니다. 공고 하나로 여러 명을 뽑기도 하고 아무도 뽑지 않기도 합니다. 같은 자리를 새 번호로 다시 올리면 새 공고로 셉니다.',
    en: 'A posting is not a hire. One posting may lead to several hires or to none, and a position posted again under a new number counts anew.',
  },
  'method.limits.employers': {
    ko: '제목, 키워드, 업종, 경력은 회사가 적은 그대로입니다. 눈에 띄려고 붙인 키워드도 있고, 적지 않았다고 필요 없는 기술인 것도 아닙니다. 키워드가 함께 적힌 것이 함께 쓰인다는 뜻은 아닙니다.',
    en: 'Titles, keywords, industries and experience are the employers’ own words. Some keywords are there to be noticed, and a skill that is not named may still be needed. Named together does not mean used together.',
  },
  'method.limits.scope': {
    ko: '수치는 분석 범위 안의 공고만 셉니다. 기본값은 정규직이므로 계약직, 인턴, 프리랜서의 사정은 알 수 없습니다. 무엇을 수집할지도 설정한 검색 조건이 정합니다.',
    en: 'Figures count postings in scope only: by default regular employment, so they do not describe contract, intern or freelance work. The configured search decides what is collected in the first place.',
  },
  'method.limits.roles': {
    ko: '직무는 사람이 읽고 나눈 것이 아니라 규칙이 붙인 것입니다. 다른 이름으로 올라온 데이터 직무는 놓치고, 규칙에 우연히 맞은 공고는 들어옵니다. 직무는 서로 겹치므로 더하면 전체보다 커집니다.',
    en: 'Roles are given by rules, not by people reading each posting. A data job under another name is missed, one that matches by chance is counted. Roles overlap and add up to more than the whole.',
  },
  'method.limits.regions': {
    ko: '여러 지역에 걸친 공고는 지역마다 한 번씩 셉니다. 시·도 전체를 적은 공고는 시·군·구에 나타나지 않습니다. 근무지는 회사가 적은 곳이며 재택 여부는 알 수 없습니다.',
    en: 'A posting in several regions counts once in each. One that names a whole province appears in no district. The place is what the employer wrote; whether one may work from home is not known.',
  },
  'method.limits.experience': {
    ko: '최소 경력은 요구한 하한이지 실제로 뽑힌 사람의 경력이 아닙니다. 평균에는 0년도 들어가며, 경력직만의 평균을 곁에 보입니다. 연봉은 적지 않은 공고가 대부분이라 통계를 내지 않습니다.',
    en: 'Minimum years are what is asked for, not what those who were hired had. Zeros count in the mean; the mean of experienced-only postings stands beside it. Most postings name no salary, so there are no salary figures.',
  },
  'method.limits.counters': {
    ko: '조회와 지원 수는 마지막으로 수집한 때의 값입니다. 오래 열려 있던 공고일수록 크고, 닫힌 뒤에는 바뀌지 않습니다. 사이트 밖의 지원은 들어 있지 않으므로 경쟁률이 아닙니다.',
    en: 'Views and applications are as of the last collection: larger for postings that were open longer, and frozen once they close. Applications made elsewhere are missing, so they are no measure of competition.',
  },
  'method.limits.closing': {
    ko: '마감일은 예고입니다. 마감일이 없는 공고는 닫힌 것을 볼 때까지, 보지 못하면 마지막 수정 뒤 정해진 날수(기본 60일)까지 열려 있다고 가정하고 따로 셉니다. 마감이 곧 충원은 아닙니다.',
    en: 'A closing date is an announcement. Postings without one are assumed open until seen closed, else for a set number of days after their last change (60 by default), and are counted apart. Closed does not mean filled.',
  },
  'method.limits.time': {
    ko: '수집을 시작하기 전이나 쉬던 동안 올라왔다 사라진 공고는 없습니다. 공고 수의 변화에는 시장의 변화와 함께 사이트와 수집의 변화도 섞여 있습니다. 계절을 말하려면 여러 해가 필요합니다.',
    en: 'Postings that came and went before collection began, or while it paused, are missing. A change in postings mixes the market’s change with the site’s and the collection’s. To speak of seasons takes several years.',
  },
  'method.limits.chance': {
    ko: '수백 개의 무리를 견주면 우연히 달라 보이는 것도 나옵니다. 구간은 표본의 불확실성만 말하며, 빠진 공고나 잘못 붙은 직무는 말하지 않습니다. 함께 나타나는 것은 원인이 아닙니다.',
    en: 'Among hundreds of groups some differ by chance. Intervals speak of sampling alone, not of postings that are missing or roles that are wrong. What occurs together is not its cause.',
  },
  'method.limits.interest': {
    ko: '검색 관심도는 검색 횟수가 아니라 함께 뽑은 검색어 가운데 가장 큰 값을 100으로 둔 상대값이며, 그때그때 뽑은 표본입니다. 따로 뽑은 값끼리는 견줄 수 없고, 2022년 1월에 집계 방식이 바뀌었습니다.',
    en: 'Search interest is no count of searches: it is relative to the largest value of the keywords drawn together (100), and each draw is a sample. Separate draws cannot be compared, and the way of counting changed in January 2022.',
  },
  'method.limits.certificates': {
    ko: '자격증 수치는 공표된 표를 옮긴 것으로, 표마다 신뢰 등급(A 정확, B 2차 자료 하나, C 앞선 해와 센 대상이 다름)을 적었습니다. 필기 합격은 취득이 아닙니다. 취득자가 그 일을 한다는 뜻도 아닙니다.',
    en: 'Certificate figures are copied from published tables, each with its trust: A exact, B one secondary source, C counts other people than the years before. Passing the written part makes no holder, and a holder need not work in the field.',
  },
  'method.limits.revisions': {
    ko: '회사는 공고를 고칩니다. 수치는 가장 늦게 받은 내용을 셉니다. 그래서 같은 날짜의 수가 빌드마다 조금 다를 수 있습니다. 인용할 때는 빌드 번호를 함께 적어 주세요.',
    en: 'Employers edit postings, and figures count the latest version received. The figure of one day may therefore differ a little from build to build: quote the number of the build with it.',
  },

  // Roles
  'method.roles': { ko: '직무의 규칙', en: 'The rules of roles' },
  'method.roles.lede': {
    ko: '공고에 붙은 직무 키워드의 이름이나 제목이 아래 무늬 가운데 하나에 맞으면 그 직무입니다. %는 아무 글자나 몇 개든, _는 아무 글자 하나입니다.',
    en: 'A posting has a role when the name of one of its job keywords, or its title, fits one of these patterns. % stands for any text, _ for any one letter.',
  },
  'method.roles.union': { ko: '{roles}의 합집합', en: 'the union of {roles}' },
  'method.roles.keywords': { ko: '키워드 이름', en: 'Keyword names' },
  'method.roles.titles': { ko: '제목', en: 'Titles' },
  'method.roles.titles_without_codes': {
    ko: '코드가 없는 출처의 제목 (소문자로)',
    en: 'Titles, of sources without codes (in lower case)',
  },

  // Dimensions and measures
  'method.measures': { ko: '재는 것', en: 'Measures' },
  'method.measures.lede': {
    ko: '화면에 나오는 수는 모두 이 가운데 하나입니다.',
    en: 'Every figure on the pages is one of these.',
  },
  'method.dimensions': { ko: '나누는 것', en: 'Dimensions' },
  'method.dimensions.lede': {
    ko: '수를 나누고 거르는 기준입니다.',
    en: 'What figures are split and filtered by.',
  },
  'method.dimensions.parent': { ko: '{parent} 아래', en: 'below {parent}' },
  'method.synonyms': { ko: '검색에서 같은 뜻으로 보는 말', en: 'Words that searches take as one' },
  'method.unit.postings': { ko: '공고 수', en: 'postings' },
  'method.unit.percent': { ko: '퍼센트', en: 'percent' },
  'method.unit.years': { ko: '햇수', en: 'years' },

  // Uncertainty
  'method.intervals': { ko: '구간과 순위', en: 'Intervals and ranks' },
  'method.intervals.wilson': {
    ko: '비율에는 윌슨 95% 신뢰구간을 붙입니다. 공고를 더 큰 시장에서 뽑은 표본으로 볼 때, 같은 방법을 되풀이하면 100번 가운데 95번은 참값을 담는 구간입니다.',
    en: 'Shares carry a 95% Wilson interval. If postings are a sample of a larger market, intervals made this way hold the true share 95 times in 100.',
  },
  'method.example': {
    ko: '지금 고른 조건({selection})의 공고 {n}건 가운데 데이터 직무는 {k}건으로 p = {p}, 95% 신뢰구간은 {low}–{high}입니다.',
    en: 'Of the {n} postings of what is chosen now ({selection}), {k} are data jobs: p = {p}, with a 95% interval of {low}–{high}.',
  },
  'method.example.small': { ko: '표본이 작습니다.', en: 'A small sample.' },
  'method.example.none': {
    ko: '지금 고른 조건({selection})에 맞는 공고가 없어 비율도 구간도 없습니다.',
    en: 'No posting is of what is chosen now ({selection}): there is no share and no interval.',
  },
  'method.intervals.why': {
    ko: '흔히 쓰는 p ± 1.96·√(p(1−p)/n)은 n이 작거나 비율이 0이나 100%에 가까우면 너무 좁고 범위를 벗어납니다. 윌슨 구간은 언제나 0과 100% 사이에 있고 작은 n에서도 맞습니다.',
    en: 'The usual p ± 1.96·√(p(1−p)/n) is too narrow for small n, and leaves 0 to 100% for extreme shares. The Wilson interval never does, and holds for small n too.',
  },
  'method.intervals.formula': { ko: '윌슨 구간의 식', en: 'The Wilson interval' },
  'method.intervals.mean': {
    ko: '평균에는 정규 근사의 95% 구간을 붙입니다. 공고의 수에는 구간이 없습니다. 센 것이기 때문입니다.',
    en: 'Means carry a 95% interval by the normal approximation. Numbers of postings have none: they were counted.',
  },
  'method.intervals.small': {
    ko: 'n이 {n}보다 작으면 ‘표본 작음’이라고 적습니다. 이때는 구간이 넓으니 수 자체보다 구간을 읽어 주세요.',
    en: 'Below n = {n} a figure is marked “small sample”. Its interval is wide: read that rather than the figure.',
  },
  'method.intervals.rank': {
    ko: '순위는 하나가 아니라 범위로 보입니다. 구간이 서로 겹치는 무리끼리는 순서를 가릴 수 없으므로, 겹침이 허락하는 가장 높은 순위와 가장 낮은 순위를 함께 적습니다.',
    en: 'Ranks are shown as ranges. Groups whose intervals overlap cannot be put in order, so the best and the worst rank that the overlap allows stand together.',
  },
  'method.intervals.pages': {
    ko: '구간은 서버가 한 번 계산하며, 화면은 다시 계산하지 않습니다.',
    en: 'The server computes intervals once; the pages only show them.',
  },

  'method.gaps': { ko: '빈 기간과 마지막 날', en: 'Gaps and the last day' },
  'method.gaps.hatched': {
    ko: '수집이 온전히 끝나지 않은 날은 시간 그래프에 빗금으로 보입니다. 그 안의 0은 공고가 없다는 뜻이 아니라 알 수 없다는 뜻입니다.',
    en: 'Days that no complete collection covers are hatched in charts over time. A zero inside them means not known, not none.',
  },
  'method.gaps.line': {
    ko: '견줄 수 없는 값 사이에는 선을 잇지 않습니다. 집계 방식이 바뀐 해와 빠진 해에서 선이 끊깁니다.',
    en: 'No line joins values that cannot be compared: it breaks where a way of counting changed and where a year is missing.',
  },
  'method.gaps.last': {
    ko: '마지막 기간은 수집이 끝난 날까지만 셉니다. 아직 다 지나지 않은 주와 달은 낮아 보입니다.',
    en: 'The last period counts up to the last collected day. A week or month that is not over yet looks low.',
  },
  'method.gaps.assumed': {
    ko: '게시 중이라고 가정한 공고는 점선으로 따로 그립니다.',
    en: 'Postings that are only assumed to be open are drawn apart, dashed.',
  },

  // The build
  'method.build': { ko: '지금 빌드의 상태', en: 'The present build' },
  'method.build.facts': {
    ko: '빌드 {build}, {time} 게시, 받은 공고 {n}건.',
    en: 'Build {build}, published {time}, {n} postings received.',
  },
  'method.build.clean': {
    ko: '모든 검사를 통과했고 경고도 없습니다.',
    en: 'All checks passed, without a warning.',
  },
  'method.build.warnings': {
    ko: '모든 필수 검사를 통과했습니다. 다음 경고가 남아 있습니다.',
    en: 'All checks that stop a build passed. These warnings remain.',
  },
  'method.build.rows': { ko: '{n}행', en: '{n} rows' },

  // Tables and checks
  'method.tables': { ko: '모든 표', en: 'Every table' },
  'method.tables.lede': {
    ko: '경로가 곧 이름입니다. 표마다 파일 하나이고, 아래는 그 파일의 내용입니다.',
    en: 'A path is a name: each table is one file, and this is what the files say.',
  },
  'method.tables.search': { ko: '표와 검사에서 찾기', en: 'Search tables and checks' },
  'method.tables.found': {
    ko: '표 {tables}개, 검사 {checks}개',
    en: '{tables} tables, {checks} checks',
  },
  'method.tables.grain': { ko: '한 행을 가리키는 열', en: 'One row per' },
  'method.tables.inputs': { ko: '읽는 표', en: 'Reads' },
  'method.tables.notes': { ko: '알아 둘 것', en: 'Notes' },
  'method.tables.checks': { ko: '행마다 지켜야 할 조건', en: 'What every row must meet' },
  'method.tables.ask': { ko: 'SQL로 묻기', en: 'Ask it in SQL' },
  'method.checks': { ko: '검사', en: 'Checks' },
  'method.checks.lede': {
    ko: '검사는 아무 행도 돌려주지 않아야 하는 질문입니다. 오류 수준에서 행이 나오면 그 빌드는 게시되지 않습니다.',
    en: 'A check is a query that must return nothing. If one of level error returns a row, the build is not published.',
  },
  'method.checks.error': { ko: '오류', en: 'error' },
  'method.checks.warning': { ko: '경고', en: 'warning' },

  // Source and licence
  'method.source': { ko: '출처와 이용 조건', en: 'Source and licence' },
  'method.source.postings': {
    ko: '공고의 내용에 대한 권리는 출처와 공고를 올린 회사에 있습니다. 인용할 때는 출처와 빌드 번호를 밝혀 주세요.',
    en: 'Rights in the postings are with the source and the employers who wrote them. Name the source and the number of the build when you quote figures.',
  },
  'method.source.other': {
    ko: '자격증은 시행 기관과 통계청의 공표 자료, 검색 관심도는 Google 트렌드에서 왔습니다. 어느 값이 어디에서 왔는지는 표에 적혀 있습니다.',
    en: 'Certificates are from what their issuers and Statistics Korea published, search interest from Google Trends. The tables tell which value is from where.',
  },
  'method.source.takedown': {
    ko: '공고를 내려 달라는 요청을 받으면 받은 원본에서부터 모든 표까지 지웁니다.',
    en: 'A posting whose removal is asked for is removed everywhere, from the received originals to the tables.',
  },
  'method.source.licence': {
    ko: 'jobtide 프로그램은 Apache License 2.0으로 공개되어 있습니다. 이 조건은 프로그램의 것이며 자료의 것이 아닙니다.',
    en: 'The program jobtide is under the Apache License 2.0. That is the licence of the program, not of the data.',
  },
} as const satisfies Messages;
