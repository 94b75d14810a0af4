use super::*;

fn read(toml: &str) -> Result<Config, Vec<Fault>> {
    let dir = std::env::temp_dir().join(format!("longshore-config-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("longshore.toml");
    std::fs::write(&file, toml).unwrap();
    let read = Config::read(Some(&file));
    std::fs::remove_dir_all(&dir).unwrap();
    read
}

#[test]
fn the_reference_is_the_defaults() {
    let config = read(REFERENCE).unwrap();
    let mut expected = Config::default();
    expected.worker.scratch = "/tmp".into();
    expected.agent.scratch = "/tmp".into();
    assert_eq!(config, expected);
}

#[test]
fn the_reference_names_every_key() {
    let reference: Value = Figment::from(Toml::string(REFERENCE)).extract().unwrap();
    let defaults = serde_json::to_value(Config::default()).unwrap();
    for (section, keys) in defaults.as_object().unwrap() {
        if section == "sources" {
            continue;
        }
        for key in keys.as_object().unwrap().keys() {
            assert!(
                reference[section].get(key).is_some(),
                "[{section}] {key} is not in deploy/longshore.toml"
            );
        }
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_their_keys() {
    let faults = read(
        "[store]\nkind = \"s4\"\n[queue]\nurll = \"x\"\n[worker]\nslots = \"many\"\n\
         [sources.a]\nkind = \"csv\"\n",
    )
    .unwrap_err();
    let mut places: Vec<&str> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
    places.sort_unstable();
    assert_eq!(places, ["queue.urll", "sources.a", "store.kind", "worker.slots"]);
}

#[test]
fn a_proxy_is_an_address_or_a_network() {
    let faults = read("[api]\nproxies = [\"10.1.0.0/16\", \"proxy.internal\"]\n").unwrap_err();
    assert_eq!(faults[0].place.as_deref(), Some("api.proxies"));
    assert!(faults[0].message.contains("proxy.internal"), "{faults:?}");
    read("[api]\nproxies = [\"10.1.0.0/16\", \"::1\"]\n").unwrap();
}

#[test]
fn stylesheets_get_no_longer_documents_than_they_have_memory_for() {
    let worker = |most: &str| read(&format!("[worker]\nmax_xml_for_stylesheets = \"{most}\"\n"));
    let faults = worker("17MiB").unwrap_err();
    assert_eq!(faults[0].place.as_deref(), Some("worker.max_xml_for_stylesheets"));
    let most = worker("16MiB").unwrap().worker.max_xml_for_stylesheets;
    assert_eq!(most.as_u64(), 16 << 20);
}

#[test]
fn a_host_that_a_plugin_may_reach_is_a_host() {
    let read_hosts = |host: &str| {
        read(&format!("[plugins.allow_hosts]\npost-datasets = [\"api.example.org\", \"{host}\"]\n"))
    };
    for wrong in ["https://api.example.org/", "*.example.org", "api.example.org:https"] {
        let faults = read_hosts(wrong).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some("plugins.allow_hosts.post-datasets"));
        assert!(faults[0].message.contains(wrong), "{faults:?}");
    }
    read_hosts("[::1]:8080").unwrap();
}

#[test]
fn a_free_host_is_a_host() {
    for wrong in ["ftp://ftp.example.org", "ftp.example.org:21", "*", "*.0.0.1"] {
        let faults = read(&format!("[easydb]\nfree_hosts = [\"a.example\", \"{wrong}\"]\n"));
        let faults = faults.unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some("easydb.free_hosts"), "{wrong}");
        assert!(faults[0].message.contains(wrong), "{faults:?}");
    }
    read("[easydb]\nfree_hosts = [\"a.example\", \"*.example.org\", \"10.1.0.1\"]\n").unwrap();
}

#[test]
fn only_catalogues_that_nobody_lends_their_rights_to_are_exported_for_others() {
    let source = |name: &str, rest: &str| {
        format!("[sources.{name}]\nkind = \"ermrest\"\ncatalog = \"1@2-3\"\n{rest}\n")
    };
    let url = |host: &str| format!("url = \"https://{host}\"\n");
    let own = source("own", &format!("{}rights = \"caller\"", url("deriva.example.org")));
    let open = source("open", &url("deriva.example.org"));
    let lent = source("lent", &format!("{}cookie_file = \"/x\"", url("deriva.example.org")));
    let far = source("far", &url("far.example.org"));
    let all = format!("{own}{open}{lent}{far}[sources.t]\nkind = \"csv\"\npath = \"t.csv\"\n");
    let deriva = |sources: &str| read(&format!("{all}[deriva]\nsources = {sources}\n"));
    let config = deriva("[\"own\", \"open\"]").unwrap();
    let settings = config.deriva.settings(&config.sources, &config.targets).unwrap();
    let ids: Vec<&str> = settings.catalogs.iter().map(|served| served.id.as_str()).collect();
    assert_eq!((ids, settings.anonymous), (vec!["1", "1"], false));
    assert!(Config::default().deriva.settings(&config.sources, &config.targets).is_none());
    for (sources, told) in [
        ("[\"none\"]", "no source \"none\""),
        ("[\"t\"]", "ermrest"),
        ("[\"lent\"]", "credentials"),
        ("[\"own\", \"far\"]", "several servers"),
    ] {
        let faults = deriva(sources).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some("deriva.sources"), "{sources}");
        assert!(faults[0].message.contains(told), "{faults:?}");
    }
    let faults = read("[deriva]\nhold = \"61s\"\n").unwrap_err();
    assert_eq!(faults[0].place.as_deref(), Some("deriva.hold"));
}

#[test]
fn results_of_deriva_go_to_buckets_alone_and_are_registered_by_what_speaks_http() {
    let targets = "[targets.cold]\nkind = \"s3\"\nbucket = \"archive\"\naccess_key_id = \"us\"\n\
        secret_access_key_file = \"/x\"\n[targets.far]\nkind = \"rsync\"\nto = \"/srv/exports\"\n";
    let deriva = |keys: &str| read(&format!("{targets}[deriva]\n{keys}\n"));
    let service = |url: &str| format!("identifiers = {{ url = \"{url}\" }}");
    deriva(&format!("targets = [\"cold\"]\n{}", service("https://minid.example.org/"))).unwrap();
    for (keys, place) in [
        ("targets = [\"far\"]".to_owned(), "deriva.targets"),
        ("targets = [\"none\"]".to_owned(), "deriva.targets"),
        (service("ftp://minid.example.org"), "deriva.identifiers.url"),
        (service("https://us:x@minid.example.org"), "deriva.identifiers.url"),
    ] {
        let faults = deriva(&keys).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some(place), "{keys}");
    }
}

#[test]
fn datasets_alone_are_exported_for_pages_of_idah() {
    let sources = "[sources.labels]\nkind = \"dataset\"\ndirectory = \"/data/labels\"\n\
        [sources.t]\nkind = \"csv\"\npath = \"t.csv\"\n";
    let idah = |keys: &str| read(&format!("{sources}[idah]\n{keys}\n"));
    let exporters = "exporters = { \"A::B\" = { name = \"All\", to = \"a.json\" }, \"C\" = {} }";
    let config = idah(&format!("source = \"labels\"\n{exporters}")).unwrap();
    let settings = config.idah.settings().unwrap();
    let told: Vec<[&str; 3]> = settings
        .exporters
        .iter()
        .map(|exporter| [&*exporter.plugin, &*exporter.name, &*exporter.to])
        .collect();
    assert_eq!(told, [["A::B", "All", "a.json"], ["C", "C", "export/"]]);
    assert!(Config::default().idah.settings().is_none());
    for (source, told) in [("none", "no source"), ("t", "dataset")] {
        let faults = idah(&format!("source = \"{source}\"")).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some("idah.source"), "{source}");
        assert!(faults[0].message.contains(told), "{faults:?}");
    }
}

#[test]
fn datasets_that_everybody_reads_with_their_own_rights_have_a_door() {
    let labels = "[sources.labels]\nkind = \"dataset\"\n\
        http = { url = \"https://idah.example.org\", rights = \"caller\", token_keys_file = \"/k\" }\n";
    read(&format!("{labels}[idah]\nsource = \"labels\"\n")).unwrap();
    let faults = read(labels).unwrap_err();
    assert_eq!(faults[0].place.as_deref(), Some("sources.labels.http.rights"));
    assert!(faults[0].message.contains("[idah]"), "{faults:?}");
}

#[test]
fn an_operator_asks_by_http_and_not_all_the_time() {
    for (keys, place) in [
        ("url = \"ftp://exports.example.org/\"", "operator.url"),
        ("interval = \"0s\"", "operator.interval"),
    ] {
        let faults = read(&format!("[operator]\n{keys}\n")).unwrap_err();
        assert_eq!(faults[0].place.as_deref(), Some(place), "{keys}");
    }
    let config = read("[operator]\nurl = \"https://exports.example.org/\"\n").unwrap();
    assert_eq!(config.operator.settings().url.as_str(), "https://exports.example.org/");
}

#[test]
fn a_certificate_needs_its_key() {
    for (given, missing) in [("certificate", "private_key"), ("private_key", "certificate")] {
        let faults = read(&format!("[coordinator]\n{given} = \"/x.pem\"\n")).unwrap_err();
        let place = format!("coordinator.{missing}");
        assert_eq!(faults[0].place.as_deref(), Some(place.as_str()));
    }
}

#[test]
fn a_fleet_needs_its_addresses() {
    let faults =
        read("[store]\nkind = \"s3\"\n[queue]\nkind = \"rabbitmq\"\n[board]\nkind = \"redis\"\n")
            .unwrap_err();
    let places: Vec<&str> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
    assert_eq!(
        places,
        [
            "store.bucket",
            "store.access_key_id",
            "store.secret_access_key_file",
            "queue.url_file",
            "board.url_file"
        ]
    );
}

#[test]
fn a_secret_of_digits_is_taken_as_it_is_given() {
    let variables = Toml::string("[store]\nsecret_access_key = 123\n[worker]\nslots = 7\n");
    let layers = Figment::from(Serialized::defaults(Config::default())).merge(variables);
    let given = [("store.secret_access_key", "0123"), ("worker.slots", "7")];
    let given = given.map(|(key, text)| (key.to_owned(), text.to_owned()));
    let config = Config::of(&secrets_as_given(layers, given.into_iter())).unwrap();
    let secret = config.store.secret_access_key.or_file(Path::new("")).unwrap();
    assert_eq!((expose(&secret), config.worker.slots), ("0123", 7));
}

#[test]
fn mistakes_are_told_without_the_secrets_in_them() {
    for (toml, place) in [
        ("[store]\nsecret_access_key = 1234567890123", Some("store.secret_access_key")),
        ("[webhooks.crm]\nsecret = [\"1234567890123\"]", Some("webhooks.crm")),
        ("queue = [{url = \"1234567890123\"}]", Some("queue")),
        ("[store]\nsecret_access_key = \"1234567890123", None),
    ] {
        let faults = read(toml).unwrap_err();
        let told = format!("{faults:?}");
        assert!(!told.contains("1234567890123"), "{told}");
        let is_there = faults
            .iter()
            .any(|fault| fault.place.as_deref().unwrap_or("").starts_with(place.unwrap_or("")));
        assert!(is_there, "{told}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let config = read("[queue]\nurl = \"amqp://canary-secret@h\"\n").unwrap();
    assert!(!format!("{config:?}").contains("canary-secret"));
    assert!(!serde_json::to_string(&config).unwrap().contains("canary-secret"));
}
