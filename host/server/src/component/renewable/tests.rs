use super::renewable;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, CodeSection, Component,
    ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentTypeSection,
    ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, InstanceSection, Instruction,
    MemorySection, MemoryType, Module, ModuleArg, ModuleSection, PrimitiveValType, RefType,
    StartSection, TableSection, TableType, TypeSection, ValType,
};
use wasmtime::component::Linker;
use wasmtime::{Engine, Store};

/// Where the data is, and what.
const DATA: (i32, u8) = (100, 5);

/// What a test changes of the module that is used again.
struct Plan {
    memory: MemoryType,
    /// A second memory, table or global, as a variant has it.
    parameters: Vec<ValType>,
    starts: bool,
    /// Instructions that the function begins with.
    first: Vec<Instruction<'static>>,
    /// Whether there is an `_initialize`, which adds to the byte after the data.
    initializes: bool,
    /// What another module calls when an instance is made.
    started: Option<&'static str>,
    /// Whether another module writes to the memory when an instance is made.
    written: bool,
    /// Whether an alias of another kind comes before that of the function.
    exact_alias: bool,
    /// Whether the module is exported, too.
    exported: bool,
    /// A global that is exported.
    exports_global: Option<u32>,
    /// Whether the function is in a table.
    declares: bool,
    /// Options of the function's lifting.
    options: Vec<CanonicalOption>,
    /// How many instances of the module there are.
    instances: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            memory: MemoryType {
                minimum: 1,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            },
            parameters: Vec::new(),
            starts: false,
            first: Vec::new(),
            initializes: false,
            started: None,
            written: false,
            exact_alias: false,
            exported: false,
            exports_global: None,
            declares: true,
            options: Vec::new(),
            instances: 1,
        }
    }
}

/// A module with a function that returns what it finds, and changes it: the sum of
/// a global, a byte of its data, the one after it, and the memory's last.
fn module(plan: &Plan) -> Module {
    let mut types = TypeSection::new();
    types.ty().function(plan.parameters.clone(), [ValType::I32]);
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1).function(0);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 1,
        maximum: None,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(plan.memory);
    let mut globals = GlobalSection::new();
    let of = |mutable| GlobalType {
        val_type: ValType::I32,
        mutable,
        shared: false,
    };
    globals.global(of(false), &ConstExpr::i32_const(1000));
    globals.global(of(true), &ConstExpr::i32_const(2000));
    let mut exports = ExportSection::new();
    exports.export("handle", ExportKind::Func, 0);
    exports.export("other", ExportKind::Func, 2);
    exports.export("setup", ExportKind::Func, 1);
    exports.export("memory", ExportKind::Memory, 0);
    if let Some(global) = plan.exports_global {
        exports.export("global", ExportKind::Global, global);
    }
    if plan.initializes {
        exports.export("_initialize", ExportKind::Func, 1);
    }
    let mut elements = ElementSection::new();
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions([u32::from(!plan.declares) * 2][..].into()),
    );
    let mut code = CodeSection::new();
    code.function(&handle(&plan.first))
        .function(&initialize())
        .function(&other());
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(DATA.0), [DATA.1]);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&globals)
        .section(&exports);
    if plan.starts {
        module.section(&StartSection { function_index: 1 });
    }
    module.section(&elements).section(&code).section(&data);
    module
}

fn handle(first: &[Instruction<'static>]) -> Function {
    let mut function = Function::new([]);
    for instruction in first {
        function.instruction(instruction);
    }
    let mut instructions = function.instructions();
    instructions.global_get(1);
    for address in [DATA.0, DATA.0 + 1, 65_535] {
        instructions
            .i32_const(address)
            .i32_load8_u(byte())
            .i32_add();
    }
    instructions
        .global_get(1)
        .i32_const(1)
        .i32_add()
        .global_set(1);
    for address in [DATA.0, DATA.0 + 1, 65_535] {
        instructions
            .i32_const(address)
            .i32_const(77)
            .i32_store8(byte());
    }
    instructions.end();
    function
}

fn other() -> Function {
    let mut function = Function::new([]);
    function.instructions().i32_const(4000).end();
    function
}

fn initialize() -> Function {
    let mut function = Function::new([]);
    let address = DATA.0 + 1;
    function
        .instructions()
        .i32_const(address)
        .i32_const(address)
        .i32_load8_u(byte())
        .i32_const(30)
        .i32_add()
        .i32_store8(byte())
        .end();
    function
}

fn byte() -> wasm_encoder::MemArg {
    wasm_encoder::MemArg {
        offset: 0,
        align: 0,
        memory_index: 0,
    }
}

/// A component of the module, whose function is exported as `handle`.
fn component(plan: &Plan) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(&module(plan)));
    if plan.exported {
        let mut exports = ComponentExportSection::new();
        exports.export("module", ComponentExportKind::Module, 0, None);
        component.section(&exports);
    }
    let mut instances = InstanceSection::new();
    for _ in 0..plan.instances {
        instances.instantiate(0, Vec::<(&str, ModuleArg)>::new());
    }
    component.section(&instances);
    let mut aliases = ComponentAliasSection::new();
    let mut alias = |kind, name| {
        aliases.alias(Alias::CoreInstanceExport {
            instance: 0,
            kind,
            name,
        });
    };
    if plan.exact_alias {
        alias(ExportKind::Func, "other");
    }
    alias(ExportKind::Func, "handle");
    alias(ExportKind::Memory, "memory");
    if let Some(name) = plan.started {
        alias(ExportKind::Func, name);
    }
    component.section(&aliases);
    if plan.started.is_some() || plan.written {
        add_companion(&mut component, plan);
    }
    let mut types = ComponentTypeSection::new();
    let parameters = plan.parameters.iter().map(|_| ("a", PrimitiveValType::S32));
    types
        .function()
        .params(parameters)
        .result(Some(PrimitiveValType::S32.into()));
    component.section(&types);
    let mut functions = CanonicalFunctionSection::new();
    functions.lift(0, 0, plan.options.iter().copied());
    component.section(&functions);
    let mut exports = ComponentExportSection::new();
    exports.export("handle", ComponentExportKind::Func, 0, None);
    component.section(&exports);
    component.finish()
}

/// Adds a module that does something when an instance is made.
fn add_companion(component: &mut Component, plan: &Plan) {
    let mut companion = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    let mut data = DataSection::new();
    let export = if plan.written {
        imports.import("", "it", plan.memory);
        data.active(0, &ConstExpr::i32_const(DATA.0 + 1), [9]);
        companion.section(&imports).section(&data);
        ("it", ExportKind::Memory, 0)
    } else {
        imports.import("", "it", wasm_encoder::EntityType::Function(0));
        companion
            .section(&types)
            .section(&imports)
            .section(&StartSection { function_index: 0 });
        ("it", ExportKind::Func, 1)
    };
    component.section(&ModuleSection(&companion));
    let given = plan.instances;
    let mut instances = InstanceSection::new();
    instances.export_items([export]);
    instances.instantiate(1, [("", ModuleArg::Instance(given))]);
    component.section(&instances);
}

/// What calls of one instance return, one after the other.
fn calls(component: &[u8], count: usize) -> Vec<i32> {
    let engine = Engine::default();
    let component = wasmtime::component::Component::new(&engine, component).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine)
        .instantiate(&mut store, &component)
        .unwrap();
    let handle = instance
        .get_typed_func::<(), (i32,)>(&mut store, "handle")
        .unwrap();
    let mut call = || handle.call(&mut store, ()).unwrap().0;
    (0..count).map(|_| call()).collect()
}

#[test]
fn each_call_is_as_the_first() {
    let component = component(&Plan::default());
    assert_eq!(calls(&component, 3), [2005, 2001 + 3 * 77, 2002 + 3 * 77]);
    assert_eq!(calls(&renewable(&component).unwrap(), 3), [2005; 3]);
}

/// As the linker of components has it called: when the instance is made.
#[test]
fn what_was_initialized_is_initialized_again() {
    let plan = Plan {
        initializes: true,
        started: Some("_initialize"),
        ..Plan::default()
    };
    let component = component(&plan);
    assert_eq!(calls(&component, 2), [2035, 2001 + 3 * 77]);
    assert_eq!(calls(&renewable(&component).unwrap(), 3), [2035; 3]);
}

#[test]
fn nothing_else_is_done_when_an_instance_is_made() {
    // Nobody calls it.
    assert_refused(&Plan {
        initializes: true,
        ..Plan::default()
    });
    for name in ["setup", "_initialize"] {
        let plan = Plan {
            started: Some(name),
            initializes: true,
            ..Plan::default()
        };
        assert_eq!(
            renewable(&component(&plan)).is_some(),
            name == "_initialize"
        );
    }
    let plan = Plan {
        written: true,
        ..Plan::default()
    };
    assert_eq!(calls(&component(&plan), 1), [2014]);
    assert_refused(&plan);
}

/// The kind of alias is none that is known; and it would change the numbers of
/// those after it.
#[test]
fn numbers_are_those_that_wasmtime_has() {
    let plan = Plan {
        exact_alias: true,
        ..Plan::default()
    };
    let mut bytes = component(&plan);
    let at = bytes
        .windows(5)
        .rposition(|bytes| bytes == b"other")
        .unwrap();
    // Kind of alias, instance, and the name's length are before it.
    assert_eq!(bytes[at - 4..at], [0x00, 0x01, 0x00, 0x05]);
    assert_eq!(calls(&bytes, 2)[0], 4000);
    bytes[at - 4] = 0x20;
    assert!(renewable(&bytes).is_none());
    assert_refused(&Plan {
        exported: true,
        ..Plan::default()
    });
}

/// The module would be valid once there is a global more.
#[test]
fn what_is_added_can_not_be_named() {
    let used = Instruction::GlobalGet(2);
    let plan = Plan {
        first: vec![used, Instruction::Drop],
        ..Plan::default()
    };
    assert_refused(&plan);
    assert_refused(&Plan {
        exports_global: Some(2),
        ..Plan::default()
    });
    let own = Plan {
        exports_global: Some(1),
        ..Plan::default()
    };
    assert!(renewable(&component(&own)).is_some());
}

/// An export makes its function one that can be referred to.
#[test]
fn a_component_that_becomes_invalid_is_refused_by_wasmtime() {
    let plan = Plan {
        first: vec![Instruction::RefFunc(0), Instruction::Drop],
        declares: false,
        ..Plan::default()
    };
    let component = component(&plan);
    assert_eq!(calls(&component, 1), [2005]);
    let renewable = renewable(&component).unwrap();
    let engine = Engine::default();
    assert!(wasmtime::component::Component::new(&engine, renewable).is_err());
}

#[test]
fn a_memory_that_has_grown_stays_as_it_is() {
    let plan = Plan {
        first: vec![
            Instruction::I32Const(1),
            Instruction::MemoryGrow(0),
            Instruction::Drop,
        ],
        ..Plan::default()
    };
    let renewable = renewable(&component(&plan)).unwrap();
    assert_eq!(calls(&renewable, 2), [2005, 2001 + 3 * 77]);
}

#[track_caller]
fn assert_refused(plan: &Plan) {
    assert!(renewable(&component(plan)).is_none());
}

#[test]
fn a_memory_is_neither_empty_nor_large_nor_shared() {
    let memory = Plan::default().memory;
    for memory in [
        MemoryType {
            minimum: 0,
            ..memory
        },
        MemoryType {
            minimum: 5,
            ..memory
        },
        MemoryType {
            memory64: true,
            ..memory
        },
        MemoryType {
            shared: true,
            maximum: Some(1),
            ..memory
        },
        MemoryType {
            page_size_log2: Some(0),
            ..memory
        },
    ] {
        assert_refused(&Plan {
            memory,
            ..Plan::default()
        });
    }
}

#[test]
fn nothing_changes_a_table_or_drops_a_segment() {
    let null = Instruction::RefNull(wasm_encoder::HeapType::FUNC);
    let zero = Instruction::I32Const(0);
    let three = [zero.clone(), zero.clone(), zero.clone()];
    let with = |operands: &[Instruction<'static>], last| {
        let first = [operands, &[last]].concat();
        assert_refused(&Plan {
            first,
            ..Plan::default()
        });
    };
    with(&[zero.clone(), null.clone()], Instruction::TableSet(0));
    with(&[null.clone(), zero.clone()], Instruction::TableGrow(0));
    with(&[zero.clone(), null, zero], Instruction::TableFill(0));
    with(
        &three,
        Instruction::TableCopy {
            src_table: 0,
            dst_table: 0,
        },
    );
    with(
        &three,
        Instruction::TableInit {
            elem_index: 0,
            table: 0,
        },
    );
    with(&[], Instruction::ElemDrop(0));
    with(&[], Instruction::DataDrop(0));
}

#[test]
fn nothing_else_runs_before_or_after_the_function() {
    assert_refused(&Plan {
        starts: true,
        ..Plan::default()
    });
    let post_return = vec![CanonicalOption::Memory(0), CanonicalOption::PostReturn(0)];
    assert_refused(&Plan {
        options: post_return,
        ..Plan::default()
    });
}

#[test]
fn there_are_no_arguments_and_no_other_instance() {
    let parameters = vec![ValType::I32];
    assert_refused(&Plan {
        parameters,
        ..Plan::default()
    });
    assert_refused(&Plan {
        instances: 2,
        ..Plan::default()
    });
}

#[test]
fn what_is_damaged_does_no_harm() {
    let whole = component(&Plan::default());
    // Whatever comes of these, it comes without a panic.
    for end in 0..whole.len() {
        let _ = renewable(&whole[..end]);
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x81;
        let _ = renewable(&bytes);
    }
}
