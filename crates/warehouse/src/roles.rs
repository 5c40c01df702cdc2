//! `pipeline/roles.toml`: which posting belongs to which role, flattened into `meta.role_rules`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const PATH: &str = "roles.toml";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    roles: BTreeMap<String, Role>,
}

/// A role: its labels, and the patterns that identify its postings. Patterns are SQL `LIKE`
/// patterns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Korean label.
    pub label_ko: String,
    /// English label.
    pub label_en: String,
    /// Names of job-code keywords.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Titles of postings.
    #[serde(default)]
    pub titles: Vec<String>,
    /// Titles, in lower case, of postings whose source has no codes.
    #[serde(default)]
    pub titles_without_codes: Vec<String>,
    /// Roles whose union makes this one; it has no patterns of its own.
    #[serde(default)]
    pub union: Vec<String>,
}

/// Reads the roles by name.
pub fn parse(text: &str) -> Result<BTreeMap<String, Role>> {
    let roles: Roles = toml::from_str(text).map_err(|error| Error::pipeline(PATH, error))?;
    Ok(roles.roles)
}

/// The rules as the CSV of `meta.role_rules (role, target, pattern)`.
pub(crate) fn rules_csv(text: &str) -> Result<Vec<u8>> {
    let mut csv = String::from("role,target,pattern\n");
    for (name, role) in parse(text)? {
        let targets = [
            ("keyword", &role.keywords),
            ("title", &role.titles),
            ("title_without_codes", &role.titles_without_codes),
        ];
        for (target, patterns) in targets {
            for pattern in patterns {
                let quoted = pattern.replace('"', "\"\"");
                csv.push_str(&format!("{name},{target},\"{quoted}\"\n"));
            }
        }
    }
    Ok(csv.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pattern_is_one_rule() {
        let csv = rules_csv(
            "[roles.de]\nlabel_ko = '데이터 엔지니어'\nlabel_en = 'Data engineer'\nkeywords = ['데이터엔지니어']\ntitles = ['%a\"b%']",
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "role,target,pattern\nde,keyword,\"데이터엔지니어\"\nde,title,\"%a\"\"b%\"\n"
        );
    }
}
