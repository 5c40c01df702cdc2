//! Salaries: mostly a code, sometimes an exact amount with the code of its range, sometimes a code
//! without a name.

use crate::catalog::catalog;
use crate::draw::Draw;
use crate::experience::Experience;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pay {
    /// The name of the code table.
    Named,
    /// The API sends no name for some codes.
    Unnamed,
    /// `연봉 3,600만원`: units of 10,000 won a year.
    Annual(u32),
    /// `월급 230만원`: units of 10,000 won a month.
    Monthly(u32),
    /// `시급 10,320원`: won an hour.
    Hourly(u32),
}

/// Lower bounds, in 10,000 won a year, of the salary codes 4 to 23.
const SALARY_FROM: [u32; 20] = [
    1_400, 1_600, 1_800, 2_000, 2_200, 2_400, 2_600, 2_800, 3_000, 3_200, 3_400, 3_600, 3_800,
    4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000,
];

pub(crate) fn draw(experience: &Experience, draw: &mut Draw) -> (u8, Pay) {
    match draw.below(1_000) {
        0..=549 => (99, Pay::Named),
        550..=819 => (0, Pay::Named),
        820..=969 => {
            let from = 2_400 + i64::from(experience.min) * 350;
            let amount = (draw.between(from, from + 1_600) / 100 * 100).min(9_900) as u32;
            let pay = if draw.chance(0.6) {
                Pay::Annual(amount)
            } else {
                Pay::Named
            };
            (code_of(amount), pay)
        }
        970..=979 => (101, Pay::Unnamed),
        980..=989 => (101, Pay::Monthly(draw.between(206, 320) as u32)),
        990..=992 => (104, Pay::Unnamed),
        993..=995 => (104, Pay::Hourly(draw.between(986, 1_400) as u32 * 10)),
        996..=997 => (98, Pay::Unnamed),
        998 => (103, Pay::Named),
        _ => (105, Pay::Named),
    }
}

/// The code of the range of an amount (10,000 won a year).
fn code_of(amount: u32) -> u8 {
    3 + SALARY_FROM.partition_point(|lower| *lower <= amount) as u8
}

/// The text of the salary; `None` where the API sends no name.
pub(crate) fn name(code: u8, pay: Pay) -> Option<String> {
    match pay {
        Pay::Named => Some(catalog().salary(code).to_owned()),
        Pay::Unnamed => None,
        Pay::Annual(amount) => Some(format!("연봉 {}만원", thousands(amount))),
        Pay::Monthly(amount) => Some(format!("월급 {}만원", thousands(amount))),
        Pay::Hourly(amount) => Some(format!("시급 {}원", thousands(amount))),
    }
}

fn thousands(amount: u32) -> String {
    if amount < 1_000 {
        amount.to_string()
    } else {
        format!("{},{:03}", amount / 1_000, amount % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_thousands_and_the_code_of_their_range() {
        assert_eq!(
            name(101, Pay::Monthly(230)).as_deref(),
            Some("월급 230만원")
        );
        assert_eq!(
            name(15, Pay::Annual(3_600)).as_deref(),
            Some("연봉 3,600만원")
        );
        assert_eq!(
            name(104, Pay::Hourly(10_320)).as_deref(),
            Some("시급 10,320원")
        );
        assert_eq!(name(104, Pay::Unnamed), None);
        assert_eq!(name(17, Pay::Named).as_deref(), Some("4,000~5,000만원"));
        for (amount, code) in [(3_599, 14), (3_600, 15), (4_400, 17), (9_900, 22)] {
            assert_eq!(code_of(amount), code);
        }
    }
}
