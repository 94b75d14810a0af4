//! Where outputs are that are registered, and what is told of it.

use proto::deriva::afterwards::{Brought, Rewritten};
use serde_json::json;

use super::*;

fn identified() -> Step {
    let keys = json!({"is_test": true, "visible_to": ["public"], "locations": ["https://l"]});
    Step::Identified(serde_json::from_value(keys).unwrap())
}

fn brought() -> Step {
    Step::Brought(Brought { folder: "s3://b/f".to_owned(), is_encoded: false })
}

fn locations(steps: &[Step]) -> Option<Vec<String>> {
    let wanted = Wanted::of(steps, "https://s/k")?;
    Some(wanted.locations(&Output::named("b.tgz", "b.tar.gz")))
}

#[test]
fn outputs_are_where_the_steps_before_bring_them() {
    assert_eq!(locations(&[brought()]), None);
    assert_eq!(locations(&[identified(), brought()]).unwrap(), ["https://l"]);
    assert_eq!(locations(&[brought(), identified()]).unwrap(), ["s3://b/f/b.tar.gz"]);
    let address = "https://h/{output}".to_owned();
    let rewritten = Step::Rewritten(Rewritten { outputs: Vec::new(), address });
    let steps = [brought(), rewritten, identified()];
    assert_eq!(locations(&steps).unwrap(), ["https://h/b.tgz"]);
}

#[test]
fn people_are_told_of_identifiers() {
    let registered = |page: Option<&str>| Registered {
        output: "b.zip".to_owned(),
        identifier: "minid:1".to_owned(),
        page: page.map(str::to_owned),
    };
    let told: Vec<String> = lines(&[registered(None), registered(Some("https://i/x"))]).collect();
    let expected =
        ["b.zip has the identifier minid:1", "b.zip has the identifier minid:1 (https://i/x)"];
    assert_eq!(told, expected);
}
