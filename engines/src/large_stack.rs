//! A stack that is large enough from the start.
//!
//! A run of compiled code whose thread has too little stack left moves to a stack of its own, which
//! takes the machine longer to map than a short call takes to run. A program that runs many calls
//! avoids that by doing its work on a thread with a large stack.

/// Does `work` on a thread whose stack is so large that runs of compiled code stay on it. Without the
/// feature `wasmtime`, and when the machine has no address space for such a stack, on this thread.
///
/// # Panics
/// When `work` does.
pub fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "wasmtime")]
    {
        let (mut work, mut result) = (Some(work), None);
        let mut once = || {
            if let Some(work) = work.take() {
                result = Some(work());
            }
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(crate::THREAD_STACK_BYTES);
            if let Ok(thread) = thread.spawn_scoped(scope, &mut once)
                && let Err(panic) = thread.join()
            {
                std::panic::resume_unwind(panic);
            }
        });
        // Nothing is left to do unless there was no thread.
        once();
        result.expect("the work was done, there or here")
    }
    #[cfg(not(feature = "wasmtime"))]
    work()
}

#[cfg(test)]
mod tests {
    use super::on_large_stack;

    #[test]
    fn the_work_is_done_once_and_its_result_comes_back() {
        let mut times = 0;
        let result = on_large_stack(|| {
            times += 1;
            "done"
        });
        assert_eq!((result, times), ("done", 1));
    }

    #[test]
    fn a_panic_comes_through() {
        let panicked = std::panic::catch_unwind(|| on_large_stack(|| panic!("in the work")));
        assert!(panicked.is_err());
    }
}
