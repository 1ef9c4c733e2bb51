//! Bytes as terminals send them, and the keys that they are.

use super::*;

/// What comes of bytes that arrive in one piece, and then nothing more.
fn decoded(bytes: &[u8]) -> Vec<Fact> {
    let mut decoder = Decoder::new();
    let mut facts = Vec::new();
    decoder.feed(bytes, &mut facts);
    if decoder.patience() != Patience::Forever {
        decoder.settle(&mut facts);
    }
    facts
}

/// The names of the keys that bytes are.
fn keys(bytes: &[u8]) -> Vec<String> {
    let name = |fact| if let Fact::Key(key) = fact { key.to_string() } else { format!("{fact:?}") };
    decoded(bytes).into_iter().map(name).collect()
}

#[test]
fn keys_have_the_names_of_the_rows() {
    let cases: &[(&[u8], &str)] = &[
        (b"j", "j"),
        (b"G", "G"),
        (b" ", "Space"),
        ("ä".as_bytes(), "ä"),
        ("株".as_bytes(), "株"),
        (b"\r", "Enter"),
        (b"\t", "Tab"),
        (b"\x7f", "Backspace"),
        (b"\x03", "Ctrl-c"),
        (b"\x1a", "Ctrl-z"),
        (b"\x1f", "Ctrl-_"),
        (b"\x1b", "Esc"),
        (b"\x1be", "Alt-e"),
        (b"\x1b\x7f", "Alt-Backspace"),
        ("\x1bé".as_bytes(), "Alt-é"),
        (b"\x1b[", "Alt-["),
        (b"\x1bO", "Alt-O"),
        (b"\x1b]", "Alt-]"),
        (b"\x1b[A", "↑"),
        (b"\x1bOB", "↓"),
        (b"\x1b[1;3A", "Alt-↑"),
        (b"\x1b[1;5C", "Ctrl-→"),
        (b"\x1b[1;2D", "←"),
        (b"\x1b[Z", "Shift-Tab"),
        (b"\x1b[H", "Home"),
        (b"\x1b[4~", "End"),
        (b"\x1b[3~", "Delete"),
        (b"\x1b[5~", "PgUp"),
        (b"\x1b[6;3~", "Alt-PgDn"),
        (b"\x1bOP", "F1"),
        (b"\x1b[[B", "F2"),
        (b"\x1b[15~", "F5"),
        (b"\x1b[17~", "F6"),
        (b"\x1b[24~", "F12"),
        (b"\x1bOM", "Enter"),
        (b"\x1b[115;5u", "Ctrl-s"),
        (b"\x1b[97;2u", "A"),
        (b"\x1b[9;2u", "Shift-Tab"),
        (b"\x1b[27;5;115~", "Ctrl-s"),
    ];
    for (bytes, name) in cases {
        assert_eq!(keys(bytes), [*name], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn keys_come_out_the_same_however_the_bytes_are_cut() {
    let bytes = "a\x1b[1;5Cä\x1b[200~one\x1b two\x1b[201~\x1b[<0;10;5Mz".as_bytes();
    let whole = decoded(bytes);
    assert_eq!(whole.len(), 6, "{whole:?}");
    for cut in 0..bytes.len() {
        let mut decoder = Decoder::new();
        let mut facts = Vec::new();
        decoder.feed(&bytes[..cut], &mut facts);
        decoder.feed(&bytes[cut..], &mut facts);
        assert_eq!(facts, whole, "cut at {cut}");
    }
}

#[test]
fn a_paste_is_one_event_with_its_text_as_it_came() {
    assert_eq!(decoded(b"\x1b[200~a\r\tb\x1b[Ac\x1b[201~"), [Fact::Paste("a\r\tb\x1b[Ac".into())]);
}

#[test]
fn a_paste_that_never_ends_gives_the_keys_back() {
    assert_eq!(decoded(b"\x1b[200~abc"), [Fact::Paste("abc".into())]);
}

#[test]
fn a_paste_is_cut_but_its_end_is_seen() {
    let mut bytes = b"\x1b[200~".to_vec();
    bytes.resize(bytes.len() + LONGEST_PASTE + 100, b'x');
    bytes.extend_from_slice(b"\x1b[201~q");
    let facts = decoded(&bytes);
    let [Fact::Paste(text), Fact::Key(key)] = facts.as_slice() else { panic!("{} facts", facts.len()) };
    assert_eq!(text.len(), LONGEST_PASTE);
    assert_eq!(*key, Key::char('q'));
}

#[test]
fn answers_of_the_terminal_are_no_keys() {
    let answers: &[&[u8]] = &[
        b"\x1b]10;rgb:ffff/ffff/ffff\x07",
        b"\x1b[?62;22c",
        b"\x1b[>0;276;0c",
        b"\x1b[?1u",
        b"\x1b[24;80R",
        b"\x1b[?2026;2$y",
        b"\x1bP>|xterm(388)\x1b\\",
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[8;24;80t",
    ];
    for answer in answers {
        let mut bytes = answer.to_vec();
        bytes.push(b'j');
        assert_eq!(keys(&bytes), ["j"], "{:?}", String::from_utf8_lossy(answer));
    }
}

#[test]
fn releases_and_keys_without_a_name_are_nothing() {
    for bytes in [&b"\x1b[97;1:3u"[..], b"\x1b[1;1:3A", b"\x1b[2~", b"\x1b[57441u", b"\x1b[99~", b"\xff\xfe"] {
        assert_eq!(decoded(bytes), [], "{bytes:?}");
    }
}

#[test]
fn only_the_left_button_and_the_wheel_are_reported() {
    let mouse = |kind| vec![Fact::Mouse(kind, 9, 4)];
    assert_eq!(decoded(b"\x1b[<0;10;5M"), mouse(MouseKind::Click));
    assert_eq!(decoded(b"\x1b[<64;10;5M"), mouse(MouseKind::WheelUp));
    assert_eq!(decoded(b"\x1b[<69;10;5M"), mouse(MouseKind::WheelDown));
    assert_eq!(decoded(b"\x1b[M *%"), mouse(MouseKind::Click));
    assert_eq!(decoded(b"\x1b[<32;10;5M"), mouse(MouseKind::Drag));
    assert_eq!(decoded(b"\x1b[<0;10;5m"), mouse(MouseKind::Release));
    assert_eq!(decoded(b"\x1b[M#*%"), mouse(MouseKind::Release), "the old form");
    for other in [
        &b"\x1b[<2;10;5m"[..],
        b"\x1b[<34;10;5M",
        b"\x1b[<35;10;5M",
        b"\x1b[<2;10;5M",
        b"\x1b[<0;10M",
        b"\x1b[<0;0;99999M",
    ] {
        assert_eq!(decoded(other), [], "{:?}", String::from_utf8_lossy(other));
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_decoder_and_keys_come_back_after_them(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        let mut decoder = Decoder::new();
        let mut facts = Vec::new();
        decoder.feed(&bytes, &mut facts);
        decoder.settle(&mut facts);
        facts.clear();
        decoder.feed(b"q", &mut facts);
        proptest::prop_assert_eq!(facts, [Fact::Key(Key::char('q'))]);
    }
}

#[test]
fn the_terminals_background_is_taken_whole_or_split_and_is_no_key() {
    for (answer, rgb) in [
        (&b"\x1b]11;rgb:1e1e/8080/ffff\x1b\\"[..], [0x1e, 0x80, 0xff]),
        (b"\x1b]11;rgb:1e/80/ff\x07", [0x1e, 0x80, 0xff]),
        (b"\x1b]11;rgb:0/8/f\x07", [0, 0x88, 0xff]),
        (b"\x1b]11;rgba:ffff/ffff/ffff/8000\x07", [255; 3]),
    ] {
        let bytes = [b"a", answer, b"b"].concat();
        let expected = [Fact::Key(Key::char('a')), Fact::Background(rgb), Fact::Key(Key::char('b'))];
        for cut in 0..bytes.len() {
            let mut decoder = Decoder::new();
            let mut facts = Vec::new();
            decoder.feed(&bytes[..cut], &mut facts);
            decoder.feed(&bytes[cut..], &mut facts);
            assert_eq!(facts, expected, "cut at {cut}");
        }
    }
    for broken in ["11;rgb:1e/80", "11;rgb:/8/f", "11;rgb:12345/0/0", "11;rgb:zz/0/0", "11;blue", "10;rgb:0/0/0"] {
        assert_eq!(decoded(format!("\x1b]{broken}\x07").as_bytes()), [], "{broken}");
    }
}

#[test]
fn what_is_typed_behind_an_alt_key_is_neither_lost_nor_held() {
    for (bytes, expected) in [
        (&b"\x1b]j"[..], &["Alt-]", "j"][..]),
        (b"\x1b]1", &["Alt-]", "1"]),
        (b"\x1b]11", &["Alt-]", "1", "1"]),
        (b"\x1b]\x1b", &["Alt-]", "Esc"]),
        (b"\x1b]\r", &["Alt-]", "Enter"]),
        (b"\x1b]1\x03", &["Alt-]", "1", "Ctrl-c"]),
        (b"\x1b]11;rgb\x03", &["Ctrl-c"]),
        (b"\x1b]1\x1b", &["Alt-]", "1", "Esc"]),
        (b"\x1b]12\x1bx", &["Alt-]", "1", "2", "Alt-x"]),
        (b"\x1b]1\x1b\\", &["Alt-]", "1", "Alt-\\"]),
        (b"\x1b]1\x1b[A", &["Alt-]", "1", "\u{2191}"]),
        (b"\x1b]1\x07", &["Alt-]", "1", "Ctrl-g"]),
        (b"\x1b]12345", &["Alt-]", "1", "2", "3", "4", "5"]),
        (b"\x1bP>x", &["Alt-P", ">", "x"]),
        (b"\x1b_Gi\x1b", &["Alt-_", "G", "i", "Esc"]),
        (b"\x1bPx", &["Alt-P", "x"]),
        (b"\x1b_a", &["Alt-_", "a"]),
        (b"\x1b^a", &["Alt-^", "a"]),
        (b"\x1bXa", &["Alt-X", "a"]),
    ] {
        assert_eq!(keys(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
    }
    let mut decoder = Decoder::new();
    let mut facts = Vec::new();
    decoder.feed(b"\x1b]", &mut facts);
    assert_eq!(decoder.patience(), Patience::Sequence, "an Alt-] passes after a short time");
    decoder.feed(b"11;rgb:", &mut facts);
    assert_eq!(decoder.patience(), Patience::Answer, "an answer may be cut on its way");
}

proptest::proptest! {
    #[test]
    fn ordinary_keys_come_out_one_by_one_whatever_alt_key_came_before(
        alt in "[]P_^X]",
        typed in "[a-z :/]{1,12}",
    ) {
        let mut facts = Vec::new();
        let mut decoder = Decoder::new();
        decoder.feed(format!("\x1b{alt}{typed}").as_bytes(), &mut facts);
        let mut expected = vec![Fact::Key(Key::alt(KeyCode::Char(alt.chars().next().unwrap())))];
        expected.extend(typed.chars().map(|char| Fact::Key(Key::char(char))));
        proptest::prop_assert_eq!(facts, expected, "nothing is held");
    }
}

proptest::proptest! {
    /// Whatever the pauses are between the keys: `;` behind a number apart, with which an answer begins.
    #[test]
    fn what_was_typed_behind_an_alt_key_comes_out(
        alt in "[]P_^X]",
        typed in "[a-zA-Z0-9 :/,é株\r\t\x03\x07\x7f]{0,12}",
        escape in proptest::bool::ANY,
        pauses in proptest::collection::vec(proptest::bool::ANY, 32),
    ) {
        // A key is read whole: what an escape begins is held for 4 ms.
        let mut chunks = vec![format!("\x1b{alt}")];
        chunks.extend(typed.chars().map(String::from));
        if escape {
            chunks.push("\x1b".into());
        }
        let mut decoder = Decoder::new();
        let mut facts = Vec::new();
        for (chunk, pause) in chunks.iter().zip(pauses) {
            decoder.feed(chunk.as_bytes(), &mut facts);
            if pause && decoder.patience() != Patience::Forever {
                decoder.settle(&mut facts);
            }
        }
        if decoder.patience() != Patience::Forever {
            decoder.settle(&mut facts);
        }
        let mut expected = vec![Fact::Key(Key::alt(KeyCode::Char(alt.chars().next().unwrap())))];
        expected.extend(chunks[1..].iter().flat_map(|chunk| decoded(chunk.as_bytes())));
        proptest::prop_assert_eq!(facts, expected);
    }
}
