//! A URL as a picture for a phone's camera, of characters.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// A QR code in half blocks, two modules a character. None if the text is too long.
///
/// Dark modules are the background's colour, and the border is light, as on a terminal
/// that writes in white on black; most cameras read the other way round, too.
#[must_use]
pub fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let mut picture = code.render::<Dense1x2>();
    picture
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light);
    Some(picture.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_square_of_half_blocks() {
        let picture = qr("http://pr-42.localhost:8000/").unwrap();
        let lines: Vec<&str> = picture.lines().collect();
        // Version 2 has 25 modules, and a border of 4 on each side.
        assert!(
            lines.iter().all(|line| line.chars().count() == 33),
            "{picture}"
        );
        assert_eq!(lines.len(), 17);
        assert!(
            picture
                .chars()
                .all(|c| matches!(c, ' ' | '▀' | '▄' | '█' | '\n'))
        );
        assert_eq!(qr(&"a".repeat(10_000)), None);
    }
}
