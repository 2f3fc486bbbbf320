//! SHA-256 of 64 KiB: the workload's compression function as metered contract code, and the same
//! function compiled for this machine.

use lockstep_benches::measure::{Case, Time, take_turns};
use lockstep_benches::on_wasmi;
#[cfg(feature = "peers")]
use lockstep_benches::on_wasmtime;
use lockstep_benches::workload::WORKLOADS;
use lockstep_gas_meter::{Protocol, prepare};

/// Blocks of 64 bytes in 64 KiB.
const BLOCKS: u32 = 1_024;

/// Native code first, then wasmi, then Wasmtime if it is there.
pub(crate) fn times(rounds: u32) -> Vec<Time> {
    let workload = WORKLOADS
        .iter()
        .find(|workload| workload.name == "sha256")
        .expect("it is one of the workloads");
    let code = workload.module();
    let prepared = prepare(&code, &Protocol::v1()).expect("a workload is accepted");
    let mut cases = vec![
        Case::new("native", || run(std::hint::black_box(BLOCKS))),
        on_wasmi::metered("wasmi", prepared.bytes(), BLOCKS),
    ];
    #[cfg(feature = "peers")]
    cases.push(on_wasmtime::metered("wasmtime", prepared.bytes(), BLOCKS));
    take_turns("sha256", rounds, &mut cases)
}

/// `run` of `benches/workloads/sha256.c`.
fn run(times: u32) -> u64 {
    let mut hash: [u32; 8] = std::array::from_fn(|i| 0x6a09_e667 + i as u32);
    let mut block: [u32; 16] = std::array::from_fn(|i| i as u32);
    for i in 0..times as usize {
        block[i % 16] ^= hash[0];
        compress(&mut hash, &block);
    }
    u64::from(hash[0]) << 32 | u64::from(hash[1])
}

fn compress(h: &mut [u32; 8], block: &[u32; 16]) {
    let mut w = [0_u32; 64];
    for (word, input) in w.iter_mut().zip(block) {
        *word = input.swap_bytes();
    }
    for i in 16..64 {
        let (a, b) = (w[i - 15], w[i - 2]);
        w[i] = w[i - 16]
            .wrapping_add(w[i - 7])
            .wrapping_add(a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3))
            .wrapping_add(b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10));
    }
    let mut s = *h;
    for (k, w) in K.iter().zip(&w) {
        let [a, b, c, d, e, f, g, last] = s;
        let one = last
            .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(*k)
            .wrapping_add(*w);
        let two = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22))
            .wrapping_add((a & b) ^ (a & c) ^ (b & c));
        s = [one.wrapping_add(two), a, b, c, d.wrapping_add(one), e, f, g];
    }
    for (h, s) in h.iter_mut().zip(&s) {
        *h = h.wrapping_add(*s);
    }
}

#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];
