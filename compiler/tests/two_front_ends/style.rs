//! How a policy is written, where that means nothing: comments, order, spaces.

use crate::policy::{Block, Value};

/// A stream of choices that a number decides: zero always chooses the plainest.
pub struct Style(u64);

impl Style {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of `count` choices.
    pub fn choose(&mut self, count: usize) -> usize {
        if self.0 == 0 {
            return 0;
        }
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % count
    }

    /// A comment on lines of its own, now and then. Line comments begin with the marker.
    pub fn comment(&mut self, line: &str) -> String {
        match self.choose(8) {
            1 => format!("{line} of interest: {{ \"not\" = [read]\n"),
            2 => "/* several\n lines } */\n".to_owned(),
            3 => "\n".to_owned(),
            _ => String::new(),
        }
    }

    /// The same items in another order.
    pub fn shuffled<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        for at in (1..items.len()).rev() {
            let other = at - self.choose(at + 1);
            items.swap(at, other);
        }
        items
    }

    /// A block's attributes in any order. Locals keep theirs: a circle is reported from where it is entered.
    pub fn attributes(&mut self, block: &Block) -> Vec<(String, Value)> {
        if block.kind == "locals" { block.attributes.clone() } else { self.shuffled(&block.attributes) }
    }

    /// The kinds in turns, each kind's own items in the order given.
    pub fn interleaved<T: Clone, K: PartialEq>(&mut self, items: &[T], kind: impl Fn(&T) -> K) -> Vec<T> {
        let places = self.shuffled(&(0..items.len()).collect::<Vec<_>>());
        let mut used = vec![false; items.len()];
        let mut ordered = Vec::with_capacity(items.len());
        for place in places {
            let wanted = kind(&items[place]);
            let next = (0..items.len()).find(|at| !used[*at] && kind(&items[*at]) == wanted);
            if let Some(next) = next {
                used[next] = true;
                ordered.push(items[next].clone());
            }
        }
        ordered
    }
}
