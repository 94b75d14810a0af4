//! Exports of a catalogue that are read with the rights of whoever makes them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tests::EasydbServer;

use super::desk::below;
use super::served::Served;
use crate::dialect::{Guest, events, paths};

/// A server over a catalogue that everybody exports from with their own rights.
pub(super) struct Museum {
    pub(super) catalogue: EasydbServer,
    pub(super) served: Served,
}

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small")
}

impl Museum {
    pub(super) async fn open(source: &str, dialect: &str) -> Self {
        Self::over(EasydbServer::start(&small()).await.unwrap(), source, dialect).await
    }

    /// The same over a fylr.
    pub(super) async fn open_fylr(source: &str, dialect: &str) -> Self {
        Self::over(EasydbServer::start_fylr(&small()).await.unwrap(), source, dialect).await
    }

    async fn over(catalogue: EasydbServer, source: &str, dialect: &str) -> Self {
        let (_, address) = catalogue.url.split_once("//").unwrap();
        let served = Served::start(&format!(
            "[easydb]\nsource = \"catalogue\"\npasswords = \"catalogue\"\n{dialect}\n\
             [addresses]\nallow = [\"{address}\"]\n\
             [sources.catalogue]\nkind = \"easydb\"\nurl = \"{}\"\nrights = \"caller\"\n{source}\n",
            catalogue.url
        ))
        .await;
        Self { catalogue, served }
    }

    pub(super) async fn enters(&self, login: &str, password: &str) -> Guest {
        Guest::enters(&self.served.api, login, password).await
    }
}

/// The numbers of all objects, and of those that bob may see.
pub(super) fn expected() -> (BTreeSet<u64>, BTreeSet<u64>) {
    let text = fs::read_to_string(small().join("search-00000.json")).unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let objects = answer["objects"].as_array().unwrap().iter();
    let number = |object: &Value| object["_system_object_id"].as_u64().unwrap();
    let is_bobs = |object: &&Value| {
        let pool = &object["bild"]["_pool"]["pool"]["_id"];
        pool.is_null() || *pool == 10 || *pool == 11
    };
    (objects.clone().map(number).collect(), objects.filter(is_bobs).map(number).collect())
}

#[tokio::test]
async fn everybody_exports_what_they_may_see_and_as_nobody_else() {
    let museum = Museum::open("", "").await;
    let ann = museum.enters("ann", "secret").await;
    let bob = museum.enters("bob", "hidden").await;
    let (of_ann, of_bob) =
        (ann.makes("pictures", &Value::Null).await, bob.makes("pictures", &Value::Null).await);
    let anns = ann.sees_end(&of_ann, 1).await;
    let bobs = bob.sees_end(&of_bob, 1).await;
    let (all, some) = expected();
    assert!(some.len() < all.len());
    assert_eq!(ann.reads(&of_ann, &anns).await, all, "{}", museum.served.log());
    assert_eq!(bob.reads(&of_bob, &bobs).await, some, "{}", museum.served.log());
    for (login, shown) in [("ann", &anns), ("bob", &bobs)] {
        let asked = museum.catalogue.asked_by(login);
        assert!(asked.iter().any(|path| path == "/api/v1/search"), "{login}");
        let files = paths(shown).iter().filter(|path| path.contains("sid-")).count();
        let fetched = asked.iter().filter(|path| path.starts_with("/eas/")).count();
        assert!(files > 0 && files == fetched, "{login}: {files} files, {fetched} fetched");
    }
    // What one of them made is nothing to the other.
    let answer = bob.0.get(&of_ann).await.unwrap();
    assert_eq!(answer.status, 404);
    museum.tells_no_secrets();
}

impl Museum {
    /// Neither tokens of the catalogue nor passwords stand anywhere in clear.
    pub(super) fn tells_no_secrets(&self) {
        let mut secrets = self.catalogue.tokens();
        secrets.extend(["\"secret\"", "\"hidden\"", "=hidden"].map(str::to_owned));
        let data = below(&self.served.path("data")).into_iter();
        let files = data.chain([self.served.path("serve.log")]).filter(|path| path.is_file());
        let mut looked = 0;
        for path in files {
            let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for secret in &secrets {
                assert!(!content.contains(secret.as_str()), "{} has {secret}", path.display());
            }
            looked += 1;
        }
        assert!(looked > 20 && secrets.len() > 3, "{looked} files, {} secrets", secrets.len());
    }
}

#[tokio::test]
async fn a_run_whose_session_ends_says_so_and_goes_on_once_its_owner_signs_in_again() {
    let museum = Museum::open("", "").await;
    let ann = museum.enters("ann", "secret").await;
    museum.catalogue.end_sessions_after(20);
    let export = ann.makes("pictures", &Value::Null).await;
    let failed = ann.sees_end(&export, 1).await;
    assert_eq!(failed["_state"], "failed", "{failed:#}");
    let told = failed["_log"].to_string();
    assert!(
        told.contains("sources.catalogue: nobody is signed in") && told.contains("[signed_out]")
    );
    assert!(told.contains("sign in again"), "{told}");
    let searched = |museum: &Museum| {
        museum.catalogue.asked().iter().filter(|path| path.ends_with("/search")).count()
    };
    let before = searched(&museum);
    assert!(before > 2, "{before} searches before the session ended");
    museum.catalogue.end_sessions_after(0);
    let ann = museum.enters("ann", "secret").await;
    ann.starts(&export).await;
    let done = ann.sees_end(&export, 2).await;
    assert_eq!(ann.reads(&export, &done).await, expected().0);
    let starts = events(&done).iter().filter(|kind| *kind == "EXPORT_START").count();
    assert_eq!(starts, 1, "it is the same run: {:?}", events(&done));
    // A whole run in one session asks more. The first start takes the run that has just ended.
    let after = searched(&museum) - before;
    ann.starts(&export).await;
    ann.starts(&export).await;
    ann.sees_end(&export, 3).await;
    let whole = searched(&museum) - before - after;
    assert!(after < whole, "{after} searches to go on, {whole} for everything");
}

#[tokio::test]
async fn a_password_that_is_kept_signs_in_anew_in_runs_and_in_those_of_schedules() {
    let museum = Museum::open("keep_passwords = true", "").await;
    let ann = museum.enters("ann", "secret").await;
    museum.catalogue.end_sessions_after(10);
    let export = ann.makes("pictures", &Value::Null).await;
    let done = ann.sees_end(&export, 1).await;
    assert_eq!(ann.reads(&export, &done).await, expected().0);
    let sign_ins = museum.catalogue.sign_ins();
    assert!(sign_ins > 2, "{sign_ins} sign-ins");
    museum.tells_no_secrets();
    // Whoever made it is long gone when it is due, which is within a minute.
    let document = json!({"_schedules": [{"hours": (0..24).collect::<Vec<_>>(),
            "minutes": (0..60).collect::<Vec<_>>()}],
        "export": {"name": "each minute", "search": {"search": []}, "json": true}});
    let ann = museum.enters("ann", "secret").await;
    let export = ann.puts(&document).await;
    ann.0.post("/api/v1/session/deauthenticate", &Value::Null).await.unwrap();
    assert_eq!(ann.0.get(&export).await.unwrap().status, 401);
    museum.catalogue.end_sessions();
    let before = museum.catalogue.sign_ins();
    tests::until("sign-in of a run", Duration::from_mins(2), async || {
        Ok((museum.catalogue.sign_ins() > before).then_some(()))
    })
    .await
    .unwrap();
    let ann = museum.enters("ann", "secret").await;
    let done = ann.sees_end(&export, 1).await;
    assert_eq!(ann.reads(&export, &done).await, expected().0);
}

#[tokio::test]
async fn whoever_has_a_token_of_the_catalogue_needs_no_other() {
    let museum = Museum::open("", "").await;
    let token = museum.catalogue.token_of("bob");
    let bob = Guest(museum.served.api.with_token(&token));
    let session = bob.0.get("/api/v1/session").await.unwrap().body;
    assert_eq!(
        (&session["user"]["user"]["login"], &session["token"]),
        (&json!("bob"), &json!(token))
    );
    let export = bob.makes("pictures", &Value::Null).await;
    let done = bob.sees_end(&export, 1).await;
    assert_eq!(bob.reads(&export, &done).await, expected().1);
    let asked = museum.catalogue.asked();
    let questions = asked.iter().filter(|path| *path == "/api/v1/session").count();
    assert!(questions <= 3, "whose it is was asked {questions} times");
    let query = format!("/api/v1/export?token={token}");
    let listed = museum.served.api.get(&query).await.unwrap().body;
    assert_eq!(listed["count"], 1);
    for unknown in ["b6f1c5a2-0000-4000-8000-000000000000", "x", "ä", ""] {
        let stranger = museum.served.api.with_token(unknown);
        assert_eq!(stranger.get("/api/v1/export").await.unwrap().status, 401, "{unknown}");
    }
    museum.tells_no_secrets();
}

#[tokio::test]
async fn nothing_is_read_for_somebody_who_never_signed_in() {
    let museum = Museum::open("", "").await;
    museum.enters("ann", "secret").await;
    let definition = json!({"name": "pictures", "outputs": [
        {"to": "pictures.jsonl", "from": "catalogue", "format": "jsonl"}]});
    let export = museum.served.export(&definition).await;
    let shown = museum.served.ended(&export, 1).await;
    assert_eq!(shown["state"], "failed", "{shown:#}");
    let fault = &shown["faults"][0];
    assert_eq!(
        (&fault["code"], &fault["place"]),
        (&json!("signed_out"), &json!("sources.catalogue"))
    );
    assert!(fault["hint"].as_str().unwrap().contains("sign in"), "{fault:#}");
    assert_eq!(
        museum.catalogue.asked_by("ann").iter().filter(|path| path.ends_with("/search")).count(),
        0
    );
}
