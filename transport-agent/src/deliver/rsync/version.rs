//! Which rsync this machine has.

use crate::deliver::child::{bare, talk};

/// Oldest version that escapes what it passes to a remote shell.
const OLDEST: (u32, u32, u32) = (3, 2, 4);

/// Refuses an rsync that is too old, or is not there.
pub(super) async fn check() -> Result<(), String> {
    let mut command = bare("rsync");
    command.arg("--version");
    match talk(command, None).await {
        Ok(child) => check_version(&child.said),
        Err(error) => Err(format!("rsync does not start: {error}")),
    }
}

fn check_version(said: &str) -> Result<(), String> {
    let number = said.split_whitespace().skip_while(|word| *word != "version").nth(1);
    let numbers: Vec<u32> = number
        .unwrap_or_default()
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|part| part.parse().ok())
        .collect();
    match numbers[..] {
        [major, minor, patch, ..] if (major, minor, patch) >= OLDEST => Ok(()),
        _ => Err(format!("rsync 3.2.4 or newer is needed, and this is {number:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_do_not_escape_are_refused() {
        for good in ["rsync  version 3.2.4  protocol version 31", "rsync  version v3.5.0-dev x"] {
            assert_eq!(check_version(good), Ok(()), "{good}");
        }
        for bad in
            ["rsync  version 3.2.3  protocol version 31", "openrsync: protocol version 29", ""]
        {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }
}
