//! Indentation of SQL steps.

/// The lexical context at the end of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    /// Text in single or a name in double quotes; a doubled quote closes and reopens it.
    Quotes(u8),
    Comment,
}

/// Indents statements. Lines that begin inside quotes are unchanged: white space there is data.
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

/// The context at the end of a line, given the one at its start.
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
    fn lines_inside_quotes_are_unchanged() {
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
