//! The help must not promise what the parser refuses.

use clap::{Command as Clap, CommandFactory as _, Parser as _};

use super::Cli;

/// The commands without subcommands.
fn leaves<'a>(command: &'a Clap, path: &str, found: &mut Vec<(String, &'a Clap)>) {
    let path = format!("{path} {}", command.get_name());
    if command.get_subcommands().next().is_none() {
        found.push((path.clone(), command));
    }
    for child in command.get_subcommands() {
        leaves(child, &path, found);
    }
}

/// Splits a command line as a shell would, as far as the examples go: double quotes, and nothing after `>`.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" > ").next().unwrap_or_default();
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_command_shows_an_example_that_can_be_typed() {
    let root = Cli::command();
    let mut found = Vec::new();
    leaves(&root, "", &mut found);
    assert!(found.len() >= 16, "{} commands", found.len());
    for (path, command) in found {
        let help = command.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let examples: Vec<_> = help
            .lines()
            .filter(|line| line.starts_with("  berth "))
            .collect();
        assert!(!examples.is_empty(), "{path} has no example");
        for example in examples {
            assert!(
                example.contains(path.trim()),
                "{example} is not an example of {path}"
            );
            Cli::try_parse_from(words(example)).expect(example);
        }
    }
}

#[test]
fn the_arguments_are_sound() {
    Cli::command().debug_assert();
}
