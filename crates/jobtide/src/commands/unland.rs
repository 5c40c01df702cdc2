//! `jobtide unland`

use anyhow::{Result, bail};
use landing::TakenBack;

use super::land::Failed;
use crate::app::App;
use crate::cli;
use crate::lock::LandingLock;
use crate::messages::Messages;

/// Takes saved files back; one that was not landed does not block the others.
pub async fn run(app: &App, args: &cli::Unland, messages: &Messages) -> Result<()> {
    // Before the lock is written: a foreign folder must not become a store.
    if !app.landing.is_store().await? {
        bail!(
            "nothing was landed in `{}`\nhint: check `storage.url` in the settings and the folder this is run in",
            app.settings.storage.shown()
        );
    }
    let _lock = LandingLock::acquire(&app.state_folder(), messages).await?;
    let windows = app.landing.saved_windows().await?;
    let (mut new, mut known) = (0_usize, 0_usize);
    let mut failed = Failed::default();
    for named in &args.files {
        let taken = match windows.unland(named, app.now()).await {
            Ok(taken) => taken,
            Err(error) => {
                failed.tell(named, error);
                continue;
            }
        };
        for taken in taken {
            match taken {
                TakenBack::New(window) => {
                    new += 1;
                    messages.say(&format!("taken back: `{window}`"));
                }
                TakenBack::Known(window) => {
                    known += 1;
                    messages.say(&format!("`{window}` was taken back before: nothing to do"));
                }
            }
        }
    }
    let next = match new {
        0 => "",
        _ => {
            "; the next `jobtide build` leaves them out, and until their content is removed, landing the same file undoes this"
        }
    };
    messages.say(&format!(
        "took back {new} windows, {known} were taken back before{next}"
    ));
    failed.end("were not taken back", args.files.len())
}
