//! What a database has besides the table that is read, as far as whoever asks may read it.

use proto::source::PostgresSpec;

use crate::database::{Database, open};

#[tokio::test]
async fn tables_and_views_are_told_to_those_who_may_read_them() {
    let database = Database::new("a_holdings").await;
    database
        .run(
            "CREATE TABLE orders (id int PRIMARY KEY, note text);
            INSERT INTO orders VALUES (1, 'one');
            CREATE VIEW few AS SELECT id FROM orders;
            CREATE TABLE \"Secret notes\" (id int);
            DROP ROLE IF EXISTS holdings_reader; CREATE ROLE holdings_reader LOGIN;
            GRANT USAGE ON SCHEMA a_holdings TO holdings_reader;
            GRANT SELECT ON orders, few TO holdings_reader",
        )
        .await;
    let reader = database.url.replace("postgres@", "holdings_reader@");
    let everything = ["a_holdings.Secret notes", "a_holdings.few", "a_holdings.orders"];
    for (url, expected) in [(&database.url, &everything[..]), (&reader, &everything[1..])] {
        let spec = PostgresSpec { url: url.clone(), ..database.spec("orders") };
        let told = open(spec).unwrap().holdings().await.unwrap();
        let ours: Vec<_> =
            told.iter().filter(|holding| holding.name.starts_with("a_holdings.")).collect();
        let mut names: Vec<_> = ours.iter().map(|holding| holding.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{url}");
        let bytes = |name: &str| ours.iter().find(|held| held.name.ends_with(name)).unwrap().bytes;
        assert_eq!(bytes(".few"), None);
        assert!(bytes(".orders") >= Some(8192), "{:?}", bytes(".orders"));
        assert!(told.iter().all(|holding| !holding.name.starts_with("pg_catalog.")));
    }
}
