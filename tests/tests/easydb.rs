//! Catalogues of easydb: those of the generator, in folders and behind a server.

mod catalogue;
mod server;
