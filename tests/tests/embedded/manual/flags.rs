//! Which commands and flags there are, by the program's own help, and which of them lines of the manual use:
//! `token new` is a command, `token --owner` a flag of a command or of one below it, `--url` one that is the
//! same for all.

use std::collections::BTreeSet;
use std::process::Command;

use tests::binary;

use super::line::words;

/// Flags that are the same for every command that has them, each with the reason: one line is enough.
const EVERYWHERE: &[(&str, &str)] = &[
    ("--help", "of every command"),
    ("--config", "of every command, and read by all that read a configuration"),
    ("--url", "of every command that asks a server"),
    ("--token", "of every command that asks a server"),
    ("--json", "prints what would be told to people, as JSON"),
];

/// All commands and flags.
pub(super) fn offered() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = waiting.pop() {
        let help = help(&command);
        found.extend(flags(&help).into_iter().map(|flag| of(command.first(), flag)));
        for inner in commands(&help) {
            let inner = [command.clone(), vec![inner.to_owned()]].concat();
            found.insert(inner.join(" "));
            waiting.push(inner);
        }
    }
    found
}

/// The commands and flags among `offered` that some lines use.
pub(super) fn shown(lines: &[String], offered: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lines {
        let words = words(line);
        let Some(("longshore", rest)) = words.split_first().map(|(first, rest)| (&**first, rest))
        else {
            continue;
        };
        let (mut command, mut used) = (Vec::<String>::new(), Vec::new());
        for word in rest {
            if word.starts_with("--") {
                used.push(word.split('=').next().unwrap_or_default());
                continue;
            }
            let longer = [command.clone(), vec![word.clone()]].concat();
            if offered.contains(&longer.join(" ")) {
                found.insert(longer.join(" "));
                command = longer;
            }
        }
        found.extend(used.into_iter().map(|flag| of(command.first(), flag)));
    }
    found
}

/// How a flag is called, of a command or of the program.
fn of(command: Option<&String>, flag: &str) -> String {
    match command {
        Some(command) if EVERYWHERE.iter().all(|(same, _)| *same != flag) => {
            format!("{command} {flag}")
        }
        Some(_) | None => flag.to_owned(),
    }
}

/// What `-h` tells, with each flag and command at the beginning of a line.
fn help(command: &[String]) -> String {
    let told = Command::new(binary().unwrap()).args(command).arg("-h").output().unwrap();
    assert!(told.status.success(), "{command:?}: {told:?}");
    String::from_utf8(told.stdout).unwrap()
}

/// The long flags of a help. What is further to the right explains them.
fn flags(help: &str) -> Vec<&str> {
    let is_near = |line: &&str| line.len() - line.trim_start().len() <= 6;
    let begin = help.lines().filter(is_near).map(str::trim_start);
    let of_flags = begin.filter(|line| line.starts_with('-'));
    of_flags.filter_map(|line| line.split(' ').find(|word| word.starts_with("--"))).collect()
}

/// The commands of a help.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let near = listed.filter_map(|line| line.strip_prefix("  "));
    let names =
        near.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != "help").collect()
}
