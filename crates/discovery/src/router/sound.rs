//! Whether a tree that was read from a row is one: a damaged row could hold a ring, and walking it would never end.

use super::service::Service;
use super::tree::{Edge, NodeId, OpId, ROOT, Tree};

/// Whether every walk over the service's tree ends, and free slots are free.
pub(crate) fn is_sound(service: &Service) -> bool {
    let tree = &service.tree;
    let mut taken = Taken { nodes: vec![false; tree.nodes.len()], ops: vec![false; tree.ops.len()] };
    taken.walk(tree).is_some()
        && taken.other(tree, service.other).is_some()
        && tree.free_nodes.iter().all(|id| taken.node(*id).is_some())
        && tree.free_ops.iter().all(|id| taken.op(*id).is_some())
}

/// Slots met so far, each at most once.
struct Taken {
    nodes: Vec<bool>,
    ops: Vec<bool>,
}

impl Taken {
    fn node(&mut self, id: NodeId) -> Option<()> {
        take(&mut self.nodes, id)
    }

    fn op(&mut self, id: OpId) -> Option<()> {
        take(&mut self.ops, id)
    }

    /// Everything that hangs on the root: each node hangs where it says it hangs, each operation stands where it says.
    fn walk(&mut self, tree: &Tree) -> Option<()> {
        self.node(ROOT)?;
        let mut open = vec![ROOT];
        while let Some(id) = open.pop() {
            let node = tree.node(id)?;
            for op in &node.ops {
                self.op(*op)?;
                (tree.op(*op)?.node == id).then_some(())?;
            }
            let words = node.words.iter().map(|(text, child)| (Some(text), *child));
            for (text, child) in words.chain(node.variable.map(|child| (None, child))) {
                self.node(child)?;
                let below = tree.node(child)?;
                let fits = match (&below.edge, text) {
                    (Edge::Word(own, _), Some(text)) => own == text,
                    (Edge::Variable(_), None) => true,
                    _ => false,
                };
                (fits && below.parent == id).then_some(())?;
                open.push(child);
            }
        }
        Some(())
    }

    /// The catch-all stands beside the tree: its node has no edge.
    fn other(&mut self, tree: &Tree, other: Option<OpId>) -> Option<()> {
        let Some(id) = other else { return Some(()) };
        self.op(id)?;
        let node = tree.op(id)?.node;
        self.node(node)?;
        (tree.node(node)?.parent == ROOT).then_some(())
    }
}

fn take(slots: &mut [bool], id: u32) -> Option<()> {
    let slot = slots.get_mut(id as usize)?;
    (!std::mem::replace(slot, true)).then_some(())
}

#[cfg(test)]
mod tests {
    use model::ValueClass;

    use super::*;

    fn service() -> Service {
        let mut service = Service::new("api");
        let tree = &mut service.tree;
        let users = tree.add_node(ROOT, Edge::Word("users".into(), true));
        let user = tree.add_node(users, Edge::Variable(ValueClass::Int));
        tree.add_op(user, "GET");
        let beside = tree.add_node(ROOT, Edge::None);
        service.other = Some(tree.add_op(beside, "{other}"));
        let gone = tree.add_node(ROOT, Edge::None);
        tree.free_nodes.push(gone);
        service
    }

    #[test]
    fn a_tree_of_ours_is_sound_and_a_damaged_one_is_not() {
        assert!(is_sound(&Service::new("empty")));
        assert!(is_sound(&service()));
        let damages: [fn(&mut Service); 8] = [
            |s| s.tree.nodes[2].variable = Some(1),
            |s| s.tree.nodes[1].parent = 2,
            |s| s.tree.nodes[0].variable = Some(0),
            |s| s.tree.nodes[1].variable = Some(99),
            |s| s.tree.nodes.clear(),
            |s| s.tree.free_ops = vec![0; 40],
            |s| s.tree.free_nodes.push(1),
            |s| s.tree.nodes[3].parent = 3,
        ];
        for (number, damage) in damages.iter().enumerate() {
            let mut service = service();
            damage(&mut service);
            assert!(!is_sound(&service), "damage {number}");
        }
    }
}
