//! Whether an update is of the export that it is sent to, and of the version that this is in.

use proto::easydb::{Document, Mistake, What};
use proto::run::Head;
use serde_json::Value;

use super::Product;
use super::trouble::Trouble;

/// Refuses an update that names another export, as one that was meant for it does; fylr's clients have to say which
/// they mean.
pub(super) fn check_id(sent: &Value, head: &Head, product: Product) -> Result<(), Trouble> {
    let named = sent.get("export").unwrap_or(sent).get("_id").unwrap_or(&Value::Null);
    let number = named.as_u64().or_else(|| named.as_str()?.trim().parse().ok());
    let what = match (named.is_null(), product) {
        (true, Product::Easydb5) => return Ok(()),
        (true, Product::Fylr) => What::Missing,
        (false, _) if number.is_some() && number == head.number => return Ok(()),
        (false, _) => {
            let own = head.number.unwrap_or_default();
            What::Value {
                why: format!("the update is sent to the export {own}, and names {named}"),
            }
        }
    };
    Err(vec![Mistake { what, place: "export._id".to_owned() }].into())
}

/// Refuses what was made for another version. The next version is expected; easydb's clients may send
/// the current one, or none.
pub(super) fn check_version(
    document: &Document,
    head: &Head,
    product: Product,
) -> Result<(), Trouble> {
    let (current, next) = (u64::from(head.version), u64::from(head.version) + 1);
    let fits = match (document.version, product) {
        (Some(version), _) if version == next => true,
        (Some(version), Product::Easydb5) => version == current,
        (None, Product::Easydb5) => true,
        (Some(_) | None, Product::Fylr) => false,
    };
    if fits { Ok(()) } else { Err(Trouble::Version { provided: document.version, expected: next }) }
}
