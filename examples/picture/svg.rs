//! A frame as SVG: one rectangle and one text a run of cells that look the same, their looks as classes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use acctui::domain::{indexed, width};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// A cell in units of the picture.
const CELL: (u16, u16) = (9, 17);
/// Text and background where a cell has no colour, on a dark and on a light terminal.
const DARK: Plain = Plain { ink: "#d4d4d4", ground: "#1e1e1e" };
const LIGHT: Plain = Plain { ink: "#24292f", ground: "#ffffff" };

#[derive(Clone, Copy)]
struct Plain {
    ink: &'static str,
    ground: &'static str,
}

/// How a run of cells looks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Style {
    ink: String,
    ground: String,
    more: String,
}

/// The picture.
pub fn of(buffer: &Buffer, light: bool) -> String {
    let plain = if light { LIGHT } else { DARK };
    let (wide, high) = (buffer.area.width * CELL.0, buffer.area.height * CELL.1);
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    let (mut grounds, mut texts) = (String::new(), String::new());
    for y in 0..buffer.area.height {
        for (x, columns, run, style) in runs(buffer, y, plain) {
            let (left, top) = (x * CELL.0, y * CELL.1);
            let across = columns * CELL.0;
            if style.ground != plain.ground {
                let class = class(&mut classes, format!("fill:{}", style.ground));
                let _ = writeln!(
                    grounds,
                    "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{across}\" height=\"{}\"/>",
                    CELL.1
                );
            }
            if run.trim().is_empty() && !style.more.contains("underline") {
                continue;
            }
            let class = class(&mut classes, format!("fill:{}{}", style.ink, style.more));
            let run = run.replace('&', "&amp;").replace('<', "&lt;");
            let base = top + 13;
            let _ = writeln!(
                texts,
                "<text class=\"{class}\" x=\"{left}\" y=\"{base}\" textLength=\"{across}\">{run}</text>"
            );
        }
    }
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" font-family=\"'DejaVu Sans Mono', Menlo, \
         Consolas, monospace\" font-size=\"15\">\n<style>text{{white-space:pre}}"
    );
    for (looks, number) in &classes {
        let _ = write!(picture, ".c{number}{{{looks}}}");
    }
    let ground = plain.ground;
    let _ = write!(
        picture,
        "</style>\n<rect width=\"{wide}\" height=\"{high}\" rx=\"6\" fill=\"{ground}\"/>\n{grounds}{texts}</svg>\n"
    );
    picture
}

/// The frame's text, line by line.
pub fn text(buffer: &Buffer) -> String {
    let line = |y| runs(buffer, y, DARK).into_iter().map(|(_, _, run, _)| run).collect::<String>();
    (0..buffer.area.height).flat_map(|y| [line(y).trim_end().to_owned(), "\n".to_owned()]).collect()
}

fn class(classes: &mut BTreeMap<String, usize>, looks: String) -> String {
    let next = classes.len();
    format!("c{}", classes.entry(looks).or_insert(next))
}

/// A line's runs: where each begins, how wide it is, its text and its style. Blanks between words end a run, so that no
/// font moves what stands behind them, and so does what is wider than a column.
fn runs(buffer: &Buffer, y: u16, plain: Plain) -> Vec<(u16, u16, String, Style)> {
    let mut runs: Vec<(u16, u16, String, Style)> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let columns = u16::try_from(width(cell.symbol())).unwrap_or(1).max(1);
        let style = style(cell, plain);
        let is_blank = cell.symbol().trim().is_empty();
        match runs.last_mut() {
            Some((_, wide, run, same))
                if *same == style
                    && columns == 1
                    && cell.symbol().chars().count() == 1
                    && run.trim().is_empty() == is_blank =>
            {
                run.push_str(cell.symbol());
                *wide += 1;
            }
            _ => runs.push((x, columns, cell.symbol().to_owned(), style)),
        }
        x += columns;
    }
    runs
}

fn style(cell: &Cell, plain: Plain) -> Style {
    let (mut ink, mut ground) = (colour(cell.fg, plain.ink), colour(cell.bg, plain.ground));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    let mut more = String::new();
    for (modifier, looks) in [
        (Modifier::BOLD, ";font-weight:bold"),
        (Modifier::ITALIC, ";font-style:italic"),
        (Modifier::UNDERLINED, ";text-decoration:underline"),
        (Modifier::DIM, ";opacity:.6"),
    ] {
        if cell.modifier.contains(modifier) {
            more.push_str(looks);
        }
    }
    if cell.symbol().trim().is_empty() && !more.contains("underline") {
        // Blanks have no ink: they part no run.
        (ink, more) = (plain.ink.to_owned(), String::new());
    }
    Style { ink, ground, more }
}

fn colour(colour: Color, plain: &str) -> String {
    let number = match colour {
        Color::Reset => return plain.to_owned(),
        Color::Rgb(red, green, blue) => return format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Indexed(number) => number,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    let [red, green, blue] = indexed(number);
    format!("#{red:02x}{green:02x}{blue:02x}")
}
