//! Tokens that end while the API is read, and are written anew.

use super::*;

#[tokio::test]
async fn a_token_that_was_written_anew_is_taken_once_the_old_one_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "first\n").unwrap();
    let library = Library::with(1..=10).await;
    let mut spec = keyed();
    spec["bearer_file"] = json!(token);
    let source = library.source(&spec);
    let asked = Asked::all().fields(&["id"]);
    let sent =
        |nth: usize| library.shelves(|shelves| shelves.asked[nth].1["authorization"].clone());

    library.trouble([Trouble::Status(401, None)]);
    let error = read(&*source, &asked).await.unwrap_err();
    assert!(error.to_string().contains("answers 401"), "{error}");
    assert_eq!((library.asked(), sent(0)), (1, "Bearer first".parse().unwrap()));

    fs::write(&token, "second\n").unwrap();
    library.trouble([Trouble::Pass, Trouble::Status(401, None)]);
    let given = read(&*source, &asked).await.unwrap();
    assert_eq!(ids(&given), (1..=10).collect::<Vec<_>>());
    assert_eq!((sent(1), sent(2)), ("Bearer first".parse().unwrap(), sent(0)));
    assert_eq!(sent(library.asked() - 1), "Bearer second");
}
