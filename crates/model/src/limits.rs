//! Every bound, with its reason and what happens when it is reached.
//!
//! Policy letters as in `docs/limits.md`: **T** truncate and go on · **S** skip the message, keep the flow · **C** count
//! only for the flow · **E** evict the oldest idle · **R** refuse the new · **X** fold or sketch. Reaching a limit never
//! stops capture, and is counted in the ledger or marked on the transaction. A tidy test checks that every constant
//! here stands in `docs/limits.md`.
//!
//! With the feature `tiny-limits`, for tests only, those that bound state are so small that a short capture reaches
//! every one: see [`or_tiny`].

mod wire;

use std::time::Duration;

pub use wire::*;

/// The bound, or with the feature `tiny-limits` one that a test can reach.
const fn or_tiny(normal: usize, tiny: usize) -> usize {
    if cfg!(feature = "tiny-limits") { tiny } else { normal }
}

// ---- Partitions and ticks -------------------------------------------------------------------------------------

/// Fixed slices of flow state, each with its own table, budget and eviction order. Threads run whole partitions, so
/// results do not depend on their number. 64 is four times the most shards we run.
pub const PARTITIONS: usize = 64;
/// Fixed slices of subject and service state in the workers. 64: as for flows.
pub const KEY_PARTITIONS: usize = 64;
/// A tick is sent at least this often in packet time: the longest a timer can be late.
pub const TICK_SPAN: Duration = Duration::from_millis(100);
/// A tick is sent at least every so many frames: the most work one epoch can hold.
pub const TICK_FRAMES_MAX: u64 = 4_096;
/// A tick is sent at least every so many bytes of TCP payload, so that what one epoch can hold of one partition stays below
/// [`OBSERVATION_BYTES_PER_EPOCH_MAX`]: a transaction of some 45 bytes on the wire makes some 350 bytes of observation.
pub const TICK_PAYLOAD_BYTES_MAX: u64 = or_tiny(128 << 10, 4 << 10) as u64;
/// Flows one partition expires at a tick; the rest waits for the next, so that a mass expiry cannot stall a shard.
pub const EXPIRIES_PER_TICK_MAX: usize = or_tiny(256, 2);

// ---- Capture files and frames ---------------------------------------------------------------------------------

/// Read buffer of a capture file: two pages short of a second-level cache, so the kernel's copy stays warm.
pub const READ_BUFFER_BYTES: usize = 256 << 10;
/// Longest frame taken from a file (S): the largest snap length libpcap accepts.
pub const FRAME_BYTES_MAX: usize = 262_144;
/// Longest pcapng block taken (S: skipped by its length): a frame with its options.
pub const PCAPNG_BLOCK_BYTES_MAX: usize = 16 << 20;
/// Interfaces of one pcapng section (R: further ones are read as unknown link types).
pub const PCAPNG_INTERFACES_MAX: usize = 4_096;
/// Bytes searched for the next believable record after damage before the file is given up.
pub const RESYNC_BYTES_MAX: u64 = 16 << 20;
/// Damages of capture files listed one by one (X: further ones are summed up).
pub const DAMAGE_ENTRIES_MAX: usize = 64;
/// Bytes of decryption secrets found in capture files and not yet taken (R: noted as damage). A key log line is 200 bytes.
pub const SECRETS_BYTES_MAX: usize = 16 << 20;
/// Compiled programs of one capture filter, one for each link type met (E: the last one is replaced).
pub const PROGRAMS_MAX: usize = 64;
/// Snap length asked of live interfaces: offloaded super-frames reach 64 KiB plus headers.
pub const SNAPLEN: i32 = 262_144;
/// Capture files merged by time at once (R: clear error): each holds a read buffer and a descriptor.
pub const MERGED_FILES_MAX: usize = 512;

/// Bytes at the start of a file in which `{"log"` must stand for it to be taken as HAR: blanks, tabs and a byte order mark
/// may come before.
pub const HAR_HEAD_BYTES_MAX: usize = 256;
/// Bytes of a name in a HAR file that are looked at (T: a longer one is none that is known).
pub const HAR_NAME_BYTES_MAX: usize = 64;
/// Entries of one HAR file put in order of time (T: one that is still earlier than those before it gets their time,
/// `capture.clock_regressions`): exporters sort by start, by end or by page.
pub const HAR_ORDERED_ENTRIES_MAX: usize = or_tiny(4_096, 4);
/// Bytes of the entries of HAR files that wait to be put in order, shared evenly by the files of one run (T): 4,000 entries
/// of 16 KiB.
pub const HAR_ORDERED_BYTES_MAX: usize = or_tiny(64 << 20, 4 << 10);
/// Span of one entry of a HAR file (T): what is longer is no time that a request took.
pub const HAR_SPAN_MAX: Duration = Duration::from_hours(24);

/// A timestamp further ahead than this is a pause of the capture, or wrong.
pub const CLOCK_JUMP_MIN: Duration = Duration::from_hours(1);
/// Frames in a row that must agree on such a jump before time follows. Two: one wrong timestamp must not end every flow,
/// and after a real pause only one frame is stamped too early.
pub const CLOCK_JUMP_FRAMES: u32 = 2;

// ---- Link layers and IP ---------------------------------------------------------------------------------------

/// Nested encapsulations of one frame (S: `frames.malformed.too_deep`). Real stacks have up to five.
pub const ENCAPSULATIONS_MAX: usize = 8;
/// IPv6 extension headers of one packet (S). Suricata allows 16.
pub const IPV6_EXTENSIONS_MAX: usize = 16;
/// Datagrams waiting for fragments (E: `ip.datagrams_evicted`).
pub const FRAGMENT_DATAGRAMS_MAX: usize = or_tiny(16_384, 4);
/// Bytes of waiting fragments (E).
pub const FRAGMENT_BYTES_MAX: usize = or_tiny(32 << 20, 4 << 10);
/// Fragments of one datagram (S): 64 KiB in 576-byte pieces are 120.
pub const FRAGMENTS_PER_DATAGRAM_MAX: usize = or_tiny(1_024, 4);
/// How long a datagram waits for its fragments (E): Linux waits 30 s.
pub const FRAGMENT_AGE_MAX: Duration = Duration::from_secs(30);
/// Frames remembered to recognise a second copy of the same frame.
pub const DUPLICATE_WINDOW_FRAMES: usize = or_tiny(64, 4);
/// How far apart in time two copies of a mirrored frame may be.
pub const DUPLICATE_WINDOW_SPAN: Duration = Duration::from_millis(5);

// ---- Flows and TCP --------------------------------------------------------------------------------------------

/// Flows of one partition (E: half-open first). 64 × 4,096 = 262,144 flows.
pub const FLOWS_PER_PARTITION_MAX: usize = or_tiny(4_096, 2);
/// Emptied messages, and as many buffers, that one partition keeps for the next ones (freed above).
pub const SPARE_BUFFERS_MAX: usize = or_tiny(4, 1);
/// Largest message kept for the next one (freed above). 64 × 4 × 8 KiB = 2 MiB at worst.
pub const SPARE_MESSAGE_BYTES_MAX: usize = or_tiny(8 << 10, 256);
/// Largest buffer kept for the next copy of unacknowledged bytes (freed above): a direction that ends in silence keeps what
/// it was given until its flow is forgotten, so what was made for much is not given for little.
pub const SPARE_BUFFER_BYTES_MAX: usize = or_tiny(2 << 10, 256);
/// Bytes one half-open flow takes in the table.
pub const HALF_OPEN_FLOW_BYTES_MAX: usize = 64;
/// Flows of one shard from which on segments are read ahead: with fewer all of them, about 700 bytes each, lie in a
/// second-level cache of 1 MiB, and a copy of the payload would only cost.
pub const READ_AHEAD_FLOWS_MIN: usize = or_tiny(2_048, 2);
/// Segments read ahead together: as many waits for memory as a core can have under way, with room.
pub const READ_AHEAD_SEGMENTS: usize = or_tiny(32, 3);
/// Payload bytes read ahead together (the run ends there): half of a first-level cache is left alone.
pub const READ_AHEAD_BYTES_MAX: usize = or_tiny(16 << 10, 64);
/// Buffered stream bytes (out of order, cut heads, kept bodies) of one partition (E). 64 × 4 MiB = 256 MiB.
pub const PARTITION_BYTES_MAX: usize = or_tiny(4 << 20, 2 << 10);
/// Share of it that one flow may hold: above it a connection of HTTP/2 lets its oldest exchanges go (`http.limit`), any
/// other is given up (C: `payload.over_limit`). A quarter: what a direction may hold out of order, and a whole window.
pub const FLOW_BYTES_MAX: usize = or_tiny(1 << 20, 1_536);
/// A flow that holds as much is listed among those that let go first when the partition is full: one of them there is always,
/// for with less each, all flows together stay within the budget.
pub const HELD_LISTED_MIN: usize = 1 << 10;
/// Out-of-order bytes of one direction. Above it the hole is declared a gap. 1 MiB: eight Linux receive buffers.
pub const REASSEMBLY_BYTES_MAX: usize = or_tiny(1 << 20, 1 << 10);
/// Out-of-order segments of one direction. Above it the hole is declared a gap.
pub const REASSEMBLY_SEGMENTS_MAX: usize = or_tiny(1_024, 4);
/// How far ahead of the expected byte payload is believed (S: `payload.outside_window`): the largest scaled window
/// is 1 GiB, but no server in practice opens more than 16 MiB.
pub const WINDOW_BYTES_MAX: u32 = 16 << 20;
/// Delivered bytes kept until acknowledged, to compare a retransmission with (T: later bytes are not compared).
pub const UNACKED_BYTES_MAX: usize = or_tiny(16 << 10, 256);
/// How long a hole is waited for when the other side is not in the capture, so that no evidence can come.
pub const HOLE_AGE_MAX: Duration = Duration::from_secs(2);
/// How long a hole is waited for when the other side is seen and has not acknowledged past it: the bytes were lost on
/// the path and will be sent again; half a minute covers several retransmission time-outs.
pub const HOLE_PEER_SEEN_AGE_MAX: Duration = Duration::from_secs(30);
/// How long a hole is waited for once the other side has acknowledged past it: reordering between two tap ports.
pub const HOLE_ACKED_AGE_MAX: Duration = Duration::from_millis(200);
/// A flow without data from one side is forgotten after this silence.
pub const HALF_OPEN_AGE_MAX: Duration = Duration::from_secs(30);
/// An established flow is forgotten after this silence. Zeek: 5 min.
pub const IDLE_AGE_MAX: Duration = Duration::from_mins(5);
/// A closing flow is forgotten after this silence.
pub const CLOSING_AGE_MAX: Duration = Duration::from_secs(10);

// ---- Coverage -------------------------------------------------------------------------------------------------

/// Services of one partition whose payload is counted apart at once (X: counted with others, `coverage.folded`): as many as
/// a host of many names has, or the ways out of a network in ten minutes.
pub const COVERAGE_CELLS_MAX: usize = or_tiny(512, 4);
/// Memory of one of them.
pub const COVERAGE_CELL_BYTES: usize = 512;
/// Bytes of a service's name that it is told by (T: a longer one is none).
pub const COVERAGE_NAME_BYTES_MAX: usize = 255;
/// Bytes kept of how flows begin that are not HTTP (T): enough to know the protocol, too few for what it carries.
pub const COVERAGE_BEGIN_BYTES_MAX: usize = 8;
/// Bytes kept of a protocol's name in TLS (T): `http/1.1` has eight.
pub const COVERAGE_ALPN_BYTES_MAX: usize = 16;
/// Services whose hours are kept (X: those without traffic for the longest time are put together).
pub const COVERAGE_SERVICES_MAX: usize = or_tiny(2_048, 16);
/// Hours kept of each: four weeks (E: the oldest).
pub const COVERAGE_HOURS_MAX: usize = or_tiny(672, 8);
/// Ports of one service kept (T).
pub const COVERAGE_PORTS_MAX: usize = 8;
/// Memory of one hour.
pub const COVERAGE_HOUR_BYTES: usize = 48;

// ---- Content and observations ---------------------------------------------------------------------------------

/// Bytes of decoded content looked at (S: `content.limit`). Suricata: 1 MiB.
pub const DECODED_BYTES_MAX: usize = or_tiny(1 << 20, 1 << 10);
/// Decoded to coded bytes above which content is a bomb (S: `content.bomb`), judged past [`BOMB_BYTES_MIN`].
pub const DECODED_RATIO_MAX: usize = 200;
/// Decoded bytes below which no ratio is judged: small content compresses well.
pub const BOMB_BYTES_MIN: usize = 64 << 10;
/// Content codings of one message undone (S: `content.limit`). Suricata: 2.
pub const CODINGS_MAX: usize = 2;
/// Nesting of JSON walked (T: `content.limit`); the walk is iterative. The same for protobuf, CBOR, MessagePack and XML.
pub const JSON_DEPTH_MAX: usize = or_tiny(64, 3);
/// Values of one JSON body walked (T: `content.limit`), or of another form; fields of structures count, too.
pub const JSON_VALUES_MAX: usize = or_tiny(20_000, 12);
/// Steps taken to guess what fields of one protobuf message are (T: `content.limit`): ten for each value.
pub const PROTOBUF_STEPS_MAX: usize = or_tiny(200_000, 120);
/// Messages of one stream of gRPC whose values are looked at (T: —): they are all of one type.
pub const GRPC_MESSAGES_READ_MAX: usize = or_tiny(64, 4);
/// Parts of one multipart body looked at (T: `content.limit`).
pub const MULTIPART_PARTS_MAX: usize = or_tiny(128, 6);
/// Files of one uploaded archive whose names are looked at (T: —).
pub const ARCHIVE_FILES_READ_MAX: usize = or_tiny(64, 4);
/// Messages and enumerations of descriptor sets (R): the largest public ones, Google's, have 20,000.
pub const DESCRIPTOR_MESSAGES_MAX: usize = 65_536;
/// Their fields and values (R).
pub const DESCRIPTOR_FIELDS_MAX: usize = 1_048_576;
/// Messages defined in one another in them (R); protoc allows 32.
pub const DESCRIPTOR_NESTING_MAX: usize = 64;
/// Bytes of one descriptor set (R): ten times the largest public ones.
pub const DESCRIPTOR_BYTES_MAX: usize = 256 << 20;
/// Parameters of one request kept (T: `content.limit`).
pub const PARAMS_MAX: usize = or_tiny(64, 4);
/// Fields of one answer kept (T), elements of an array being one field.
pub const ANSWER_FIELDS_MAX: usize = or_tiny(64, 4);
/// Values of one answer looked at (T): enough for a page of a list.
pub const ANSWER_VALUES_MAX: usize = or_tiny(1_000, 12);
/// Values of one answer that are remembered as disclosed to its caller (T: the caller is taken to know everything for that
/// day): more than a page of a list has, with several ids each.
pub const DISCLOSED_PER_ANSWER_MAX: usize = or_tiny(1_024, 8);
/// Names of calls of which one partition counts the answers, to read a sample of them: beyond it names share a count;
/// one byte each.
pub const ANSWER_COUNTS_MAX: usize = or_tiny(8_192, 2);
/// Seconds after which one partition reads an answer of a name again, whatever the count: four times a day, so that what a
/// release changed is seen of endpoints that are seldom called; two bytes for each of the names.
pub const ANSWER_AGAIN_SPAN: Duration = Duration::from_hours(6);
/// Answers of one name in one partition of which one is read in full, once it is known.
pub const ANSWER_SAMPLE_ONE_IN: u8 = 64;
/// Different operations of one request kept (T): clients that put calls together send up to ten at once.
pub const OPERATIONS_PER_CALL_MAX: usize = or_tiny(16, 2);
/// Path segments of one request kept (T: `http.limit`).
pub const SEGMENTS_MAX: usize = or_tiny(64, 5);
/// Bytes of a name or of a literal path segment kept (T).
pub const NAME_BYTES_MAX: usize = or_tiny(128, 24);
/// Bytes of a method kept (T): the longest registered one has 17.
pub const METHOD_BYTES_MAX: usize = 32;
/// Bytes of an authority that names a service; a longer one is none, and the address stands for it. RFC 1035 §2.3.4
/// allows 253, and a port takes six.
pub const AUTHORITY_BYTES_MAX: usize = 259;
/// Largest window a zstd body may ask for (S: `content.malformed`): what RFC 9659 allows for the coding `zstd`.
pub const ZSTD_WINDOW_BYTES_MAX: u64 = 8 << 20;
/// Cookies of one request looked at (T).
pub const COOKIES_MAX: usize = or_tiny(128, 2);
/// Pseudonyms of identities that one shard remembers, and as many owners of web tokens (E): a power of two, and more than
/// as many callers as are active at once on one shard, since two may want one place; 48 bytes each.
pub const IDENTITY_MEMO_MAX: usize = or_tiny(8_192, 4);
/// Coded answers of which one shard remembers how they looked (E): a power of two, and about as many as a service gives
/// again and again; 48 bytes each.
pub const ANSWER_MEMO_MAX: usize = or_tiny(4_096, 4);
/// Answers of which one shard remembers what they disclose (E): about as many as a service gives again and again; 80 bytes
/// each, and four for each value.
pub const DISCLOSED_MEMO_MAX: usize = or_tiny(4_096, 4);
/// Values of one such answer (X: it is read each time).
pub const DISCLOSED_MEMO_VALUES_MAX: usize = 128;
/// `Cookie` fields of which one shard remembers where what stands (E): a power of two, and about as many as browsers are
/// active at once on one shard; 64 bytes each.
pub const COOKIE_MEMO_MAX: usize = or_tiny(4_096, 4);
/// Fields of one answer that are noted for the product behind it (T).
pub const NOTES_MAX: usize = or_tiny(24, 3);
/// Bytes of a noted value (T: longer ones are left out): a product with its version.
pub const NOTE_VALUE_BYTES_MAX: usize = 64;
/// Names and classes of statuses whose answers one partition has noted (E: noted anew): about as many as a service has;
/// 2 bytes each.
pub const NOTES_PLACES_MAX: usize = or_tiny(512, 4);
/// Different notes that one worker remembers the reading of (E: all at once): about as many as servers send; 200 bytes each.
pub const NOTES_READ_MAX: usize = or_tiny(1_024, 4);
/// Networks of one list of the configuration (R: the configuration is refused).
pub const NETWORKS_MAX: usize = 4_096;
/// Addresses of clients whose zone one shard remembers (E): a power of two, and about as many as are active at once; 32
/// bytes each.
pub const ADDRESS_MEMO_MAX: usize = or_tiny(1_024, 4);
/// Proxies that a request is followed back through (T: the last one followed is the caller): two in front of a service are
/// usual, and what stands before the trusted ones is never read.
pub const FORWARDED_HOPS_MAX: usize = or_tiny(16, 3);
/// Bytes of one element of `Forwarded` or `X-Forwarded-For` (T: what stands before it is not read): an address with port,
/// `by`, `host` and `proto`.
pub const FORWARDED_BYTES_MAX: usize = or_tiny(512, 64);
/// User agents that one shard remembers (E): a power of two, and more than are in use at once; 32 bytes each.
pub const CLIENT_MEMO_MAX: usize = or_tiny(256, 4);
/// Names of parameters and fields of which one shard remembers what they say about their values (E): a power of two, and
/// more than an API uses all the time; 32 bytes each.
pub const NAME_MEMO_MAX: usize = or_tiny(1_024, 4);
/// Bytes of observations one partition makes in one epoch (R: `observations.refused.epoch_bytes`): eight times the payload
/// of an epoch, which only requests without answers can exceed.
pub const OBSERVATION_BYTES_PER_EPOCH_MAX: usize = or_tiny(1 << 20, 1 << 10);

// ---- Queues and epochs ----------------------------------------------------------------------------------------

/// Segments of one batch from the capture thread to a shard.
pub const BATCH_SEGMENTS_MAX: usize = or_tiny(256, 3);
/// Payload bytes of one such batch.
pub const BATCH_BYTES_MAX: usize = or_tiny(256 << 10, 1 << 10);
/// Batches waiting for one shard: live, above three quarters half of its partitions are shed; replay blocks.
pub const INBOX_BATCHES_MAX: usize = or_tiny(64, 2);
/// Batches waiting for all shards together: with more than eight shards each has less room.
pub const INBOXES_BATCHES_MAX: usize = or_tiny(512, 128);

/// Batches waiting for one of so many shards.
pub const fn inbox_batches(shards: usize) -> usize {
    let share = INBOXES_BATCHES_MAX / if shards == 0 { 1 } else { shards };
    if share < INBOX_BATCHES_MAX { share } else { INBOX_BATCHES_MAX }
}

/// Epochs not yet merged (replay waits; live sheds).
pub const EPOCHS_OPEN_MAX: u64 = 16;
/// Resolved epochs waiting for one worker (blocks).
pub const RESOLVED_EPOCHS_MAX: usize = or_tiny(8, 1);
/// Packet time between two checkpoints.
pub const CHECKPOINT_SPAN: Duration = Duration::from_mins(5);
/// Time a replay works at least between two checkpoints: what a crash makes it do again.
pub const CHECKPOINT_WORK: Duration = Duration::from_secs(5);
/// Packet time of a span of the account, by which the sensor judges itself.
pub const ACCOUNT_SPAN: Duration = Duration::from_mins(10);

/// Packet time a service or endpoint is watched before what it does for the first time is news, unless the configuration
/// says otherwise: a week holds every weekly job.
pub const LEARNING_SPAN: Duration = Duration::from_hours(168);

// ---- Inventory ------------------------------------------------------------------------------------------------

/// Services (X: folded into `{other}`). With all limits of the inventory reached, an endpoint costs 6 KiB of memory in the
/// catalog and router, and 3 KiB on disk.
pub const SERVICES_MAX: usize = or_tiny(2_000, 4);
/// Endpoints of one service (X: folded into `{other}`): several times what the largest public APIs have under one name.
pub const ENDPOINTS_PER_SERVICE_MAX: usize = or_tiny(8_192, 10);
/// Overrides of the operator about paths (F): more than anybody writes by hand.
pub const ENDPOINT_OVERRIDES_MAX: usize = 1_024;
/// Endpoints of all services (X): 65,536, and names that are folded later beside them.
pub const ENDPOINTS_MAX: usize = or_tiny(70_000, 20);
/// Operations of one method and path kept apart (X: folded into `{operation}`): an eighth of a service, so that invented
/// names do not push out its other endpoints.
pub const OPERATIONS_PER_PATH_MAX: usize = or_tiny(1_000, 4);
/// Children of one node of the router's tree kept apart before they are folded (X).
pub const TRIE_CHILDREN_MAX: usize = or_tiny(512, 6);
/// Values of path parameters the router knows again at other places of a service: hashes of 8 bytes (T).
pub const KNOWN_VALUES_MAX: usize = or_tiny(4_096, 8);
/// Words below one node of the router's tree that are compared with one another, those called most first (T): each with each
/// is 2,000 comparisons. Further ones follow the decision.
pub const NAMING_COMPARED_MAX: usize = 64;
/// What hangs below one of these words, as far as it is looked at (T).
pub const NAMING_BELOW_MAX: usize = 64;
/// Operations of words written in several ways, beyond which they are not put together for that (T).
pub const NAMING_STYLE_OPERATIONS_MAX: usize = or_tiny(256, 8);
/// Operations of words with one format behind them, beyond which they are not put together for their answers (T).
pub const NAMING_FORMAT_OPERATIONS_MAX: usize = or_tiny(1_024, 16);
/// Nodes below one of which values that span segments are looked for (T): with more it is no such value.
pub const NAMING_TAIL_NODES_MAX: usize = or_tiny(256, 16);
/// Words of one parameter remembered because they answered unlike its values (E): as many reserved words as stand in one place.
pub const ODD_ANSWERS_MAX: usize = or_tiny(8, 2);
/// Nodes visited to find the operation of a path (T). Each level has two ways at most, so that hostile trees could ask for 2⁶⁴.
pub const NAMING_SEARCH_NODES_MAX: usize = 256;
/// Parameters of one endpoint kept (T).
pub const PARAMS_PER_ENDPOINT_MAX: usize = or_tiny(256, 3);
/// Fields of the answers of one endpoint kept (T).
pub const ANSWER_FIELDS_PER_ENDPOINT_MAX: usize = or_tiny(256, 6);
/// Statuses of one endpoint whose answers' fields are kept (T).
pub const ANSWER_STATUSES_MAX: usize = or_tiny(8, 2);
/// Lexical names the router looks up at once; beyond it the table is forgotten and filled anew from the tree.
pub const LEXICAL_NAMES_MAX: usize = or_tiny(131_072, 8);
/// Bytes of service, method and template of such a name; longer ones are looked up in the tree.
pub const LEXICAL_NAME_BYTES_MAX: usize = 512;
/// Answers of one service compared with those of unrelated paths (E).
pub const SAME_ANSWERS_MAX: usize = or_tiny(64, 2);
/// Callers of one endpoint counted exactly; above it their number is an estimate (X).
pub const CALLERS_EXACT_MAX: usize = or_tiny(64, 4);
/// Media types of one endpoint and direction kept (X: folded into `other`).
pub const MEDIA_TYPES_MAX: usize = or_tiny(8, 2);
/// Values of one API description; aliases count as what they stand for (the document is refused).
pub const SPEC_NODES_MAX: usize = or_tiny(4_000_000, 400);
/// Levels of one API description (the document is refused).
pub const SPEC_DEPTH_MAX: usize = or_tiny(128, 24);
/// Bytes of an export that is compared (it is refused): several times that of a full inventory.
pub const EXPORT_BYTES_MAX: u64 = 256 << 20;
/// Operations of one API description (the document is refused).
pub const SPEC_OPERATIONS_MAX: usize = or_tiny(50_000, 8);
/// Fields of one body of an API description; beyond it anything may stand there.
pub const SPEC_FIELDS_MAX: usize = or_tiny(2_000, 16);
/// Fields of all bodies of one API description; beyond it anything may stand in the later ones.
pub const SPEC_FIELDS_TOTAL_MAX: usize = or_tiny(100_000, 64);
/// Steps through the schemas of one body; beyond it anything may stand there.
pub const SPEC_STEPS_MAX: usize = or_tiny(20_000, 200);
/// Steps through the schemas of all bodies of one API description; beyond it anything may stand in the later ones.
pub const SPEC_STEPS_TOTAL_MAX: usize = or_tiny(1_000_000, 1_000);
/// Bytes of one API description (it is refused).
pub const SPEC_BYTES_MAX: u64 = 64 << 20;
/// Bytes of the name of a parameter, field or scheme of an API description; longer ones are left out.
pub const SPEC_NAME_BYTES_MAX: usize = 512;
/// Bytes of a path or of a server's URL in an API description; longer ones are left out.
pub const SPEC_PATH_BYTES_MAX: usize = 2_048;
/// Servers that one place of an API description may name; further ones are left out.
pub const SPEC_SERVERS_MAX: usize = or_tiny(64, 4);
/// Operations times base paths of one API description (the document is refused).
pub const SPEC_ROUTES_MAX: usize = or_tiny(200_000, 32);
/// Parameters of all operations of one API description, shared ones counted where they are used (it is refused).
pub const SPEC_PARAMS_MAX: usize = or_tiny(400_000, 64);
/// Places of described paths looked at for one endpoint; beyond it the best found so far is meant.
pub const SPEC_MATCH_STEPS_MAX: usize = or_tiny(10_000, 100);
/// Bytes of an ignore file (it is refused).
pub const IGNORE_BYTES_MAX: u64 = 1 << 20;
/// Rules of an ignore file (it is refused).
pub const IGNORE_RULES_MAX: usize = or_tiny(1_000, 4);
/// Findings of one state or findings file that are acknowledged (R).
pub const ACKS_MAX: usize = or_tiny(2_000, 8);
/// Bytes of the reason of one of them (R).
pub const ACK_REASON_BYTES_MAX: usize = 512;
/// Bytes of the file that keeps them (it is refused).
pub const ACKS_BYTES_MAX: u64 = 4 << 20;
/// Bytes of an identity book (it is refused).
pub const IDENTITY_BOOK_BYTES_MAX: u64 = 64 << 20;
/// Lines of an identity book (it is refused).
pub const IDENTITY_BOOK_LINES_MAX: usize = or_tiny(65_536, 16);
/// Bytes of one line of an identity book, and of a credential that is typed (it is refused).
pub const IDENTITY_LINE_BYTES_MAX: usize = 8 << 10;
/// Bytes of a label in an identity book (it is refused).
pub const IDENTITY_LABEL_BYTES_MAX: usize = 128;
/// Ids of folded endpoints that their heir remembers (T).
pub const SUPERSEDED_MAX: usize = or_tiny(1_024, 4);

/// Classes of data that the configuration defines (it is refused): with those built in they are the bits of a word.
pub const OWN_CLASSES_MAX: usize = 32;
/// Bytes of the pattern of one of them (it is refused).
pub const OWN_PATTERN_BYTES_MAX: usize = 1_024;
/// Bytes that one pattern, or all of them as one automaton, may take once compiled (it is refused).
pub const OWN_PROGRAM_BYTES_MAX: usize = 1 << 20;
/// Bytes of states that a shard keeps of that automaton; beyond it begins anew, and reading stays linear (E).
pub const OWN_STATES_BYTES_MAX: usize = 1 << 20;
/// Names of fields that one class lists (it is refused).
pub const OWN_NAMES_MAX: usize = 64;
/// Bytes of a value that patterns of the configuration are held against, when the whole value must have the form: a longer
/// one has none (T).
pub const OWN_VALUE_BYTES_MAX: usize = 512;
/// The same when the form may stand anywhere in a text: it is looked for in so much of its beginning (T).
pub const OWN_TEXT_BYTES_MAX: usize = 4_096;

// ---- Behaviour and findings -----------------------------------------------------------------------------------

/// Identities tracked (E): a million, and room for key partitions that are fuller than others.
pub const IDENTITIES_MAX: usize = or_tiny(1_048_576, 128);
/// Memory of one of them: its place in table, index and order of use, addresses, a bitmap of clients.
pub const IDENTITY_BYTES_MAX: usize = 832;
/// Pairs of identity and endpoint tracked (E).
pub const PAIRS_MAX: usize = or_tiny(524_288, 128);
/// Subjects of one monitor (E): a monitor sees only calls that concern it.
pub const MONITOR_SUBJECTS_MAX: usize = or_tiny(16_384, 128);
/// Monitors there may be.
pub const MONITORS_MAX: usize = 33;
/// Models of one monitor that all workers keep alike, mostly one an endpoint (E).
pub const MONITOR_COMMONS_MAX: usize = or_tiny(8_192, 64);
/// Latest calls of a service that tell whether it is slow for all (F).
pub const SERVICE_LATEST_CALLS: usize = 64;
/// Endpoints that one caller used lately, as far as they are remembered (E).
pub const LATELY_ENDPOINTS_MAX: usize = 16;
/// Endpoints that may be steps before one operation (T).
pub const STEPS_PER_OPERATION_MAX: usize = 24;
/// Callers of one operation that left out a step, as far as they are remembered (E).
pub const SKIPPERS_MAX: usize = 16;
/// Numeric fields of one endpoint whose range is kept (T).
pub const NUMBERS_PER_ENDPOINT_MAX: usize = 64;
/// Kinds of calls (program, names of parameters) that one endpoint has a level for (T).
pub const CHANGE_KINDS_MAX: usize = 8;
/// Callers of one endpoint that are counted in one period: a sample is enough to tell a share (T).
pub const CHANGE_CALLERS_MAX: usize = 32;
/// Networks whose pace at one operation is remembered (E), and callers that it is compared with: the sample is even over callers.
pub const FLOW_ACTORS_MAX: usize = 20;
/// See [`FLOW_ACTORS_MAX`].
pub const FLOW_PEERS_MAX: usize = 24;
/// Tokens whose account is remembered (E).
pub const TOKENS_LINKED_MAX: usize = or_tiny(131_072, 8);
/// Servers whose own connections are known (E): those that answered a call.
pub const SERVERS_CALLING_MAX: usize = or_tiny(4_096, 8);
/// Addresses with port that one server opens connections to (E).
pub const SERVER_CONTACTS_MAX: usize = or_tiny(64, 4);
/// Unusual connections of one server, and of all addresses that are not known as servers, that a call may still turn out to
/// have asked for (E).
pub const CONTACTS_RECENT_MAX: usize = or_tiny(32, 4);
/// Targets named by payloads to one server whose connection is waited for (E).
pub const CALL_OUTS_AWAITED_MAX: usize = or_tiny(32, 4);
/// How long one is waited for after the call: a logger or a queue may be behind; what comes later is not told from chance.
pub const CALL_OUT_WAIT: Duration = Duration::from_mins(1);
/// Targets of one value with a payload (T).
pub const TARGETS_PER_VALUE_MAX: usize = 4;
/// Results, and scripts, of payloads of one transaction that are looked for in its answer, of each (T).
pub const CLUES_MAX: usize = 4;
/// Bytes of one of them.
pub const CLUE_BYTES_MAX: usize = 256;
/// Signals of one transaction kept (T).
pub const SIGNALS_MAX: usize = or_tiny(32, 4);

/// Bytes of a value, document or answer that payloads of attacks are looked for in; the rest is not read for them.
pub const PAYLOAD_VALUE_BYTES_MAX: usize = 8 << 10;

/// Bytes of the compiled rules for payloads, of requests and of answers each, once for the process (a test holds the table of
/// rules to it).
pub const PAYLOAD_PROGRAM_BYTES_MAX: usize = 16 << 20;
/// Bytes of states that a shard keeps of each of their automata; beyond it begins anew, and reading stays linear (E).
pub const PAYLOAD_STATES_BYTES_MAX: usize = 2 << 20;
/// Addresses of one identity kept (T).
pub const IDENTITY_ADDRESSES_MAX: usize = or_tiny(8, 2);
/// Callers of one endpoint kept as the peers that others are compared with: the sample is even over identities.
pub const PEERS_PER_ENDPOINT_MAX: usize = 42;
/// Objects whose owner is remembered (E: by hash, a newer one takes the place).
pub const OBJECT_OWNERS_MAX: usize = or_tiny(262_144, 4_096);
/// Values remembered as disclosed to a caller (E: by hash, a newer one takes the place of the one disclosed longest ago of
/// those it shares it with).
pub const DISCLOSED_MAX: usize = or_tiny(2_097_152, 8_192);
/// Bytes of the model of one subject.
pub const MODEL_BYTES_MAX: usize = 2_048;
/// Findings open at once (X: further ones are counted).
pub const FINDINGS_OPEN_MAX: usize = or_tiny(16_384, 64);
/// Findings of the discovery workers open at once (X: further ones are counted).
pub const INVENTORY_FINDINGS_OPEN_MAX: usize = or_tiny(4_096, 64);
/// Clients watched for asking what nothing answers (E): the one seen longest ago in its key partition is forgotten. Each
/// takes up to 3 KiB.
pub const SCAN_CLIENTS_MAX: usize = or_tiny(4_096, 128);
/// Calls of one finding that are written one by one (X: the finding counts them all, and further ones are counted).
pub const ATTEMPTS_PER_FINDING_MAX: usize = or_tiny(4_096, 8);
/// Further endpoints named in a finding whose subject is on no single one.
pub const FINDING_ENDPOINTS_MAX: usize = or_tiny(8, 2);
/// Transactions shown as evidence of one finding: the first and the latest ones.
pub const EVIDENCE_MAX: usize = or_tiny(16, 4);

// ---- State ----------------------------------------------------------------------------------------------------

/// Bytes of one record of a findings file: a longer one is damage. The largest real one, an endpoint with all its
/// parameters, stays far below.
pub const RECORD_BYTES_MAX: usize = 1 << 20;
/// Nesting of one record of a findings file; ours have up to six levels.
pub const RECORD_DEPTH_MAX: usize = 32;
/// Bytes of one row of an exported baseline (it is refused). The longest is what the router knows of a service.
pub const STATE_PART_BYTES_MAX: usize = 256 << 20;
/// Rows and endpoints of an exported baseline (it is refused): several times all that a state may hold.
pub const STATE_PARTS_MAX: usize = 16 << 20;
/// Bytes of one file of the findings log, after which the next commit begins a new one.
pub const LOG_SEGMENT_BYTES_MAX: u64 = 256 << 20;
/// Bytes of the findings log kept in memory while the disk takes none (R: the append is refused).
pub const LOG_PENDING_BYTES_MAX: usize = 64 << 20;
/// Bytes of the findings log written since it was last made durable.
pub const LOG_UNSYNCED_BYTES_MAX: usize = 4 << 20;

const _: () = assert!(PARTITIONS.is_power_of_two());
const _: () = assert!(HEAD_BYTES_MAX <= REASSEMBLY_BYTES_MAX && BODY_BYTES_MAX <= REASSEMBLY_BYTES_MAX);
const _: () = assert!(TARGET_BYTES_MAX < HEAD_BYTES_MAX && REASSEMBLY_BYTES_MAX <= PARTITION_BYTES_MAX);
const _: () = assert!(UNACKED_BYTES_MAX < REASSEMBLY_BYTES_MAX && REASSEMBLY_BYTES_MAX <= FLOW_BYTES_MAX);
const _: () = assert!(FLOW_BYTES_MAX < PARTITION_BYTES_MAX);
const _: () = assert!(HELD_LISTED_MIN * FLOWS_PER_PARTITION_MAX <= PARTITION_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX <= PCAPNG_BLOCK_BYTES_MAX);
const _: () = assert!(RECORD_BYTES_MAX < LOG_UNSYNCED_BYTES_MAX && LOG_UNSYNCED_BYTES_MAX < LOG_PENDING_BYTES_MAX);
