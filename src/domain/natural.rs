//! The order of names as people count: `team 2` before `team 10`.

/// Writes a key whose bytes compare as people count: without case, and runs of digits by their value (their length
/// stands before them).
///
/// Signs before the first letter or digit do not count: blanks, quotes and control characters would else put such names
/// before all others. What has no letter at all comes after the rest.
pub fn natural(text: &str, key: &mut Vec<u8>) {
    let text = if let Some(start) = text.find(char::is_alphanumeric) {
        &text[start..]
    } else {
        key.push(u8::MAX);
        text
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            let zeros = bytes[at..].iter().take_while(|&&byte| byte == b'0').count();
            let digits = bytes[at + zeros..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            key.push(b'0');
            key.push(u8::try_from(digits).unwrap_or(u8::MAX));
            key.extend_from_slice(&bytes[at + zeros..at + zeros + digits]);
            at += zeros + digits;
            continue;
        }
        let end = bytes[at..].iter().position(u8::is_ascii_digit).map_or(bytes.len(), |length| at + length);
        // Digits are ASCII: both ends are borders of characters.
        let part = &text[at..end];
        if part.is_ascii() {
            key.extend(part.bytes().map(|byte| byte.to_ascii_lowercase()));
        } else {
            key.extend_from_slice(part.to_lowercase().as_bytes());
        }
        at = end;
    }
}
