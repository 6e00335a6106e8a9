//! The component's allocator: the crate talc's, which begins with the memory that an
//! instance has anyway, from the end of its data to the end of the last page.
//!
//! The allocator that Rust has for `wasm32-unknown-unknown` asks for more memory
//! before it gives out its first byte. For each instance that is a system call,
//! and more pages to clear afterwards: a good part of the cost of a fresh one.

use core::alloc::Layout;
use core::arch::wasm32::{memory_grow, memory_size};
use core::ptr::NonNull;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

const PAGE: usize = 64 * 1024;

/// The most pages that memory grows by where fewer would do. It doubles until
/// then, as each time is a system call; and no further, as a step beyond the
/// limit that the host sets is the end of the instance.
const MAX_STEP: usize = 4;

/// What the allocator itself needs of memory that it is given, generously.
const OVERHEAD: usize = 1024;

#[global_allocator]
static HEAP: TalcSyncCell<LinearMemory, WasmBinning> =
    TalcSyncCell::new_wasm(LinearMemory { end: None });

/// The memory of an instance, as the allocator's source.
#[derive(Debug)]
struct LinearMemory {
    /// Where the heap ends, once there is one.
    end: Option<NonNull<u8>>,
}

impl LinearMemory {
    /// The first byte after the stack and the data.
    fn base() -> *mut u8 {
        #[allow(unsafe_code, reason = "a symbol of the linker's")]
        // SAFETY: the linker defines it where the stack and the data end, and
        // only its address is used.
        unsafe extern "C" {
            static __heap_base: u8;
        }
        (&raw const __heap_base).cast_mut()
    }

    fn size() -> usize {
        memory_size::<0>().saturating_mul(PAGE)
    }

    /// Has memory grow, so that there is room for one thing more.
    fn grow(layout: Layout) -> Result<(), ()> {
        let needed = layout.size().saturating_add(layout.align() + OVERHEAD);
        let pages = needed.div_ceil(PAGE).max(memory_size::<0>().min(MAX_STEP));
        let grown = memory_grow::<0>(pages) != usize::MAX;
        grown.then_some(()).ok_or(())
    }
}

#[allow(unsafe_code, reason = "this is the memory that all safe code is given")]
// SAFETY: nothing here allocates, and what is said to be the allocator's is its
// alone.
unsafe impl Source for LinearMemory {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let base = Self::base();
        if let Some(end) = talc.source.end {
            Self::grow(layout)?;
            // SAFETY: what lies beyond the heap's end has just been made, and
            // nothing else has memory grow.
            talc.source.end = Some(unsafe { talc.extend(end, Self::size() as *mut u8) });
            return Ok(());
        }
        loop {
            // SAFETY: what follows the data is nobody else's, and it is claimed
            // once.
            talc.source.end = unsafe { talc.claim(base, Self::size().saturating_sub(base.addr())) };
            if talc.source.end.is_some() {
                return Ok(());
            }
            // Nearly nothing is left of the page in which the data ends.
            Self::grow(layout)?;
        }
    }
}
