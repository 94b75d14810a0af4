//! A table too large to be written down, as a whole and page by page.

use super::asked::Asked;

const COUNT: u64 = 200_000;

async fn large() -> Asked {
    let asked = Asked::recorded().await;
    asked.server.change("7", |catalog| catalog.make("pnc", "big", COUNT)).unwrap();
    asked
}

#[tokio::test]
async fn a_large_table_comes_bit_by_bit() {
    let asked = large().await;
    let headers = [("accept", "application/x-json-stream")];
    let uri = "/ermrest/catalog/7/attribute/pnc:big/RID,i";
    let mut response = asked.begin("GET", uri, &headers).await.unwrap();
    assert!(!response.headers().contains_key("content-length"));
    let (mut lines, mut last) = (0, Vec::new());
    while let Some(bytes) = response.chunk().await.unwrap() {
        lines += bytes.split(|byte| *byte == b'\n').count() - 1;
        last.extend_from_slice(&bytes);
        last.drain(..last.len().saturating_sub(30));
    }
    assert_eq!(lines, usize::try_from(COUNT).unwrap());
    let last = String::from_utf8(last).unwrap();
    assert!(last.ends_with("{\"RID\":\"1-639Z\",\"i\":199999}\n"), "{last}");
}

#[tokio::test]
async fn pages_of_a_large_table_follow_each_other() {
    let asked = large().await;
    let first = asked.csv("attribute/pnc:big/RID,i,f@sort(RID)?limit=2").await.text();
    assert_eq!(first, "RID,i,f\n1-0000,0,0\n1-0001,1,0.125\n");
    let next = asked.csv("attribute/pnc:big/RID@sort(RID)@after(1-0001)?limit=2").await.text();
    assert_eq!(next, "RID\n1-0002\n1-0003\n");
    let last = asked.csv("attribute/pnc:big/RID@sort(RID)@after(1-639Y)?limit=2").await.text();
    assert_eq!(last, "RID\n1-639Z\n");
    let beyond = asked.csv("attribute/pnc:big/RID@sort(RID)@after(1-639Z)?limit=2").await.text();
    assert_eq!(beyond, "RID\n");
    let few = asked.csv("attribute/pnc:big/i::geq::17&i::lt::19/i@sort(i::desc::)").await.text();
    assert_eq!(few, "i\n18\n17\n");
}

#[tokio::test]
async fn some_texts_of_a_large_table_are_hard_to_read() {
    let asked = large().await;
    let told = asked.csv("attribute/pnc:big/i=1013/c0").await.text();
    assert_eq!(told, "c0\n\"c0 of row 00001013 is a plain text\nin two lines\"\n");
    let told = asked.csv("attribute/pnc:big/i=any(1007,1011)/i,c0").await.text();
    assert_eq!(told, "i,c0\n1007,\n1011,\"\"\n");
}

#[tokio::test]
async fn a_large_table_of_files_tells_where_they_are_and_how_they_are_checked() {
    let asked = Asked::recorded().await;
    asked.server.change("7", |catalog| catalog.make("pnc", "image_files", 2)).unwrap();
    let told = asked.csv("attribute/pnc:image_files/bytes=2/uri,filename,md5sum").await.text();
    let file = "/hatrac/made/00000001:1,00000001.bin,00000000000000000000000000000001";
    assert_eq!(told, format!("uri,filename,md5sum\n{file}\n"));
}
