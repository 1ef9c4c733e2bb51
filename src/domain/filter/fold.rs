//! Case and accents, as fzf folds them: one character stays one character.

/// How a word looks at letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// A capital is its small letter.
    pub case: bool,
    /// A Latin letter with an accent, or a full-width form, is the plain letter.
    pub accents: bool,
}

impl Fold {
    /// Both.
    pub const ALL: Self = Self { case: true, accents: true };

    /// Smart case: a capital that was typed counts, and so does an accent.
    #[must_use]
    pub fn smart(text: &str) -> Self {
        let lowers = || text.chars().map(lower);
        Self { case: text.chars().eq(lowers()), accents: lowers().all(|char| plain(char) == char) }
    }

    /// The letter that counts.
    #[must_use]
    pub fn apply(self, char: char) -> char {
        if char.is_ascii() {
            return if self.case { char.to_ascii_lowercase() } else { char };
        }
        let char = if self.case { lower(char) } else { char };
        if self.accents { plain(char) } else { char }
    }
}

impl Fold {
    /// The letter that counts in a fuzzy word: there fzf takes capitals alone for capitals, not letters in rings, Roman
    /// numbers and pairs of letters that begin with one.
    #[must_use]
    pub(super) fn apply_fuzzy(self, char: char) -> char {
        let is_capital = char.is_ascii() || char.is_uppercase() && !matches!(char, '\u{2160}'..='\u{216f}' | 'Ⓐ'..='Ⓩ');
        Self { case: self.case && is_capital, ..self }.apply(char)
    }
}

/// The small letter, by the mapping of one character to one.
#[must_use]
pub fn lower(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    // Unicode's own table is searched for each letter; these are most letters of most names. The tests compare all.
    match char {
        // Small letters of Latin, Greek and Cyrillic; scripts without capitals: Hebrew to Burmese, the radicals of
        // Chinese to Yi, and Korean.
        'ß'..='ÿ'
        | 'ά'..='ώ'
        | 'а'..='џ'
        | '\u{590}'..='\u{109f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7ff}' => char,
        'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => moved(char, 0x20),
        'Ѐ'..='Џ' => moved(char, 0x50),
        _ => char.to_lowercase().next().unwrap_or(char),
    }
}

/// The letter so many places further on.
fn moved(char: char, places: u32) -> char {
    char::from_u32(u32::from(char) + places).unwrap_or(char)
}

/// The plain letter under an accent or in a full-width form; any other character is itself.
#[must_use]
pub fn plain(char: char) -> char {
    match u32::from(char) {
        code @ FIRST..=LAST => match PLAIN[(code - FIRST) as usize] {
            0 => char,
            letter => char::from(letter),
        },
        // Full-width forms stand in ASCII's order.
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(char),
        0xFF61 => '.',
        _ => char,
    }
}

/// The letters of a text as bits: what a word needs and a text has not, the text cannot match. The same bits for every
/// way of folding.
#[must_use]
pub fn letters(text: &str) -> u32 {
    if text.is_ascii() {
        return text.bytes().fold(0, |mask, byte| mask | ASCII[usize::from(byte & 0x7f)]);
    }
    text.chars().fold(0, |mask, char| {
        if let Ok(byte @ 0..128) = u8::try_from(char) {
            return mask | ASCII[usize::from(byte)];
        }
        let small = lower(char);
        mask | bit(char) | bit(small) | bit(plain(char)) | bit(plain(small))
    })
}

/// The bits of ASCII's characters.
const ASCII: [u32; 128] = {
    let mut bits = [0; 128];
    let mut code = 0u8;
    while code < 128 {
        bits[code as usize] = bit(code as char);
        code += 1;
    }
    bits
};

/// The bit of one letter, case aside: 26 letters, three sorts of digits, other ASCII, two sorts of others.
#[must_use]
pub const fn bit(char: char) -> u32 {
    let code = char as u32;
    match char {
        'a'..='z' => 1 << (code - 'a' as u32),
        'A'..='Z' => 1 << (code - 'A' as u32),
        '0'..='9' => 1 << (26 + code % 3),
        // In nearly every name.
        ' ' => 0,
        _ if char.is_ascii() => 1 << 29,
        _ => 1 << (30 + code % 2),
    }
}

/// The first letter of [`PLAIN`]: À.
const FIRST: u32 = 0xC0;
/// Its last one: a reversed C.
const LAST: u32 = 0x2184;

/// Which letters are which plain one: those that fzf (0.35 and later) folds, and no more, so that both find the same.
const GROUPS: &[(u8, &str)] = &[
    (b'A', "ÀÁÂÃÄÅȺᴀẤẦẨẪẬẮẰẲẴẶ"),
    (b'a', "àáâãäåāăąǎȁȃȧɐɑ\u{363}ḁẚạảấầẩẫậắằẳẵặ"),
    (b'B', "ƁɃʙᴃ"),
    (b'b', "ƀƃɓḃḅḇ"),
    (b'C', "ÇȻᴄ"),
    (b'c', "çćĉċčƈȼɕʗ\u{368}ↄ"),
    (b'D', "ƉƊᴅ"),
    (b'd', "ďđƌȡɖɗ\u{369}ḋḍḏḑḓ"),
    (b'E', "ÈÉÊËƎƐɆᴇẾỀỂỄỆ"),
    (b'e', "èéêëēĕėęěǝȅȇȩɇɘɛɜɝɞʚ\u{364}ᴈḙḛẹẻẽếềểễệ"),
    (b'f', "ƒḟ"),
    (b'G', "Ɠɢʛ"),
    (b'g', "ĝğġģǥǧǵɠɡḡ"),
    (b'H', "ʜ"),
    (b'h', "ĥħȟɥɦʮ\u{36a}ḣḥḧḩḫẖₕ"),
    (b'I', "ÌÍÎÏİƗɪ"),
    (b'i', "ìíîïĩīĭįıǐȉȋɨ\u{365}ᴉᵢḭỉịⁱ"),
    (b'J', "Ɉᴊ"),
    (b'j', "ĵǰȷɉɟʝ"),
    (b'K', "ᴋ"),
    (b'k', "ķƙǩʞḱḳḵₖ"),
    (b'L', "Ƚʟᴌ"),
    (b'l', "ĺļľŀłƚȴɫɬɭḷḻḽₗ"),
    (b'M', "Ɯᴍ"),
    (b'm', "ɯɰɱ\u{36b}ᴟḿṁṃₘ"),
    (b'N', "ÑƝȠɴᴎ"),
    (b'n', "ñńņňƞǹȵɲɳṅṇṉṋₙ"),
    (b'O', "ÒÓÔÕÖØƆƟᴏᴐỐỒỔỖỘỚỜỞỠỢ"),
    (b'o', "òóôõöøōŏőơǒǫȍȏȯɔɵ\u{366}ᴑᴒᴓᴖᴗọỏốồổỗộớờởỡợ"),
    (b'P', "ᴘ"),
    (b'p', "ƥṕṗₚ"),
    (b'Q', "Ɋ"),
    (b'q', "ɋʠ"),
    (b'R', "Ɍʀʁᴙᴚ"),
    (b'r', "ŕŗřȑȓɍɹɺɻɼɽɾɿ\u{36c}ᵣṙṛṟ"),
    (b's', "ßśŝşšſșȿʂṡṣẛₛ"),
    (b'T', "ƮȾᴛ"),
    (b't', "ţťŧƫƭțȶʇʈ\u{36d}ṫṭṯṱẗₜ"),
    (b'U', "ÙÚÛÜɄᴜỨỪỬỮỰ"),
    (b'u', "ùúûüũūŭůűųưǔȕȗʉ\u{367}ᴝᴞᵤṳṵṷụủứừửữự"),
    (b'V', "ƲɅᴠ"),
    (b'v', "ʋʌ\u{36e}ᵥṽṿ"),
    (b'W', "ᴡ"),
    (b'w', "ŵʍẁẃẅẇẉẘ"),
    (b'x', "\u{36f}ẋẍ"),
    (b'Y', "ÝŸɎʏ"),
    (b'y', "ýÿŷƴȳɏʎẏẙỳỵỷỹ"),
    (b'Z', "ᴢ"),
    (b'z', "źżžƶȥɀʐʑẑẓẕ"),
];

/// By code from [`FIRST`] on: the plain letter, or 0.
static PLAIN: [u8; (LAST - FIRST + 1) as usize] = table();

const fn table() -> [u8; (LAST - FIRST + 1) as usize] {
    let mut table = [0; (LAST - FIRST + 1) as usize];
    let mut group = 0;
    while group < GROUPS.len() {
        let (letter, members) = GROUPS[group];
        let bytes = members.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (code, length) = decode(bytes, at);
            table[(code - FIRST) as usize] = letter;
            at += length;
        }
        group += 1;
    }
    table
}

/// A character of two or three bytes of UTF-8, and how many.
const fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    if bytes[at] < 0xE0 {
        return (((bytes[at] & 0x1F) as u32) << 6 | tail(bytes[at + 1]), 2);
    }
    (((bytes[at] & 0x0F) as u32) << 12 | tail(bytes[at + 1]) << 6 | tail(bytes[at + 2]), 3)
}

const fn tail(byte: u8) -> u32 {
    (byte & 0x3F) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_letters_lose_their_accents_and_others_stay() {
        for (from, to) in [
            ('é', 'e'),
            ('Å', 'A'),
            ('ø', 'o'),
            ('ß', 's'),
            ('ậ', 'a'),
            ('Ａ', 'A'),
            ('。', '。'),
            ('｡', '.'),
            ('株', '株'),
        ] {
            assert_eq!(plain(from), to, "{from}");
        }
        assert_eq!(Fold::ALL.apply('Đ'), 'd');
        assert_eq!(Fold::ALL.apply('İ'), 'i');
    }

    #[test]
    fn small_letters_are_those_of_unicode() {
        for char in '\0'..=char::MAX {
            assert_eq!(Some(lower(char)), char.to_lowercase().next(), "{char:?}");
        }
    }

    #[test]
    fn a_capital_or_an_accent_that_was_typed_counts() {
        assert_eq!(Fold::smart("acme"), Fold::ALL);
        assert_eq!(Fold::smart("Acme"), Fold { case: false, accents: true });
        assert_eq!(Fold::smart("café"), Fold { case: true, accents: false });
    }

    #[test]
    fn letters_cover_every_way_of_folding() {
        for char in ('\0'..='\u{ffff}').filter(|char| !char.is_ascii()) {
            let mask = letters(char.encode_utf8(&mut [0; 4]));
            for case in [false, true] {
                for accents in [false, true] {
                    let folded = Fold { case, accents }.apply(char);
                    assert_eq!(bit(folded) & !mask, 0, "{char}");
                }
            }
        }
    }
}
