//! Random modules, each called in a fresh instance, and again and again in one that
//! puts itself back.
//!
//! The same in every run: the random numbers begin with the round's. `ROUNDS` is how
//! many there are.

use arbitrary::Unstructured;
use std::collections::BTreeMap;
use wasm_host_renewed_modules::{Outcome, check};
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices, Module};
use wasmparser::{Operator, Parser, Payload};

/// How many modules, unless `ROUNDS` says.
const ROUNDS: u64 = 2_000;

/// Random bytes that a module is made of.
const SEED_LENGTH: usize = 4096;

/// How many loops and calls a module makes before it traps.
const FUEL: u32 = 500;

#[test]
fn each_call_is_as_the_first() {
    let rounds = std::env::var("ROUNDS")
        .map_or(ROUNDS, |rounds| rounds.parse().expect("ROUNDS is a number"));
    let mut counts = BTreeMap::<_, u64>::new();
    for round in 0..rounds {
        let module = without_drops(module(round).to_bytes());
        let outcome = std::panic::catch_unwind(|| check(&module));
        let outcome = outcome.unwrap_or_else(|_| panic!("round {round} differs; see above"));
        *counts.entry(summary(&outcome)).or_default() += 1;
    }
    println!("{counts:#?}");
    // Else little is tested.
    let changed = counts.get("called again, having changed something");
    assert!(changed.copied().unwrap_or_default() > rounds / 10);
}

/// What a run says that it has met. All that is refused is for one kind of reason.
fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused(obstacle) => format!("refused: {obstacle}"),
        Outcome::NoInstance => "no instance".to_owned(),
        Outcome::Trapped => "trapped".to_owned(),
        Outcome::Grown => "grown".to_owned(),
        Outcome::Renewed { changes: false } => "called again".to_owned(),
        Outcome::Renewed { changes: true } => "called again, having changed something".to_owned(),
    }
}

fn module(round: u64) -> Module {
    let bytes = random_bytes(round);
    let mut from = Unstructured::new(&bytes);
    let mut module = Module::new(config(round), &mut from).expect("enough bytes");
    let terminates = module.ensure_termination(FUEL);
    terminates.expect("a module whose functions are valid");
    module
}

/// The module with `nop`s for what drops a segment, for which it would be refused:
/// few would be left otherwise.
fn without_drops(mut module: Vec<u8>) -> Vec<u8> {
    const NOP: u8 = 1;
    let mut drops = Vec::new();
    for payload in Parser::new(0).parse_all(&module) {
        let Payload::CodeSectionEntry(body) = payload.expect("a module") else {
            continue;
        };
        let mut operators = body.get_operators_reader().expect("a function");
        while !operators.eof() {
            let start = operators.original_position();
            if let Operator::DataDrop { .. } = operators.read().expect("an instruction") {
                drops.push(start..operators.original_position());
            }
        }
    }
    for place in drops {
        module[place].fill(NOP);
    }
    module
}

/// Every combination of what a module may have comes up.
fn config(round: u64) -> Config {
    let pages = 1 + round % 4;
    let initialize = match round % 3 {
        0 => "(func (export \"_initialize\"))",
        _ => "",
    };
    let exports = format!(
        "(module (func (export \"handle\") (result i32) unreachable) {initialize}
            (memory (export \"memory\") {pages} 8))"
    );
    Config {
        exports: Some(wat::parse_str(exports).expect("a module's text")),
        allowed_instructions: instructions(),
        disallow_traps: !round.is_multiple_of(5),
        bulk_memory_enabled: !round.is_multiple_of(7),
        min_globals: 3,
        min_data_segments: 2,
        min_funcs: 3,
        min_types: 2,
        max_imports: 0,
        // Beside the one that is exported.
        max_memories: 0,
        memory_offset_choices: MemoryOffsetChoices(95, 4, 1),
        max_instructions: 60,
        max_tags: 0,
        max_table_elements: 100,
        allow_start_export: round.is_multiple_of(11),
        tail_call_enabled: true,
        extended_const_enabled: true,
        // What the interpreter hasn't got, or is refused.
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        ..Config::default()
    }
}

/// All but those of references and tables, which are refused.
fn instructions() -> InstructionKinds {
    InstructionKinds::new(&[
        InstructionKind::NumericInt,
        InstructionKind::Numeric,
        InstructionKind::VectorInt,
        InstructionKind::Vector,
        InstructionKind::Parametric,
        InstructionKind::Variable,
        InstructionKind::MemoryInt,
        InstructionKind::Memory,
        InstructionKind::Control,
    ])
}

/// Bytes by SplitMix64.
fn random_bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..SEED_LENGTH / 8)
        .flat_map(|_| next().to_le_bytes())
        .collect()
}
