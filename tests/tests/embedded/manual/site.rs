//! Everything that the manual's examples name, really there: files, databases, an API, targets, mails
//! and secrets. What is expensive to start is there only where an example names it.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use age::secrecy::ExposeSecret as _;
use age::x25519;
use proto::key::Key;
use tests::env::{self, S3};
use tests::{
    EasydbServer, ErmrestRecording, ErmrestServer, IDAH_TOKEN, IdahServer, MailServer, Namespace,
    Receiver, Reply, Security, free_port,
};

use super::super::desk::{Desk, below};
use super::super::material::scenario;
use super::block::Block;
use super::configuration::{configurations, laid};
use super::here::Here;
use super::left::{Keys, Left};
use super::targets::{Targets, secret};
use super::{databases, labels, museum, pages};
use crate::far_bucket;

/// The recipient of the manual's examples.
const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

/// The password of all that ask for one and leave the choice.
pub(super) const PASSWORD: &str = "canary-password";

/// The place.
pub(super) struct Site {
    pub(super) desk: Desk,
    pub(super) keys: Keys,
    /// Where the API is of a server with this configuration.
    pub(super) url: String,
    here: Here,
    targets: Targets,
    pub(super) server: S3,
    pub(super) namespace: Namespace,
    mails: MailServer,
    /// Takes what is sent by HTTP: records, files, notices, traces.
    pub(super) receiver: Receiver,
    /// The status that it answers.
    pub(super) answers: Arc<AtomicU16>,
    /// How many examples were run, and how many mails and requests belong to those.
    told: Cell<(usize, usize, usize)>,
    _api: Receiver,
    _easydb: Option<EasydbServer>,
    _deriva: Option<ErmrestServer>,
    _idah: Option<IdahServer>,
}

impl Site {
    /// Makes the place for some examples.
    pub(super) async fn prepared(examples: &[Block]) -> Self {
        let text: String = examples.iter().map(|example| example.text.as_str()).collect();
        let desk = Desk::new();
        for path in below(&scenario("manual")) {
            let name = path.strip_prefix(scenario("manual")).unwrap();
            desk.write(&name.display().to_string(), fs::read(&path).unwrap());
        }
        museum::lay_down(&desk);
        labels::lay_down(&desk);
        let (namespace, server) = (Namespace::new(), env::s3().unwrap());
        let identity = x25519::Identity::generate();
        let mails = MailServer::sink(Security::Starttls, 40 << 20).await.unwrap();
        let api = Receiver::start(|request, _| pages::answer(request)).await.unwrap();
        let answers = Arc::new(AtomicU16::new(201));
        let told = Arc::clone(&answers);
        let reply = move || Reply::Status(told.load(Ordering::SeqCst), String::new());
        let receiver = Receiver::start(move |_, _| reply()).await.unwrap();

        let port = free_port().unwrap();
        let url = format!("http://127.0.0.1:{port}/");
        let mut here = folders(&desk);
        here.is(RECIPIENT, &identity.to_public().to_string());
        here.is("https://api.example.org/", &format!("http://127.0.0.1:{}/", api.port));
        here.is("api.example.org:443", &format!("127.0.0.1:{}", api.port));
        for host in ["shop.example.org", "files.example.org", "platform.example.org"] {
            here.is(&format!("https://{host}/"), &format!("http://127.0.0.1:{}/", receiver.port));
        }
        here.is("http://collector:4318", &format!("http://127.0.0.1:{}", receiver.port));
        here.is("smtp://mail.example.org", &format!("smtp://localhost:{}", mails.port()));
        here.is("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        here.is("https://exports.example.org/", &url);
        here.is("0.0.0.0:9090", "127.0.0.1:0");
        buckets(&mut here, &server, namespace.name());
        write_secrets(&desk, &server);
        desk.write("secrets/key.txt", identity.to_string().expose_secret());
        desk.write("etc/mail-authority.pem", fs::read(mails.certificate()).unwrap());
        desk.write("etc/database-ca.pem", fs::read(env::postgres_authority().unwrap()).unwrap());
        let mut easydb = None;
        if text.contains("https://easydb.example.org") {
            let server = EasydbServer::start(&museum::small()).await.unwrap();
            here.is("https://easydb.example.org", &server.url);
            here.is("easydb.example.org:443", server.url.trim_start_matches("http://"));
            easydb = Some(server);
        }
        let mut deriva = None;
        if text.contains("https://deriva.example.org") {
            let (server, token) = ErmrestRecording::read().unwrap().serve().await.unwrap();
            server.allow_password("reader", PASSWORD);
            for name in ["deriva-cookie", "deriva-token"] {
                secret(&desk, name, &token);
            }
            here.is("https://deriva.example.org", &server.url);
            here.is("deriva.example.org:443", server.url.trim_start_matches("http://"));
            deriva = Some(server);
        }
        let mut idah = None;
        if text.contains("https://idah.example.org") {
            let server = IdahServer::start(&desk.path("labels")).await.unwrap();
            secret(&desk, "idah-token", IDAH_TOKEN);
            here.is("https://idah.example.org", &server.url);
            here.is("idah.example.org:443", server.url.trim_start_matches("http://"));
            idah = Some(server);
        }
        let targets = Targets::started(&text, &desk, &mut here).await;
        if text.contains("postgresql://") {
            let besides = text.contains("public.sets").then(|| labels::sql(&desk));
            let url = databases::postgres(&namespace, &besides.unwrap_or_default()).await;
            here.is("postgresql://reader@db.example.org/shop", &url);
        }
        if text.contains("mysql://") {
            here.is("mysql://reader@db.example.org/shop", &databases::mysql(&namespace));
        }
        if text.contains("s3://data/") {
            let bucket = far_bucket::opened(&server, namespace.name()).await;
            for name in ["planes/planes.jsonl", "pictures/moon.png"] {
                let file = name.replace("planes/", "");
                let content = fs::read(desk.path(&file)).unwrap();
                let key = Key::listed(name.to_owned());
                bucket.put_if_absent(&key, content.into()).await.unwrap();
            }
        }

        let keys = Keys { identity, passphrase: PASSWORD.to_owned() };
        let told = Cell::new((0, 0, 0));
        Self {
            desk,
            keys,
            url,
            here,
            server,
            namespace,
            mails,
            receiver,
            answers,
            told,
            targets,
            _api: api,
            _easydb: easydb,
            _deriva: deriva,
            _idah: idah,
        }
    }

    /// What an example is here.
    pub(super) fn put(&self, text: &str) -> String {
        let mut here = self.here.clone();
        here.either("prefix", "\"exports\"", &format!("{:?}", self.prefix()));
        here.put(text)
    }

    /// The configuration of all runs: the examples of the operations manual, laid one over the other,
    /// and the sources that definitions name.
    pub(super) fn config(&self) -> String {
        let sources = fs::read_to_string(scenario("manual/sources.toml")).unwrap();
        let texts = configurations().into_iter().chain([sources]);
        laid(texts.map(|text| self.put(&text))).to_string()
    }

    /// Makes the targets empty before another example.
    pub(super) fn cleared(&self) {
        for (_, folder) in &self.targets.folders {
            for path in below(folder) {
                fs::remove_file(path).unwrap();
            }
        }
        for folder in ["out", "data"] {
            drop(fs::remove_dir_all(self.desk.path(folder)));
        }
        let (examples, _, _) = self.told.get();
        let (mails, requests) = (self.mails.count(), self.receiver.seen().len());
        self.told.set((examples + 1, mails, requests));
    }

    /// Everything that came since then.
    pub(super) async fn left(&self) -> Left {
        let mut left = Left::default();
        left.add_folder("out", &self.desk.path("out"), &self.keys);
        for (host, folder) in &self.targets.folders {
            left.add_folder(host, folder, &self.keys);
        }
        let bucket = self.desk.path(&format!("bucket/{}", self.told.get().0));
        fs::create_dir_all(&bucket).unwrap();
        far_bucket::fetched(&self.server, &self.prefix(), &bucket).await;
        left.add_folder("s3.example.org", &bucket, &self.keys);
        let (_, mails, requests) = self.told.get();
        let attached = self.desk.path("attached");
        let letters = match self.mails.count() {
            count if count > mails => self.mails.letters_opened(&attached).unwrap(),
            _ => Vec::new(),
        };
        for letter in letters.iter().skip(mails) {
            let place = format!("mail/{}", letter.to());
            left.add(format!("{place}/subject"), letter.header("Subject").into());
            left.add(format!("{place}/text"), letter.text("plain").into());
            left.add_folder(&place, &attached.join(letter.text("file")), &self.keys);
        }
        let received = self.receiver.seen().split_off(requests);
        let traces = "/v1/traces";
        let received = received.iter().filter(|request| request.path != traces);
        for (number, request) in received.enumerate() {
            let place = format!("received/{} {} {}", number + 1, request.method, request.path);
            let mut head: Vec<u8> = Vec::new();
            for (name, value) in &request.headers {
                head.extend(format!("{name}: {value}\n").bytes());
            }
            left.add(place, [head, b"\n".to_vec(), request.body.clone()].concat());
        }
        left
    }

    /// Below what the targets in buckets put the files of this example.
    fn prefix(&self) -> String {
        format!("{}/{}", self.namespace.name(), self.told.get().0)
    }
}

/// The folders that examples name, and those here.
fn folders(desk: &Desk) -> Here {
    let mut here = Here::default();
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plugins/python");
    here.is("/etc/longshore/plugins", &plugins.display().to_string());
    here.is("/usr/local/bin/duckdb", &env::venv().join("bin/duckdb").display().to_string());
    for (said, folder) in [
        ("/srv/sources/", ""),
        ("/run/secrets/", "secrets/"),
        ("/etc/longshore/", "etc/"),
        ("/var/lib/longshore/", "scratch/"),
    ] {
        here.is(said, &desk.path(folder).display().to_string());
    }
    for folder in ["scratch/worker", "scratch/agent", "there"] {
        fs::create_dir_all(desk.path(folder)).unwrap();
    }
    here
}

/// The buckets that examples name, all in one of the server's.
fn buckets(here: &mut Here, server: &S3, namespace: &str) {
    here.is("https://s3.example.org", &server.endpoint);
    here.is("eu-central-1", &server.region);
    for bucket in ["\"exports\"", "\"archive\""] {
        here.either("bucket", bucket, &format!("{:?}", server.bucket));
    }
    for user in ["\"longshore\"", "\"exporter\""] {
        here.either("access_key_id", user, &format!("{:?}", server.access_key));
    }
    here.is("prefix = \"longshore/\"", &format!("prefix = \"{namespace}/store/\""));
    here.is("s3://data/", &format!("s3://{}/{namespace}/", server.bucket));
}

/// The secrets that examples name.
fn write_secrets(desk: &Desk, server: &S3) {
    let secrets = [
        ("mail", "s3cret"),
        ("archive", &server.secret_key),
        ("store", &server.secret_key),
        ("shop-token", "canary-token"),
        ("shop", PASSWORD),
        ("files", PASSWORD),
        ("files-token", "canary-token"),
        ("files-signature", "canary-signature"),
        ("cloud-token", "canary-token"),
        ("platform-hook", "canary-hook"),
        ("vault", PASSWORD),
        ("api-token", "canary-token"),
        ("api-key", "canary-key"),
        ("api-password", PASSWORD),
        ("easydb", "secret"),
        ("easydb-client", "s3cret"),
        ("deriva-cookie", "canary-cookie"),
        ("deriva-password", PASSWORD),
        ("link-keys", "0123456789abcdef0123456789abcdef"),
        ("queue", "amqp://nobody@127.0.0.1/"),
        ("board", "redis://127.0.0.1/"),
    ];
    for (name, content) in secrets {
        secret(desk, name, content);
    }
}
