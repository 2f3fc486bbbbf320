//! The call tree of one transaction: who called whom, and how often each probe was reached there.
//!
//! A node is a place in the tree, not a call: calls from the same place to the same function
//! share one. Recursion is folded: a function that is on the stack already is counted where it
//! stands. Counts are *pending* until it is known that they were paid for and kept, which a host
//! call or the end of the frame tells.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash, HostFunction};

/// Below this depth the tree grows no further down: what is called there stands side by side.
const DEPTH_MAX: u32 = 200;

/// With so many nodes, functions are counted right below their method, whoever called them, and keys
/// are not told apart.
const NODES_MAX: usize = 200_000;

/// The same when the depths of all nodes come to so much: each node gets the frames of all above it.
const LEVELS_MAX: u64 = 1_000_000;

/// Gas that no operator and no host function used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Charge {
    /// The transaction itself.
    Intrinsic,
    /// Loading code.
    Load,
    /// Making an instance.
    Instantiate,
    /// Wasm gas of a segment that was not run to its end.
    CutShort,
    /// What a frame or message lost when it trapped or ran out of gas.
    Forfeited,
}

/// What stands at a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    /// The transaction: the root.
    Transaction,
    /// A frame: a method of a contract.
    Message {
        contract: AccountId,
        code: CodeHash,
        method: String,
    },
    /// A function of the frame's code, by index.
    Function(u32),
    /// A host function, with the key of a storage function.
    Host {
        function: HostFunction,
        key: Option<Vec<u8>>,
    },
    /// Gas of another kind, with the contract it was for.
    Charge(Charge, Option<AccountId>),
}

/// How often a probe was reached.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) runs: u64,
    /// The sum of the operands.
    pub(super) units: u64,
    pending_runs: u64,
    pending_units: u64,
}

/// A place in the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) parent: usize,
    pub(super) call: Call,
    /// The offset in the file of the operator in the parent's function that called.
    pub(super) site: Option<u64>,
    depth: u32,
    /// The gas of host functions and charges.
    pub(super) gas: u64,
    /// How often it was called or charged.
    pub(super) calls: u64,
    /// One per probe of the function, in their order; empty for everything else.
    pub(super) counts: Vec<Count>,
}

/// Counts that are pending: the node, and the position among its counts.
pub(super) type Touched = Vec<(usize, usize)>;

/// The tree. Node 0 is the root.
#[derive(Debug)]
pub(super) struct CallTree {
    pub(super) nodes: Vec<Node>,
    /// The sum of the nodes' depths.
    levels: u64,
    children: BTreeMap<(usize, Option<u64>, Call), usize>,
}

impl CallTree {
    /// A tree with nothing but the transaction.
    pub(super) fn new() -> CallTree {
        CallTree {
            nodes: vec![Node {
                parent: 0,
                call: Call::Transaction,
                site: None,
                depth: 0,
                gas: 0,
                calls: 1,
                counts: Vec::new(),
            }],
            levels: 0,
            children: BTreeMap::new(),
        }
    }

    /// The node of a call from `site` in `parent`.
    pub(super) fn child(&mut self, parent: usize, site: Option<u64>, call: Call) -> usize {
        let next = self.nodes.len();
        let depth = self.nodes[parent].depth + 1;
        let key = (parent, site, call);
        if let Some(existing) = self.children.get(&key) {
            return *existing;
        }
        self.nodes.push(Node {
            parent,
            call: key.2.clone(),
            site,
            depth,
            gas: 0,
            calls: 0,
            counts: Vec::new(),
        });
        self.levels += u64::from(depth);
        self.children.insert(key, next);
        next
    }

    /// The node of a function that is called from `site` in `parent`, in the frame whose node is
    /// `message`. `probes` is how many probes it has.
    pub(super) fn function(
        &mut self,
        (message, parent): (usize, usize),
        site: Option<u64>,
        index: u32,
        probes: usize,
    ) -> usize {
        let call = Call::Function(index);
        if let Some(same) = self.above(message, parent, &call) {
            return same;
        }
        let node = if self.is_full() {
            self.child(message, None, call)
        } else if self.nodes[parent].depth >= DEPTH_MAX {
            let (site, parent) = (self.nodes[parent].site, self.nodes[parent].parent);
            self.child(parent, site, call)
        } else {
            self.child(parent, site, call)
        };
        self.nodes[node].counts.resize(probes, Count::default());
        node
    }

    /// The node of a host function that is called from `site` in `parent`. It has the key while
    /// there may be more nodes.
    pub(super) fn host(
        &mut self,
        parent: usize,
        site: Option<u64>,
        function: HostFunction,
        key: Option<Vec<u8>>,
    ) -> usize {
        let key = key.filter(|_| !self.is_full());
        self.child(parent, site, Call::Host { function, key })
    }

    fn is_full(&self) -> bool {
        self.nodes.len() >= NODES_MAX || self.levels >= LEVELS_MAX
    }

    /// The node of the same function among `node` and those above it, up to the frame's.
    fn above(&self, message: usize, mut node: usize, call: &Call) -> Option<usize> {
        while node != message {
            if self.nodes[node].call == *call {
                return Some(node);
            }
            node = self.nodes[node].parent;
        }
        None
    }

    /// Adds gas and one call to a node.
    pub(super) fn add(&mut self, node: usize, gas: u64) {
        let node = &mut self.nodes[node];
        node.gas += gas;
        node.calls += 1;
    }

    /// A probe was reached.
    pub(super) fn count(&mut self, node: usize, probe: usize, units: u32, touched: &mut Touched) {
        let count = &mut self.nodes[node].counts[probe];
        if count.pending_runs == 0 {
            touched.push((node, probe));
        }
        count.pending_runs += 1;
        count.pending_units += u64::from(units);
    }

    /// What is pending at one of the `touched`: runs and units.
    pub(super) fn pending(&self, (node, probe): (usize, usize)) -> (u64, u64) {
        let count = &self.nodes[node].counts[probe];
        (count.pending_runs, count.pending_units)
    }

    /// Makes pending counts final, or forgets them.
    pub(super) fn settle(&mut self, touched: &mut Touched, keep: bool) {
        for (node, probe) in touched.drain(..) {
            let count = &mut self.nodes[node].counts[probe];
            if keep {
                count.runs += count.pending_runs;
                count.units += count.pending_units;
            }
            count.pending_runs = 0;
            count.pending_units = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, CallTree, HostFunction, LEVELS_MAX};

    #[test]
    fn recursion_is_folded_and_places_are_kept_apart() {
        let mut tree = CallTree::new();
        let message = tree.child(0, None, Call::Function(99));
        let outer = tree.function((message, message), None, 1, 2);
        let first = tree.function((message, outer), Some(10), 2, 1);
        let second = tree.function((message, outer), Some(20), 2, 1);
        assert_ne!(first, second);
        assert_eq!(tree.function((message, first), Some(30), 1, 2), outer);
        assert_eq!(tree.function((message, first), Some(40), 2, 1), first);
    }

    /// Chains of calls that differ from their beginning on, so that they share no node.
    #[test]
    fn a_tree_that_is_wide_and_deep_stops_growing() {
        let mut tree = CallTree::new();
        for site in 0..1_000 {
            let mut node = 0;
            for index in 0..100 {
                node = tree.function((0, node), Some(site), index, 0);
            }
        }
        let levels: u64 = tree.nodes.iter().map(|node| u64::from(node.depth)).sum();
        assert_eq!(levels, tree.levels);
        assert!(levels < LEVELS_MAX + 1_000, "{levels}");
        // Everything is counted in one place each from there on.
        let nodes = tree.nodes.len();
        let below = tree.function((0, 0), Some(5_000), 7, 0);
        assert_eq!((tree.nodes[below].depth, tree.nodes.len()), (1, nodes));
        for key in 0..100 {
            tree.host(0, None, HostFunction::StorageRead, Some(vec![key]));
        }
        assert_eq!(tree.nodes.len(), nodes + 1);
    }

    #[test]
    fn pending_counts_are_kept_or_forgotten() {
        let mut tree = CallTree::new();
        let node = tree.function((0, 0), None, 1, 2);
        let mut touched = Vec::new();
        tree.count(node, 1, 7, &mut touched);
        tree.count(node, 1, 8, &mut touched);
        assert_eq!(touched, [(node, 1)]);
        assert_eq!(tree.pending((node, 1)), (2, 15));
        tree.settle(&mut touched, true);
        tree.count(node, 1, 1, &mut touched);
        tree.settle(&mut touched, false);
        let count = tree.nodes[node].counts[1];
        assert_eq!((count.runs, count.units), (2, 15));
        assert_eq!(tree.pending((node, 1)), (0, 0));
    }
}
