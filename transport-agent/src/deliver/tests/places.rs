//! Addresses that stand for targets: whose password opens them, and where none does.

use fabric::link::Keys;
use proto::easydb::FreeHosts;
use proto::run::StoredDefinition;
use proto::target::TargetSpec;

use super::*;

fn keys(byte: u8) -> Keys {
    Keys::new(vec![vec![byte; 32]]).unwrap()
}

/// A delivery by the first transport of a document, whose password these keys sealed.
async fn scene(keys: &Keys) -> Scene {
    let scene = Scene::new(&json!({"type": "ftp", "target": "t"}), &Value::Null).await;
    let options = json!({"server": "ftp://ftp.example/in", "login": "ed"});
    let way = json!({"kind": "ftp", "packer": null, "uuid": "", "options": options,
        "recipients": [], "message": null, "sealed": {"password:secret": keys.seal("hidden")}});
    let stored = StoredDefinition {
        definition: scene.plan.definition.clone(),
        original: json!({"dialect": "easydb", "document": {"ways": [way]}}),
        idempotency: None,
        longest_before: None,
        secrets: Vec::new(),
    };
    let key = Key::definition(run().export, 1);
    record::create(&*scene.agent.store, &key, &stored).await.unwrap();
    scene
}

fn listing(host: &str, keys: Keys) -> Arc<Targets> {
    let hosts = FreeHosts::new(&[host.to_owned()]).unwrap();
    Arc::new(Targets::default().with_free(hosts, keys))
}

#[tokio::test]
async fn a_listed_host_is_entered_by_the_password_of_the_document_and_no_other_is() {
    let mut scene = scene(&keys(1)).await;
    scene.agent.targets = listing("*.example", keys(1));
    let delivery = scene.delivery();
    let place = delivery.place("ftp://ed@ftp.example/in").await.unwrap();
    let TargetSpec::Ftp(target) = place.spec() else { panic!("{:?}", place.spec()) };
    assert_eq!((target.host.as_str(), target.path.as_str()), ("ftp.example", "in"));
    assert_eq!(place.password("/nowhere".as_ref()).unwrap(), "hidden");
    drop(place);
    let code = async |scene: &Scene, name: &str| {
        let delivery = scene.delivery();
        let failed = delivery.place(name).await.map(drop).unwrap_err().verdict();
        let TaskResult::Retry(fault) = failed else { panic!("{failed:?}") };
        assert!(!fault.to_string().contains("hidden"), "{fault}");
        fault.code
    };
    // What the definition says is not what the document says.
    assert_eq!(code(&scene, "ftp://eve@ftp.example/in").await, Code::UnknownTarget);
    assert_eq!(code(&scene, "t").await, Code::UnknownTarget);
    scene.agent.targets = listing("other.example", keys(1));
    assert_eq!(code(&scene, "ftp://ed@ftp.example/in").await, Code::UnknownTarget);
    scene.agent.targets = Arc::default();
    assert_eq!(code(&scene, "ftp://ed@ftp.example/in").await, Code::UnknownTarget);
    scene.agent.targets = listing("*.example", keys(2));
    assert_eq!(code(&scene, "ftp://ed@ftp.example/in").await, Code::TargetUnavailable);
}
