//! Transports, in either shape, and what is secret in them.

use serde_json::{Value, json};

use super::{instance, read};
use crate::definition::Generation;
use crate::easydb::{Document, FreeHosts, Instance, Mistake, Places};
use crate::fault::Code;

fn transports(ways: &Value) -> Result<Value, Vec<Mistake>> {
    let document = json!({"export": {"search": {}}, "_transports": ways});
    let definition = read(&document)?.document.definition("n", &instance(), None)?;
    Ok(json!(definition.transports))
}

#[test]
fn transports_are_taken_in_either_products_shape() {
    let made = transports(&json!([
        {"type": "download", "packer": "zip_10mb"},
        {"type": "email", "email": {"message": "Hello", "recipients": [
            {"_basetype": "user", "user": {"_id": 4, "login": "anna"}},
            {"_basetype": "group", "group": {"_id": 2, "name": "editors"}},
            {"user": {"type": "email", "login": "john@example.org",
                "frontend_language": "en-US"}}]}},
        {"type": "rsync", "options": {"destination": "/srv/exports/a", "options": {"compress": true}}},
        {"plugin": "ftp:upload", "packer": "tar.gz", "options": {"server": "https://dav.example/ed",
            "directory": "x", "login": "ed", "password:secret": "hidden"}},
        {"plugin": "", "email": {"recipients": ["eve@example.org"]}},
        {"type": "ftp", "packer": "zip", "options": {"server": "ftps://ftp.example", "directory": "in",
            "login": "ed", "password": "hidden"}}]))
    .unwrap();
    assert_eq!(made[0], json!({"type": "download", "packer": "zip_10mb"}));
    assert_eq!(made[1]["to"], json!(["user:anna", "group:editors", "john@example.org"]));
    assert_eq!(made[1]["message"], "Hello");
    assert_eq!(made[1]["languages"], json!({"john@example.org": "en-US"}));
    assert_eq!((&made[2]["target"], &made[2]["path"]), (&json!("backup"), &json!("a")));
    assert_eq!(
        (&made[2]["packer"], &made[2]["options"]["compress"]),
        (&json!("none"), &json!(true))
    );
    assert_eq!((&made[3]["type"], &made[3]["path"]), (&json!("webdav"), &json!("x")));
    assert_eq!(made[3]["packer"], "tar_gz");
    assert_eq!(made[4]["to"], json!(["eve@example.org"]));
    let ftp = json!({"type": "ftp", "target": "old", "path": "in", "packer": "zip"});
    assert_eq!(made[5], ftp);
    let none = transports(&json!([])).unwrap();
    assert_eq!(none, json!([{"type": "download", "packer": "zip"}]));
}

#[test]
fn transports_lead_nowhere_but_to_configured_targets() {
    for (way, place) in [
        (json!({"type": "rsync", "options": {"destination": "/etc"}}), "options.destination"),
        (
            json!({"type": "rsync", "options": {"destination": "backup", "options": {"rsh": "x"}}}),
            "options.options",
        ),
        (json!({"type": "ftp", "options": {"server": "ftp://f.example"}}), "options.server"),
        (json!({"type": "sftp", "options": {"server": "sftp://f.example"}}), "options.server"),
        (json!({"type": "download", "packer": "rar"}), "packer"),
        (json!({"type": "email"}), "email.recipients"),
    ] {
        let mistakes = transports(&json!([way])).unwrap_err();
        assert_eq!(mistakes[0].place, format!("_transports.0.{place}"), "{way}");
    }
}

#[test]
fn what_is_secret_is_sealed_and_stays_where_a_change_leaves_it_out() {
    let way = |password: Option<&str>| {
        let mut options = json!({"server": "https://dav.example/ed"});
        if let Some(password) = password {
            options["pw:key:secret"] = json!(password);
        }
        json!({"export": {}, "_transports": [{"type": "webdav", "options": options}]})
    };
    let seal = |text: &str| format!("<{}>", text.len());
    let mut first = read(&way(Some("hidden"))).unwrap().document;
    first.seal(|| "0192d3a0-0000-4000-8000-000000000000".to_owned(), seal);
    let kept = serde_json::to_string(&first).unwrap();
    assert!(!kept.contains("hidden") && kept.contains("<6>"), "{kept}");
    assert!(!json!(first.ways[0].shown()).to_string().contains("pw:"));
    let first: Document = serde_json::from_str(&kept).unwrap();
    let mut second = first.changed(&way(None), &instance(), Generation::Easydb).unwrap().document;
    second.seal(|| panic!("it has one"), seal);
    assert_eq!(second, first);
    let mut third =
        first.changed(&way(Some("x")), &instance(), Generation::Easydb).unwrap().document;
    third.seal(|| panic!("it has one"), seal);
    assert_eq!(third.ways[0].sealed["pw:key:secret"], "<1>");
}

#[test]
fn passwords_in_addresses_are_sealed_and_kept_like_those_among_the_options() {
    for (kind, key, address, shown) in [
        ("ftp", "server", "ftp://ed:CANARY@ftp.example/in", "ftp://ed@ftp.example/in"),
        ("webdav", "url", "https://ed:CANARY@dav.example/ed/x", "https://ed@dav.example/ed/x"),
        ("rsync", "destination", "rsync://ed:CANARY@store.example/m", "rsync://ed@store.example/m"),
    ] {
        let way = |address: &str| {
            json!({"export": {"search": {}, "name": "a"},
                "_transports": [{"type": kind, "options": {key: address}}]})
        };
        let seal = |text: &str| format!("<{}>", text.len());
        let mut first = read(&way(address)).unwrap().document;
        first.seal(|| "0192d3a0-0000-4000-8000-000000000000".to_owned(), seal);
        let kept = serde_json::to_string(&first).unwrap();
        assert!(!kept.contains("CANARY") && kept.contains("<6>"), "{kept}");
        assert_eq!(first.ways[0].shown()["options"], json!({key: shown}));
        // As a form sends back what it was shown.
        let mut second =
            first.changed(&way(shown), &instance(), Generation::Easydb).unwrap().document;
        second.seal(|| panic!("it has one"), seal);
        assert_eq!(second, first);
        // What an earlier version kept as it came is not shown either.
        first.ways[0].options[key] = json!(address);
        assert_eq!(first.ways[0].shown()["options"], json!({key: shown}));
        let definition = second.definition("a", &instance(), None).unwrap();
        assert!(!json!(definition).to_string().contains("CANARY"));
    }
    let buried = json!({"type": "rsync",
        "options": {"destination": "backup", "options": {"password": "CANARY"}}});
    let mistakes = transports(&json!([buried])).unwrap_err();
    assert_eq!(mistakes[0].place, "_transports.0.options.options");
    assert!(!mistakes[0].to_string().contains("CANARY"));
}

#[test]
fn what_may_be_a_password_is_kept_nowhere() {
    for (kind, target, key, address, shown) in [
        ("ftp", "old", "server", "ftp://ed:2024/CANARY@ftp.example/in", "ftp://ftp.example/in"),
        ("ftp", "old", "server", "ed:CANARY@ftp.example/in", "ftp.example/in"),
        ("webdav", "cloud", "url", "https://ed:8/CANARY@dav.example", "https://dav.example"),
        ("rsync", "backup", "destination", "ed:CANARY@store.example:/m", "store.example:/m"),
        ("download", "backup", "server", "ed:CANARY@store.example", "store.example"),
    ] {
        let options = json!({"target": target, key: address});
        let document = json!({"export": {"search": {}, "name": "a"},
            "_transports": [{"type": kind, "options": options}]});
        let mut made = read(&document).unwrap().document;
        let kept = serde_json::to_string(&made).unwrap();
        assert!(!kept.contains("CANARY"), "{kept}");
        assert_eq!(made.ways[0].shown()["options"][key], shown);
        let definition = json!(made.definition("a", &instance(), None).unwrap());
        assert!(!definition.to_string().contains("CANARY"), "{definition}");
        // What an earlier version kept as it came is not shown either.
        made.ways[0].options[key] = json!(address);
        assert_eq!(made.ways[0].shown()["options"][key], shown);
    }
    for (kind, key, address) in [
        ("ftp", "server", "ftp://ed:2024/CANARY@ftp.example"),
        ("rsync", "destination", "ed:CANARY@store.example/m"),
    ] {
        let way = json!({"type": kind, "options": {key: address}});
        let mistakes = transports(&json!([way])).unwrap_err();
        assert_eq!(mistakes[0].what.code(), Some(Code::UnknownTarget));
        assert!(!mistakes[0].to_string().contains("CANARY"));
    }
}

#[test]
fn a_target_that_is_not_there_is_told_with_those_that_are() {
    for (way, hint) in [
        (
            json!({"type": "ftp", "options": {"server": "gone"}}),
            "name one in options.target, or its address: old",
        ),
        (
            json!({"type": "sftp", "options": {"server": "gone"}}),
            "ask the operator for a target of kind sftp; there is none",
        ),
    ] {
        let mistake = &transports(&json!([way])).unwrap_err()[0];
        assert_eq!(mistake.what.code(), Some(Code::UnknownTarget));
        assert_eq!(mistake.what.hint().as_deref(), Some(hint));
    }
}

#[test]
fn a_transport_to_what_is_gone_stays_and_another_one_is_refused() {
    let gone = json!({"type": "ftp", "uuid": "0192d3a0-0000-4000-8000-000000000000",
        "options": {"server": "ftp://ftp.example/in"}});
    let of = |ways: Value| json!({"export": {"search": {}, "name": "a"}, "_transports": ways});
    let first = read(&of(json!([gone]))).unwrap().document;
    let before = first.definition("a", &instance(), None).unwrap();
    let now = Instance { places: Places::default(), ..instance() };
    let changed = |ways: Value| {
        let second = first.changed(&of(ways), &now, Generation::Easydb).unwrap().document;
        second.definition("a", &now, Some((&first, &before)))
    };
    // Also where another one was put before it.
    let kept = changed(json!([{"type": "download"}, gone])).unwrap();
    assert_eq!(kept.transports[1], before.transports[0]);
    let mut other = gone.clone();
    other["options"]["directory"] = json!("more");
    let mistakes = changed(json!([other])).unwrap_err();
    assert_eq!(mistakes[0].place, "_transports.0.options.server");
    assert_eq!(mistakes[0].what.code(), Some(Code::UnknownTarget));
}

#[test]
fn a_listed_host_is_led_to_by_who_the_document_says_and_a_target_there_comes_first() {
    let hosts = ["ftp.example", "free.example"].map(str::to_owned);
    let now = Instance { free: FreeHosts::new(&hosts).unwrap(), ..instance() };
    let of = |options: Value| {
        let document = json!({"export": {"search": {}, "name": "a"},
            "_transports": [{"type": "ftp", "options": options}]});
        let read = Document::default().changed(&document, &now, Generation::Easydb).unwrap();
        read.document
    };
    let to = |server: &str, login: &str, password: Option<&str>| {
        let mut options = json!({"server": server, "login": login, "directory": "in"});
        if let Some(password) = password {
            options["password:secret"] = json!(password);
        }
        options
    };
    for (server, login, target) in [
        ("ftp://ftp.example", "ed", "old"),
        ("ftp://ftp.example", "eve", "ftp://eve@ftp.example"),
        ("ftps://free.example", "ed", "ftps://ed@free.example"),
    ] {
        let definition = of(to(server, login, Some("hidden"))).definition("a", &now, None).unwrap();
        let made = json!(definition.transports[0]);
        assert_eq!(made, json!({"type": "ftp", "target": target, "path": "in", "packer": "none"}));
    }
    // A secret stays for the place that it was given for, and for no other.
    let uuid = || "0192d3a0-0000-4000-8000-000000000000".to_owned();
    let mut first = of(to("ftp://free.example", "ed", Some("hidden")));
    first.seal(uuid, |text| format!("<{}>", text.len()));
    for (server, login, is_kept) in [
        ("ftp://free.example", "ed", true),
        ("ftps://free.example", "ed", false),
        ("ftp://ftp.example", "ed", false),
        ("ftp://free.example", "eve", false),
    ] {
        let options = to(server, login, None);
        let document = json!({"export": {}, "_transports": [{"type": "ftp", "options": options}]});
        let second = first.changed(&document, &now, Generation::Easydb).unwrap().document;
        assert_eq!(!second.ways[0].sealed.is_empty(), is_kept, "{server} {login}");
        assert_eq!(second.ways[0].uuid, uuid());
    }
    // A new password takes the place of the old one, whatever each is called.
    let options = json!({"server": "ftp://free.example", "login": "ed", "directory": "in", "pass:secret": "new"});
    let document = json!({"export": {}, "_transports": [{"type": "ftp", "options": options}]});
    let second = first.changed(&document, &now, Generation::Easydb).unwrap().document;
    assert!(second.ways[0].sealed.is_empty());
}

#[test]
fn the_language_of_an_address_is_what_it_says_where_that_is_one() {
    let user = |user: Value| json!({"user": user});
    let recipients = json!([
        user(json!({"type": "email", "login": "a@example.org", "frontend_language": "de-DE"})),
        {"user": {"email": "b@example.org"}, "frontend_language": "fr"},
        // Of users the configuration knows it.
        user(json!({"login": "anna", "frontend_language": "en-US"})),
        user(json!({"type": "email", "login": "c@example.org", "frontend_language": null})),
        user(json!({"type": "email", "login": "d@example.org", "frontend_language": "../de"})),
        "e@example.org"]);
    let ways = json!([{"type": "email", "email": {"recipients": recipients}}]);
    let made = transports(&ways).unwrap();
    assert_eq!(made[0]["languages"], json!({"a@example.org": "de-DE", "b@example.org": "fr"}));
    let said = read(&json!({"export": {"search": {}}, "_transports": ways})).unwrap();
    let place = |nth: u8| format!("_transports.0.email.recipients.{nth}");
    let warnings = [
        format!("{}.frontend_language has no effect: no language is called so", place(4)),
        format!("null stands for the default of {}.user.frontend_language", place(3)),
    ];
    assert_eq!(said.warnings, warnings);
    // It is shown as it came, and stays so.
    assert_eq!(said.document.ways[0].shown()["email"]["recipients"], recipients);
}
