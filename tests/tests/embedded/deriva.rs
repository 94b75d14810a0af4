//! Longshore in the place of a deployment's export service, for the clients that Deriva's makers wrote: over TLS,
//! before a server that stands in for the catalogue's.

mod door;
mod asked;
mod client;
mod library;
mod waiting;
mod crowd;
mod killed;
mod borders;
mod requests;
mod bags;
mod replayed;
mod afterwards;
