//! The normal form in which texts are compared.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A text in normal form and its word boundaries, as the gaps between words are removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Normal {
    /// Letters, digits, `+` and `#`.
    pub text: String,
    /// Offsets in `text`, ascending.
    pub begins: Vec<usize>,
}

/// Compatibility composition (NFKC) in lower case; of that the letters, digits, `+` and `#` (`C++`
/// and `C#` are not `C`). Combining marks that do not compose, zero-width and format characters are
/// removed, and so is an `&` between two single letters (`R&D` is not `R`); everything else
/// separates words.
pub fn normal(text: &str) -> Normal {
    let mut normal = Normal::default();
    append(text, &mut normal.text, |place| normal.begins.push(place));
    normal
}

/// Appends the normal form to `out` and reports word boundaries.
pub fn append(text: &str, out: &mut String, mut begins: impl FnMut(usize)) {
    let mut parted = true;
    let mut take = |character: char| {
        // Filler letters are invisible, too.
        if (character.is_alphanumeric() && !is_invisible(character))
            || matches!(character, '+' | '#')
        {
            if parted {
                begins(out.len());
            }
            parted = false;
            if character.is_ascii() {
                out.push(character.to_ascii_lowercase());
            } else {
                // A capital may lower-case to a letter and a combining mark: `İ`.
                let lower = character.to_lowercase();
                out.extend(lower.filter(|character| character.is_alphanumeric()));
            }
        } else if !is_combining_mark(character) && !is_invisible(character) {
            parted = true;
        }
    };
    if text.contains(['&', '＆']) {
        without_joining(text).into_iter().for_each(&mut take);
    // Fast path for nearly every title: ASCII and Hangul syllables are composed already.
    } else if text
        .chars()
        .all(|character| character.is_ascii() || ('가'..='힣').contains(&character))
    {
        text.chars().for_each(&mut take);
    } else {
        text.nfkc().for_each(&mut take);
    }
}

/// The characters of a text, composed, without each `&` that makes one word of two letters.
fn without_joining(text: &str) -> Vec<char> {
    let seen = text.nfkc().filter(|character| !is_invisible(*character));
    let characters: Vec<char> = seen.collect();
    let at = |place: Option<usize>| place.and_then(|place| characters.get(place));
    let is_letter = |place| at(place).is_some_and(char::is_ascii_alphabetic);
    let is_sign = |place| at(place).is_some_and(|character| matches!(character, '+' | '#'));
    let joins = |place: usize| {
        let (before, after) = (place.checked_sub(1), Some(place + 1));
        let (further_before, further_after) = (place.checked_sub(2), Some(place + 2));
        characters[place] == '&'
            && (is_letter(before) && !is_letter(further_before))
            && (is_letter(after) && !is_letter(further_after) && !is_sign(further_after))
    };
    let kept = (0..characters.len()).filter(|place| !joins(*place));
    kept.map(|place| characters[place]).collect()
}

/// Whether a text has any visible character.
pub(crate) fn is_visible(text: &str) -> bool {
    text.chars().any(|character| {
        !character.is_whitespace() && !character.is_control() && !is_invisible(character)
    })
}

/// Whether a text has visible characters but an empty normal form.
pub fn is_unsearchable(text: &str) -> bool {
    is_visible(text) && normal(text).text.is_empty()
}

/// Zero-width and format characters.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_letters_digits_and_two_signs_are_left() {
        let known = [
            ("데이터 엔지니어", "데이터엔지니어", vec![0, 9]),
            (
                "[급구] Data-Engineer (3년↑)",
                "급구dataengineer3년",
                vec![0, 6, 10, 18],
            ),
            ("ＤＡＴＡ　㈜한글", "data주한글", vec![0, 4, 7]),
            ("C++/C#", "c++c#", vec![0, 3]),
            ("R&D, R＆D센터", "rdrd센터", vec![0, 2]),
            ("A&B&C AT&T C&C++", "abcattcc++", vec![0, 3, 5, 6, 7]),
            ("r\u{200B}&d & R & D", "rdrd", vec![0, 2, 3]),
            ("Data&AI 팀&d", "dataai팀d", vec![0, 4, 6, 9]),
            ("<script>", "script", vec![0]),
            // Decomposed Hangul and accents compose; other combining marks are no letters.
            (
                "\u{1112}\u{1161}\u{11AB}글 cafe\u{301}",
                "한글café",
                vec![0, 6],
            ),
            ("a\u{489}b", "ab", vec![0]),
            // Neither bidirectional marks nor zero-width characters separate words.
            ("자\u{200B}바\u{202E}\u{FEFF}!", "자바", vec![0]),
            ("🚀 데이터👩\u{200D}💻팀", "데이터팀", vec![0, 9]),
            ("İstanbul", "istanbul", vec![0]),
            (" \u{2028}·—…", "", vec![]),
            ("\u{3164}자\u{3164}바", "자바", vec![0]),
            ("", "", vec![]),
        ];
        for (text, expected, begins) in known {
            let normal = normal(text);
            assert_eq!(
                (normal.text.as_str(), normal.begins),
                (expected, begins),
                "{text}"
            );
        }
    }
}
