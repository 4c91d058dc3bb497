//! Which suppressions a finding is in reach of: those of its code above the block that it stands in, or whose instance it
//! names. There may be tens of thousands of either.

use super::{Group, Silenced};
use crate::diagnostic::Finding;
use crate::diagnostic::source::{FileId, Span};
use crate::fast::hash::FastMap;
use crate::lower::instance_of;
use std::collections::BTreeMap;

/// Groups of suppressions by their place in the list.
type ByCode = BTreeMap<Silenced, Vec<usize>>;

pub(super) struct Reach {
    /// The blocks below suppressions by where they begin, with where they end.
    blocks: BTreeMap<(FileId, u32), (u32, ByCode)>,
    instances: FastMap<String, ByCode>,
}

impl Reach {
    pub(super) fn of(groups: &[Group]) -> Self {
        let mut reach = Self { blocks: BTreeMap::new(), instances: FastMap::default() };
        for (index, it) in groups.iter().enumerate() {
            for block in &it.blocks {
                let (start, end) = (block.span.start, block.body.end.max(block.span.end));
                let below = reach.blocks.entry((block.span.file, start)).or_insert((end, ByCode::new()));
                below.1.entry(it.silenced.clone()).or_default().push(index);
                let Some(instance) = instance_of(block) else { continue };
                let named = reach.instances.entry(instance.to_string()).or_default();
                named.entry(it.silenced.clone()).or_default().push(index);
            }
        }
        reach
    }

    /// The groups that a finding is in reach of.
    pub(super) fn over(&self, finding: &Finding) -> Vec<usize> {
        let around = finding.span.and_then(|span| self.around(span));
        let named = finding.instance.as_deref().and_then(|instance| self.instances.get(block_of(instance)));
        let any = Silenced { code: finding.code, guard: None };
        let one = finding.guard.clone().map(|guard| Silenced { guard: Some(guard), ..any.clone() });
        let groups = around.into_iter().chain(named).flat_map(|by_code| {
            let of_guard = one.as_ref().and_then(|one| by_code.get(one));
            by_code.get(&any).into_iter().chain(of_guard)
        });
        groups.flatten().copied().collect()
    }

    fn around(&self, span: Span) -> Option<&ByCode> {
        let before = self.blocks.range((span.file, 0)..=(span.file, span.start));
        let (end, by_code) = before.last().map(|(_, below)| below)?;
        (span.start < *end).then_some(by_code)
    }
}

/// The block of an instance, whose `for_each` key comes last: `endpoint.cart` of `endpoint.cart["eu"]`.
fn block_of(instance: &str) -> &str {
    let Some(bracket) = instance.find('[') else { return instance };
    if instance.get(..bracket).is_some_and(|kind| kind.contains('.')) {
        return instance.get(..bracket).unwrap_or(instance);
    }
    // The label is in brackets too, as a string.
    let label = instance.get(bracket + 1..).unwrap_or_default();
    closing_quote(label).and_then(|quote| instance.get(..bracket + quote + 3)).unwrap_or(instance)
}

/// The end of the string literal at the start of the text.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = true;
    let mut closes = |letter| {
        let closes = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        closes
    };
    text.char_indices().find(|(_, letter)| closes(*letter)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::block_of;

    #[test]
    fn an_instance_names_its_block() {
        for (instance, block) in [
            ("endpoint.cart", "endpoint.cart"),
            ("endpoint.cart[\"eu\"]", "endpoint.cart"),
            ("user[\"ana@acme.example\"]", "user[\"ana@acme.example\"]"),
            ("user[\"a\\\"]b\"][\"c[\\\"d\"]", "user[\"a\\\"]b\"]"),
            ("user[\"\"][\"\"]", "user[\"\"]"),
        ] {
            assert_eq!(block_of(instance), block);
        }
    }
}
