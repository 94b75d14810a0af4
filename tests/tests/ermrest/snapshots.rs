//! Rows as they were at the time of a snapshot, while they change.

use serde_json::{Value, json};
use tests::Catalog;

use super::asked::Asked;

const IDS: &str = "attribute/pnc:empty_t/RID,x@sort(RID)";

impl Asked {
    fn change(&self, change: impl FnOnce(&mut Catalog) -> anyhow::Result<()>) {
        self.server.change("7", change).unwrap();
    }

    async fn snapshot(&self) -> String {
        let told = self.ask("GET", "/ermrest/catalog/7", &[]).await;
        let document: Value = serde_json::from_slice(&told.body).unwrap();
        document["snaptime"].as_str().unwrap().to_owned()
    }

    async fn rows(&self, name: &str) -> String {
        let uri = format!("/ermrest/catalog/{name}/{IDS}");
        self.ask("GET", &uri, &[("accept", "text/csv")]).await.text()
    }
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was() {
    let asked = Asked::recorded().await;
    let row = |id: &str, x: &str| json!({"RID": id, "x": x}).as_object().cloned().unwrap();
    asked.change(|catalog| catalog.insert("pnc", "empty_t", &row("3A", "one")));
    asked.change(|catalog| catalog.insert("pnc", "empty_t", &row("3B", "two")));
    let before = asked.snapshot().await;
    let changed = json!({"x": "three"}).as_object().cloned().unwrap();
    asked.change(|catalog| catalog.update("pnc", "empty_t", "3A", &changed));
    asked.change(|catalog| catalog.delete("pnc", "empty_t", "3B"));
    asked.change(|catalog| catalog.insert("pnc", "empty_t", &row("3C", "four")));
    assert_eq!(asked.rows("7").await, "RID,x\n3A,three\n3C,four\n");
    assert_eq!(asked.rows(&format!("7@{before}")).await, "RID,x\n3A,one\n3B,two\n");
    let now = asked.snapshot().await;
    assert!(now > before, "{before} {now}");
    assert_eq!(asked.rows(&format!("7@{now}")).await, asked.rows("7").await);
}

#[tokio::test]
async fn tags_change_with_the_rows() {
    let asked = Asked::recorded().await;
    let uri = format!("/ermrest/catalog/7/{IDS}");
    let tag = asked.ask("GET", &uri, &[]).await.headers["etag"].clone();
    let told = asked.ask("GET", &uri, &[("if-none-match", tag.as_str())]).await;
    assert_eq!((told.status, told.body.len()), (304, 0));
    let row = json!({"RID": "3A"}).as_object().cloned().unwrap();
    asked.change(|catalog| catalog.insert("pnc", "empty_t", &row));
    let told = asked.ask("GET", &uri, &[("if-none-match", tag.as_str())]).await;
    assert_eq!(told.status, 200);
    assert_ne!(told.headers["etag"], tag);
}

#[tokio::test]
async fn there_is_nothing_before_the_beginning() {
    let asked = Asked::recorded().await;
    let told = asked.ask("GET", "/ermrest/catalog/7@2-0000-0000/entity/pnc:subject", &[]).await;
    let expected = "Request conflicts with state of server. Detail: Requested catalog revision \
                    \"2-0000-0000\" is prior to any known revision.\n";
    assert_eq!((told.status, told.text().as_str()), (409, expected));
}
