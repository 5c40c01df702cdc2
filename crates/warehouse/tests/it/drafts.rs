//! A build in several steps: each continues the draft of the one before, in the same process or another,
//! and what is published in the end is what a build at once publishes.

use std::sync::Arc;

use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use warehouse::build::{HeldDraft, Progressed, Until};
use warehouse::{Error, Warehouse};

use crate::delta_logs::assert_logs_are;
use crate::incremental::{Tables, tables};
use crate::mortal::Mortal;
use crate::posting::{Posting, page, postings};
use crate::world::{World, named_files, now};

const STEPS: [Until; 7] = [
    Until::Staged,
    Until::Checked,
    Until::Layer("external"),
    Until::Layer("raw_data"),
    Until::Layer("analytic"),
    Until::Layer("visual_tables"),
    Until::Published,
];

async fn step(
    warehouse: &Warehouse,
    until: Until,
    held: &mut HeldDraft,
) -> Result<Progressed, Error> {
    warehouse.build_until(until, held, now(), &|_| {}).await
}

/// Each step by a process of its own.
async fn alone(world: &World, until: Until) -> Result<Progressed, Error> {
    step(&world.warehouse(), until, &mut HeldDraft::default()).await
}

/// All steps from one on; none may have to start over.
async fn rest(world: &World, from: Until) {
    let steps = STEPS.iter().skip_while(|until| **until != from);
    for until in steps {
        let done = alone(world, *until).await.expect("a step");
        assert_eq!(done.started_over, None, "{until:?}");
        let is_last = *until == Until::Published;
        assert_eq!(done.report.is_some(), is_last, "{until:?}");
    }
}

async fn published(world: &World) -> Tables {
    let record = world.published().await.expect("a build");
    tables(world, &record).await
}

async fn drafts(world: &World) -> usize {
    let state = world.objects("state").await;
    state.iter().filter(|path| path.contains("/draft-")).count()
}

/// What every build leaves: its files, the logs of them, and nothing else.
async fn assert_tidy(world: &World) {
    let record = world.published().await.expect("a build");
    assert_logs_are(world, &record).await;
    let records = world.warehouse().builds().sound().await.expect("records");
    assert_eq!(world.data_files().await, named_files(&records));
    assert_eq!(drafts(world).await, 0);
}

/// A world with a published build and a window that is not built yet.
async fn before(mut world: World) -> World {
    world.file(
        "checks/none_is_nine.sql",
        "-- what: There is a ninth posting.\n-- level: error\n\
         select posting_id from raw_data.recruits where posting_id = '9'",
    );
    world.land(vec![postings(1..=3)]).await;
    world.build().await;
    let mut edited = Posting::new(2);
    edited.modified = Some(2);
    edited.title = "머신러닝 연구원".to_owned();
    world
        .land(vec![page(&[edited.json(), Posting::new(4).json()])])
        .await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_in_steps_is_a_build_at_once() {
    let at_once = before(World::new()).await;
    at_once.build().await;
    let expected = published(&at_once).await;

    let in_processes = before(World::new()).await;
    rest(&in_processes, Until::Staged).await;
    assert_eq!(published(&in_processes).await, expected);
    assert_tidy(&in_processes).await;

    let in_one = before(World::new()).await;
    let (warehouse, mut held) = (in_one.warehouse(), HeldDraft::default());
    let old = published(&in_one).await;
    for until in STEPS {
        assert_eq!(published(&in_one).await, old, "before {until:?}");
        let done = step(&warehouse, until, &mut held).await.expect("a step");
        assert_eq!(done.started_over, None, "{until:?}");
    }
    assert_eq!(published(&in_one).await, expected);
    assert_tidy(&in_one).await;

    // Again: nothing changed.
    let build = in_one.published().await.expect("a build").build;
    for until in STEPS {
        step(&warehouse, until, &mut held).await.expect("a step");
    }
    assert_eq!(in_one.published().await.expect("a build").build, build);
    assert_tidy(&in_one).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_step_alone_does_what_those_before_it_are_for() {
    let expected = {
        let world = before(World::small()).await;
        world.build().await;
        published(&world).await
    };
    for until in STEPS {
        let world = before(World::small()).await;
        let done = alone(&world, until).await.expect("a step");
        let is_first = until == Until::Staged;
        assert_eq!(done.started_over.is_none(), is_first, "{until:?}");
        let done = alone(&world, Until::Published).await.expect("the end");
        assert_eq!(published(&world).await, expected, "{until:?}");
        let is_last = until == Until::Published;
        assert_eq!(done.started_over.is_some(), is_last, "{until:?}");
        assert_tidy(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_in_steps_killed_at_any_write_is_repeated_without_a_trace() {
    const SHORT: [Until; 3] = [Until::Staged, Until::Layer("raw_data"), Until::Published];
    let killed_after = async |world: &World, writes: i64| {
        let store = Arc::new(Mortal::new(world.store.clone(), writes));
        let mortal = world.with_store(store.clone());
        for until in SHORT {
            alone(&mortal, until).await?;
        }
        Ok::<i64, Error>(writes - store.left())
    };
    let world = before(World::small()).await;
    let old = published(&world).await;
    let writes = killed_after(&world, i64::MAX).await.expect("a build");
    let new = published(&world).await;
    assert_ne!(old, new);
    for point in 0..writes {
        let world = before(World::small()).await;
        assert!(killed_after(&world, point).await.is_err(), "{point}");
        let seen = published(&world).await;
        assert!(seen == old || seen == new, "{point}: a mixture");
        // The run goes on with the step that was killed, or a new one comes.
        if point % 2 == 0 {
            alone(&world, Until::Layer("raw_data")).await.expect("it");
        } else {
            alone(&world, Until::Staged).await.expect("it");
        }
        alone(&world, Until::Published).await.expect("the end");
        assert_eq!(published(&world).await, new, "{point}");
        assert_tidy(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_check_ends_the_build_at_its_step() {
    let world = before(World::small()).await;
    world.land(vec![postings(9..=9)]).await;
    let old = published(&world).await;
    alone(&world, Until::Staged).await.expect("a step");
    alone(&world, Until::Checked).await.expect("a step");
    let error = alone(&world, Until::Layer("raw_data")).await;
    let Err(Error::ChecksFailed(findings)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(findings[0].check, "none_is_nine");
    assert_eq!(published(&world).await, old);
    assert_tidy(&world).await;
    // It is found again, whatever step comes next.
    let error = alone(&world, Until::Published).await;
    assert!(matches!(error, Err(Error::ChecksFailed(_))), "{error:?}");
    assert_eq!(published(&world).await, old);
    assert_tidy(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_that_counts_no_more_is_not_published() {
    let over = async |world: &World, words: &str| {
        let done = alone(world, Until::Published).await.expect("the end");
        let reason = done.started_over.expect("a reason");
        assert!(reason.contains(words), "{reason}");
        assert_tidy(world).await;
        assert_eq!(
            published(world)
                .await
                .get("raw_data.recruits")
                .map(Vec::len),
            Some(4)
        );
    };

    // Another build was published in between, which cleans up the draft.
    let world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    world.build().await;
    over(&world, "there is no draft to continue").await;

    // The same by a writer that leaves drafts of others alone.
    let world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    let other = world.warehouse();
    other.set_writer(7);
    let built = other.build(Default::default(), now(), &|_| {}).await;
    built.expect("a build");
    over(&world, "another build was published meanwhile").await;

    let mut world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    world.edit("visual_tables/all_count.sql", "-- what: ", "-- what: All: ");
    over(&world, "the definitions").await;

    // A file is gone, or the draft is damaged.
    let world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    let kept = world.published().await.expect("a build");
    let mut fresh = world.data_files().await;
    fresh.retain(|file| !named_files([&kept]).contains(file));
    let fresh = fresh.pop();
    let fresh = Path::from(fresh.expect("a file"));
    world.store.delete(&fresh).await.expect("deleted");
    over(&world, "is missing").await;

    let world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    let draft = world.objects("state").await.pop().expect("a draft");
    let draft = Path::from(draft);
    world.store.put(&draft, "{}".into()).await.expect("written");
    over(&world, "the draft is damaged").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleaning_up_spares_a_draft_and_its_files() {
    let world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    let files = world.data_files().await;
    let cleaned = world.warehouse().clean_up().await.expect("cleaned");
    assert_eq!((cleaned.files, drafts(&world).await), (0, 1));
    assert_eq!(world.data_files().await, files);
    rest(&world, Until::Layer("raw_data")).await;
    assert_tidy(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleaning_up_spares_what_models_read_of_a_compacted_table() {
    let world = World::small();
    // Each build adds a file; this many are compacted, and the draft's rows are in one of their own, too.
    for id in 1..=16 {
        world.land(vec![postings(id..=id)]).await;
        world.build().await;
    }
    world.land(vec![postings(17..=17)]).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    let cleaned = world.warehouse().clean_up().await.expect("cleaned");
    assert_eq!(cleaned.drafts, 0);
    // Files that the step made on the way may go; what it needs again may not.
    rest(&world, Until::Layer("raw_data")).await;
    assert_tidy(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgetting_builds_removes_the_drafts_of_all_writers() {
    let world = before(World::small()).await;
    alone(&world, Until::Layer("raw_data")).await.expect("it");
    let own = world.objects("state").await.pop().expect("a draft");
    let other = Path::from("state/draft-00000007.json");
    let copied = world.store.copy(&Path::from(own), &other).await;
    copied.expect("copied");
    assert_eq!(drafts(&world).await, 2);
    let warehouse = world.warehouse();
    let posting = warehouse.posting("saramin:2").await.expect("a posting");
    let gone = warehouse.take_down(Some(&posting), "asked for", now(), &|_| {});
    gone.await.expect("taken down");
    assert_eq!(drafts(&world).await, 0);
}
