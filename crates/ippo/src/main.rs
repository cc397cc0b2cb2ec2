//! The command line of ippo.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Buffers come and go: the kernel would clear two megabytes for each one that needs a few pages. Where it does not know
    // the setting, everything works, at a higher price.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
    ippo::cli::main()
}
