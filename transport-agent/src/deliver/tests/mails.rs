//! When the files are counted that a mail links to.

use fabric::link::{Keys, Signer};
use proto::sealed::SealedTree;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::task::JoinHandle;

use super::*;

/// A mail with links to a tree whose files nobody can list, for the store has none of it.
async fn mail_of_a_tree(mailer: Mailer) -> Scene {
    let mut scene =
        Scene::new(&json!({"type": "email", "to": ["a@example.org"]}), &Value::Null).await;
    let keys = Keys::new(vec![vec![1; 32]]).unwrap();
    let links = Some(Signer { base_url: "https://example.org/".parse().unwrap(), keys });
    let usual = settings(scene.folder.path().join("scratch"));
    scene.agent.settings = Arc::new(Settings { links, mailer: Some(Arc::new(mailer)), ..usual });
    scene.archive.volumes.clear();
    scene.archive.sealed = Some(SealedTree { bundles: 1, bytes: 7, key: None });
    scene
}

/// Where a mail server listens to one conversation in which it takes everything, and what it heard.
async fn listening() -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("smtp://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let mut talk = BufReader::new(listener.accept().await.unwrap().0);
        talk.write_all(b"220 here\r\n").await.unwrap();
        let (mut heard, mut line) = (Vec::new(), String::new());
        while talk.read_line(&mut line).await.unwrap() > 0 {
            heard.push(line.split_whitespace().next().unwrap_or_default().to_owned());
            line.clear();
            talk.write_all(b"250 well\r\n").await.unwrap();
        }
        heard
    });
    (server, heard)
}

#[tokio::test]
async fn files_are_not_counted_for_a_mail_that_no_server_takes() {
    let scene = mail_of_a_tree(mailer("smtp://127.0.0.1:9")).await;
    let failed = email::Email.deliver(&scene.delivery()).await.unwrap_err().verdict();
    let TaskResult::Retry(fault) = failed else { panic!("{failed:?}") };
    assert_eq!(fault.code, Code::MailUnavailable, "{fault}");
}

/// A tree may be listed for longer than a server lets nothing be said.
#[tokio::test]
async fn no_conversation_is_left_open_while_the_files_of_a_tree_are_counted() {
    let (server, heard) = listening().await;
    let scene = mail_of_a_tree(mailer(&server)).await;
    let failed = email::Email.deliver(&scene.delivery()).await.unwrap_err();
    assert!(matches!(failed, AgentError::Store(_)), "{failed}");
    assert_eq!(heard.await.unwrap(), ["EHLO", "EHLO", "QUIT"]);
}
