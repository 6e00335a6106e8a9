//! The function that makes an instance as new.

use super::obstacle::Obstacle;
use super::sections::encoded;
use wasm_encoder::{BlockType, ConstExpr, Encode, Function, GlobalType, ValType};
use wasmparser::{Data, DataKind, Global, Operator};

/// Bytes of a page of memory.
const PAGE: u32 = 64 * 1024;

/// What goes into the function. Everything is by its number in the module.
pub(super) struct Renewal<'a> {
    /// The function that the host called before.
    pub(super) handle: u32,
    pub(super) initialize: Option<u32>,
    /// A new global: whether the instance was used before.
    pub(super) used: u32,
    /// The memory that an instance begins with.
    pub(super) pages: u32,
    pub(super) first_global: u32,
    pub(super) globals: &'a [Global<'a>],
    pub(super) data: Initial<'a>,
}

/// What a memory holds at first, beside zeros.
pub(super) struct Initial<'a> {
    /// Segments in the order in which they are written: offset and bytes.
    segments: Vec<(u32, &'a [u8])>,
    /// The number of the first of the new, passive segments with the same bytes.
    first: u32,
}

impl<'a> Initial<'a> {
    /// `count`: of the module's own segments. Refuses one whose place isn't a plain
    /// number.
    pub(super) fn of(data: &[Data<'a>], count: u32) -> Result<Self, Obstacle> {
        let mut segments = Vec::new();
        for segment in data {
            let place = match &segment.kind {
                // It stays as it is: nothing drops it.
                DataKind::Passive => continue,
                DataKind::Active {
                    memory_index: 0,
                    offset_expr,
                } => offset_expr,
                DataKind::Active { .. } => return Err(Obstacle::missing("memory")),
            };
            let operators = place.get_operators_reader().into_iter();
            let operators: Vec<_> = operators.collect::<Result<_, _>>()?;
            let [Operator::I32Const { value }, Operator::End] = operators.as_slice() else {
                return Err(Obstacle::shape(
                    "the place of its data depends on something",
                    "a plain number, as of code that isn't relocated",
                ));
            };
            segments.push((value.cast_unsigned(), segment.data));
        }
        Ok(Self {
            segments,
            first: count,
        })
    }

    /// How many new segments there are.
    pub(super) fn len(&self) -> u32 {
        // No more than there were, whose number is one of 32 bits.
        self.segments.len() as u32
    }

    /// The new segments: what was once written at an instance's start can't be
    /// written again.
    pub(super) fn passive_segments(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (_, data) in &self.segments {
            // The kind, and the bytes with their number.
            bytes.push(1);
            data.encode(&mut bytes);
        }
        bytes
    }

    /// What of `size` bytes no segment covers: start and length.
    fn gaps(&self, size: u32) -> Vec<(u32, u32)> {
        let mut covered: Vec<_> = self.segments.iter().collect();
        covered.sort_by_key(|(offset, _)| *offset);
        let mut gaps = Vec::new();
        let mut end = 0;
        for (offset, data) in covered {
            if *offset > end {
                gaps.push((end, offset - end));
            }
            end = end.max(offset.saturating_add(data.len() as u32));
        }
        if size > end {
            gaps.push((end, size - end));
        }
        gaps
    }
}

impl Renewal<'_> {
    /// The global that says whether an instance was used before.
    pub(super) fn used_global(&self) -> Vec<u8> {
        let of = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        let mut bytes = encoded(&of);
        ConstExpr::i32_const(0).encode(&mut bytes);
        bytes
    }

    /// The function's body; see [`super`].
    pub(super) fn function(&self) -> Result<Function, Obstacle> {
        const RESULT: u32 = 0;
        let mut function = Function::new([(1, ValType::I32)]);
        let mut instructions = function.instructions();
        if let Some(initialize) = self.initialize {
            instructions
                .global_get(self.used)
                .if_(BlockType::Empty)
                .call(initialize)
                .else_()
                .i32_const(1)
                .global_set(self.used)
                .end();
        }
        instructions.call(self.handle).local_set(RESULT);
        // The host drops an instance whose memory has grown.
        instructions
            .memory_size(0)
            .i32_const(self.pages.cast_signed())
            .i32_eq()
            .if_(BlockType::Empty);
        self.put_back_memory(&mut function);
        self.put_back_globals(&mut function)?;
        function.instructions().end().local_get(RESULT).end();
        Ok(function)
    }

    fn put_back_memory(&self, function: &mut Function) {
        let mut instructions = function.instructions();
        for (start, length) in self.data.gaps(self.pages * PAGE) {
            instructions
                .i32_const(start.cast_signed())
                .i32_const(0)
                .i32_const(length.cast_signed())
                .memory_fill(0);
        }
        for (number, (offset, data)) in (self.data.first..).zip(&self.data.segments) {
            instructions
                .i32_const(offset.cast_signed())
                .i32_const(0)
                .i32_const((data.len() as u32).cast_signed())
                .memory_init(0, number);
        }
    }

    fn put_back_globals(&self, function: &mut Function) -> Result<(), Obstacle> {
        for (number, global) in (self.first_global..).zip(self.globals) {
            if !global.ty.mutable {
                continue;
            }
            for operator in global.init_expr.get_operators_reader() {
                check_constant(&operator?)?;
            }
            let mut reader = global.init_expr.get_binary_reader();
            let expression = reader.read_bytes(reader.bytes_remaining())?;
            let value = expression
                .split_last()
                .map_or(&[][..], |(_end, value)| value);
            function.raw(value.iter().copied());
            function.instructions().global_set(number);
        }
        Ok(())
    }
}

/// What a global begins with has to be the same whenever it is computed: it is a
/// number, or computed from imported globals that never change.
fn check_constant(operator: &Operator<'_>) -> Result<(), Obstacle> {
    match operator {
        Operator::I32Const { .. }
        | Operator::I64Const { .. }
        | Operator::F32Const { .. }
        | Operator::F64Const { .. }
        | Operator::V128Const { .. }
        | Operator::GlobalGet { .. }
        | Operator::I32Add
        | Operator::I32Sub
        | Operator::I32Mul
        | Operator::I64Add
        | Operator::I64Sub
        | Operator::I64Mul
        | Operator::End => Ok(()),
        _ => Err(Obstacle::unknown(
            "a global that begins with something else than a number",
        )),
    }
}
