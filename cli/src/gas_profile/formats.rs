//! Formats of other tools: folded stacks, and the JSON of speedscope.

use std::collections::BTreeMap;

use serde::Serialize;

use super::names::on_one_line;
use super::stacks::{GasProfile, Stack};

/// One line per stack, `a;b;c GAS`, as flame graph tools read it. Semicolons in names become
/// colons, and what is not shown is escaped. Stacks with the same frames are added up.
pub(crate) fn folded(profile: &GasProfile) -> String {
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for stack in profile.stacks() {
        let names: Vec<String> = stack
            .frames
            .iter()
            .map(|frame| on_one_line(&frame.shown()).replace(';', ":"))
            .collect();
        *lines.entry(names.join(";")).or_default() += stack.gas;
    }
    let lines = lines.iter().filter(|(_, gas)| **gas > 0);
    lines
        .map(|(names, gas)| format!("{names} {gas}\n"))
        .collect()
}

/// The file format of <https://www.speedscope.app>: one profile per transaction, in which the
/// width of a frame is its gas.
#[derive(Serialize)]
pub(crate) struct Speedscope {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: String,
    #[serde(rename = "activeProfileIndex")]
    active: usize,
    shared: Shared,
    profiles: Vec<Sampled>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<SharedFrame>,
}

#[derive(Serialize)]
struct SharedFrame {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
struct Sampled {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    unit: &'static str,
    #[serde(rename = "startValue")]
    start: u64,
    #[serde(rename = "endValue")]
    end: u64,
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

/// Frames by name, each once.
#[derive(Default)]
struct Frames {
    positions: BTreeMap<String, usize>,
    list: Vec<SharedFrame>,
}

impl Frames {
    fn sample(&mut self, stack: &Stack) -> Vec<usize> {
        let last = stack.frames.len().saturating_sub(1);
        let frames = stack.frames.iter().enumerate();
        frames
            .map(|(depth, frame)| {
                let next = self.list.len();
                let line = stack.line.as_ref().filter(|_| depth == last);
                let position = self.positions.entry(frame.shown()).or_insert(next);
                if *position == next {
                    self.list.push(SharedFrame {
                        name: frame.shown(),
                        file: line.map(|line| line.file.to_string()),
                        line: line.map(|line| line.line),
                    });
                }
                *position
            })
            .collect()
    }
}

/// The profile for speedscope.
pub(crate) fn speedscope(profile: &GasProfile) -> Speedscope {
    let mut frames = Frames::default();
    let transactions = profile.transactions.iter();
    let profiles = transactions
        .map(|transaction| {
            let used = transaction.stacks.iter().filter(|stack| stack.gas > 0);
            Sampled {
                kind: "sampled",
                name: transaction.title(),
                unit: "none",
                start: 0,
                end: transaction.gas.total(),
                samples: used.clone().map(|stack| frames.sample(stack)).collect(),
                weights: used.map(|stack| stack.gas).collect(),
            }
        })
        .collect();
    Speedscope {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: concat!("lockstep ", env!("CARGO_PKG_VERSION")),
        name: profile.name.clone(),
        active: 0,
        shared: Shared {
            frames: frames.list,
        },
        profiles,
    }
}
