//! A hash table from names to indices. The names stay in the file's bytes, because std's `HashMap` would need a copy of
//! each.

/// A hash table of indices whose names are kept elsewhere: no name is copied.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// An index plus one; 0 is free. The length is a power of two and at least twice the number of names.
    slots: Vec<u32>,
    hashes: Vec<u32>,
}

impl Table {
    /// A table with room for this many names.
    pub(super) fn with_room_for(names: usize) -> Self {
        let slots = (names * 2).next_power_of_two().max(8);
        Self {
            slots: vec![0; slots],
            hashes: vec![0; slots],
        }
    }

    /// The index of an equal name. Without one, `index` is put in.
    pub(super) fn get_or_insert(
        &mut self,
        name: &[u8],
        index: u32,
        is_same: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let hash = hash(name);
        match self.slot(hash, is_same) {
            Ok(found) => Some(found),
            Err(free) => {
                self.slots[free] = index + 1;
                self.hashes[free] = hash;
                None
            }
        }
    }

    /// The index of an equal name.
    pub(super) fn get(&self, name: &[u8], is_same: impl Fn(u32) -> bool) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.slot(hash(name), is_same).ok()
    }

    fn slot(&self, hash: u32, is_same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                0 => return Err(at),
                taken if self.hashes[at] == hash && is_same(taken - 1) => return Ok(taken - 1),
                _ => at = (at + 1) & mask,
            }
        }
    }
}

/// Rotate, xor, multiply, eight bytes at a time. The names are the user's own, so nothing fancier is needed.
fn hash(name: &[u8]) -> u32 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = name.len() as u64;
    let mut chunks = name.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(PRIME);
    }
    for byte in chunks.remainder() {
        hash = (hash.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    // The high bits are the mixed ones.
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<String> = (0..5000_u32)
            .map(|number| format!("team-{number}-mfa"))
            .collect();
        let mut table = Table::with_room_for(names.len());
        for (index, name) in (0..).zip(&names) {
            let same = |other: u32| names[other as usize] == *name;
            assert_eq!(table.get_or_insert(name.as_bytes(), index, same), None);
            assert_eq!(table.get_or_insert(name.as_bytes(), 7, same), Some(index));
        }
        let get = |name: &str| table.get(name.as_bytes(), |other| names[other as usize] == name);
        assert_eq!(get("team-4999-mfa"), Some(4999));
        assert_eq!(get("team-5000-mfa"), None);
        assert_eq!(get(""), None);
        assert_eq!(Table::default().get(b"x", |_| true), None);
    }
}
