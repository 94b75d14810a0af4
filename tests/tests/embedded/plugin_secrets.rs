//! Secret options, from a definition to the process of a plugin, by the real binary: nothing on the way keeps or tells them.

use std::process::Command;

use serde_json::json;

use super::desk::Desk;
use super::plugins::{config, definition, lay_down, script};

/// Tells its key wherever it can, and fails.
const TELLING: &str = r#"key=$(printf %s "$first" | sed 's/.*"api_key":"\([^"]*\)".*/\1/')
echo "Bearer $key"
test "$key" = canary-key || exit 3
echo '{"ev":"log","level":"warn","message":"canary-key is old"}' >&4
echo '{"ev":"done","status":"errored","error":"no canary-key"}' >&4"#;

#[tokio::test]
async fn a_secret_option_reaches_the_plugin_and_nothing_that_is_kept_or_shown() {
    let desk = Desk::new();
    lay_down(&desk, 1);
    let folder = script(&desk, "posts", TELLING);
    let marked = json!({"api_key:secret": "canary-key"});
    let named = json!({"api_key": "canary-key"});
    let operators = "secret_options = { posts = [\"api_key\"] }";
    for (name, options, more) in [("marked", marked, ""), ("named", named, operators)] {
        let config = config(&desk, &folder, more);
        let asked = desk.define(&definition("posts", &options)).config(&config).apart(name);
        let ran = asked.run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        ran.assert_said(&["plugin_failed", "no •••"]);
        assert!(!ran.said.contains("canary"), "{}", ran.said);
        let kept = desk.path(name).join("data/store");
        let found = Command::new("grep").args(["-rl", "canary"]).arg(&kept).output().unwrap();
        assert_eq!(found.status.code(), Some(1), "{}", String::from_utf8_lossy(&found.stdout));
    }
}
