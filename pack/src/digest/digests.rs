//! The digests that people ask for, in one pass.

use md5::{Digest, Md5};
use proto::digest::{Algorithm, hex};

use super::BLOCK_BYTES;
use super::sha::Sha;

/// Some digests of the same bytes; of those alone that were asked for, for each costs.
///
/// Measured on 64 MiB, one core with instructions for SHA: MD5 0.61 GB/s, SHA-1 2.1, SHA-256 2.0,
/// SHA-512 0.59; MD5 and SHA-256 together 0.48, all four 0.23.
#[derive(Debug, Clone)]
pub struct Digests(Vec<State>);

#[derive(Debug, Clone)]
enum State {
    Md5(Md5),
    Sha(Algorithm, Sha),
}

impl Digests {
    /// Of nothing yet.
    pub fn new(algorithms: &[Algorithm]) -> Self {
        let state = |algorithm: &Algorithm| match algorithm {
            Algorithm::Md5 => State::Md5(Md5::new()),
            Algorithm::Sha1 => State::Sha(*algorithm, Sha::sha1()),
            Algorithm::Sha256 => State::Sha(*algorithm, Sha::sha256()),
            Algorithm::Sha512 => State::Sha(*algorithm, Sha::sha512()),
        };
        Self(algorithms.iter().map(state).collect())
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        for block in data.chunks(BLOCK_BYTES) {
            for state in &mut self.0 {
                match state {
                    State::Md5(md5) => md5.update(block),
                    State::Sha(_, sha) => sha.update(block),
                }
            }
        }
    }

    /// Each digest in lowercase hexadecimal, in the order in which they were asked for.
    pub fn finish(self) -> Vec<(Algorithm, String)> {
        let told = |state| match state {
            State::Md5(md5) => (Algorithm::Md5, hex(&md5.finalize())),
            State::Sha(algorithm, sha) => (algorithm, sha.finish()),
        };
        self.0.into_iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each algorithm with what it makes of `123456789`.
    const KNOWN: [(Algorithm, &str); 4] = [
        (Algorithm::Md5, "25f9e794323b453885f5181f1b624d0b"),
        (
            Algorithm::Sha512,
            "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
        ),
        (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (Algorithm::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ];

    #[test]
    fn digests_are_those_the_world_knows_and_those_asked_for() {
        for count in 0..=KNOWN.len() {
            let algorithms = KNOWN[..count].iter().map(|&(algorithm, _)| algorithm);
            let mut digests = Digests::new(&algorithms.collect::<Vec<_>>());
            digests.update(b"12345");
            digests.update(b"");
            digests.update(b"6789");
            let found = digests.finish();
            assert!(
                found.iter().map(|(a, hex)| (*a, hex.as_str())).eq(KNOWN[..count].iter().copied())
            );
        }
    }
}
