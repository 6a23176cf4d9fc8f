//! The parser: one file as its sections and their keys, with the lines that botocore refuses. It keeps all bytes, so
//! that `edit` and `remove` can write back what they do not change.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::blank::{self, trim, trim_end, trim_start};
use super::fault::{Cost, Fault, FaultKind};
use super::names::{self, Named, Word};
use super::table::Table;
use super::{FileKind, keys};

/// The byte order mark of UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One of the two files, taken apart as Python's `configparser` takes it apart for botocore. All of its bytes
/// are kept.
pub struct Document {
    pub(super) kind: FileKind,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) blocks: Vec<Block>,
    pub(super) entries: Vec<Entry>,
    /// The values of more than one line.
    joined: Vec<Zeroizing<Vec<u8>>>,
    /// Keys whose capitals are not those of ASCII, in small letters.
    folded: Vec<String>,
    /// The `[DEFAULT]` sections, whose keys every section has.
    pub(super) defaults: Vec<u32>,
    faults: Vec<Fault>,
}

/// A part of the file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        Self {
            start: narrow(start),
            end: narrow(end),
        }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A file has fewer than 2³² bytes: see [`Document::parse`].
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A header with what stands below it.
#[derive(Debug)]
pub(super) struct Block {
    /// The offset of the header's line, in bytes.
    pub(super) start: u32,
    /// The number of the header's line.
    pub(super) line: u32,
    /// The text between the brackets; of a header that cannot be read, the name that was meant.
    pub(super) name: Span,
    pub(super) entries: Range<u32>,
    /// The keys that it may have.
    pub(super) keys: KeyFilter,
    /// The section of the same name above, whose keys count as well.
    pub(super) previous: Option<u32>,
    /// Whether the header has its closing bracket and a name.
    pub(super) is_whole: bool,
    /// Whether one of its lines makes the section unusable.
    pub(super) is_lost: bool,
}

/// A set of keys that tells most keys that are not in it from those that are, without a look at the file. Most of the
/// keys that this program asks for are in few sections.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeyFilter {
    /// The bit of each key that is in it.
    bits: u64,
    /// Whether a key was put in whose bit another one had set.
    may_have_duplicates: bool,
}

impl KeyFilter {
    /// The set of all keys.
    const ALL: Self = Self {
        bits: u64::MAX,
        may_have_duplicates: true,
    };

    fn insert(&mut self, key: &[u8]) {
        let bit = Self::bit(key);
        self.may_have_duplicates |= self.bits & bit != 0;
        self.bits |= bit;
    }

    /// Adds the keys of another set. Those that both have are duplicates of none.
    pub(super) fn extend(&mut self, other: Self) {
        self.bits |= other.bits;
    }

    /// Whether a key, whatever the case of its ASCII letters, may be in the set. `false` is certain.
    #[inline]
    pub(super) fn may_contain(self, key: &[u8]) -> bool {
        self.bits & Self::bit(key) != 0
    }

    /// One of 64 bits for the key: by its length and its first and last letter, since the names of settings differ in
    /// them. With these factors, no setting has the bit of `aws_access_key_id`, `aws_secret_access_key`, `mfa_serial`
    /// or `region`, which are in most sections.
    #[inline]
    fn bit(key: &[u8]) -> u64 {
        /// The bit in which ASCII letters differ in case.
        const CASE: u8 = 0x20;
        let (Some(first), Some(last)) = (key.first(), key.last()) else {
            return 1;
        };
        let first = 28 * usize::from(first | CASE);
        let last = 35 * usize::from(last | CASE);
        1 << ((key.len() + first + last) % 64)
    }
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry {
    /// The offset of its line with the indentation, in bytes.
    pub(super) start: u32,
    /// The number of its line.
    pub(super) line: u32,
    pub(super) key: Span,
    /// After the `=` or `:`.
    pub(super) after_delimiter: u32,
    /// The part of the value in the first line.
    pub(super) value: Span,
    /// The whole value, if it has more lines: an index plus one.
    joined: u32,
    /// The key in small letters, if that takes more than ASCII: an index plus one.
    folded: u32,
    /// Whether a nested line below it cannot be read.
    pub(super) is_lost: bool,
}

impl Entry {
    /// Whether the value goes on in a second line.
    pub(super) fn has_more_lines(&self) -> bool {
        self.joined > 0
    }
}

impl Document {
    /// Takes a file apart.
    #[must_use]
    pub fn parse(kind: FileKind, bytes: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        let mut document = Self {
            kind,
            bytes: bytes.into(),
            blocks: Vec::new(),
            entries: Vec::new(),
            joined: Vec::new(),
            folded: Vec::new(),
            defaults: Vec::new(),
            faults: Vec::new(),
        };
        if u32::try_from(document.bytes.len()).is_err() {
            document.bytes = Zeroizing::default();
            document.fault(1, FaultKind::TooLarge, Cost::Nothing, None);
            return document;
        }
        let bytes = std::mem::take(&mut document.bytes);
        let lines = Scanner::new(&bytes, &mut document).scan();
        document.bytes = bytes;
        document.find_duplicate_sections();
        document.find_duplicate_keys();
        document.find_nested_without_equals(&lines);
        document.find_bytes_that_are_no_text();
        document.faults.sort_by_key(|fault| fault.line);
        for fault in &document.faults {
            if let (Cost::Section, Some(block)) = (fault.cost, fault.block) {
                document.blocks[block as usize].is_lost = true;
            }
        }
        document
    }

    /// The kind of the file.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// All bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The lines for which the AWS CLI refuses this file, from the top.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The faults in this line and below it.
    pub(super) fn faults_from(&self, line: usize) -> &[Fault] {
        let start = self.faults.partition_point(|fault| fault.line < line);
        &self.faults[start..]
    }

    /// Whether every byte belongs to UTF-8 text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        !(self.faults.iter()).any(|fault| fault.kind == FaultKind::NotUtf8)
    }

    /// The names of the sections as they stand between the brackets, each with the number of its line.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let whole = self.blocks.iter().filter(|block| block.is_whole);
        whole.map(|block| (self.part(block.name), block.line as usize))
    }

    /// Whether the section whose header is in this line defines a profile.
    #[must_use]
    pub fn is_profile(&self, line: usize) -> bool {
        self.block_at(line).is_some_and(|block| {
            matches!(self.named(block), Named::Profile(_)) || self.named_by_sdk(block).is_some()
        })
    }

    /// Whether the section whose header is in this line has a setting that AWS tools know in a profile.
    #[must_use]
    pub fn has_profile_settings(&self, line: usize) -> bool {
        let is_known = |entry: &Entry| {
            let key = self.key(entry);
            key.is_some_and(|key| keys::is_read(&key) || key == "output")
        };
        let block = self.block_at(line);
        block.is_some_and(|block| self.entries_of(block).iter().any(is_known))
    }

    fn block_at(&self, line: usize) -> Option<&Block> {
        let blocks = &self.blocks;
        let position = blocks.binary_search_by_key(&line, |block| block.line as usize);
        position.ok().map(|position| &blocks[position])
    }

    pub(super) fn part(&self, span: Span) -> &[u8] {
        &self.bytes[span.range()]
    }

    fn fault(&mut self, line: usize, kind: FaultKind, cost: Cost, block: Option<u32>) {
        self.faults.push(Fault {
            line,
            kind,
            cost,
            block,
        });
    }

    /// The kind of section that botocore takes it for.
    pub(super) fn named(&self, block: &Block) -> Named {
        names::by_botocore(self.kind, self.part(block.name))
    }

    /// The name that only the AWS SDK for Rust reads in the header of a section.
    pub(super) fn named_by_sdk(&self, block: &Block) -> Option<&[u8]> {
        let name = self.part(block.name);
        let is_odd = |byte: &u8| *byte <= b' ' || !byte.is_ascii();
        let may_differ = name.first().is_some_and(is_odd)
            || name.last().is_some_and(is_odd)
            || memchr::memchr2(b'#', b';', name).is_some();
        if !may_differ || !block.is_whole {
            return None;
        }
        // Its headers are never indented.
        let line = blank::lines(&self.bytes, block.start as usize).next()?;
        names::by_sdk(self.kind, &self.bytes[line.start..line.end])
    }

    /// The name of a profile or the like, as a slice of the file or of `word` itself.
    pub(super) fn word<'a>(&'a self, block: &Block, word: &'a Word) -> &'a [u8] {
        match word {
            Word::Part(part) => &self.part(block.name)[part.clone()],
            Word::Unquoted(name) => name,
        }
    }

    /// The line that costs a section, those of the same name above it, or `[DEFAULT]`.
    pub(super) fn loss(&self, block: u32) -> Option<&Fault> {
        let own = self.first_loss(self.chain_indices(block));
        own.or_else(|| self.loss_in_defaults())
    }

    /// The line that costs `[DEFAULT]`, and with it every section, be it one that is still to be written.
    pub(super) fn loss_in_defaults(&self) -> Option<&Fault> {
        self.first_loss(self.defaults.iter().copied())
    }

    /// The line that costs the first of these sections that is lost.
    fn first_loss(&self, mut blocks: impl Iterator<Item = u32>) -> Option<&Fault> {
        let lost = blocks.find(|block| self.blocks[*block as usize].is_lost)?;
        let is_it = |fault: &&Fault| fault.block == Some(lost) && fault.cost == Cost::Section;
        let header = self.blocks[lost as usize].line as usize;
        self.faults_from(header).iter().find(is_it)
    }

    /// The entry of a key, given in small ASCII letters, in a section, in the sections of the same name above
    /// it, or in `[DEFAULT]`. The last one counts.
    pub(super) fn find(&self, block: u32, key: &str) -> Option<&Entry> {
        if let Some(own) = self.find_own(block, key) {
            return Some(own);
        }
        let mut defaults = self.defaults.iter().rev();
        defaults.find_map(|block| self.find_in(&self.blocks[*block as usize], key))
    }

    /// The same without `[DEFAULT]`. This and `find_in` are loops, because `list` and completion spend much of their
    /// time here, and an iterator with a closure is a call at this crate's `opt-level`.
    pub(super) fn find_own(&self, block: u32, key: &str) -> Option<&Entry> {
        let mut next = Some(block);
        while let Some(index) = next {
            let block = &self.blocks[index as usize];
            if let Some(found) = self.find_in(block, key) {
                return Some(found);
            }
            next = block.previous;
        }
        None
    }

    /// A section and those of the same name above it, from the bottom.
    pub(super) fn chain(&self, block: u32) -> impl Iterator<Item = &Block> {
        self.chain_indices(block)
            .map(|block| &self.blocks[block as usize])
    }

    /// The entries that count for a section, from the one that counts least.
    pub(super) fn all_entries(&self, block: u32) -> impl Iterator<Item = &Entry> {
        let mut blocks: Vec<u32> = self.chain_indices(block).collect();
        blocks.extend(self.defaults.iter().rev());
        let blocks = blocks.into_iter().rev();
        blocks.flat_map(|block| self.entries_of(&self.blocks[block as usize]))
    }

    pub(super) fn chain_indices(&self, block: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(block), |block| self.blocks[*block as usize].previous)
    }

    #[expect(clippy::manual_find, reason = "see find_own")]
    pub(super) fn find_in(&self, block: &Block, key: &str) -> Option<&Entry> {
        if !block.keys.may_contain(key.as_bytes()) {
            return None;
        }
        for entry in self.entries_of(block).iter().rev() {
            if self.is_of(entry, key) {
                return Some(entry);
            }
        }
        None
    }

    pub(super) fn entries_of(&self, block: &Block) -> &[Entry] {
        &self.entries[block.entries.start as usize..block.entries.end as usize]
    }

    pub(super) fn is_of(&self, entry: &Entry, key: &str) -> bool {
        if entry.folded > 0 {
            return self.folded[entry.folded as usize - 1] == key;
        }
        let written = self.part(entry.key);
        written == key.as_bytes() || written.eq_ignore_ascii_case(key.as_bytes())
    }

    /// The key in small letters, as botocore has it. None if it is not text.
    pub(super) fn key(&self, entry: &Entry) -> Option<String> {
        if entry.folded > 0 {
            return Some(self.folded[entry.folded as usize - 1].clone());
        }
        let written = std::str::from_utf8(self.part(entry.key)).ok()?;
        Some(written.to_ascii_lowercase())
    }

    /// The value as botocore has it: its lines without indentation, the empty ones at the end cut. If it has
    /// more than one line, they are joined by `\n`.
    pub(super) fn value(&self, entry: &Entry) -> &[u8] {
        match entry.joined {
            0 => self.part(entry.value),
            joined => &self.joined[joined as usize - 1],
        }
    }

    /// The value without a comment at its end.
    pub(super) fn value_without_comment(&self, entry: &Entry) -> &[u8] {
        if entry.has_more_lines() {
            // No value that has a type goes on in a second line, and it shall not seem to.
            return self.value(entry);
        }
        let start = entry.after_delimiter as usize;
        trim(names::without_comment(
            &self.bytes[start..entry.value.end as usize],
        ))
    }

    /// Whether the value is a group of nested settings to botocore.
    pub(super) fn is_nested(&self, entry: &Entry) -> bool {
        entry.has_more_lines() && self.value(entry).first() == Some(&b'\n')
    }

    fn find_duplicate_sections(&mut self) {
        let mut table = Table::with_room_for(self.blocks.len());
        // The last section of a name that was met again; the table has the first.
        let mut last: HashMap<u32, u32> = HashMap::new();
        let mut duplicates = Vec::new();
        for (index, block) in (0..).zip(&self.blocks) {
            if !block.is_whole || self.part(block.name) == b"DEFAULT" {
                continue;
            }
            let name = self.part(block.name);
            let is_same = |other: u32| self.part(self.blocks[other as usize].name) == name;
            if let Some(first) = table.get_or_insert(name, index, is_same) {
                let previous = last.insert(first, index).unwrap_or(first);
                duplicates.push((index, first, previous));
            }
        }
        for (index, first, previous) in duplicates {
            let first = self.blocks[first as usize].line as usize;
            let block = &mut self.blocks[index as usize];
            block.previous = Some(previous);
            let line = block.line as usize;
            let kind = FaultKind::DuplicateSection { first };
            self.fault(line, kind, Cost::Nothing, Some(index));
        }
    }

    fn find_duplicate_keys(&mut self) {
        let mut duplicates = Vec::new();
        for (index, block) in (0..).zip(&self.blocks) {
            if block.is_whole && block.keys.may_have_duplicates {
                self.duplicate_keys(self.entries_of(block).iter(), index, &mut duplicates);
            }
        }
        if self.defaults.len() > 1 {
            let blocks = self
                .defaults
                .iter()
                .map(|block| &self.blocks[*block as usize]);
            let entries = blocks.flat_map(|block| self.entries_of(block));
            self.duplicate_keys(entries, self.defaults[0], &mut duplicates);
        }
        for (line, first, block) in duplicates {
            let kind = FaultKind::DuplicateKey { first };
            self.fault(line, kind, Cost::Nothing, Some(block));
        }
    }

    fn duplicate_keys<'a>(
        &'a self,
        entries: impl Iterator<Item = &'a Entry> + Clone,
        block: u32,
        duplicates: &mut Vec<(usize, usize, u32)>,
    ) {
        /// With more keys than this, they are put into a table.
        const FEW: usize = 24;
        let found =
            |first: &Entry, entry: &Entry| (entry.line as usize, first.line as usize, block);
        if entries.clone().nth(FEW).is_none() {
            for (index, entry) in entries.clone().enumerate() {
                let mut before = entries.clone().take(index);
                if let Some(first) = before.find(|first| self.have_same_key(first, entry)) {
                    duplicates.push(found(first, entry));
                }
            }
            return;
        }
        let mut known: HashMap<String, &Entry> = HashMap::new();
        for entry in entries {
            let Some(key) = self.key(entry) else { continue };
            match known.get(&key) {
                Some(first) => duplicates.push(found(first, entry)),
                None => drop(known.insert(key, entry)),
            }
        }
    }

    fn have_same_key(&self, one: &Entry, other: &Entry) -> bool {
        if one.folded == 0 && other.folded == 0 {
            let (one, other) = (self.part(one.key), self.part(other.key));
            return one.len() == other.len() && one.eq_ignore_ascii_case(other);
        }
        self.key(one) == self.key(other)
    }

    /// Checks the lines of nested settings as `_parse_nested` of botocore/configloader.py does.
    fn find_nested_without_equals(&mut self, lines: &[(usize, Vec<u32>)]) {
        for ((index, lines), text) in lines.iter().zip(&self.joined) {
            if text.first() != Some(&b'\n') {
                continue;
            }
            let mut texts = text.split(|byte| *byte == b'\n').skip(1).zip(lines);
            let Some((_, line)) = texts.find(|(text, _)| !is_nested(text)) else {
                continue;
            };
            self.entries[*index].is_lost = true;
            let is_above = |block: &Block| block.entries.start as usize <= *index;
            let block = self
                .blocks
                .partition_point(is_above)
                .checked_sub(1)
                .map(narrow);
            let entry = &self.entries[*index];
            if block.is_some_and(|block| self.defaults.contains(&block))
                && !self.is_inherited(entry)
            {
                continue;
            }
            let cost = if is_read(self.part(entry.key)) {
                Cost::Section
            } else {
                Cost::Key
            };
            self.faults.push(Fault {
                line: *line as usize,
                kind: FaultKind::NestedWithoutEquals,
                cost,
                block,
            });
        }
    }

    /// Whether a section has the key from `[DEFAULT]`: botocore checks only such values of it.
    pub(super) fn is_inherited(&self, entry: &Entry) -> bool {
        let Some(key) = self.key(entry) else {
            return true;
        };
        (0..).zip(&self.blocks).any(|(index, block)| {
            let is_default = self.defaults.contains(&index);
            block.is_whole && !is_default && self.find_own(index, &key).is_none()
        })
    }

    /// Records bytes that are not UTF-8; outside of values that are read, they are ignored.
    fn find_bytes_that_are_no_text(&mut self) {
        let Err(error) = std::str::from_utf8(&self.bytes) else {
            return;
        };
        let at = error.valid_up_to();
        let line = blank::lines(&self.bytes, 0).position(|line| at < line.next);
        self.fault(
            line.map_or(1, |line| line + 1),
            FaultKind::NotUtf8,
            Cost::Nothing,
            None,
        );
        let mut lost = Vec::new();
        for (index, block) in (0..).zip(&self.blocks) {
            for entry in self.entries_of(block) {
                let key = std::str::from_utf8(self.part(entry.key));
                if key.is_ok_and(keys::is_read) && std::str::from_utf8(self.value(entry)).is_err() {
                    lost.push((entry.line as usize, index));
                }
            }
        }
        for (line, block) in lost {
            self.fault(line, FaultKind::ValueNotUtf8, Cost::Section, Some(block));
        }
    }
}

/// Values may be secrets: none is shown.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .headers()
            .map(|(name, _)| String::from_utf8_lossy(name));
        f.debug_struct("Document")
            .field("kind", &self.kind)
            .field("sections", &names.collect::<Vec<_>>())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// `RawConfigParser._read` of Python's configparser.py. A line that it refuses is read as if it were not there,
/// apart from what it costs.
struct Scanner<'a> {
    bytes: &'a [u8],
    document: &'a mut Document,
    /// The number of the current line.
    line: usize,
    /// The indentation of the last line that was no continuation, in characters.
    level: usize,
    /// Whether the last key of the section can go on in this line.
    takes_more: bool,
    /// Empty lines since the last line of the value.
    empty: usize,
    /// Of each value with more than one line, its entry and the numbers of its lines, without the first.
    lines: Vec<(usize, Vec<u32>)>,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8], document: &'a mut Document) -> Self {
        Self {
            bytes,
            document,
            line: 0,
            level: 0,
            takes_more: false,
            empty: 0,
            lines: Vec::new(),
        }
    }

    /// Reads all lines. Returns, for each value with more than one line, its entry and the numbers of its lines.
    fn scan(mut self) -> Vec<(usize, Vec<u32>)> {
        let mut start = 0;
        if self.bytes.starts_with(BYTE_ORDER_MARK) {
            start = BYTE_ORDER_MARK.len();
            self.document
                .fault(1, FaultKind::ByteOrderMark, Cost::Nothing, None);
        }
        let bytes = self.bytes;
        for line in blank::lines(bytes, start) {
            self.line += 1;
            self.read(line);
        }
        self.close_section();
        self.lines
    }

    fn read(&mut self, line: blank::Line) {
        let bytes = self.bytes;
        let whole = &bytes[line.start..line.end];
        let (indentation, blanks) = blank::indentation(whole);
        let start = line.start + blanks;
        let text = trim_end(&bytes[start..line.end]);
        match text {
            [] => {
                self.empty += 1;
                return;
            }
            [b'#' | b';', ..] => return,
            _ => {}
        }
        if self.takes_more && indentation > self.level {
            self.go_on(text);
            return;
        }
        if text.iter().all(|byte| *byte == 0) {
            self.fault(FaultKind::Nuls, Cost::Nothing);
            return;
        }
        if text[0] == b'[' && self.header(line, start, text) {
            self.level = indentation;
        } else if self.document.blocks.is_empty() {
            self.fault(FaultKind::BeforeFirstSection, Cost::Nothing);
        } else {
            match memchr::memchr2(b'=', b':', text) {
                Some(delimiter) if trim_end(&text[..delimiter]).is_empty() => {
                    self.fault(FaultKind::NoKey, Cost::Nothing);
                }
                Some(delimiter) => {
                    self.option(line, start, text, delimiter);
                    self.level = indentation;
                }
                None => self.no_delimiter(line),
            }
        }
    }

    /// Parses a section header, readable or not; returns whether the line is one.
    fn header(&mut self, line: blank::Line, start: usize, text: &[u8]) -> bool {
        let close = memchr::memrchr(b']', text).filter(|close| *close >= 2);
        let (name, is_whole) = match close {
            Some(close) => (Span::new(start + 1, start + close), true),
            // In a section, it is a key to botocore.
            None if memchr::memchr2(b'=', b':', text).is_some()
                && !self.document.blocks.is_empty() =>
            {
                return false;
            }
            None => {
                let name = names::meant(text);
                let start = start + (name.as_ptr() as usize - text.as_ptr() as usize);
                (Span::new(start, start + name.len()), false)
            }
        };
        self.close_section();
        let index = narrow(self.document.blocks.len());
        let entries = narrow(self.document.entries.len());
        if is_whole && &self.bytes[name.range()] == b"DEFAULT" {
            self.document.defaults.push(index);
        }
        self.document.blocks.push(Block {
            start: narrow(line.start),
            line: narrow(self.line),
            name,
            entries: entries..entries,
            keys: KeyFilter::default(),
            previous: None,
            is_whole,
            is_lost: false,
        });
        if !is_whole {
            let kind = if text.starts_with(b"[]") {
                FaultKind::NamelessHeader
            } else {
                FaultKind::UnclosedHeader
            };
            self.fault(kind, Cost::Section);
        }
        true
    }

    fn close_section(&mut self) {
        let entries = narrow(self.document.entries.len());
        if let Some(block) = self.document.blocks.last_mut() {
            block.entries.end = entries;
        }
        self.takes_more = false;
    }

    fn option(&mut self, line: blank::Line, start: usize, text: &[u8], delimiter: usize) {
        let key = trim_end(&text[..delimiter]);
        let after_delimiter = start + delimiter + 1;
        let end = start + text.len();
        let value = trim_start(&text[delimiter + 1..]);
        let folded = if key.is_ascii() { 0 } else { self.fold(key) };
        if let Some(block) = self.document.blocks.last_mut() {
            if folded == 0 {
                block.keys.insert(key);
            } else {
                block.keys = KeyFilter::ALL;
            }
        }
        self.document.entries.push(Entry {
            start: narrow(line.start),
            line: narrow(self.line),
            key: Span::new(start, start + key.len()),
            after_delimiter: narrow(after_delimiter),
            value: Span::new(end - value.len(), end),
            joined: 0,
            folded,
            is_lost: false,
        });
        self.takes_more = true;
        self.empty = 0;
    }

    fn fold(&mut self, key: &[u8]) -> u32 {
        let Ok(key) = std::str::from_utf8(key) else {
            return 0;
        };
        self.document.folded.push(key.to_lowercase());
        narrow(self.document.folded.len())
    }

    /// Takes a line that goes on with the value before it.
    fn go_on(&mut self, text: &[u8]) {
        let document = &mut *self.document;
        let index = document.entries.len() - 1;
        let entry = &mut document.entries[index];
        if entry.joined == 0 {
            let first = &self.bytes[entry.value.range()];
            document.joined.push(Zeroizing::new(first.to_vec()));
            self.lines.push((index, Vec::new()));
            entry.joined = narrow(document.joined.len());
        }
        let value = entry.joined as usize - 1;
        let (joined, lines) = (&mut document.joined[value], &mut self.lines[value].1);
        let empty = std::mem::take(&mut self.empty);
        let length = joined.len() + empty + 1;
        joined.resize(length, b'\n');
        joined.extend_from_slice(text);
        lines.resize(lines.len() + empty + 1, narrow(self.line));
    }

    /// A line without `=`. After a carriage return alone, it is the rest of a line to the SDKs.
    fn no_delimiter(&mut self, line: blank::Line) {
        let before = &self.bytes[..line.start];
        if before.last() != Some(&b'\r') {
            self.fault(FaultKind::NoDelimiter, Cost::Section);
            return;
        }
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let is_inside = |at: u32| at as usize >= start;
        let document = &self.document;
        let section = document
            .blocks
            .last()
            .is_some_and(|block| is_inside(block.start));
        let entry = document
            .entries
            .last()
            .filter(|entry| is_inside(entry.start));
        let cost = match (self.bytes[start], section, entry) {
            (b'#' | b';', false, None) => Cost::Nothing,
            (_, false, Some(entry))
                if entry.start as usize == start
                    && entry.key.start == entry.start
                    && !is_read(&self.bytes[entry.key.range()]) =>
            {
                Cost::Key
            }
            _ => Cost::Section,
        };
        self.fault(FaultKind::NoDelimiter, cost);
    }

    fn fault(&mut self, kind: FaultKind, cost: Cost) {
        let block = self.document.blocks.len().checked_sub(1).map(narrow);
        self.document.fault(self.line, kind, cost, block);
    }
}

fn is_read(key: &[u8]) -> bool {
    std::str::from_utf8(key).is_ok_and(keys::is_read)
}

fn is_nested(text: &[u8]) -> bool {
    blank::split_lines(text).all(|line| trim(line).is_empty() || line.contains(&b'='))
}
