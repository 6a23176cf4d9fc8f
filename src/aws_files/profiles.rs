//! The profiles of both files, merged as botocore merges them. `account::aws_profiles` gives their settings a meaning.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::blank;
use super::document::{Document, Entry, KeyFilter};
use super::fault::Fault;
use super::names::{Named, Word};
use super::table::Table;
use super::{FileKind, keys};

/// The profiles of the two files, merged as botocore merges them: a key in the credentials file counts more
/// than the same key in the config file.
#[derive(Debug)]
pub struct Profiles {
    files: Files,
    index: Index,
    /// The profiles whose names are text, sorted by name.
    sorted: OnceLock<Vec<u32>>,
}

#[derive(Debug)]
struct Files {
    config: Document,
    credentials: Document,
    /// The keys that their `[DEFAULT]` sections may have.
    default_keys: KeyFilter,
}

/// The index of the files: the sections of each profile, by name.
#[derive(Debug)]
struct Index {
    profiles: Vec<Location>,
    table: Table,
    sections: Vec<(SectionKind, Box<[u8]>, u32)>,
}

/// The location of a profile: its last section in each file.
#[derive(Debug)]
struct Location {
    name: Name,
    config: Option<u32>,
    credentials: Option<u32>,
    /// A header that was meant for it, without its closing bracket.
    unclosed: Option<(FileKind, u32)>,
    /// The files whose section botocore does not take for this profile, but the AWS SDK for Rust does.
    of_sdk: Vec<FileKind>,
    /// The keys that it may have in one of the files, without those of `[DEFAULT]`.
    keys: KeyFilter,
}

#[derive(Debug)]
enum Name {
    /// A part of a file's bytes.
    Part(FileKind, u32, u32),
    /// A name without its quotes.
    Own(Box<[u8]>),
}

/// The kinds of sections in the config file that a profile can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `[sso-session NAME]`.
    SsoSession,
    /// `[services NAME]`.
    Services,
}

/// A profile.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    files: &'a Files,
    location: &'a Location,
}

/// A section of the config file that is no profile.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    document: &'a Document,
    block: u32,
}

/// A value, and where it is from.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    entry: &'a Entry,
}

/// The cause for which a profile or section cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss<'a> {
    /// The file with the line that costs it.
    pub file: FileKind,
    /// That line.
    pub fault: &'a Fault,
}

/// The keys for which the AWS CLI takes a profile for one that leads to credentials.
const LEADS_TO_CREDENTIALS: [&str; 10] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "credential_process",
    "credential_source",
    "login_session",
    "role_arn",
    "sso_account_id",
    "sso_role_name",
    "sso_session",
    "web_identity_token_file",
];

impl Default for Profiles {
    fn default() -> Self {
        let empty = |kind| Document::parse(kind, Vec::new());
        Self::new(empty(FileKind::Config), empty(FileKind::Credentials))
    }
}

impl Profiles {
    /// Merges the config file and the credentials file.
    #[must_use]
    pub fn new(config: Document, credentials: Document) -> Self {
        let mut default_keys = KeyFilter::default();
        for document in [&config, &credentials] {
            for block in &document.defaults {
                default_keys.extend(document.blocks[*block as usize].keys);
            }
        }
        let files = Files {
            config,
            credentials,
            default_keys,
        };
        let names = files.config.blocks.len() + files.credentials.blocks.len();
        let mut index = Index {
            profiles: Vec::with_capacity(names),
            table: Table::with_room_for(names),
            sections: Vec::new(),
        };
        let mut of_sdk = Vec::new();
        for kind in [FileKind::Config, FileKind::Credentials] {
            index.read(&files, kind, &mut of_sdk);
        }
        for (kind, name, block) in of_sdk {
            index.put_sdks(&files, kind, name, block);
        }
        Self {
            files,
            index,
            sorted: OnceLock::new(),
        }
    }

    /// One of the two files.
    #[must_use]
    pub fn document(&self, kind: FileKind) -> &Document {
        self.files.document(kind)
    }

    /// The profile of this name, be it one that is lost.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Profile<'_>> {
        let position = self.index.position(&self.files, name.as_bytes())?;
        Some(self.profile(position))
    }

    /// All profiles whose names are text, with these, in the order of the files. To sort thousands takes as long as to
    /// read them.
    pub fn unsorted(&self) -> impl Iterator<Item = (&str, Profile<'_>)> {
        let all = (0..).take(self.index.profiles.len());
        all.filter_map(|position| {
            let profile = self.profile(position);
            let name = self.files.name(profile.location);
            Some((std::str::from_utf8(name).ok()?, profile))
        })
    }

    /// All profiles whose names are text, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = Profile<'_>> {
        self.sorted().iter().map(|position| self.profile(*position))
    }

    /// The section of this kind and name in the config file.
    #[must_use]
    pub fn section(&self, kind: SectionKind, name: &str) -> Option<Section<'_>> {
        // Of two whose names are written differently, the last one counts.
        let mut sections = self.index.sections.iter().rev();
        let (_, _, block) =
            sections.find(|(other, word, _)| *other == kind && **word == *name.as_bytes())?;
        Some(Section {
            document: &self.files.config,
            block: *block,
        })
    }

    fn profile(&self, position: u32) -> Profile<'_> {
        Profile {
            files: &self.files,
            location: &self.index.profiles[position as usize],
        }
    }

    fn sorted(&self) -> &[u32] {
        self.sorted.get_or_init(|| {
            let name = |position: u32| self.files.name(&self.index.profiles[position as usize]);
            let all = (0..).take(self.index.profiles.len());
            let mut sorted: Vec<(&[u8], u32)> = all
                .map(|position| (name(position), position))
                .filter(|(name, _)| std::str::from_utf8(name).is_ok())
                .collect();
            sorted.sort_unstable();
            sorted.into_iter().map(|(_, position)| position).collect()
        })
    }
}

impl Files {
    fn document(&self, kind: FileKind) -> &Document {
        match kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        }
    }

    fn name<'a>(&'a self, location: &'a Location) -> &'a [u8] {
        match &location.name {
            Name::Part(kind, start, end) => {
                &self.document(*kind).bytes()[*start as usize..*end as usize]
            }
            Name::Own(name) => name,
        }
    }
}

impl Index {
    fn position(&self, files: &Files, name: &[u8]) -> Option<u32> {
        let is_it = |position: u32| files.name(&self.profiles[position as usize]) == name;
        self.table.get(name, is_it)
    }

    /// Reads the names of a file. Those that only the AWS SDK for Rust reads are put aside.
    fn read<'a>(
        &mut self,
        files: &'a Files,
        kind: FileKind,
        of_sdk: &mut Vec<(FileKind, &'a [u8], u32)>,
    ) {
        let document = files.document(kind);
        for (at, block) in (0..).zip(&document.blocks) {
            if let Some(name) = document.named_by_sdk(block) {
                of_sdk.push((kind, name, at));
            }
            if block.is_whole && document.part(block.name) == b"DEFAULT" {
                continue;
            }
            let (word, section) = match document.named(block) {
                Named::Profile(word) => (word, None),
                Named::SsoSession(word) => (word, Some(SectionKind::SsoSession)),
                Named::Services(word) => (word, Some(SectionKind::Services)),
                Named::Other => continue,
            };
            let name = document.word(block, &word);
            if let Some(section) = section {
                self.sections.push((section, name.into(), at));
            } else if block.is_whole || !name.is_empty() {
                let stored = match &word {
                    Word::Part(part) => {
                        let start = block.name.start;
                        let at = |at: usize| start + u32::try_from(at).unwrap_or(u32::MAX);
                        Name::Part(kind, at(part.start), at(part.end))
                    }
                    Word::Unquoted(name) => Name::Own(name.as_slice().into()),
                };
                let location = self.put(files, name, stored);
                if block.is_whole {
                    *location.block_mut(kind) = Some(at);
                    location.keys.extend(block.keys);
                } else {
                    location.unclosed = Some((kind, at));
                }
            }
        }
    }

    /// The location of the profile, a new one if there is none.
    fn put(&mut self, files: &Files, name: &[u8], stored: Name) -> &mut Location {
        let new = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        let is_it = |position: u32| files.name(&self.profiles[position as usize]) == name;
        let known = self.table.get_or_insert(name, new, is_it);
        if known.is_none() {
            self.profiles.push(Location {
                name: stored,
                config: None,
                credentials: None,
                unclosed: None,
                of_sdk: Vec::new(),
                keys: KeyFilter::default(),
            });
        }
        let position = known.unwrap_or(new);
        &mut self.profiles[position as usize]
    }

    /// Adds a section that only the AWS SDK for Rust reads as this profile, if botocore finds no credentials for
    /// it. Earlier versions of this program used such profiles.
    fn put_sdks(&mut self, files: &Files, kind: FileKind, name: &[u8], block: u32) {
        if let Some(position) = self.position(files, name) {
            let location = &mut self.profiles[position as usize];
            let has = |key: &&str| {
                let entry = location
                    .config
                    .and_then(|block| files.config.find(block, key));
                entry.is_some()
            };
            let leads_nowhere = || !LEADS_TO_CREDENTIALS.iter().any(has);
            let adds_credentials = kind == FileKind::Credentials
                && location.credentials.is_none()
                && location.unclosed.is_none()
                && leads_nowhere();
            if !location.of_sdk.is_empty() || adds_credentials {
                location.take_sdks(files, kind, block);
            }
        } else {
            let location = self.put(files, name, Name::Own(name.into()));
            location.take_sdks(files, kind, block);
        }
    }
}

impl Location {
    fn block(&self, kind: FileKind) -> Option<u32> {
        match kind {
            FileKind::Config => self.config,
            FileKind::Credentials => self.credentials,
        }
    }

    fn take_sdks(&mut self, files: &Files, kind: FileKind, block: u32) {
        for block in files.document(kind).chain(block) {
            self.keys.extend(block.keys);
        }
        *self.block_mut(kind) = Some(block);
        self.of_sdk.push(kind);
    }

    fn block_mut(&mut self, kind: FileKind) -> &mut Option<u32> {
        match kind {
            FileKind::Config => &mut self.config,
            FileKind::Credentials => &mut self.credentials,
        }
    }
}

impl<'a> Profile<'a> {
    /// Its name; empty if it is not text.
    #[must_use]
    pub fn name(&self) -> &'a str {
        std::str::from_utf8(self.files.name(self.location)).unwrap_or_default()
    }

    /// Whether it has a section in this file.
    #[must_use]
    pub fn is_in(&self, kind: FileKind) -> bool {
        self.location.block(kind).is_some()
    }

    /// The number of the line of its last header in this file.
    #[must_use]
    pub fn line_in(&self, kind: FileKind) -> Option<usize> {
        let block = self.location.block(kind)?;
        let document = self.files.document(kind);
        Some(document.blocks[block as usize].line as usize)
    }

    /// Whether its section in this file is one that botocore does not take for it: there are blanks around the
    /// name in the header, or a comment with a bracket in it.
    #[must_use]
    pub fn is_unknown_to_botocore(&self, kind: FileKind) -> bool {
        self.location.of_sdk.contains(&kind)
    }

    /// The line because of which the profile must not be used: it may not be the whole one.
    #[must_use]
    pub fn loss(&self) -> Option<Loss<'a>> {
        let in_file = |kind| {
            let document = self.files.document(kind);
            let fault = document.loss(self.location.block(kind)?)?;
            Some(Loss { file: kind, fault })
        };
        let unclosed = self.location.unclosed.and_then(|(kind, block)| {
            let fault = self.files.document(kind).loss(block)?;
            Some(Loss { file: kind, fault })
        });
        unclosed
            .or_else(|| in_file(FileKind::Credentials))
            .or_else(|| in_file(FileKind::Config))
    }

    /// The value of a key, given in small letters. The credentials file counts more.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value<'a>> {
        if !self.may_have(key) {
            return None;
        }
        let [first, second] = self.by_precedence();
        self.find_in(first, key)
            .or_else(|| self.find_in(second, key))
    }

    /// Whether the profile may have this key. Most profiles have few of the keys that this program asks for, and
    /// `false` costs a fraction of a look into the files.
    #[inline]
    fn may_have(&self, key: &str) -> bool {
        let key = key.as_bytes();
        self.location.keys.may_contain(key) || self.files.default_keys.may_contain(key)
    }

    /// The files in order of precedence: credentials, then config. A section that only the SDK reads comes last.
    fn by_precedence(&self) -> [FileKind; 2] {
        if let [FileKind::Credentials] = self.location.of_sdk[..] {
            [FileKind::Config, FileKind::Credentials]
        } else {
            [FileKind::Credentials, FileKind::Config]
        }
    }

    /// The value of a key in one of the files.
    #[must_use]
    pub fn value_in(&self, kind: FileKind, key: &str) -> Option<Value<'a>> {
        if !self.may_have(key) {
            return None;
        }
        self.find_in(kind, key)
    }

    fn find_in(&self, kind: FileKind, key: &str) -> Option<Value<'a>> {
        let block = self.location.block(kind)?;
        let document = self.files.document(kind);
        let entry = document.find(block, key)?;
        Some(Value { document, entry })
    }

    /// The text of a value: see [`Value::text`].
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value(key)?.text()
    }

    /// All values, by their keys in small letters.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, Value<'a>> {
        let mut values = BTreeMap::new();
        for kind in self.by_precedence().into_iter().rev() {
            let document = self.files.document(kind);
            let entries = self
                .location
                .block(kind)
                .map(|block| document.all_entries(block));
            for entry in entries.into_iter().flatten() {
                if let Some(key) = document.key(entry) {
                    values.insert(key, Value { document, entry });
                }
            }
        }
        values
    }
}

impl<'a> Section<'a> {
    /// The line because of which the section must not be used.
    #[must_use]
    pub fn loss(&self) -> Option<Loss<'a>> {
        let fault = self.document.loss(self.block)?;
        Some(Loss {
            file: self.document.kind,
            fault,
        })
    }

    /// The value of a key, given in small letters.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value<'a>> {
        let document = self.document;
        let entry = document.find(self.block, key)?;
        Some(Value { document, entry })
    }
}

impl<'a> Value<'a> {
    /// The file that it stands in.
    #[must_use]
    pub fn file(&self) -> FileKind {
        self.document.kind
    }

    /// The number of the line that it starts in.
    #[must_use]
    pub fn line(&self) -> usize {
        self.entry.line as usize
    }

    /// The value as botocore has it, a comment included. Lines are joined by `\n`; where nested settings
    /// stand below the key, it begins with one.
    #[must_use]
    pub fn whole(&self) -> &'a [u8] {
        self.document.value(self.entry)
    }

    /// The text of the value, without the comment at its end if it has a type: see [`keys::is_typed`]. None
    /// if it is not text, or if a nested line of it cannot be read.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        if self.entry.is_lost {
            return None;
        }
        let whole = self.whole();
        // Few values have a character with which a comment could begin.
        let bytes = if memchr::memchr2(b'#', b';', whole).is_some() && self.is_typed() {
            self.document.value_without_comment(self.entry)
        } else {
            whole
        };
        std::str::from_utf8(bytes).ok()
    }

    /// Whether the AWS CLI takes a comment for a part of the value, which is cut here.
    #[must_use]
    pub fn has_comment(&self) -> bool {
        self.is_typed() && self.document.value_without_comment(self.entry) != self.whole()
    }

    /// Whether nested settings stand below the key.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        self.document.is_nested(self.entry)
    }

    /// Whether the value goes on in a second line.
    #[must_use]
    pub fn has_more_lines(&self) -> bool {
        self.entry.has_more_lines()
    }

    /// The value of a nested key, whose case matters. Of two, the last one counts.
    #[must_use]
    pub fn nested(&self, key: &str) -> Option<&'a str> {
        if !self.is_nested() || self.entry.is_lost {
            return None;
        }
        let found = blank::split_lines(self.whole()).filter_map(|line| {
            let equals = memchr::memchr(b'=', line)?;
            let is_it = blank::trim(&line[..equals]) == key.as_bytes();
            is_it.then(|| blank::trim(&line[equals + 1..]))
        });
        std::str::from_utf8(found.last()?).ok()
    }

    fn is_typed(&self) -> bool {
        let key = self.document.part(self.entry.key);
        std::str::from_utf8(key).is_ok_and(keys::is_typed)
    }
}

/// A value may be a secret: it is not shown.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value")
            .field("file", &self.file())
            .field("line", &self.line())
            .finish_non_exhaustive()
    }
}
