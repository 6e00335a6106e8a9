//! What `host/server/src/component/renewable` makes of a module, and what is left of a
//! call in it.
//!
//! 1. [`component`] makes a component of a core module, as the linker does it.
//! 2. [`renewed`] rewrites it, and takes the module out again.
//! 3. [`check`] calls the module as it was, in a fresh instance, and the rewritten
//!    one again and again in another, and compares results, memory and globals.

#[path = "../../../host/server/src/component/renewable/mod.rs"]
mod renewable;
mod wrap;

pub mod instance;

pub use wrap::{component, exporting_all};

use instance::{Instance, State};
use wasmparser::{Parser, Payload};

/// The function that the host calls.
pub const HANDLE: &str = "handle";

/// The same function, by a name that isn't replaced: as it was before.
pub const INNER: &str = "inner";

/// What is called once when an instance is made.
pub const INITIALIZE: &str = "_initialize";

/// What came of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It isn't made renewable: why.
    Refused(String),
    /// No instance of it can be made.
    NoInstance,
    /// The first call trapped, as that of the fresh instance did.
    Trapped,
    /// Its memory grew, so that the host drops it.
    Grown,
    /// It was called again and again. Whether a call had changed anything at all.
    Renewed {
        /// Whether memory or a global was another after the function's own work.
        changes: bool,
    },
}

/// The component that is made of one, or why not.
///
/// # Errors
///
/// The text of an obstacle.
pub fn renewable(component: &[u8]) -> Result<Vec<u8>, String> {
    renewable::renewable(component).map_err(|obstacle| obstacle.to_string())
}

/// The core module of a rewritten component that is made of `module`.
///
/// # Errors
///
/// The text of an obstacle.
pub fn renewed(module: &[u8]) -> Result<Vec<u8>, String> {
    let component = renewable(&component(module))?;
    for payload in Parser::new(0).parse_all(&component) {
        let payload = payload.expect("what was rewritten can be read");
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = payload
        {
            return Ok(component[unchecked_range].to_vec());
        }
    }
    panic!("the rewritten component has no module");
}

/// Calls a module that exports [`HANDLE`], and perhaps [`INITIALIZE`].
///
/// # Panics
///
/// Something of a call was left for the next, or a result is another than in a
/// fresh instance.
pub fn check(module: &[u8]) -> Outcome {
    let module = exporting_all(module);
    let renewed = match renewed(&module) {
        Ok(renewed) => renewed,
        Err(obstacle) => return Outcome::Refused(obstacle),
    };
    let Some(mut fresh) = Instance::new(&module) else {
        return Outcome::NoInstance;
    };
    let mut again = Instance::new(&renewed).expect("one can be made of the rewritten, too");
    let first = fresh.state();
    assert_eq!(
        again.state(),
        first,
        "the rewritten module begins otherwise"
    );
    let initialized = fresh.initialize();
    assert_eq!(again.initialize(), initialized, "one begins otherwise");
    if !initialized {
        return Outcome::NoInstance;
    }
    let result = fresh.call(INNER);
    let left = fresh.state();
    for _ in 0..3 {
        assert_eq!(again.call(HANDLE), result, "the result is another");
        if result.is_none() {
            return Outcome::Trapped;
        }
        if left.has_grown_from(&first) {
            assert_eq!(again.state(), left, "a memory that has grown stays");
            return Outcome::Grown;
        }
        assert_eq!(again.state(), first, "something of the call is left");
    }
    check_work(&mut again, result, &left);
    check_scribbled(&renewed, &first);
    Outcome::Renewed {
        changes: left != first,
    }
}

/// Whether the function's own work, in an instance that is as new, is that which it
/// does in a fresh one. The rewritten function would put it back at once.
fn check_work(again: &mut Instance, result: Option<i32>, left: &State) {
    assert!(again.initialize(), "it could be initialized");
    assert_eq!(again.call(INNER), result, "the last result is another");
    assert_eq!(&again.state(), left, "what the function does is another");
}

/// Whether all is put back, whatever it was. The function may trap on what it finds
/// then, or have its memory grow.
fn check_scribbled(renewed: &[u8], first: &State) {
    let mut instance = Instance::new(renewed).expect("one more can be made");
    instance.scribble();
    let returned = instance.call(HANDLE).is_some();
    let state = instance.state();
    if returned && !state.has_grown_from(first) {
        assert_eq!(&state, first, "not all of it was put back");
    }
}
