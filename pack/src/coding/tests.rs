use proptest::prelude::*;
use proto::commit::Share;

use super::*;
use crate::deflate::{Inflater, Progress};

pub(super) const CODINGS: [Coding; 5] =
    [Coding::Plain, Coding::Gzip, Coding::Bzip2, Coding::Zstd, Coding::Xz];

/// Pieces and texts, joined to a stream.
pub(super) struct Stream {
    coding: Coding,
    bytes: Vec<u8>,
    all: Piece,
}

impl Stream {
    pub(super) fn new(coding: Coding) -> Self {
        Self { coding, bytes: coding.open().to_vec(), all: Piece::default() }
    }

    pub(super) fn copy(&mut self, piece: Piece, bytes: &[u8]) {
        assert_eq!(piece.compressed, bytes.len() as u64);
        self.all = self.coding.joined(self.all, piece);
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn piece(&mut self, content: &[u8]) {
        let (piece, bytes) = piece(self.coding, content, 64 << 10);
        self.copy(piece, &bytes);
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        let mut bytes = Vec::new();
        let piece = self.coding.text(text, &mut bytes);
        self.copy(piece, &bytes);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.coding.close(&self.all, &mut self.bytes);
        self.bytes
    }
}

pub(super) fn piece(coding: Coding, content: &[u8], chunk_bytes: usize) -> (Piece, Vec<u8>) {
    let (mut writer, mut out) = (PieceWriter::new(coding), Vec::new());
    content.chunks(chunk_bytes).for_each(|chunk| writer.write(chunk, &mut out));
    let piece = writer.finish(&mut out);
    assert_eq!((piece.size, piece.compressed), (content.len() as u64, out.len() as u64));
    (piece, out)
}

/// What a stream holds; a single one for gzip, bzip2 and xz, whatever follows the first is not read.
fn decoded(coding: Coding, stream: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    match coding {
        Coding::Plain => content.extend_from_slice(stream),
        Coding::Gzip => {
            let (body, end) = stream[10..].split_at(stream.len() - 18);
            let ended = Inflater::new().write(body, &mut content).unwrap();
            assert_eq!(ended, Progress::Ended { used: body.len() });
            assert_eq!(end[..4], crc32fast::hash(&content).to_le_bytes());
            assert_eq!(end[4..], content.len().to_le_bytes()[..4]);
        }
        Coding::Bzip2 => {
            let mut decoder = ::bzip2::bufread::BzDecoder::new(stream);
            std::io::copy(&mut decoder, &mut content).unwrap();
            assert!(decoder.into_inner().is_empty(), "nothing follows the stream");
        }
        Coding::Zstd => {
            ::zstd::stream::copy_decode(stream, &mut content).unwrap();
        }
        Coding::Xz => {
            let mut decoder = ::liblzma::bufread::XzDecoder::new(stream);
            std::io::copy(&mut decoder, &mut content).unwrap();
            assert!(decoder.into_inner().is_empty(), "nothing follows the stream");
        }
    }
    content
}

#[test]
fn a_piece_of_nothing_is_no_bytes() {
    for coding in CODINGS {
        assert_eq!(piece(coding, b"", 1), (Piece::default(), Vec::new()), "{coding:?}");
        let mut out = Vec::new();
        assert_eq!((coding.text(b"", &mut out), out), (Piece::default(), Vec::new()));
    }
}

#[test]
fn a_stream_of_nothing_is_whole() {
    for coding in CODINGS {
        assert!(decoded(coding, &Stream::new(coding).finish()).is_empty(), "{coding:?}");
    }
}

#[test]
fn zip_shares_with_texts_between_them_are_one_gzip_member() {
    let (first, second) = ("id,name\r\n".repeat(9000).into_bytes(), crate::noise(200_000));
    let share = |content: &[u8]| -> (Share, Vec<u8>) {
        let (mut writer, mut bytes) = (ShareWriter::new(), Vec::new());
        writer.write(content, &mut bytes);
        (writer.finish(&mut bytes), bytes)
    };
    let mut stream = Stream::new(Coding::Gzip);
    stream.text(b"a header");
    for content in [&first, &second] {
        let (share, bytes) = share(content);
        stream.copy(share.into(), &bytes);
        stream.text(&[0; 511]);
    }
    let expected = [b"a header", &first[..], &[0; 511], &second, &[0; 511]].concat();
    assert!(decoded(Coding::Gzip, &stream.finish()) == expected);
}

#[test]
fn blocks_of_bzip2_are_filled_to_the_brim_and_no_further() {
    // Noise, runs that grow by being written as four and a count, runs that nearly vanish, and runs
    // that end at a block's border.
    let fours: Vec<u8> = (0..600_000_u32).flat_map(|n| [n.to_le_bytes()[0]; 4]).collect();
    let edge = |run: usize| [&crate::noise(899_690)[..], &vec![7; run], b"after"].concat();
    let contents = [crate::noise(1_800_000), fours, vec![0; 46_000_000], edge(3), edge(300)];
    for (content, blocks) in contents.iter().zip([3, 4, 2, 1, 2]) {
        let (piece, bytes) = piece(Coding::Bzip2, content, usize::MAX);
        let mut stream = Stream::new(Coding::Bzip2);
        stream.copy(piece, &bytes);
        assert!(decoded(Coding::Bzip2, &stream.finish()) == *content);
        assert_eq!(piece.blocks, blocks);
    }
}

/// What stands before a piece is forgotten, as far as a dictionary reaches.
#[test]
fn pieces_of_xz_need_nothing_of_each_other() {
    let same = crate::noise(300_000);
    let (piece, bytes) = piece(Coding::Xz, &same, 64 << 10);
    let mut stream = Stream::new(Coding::Xz);
    for _ in 0..3 {
        stream.copy(piece, &bytes);
    }
    let whole = stream.finish();
    assert!(whole.len() > 3 * same.len());
    assert!(decoded(Coding::Xz, &whole) == [&same[..]; 3].concat());
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..5000),
        "[a-f,\n]{0,300}".prop_map(|text| text.repeat(700).into_bytes()),
        (any::<u8>(), 0..2_000_000_usize).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pieces_of_any_cut_join_to_the_content(
        content in content(),
        mut cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..12),
    ) {
        cuts.sort_by_key(|(cut, _)| cut.index(content.len() + 1));
        for coding in CODINGS {
            let (mut stream, mut start) = (Stream::new(coding), 0);
            for &(cut, is_text) in &cuts {
                let end = cut.index(content.len() + 1);
                let part = &content[start..end];
                if is_text { stream.text(part) } else { stream.piece(part) }
                start = end;
            }
            stream.piece(&content[start..]);
            prop_assert!(decoded(coding, &stream.finish()) == content, "{:?}", coding);
        }
    }

    #[test]
    fn neighbours_may_be_joined_in_any_order(
        checks in prop::array::uniform3(any::<(u32, u16, u16)>()),
    ) {
        let [a, b, c] = checks.map(|(check, size, blocks)| Piece {
            size: u64::from(size),
            compressed: 1,
            check,
            blocks: u64::from(blocks),
        });
        for coding in CODINGS {
            prop_assert_eq!(
                coding.joined(coding.joined(a, b), c),
                coding.joined(a, coding.joined(b, c))
            );
        }
    }

    #[test]
    fn how_content_comes_does_not_show(content in content(), chunk_bytes in 1..300_000_usize) {
        for coding in CODINGS {
            let whole = piece(coding, &content, usize::MAX);
            prop_assert!(piece(coding, &content, chunk_bytes) == whole, "{:?}", coding);
        }
    }
}
