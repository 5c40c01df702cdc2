//! Invented text: company names and posting titles. None is taken from a real posting; a name that
//! also exists is a coincidence.

use crate::draw::Draw;
use crate::experience::Experience;
use crate::profile::title_roles;

#[rustfmt::skip]
const STEMS: &[&str] = &[
    "누리솔", "해담", "다온누", "빛고을린", "가람터", "미르온", "푸른결", "새나루", "한울림", "도담", "라온재", "마루한", "바른솔", "아라솔", "온새미",
    "이든솔", "초록담", "하늬결", "윤슬", "늘해랑", "그린나래", "두루빛", "모아결", "별하나루", "소담결", "여울목", "은가비", "예그린나", "찬솔빛", "터울",
    "한빛나루", "혜윰", "가온빛", "나래솔", "달보드레", "로운결", "미리내온", "비나리온", "사나래", "시나브온", "아람빛", "에움길", "우리담", "잇다온", "자올",
    "제로마루", "코나래", "큐브담", "트리온결", "파랑솔", "플로담", "하람빛", "헤아림온", "노바결", "디온솔", "렉스담", "모티온", "브릿담", "세온", "오르빛",
];

#[rustfmt::skip]
const TAILS: &[&str] = &[
    "소프트", "시스템즈", "테크", "랩스", "정보기술", "아이티", "네트웍스", "솔루션즈", "커뮤니케이션즈", "디지털", "클라우드", "인포", "이노베이션", "코리아",
    "파트너스", "모빌리티", "로보틱스", "바이오랩", "스튜디오", "컨설팅", "일렉트로닉스", "엔지니어링", "커머스", "에너지솔", "헬스케어", "미디어랩", "게임즈", "산업",
];

#[rustfmt::skip]
const TAGS: &[&str] = &[
    "재택근무 가능", "급구", "주 4.5일", "판교", "본사", "스타트업", "시리즈 B", "상장사", "유연근무", "신규 서비스", "공채", "수시", "리더급", "각 부문", "연구소",
    "역세권", "사옥 보유", "복지 우수", "글로벌 서비스", "강소기업",
];

#[rustfmt::skip]
const CALLS: &[&str] = &[
    "채용", "모집", "채용합니다", "모집합니다", "구합니다", "신규 채용", "공개 채용", "채용 공고", "모십니다", "영입", "상시 채용", "인재 채용",
];

#[rustfmt::skip]
const EXTRAS: &[&str] = &[
    "/ 우수인재 우대", "(인근 거주자 우대)", "- 함께 성장할 분", "★", "(00명)", "(0명)", "외 2개 부문", "\"함께 만들어요\"", "(수습 3개월)",
    "R&D 센터", "<신규 팀>", "[~마감 시까지]", "- 서류 간편 접수",
];

/// A company, with a name derived from its number.
pub(crate) struct Company {
    pub(crate) name: String,
    /// The name without its legal form, for titles.
    pub(crate) short: String,
    /// Ten digits, as in `csn` of the company's address.
    pub(crate) number: u64,
}

impl Company {
    pub(crate) fn new(draw: &mut Draw) -> Self {
        let short = format!("{}{}", draw.pick(STEMS), draw.pick(TAILS));
        let name = match draw.below(10) {
            0..=4 => format!("(주){short}"),
            5..=6 => format!("{short}(주)"),
            7 => format!("주식회사 {short}"),
            8 => format!("(주) {short}"),
            _ => short.clone(),
        };
        Self {
            name,
            short,
            number: 1_000_000_000 + draw.bits() % 8_999_999_999,
        }
    }
}

/// A title for one of `nouns`. By the patterns of the roles it implies data roles within `roles` only,
/// and all of `claim`.
pub(crate) fn title(
    draw: &mut Draw,
    nouns: &[&str],
    company: &str,
    experience: &Experience,
    roles: u8,
    claim: u8,
) -> String {
    let fitting: Vec<&str> = nouns
        .iter()
        .copied()
        .filter(|noun| {
            let claimed = title_roles(noun);
            claimed & !roles == 0 && claim & !claimed == 0
        })
        .collect();
    let noun = *draw.pick(&fitting);
    let call = *draw.pick(CALLS);
    let title = match draw.below(16) {
        0..=3 => format!("{noun} {call}"),
        4..=5 => format!("[{}] {noun} {call}", draw.pick(TAGS)),
        6..=7 => format!("{company} {noun} {call}"),
        8..=9 => format!("[{company}] {noun} {}{call}", level(experience)),
        10..=12 => format!("{noun} {}{call}", level(experience)),
        13 => format!("{noun} {call} {}", draw.pick(EXTRAS)),
        14 => format!("{company} {noun} {call} {}", draw.pick(EXTRAS)),
        _ => noun.to_owned(),
    };
    // A company's name and a noun must not form a role's pattern together.
    if title_roles(&title) == title_roles(noun) {
        title
    } else {
        noun.to_owned()
    }
}

fn level(experience: &Experience) -> String {
    match (experience.code, experience.min, experience.max) {
        (1, ..) => "신입 ".to_owned(),
        (2, 0, _) => "경력 ".to_owned(),
        (2, min, 0) => format!("경력 {min}년 이상 "),
        (2, min, max) => format!("({min}~{max}년) "),
        (3, ..) => "신입/경력 ".to_owned(),
        _ => String::new(),
    }
}
