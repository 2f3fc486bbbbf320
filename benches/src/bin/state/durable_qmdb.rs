//! commonware's QMDB: a log of operations with a Merkle mountain belt over it, and an index of the
//! keys in memory. Both ordered variants, whose operations also name the next key, so that absence
//! can be proved.
//!
//! *any* has a root over all operations of the log: it proves what a key was set to once. *current*
//! has besides, in its root, which operations are the last of their keys: it proves what a key holds
//! now, as a trie does. A block is a batch that is made into a root, applied, and committed; a
//! commit returns when the log is synced, and opening after a crash reads the end of the log again.

use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::path::Path;

use commonware_cryptography::Sha256;
use commonware_parallel::Rayon;
use commonware_runtime::buffer::paged::{CacheRef, page_size};
use commonware_runtime::tokio::{Config as RuntimeConfig, Context, Runner};
use commonware_runtime::{BLOB_PAGE_SIZE, Runner as _, Strategizer as _, Supervisor as _};
use commonware_storage::journal::contiguous::fixed::Config as LogConfig;
use commonware_storage::merkle::full::Config as MerkleConfig;
use commonware_storage::merkle::mmb::Family;
use commonware_storage::qmdb::any::traits::{DbAny, UnmerkleizedBatch as _};
use commonware_storage::qmdb::floor::Proportional;
use commonware_storage::qmdb::{any, current};
use commonware_storage::translator::EightCap;
use commonware_utils::sequence::FixedBytes;

use crate::durable::{Commits, Instant, Watch};
use crate::workload::{self, Block, Entry};

type Key = FixedBytes<32>;
type Value = FixedBytes<64>;
type Any = any::ordered::fixed::Db<Family, Context, Key, Value, Sha256, EightCap, Rayon>;
/// The bytes of the activity bits below one leaf of the grafted tree, as in commonware's benches.
const CHUNK_BYTES: usize = 32;
type Current =
    current::ordered::fixed::Db<Family, Context, Key, Value, Sha256, EightCap, CHUNK_BYTES, Rayon>;

/// How many entries are loaded at once.
const LOAD_ENTRIES_AT_A_TIME: usize = 50_000;
/// The sizes that commonware's benches use, except for the cache: 256 MiB, as our store has.
const PAGE_BYTES: NonZeroU16 = page_size(BLOB_PAGE_SIZE);
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(65_536).expect("not zero");
const ITEMS_PER_BLOB: NonZeroU64 = NonZeroU64::new(10_000_000).expect("not zero");
const BUFFER_BYTES: NonZeroUsize = NonZeroUsize::new(2 << 20).expect("not zero");
const INIT_CACHE_ENTRIES: NonZeroUsize = NonZeroUsize::new(1 << 18).expect("not zero");
/// The threads that hash.
const THREADS: NonZeroUsize = NonZeroUsize::new(2).expect("not zero");

/// QMDB whose root is over the log.
pub(crate) fn any_ordered(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let watch = runner(directory).start(|context| async move {
        let config = configuration(&context);
        let database = Any::init(context.child("state"), config, None).await;
        run(
            database.expect("a new directory"),
            directory,
            entries,
            blocks,
        )
        .await
    });
    watch.end("QMDB any, ordered", true)
}

/// QMDB whose root is over the log and which of its operations hold.
pub(crate) fn current_ordered(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let watch = runner(directory).start(|context| async move {
        let config = configuration(&context);
        let config = current::FixedConfig {
            merkle_config: config.merkle_config,
            journal_config: config.journal_config,
            grafted_metadata_partition: "grafted".to_owned(),
            translator: config.translator,
            init_cache: config.init_cache,
            init_buffer: config.init_buffer,
            init_concurrency: config.init_concurrency,
        };
        let database = Current::init(context.child("state"), config, None).await;
        run(
            database.expect("a new directory"),
            directory,
            entries,
            blocks,
        )
        .await
    });
    watch.end("QMDB current, ordered", true)
}

fn runner(directory: &Path) -> Runner {
    Runner::new(RuntimeConfig::new().with_storage_directory(directory))
}

fn configuration(context: &Context) -> any::FixedConfig<EightCap, Rayon> {
    let page_cache = CacheRef::new(PAGE_BYTES, CACHE_PAGES);
    any::FixedConfig {
        merkle_config: MerkleConfig {
            journal_partition: "nodes".to_owned(),
            metadata_partition: "metadata".to_owned(),
            items_per_blob: ITEMS_PER_BLOB,
            write_buffer: BUFFER_BYTES,
            replay_buffer: BUFFER_BYTES,
            strategy: context.strategy(THREADS),
            page_cache: page_cache.clone(),
        },
        journal_config: LogConfig {
            partition: "log".to_owned(),
            items_per_blob: ITEMS_PER_BLOB,
            page_cache,
            write_buffer: BUFFER_BYTES,
            replay_buffer: BUFFER_BYTES,
        },
        translator: EightCap,
        init_cache: Some(INIT_CACHE_ENTRIES),
        init_buffer: BUFFER_BYTES,
        init_concurrency: (),
    }
}

/// Loads the entries and runs the blocks.
async fn run<'d, D>(
    mut database: D,
    directory: &'d Path,
    entries: u64,
    blocks: &[Block],
) -> Watch<'d>
where
    D: DbAny<Family, Key = Key, Value = Value>,
{
    let loaded: Vec<Entry> = workload::sorted_entries(entries).collect();
    for part in loaded.chunks(LOAD_ENTRIES_AT_A_TIME) {
        database = put(database, part).await;
    }
    drop(loaded);
    database = database.sync().await.expect("a sync");
    let mut watch = Watch::begin(directory);
    for block in blocks {
        let keys: Vec<Key> = block.reads.iter().map(|key| fixed(key)).collect();
        let keys: Vec<&Key> = keys.iter().collect();
        let values = database.get_many(&keys).await.expect("the log reads");
        assert!(values.iter().all(Option::is_some));
        let start = Instant::now();
        database = put(database, &block.updates).await;
        watch.committed(start.elapsed().as_secs_f64() * 1e3);
    }
    watch
}

/// Makes the changes of a block, computes the root, and waits until they are on the disk.
async fn put<D>(database: D, updates: &[Entry]) -> D
where
    D: DbAny<Family, Key = Key, Value = Value>,
{
    let mut batch = database.new_batch();
    for (key, value) in updates {
        batch = batch.write(fixed(key), Some(fixed(value)));
    }
    let batch = batch.merkleize(&database, None, &mut Proportional).await;
    let database = database.apply_batch(batch.expect("the log reads")).await;
    let database = database.expect("the log is written");
    database.commit().await.expect("a sync")
}

fn fixed<const N: usize>(bytes: &[u8]) -> FixedBytes<N> {
    FixedBytes::new(bytes.try_into().expect("entries of fixed lengths"))
}
