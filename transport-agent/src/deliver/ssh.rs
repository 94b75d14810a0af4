//! What ssh is told, whoever runs it: to trust the known hosts that are configured and no others, to
//! show the key that is configured and no others, and to ask nobody.

use std::path::{Path, PathBuf};
use std::time::Duration;

use proto::target::path_mistake;

/// The options, or why they cannot be said. `files` are the key and the known hosts. None of the options
/// has a space in it.
pub(super) fn options(files: &[PathBuf; 2], silence: Duration) -> Result<Vec<String>, String> {
    let (key, known_hosts) = (plain(&files[0])?, plain(&files[1])?);
    let seconds = silence.as_secs().max(1);
    let options = [
        "-Fnone".to_owned(),
        "-oBatchMode=yes".to_owned(),
        "-oIdentitiesOnly=yes".to_owned(),
        format!("-oIdentityFile={key}"),
        "-oStrictHostKeyChecking=yes".to_owned(),
        format!("-oUserKnownHostsFile={known_hosts}"),
        "-oGlobalKnownHostsFile=none".to_owned(),
        "-oUpdateHostKeys=no".to_owned(),
        "-oProxyCommand=none".to_owned(),
        "-oPermitLocalCommand=no".to_owned(),
        "-oClearAllForwardings=yes".to_owned(),
        "-oForwardAgent=no".to_owned(),
        format!("-oConnectTimeout={seconds}"),
        format!("-oServerAliveInterval={seconds}"),
        "-oServerAliveCountMax=1".to_owned(),
        "-oLogLevel=ERROR".to_owned(),
    ];
    Ok(options.into())
}

/// A path that ssh reads as it is: it splits at spaces and expands `%`, and so does rsync before it.
fn plain(file: &Path) -> Result<&str, String> {
    let text = file.to_str().unwrap_or_default();
    // The working directory may be part of it, and `.` and `..` lead nowhere else here.
    let names = text.split('/').filter(|name| !matches!(*name, "" | "." | ".."));
    let names = names.collect::<Vec<_>>().join("/");
    if !names.is_empty() && path_mistake(&names).is_none() && !names.contains([' ', '%']) {
        return Ok(text);
    }
    Err(format!("ssh cannot be told of the path {}", file.display()))
}
