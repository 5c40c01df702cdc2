//! Suggestions for misspelt names.

/// The known name that `name` was probably meant to be, regardless of case: the most similar one of
/// which more than half the characters match, or one that begins with `name`, if that has at least
/// three characters. Of several, the first.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    let candidates = known.into_iter().filter_map(|other| {
        let lower = other.to_lowercase();
        let other_length = lower.chars().count();
        let is_beginning = length >= 3 && lower.starts_with(&name);
        // Names of other lengths are not compared: what users type has no length limit.
        let is_comparable = length < 2 * other_length && other_length < 2 * length;
        let likeness = match is_comparable || is_beginning {
            true => strsim::normalized_damerau_levenshtein(&name, &lower),
            false => 0.0,
        };
        (likeness > 0.5 || is_beginning).then_some((likeness, other))
    });
    candidates
        .min_by(|(one, _), (other, _)| other.total_cmp(one))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        let known = ["province", "role", "published_min", "job_type", "역할"];
        for (name, near) in [
            ("provinse", Some("province")),
            ("PROVINCE", Some("province")),
            ("rol", Some("role")),
            ("rloe", Some("role")),
            ("job_typ", Some("job_type")),
            ("pub", Some("published_min")),
            ("pu", None),
            ("", None),
            ("salary", None),
            ("역활할", Some("역할")),
        ] {
            assert_eq!(nearest(name, known), near, "{name}");
        }
        assert_eq!(nearest("role", []), None);
        assert_eq!(nearest(&"role".repeat(10_000), known), None);
        assert_eq!(nearest("cat", ["bat", "hat"]), Some("bat"), "the first");
    }
}
