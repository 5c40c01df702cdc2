//! How steps are laid out.

/// What the end of a line lies in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    /// Text in single or a name in double quotes; a doubled quote ends it and begins it anew.
    Quotes(u8),
    Comment,
}

/// Statements moved to the right. Lines that begin between quotes stay: blanks there are data.
pub(super) fn indented(sql: &str) -> String {
    let mut indented = String::with_capacity(sql.len() * 2);
    let mut within = Within::Code;
    for line in sql.trim_end().split_inclusive('\n') {
        if !matches!(within, Within::Quotes(_)) && !line.trim().is_empty() {
            indented.push_str("    ");
        }
        indented.push_str(line);
        within = after(line, within);
    }
    indented
}

/// What a line ends within that begins within something.
fn after(line: &str, mut within: Within) -> Within {
    let mut rest = line.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        let pair = (*first, others.first());
        within = match (within, pair) {
            // The rest of the line may have quotes that open nothing.
            (Within::Code, (b'-', Some(b'-'))) => return Within::Code,
            (Within::Code, (b'/', Some(b'*'))) => {
                rest = &others[1..];
                Within::Comment
            }
            (Within::Comment, (b'*', Some(b'/'))) => {
                rest = &others[1..];
                Within::Code
            }
            (Within::Code, (quote @ (b'\'' | b'"'), _)) => Within::Quotes(quote),
            (Within::Quotes(quote), (end, _)) if quote == end => Within::Code,
            (same, _) => same,
        };
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_between_quotes_stay_as_they_are() {
        let known = [
            ("select 1\n\nfrom x\n", "    select 1\n\n    from x"),
            ("in ('a\nb',\n'c')", "    in ('a\nb',\n    'c')"),
            (
                "in ('a\r\n\n  b''\n')\nor x",
                "    in ('a\r\n\n  b''\n')\n    or x",
            ),
            (
                "as \"it's\n\"\"x\"\nor y",
                "    as \"it's\n\"\"x\"\n    or y",
            ),
            ("-- it's\nx '--\ny'\nz", "    -- it's\n    x '--\ny'\n    z"),
            (
                "/* it's\n/* \" */ x\ny",
                "    /* it's\n    /* \" */ x\n    y",
            ),
            ("", ""),
        ];
        for (sql, expected) in known {
            assert_eq!(indented(sql), expected);
        }
    }
}
