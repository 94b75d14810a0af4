//! Runs that are to end with warnings, as their workers and agents leave them in the store.

use fabric::board::{Board as _, Mark};
use fabric::record;
use proto::archive::Handover;
use proto::commit::{Commit, Content, Warning};
use proto::definition::Packer;
use proto::fault::{Code, Fault};
use proto::id::RunId;
use proto::key::Key;
use proto::run::Counts;

use super::Scene;

impl Scene {
    /// A run of three batches, each of which left something out; all is delivered, and how it ended is not written.
    pub(in crate::api::tests) async fn warned(&self) -> RunId {
        let run = self.ended(Packer::Zip).await;
        for ordinal in 0..3 {
            let key = Key::commit(run, ordinal);
            self.store.delete(std::slice::from_ref(&key)).await.unwrap();
            record::create(&*self.store, &key, &commit(ordinal)).await.unwrap();
            // A board that knows of them need not be told, and they need not be read for that.
            let counts = Counts { batches: 1, records: 1, bytes: 6, warnings: 1 };
            self.board.mark(run, &[Mark { ordinal, counts }]).await.unwrap();
        }
        let at = self.coordinator.ambient.now();
        let handover = Handover { transport: 0, at, unreached: Vec::new() };
        record::create(&*self.store, &Key::handover(run, 0), &handover).await.unwrap();
        self.store.delete(&[Key::outcome(run)]).await.unwrap();
        run
    }
}

fn commit(ordinal: u32) -> Commit {
    let warning = Warning {
        fault: Fault::new(Code::AssetMissing, "it is gone"),
        output: "flights.csv".to_owned(),
        subject: None,
        object: None,
        left_out: None,
    };
    Commit {
        ordinal,
        records: 1,
        bytes: 6,
        segment: None,
        content: Content::Members(Vec::new()),
        lays: Vec::new(),
        warnings: vec![warning],
    }
}
