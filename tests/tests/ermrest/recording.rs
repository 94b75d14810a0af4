//! Every exchange that was recorded is answered again, byte for byte.

use tests::ErmrestRecording;

use super::asked::Asked;

#[tokio::test]
async fn every_recorded_exchange_is_answered_byte_for_byte() {
    let recording = ErmrestRecording::read().unwrap();
    let asked = Asked::of(&recording).await;
    for (place, exchange) in recording.exchanges.iter().enumerate() {
        if let Some((id, document)) = recording.altered(place).unwrap() {
            asked.server.change(&id, |catalog| catalog.alter(document)).unwrap();
        }
        let cookie = asked.cookie();
        let mut headers = vec![("accept", exchange.accept.as_str())];
        if exchange.is_signed_in {
            headers.push(("cookie", cookie.as_str()));
        }
        let told = asked.ask(&exchange.method, &exchange.uri, &headers).await;
        let about = format!("{place}: {} {} ({})", exchange.method, exchange.uri, exchange.accept);
        let body = exchange.body().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&told.body[..told.body.len().min(4000)]),
            String::from_utf8_lossy(&body[..body.len().min(4000)]),
            "{about}"
        );
        assert!(told.body == body, "{about}: the rest differs");
        assert!(exchange.status.starts_with(&told.status.to_string()), "{about}: {}", told.status);
        for (name, value) in &exchange.headers {
            let own = told.headers.get(&name.to_lowercase());
            assert_eq!(own, Some(value), "{about}: {name}");
        }
    }
    assert_eq!(recording.exchanges.len(), 126);
}

#[tokio::test]
async fn the_catalogue_changes_once_while_it_is_recorded() {
    let recording = ErmrestRecording::read().unwrap();
    let altered = (0..recording.exchanges.len()).filter_map(|place| {
        let (id, document) = recording.altered(place).unwrap()?;
        Some((place, id, document["snaptime"].as_str().unwrap().to_owned()))
    });
    let altered: Vec<_> = altered.collect();
    assert_eq!(altered, [(75, "8".to_owned(), "361-G10J-YQ7G".to_owned())]);
}
