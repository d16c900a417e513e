//! The parts of a packed key: a prover made of them proves, and wrong ones are refused.

mod tiny;

use ark_bn254::Fr;
use zkmargin_native::binfile::Sections;
use zkmargin_native::error::{Result, Source};
use zkmargin_native::pack::{parts, Loader, Part};
use zkmargin_native::prove::Prover;
use zkmargin_native::{setup, wtns};

const NAME: Source = Source("pack");

fn tiny_parts() -> Vec<Part> {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("zkmargin-pack-{}-{number}.zkey", std::process::id()));
    setup::setup(&tiny::r1cs(), &path, NAME, &mut |_, _, _| Ok(())).expect("setup");
    let bytes = std::fs::read(&path).expect("the key was written");
    std::fs::remove_file(&path).expect("the key is there");
    parts(&Sections::parse(&bytes, b"zkey", 1, NAME).expect("a key")).expect("parts")
}

fn loaded(parts: &[Part]) -> Result<Prover> {
    let mut loader = Loader::new(&parts[0].1, NAME)?;
    for (kind, bytes) in &parts[1..] {
        loader.push(kind, bytes, NAME)?;
    }
    loader.finish(NAME)
}

/// Returns the error about parts of which one was changed.
fn refusal(kind: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let mut parts = tiny_parts();
    let part = parts.iter_mut().find(|(found, _)| *found == kind).expect("a part");
    change(&mut part.1);
    loaded(&parts).err().expect("an error").to_string()
}

#[test]
fn a_prover_of_parts_proves() {
    let prover = loaded(&tiny_parts()).expect("a prover");
    let witness = wtns::parse(&tiny::wtns(3, 5, 15), NAME).expect("witness");
    let (proof, public) = prover.prove(&witness).expect("proof");
    assert!(prover.verifying_key.verify(&public, &proof));
    assert_eq!(public, [Fr::from(15)]);
}

#[test]
fn parts_split_in_the_middle_are_joined() {
    let mut split = Vec::new();
    for (kind, bytes) in tiny_parts() {
        let size = if kind == "header" {
            bytes.len()
        } else if kind == "b2" {
            128
        } else {
            64
        };
        // Words are in planes, so that their parts cannot be split.
        let whole = ["lengths", "signals", "numbers"].contains(&kind);
        split.extend(bytes.chunks(if whole { bytes.len() } else { size }).map(|part| (kind, part.to_vec())));
    }
    assert!(split.len() > 20);
    loaded(&split).expect("a prover");
}

#[test]
fn missing_and_surplus_parts_are_refused() {
    let parts = tiny_parts();
    for index in 1..parts.len() {
        for other in [vec![], vec![parts[index].clone(), parts[index].clone()]] {
            let mut changed = parts.clone();
            changed.splice(index..=index, other);
            // Values that no entry uses do no harm.
            assert!(parts[index].0 == "values" || loaded(&changed).is_err(), "{}", parts[index].0);
        }
    }
    let mut swapped = parts.clone();
    swapped.swap(1, parts.len() - 1);
    let reason = loaded(&swapped).err().expect("an error").to_string();
    assert!(reason.contains("rows of 0 entries") || reason.contains("lengths of rows"), "{reason}");
    let mut unknown = parts;
    unknown[1].0 = "code";
    assert_eq!(loaded(&unknown).err().expect("an error").to_string(), "pack: a part of an unknown kind");
}

#[test]
fn changed_parts_are_refused() {
    // The highest plane of the first word.
    let highest = |bytes: &mut Vec<u8>| {
        let plane = bytes.len() / 4 * 3;
        bytes[plane] = 1;
    };
    assert!(refusal("signals", highest).contains("a signal that does not exist"));
    assert!(refusal("numbers", highest).contains("not in the table"));
    assert!(refusal("lengths", highest).contains("entries"));
    assert!(refusal("values", |bytes| bytes[31] = 0xff).contains("not below r"));
    assert!(refusal("a", |bytes| bytes.truncate(63)).contains("no records of 64"));
    assert!(refusal("signals", |bytes| bytes.truncate(7)).contains("no words of four"));
    assert!(refusal("h", |bytes| bytes[0] ^= 1).contains("not on the curve"));
    assert!(refusal("header", |bytes| bytes[0] = 0).contains("not a .zkey file"));
}
