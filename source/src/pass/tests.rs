//! Passes, kept and found again, whatever happens meanwhile.

mod troubled;

use fabric::store::DirectoryStore;

use self::troubled::{forestalled, overtaken, silent_once};
use super::*;

fn passes(folder: &std::path::Path, key: u8) -> Passes {
    let store = Arc::new(DirectoryStore::open(folder).unwrap());
    Passes::new(store, Keys::new(vec![vec![key; 32]]).unwrap())
}

fn owner(name: &str) -> Owner {
    Owner::try_from(name.to_owned()).unwrap()
}

/// A pass by a token alone, or by a password that is kept.
fn pass(token: &str, password: Option<&str>) -> Pass {
    let token = Token::new(token, Place::Easydb);
    let password = password.map_or(Password::AsBefore, |text| Password::Kept(text.into()));
    Pass { login: "ann".to_owned(), token, password }
}

/// The password that is kept for somebody.
async fn kept(caller: &Caller) -> Option<String> {
    match caller.find().await.unwrap().unwrap().0.password {
        Password::Kept(text) => Some(text.expose_secret().to_owned()),
        Password::AsBefore | Password::Forgotten => None,
    }
}

#[tokio::test]
async fn the_newest_pass_counts_and_a_kept_password_stays() {
    let folder = tempfile::tempdir().unwrap();
    let passes = passes(folder.path(), 1);
    let ann = passes.caller("museum", &owner("ann"));
    assert!(ann.find().await.unwrap().is_none());
    passes.keep("museum", &owner("ann"), pass("first", Some("secret"))).await.unwrap();
    let (_, before) = ann.find().await.unwrap().unwrap();
    passes.keep("museum", &owner("ann"), pass("second", None)).await.unwrap();
    // A worker that signs in anew meanwhile comes too late.
    ann.renew(&pass("late", None), &before).await.unwrap();
    let (found, _) = ann.find().await.unwrap().unwrap();
    assert_eq!(found.token.text.expose_secret(), "second");
    assert_eq!(kept(&ann).await.as_deref(), Some("secret"));
    for other in [passes.caller("museum", &owner("bob")), passes.caller("town", &owner("ann"))] {
        assert!(other.find().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_pass_opens_nothing_in_anothers_place_or_by_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let ours = passes(folder.path(), 1);
    ours.keep("museum", &owner("ann"), pass("canary", Some("canary"))).await.unwrap();
    let (ann, bob) = (ours.caller("museum", &owner("ann")), ours.caller("museum", &owner("bob")));
    let (bytes, _) = ours.store.get(&ann.key()).await.unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("canary"));
    ours.store.put_if_absent(&bob.key(), bytes).await.unwrap();
    let error = bob.find().await.err().unwrap();
    assert!(matches!(error, SourceError::Store(StoreError::Damaged { .. })), "{error}");
    let theirs = passes(folder.path(), 2);
    let error = theirs.caller("museum", &owner("ann")).find().await.err().unwrap();
    assert_eq!(error.fault().code, proto::fault::Code::WrongKey);
    // Whoever signs in anew replaces it.
    theirs.keep("museum", &owner("ann"), pass("new", None)).await.unwrap();
    assert!(theirs.caller("museum", &owner("ann")).find().await.unwrap().is_some());
    let told = format!("{:?} {:?}", pass("canary", Some("canary")), pass("canary", None).token);
    assert!(!told.contains("canary"), "{told}");
}

#[tokio::test]
async fn a_password_that_is_kept_no_longer_is_gone_with_the_next_pass() {
    let folder = tempfile::tempdir().unwrap();
    let passes = passes(folder.path(), 1);
    let ann = passes.caller("museum", &owner("ann"));
    passes.keep("museum", &owner("ann"), pass("first", Some("secret"))).await.unwrap();
    let forgetful = Pass { password: Password::Forgotten, ..pass("second", None) };
    passes.keep("museum", &owner("ann"), forgetful).await.unwrap();
    assert_eq!(kept(&ann).await, None);
}

#[tokio::test]
async fn a_store_that_does_not_answer_costs_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let passes = passes(folder.path(), 1);
    let ann = passes.caller("museum", &owner("ann"));
    passes.keep("museum", &owner("ann"), pass("first", Some("secret"))).await.unwrap();
    let troubled = Passes { store: silent_once(&passes.store), ..passes.clone() };
    let error = troubled.keep("museum", &owner("ann"), pass("second", None)).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    troubled.keep("museum", &owner("ann"), pass("second", None)).await.unwrap();
    assert_eq!(kept(&ann).await.as_deref(), Some("secret"));
}

#[tokio::test]
async fn of_two_who_sign_in_at_once_the_password_that_was_kept_last_stays() {
    let folder = tempfile::tempdir().unwrap();
    let passes = passes(folder.path(), 1);
    let ann = passes.caller("museum", &owner("ann"));
    passes.keep("museum", &owner("ann"), pass("first", Some("old"))).await.unwrap();
    // While a token's pass is on its way, she signs in with her new password.
    let between = ann.sealed(&pass("second", Some("new")));
    let troubled = Passes { store: forestalled(&passes.store, between), ..passes.clone() };
    troubled.keep("museum", &owner("ann"), pass("third", None)).await.unwrap();
    assert_eq!(ann.find().await.unwrap().unwrap().0.token.text.expose_secret(), "third");
    assert_eq!(kept(&ann).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_password_that_is_kept_while_a_pass_by_another_key_is_replaced_stays() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = passes(folder.path(), 2);
    theirs.keep("museum", &owner("ann"), pass("first", None)).await.unwrap();
    let ours = passes(folder.path(), 1);
    let ann = ours.caller("museum", &owner("ann"));
    // Once it was seen that the first one opens nothing here, she signs in with a password.
    let between = ann.sealed(&pass("second", Some("new")));
    let troubled = Passes { store: overtaken(&ours.store, between), ..ours.clone() };
    troubled.keep("museum", &owner("ann"), pass("third", None)).await.unwrap();
    assert_eq!(ann.find().await.unwrap().unwrap().0.token.text.expose_secret(), "third");
    assert_eq!(kept(&ann).await.as_deref(), Some("new"));
}
