//! The encoding of an rc file. Windows `PowerShell` writes UTF-16 with `>` and `>>`, so that its profile may be in that;
//! other files are bytes, of which `setup` changes none.
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding>

/// The encoding of a file, found by its byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII, and any bytes besides.
    Bytes,
    /// UTF-16, the low byte first.
    Utf16LittleEndian,
    /// UTF-16, the high byte first.
    Utf16BigEndian,
}

/// The byte order mark as a character.
const MARK: char = '\u{feff}';

impl Encoding {
    /// The encoding of a file with this content.
    #[must_use]
    pub fn detect(content: &[u8]) -> Self {
        match content {
            [0xff, 0xfe, ..] => Self::Utf16LittleEndian,
            [0xfe, 0xff, ..] => Self::Utf16BigEndian,
            _ => Self::Bytes,
        }
    }

    /// The content as bytes that contain ASCII. `None` if [`encode`](Self::encode) could not give back the same content.
    #[must_use]
    pub fn decode(self, content: &[u8]) -> Option<Vec<u8>> {
        let unit = match self {
            Self::Bytes => return Some(content.to_vec()),
            Self::Utf16LittleEndian => u16::from_le_bytes,
            Self::Utf16BigEndian => u16::from_be_bytes,
        };
        let (units, rest) = content.as_chunks();
        let units: Vec<u16> = units.iter().copied().map(unit).collect();
        let text = String::from_utf16(&units)
            .ok()
            .filter(|_| rest.is_empty())?;
        Some(text.strip_prefix(MARK)?.as_bytes().to_vec())
    }

    /// The reverse of [`decode`](Self::decode).
    #[must_use]
    pub fn encode(self, text: &[u8]) -> Vec<u8> {
        let bytes = match self {
            Self::Bytes => return text.to_vec(),
            Self::Utf16LittleEndian => u16::to_le_bytes,
            Self::Utf16BigEndian => u16::to_be_bytes,
        };
        let text = format!("{MARK}{}", String::from_utf8_lossy(text));
        text.encode_utf16().flat_map(bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_comes_back_as_it_was_or_is_not_decoded() {
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let content: Vec<u8> = "\u{feff}a\r\nü\u{1f511}"
                .encode_utf16()
                .flat_map(bytes)
                .collect();
            let encoding = Encoding::detect(&content);
            let text = encoding.decode(&content).unwrap();
            assert_eq!(text, "a\r\nü\u{1f511}".as_bytes());
            assert_eq!(encoding.encode(&text), content);
            let broken = &content[..content.len() - 1];
            assert_eq!(encoding.decode(broken), None);
            assert_eq!(encoding.decode(&content[..content.len() - 2]), None);
        }
        for content in [&b"\xff\x00 not text"[..], b"", b"a\n"] {
            let encoding = Encoding::detect(content);
            assert_eq!(encoding, Encoding::Bytes);
            assert_eq!(encoding.decode(content).unwrap(), content);
        }
    }
}
