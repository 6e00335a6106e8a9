//! Text of others, for a terminal: a deploy's message, a file's name, a server's answer.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

/// The text with its control characters escaped. Written as they are, those could move
/// the cursor, and so have a terminal show something else than what is there.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(misleads) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if misleads(character) {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    Cow::Owned(plain)
}

/// Control characters, and those that turn the direction of what follows.
fn misleads(character: char) -> bool {
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns
}

/// A number of bytes as people read it: `512 B`, `1.5 KB`, `20 MB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    let mut rest = count as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if rest < 1000.0 {
            return number(rest, unit);
        }
        rest /= 1000.0;
    }
    number(rest, "TB")
}

fn number(value: f64, unit: &str) -> String {
    if value < 10.0 && unit != "B" {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// A count with its noun: `1 file`, `3 files`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// How long ago something was, in its largest unit: `3 h ago`.
#[must_use]
pub fn ago(passed: Duration) -> String {
    let seconds = passed.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    for (length, unit) in units {
        if seconds >= length {
            return format!("{} {unit} ago", seconds / length);
        }
    }
    "now".to_owned()
}

/// A duration as `--ttl` takes it: a whole number with `s`, `m`, `h`, `d` or `w`.
///
/// # Errors
///
/// It isn't one, in a sentence for whoever typed it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "give a number and a unit, such as 12h, 7d or 4w".to_owned();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let number: u64 = match number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => number.parse().map_err(|_| wrong())?,
        false => return Err(wrong()),
    };
    let seconds = number.checked_mul(unit).filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// Rows below a head, in columns of their widest cells. The last column isn't padded.
#[must_use]
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widths = cells.map(|cell| cell.chars().count());
        widths.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, width) in cells.zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_told_and_not_obeyed() {
        assert_eq!(plain("grün"), "grün");
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(plain("exe\u{202e}gpj"), "exe\\u{202e}gpj");
    }

    #[test]
    fn amounts_are_read_at_first_sight() {
        let shown = [0, 999, 1500, 20_000_000, 3_200_000_000].map(bytes);
        assert_eq!(shown, ["0 B", "999 B", "1.5 KB", "20 MB", "3.2 GB"]);
        assert_eq!([count(1, "file"), count(2, "file")], ["1 file", "2 files"]);
        let passed = [0, 59, 61, 7_300, 200_000]
            .map(Duration::from_secs)
            .map(ago);
        assert_eq!(
            passed,
            ["now", "59 s ago", "1 min ago", "2 h ago", "2 d ago"]
        );
    }

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("90m"), Ok(Duration::from_secs(5_400)));
        for bad in [
            "",
            "7",
            "d",
            "0d",
            "-1d",
            "1.5d",
            "7 d",
            "7é",
            "99999999999999999999w",
            "+1d",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["a".to_owned(), "1".to_owned()],
            vec!["long".to_owned(), "2".to_owned()],
        ];
        assert_eq!(table(&["name", "n"], &rows), "name  n\na     1\nlong  2\n");
    }
}
