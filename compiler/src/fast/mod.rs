//! Optimizations behind small interfaces. The savings beside them are of a check of 10,000 Endpoints and 80,000 calls, which
//! takes 130 ms without LTO; `benches/check/README.md` has all of them and how they were measured.

pub(crate) mod hash;
