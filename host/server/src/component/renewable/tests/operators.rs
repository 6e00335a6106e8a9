//! Which instructions a module may have.

use super::super::{Obstacle, renewable};
use super::plan::{Plan, component};
use wasm_encoder::{HeapType, Instruction};

/// Why a function that begins so isn't made renewable.
fn refused(first: &[Instruction<'static>]) -> Obstacle {
    let plan = Plan {
        first: first.to_vec(),
        counts_data: true,
        ..Plan::default()
    };
    renewable(&component(&plan)).unwrap_err()
}

#[track_caller]
fn assert_names(first: &[Instruction<'static>], instruction: &str) {
    let obstacle = refused(first);
    let Obstacle::Instruction { name, .. } = &obstacle else {
        panic!("{obstacle}");
    };
    assert_eq!(name, instruction);
}

#[test]
fn nothing_changes_a_table_or_drops_a_segment() {
    let zero = Instruction::I32Const(0);
    let operands = |count| vec![zero.clone(); count];
    let copy = Instruction::TableCopy {
        src_table: 0,
        dst_table: 0,
    };
    let init = Instruction::TableInit {
        elem_index: 0,
        table: 0,
    };
    for (last, name) in [(copy, "table.copy"), (init, "table.init")] {
        assert_names(&[operands(3), vec![last]].concat(), name);
    }
    assert_names(&[Instruction::ElemDrop(0)], "elem.drop");
    assert_names(&[Instruction::DataDrop(0)], "data.drop");
    let obstacle = refused(&[Instruction::DataDrop(0)]);
    assert_eq!(
        obstacle.to_string(),
        "its code has the instruction `data.drop`, which changes a table or gives up a segment, and neither is put back"
    );
}

#[test]
fn there_are_no_references() {
    let null = Instruction::RefNull(HeapType::FUNC);
    assert_names(&[null, Instruction::Drop], "ref.null");
    assert_names(&[Instruction::RefFunc(0), Instruction::Drop], "ref.func");
    // Nothing that was thought about; so it goes by wasmparser's name.
    let size = Instruction::TableSize(0);
    assert_names(&[size, Instruction::Drop], "TableSize");
}

/// What wasmtime hasn't got, or what nobody has thought about here.
#[test]
fn newer_instructions_are_refused_as_features() {
    let zero = Instruction::I32Const(0);
    let load = Instruction::I32AtomicLoad(wasm_encoder::MemArg {
        offset: 0,
        align: 2,
        memory_index: 0,
    });
    let wide = [0, 0, 0, 0].map(Instruction::I64Const).to_vec();
    let wide = [
        wide,
        vec![Instruction::I64Add128],
        vec![Instruction::Drop; 2],
    ]
    .concat();
    let external = Instruction::RefNull(HeapType::EXTERN);
    for first in [
        vec![zero, load, Instruction::Drop],
        vec![Instruction::AtomicFence],
        wide,
        vec![external, Instruction::Drop],
        vec![
            Instruction::RefFunc(0),
            Instruction::RefAsNonNull,
            Instruction::Drop,
        ],
    ] {
        let obstacle = refused(&first);
        assert!(matches!(obstacle, Obstacle::Feature { .. }), "{obstacle}");
    }
}

#[test]
fn vectors_and_tail_calls_are_understood() {
    for first in [
        vec![Instruction::V128Const(1), Instruction::Drop],
        vec![
            Instruction::V128Const(1),
            Instruction::V128Const(2),
            Instruction::F32x4RelaxedMin,
            Instruction::Drop,
        ],
        vec![
            Instruction::I32Const(0),
            Instruction::If(wasm_encoder::BlockType::Empty),
            Instruction::ReturnCall(2),
            Instruction::End,
        ],
    ] {
        let plan = Plan {
            first,
            ..Plan::default()
        };
        renewable(&component(&plan)).unwrap();
    }
}
