//! The component's allocator. It begins with the memory that an instance has
//! anyway: from the end of its data to the end of the last page.
//!
//! The allocator that Rust has for `wasm32-unknown-unknown` asks for more memory
//! before it gives out its first byte. For each instance that is a system call,
//! and more pages to clear afterwards: a good part of the cost of a fresh one.
//!
//! 1. The first [`ARENA`] bytes are given out one after the other. They are used
//!    again only if the last of them is given back, as many instances live for one
//!    request. That takes few instructions, where talc takes some 250 for each
//!    allocation in a fresh heap.
//! 2. All other memory is given out by the crate talc.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr::{self, NonNull};
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

/// How many bytes are given out one after the other: what a request of a file
/// takes, and some.
const ARENA: usize = 16 * 1024;

#[global_allocator]
static HEAP: Heap = Heap {
    arena: Arena {
        next: Cell::new(0),
        end: Cell::new(0),
    },
    rest: TalcSyncCell::new_wasm(LinearMemory { end: None }),
};

struct Heap {
    arena: Arena,
    rest: TalcSyncCell<LinearMemory, WasmBinning>,
}

/// The first bytes after the data.
struct Arena {
    /// The first that is free; zero before the first is used.
    next: Cell<usize>,
    end: Cell<usize>,
}

#[allow(unsafe_code, reason = "a static has to say so")]
// SAFETY: a component of this world has one thread.
unsafe impl Sync for Arena {}

impl Arena {
    /// Room for something at `start` or after it, if there is any.
    fn place(&self, start: usize, layout: Layout) -> Option<usize> {
        let start = start.checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size())?;
        (end <= self.end.get()).then(|| {
            self.next.set(end);
            start
        })
    }

    fn allocate(&self, layout: Layout) -> Option<usize> {
        if self.next.get() == 0 {
            let base = LinearMemory::base().addr();
            self.next.set(base);
            self.end.set(LinearMemory::size().min(base + ARENA));
        }
        self.place(self.next.get(), layout)
    }

    /// Whether something is in here.
    fn has(&self, pointer: *mut u8) -> bool {
        pointer.addr() < self.end.get()
    }

    /// Whether something is the last that was given out.
    fn is_last(&self, pointer: *mut u8, layout: Layout) -> bool {
        pointer.addr() + layout.size() == self.next.get()
    }
}

#[allow(unsafe_code, reason = "this is the memory that all safe code is given")]
// SAFETY: what the arena gives out lies between the data and what talc is given,
// and no two parts of it that are in use overlap: a part is given out again only
// when it was the last, and was given back. The rest is talc's.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.arena.allocate(layout) {
            Some(start) => ptr::with_exposed_provenance_mut(start),
            // SAFETY: the caller's promises are those that talc asks for.
            None => unsafe { self.rest.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if !self.arena.has(pointer) {
            // SAFETY: it isn't the arena's, so it is talc's.
            return unsafe { self.rest.dealloc(pointer, layout) };
        }
        if self.arena.is_last(pointer, layout) {
            self.arena.next.set(pointer.addr());
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.arena.has(pointer) {
            // SAFETY: it isn't the arena's, so it is talc's.
            return unsafe { self.rest.realloc(pointer, layout, size) };
        }
        // SAFETY: the caller promises that `size` is one that a layout may have.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let is_last = self.arena.is_last(pointer, layout);
        if size <= layout.size() || is_last && self.arena.place(pointer.addr(), new).is_some() {
            return pointer;
        }
        // SAFETY: the new place is another, of `size` bytes, or null; the old one
        // has as many as its layout says, which are fewer.
        unsafe {
            let place = self.alloc(new);
            if !place.is_null() {
                ptr::copy_nonoverlapping(pointer, place, layout.size());
                self.dealloc(pointer, layout);
            }
            place
        }
    }
}

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
        let base = Self::base().wrapping_add(ARENA);
        if let Some(end) = talc.source.end {
            Self::grow(layout)?;
            // SAFETY: what lies beyond the heap's end has just been made, and
            // nothing else has memory grow.
            talc.source.end = Some(unsafe { talc.extend(end, Self::size() as *mut u8) });
            return Ok(());
        }
        loop {
            // SAFETY: what is beyond the arena is nobody else's, and it is claimed
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
