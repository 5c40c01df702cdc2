//! A separate disk: an ext4 file system in a file, behind a loop device, whose power can be cut and which
//! can be filled.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::FallocateFlags;

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`: from this instant nothing more is
/// written, neither data nor journal, as in a power cut. Rust has no safe call for it.
const SHUT_DOWN: &str = "import fcntl,os,struct,sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

/// The name of the file that fills a disk.
const FILLER: &str = "filler";

/// An ext4 file system; removed when it is dropped.
pub struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    /// A new disk, mounted at `mount`.
    pub fn new(image: PathBuf, mount: PathBuf, mebibytes: u64) -> Self {
        let file = File::create(&image).expect("the image of a disk");
        file.set_len(mebibytes << 20).expect("its size");
        std::fs::create_dir_all(&mount).expect("a folder to mount at");
        // Nothing is reserved for root: a full disk is full for the program, too.
        tool("mkfs.ext4", &["-q", "-F", "-m", "0", text(&image)]);
        let disk = Self { image, mount };
        disk.plug();
        disk
    }

    /// Mounts it; the journal is replayed.
    pub fn plug(&self) {
        tool(
            "mount",
            &["-o", "loop", text(&self.image), text(&self.mount)],
        );
    }

    pub fn pull(&self) {
        tool("umount", &[text(&self.mount)]);
    }

    /// Cuts the power: anything that is not on the disk yet is lost.
    pub fn cut(&self) {
        tool("python3", &["-c", SHUT_DOWN, text(&self.mount)]);
    }

    /// Free bytes.
    pub fn free(&self) -> u64 {
        let about = rustix::fs::statvfs(&self.mount).expect("how full the disk is");
        about.f_bavail * about.f_frsize
    }

    /// Fills it until this many bytes are free.
    pub fn fill(&self, leave: u64) {
        let file = File::create(self.mount.join(FILLER)).expect("a file");
        let mut size = 0;
        // The extents of the file take space, too: a few rounds end close to the target.
        for _ in 0..4 {
            let more = self.free().saturating_sub(leave) & !0xfff;
            if more == 0 {
                break;
            }
            if rustix::fs::fallocate(&file, FallocateFlags::empty(), size, more).is_err() {
                break;
            }
            size += more;
        }
    }

    /// Frees the space again.
    pub fn empty(&self) {
        std::fs::remove_file(self.mount.join(FILLER)).expect("the filler is there");
        // Extents are freed when the journal commits.
        tool("sync", &["-f", text(&self.mount)]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let quiet = |arguments: &[&str]| {
            let mut command = Command::new("umount");
            command.args(arguments).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let mount = text(&self.mount);
        if !quiet(&[mount]) {
            quiet(&["--lazy", mount]);
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Runs a tool of the system, or fails: a machine that cannot cut the power proves nothing.
#[track_caller]
fn tool(name: &str, arguments: &[&str]) {
    let ran = Command::new(name).args(arguments).output();
    let said = match &ran {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!(
        "`{name}` failed: {}\nhint: these tests mount ext4 images: they need root, loop devices, e2fsprogs and python3",
        said.trim()
    );
}
