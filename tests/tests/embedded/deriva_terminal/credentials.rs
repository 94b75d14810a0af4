//! Credentials that stand in the configuration itself.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::desk::below;
use super::{Terminal, subjects};

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_configuration_let_in_and_are_written_nowhere() {
    let terminal = Terminal::new().await;
    let (token, password) = (terminal.asked.token.as_str(), "opens everything");
    terminal.asked.server.allow_password("test1", password);
    for (key, secret) in [("token", token), ("oauth2_token", token), ("password", password)] {
        let mut configuration = subjects(&json!({"bag_name": "b", "bag_archiver": "zip"}));
        configuration["catalog"][key] = secret.into();
        if key == "password" {
            configuration["catalog"]["username"] = "test1".into();
        }
        let ran = terminal.of_server(&configuration).apart(key).done().await;
        assert_eq!(ran.text("b/data/subject.csv"), terminal.subjects().await);
        assert!(!ran.said.contains(secret), "{}", ran.said);
        for path in below(&terminal.desk.path(&format!("{key}/data"))) {
            assert!(!holds(&path, secret), "{} holds the {key}", path.display());
        }
    }
    let mut configuration = subjects(&Value::Null);
    configuration["env"]["table"] = "x".into();
    configuration["catalog"]["catalog_id"] = "8".into();
    configuration["catalog"]["token"] = "wrong".into();
    let params = &mut configuration["catalog"]["query_processors"][0]["processor_params"];
    params["query_path"] = "/entity/public:ERMrest_Client?limit=none".into();
    let ran = terminal.of_server(&configuration).apart("wrong").run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["does not open", "come with a new one"]);
}

fn holds(path: &Path, text: &str) -> bool {
    let content = fs::read(path).unwrap_or_default();
    content.windows(text.len()).any(|window| window == text.as_bytes())
}
