//! Runs that have ended, as their workers, agents and coordinators leave them in the store.

use std::collections::BTreeMap;
use std::io::Write as _;

use bytes::Bytes;
use fabric::record;
use flate2::write::DeflateEncoder;
use pack::zip::{Entry, local_header};
use proto::archive::{Archive, Handover, Link, Receipt, Volume};
use proto::commit::{Commit, Content, Member, MemberOf, Method as Packing, Segment, Share};
use proto::definition::{Definition, Packer, TransportKind};
use proto::delivery::{Delivery, Step};
use proto::fault::{Code, Fault};
use proto::id::{ExportId, RunId};
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};
use proto::run::{BatchFault, Counts, Outcome, State};
use serde_json::{Value, json};

use super::{ARCHIVE, Scene, definition};

impl Scene {
    /// An export of Ann's whose first run has ended: `flights.csv` of two shares, and two files.
    pub(in crate::api::tests) async fn ended(&self, packer: Packer) -> RunId {
        let transports = json!([{"type": "download", "packer": packer}]);
        self.ended_by(transports, packer, State::Done, Vec::new()).await
    }

    /// The same with two transports: the first has delivered an archive, the second has failed.
    pub(in crate::api::tests) async fn half_failed(&self) -> RunId {
        let transports = json!([{"type": "download", "packer": "zip"},
                                {"type": "download", "packer": "none"}]);
        let fault = Fault::new(Code::StoreDamaged, "it is torn").hint("mend it");
        let faults = vec![BatchFault { batch: None, transport: Some(1), fault: fault.clone() }];
        let run = self.ended_by(transports, Packer::Zip, State::Failed, faults).await;
        let now = self.coordinator.ambient.now();
        for (transport, steps) in [
            (0, vec![Step::Assembling, Step::Assembled, Step::Delivering, Step::Delivered]),
            (1, vec![Step::Assembling, Step::Failed { fault }]),
        ] {
            let mut delivery = Delivery::default();
            for step in steps {
                delivery.note(now, 1, step);
            }
            let key = Key::delivery(run, transport);
            record::create(&*self.store, &key, &delivery).await.unwrap();
        }
        let handover = Handover { transport: 0, at: now, unreached: Vec::new() };
        record::create(&*self.store, &Key::handover(run, 0), &handover).await.unwrap();
        let archive: Archive = record::read(&*self.store, &Key::archive(run, 0)).await.unwrap();
        let receipt = Receipt {
            transport: 0,
            kind: TransportKind::Download,
            recipient: "link".to_owned(),
            at: now,
            volumes: archive.volumes,
            delivered: None,
            subject: None,
        };
        record::create(&*self.store, &Key::receipt(run, 0, "link"), &receipt).await.unwrap();
        run
    }

    async fn ended_by(
        &self,
        transports: Value,
        packer: Packer,
        state: State,
        faults: Vec<BatchFault>,
    ) -> RunId {
        let mut document = tables();
        document["transports"] = transports;
        let made = self.post("/v1/exports", &self.ann, &document).await;
        assert_eq!(made.status, 201, "{made:?}");
        let export: ExportId = made.json()["id"].as_str().unwrap().parse().unwrap();
        let run = RunId { export, run: 1 };
        self.end(run, &document, packer, state, faults).await;
        run
    }

    /// The first run of an export as if it had made these outputs, and has ended.
    pub(in crate::api::tests) async fn end(
        &self,
        run: RunId,
        document: &Value,
        packer: Packer,
        state: State,
        faults: Vec<BatchFault>,
    ) {
        let counts = Counts { batches: 3, records: 2, bytes: 12, warnings: 0 };
        let at = self.coordinator.ambient.now();
        let outcome = Outcome { state, at, counts, faults, warnings: Vec::new() };
        self.end_with(run, document, packer, &outcome).await;
    }

    /// The same, of a run that ended in this way.
    pub(in crate::api::tests) async fn end_with(
        &self,
        run: RunId,
        document: &Value,
        packer: Packer,
        outcome: &Outcome,
    ) {
        self.plan(run, document).await;
        self.share(run, 0, b"1,UA\r\n").await;
        self.share(run, 1, b"2,AA\r\n").await;
        self.members(run).await;
        self.deliver(run, packer).await;
        record::create(&*self.store, &Key::outcome(run), outcome).await.unwrap();
    }

    async fn plan(&self, run: RunId, document: &Value) {
        let fields = Some(vec!["id".to_owned(), "carrier".to_owned()]);
        let output = |index, member: Option<&str>, first, batches| PlannedOutput {
            index,
            member: member.map(str::to_owned),
            fields: fields.clone(),
            search: None,
            columns: None,
            view: None,
            sheets: Vec::new(),
            merge: None,
            first,
            batches,
        };
        let plan = Plan {
            owner: None,
            definition: Definition::parse(&document.to_string()).unwrap(),
            attempt: "a".to_owned(),
            outputs: vec![output(0, Some("flights.csv"), 0, 2), output(1, None, 2, 1)],
            batches: 3,
            records: Some(2),
            bytes: None,
        };
        record::create(&*self.store, &Key::plan(run), &plan).await.unwrap();
    }

    async fn share(&self, run: RunId, ordinal: u32, text: &[u8]) {
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.flush().unwrap();
        let packed = encoder.get_ref().clone();
        let share = Share {
            crc32: crc32fast::hash(text),
            size: text.len() as u64,
            compressed: packed.len() as u64,
        };
        self.commit(run, ordinal, "a", packed, Content::Share(share)).await;
    }

    /// A stored file `ä.json`, and a deflated one of 1 MB in a folder.
    async fn members(&self, run: RunId) {
        let small = member("ä.json", b"[1]".to_vec(), Packing::Stored, None);
        let large = member("big/2.json", big(), Packing::Deflated, None);
        self.files(run, "a", vec![small, large]).await;
    }

    /// Two files of a catalogue in place of these, in a run that has not ended yet.
    pub(in crate::api::tests) async fn catalogue_files(&self, run: RunId) {
        let file = |eas_id: u64, path: &'static str| {
            let (version, class) = ("original".to_owned(), "image".to_owned());
            let of = MemberOf { eas_id, version, class, system_object_id: 11_000 + eas_id };
            member(path, path.as_bytes().to_vec(), Packing::Stored, Some(Box::new(of)))
        };
        self.files(run, "files", vec![file(1, "a.jpg"), file(2, "b.jpg")]).await;
    }

    /// Files of these paths in place of these, each with its path in it, in a run that has not ended yet.
    pub(in crate::api::tests) async fn files_at(&self, run: RunId, paths: &[&str]) {
        let file = |path: &&str| member(path, path.as_bytes().to_vec(), Packing::Stored, None);
        self.files(run, "paths", paths.iter().map(file).collect()).await;
    }

    /// The files of the last batch.
    async fn files(&self, run: RunId, attempt: &str, files: Vec<(Member, Vec<u8>)>) {
        let (mut segment, mut members) = (Vec::new(), Vec::new());
        for (mut member, data) in files {
            member.offset = segment.len() as u64;
            local_header(&Entry::of(&member, &member.path), &mut segment);
            segment.extend_from_slice(&data);
            members.push(member);
        }
        self.commit(run, 2, attempt, segment, Content::Members(members)).await;
    }

    async fn commit(
        &self,
        run: RunId,
        ordinal: u32,
        attempt: &str,
        bytes: Vec<u8>,
        content: Content,
    ) {
        let (key, len, crc32) =
            (Key::segment(run, ordinal, 0, attempt), bytes.len() as u64, crc32fast::hash(&bytes));
        let tag = self.store.put_if_absent(&key, bytes.into()).await.unwrap().0;
        let segment = Some(Segment { key, len, crc32, tag });
        let commit = Commit {
            ordinal,
            // The last one has files.
            records: u64::from(ordinal < 2),
            bytes: 6,
            segment,
            content,
            lays: Vec::new(),
            warnings: Vec::new(),
        };
        record::create(&*self.store, &Key::commit(run, ordinal), &commit).await.unwrap();
    }

    async fn deliver(&self, run: RunId, packer: Packer) {
        let key = Key::volume(run, 0, 0, "a");
        self.store.put_if_absent(&key, Bytes::from_static(ARCHIVE)).await.unwrap();
        let volume = Volume {
            name: "Flüge.zip".to_owned(),
            key,
            len: ARCHIVE.len() as u64,
            crc32: crc32fast::hash(ARCHIVE),
            sha256: None,
        };
        let volumes = if packer.lay().is_some() { vec![volume] } else { Vec::new() };
        let archive = Archive {
            transport: 0,
            packer,
            volumes,
            bag: None,
            sealed: None,
            members: 3,
            bytes: 12,
            moved: 0,
        };
        record::create(&*self.store, &Key::archive(run, 0), &archive).await.unwrap();
        let created = self.coordinator.ambient.now();
        let expires = created + std::time::Duration::from_hours(7 * 24);
        let link = Link { transport: 0, created, expires, changed: None };
        let key = Key::link(run, &Link::of_delivery(0, 1));
        record::create(&*self.store, &key, &link).await.unwrap();
    }
}

/// A definition with a table of two batches and files of one.
pub(in crate::api::tests) fn tables() -> Value {
    let mut document = definition();
    document["outputs"] = json!([
        {"to": "flights.csv", "from": "flights", "format": "csv"},
        {"to": "{id}.json", "from": "flights", "format": "json", "per": "record"}]);
    document
}

/// What the deflated file holds.
pub(in crate::api::tests) fn big() -> Vec<u8> {
    (0..250_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect()
}

/// A file of a segment, where that has no others before it, and its data there.
fn member(
    path: &str,
    text: Vec<u8>,
    method: Packing,
    of: Option<Box<MemberOf>>,
) -> (Member, Vec<u8>) {
    let (crc32, size) = (crc32fast::hash(&text), text.len() as u64);
    let data = match method {
        Packing::Stored => text,
        Packing::Deflated => {
            let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&text).unwrap();
            encoder.finish().unwrap()
        }
    };
    let member = Member {
        path: path.to_owned(),
        offset: 0,
        method,
        crc32,
        compressed: data.len() as u64,
        size,
        sha256: "00".repeat(32),
        digests: BTreeMap::new(),
        packed_crc32: None,
        of,
        original: None,
    };
    (member, data)
}
