//! A symbol that Wasmer 5 names and Rust's libraries no longer have.
//!
//! `__rust_probestack` is in Wasmer's table of what compiled code may call. Rust's own compiler came to
//! do without it, and Singlepass never called it, so here it stops the process.

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "nothing calls it; the linker wants it to exist")]
mod symbol {
    std::arch::global_asm!(".globl __rust_probestack", "__rust_probestack:", "ud2",);
}
