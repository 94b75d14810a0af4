//! How CSV text is to look where a source makes it itself.

/// How CSV text is to look; the defaults are those of RFC 4180.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields.
    pub quote: u8,
    /// Whether every field is quoted, or only those that need it.
    pub quoting: Quoting,
    /// Whether cells that a spreadsheet would run get a `'` before them.
    pub formulas: Formulas,
}

/// Which fields are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Those that hold a delimiter, a quote or a line end.
    Needed,
    /// All.
    Always,
}

/// What becomes of cells that a spreadsheet would run as formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formulas {
    /// They stay as they are.
    Kept,
    /// They get a `'` before them.
    Escaped,
}
