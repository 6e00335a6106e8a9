//! A component for a test: a module with a state, and what a test changes of it.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, CodeSection, Component,
    ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentTypeSection,
    ConstExpr, DataCountSection, DataSection, ElementSection, Elements, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, InstanceSection,
    Instruction, MemorySection, MemoryType, Module, ModuleArg, ModuleSection, PrimitiveValType,
    RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};

/// Where the data is, and what.
pub(super) const DATA: (i32, u8) = (100, 5);

/// What a test changes of the module that is used again.
pub(super) struct Plan {
    pub(super) memory: MemoryType,
    pub(super) parameters: Vec<ValType>,
    /// What the component's function returns.
    pub(super) result: PrimitiveValType,
    /// The place of the data.
    pub(super) place: ConstExpr,
    /// What is added to the module's sections, and at the component's end.
    pub(super) global: Option<(ValType, ConstExpr)>,
    pub(super) adds: fn(&mut Component),
    pub(super) starts: bool,
    /// Instructions that the function begins with.
    pub(super) first: Vec<Instruction<'static>>,
    /// Whether there is an `_initialize`, which adds to the byte after the data.
    pub(super) initializes: bool,
    /// What another module calls when an instance is made.
    pub(super) started: Option<&'static str>,
    /// Whether the data is counted, as it is for instructions that name it.
    pub(super) counts_data: bool,
    /// Whether another function is called after the one for the host.
    pub(super) post_return: bool,
    /// Whether another module writes to the memory when an instance is made.
    pub(super) written: bool,
    /// Whether another function's alias comes before that of the function.
    pub(super) other_alias: bool,
    /// Whether the module is exported, too.
    pub(super) exported: bool,
    /// A global that is exported.
    pub(super) exports_global: Option<u32>,
    /// Options of the function's lifting.
    pub(super) options: Vec<CanonicalOption>,
    /// How many instances of the module there are.
    pub(super) instances: u32,
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
            result: PrimitiveValType::S32,
            place: ConstExpr::i32_const(DATA.0),
            global: None,
            adds: |_| {},
            starts: false,
            first: Vec::new(),
            initializes: false,
            started: None,
            counts_data: false,
            post_return: false,
            written: false,
            other_alias: false,
            exported: false,
            exports_global: None,
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
    types.ty().function([ValType::I32], []);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1).function(0).function(2);
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
    let mut elements = ElementSection::new();
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions([0][..].into()),
    );
    let mut code = CodeSection::new();
    code.function(&handle(&plan.first))
        .function(&initialize())
        .function(&other())
        .function(&after());
    let mut data = DataSection::new();
    data.active(0, &plan.place, [DATA.1]);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&globals(plan))
        .section(&exports(plan));
    if plan.starts {
        module.section(&StartSection { function_index: 1 });
    }
    module.section(&elements);
    if plan.counts_data {
        module.section(&DataCountSection { count: 1 });
    }
    module.section(&code).section(&data);
    module
}

fn globals(plan: &Plan) -> GlobalSection {
    let mut globals = GlobalSection::new();
    let of = |mutable| GlobalType {
        val_type: ValType::I32,
        mutable,
        shared: false,
    };
    globals.global(of(false), &ConstExpr::i32_const(1000));
    globals.global(of(true), &ConstExpr::i32_const(2000));
    if let Some((val_type, value)) = &plan.global {
        let of = GlobalType {
            val_type: *val_type,
            ..of(true)
        };
        globals.global(of, value);
    }
    globals
}

fn exports(plan: &Plan) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("handle", ExportKind::Func, 0);
    exports.export("other", ExportKind::Func, 2);
    exports.export("setup", ExportKind::Func, 1);
    exports.export("after", ExportKind::Func, 3);
    exports.export("memory", ExportKind::Memory, 0);
    if let Some(global) = plan.exports_global {
        exports.export("global", ExportKind::Global, global);
    }
    if plan.initializes {
        exports.export("_initialize", ExportKind::Func, 1);
    }
    exports
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

fn after() -> Function {
    let mut function = Function::new([]);
    function.instructions().end();
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
pub(super) fn component(plan: &Plan) -> Vec<u8> {
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
    if plan.other_alias {
        alias(ExportKind::Func, "other");
    }
    alias(ExportKind::Func, "handle");
    alias(ExportKind::Memory, "memory");
    if let Some(name) = plan.started {
        alias(ExportKind::Func, name);
    }
    let mut options = plan.options.clone();
    if plan.post_return {
        alias(ExportKind::Func, "after");
        options.push(CanonicalOption::PostReturn(1));
    }
    component.section(&aliases);
    if plan.started.is_some() || plan.written {
        add_companion(&mut component, plan);
    }
    add_function(&mut component, plan, options);
    (plan.adds)(&mut component);
    component.finish()
}

/// Adds the function for the host.
fn add_function(component: &mut Component, plan: &Plan, options: Vec<CanonicalOption>) {
    let mut types = ComponentTypeSection::new();
    let parameters = plan.parameters.iter().map(|_| ("a", PrimitiveValType::S32));
    types
        .function()
        .params(parameters)
        .result(Some(plan.result.into()));
    component.section(&types);
    let mut functions = CanonicalFunctionSection::new();
    functions.lift(0, 0, options);
    component.section(&functions);
    let mut exports = ComponentExportSection::new();
    exports.export("handle", ComponentExportKind::Func, 0, None);
    component.section(&exports);
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
