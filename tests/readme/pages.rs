use std::path::{Path, PathBuf};

/// A page of the documentation.
pub(super) struct Page {
    /// Below the repository, such as `docs/shells.md`.
    pub(super) name: String,
    pub(super) text: String,
}

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    /// The page, and the line of its first line in it.
    pub(super) place: String,
    /// The nearest heading of the second level above it.
    pub(super) section: String,
    pub(super) language: String,
    pub(super) lines: Vec<String>,
}

pub(super) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    fn read(path: &Path) -> Self {
        let name = path.strip_prefix(repository()).unwrap();
        Self {
            name: name.to_str().unwrap().to_owned(),
            text: std::fs::read_to_string(path).unwrap(),
        }
    }

    /// README.md, and all that is in docs/.
    pub(super) fn all() -> Vec<Self> {
        let docs = std::fs::read_dir(repository().join("docs")).unwrap();
        let mut paths: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
        paths.push(repository().join("README.md"));
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// The page of this name.
    pub(super) fn named(name: &str) -> Self {
        Self::read(&repository().join(name))
    }

    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let (mut section, mut inside) = (String::new(), false);
        for (at, line) in self.text.lines().enumerate() {
            match line.strip_prefix("```") {
                Some(_) if inside => inside = false,
                // Code that begins so within a sentence ends in the same line.
                Some(language) if !language.contains('`') => {
                    inside = true;
                    blocks.push(Block {
                        place: format!("{}:{}", self.name, at + 2),
                        section: section.clone(),
                        language: language.to_owned(),
                        lines: Vec::new(),
                    });
                }
                _ if inside => {
                    let block = blocks.last_mut().expect("one has begun");
                    block.lines.push(line.to_owned());
                }
                _ => {
                    if let Some(heading) = line.strip_prefix("## ") {
                        heading.clone_into(&mut section);
                    }
                }
            }
        }
        assert!(!inside, "{}: a block has no end", self.name);
        blocks
    }

    /// The text below a heading, up to the next one of its level.
    pub(super) fn section(&self, heading: &str) -> &str {
        let start = format!("\n## {heading}\n");
        let at = self.text.find(&start);
        let at = at.unwrap_or_else(|| panic!("{}: no section {heading}", self.name));
        let rest = &self.text[at + start.len()..];
        &rest[..rest.find("\n## ").unwrap_or(rest.len())]
    }

    /// The text outside of blocks.
    fn prose(&self) -> String {
        let mut inside = false;
        let lines = self.text.lines().filter(|line| {
            let fence = line.starts_with("```") && !line[3..].contains('`');
            inside ^= fence;
            !inside && !fence
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The targets of its links and pictures, except those on other sites.
    pub(super) fn links(&self) -> Vec<String> {
        // Every other part is code.
        let prose: String = self.prose().split('`').step_by(2).collect();
        let targets = prose.split("](").skip(1);
        let targets = targets.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
        targets
            .filter(|target| !target.starts_with("https://"))
            .collect()
    }

    /// The names under which its headings can be linked to, as GitHub makes them.
    pub(super) fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings
            .map(|line| {
                let text = line.trim_start_matches('#').trim().to_lowercase();
                let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
                text.chars()
                    .filter(kept)
                    .collect::<String>()
                    .replace(' ', "-")
            })
            .collect()
    }
}
