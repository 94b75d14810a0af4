//! Rows with line ends in them, wherever pages and batches begin and end.

use reqwest::Method;
use serde_json::json;

use super::door::{Door, query};

/// Rows, among them some of each kind that is hard to read.
const ROWS: u64 = 1100;

impl Door {
    /// What the catalogue of now answers, as snapshots spell it, at once to a query for CSV.
    async fn at_once(&self, path: &str) -> Vec<u8> {
        let view = self.catalogue.change("7", |catalog| Ok(catalog.snapshot())).unwrap();
        let url = format!("{}/ermrest/catalog/7@{view}{path}", self.catalogue.url);
        let request = self.request(Method::GET, &url, &self.token).header("accept", "text/csv");
        request.send().await.unwrap().bytes().await.unwrap().to_vec()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_with_line_ends_survive_every_border_between_pages() {
    for page_size in [1, 2, 3] {
        let door = Door::with("", &format!("page_size = {page_size}")).await;
        let expected = door.at_once("/entity/pnc:subject@sort(RID)?limit=none").await;
        assert_eq!(expected.len(), 695);
        for paged in [0, 1, 2, 3] {
            let mut one = query("csv", "/entity/pnc:subject", "subject");
            if paged > 0 {
                one["processor_params"]["paged_query"] = json!(true);
                one["processor_params"]["paged_query_size"] = json!(paged);
            }
            let made = door.exported("file", &json!({"catalog": door.catalog(&[one])})).await;
            assert!(made == expected, "pages of {page_size}, asked for by {paged}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_in_many_pages_is_the_table_in_one() {
    let door = Door::with("", "page_size = 7").await;
    door.catalogue.change("7", |catalog| catalog.make("pnc", "big", ROWS)).unwrap();
    let expected = door.at_once("/entity/pnc:big@sort(RID)?limit=none").await;
    let queries = [query("csv", "/entity/pnc:big?limit=none", "big")];
    let made = door.exported("file", &json!({"catalog": door.catalog(&queries)})).await;
    assert!(made == expected, "{} bytes instead of {}", made.len(), expected.len());
}
