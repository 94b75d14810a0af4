//! What FTP servers refuse, and what becomes of it.

use std::fs;

use serde_json::json;
use tests::{FtpServer, Ftps};

use super::desk::Desk;
use super::ftp::{archive, long, of, trusting};

#[tokio::test]
async fn a_wrong_password_ends_the_delivery_by_ftp_and_nobody_is_told_of_it() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    fs::write(&server.password_file, "CANARY-password").unwrap();
    let ask = desk.define(&archive(&desk, &of(&server))).config("[telemetry]\nlog = \"trace\"\n");
    let ran = ask.for_people().run().await;
    assert_eq!(ran.code, 1, "the end of it: {}", ran.said.lines().last().unwrap_or_default());
    let hint = "check user, password_file and security of [targets.far]";
    ran.assert_said(&["[target_refused]", "far does not let export in: 530", hint, "DEBUG"]);
    assert!(!ran.said.contains("CANARY"), "the password is in the log");
    assert_eq!(server.seen().unwrap(), "USER\nPASS\n");
}

#[tokio::test]
async fn a_user_who_may_never_be_let_in_is_told_with_what_to_check() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    server.fail(&["USER 530 Not this one"]).unwrap();
    let ask = desk.define(&archive(&desk, &of(&server))).config("[coordinator]\nattempts = 1\n");
    let ran = ask.for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    let hint = "check user, password_file and security of [targets.far]";
    ran.assert_said(&["[target_unavailable]", "far does not let export in now: 530 Not", hint]);
    assert_eq!(server.seen().unwrap(), "USER\n");
}

#[tokio::test]
async fn a_server_gets_no_password_that_proves_nothing_or_does_not_encrypt() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::encrypted(&desk.path(""), &folder, Ftps::Explicit).await.unwrap();
    let ran = desk.define(&archive(&desk, &of(&server))).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_untrusted]"]);
    assert_eq!(server.seen().unwrap(), "AUTH\n");

    let plain = Desk::new();
    let server = FtpServer::plain(&plain.path(""), &plain.path("there")).await.unwrap();
    let mut target = of(&server);
    target["security"] = json!("tls");
    let ran = plain.define(&archive(&plain, &target)).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    let hint = "check user, password_file and security of [targets.far]";
    ran.assert_said(&["[target_refused]", "AUTH", hint]);
    assert_eq!(server.seen().unwrap(), "AUTH\n");
}

#[tokio::test]
async fn what_an_ftp_server_will_not_take_is_told_with_the_files_name() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    let asked = archive(&desk, &of(&server));
    let once = "[coordinator]\nattempts = 1\n";
    server.fail(&["STOR 552 Exceeded"]).unwrap();
    let ran = desk.define(&asked).apart("full").config(once).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_full]", "552 Exceeded"]);

    server.fail(&["RNTO 553 Not a name\n"]).unwrap();
    let ran = desk.define(&asked).apart("name").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "Out [there].zip: 553 Not a name"]);

    desk.write("there/Out [there].zip/theirs.txt", "theirs");
    let ran = desk.define(&asked).apart("folder").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "Out [there].zip: 550"]);
    assert!(desk.path("there/Out [there].zip/theirs.txt").exists());

    let mut nowhere = of(&server);
    nowhere["path"] = json!("/nowhere");
    let ran = desk.define(&archive(&desk, &nowhere)).apart("nowhere").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "550"]);
}

#[tokio::test]
async fn ftp_targets_and_paths_that_lead_astray_are_refused_by_name() {
    let desk = Desk::new();
    let target = json!({
        "kind": "ftp", "host": "a b", "user": "u\r\nDELE x", "password_file": "p", "silence": "0s",
    });
    let mut asked = archive(&desk, &target);
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/targets/far/host", "/targets/far/user", "/targets/far/silence"]);
    asked["targets"]["far"] =
        json!({"kind": "ftp", "host": "h", "user": "u", "password_file": "p"});
    asked["transports"][0]["path"] = json!("../up");
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transports/0/path", "[invalid_value]"]);
}

#[tokio::test]
async fn a_server_that_is_full_amid_a_file_says_so_by_tls_too() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let server = FtpServer::encrypted(&desk.path(""), &folder, Ftps::Explicit).await.unwrap();
    let mut asked = long(&desk, &of(&server));
    asked["outputs"] = json!([asked["outputs"][1]]);
    // More than waits in a connection that nobody reads from.
    let text = "x".repeat(1000);
    let lines: Vec<String> = (0..10_000).map(|line| format!("{line},{text}\n")).collect();
    desk.write("long.csv", format!("id,text\n{}", lines.concat()));
    server.fail(&["STOR full 200000"]).unwrap();
    let ask = desk.define(&asked).config("[coordinator]\nattempts = 1\n").for_people();
    let ran = trusting(ask, &server).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_full]", "552 Exceeded amid a file"]);
    assert!(!folder.join("flights.csv").exists(), "half of it has its name");
}

#[tokio::test]
async fn what_was_there_stays_where_nothing_may_be_renamed() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    let before = desk.write("there/Out [there].zip", "what was there before");
    server.fail(&["RNFR 550 Not allowed"; 2]).unwrap();
    let ran = desk.define(&archive(&desk, &of(&server))).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "Out [there].zip: 550 Not allowed"]);
    assert_eq!(fs::read_to_string(before).unwrap(), "what was there before");
    assert!(!server.seen().unwrap().contains("DELE"));
}

#[tokio::test]
async fn a_file_whose_length_is_refused_has_not_arrived() {
    let desk = Desk::new();
    let server = FtpServer::plain(&desk.path(""), &desk.path("there")).await.unwrap();
    server.fail(&["SIZE 501 What?"; 3]).unwrap();
    let ask = desk.define(&archive(&desk, &of(&server)));
    let ran = ask.config("[coordinator]\nattempts = 1\n").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_damaged]", "Out [there].zip is not there"]);
}
