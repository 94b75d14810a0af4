//! Catalogues of easydb: those of the generator, in folders and behind a server.

pub(crate) mod catalogue;
pub(crate) mod live;
mod searches;
mod server;
mod pages;
mod told;
mod fylr;
mod provided;
pub(crate) mod scenarios;
mod documents;
mod covered;
