//! A run that is taken up again as a whole, as its owner sees it meanwhile.

use std::fs;

use serde_json::{Value, json};
use tests::{Receiver, Reply};

use super::served::Served;

#[tokio::test]
async fn what_was_finished_before_is_shown_while_a_transport_is_tried_again() {
    // Refused first, and left without an answer when it comes again.
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::Status(400, String::new()),
        _ => Reply::Silent,
    })
    .await
    .unwrap();
    let served = Served::start(&format!(
        "[sources.s]\nkind = \"csv\"\npath = \"{{folder}}/s.csv\"\n\
         [targets.api]\nkind = \"http\"\nurl = \"http://127.0.0.1:{}/{{path}}\"\n",
        receiver.port
    ))
    .await;
    fs::write(served.path("s.csv"), "id\n1\n2\n3\n").unwrap();
    let definition = json!({"name": "Sent", "batch_size": 1,
        "outputs": [{"to": "s.csv", "from": "s", "format": "csv"}],
        "transports": [{"type": "http", "target": "api"}]});
    let export = served.export(&definition).await;
    let failed = served.ended(&export, 1).await;
    assert_eq!(failed["faults"][0]["code"], "target_refused", "{failed:#}");
    let retried = served.api.post(&format!("{export}/retry"), &Value::Null).await.unwrap();
    assert_eq!(retried.status, 202, "{:#}", retried.body);
    receiver.saw(2, |_| true).await.unwrap();
    let shown = served.api.get(&format!("{export}/runs/1")).await.unwrap().body;
    assert_eq!((&shown["state"], &shown["ended"]), (&json!("processing"), &Value::Null));
    assert_eq!(shown["finished"], failed["finished"], "{shown:#}");
    assert_eq!(shown["finished"]["batches"], 3);
}
