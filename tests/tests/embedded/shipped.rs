//! The configurations that are shipped, for packages and containers, are right as they are. What else is shipped
//! with them is judged by `deploy/check`.

use std::path::Path;

use tests::Fleet;

#[tokio::test]
async fn every_configuration_that_is_shipped_is_right() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let fleet = Fleet::new("").unwrap();
    for shipped in ["longshore.toml", "compose/longshore.toml", "debian/longshore.toml"] {
        let path = deploy.join(shipped);
        fleet.run(&["check", path.to_str().unwrap()]).await.unwrap();
    }
}
