//! Templates whose session ends amid their run.

use tests::Trouble;

use super::Terminal;

#[tokio::test(flavor = "multi_thread")]
async fn a_template_whose_session_ended_goes_on_with_the_next_one_and_its_snapshot() {
    let terminal = Terminal::new().await;
    let server = &terminal.asked.server;
    // Behind the documents that the template is read from.
    server.fail_nth(&terminal.snapshot().await, 3, Trouble::Expired);
    let more = ["--template=BDBag", "--json"];
    let ended = terminal.export("7", "pnc:image_files", &more).await;
    assert_eq!(ended.code, 1, "{}", ended.said);
    assert_eq!(ended.result()["faults"][0]["code"], "signed_out", "{}", ended.said);
    server.change("7", |catalog| catalog.delete("pnc", "image_files", "20J")).unwrap();
    terminal.desk.write("cookie", server.sign_in("test1"));
    let ran = terminal.export("7", "pnc:image_files", &more).await;
    ran.assert_said(&["going on with the run that failed"]);
    let rows = ran.text("image_files/data/image_files.csv");
    assert!(rows.contains("\n20J,"), "{rows}");
}
