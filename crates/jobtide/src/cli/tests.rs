use clap::CommandFactory as _;

use super::*;

/// Every command with the words that invoke it, including hidden ones.
fn commands() -> Vec<(String, clap::Command)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), Cli::command())];
    while let Some((words, command)) = open.pop() {
        let inner = command.get_subcommands().cloned();
        open.extend(inner.map(|inner| (format!("{words} {}", inner.get_name()), inner)));
        found.push((format!("jobtide{words}"), command));
    }
    found
}

/// The words of a command line up to a comment or a redirection; quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
            continue;
        }
        let typed = part.split("   ").next().unwrap_or_default();
        let typed = typed.split(['<', '>']).next().unwrap_or_default();
        words.extend(typed.split_whitespace().map(str::to_owned));
        if typed.len() < part.len() {
            break;
        }
    }
    words
}

#[test]
fn every_command_has_examples_that_can_be_typed() {
    let all = commands();
    assert!(all.len() > 20, "{}", all.len());
    for (name, command) in all {
        let help = command.clone().term_width(0).render_long_help().to_string();
        let (_, examples) = help
            .split_once("Examples:\n")
            .unwrap_or_else(|| panic!("`{name}` has no examples: {help}"));
        let mut own = 0;
        for line in examples.lines().take_while(|line| line.starts_with("  ")) {
            let Some(line) = Some(line.trim()).filter(|line| line.starts_with("jobtide ")) else {
                continue;
            };
            if let Err(error) = Cli::try_parse_from(words(line)) {
                panic!("`{line}` of `{name}` is refused: {error}");
            }
            let typed = line.replace(" --log-format json", "");
            own += usize::from(typed.starts_with(&name));
        }
        assert!(own > 0, "`{name}` is in none of its examples: {examples}");
    }
}
