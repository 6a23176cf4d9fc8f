// Each of its users needs another part of it.
#![allow(dead_code)]

use std::path::Path;

use super::terminal::Terminal;
use super::user_namespace::UserNamespace;
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, Device, KEY_ID, SECRET, StrictSts, World};

/// The path below the repository.
pub(crate) const FILE: &str = "docs/terminal.svg";

const DEVICE: &str = "arn:aws:iam::123456789012:mfa/jane";

/// The account of the session and a green sign; what is typed is bold.
const RC: &str = r#"
PS1='\[\e[36m\]${AWS_MFA_ACCOUNT:+$AWS_MFA_ACCOUNT }\[\e[32m\]$\[\e[0;1m\] '
PS0='\e[0m'
bind 'set enable-bracketed-paste off'
bind 'set bell-style none'
eval "$(aws-mfa init bash)"
"#;
/// The end of the prompt.
const READY: &str = "$\x1b[0;1m ";

/// The screen of a terminal during a session, from its beginning to its end. The code, the id of the session's key
/// and its expiration are replaced with those of AWS's documentation.
pub(crate) fn record(binary: &Path) -> String {
    let mut world = World::of_jane();
    world.users[0].devices = vec![Device::new(DEVICE)];
    let sts = StrictSts::http(world);
    let home = Home::empty(binary)
        .env("AWS_ENDPOINT_URL", sts.url())
        .env("TZ", "CET-1");
    home.write(
        ".aws/credentials",
        format!(
            "[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n\
             mfa_serial = {DEVICE}\nregion = eu-west-1\n"
        ),
    );
    home.write(
        ".config/aws-mfa/config.toml",
        format!("[accounts.prod]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\n"),
    );
    home.write(".bashrc", RC);

    let namespace = UserNamespace::new();
    let mut bash = namespace.command(&home, "bash");
    bash.arg("-i");
    let mut terminal = Terminal::start(&bash);
    terminal.expect(READY);
    let (code, next) = (sts.fresh_code(DEVICE), sts.fresh_code(DEVICE));
    terminal.press("mfa te\t");
    terminal.expect("mfa test ");
    terminal.press("\n");
    terminal.expect(&format!("({DEVICE}): "));
    terminal.press(&format!("{code}\n"));
    terminal.expect(READY);
    let prod = format!("mfa prod {next}");
    for line in [
        "mfa",
        "mfa prod 000000 && terraform apply",
        &prod,
        "aws-mfa list",
        "mfa off",
    ] {
        terminal.press(&format!("{line}\n"));
        terminal.expect(READY);
    }

    let shown = terminal.text();
    // A session that was made a moment ago.
    let shown = shown
        .replace("11 h 59 min", "12 h 0 min")
        .replace("59 min", "1 h 0 min");
    let shown = shown.replace(&code, "123456").replace(&next, "654321");
    shown.split_inclusive(' ').map(example).collect()
}

/// Whether the text has this form, in which `0` is any digit.
fn is_like(text: &str, form: &str) -> bool {
    let is_like = |(is, like): (u8, u8)| match like {
        b'0' => is.is_ascii_digit(),
        like => is == like,
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_like)
}

/// The word with AWS's example in place of a key id or a time.
fn example(word: &str) -> String {
    let all = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let (text, rest) = word.split_at(word.len().min(20));
    if text.len() == 20 && text.starts_with("ASIA") && all(text) {
        format!("ASIAIOSFODNN7EXAMPLE{rest}")
    } else if is_like(word, "2000-00-00 ") {
        "2026-01-02 ".to_owned()
    } else if is_like(word, "00:00 ") {
        "15:04 ".to_owned()
    } else {
        word.to_owned()
    }
}

/// The style of a piece of text.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    /// The last digit of the color.
    color: Option<u8>,
}

/// A line of the screen: text and how it looks.
type Line = Vec<(char, Style)>;

/// The content of the screen after this text was written: carriage returns, line feeds, backspaces, colors and
/// the clearing of a line's rest. Nothing else is used here.
fn screen(shown: &str) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    let (mut column, mut style) = (0_usize, Style::default());
    let mut rest = shown.chars();
    while let Some(c) = rest.next() {
        let last = lines.len() - 1;
        match c {
            '\r' => column = 0,
            '\n' => {
                lines.push(Line::new());
                column = 0;
            }
            '\x08' => column = column.saturating_sub(1),
            '\x1b' => {
                let mut sequence = String::new();
                for c in rest.by_ref() {
                    sequence.push(c);
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
                if sequence == "[K" {
                    lines[last].truncate(column);
                } else if let Some(codes) = sequence
                    .strip_prefix('[')
                    .and_then(|codes| codes.strip_suffix('m'))
                {
                    style = codes.split(';').fold(style, with);
                } else {
                    panic!("this moves more than the renderer knows: {sequence:?}");
                }
            }
            c if c.is_control() => {}
            c => {
                lines[last].truncate(column);
                lines[last].push((c, style));
                column += 1;
            }
        }
    }
    lines
}

fn with(style: Style, code: &str) -> Style {
    match code {
        "0" => Style::default(),
        "1" => Style {
            bold: true,
            ..style
        },
        code => Style {
            color: code.strip_prefix('3').and_then(|color| color.parse().ok()),
            ..style
        },
    }
}

/// In pixels.
const CELL: (usize, usize) = (8, 20);
const MARGIN: usize = 20;
const TITLE: usize = 36;

/// The picture.
pub(crate) fn svg(shown: &str) -> String {
    let lines = screen(shown);
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = columns * CELL.0 + 2 * MARGIN;
    let height = TITLE + lines.len() * CELL.1 + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>A session in a terminal</title>\n\
         <!-- Drawn by examples/picture.rs from what a terminal showed. Replaced were the codes, the id of\n     \
         the session's key and the time of its end: they are other ones each time. -->\n\
         <style>\n\
         text {{ font: 13.3px ui-monospace, SFMono-Regular, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; white-space: pre; fill: #c9d1d9 }}\n\
         .b {{ font-weight: 600; fill: #ffffff }}\n\
         .c1 {{ fill: #ff7b72 }} .c2 {{ fill: #7ee787 }} .c3 {{ fill: #e3b341 }} .c6 {{ fill: #79c0ff }}\n\
         </style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#161b22\" stroke=\"#444c56\"/>\n",
        width - 1,
        height - 1
    );
    for (at, color) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let x = MARGIN + 2 + at * 18;
        svg += &format!("<circle cx=\"{x}\" cy=\"18\" r=\"5.5\" fill=\"{color}\"/>\n");
    }
    for (row, line) in lines.iter().enumerate() {
        let y = TITLE + row * CELL.1 + 14;
        let mut column = 0;
        for run in line.chunk_by(|(_, one), (_, other)| one == other) {
            svg += &text(run, MARGIN + column * CELL.0, y);
            column += run.len();
        }
    }
    let (row, column) = (lines.len() - 1, lines.last().map_or(0, Vec::len));
    svg += &format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\" fill=\"#c9d1d9\"/>\n</svg>\n",
        MARGIN + column * CELL.0,
        TITLE + row * CELL.1 + 2,
        CELL.0
    );
    svg
}

/// Text of one style, as wide as it is in cells, whatever the font.
fn text(run: &[(char, Style)], x: usize, y: usize) -> String {
    let style = run[0].1;
    let mut text: String = run.iter().map(|(c, _)| *c).collect();
    let blanks = text.chars().take_while(|c| *c == ' ').count();
    text = text.trim().to_owned();
    if text.is_empty() {
        return String::new();
    }
    let (x, length) = (x + blanks * CELL.0, text.chars().count() * CELL.0);
    for (plain, escaped) in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")] {
        text = text.replace(plain, escaped);
    }
    let bold = style.bold.then(|| "b".to_owned());
    let color = style.color.map(|color| format!("c{color}"));
    let classes: Vec<String> = bold.into_iter().chain(color).collect();
    let class = if classes.is_empty() {
        String::new()
    } else {
        format!(" class=\"{}\"", classes.join(" "))
    };
    format!(
        "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\"{class} xml:space=\"preserve\">{text}</text>\n"
    )
}
