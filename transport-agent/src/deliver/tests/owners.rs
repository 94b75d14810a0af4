//! Mails to owners: once, with links, the same each time, and never for ever.

use std::collections::VecDeque;

use fabric::link::{Keys, Signer};
use proto::owner_mail::{OwnerMail, OwnerMailSent};
use proto::people::User;
use proto::run::State;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::*;

/// A mail server that answers each mail by the next of these, and then takes all; what it was sent.
async fn serving(answers: &[&str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("smtp://{}", listener.local_addr().unwrap());
    let mails = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&mails);
    let mut answers: VecDeque<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
    tokio::spawn(async move {
        while let Ok((talk, _)) = listener.accept().await {
            converse(talk, &mut answers, &seen).await;
        }
    });
    (server, mails)
}

/// One conversation.
async fn converse(talk: TcpStream, answers: &mut VecDeque<String>, seen: &Mutex<Vec<String>>) {
    let mut talk = BufReader::new(talk);
    talk.write_all(b"220 here\r\n").await.unwrap();
    let (mut line, mut mail): (String, Option<String>) = (String::new(), None);
    while talk.read_line(&mut line).await.unwrap_or(0) > 0 {
        let answer = match (&mut mail, line.trim_end()) {
            (Some(text), ".") => {
                seen.lock().unwrap().push(std::mem::take(text));
                mail = None;
                answers.pop_front().unwrap_or_else(|| "250 taken".to_owned())
            }
            (Some(text), _) => {
                text.push_str(&line);
                String::new()
            }
            (None, "DATA") => {
                mail = Some(String::new());
                "354 go on".to_owned()
            }
            (None, _) => "250 well".to_owned(),
        };
        line.clear();
        if !answer.is_empty() && talk.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// An agent with a mail server, and a mail to Ann that waits; she reads German.
async fn scene(server: &str) -> (Scene, OwnerMail) {
    let mut scene = Scene::new(&json!({"type": "download"}), &Value::Null).await;
    scene.delivery().link().await.unwrap();
    let keys = Keys::new(vec![vec![1; 32]]).unwrap();
    let links = Some(Signer { base_url: "https://example.org/".parse().unwrap(), keys });
    let usual = settings(scene.folder.path().join("scratch"));
    let language = Some("de".to_owned());
    let ann = User { email: "ann@example.org".to_owned(), language, name: None };
    let people = People { users: [("ann".to_owned(), ann)].into(), ..People::default() };
    let mailer = Some(Arc::new(mailer(server)));
    scene.agent.settings = Arc::new(Settings { links, mailer, people, ..usual });
    let at = Timestamp::UNIX_EPOCH;
    let mail = OwnerMail {
        run: run(),
        at,
        owner: "ann".to_owned().try_into().unwrap(),
        name: "x".to_owned(),
        number: 7,
        instance: "Museum".to_owned(),
        state: State::DoneWithWarnings,
        records: 2,
        warnings: 1,
        troubles: vec!["it does not want it".to_owned()],
        downloads: vec![0],
        attempts: 0,
        due: at,
    };
    let head = Key::head(mail.run.export);
    scene.agent.store.put_if_absent(&head, "{}".into()).await.unwrap();
    record::create(&*scene.agent.store, &mail.key(), &mail).await.unwrap();
    (scene, mail)
}

async fn send_due(scene: &Scene) {
    scene.agent.mail_due_owners(&CancellationToken::new()).await.unwrap();
}

/// The mail that waits.
async fn waiting(scene: &Scene, mail: &OwnerMail) -> Option<OwnerMail> {
    record::find(&*scene.agent.store, &mail.key()).await.unwrap()
}

fn id(text: &str) -> &str {
    text.lines().find(|line| line.starts_with("Message-ID:")).unwrap()
}

#[tokio::test]
async fn an_owner_is_written_to_until_the_server_takes_it_and_then_no_more() {
    let (server, mails) = serving(&["451 not now"]).await;
    let (scene, mail) = scene(&server).await;
    send_due(&scene).await;
    let put_off = waiting(&scene, &mail).await.unwrap();
    assert!(put_off.attempts == 1 && put_off.due > mail.due, "{put_off:?}");
    // Before it is due nothing is sent.
    send_due(&scene).await;
    assert_eq!(mails.lock().unwrap().len(), 1);
    *scene.clock.lock().unwrap() = put_off.due;
    send_due(&scene).await;
    assert_eq!(waiting(&scene, &mail).await, None);
    let key = Key::owner_mail_sent(mail.run, mail.at);
    let sent: OwnerMailSent = record::read(&*scene.agent.store, &key).await.unwrap();
    assert_eq!(
        (sent.recipient.as_str(), sent.subject.as_str()),
        ("user:ann", "x ist fertig, mit Warnungen")
    );
    // As a coordinator leaves it that died and ends the run once more.
    record::create(&*scene.agent.store, &mail.key(), &mail).await.unwrap();
    send_due(&scene).await;
    assert_eq!(waiting(&scene, &mail).await, None);
    let mails = mails.lock().unwrap().clone();
    let [first, second] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(id(first), id(second));
    // Lines are cut where they are encoded.
    let text = second.replace("=\r\n", "");
    assert!(
        text.contains("it does not want it") && text.contains("https://example.org/d/"),
        "{text}"
    );
}

#[tokio::test]
async fn a_mail_that_no_server_takes_is_given_up_after_a_day() {
    let (scene, mail) = scene("smtp://127.0.0.1:9").await;
    let mut tries = 0;
    while let Some(waiting) = waiting(&scene, &mail).await {
        *scene.clock.lock().unwrap() = waiting.due;
        send_due(&scene).await;
        tries += 1;
    }
    let whole = scene.clock.lock().unwrap().duration_since(Timestamp::UNIX_EPOCH);
    let day = Duration::from_hours(24);
    let whole = Duration::try_from(whole).unwrap();
    assert!((day..day + Duration::from_mins(10)).contains(&whole), "{whole:?}");
    assert!(tries > 100, "{tries}");
}

#[tokio::test]
async fn what_a_server_refuses_is_not_sent_again() {
    let (server, mails) = serving(&["550 no"]).await;
    let (scene, mail) = scene(&server).await;
    send_due(&scene).await;
    send_due(&scene).await;
    assert_eq!((waiting(&scene, &mail).await, mails.lock().unwrap().len()), (None, 1));
    let key = Key::owner_mail_sent(mail.run, mail.at);
    assert!(!record::exists(&*scene.agent.store, &key).await.unwrap());
}

#[tokio::test]
async fn whoever_deletes_an_export_hears_no_more_of_it() {
    let (server, mails) = serving(&[]).await;
    let (scene, mail) = scene(&server).await;
    scene.agent.store.delete(&[Key::head(mail.run.export)]).await.unwrap();
    send_due(&scene).await;
    assert!(waiting(&scene, &mail).await.is_none() && mails.lock().unwrap().is_empty());
}
