//! What commands print for people: in the width of the terminal, and with colors. Where standard output is no terminal,
//! each entry is one line without color, so that `grep` and `awk` find it.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

use crate::console::{Console, columns, printable};

/// The blanks between two columns of a table.
const GAP: usize = 2;

/// The meaning of a text, which its color shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Without color.
    Plain,
    /// Green: live, or in order.
    Good,
    /// Yellow: over soon, or probably not as intended.
    Warning,
    /// Red: over, or not working.
    Bad,
}

impl Tone {
    /// The tone of a session that has so many seconds left. With at most 10 minutes, the hook tells the user, and the
    /// session is no longer reused.
    #[must_use]
    pub const fn for_session(seconds_left: i64) -> Self {
        match seconds_left {
            ..=0 => Self::Bad,
            1..=600 => Self::Warning,
            _ => Self::Good,
        }
    }

    /// The text in the color of this tone.
    #[must_use]
    pub fn paint(self, text: &str) -> Cow<'_, str> {
        match self.color().filter(|_| !text.is_empty()) {
            Some(color) => format!("\x1b[{color}m{text}\x1b[0m").into(),
            None => text.into(),
        }
    }

    /// The parameter of SGR (ECMA-48, 8.3.117).
    const fn color(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Warning => Some("33"),
            Self::Bad => Some("31"),
        }
    }
}

/// A text without line feeds and its meaning.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell of a table. Characters that control a terminal are left out.
    #[must_use]
    pub fn new(text: &str, tone: Tone) -> Self {
        Self {
            text: printable(text).replace('\n', " "),
            tone,
        }
    }

    fn longest_word(&self) -> usize {
        let words = self.text.split(' ').map(text_width);
        words.max().unwrap_or(0)
    }
}

/// A row of a table.
#[derive(Clone, Debug)]
pub enum Row {
    /// One cell for each column.
    Cells(Vec<Cell>),
    /// The cell of the first column, and a text over all others.
    Spanning(Cell, Cell),
}

impl Row {
    fn first(&self) -> &Cell {
        match self {
            Self::Cells(cells) => &cells[0],
            Self::Spanning(first, _) => first,
        }
    }
}

/// The width and the colors of standard output.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    columns: Option<usize>,
    is_colored: bool,
}

impl Layout {
    /// The layout of standard output: the width of the terminal, if it is one, and the colors of `--color`.
    #[must_use]
    pub fn for_stdout(console: Console) -> Self {
        Self {
            columns: columns(std::io::stdout()),
            is_colored: console.is_stdout_colored(),
        }
    }

    /// The text in the color of its tone.
    #[must_use]
    pub fn paint<'a>(&self, text: &'a str, tone: Tone) -> Cow<'a, str> {
        if self.is_colored {
            tone.paint(text)
        } else {
            text.into()
        }
    }

    /// The indentation of lines that continue an entry whose text begins at this column: the same, unless the terminal
    /// is so narrow that hardly any room would be left.
    #[must_use]
    pub fn hanging(&self, column: usize) -> usize {
        match self.columns {
            Some(columns) if columns < column + 40 => 2 * GAP,
            _ => column,
        }
    }

    /// The text as lines that follow `used` columns of something else; all but the first are indented by `indent`. They
    /// are broken at blanks only.
    #[must_use]
    pub fn fold(&self, text: &str, used: usize, indent: usize) -> String {
        let Some(columns) = self.columns else {
            return text.to_owned();
        };
        let mut lines = String::new();
        for (at, line) in text.split('\n').enumerate() {
            let used = if at == 0 { used } else { 0 };
            if at > 0 {
                lines.push('\n');
            }
            let folded = folded(
                line,
                columns.saturating_sub(used),
                columns - indent.min(columns),
            );
            lines += &folded.join(&format!("\n{:indent$}", ""));
        }
        lines
    }

    /// The rows, the first of which are the titles, as a table. Columns without any text below their title are left
    /// out. If the table is wider than the terminal, cells continue in more lines, and if that does not suffice, each
    /// row becomes a block of lines.
    #[must_use]
    pub fn table(&self, titles: &[&str], rows: &[Row]) -> String {
        let used: Vec<usize> = (0..titles.len())
            .filter(|column| {
                rows.iter().any(|row| match row {
                    Row::Cells(cells) => !cells[*column].text.is_empty(),
                    Row::Spanning(..) => *column == 0,
                })
            })
            .collect();
        let of_used = |cells: &[Cell]| used.iter().map(|column| cells[*column].clone()).collect();
        let titles: Vec<Cell> = titles
            .iter()
            .map(|title| Cell::new(title, Tone::Plain))
            .collect();
        let mut lines = vec![Row::Cells(of_used(&titles))];
        lines.extend(rows.iter().map(|row| match row {
            Row::Cells(cells) => Row::Cells(of_used(cells)),
            row @ Row::Spanning(..) => row.clone(),
        }));
        match self.widths(&lines) {
            Some(widths) => lines.iter().map(|row| self.row(row, &widths)).collect(),
            None => self.blocks(&lines),
        }
    }

    /// The widths of the columns; `None` if the table cannot be made narrow enough.
    fn widths(&self, rows: &[Row]) -> Option<Vec<usize>> {
        let Row::Cells(titles) = &rows[0] else {
            return None;
        };
        let widest = |width: fn(&Cell) -> usize| -> Vec<usize> {
            let column = |at: usize| {
                let cells = rows.iter().filter_map(|row| match row {
                    Row::Cells(cells) => Some(&cells[at]),
                    Row::Spanning(first, _) => (at == 0).then_some(first),
                });
                cells.map(width).max().unwrap_or(0)
            };
            (0..titles.len()).map(column).collect()
        };
        let mut widths = widest(|cell| text_width(&cell.text));
        let Some(columns) = self.columns else {
            return Some(widths);
        };
        let least = widest(Cell::longest_word);
        while widths.iter().sum::<usize>() + GAP * (widths.len() - 1) > columns {
            // The last of the widest columns in which a line can be broken.
            let narrowed = (1..widths.len())
                .filter(|at| widths[*at] > least[*at])
                .max_by_key(|at| widths[*at])?;
            widths[narrowed] -= 1;
        }
        Some(widths)
    }

    fn row(&self, row: &Row, widths: &[usize]) -> String {
        let first = row.first();
        let cells = match row {
            Row::Cells(cells) => cells,
            Row::Spanning(_, text) => {
                let used = widths[0] + GAP;
                let pad = " ".repeat(used.saturating_sub(first.text.width()));
                let name = self.paint(&first.text, first.tone);
                let rest = self.fold(&text.text, used, used);
                return format!("{name}{pad}{}\n", self.paint_lines(&rest, text.tone));
            }
        };
        let cells: Vec<(Vec<String>, Tone)> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| (folded(&cell.text, *width, *width), cell.tone))
            .collect();
        let height = cells.iter().map(|(lines, _)| lines.len()).max();
        let mut text = String::new();
        for at in 0..height.unwrap_or(0) {
            let mut blanks = 0;
            for ((lines, tone), width) in cells.iter().zip(widths) {
                let line = lines.get(at).map_or("", String::as_str);
                if !line.is_empty() {
                    text.extend(std::iter::repeat_n(' ', blanks));
                    text += &self.paint(line, *tone);
                    blanks = 0;
                }
                blanks += (width + GAP).saturating_sub(text_width(line));
            }
            text.push('\n');
        }
        text
    }

    /// The rows for a terminal that is too narrow for a table: the first cell, and below it a line for each other one.
    fn blocks(&self, rows: &[Row]) -> String {
        let Some((Row::Cells(titles), rows)) = rows.split_first() else {
            return String::new();
        };
        let mut text = String::new();
        for row in rows {
            let first = row.first();
            text += &format!("{}\n", self.paint(&first.text, first.tone));
            let rest: Vec<(Option<&Cell>, &Cell)> = match row {
                Row::Cells(cells) => titles.iter().map(Some).zip(cells).skip(1).collect(),
                Row::Spanning(_, cell) => vec![(None, cell)],
            };
            for (title, cell) in rest.iter().filter(|(_, cell)| !cell.text.is_empty()) {
                let title = title.map_or(String::new(), |title| {
                    format!("{}: ", title.text.to_lowercase())
                });
                let lines = self.fold(&cell.text, GAP + title.width(), 2 * GAP);
                text += &format!("  {title}{}\n", self.paint_lines(&lines, cell.tone));
            }
        }
        text
    }

    /// The lines, each in the color of the tone without its indentation.
    #[must_use]
    pub fn paint_lines(&self, lines: &str, tone: Tone) -> String {
        let painted = lines.split('\n').map(|line| {
            let start = line.len() - line.trim_start().len();
            format!("{}{}", &line[..start], self.paint(&line[start..], tone))
        });
        painted.collect::<Vec<_>>().join("\n")
    }
}

/// The text for people on standard error or the terminal: each line that is wider than `columns` is broken at blanks and
/// continued with its own indentation. Lines of a diff stay as they are.
#[must_use]
pub(crate) fn fold_paragraphs(text: &str, columns: Option<usize>) -> Cow<'_, str> {
    let Some(columns) = columns.filter(|columns| text.lines().any(|line| line.width() > *columns))
    else {
        return text.into();
    };
    let line = |line: &str| {
        if line.starts_with(['+', '-', '@']) {
            return line.to_owned();
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let more = if indent == 0 { 0 } else { indent + GAP };
        let (start, rest) = line.split_at(indent);
        let lines = folded(
            rest,
            columns.saturating_sub(indent),
            columns.saturating_sub(more),
        );
        format!("{start}{}", lines.join(&format!("\n{:more$}", "")))
    };
    text.split('\n')
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
        .into()
}

/// The width of a text without control characters on the screen. ASCII needs no look at a table.
fn text_width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// The width of a text on the screen, without the sequences of its colors.
fn width(text: &str) -> usize {
    let mut parts = text.split("\x1b[");
    let first = parts.next().map_or(0, str::width);
    let painted = parts.map(|part| part.split_once('m').map_or(0, |(_, rest)| rest.width()));
    first + painted.sum::<usize>()
}

/// The lines of a text, the first at most `first` columns wide, the others `more`, unless a single word is wider.
fn folded(text: &str, first: usize, more: usize) -> Vec<String> {
    // No character has more columns than bytes.
    if text.len() <= first {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut most = first;
    // Blanks at the start and between words stay as long as no line is broken there.
    for (at, word) in text.split(' ').enumerate() {
        let Some(line) = lines.last_mut() else { break };
        if at == 0 {
            word.clone_into(line);
        } else if width(line) + 1 + width(word) <= most {
            line.push(' ');
            line.push_str(word);
        } else {
            line.truncate(line.trim_end().len());
            lines.push(word.to_owned());
            most = more;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: Option<usize>, is_colored: bool) -> Layout {
        Layout {
            columns,
            is_colored,
        }
    }

    fn rows() -> Vec<Row> {
        let cell = |text: &str| Cell::new(text, Tone::Plain);
        vec![
            Row::Cells(vec![
                cell("test"),
                cell(""),
                cell("123456789012 as Admin"),
                Cell::new("11 h left here, 2 h shared", Tone::Good),
            ]),
            Row::Spanning(
                cell("broken"),
                Cell::new("! could not find the source profile", Tone::Bad),
            ),
        ]
    }

    const TITLES: [&str; 4] = ["ACCOUNT", "ALIAS", "LEADS TO", "SESSION"];

    #[test]
    fn a_table_without_a_terminal_has_one_line_for_each_row_and_no_empty_column() {
        assert_eq!(
            layout(None, false).table(&TITLES, &rows()),
            "ACCOUNT  LEADS TO               SESSION\n\
             test     123456789012 as Admin  11 h left here, 2 h shared\n\
             broken   ! could not find the source profile\n"
        );
    }

    #[test]
    fn a_table_fits_the_terminal_and_breaks_no_word() {
        assert_eq!(
            layout(Some(42), false).table(&TITLES, &rows()),
            "ACCOUNT  LEADS TO          SESSION\n\
             test     123456789012 as   11 h left here,\n         Admin             2 h shared\n\
             broken   ! could not find the source\n         profile\n"
        );
        for columns in 30..80 {
            let text = layout(Some(columns), false).table(&TITLES, &rows());
            for line in text.lines() {
                assert!(line.width() <= columns, "{columns}:\n{text}");
                assert_eq!(line, line.trim_end());
            }
            for word in ["123456789012", "Admin", "shared", "profile"] {
                assert!(text.contains(word), "{columns}:\n{text}");
            }
        }
        assert_eq!(
            layout(Some(24), false).table(&TITLES, &rows()),
            "test\n  leads to: 123456789012\n    as Admin\n  session: 11 h left\n    here, 2 h shared\n\
             broken\n  ! could not find the\n    source profile\n"
        );
    }

    #[test]
    fn colors_do_not_count_as_width() {
        let plain = layout(Some(50), false).table(&TITLES, &rows());
        let colored = layout(Some(50), true).table(&TITLES, &rows());
        assert!(
            colored.contains("\x1b[31m! could not find the source profile\x1b[0m\n"),
            "{colored}"
        );
        let without = colored
            .replace("\x1b[31m", "")
            .replace("\x1b[32m", "")
            .replace("\x1b[0m", "");
        assert_eq!(without, plain);
    }

    #[test]
    fn a_paragraph_is_continued_with_its_indentation_and_a_diff_is_not_broken() {
        let text = "  test  key in profile test-mfa\n+a line of a diff, which is long\n\nshort";
        assert_eq!(
            fold_paragraphs(text, Some(20)),
            "  test  key in\n    profile test-mfa\n+a line of a diff, which is long\n\nshort"
        );
        assert!(matches!(fold_paragraphs(text, None), Cow::Borrowed(_)));
    }
}
