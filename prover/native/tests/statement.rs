//! The statement against the committed vectors, which the specification in Python made and a second implementation
//! confirmed.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, MontFp};
use serde_json::Value;
use zkmargin_native::encoding::{decimal, to_decimal};
use zkmargin_native::error::Source;
use zkmargin_native::statement::account::{chunk, chunks, orders_hash, Account, OrderFill, Position, NO_ORDERS};
use zkmargin_native::statement::digest::horner;
use zkmargin_native::statement::files::params::parameters_hash;
use zkmargin_native::statement::json;
use zkmargin_native::statement::lanes::Shape;
use zkmargin_native::statement::layout::STANDARD;
use zkmargin_native::statement::margin::{margin, surplus};
use zkmargin_native::statement::opening::{account_of, opening_elements};
use zkmargin_native::statement::orders::{Holder, Order, Side};
use zkmargin_native::statement::snapshot::Snapshot;
use zkmargin_native::statement::strict_json::Value as Document;
use zkmargin_native::statement::table::{unpack, Row, Table};
use zkmargin_native::statement::tree::climb;
use zkmargin_native::statement::witness::circuit_inputs;

fn vectors(name: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the vectors")).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn integer<T: std::str::FromStr>(value: &Value) -> T {
    text(value).parse().ok().expect("an integer in range")
}

fn element(value: &Value) -> Fr {
    decimal(text(value), Source("vectors")).expect("a field element")
}

fn items(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn list<T: std::str::FromStr>(value: &Value) -> Vec<T> {
    items(value).iter().map(integer).collect()
}

fn elements(value: &Value) -> Vec<Fr> {
    items(value).iter().map(element).collect()
}

fn row_of(value: &Value) -> Row {
    Row::new(list(&value["slots"]), integer(&value["shortFloor"]), integer(&value["addOn"])).expect("a row")
}

fn snapshot_of(value: &Value) -> Snapshot {
    let rows: BTreeMap<u32, Row> =
        items(&value["rows"]).iter().map(|row| (integer(&row["instrument"]), row_of(row))).collect();
    Snapshot {
        table: Table::new(rows, STANDARD).expect("a table"),
        prices: list(&value["prices"]).try_into().expect("eight prices"),
        params_hash: element(&value["paramsHash"]),
        timestamp: integer(&value["timestamp"]),
    }
}

fn account_of_vector(value: &Value) -> Account {
    let position = |one: &Value| Position::new(integer(&one["instrument"]), integer(&one["lots"])).expect("a position");
    let order = |one: &Value| OrderFill { sequence: integer(&one["sequence"]), filled: integer(&one["filled"]) };
    let mut orders = NO_ORDERS;
    orders.iter_mut().zip(items(&value["orders"])).for_each(|(entry, one)| *entry = order(one));
    let account = Account {
        owner: element(&value["owner"]),
        number: integer(&value["number"]),
        key: elements(&value["key"]).try_into().expect("two coordinates"),
        view_key: element(&value["viewKey"]),
        nonce: integer(&value["nonce"]),
        cash: integer(&value["cash"]),
        amounts: list(&value["amounts"]).try_into().expect("eight amounts"),
        positions: items(&value["positions"]).iter().map(position).collect(),
        orders,
    };
    account.check().expect("in range");
    account
}

#[test]
fn rows_pack_and_hash_as_the_specification_says() {
    for case in items(&vectors("margin.json")["cases"]) {
        let snapshot = snapshot_of(&case["snapshot"]);
        for value in items(&case["snapshot"]["rows"]) {
            let row = row_of(value);
            assert_eq!(row.pack(), elements(&value["packed"]), "{}", case["name"]);
            assert_eq!(row.leaf(), element(&value["leaf"]), "{}", case["name"]);
            assert_eq!(unpack(&row.pack()).expect("slots"), row.slots(), "{}", case["name"]);
            let (tree, instrument) = (snapshot.table.tree(), integer(&value["instrument"]));
            let path = tree.path(instrument);
            assert_eq!(climb(row.leaf(), instrument, &path), Some(tree.root()), "{}", case["name"]);
            assert_eq!(climb(row.leaf(), instrument + (1 << 15), &path), None, "{}", case["name"]);
        }
        assert_eq!(snapshot.table.tree().root(), element(&case["snapshot"]["tableRoot"]), "{}", case["name"]);
        assert_eq!(snapshot.root(), element(&case["snapshot"]["snapshotRoot"]), "{}", case["name"]);
    }
}

#[test]
fn accounts_commit_as_the_specification_says() {
    let vectors = vectors("margin.json");
    assert_eq!(chunk(&[]), element(&vectors["emptyChunk"]));
    assert_eq!(orders_hash(&NO_ORDERS), element(&vectors["emptyOrders"]));
    for case in items(&vectors["cases"]) {
        let account = account_of_vector(&case["account"]);
        assert_eq!(chunks(&account.positions).to_vec(), elements(&case["account"]["chunks"]), "{}", case["name"]);
        assert_eq!(orders_hash(&account.orders), element(&case["account"]["ordersHash"]), "{}", case["name"]);
        assert_eq!(account.commitment(), element(&case["account"]["commitment"]), "{}", case["name"]);
        let opened = account_of(&opening_elements(&account, 128).expect("an opening")).expect("an account");
        assert!(opened == account, "{}", case["name"]);
    }
}

#[test]
fn margins_are_those_of_the_specification() {
    for case in items(&vectors("margin.json")["cases"]) {
        let (snapshot, account) = (snapshot_of(&case["snapshot"]), account_of_vector(&case["account"]));
        let expected = &case["margin"];
        let found = margin(&account, &snapshot).expect("a margin");
        assert_eq!(found.requirement, integer::<i128>(&expected["requirement"]), "{}", case["name"]);
        assert_eq!(found.equity.to_string(), text(&expected["equity"]), "{}", case["name"]);
        assert_eq!(found.lanes.len(), items(&expected["lanes"]).len(), "{}", case["name"]);
        for (lane, expected) in found.lanes.iter().zip(items(&expected["lanes"])) {
            assert_eq!(lane.totals, list::<i128>(&expected["totals"]), "{}", case["name"]);
            let sums = [lane.scan(), lane.floor, lane.risk(), lane.add_on];
            let keys = ["scan", "floor", "risk", "addOn"];
            assert_eq!(sums, keys.map(|key| integer::<i128>(&expected[key])), "{}", case["name"]);
        }
        for answer in items(&expected["healthy"]) {
            let healthy = found.healthy(integer(&answer["requirementBps"])).expect("a level");
            assert_eq!(healthy, text(&answer["healthy"]) == "1", "{}", case["name"]);
        }
    }
}

#[test]
fn public_signals_are_the_answers_of_the_vectors() {
    let shape = Shape { lanes: 8, positions: 128, layout: STANDARD, limited: false, disclosed: false };
    for case in items(&vectors("margin.json")["cases"]) {
        let (snapshot, account) = (snapshot_of(&case["snapshot"]), account_of_vector(&case["account"]));
        for answer in items(&case["margin"]["healthy"]) {
            let bps = integer(&answer["requirementBps"]);
            let made = circuit_inputs(&account, &snapshot, &shape, bps, Fr::from(5), None).expect("inputs");
            let [healthy, commitment, root] =
                [&answer["healthy"], &case["account"]["commitment"], &case["snapshot"]["snapshotRoot"]].map(element);
            assert_eq!(made.public, [healthy, commitment, root, Fr::from(bps), Fr::from(5)], "{}", case["name"]);
        }
    }
}

#[test]
fn polynomials_have_the_values_of_the_vectors() {
    let vectors = vectors("horner.json");
    let lists = vectors.as_object().expect("lists by name").iter().filter(|(name, _)| *name != "source");
    let mut checked = 0;
    for (name, list) in lists {
        let [_, point, value] = elements(&list["answers"]).try_into().expect("seed, point and value");
        assert_eq!(horner(&elements(&list["elements"]), point), value, "{name}");
        checked += 1;
    }
    assert!(checked > 0);
}

/// Returns the text of a snapshot file without rows.
fn empty_snapshot() -> String {
    let model = r#"{"default":{},"initial_bps":"12500","look_ahead_days":"1","name":"m","scenarios":[]}"#;
    let value = Document::parse(model, model.len()).expect("JSON");
    let params_hash = parameters_hash("standard", "USD", &value, &[], &[], &[]);
    let table = Table::new(BTreeMap::new(), STANDARD).expect("a table");
    let snapshot = Snapshot { table, prices: [0; 8], params_hash, timestamp: 9 };
    let [root, table_root, params_hash] = [snapshot.root(), snapshot.table.tree().root(), params_hash].map(to_decimal);
    format!(
        r#"{{"format":"zkmargin-snapshot/2","root":"{root}","tableRoot":"{table_root}","paramsHash":"{params_hash}",
        "timestamp":"9","quote":"USD","layout":"standard","model":{model},"collateral":[],"underlyings":[],"rows":[],
        "exclusions":[]}}"#
    )
}

#[test]
fn a_request_with_a_snapshot_has_the_answer_of_an_open_one() {
    let file = empty_snapshot();
    let open = json::Snapshot::open(&file).expect("a snapshot");
    assert_eq!(json::snapshot_root(&file).expect("a summary"), open.summary());
    let view_key = format!("1{}", "0".repeat(40));
    let account = format!(
        r#"{{"format":"zkmargin-account/2","owner":"7","viewKey":"{view_key}","nonce":"0","cash":"1","collateral":[],
        "positions":[]}}"#
    );
    let circuit = serde_json::json!({"lanes": 1, "positions": 1, "layout": "standard", "accounts": 1});
    let shape = serde_json::json!({"lanes": 1, "positions": 1, "layout": "standard"});
    type Answer = Result<String, zkmargin_native::statement::fault::Fault>;
    type Function = (fn(&str) -> Answer, fn(&json::Snapshot, &str) -> Answer, Value);
    let functions: [Function; 5] = [
        (json::account_commitment, json::Snapshot::account_commitment, serde_json::json!({})),
        (json::margin_report, json::Snapshot::margin_report, serde_json::json!({"requirement": "initial"})),
        (
            json::circuit_inputs,
            json::Snapshot::circuit_inputs,
            serde_json::json!({"requirement": "0", "circuit": shape, "context": "1"}),
        ),
        (json::claim_inputs, json::Snapshot::claim_inputs, serde_json::json!({"circuit": shape, "context": "1"})),
        (
            json::health_inputs,
            json::Snapshot::health_inputs,
            serde_json::json!({"requirement": "0", "circuit": circuit, "z": "1"}),
        ),
    ];
    for (place, (alone, with_open, mut request)) in functions.into_iter().enumerate() {
        if place == 4 {
            request["accounts"] = serde_json::json!([account]);
        } else {
            request["account"] = account.as_str().into();
        }
        let answer = with_open(&open, &request.to_string()).expect("an answer");
        assert_eq!(alone(&request.to_string()).expect_err("no snapshot").to_string(), "request: snapshot: missing");
        request["snapshot"] = file.as_str().into();
        assert_eq!(alone(&request.to_string()).expect("an answer"), answer);
        assert_eq!(
            with_open(&open, &request.to_string()).expect_err("two").to_string(),
            "request: snapshot: unknown key"
        );
        request["snapshot"] = "{".into();
        let fault = alone(&request.to_string()).expect_err("not JSON").to_string();
        assert!(fault.starts_with("snapshot: not JSON"), "{fault}");
    }
}

#[test]
fn orders_pack_and_are_signed_as_the_specification_says() {
    let order = Order {
        instrument: 4097,
        side: Side::Sell,
        most_lots: 10,
        limit: -500,
        sequence: 25,
        expiry: 1_700_000_060,
        fee_rate: 7,
    };
    let holder = Holder { domain: Fr::from(77), owner: Fr::from(0xABCD), account: 3 };
    // zkmargin.spec.pack_order and order_message.
    let packed: Fr = MontFp!("41913430626258569069186482507772257496480294088904705");
    let message: Fr = MontFp!("12863156272942869837779199053512754914193297811890721314781332092427707010511");
    assert_eq!(order.pack().expect("in range"), packed);
    assert_eq!(order.message(&holder).expect("in range"), message);
    for (wrong, fault) in [
        (Order { instrument: 1 << 15, ..order }, "instrument: must be from 0 to 2^15 - 1"),
        (Order { most_lots: 1 << 31, ..order }, "mostLots: must be from 0 to 2^31 - 1"),
        (Order { limit: 1 << 44, ..order }, "limit: must be from -2^44 to 2^44 - 1"),
        (Order { sequence: 1 << 40, ..order }, "sequence: must be from 0 to 2^40 - 1"),
        (Order { expiry: 1 << 40, ..order }, "expiry: must be from 0 to 2^40 - 1"),
        (Order { fee_rate: -1, ..order }, "feeRate: must be from 0 to 2^44 - 1"),
    ] {
        assert_eq!(wrong.pack().expect_err("refused").to_string(), fault);
    }
    let wrong = Holder { account: 1 << 40, ..holder };
    assert_eq!(order.message(&wrong).expect_err("refused").to_string(), "account: must be from 0 to 2^40 - 1");
}

#[test]
fn secrets_have_the_keys_of_the_vectors() {
    let vectors = vectors("eddsa.json");
    for case in items(&vectors["keys"]) {
        let digits = text(&case["secret"]);
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal");
        let secret: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
        let key: Value = serde_json::from_str(&json::public_key(&secret).expect("a key")).expect("JSON");
        assert_eq!([&key["x"], &key["y"]], [&case["key"][0], &case["key"][1]], "{}", case["name"]);
    }
    assert_eq!(json::public_key(&[0; 31]).expect_err("short").to_string(), "secret: expected 32 bytes");
}

#[test]
fn values_out_of_range_are_refused() {
    let reason = |row: Result<Row, zkmargin_native::statement::fault::Fault>| row.expect_err("refused").to_string();
    assert_eq!(reason(Row::new(vec![0; 17], 0, 0)), "slots: expected as many as a layout has");
    let mut slots = vec![0; 18];
    slots[3] = -(1 << 44);
    assert_eq!(reason(Row::new(slots, 0, 0)), "slots[3]: must be below 2^44 in magnitude");
    assert_eq!(reason(Row::new(vec![0; 18], 1 << 44, 0)), "shortFloor: must be from 0 to 2^44 - 1");
    assert_eq!(reason(Row::new(vec![0; 18], 0, 1 << 44)), "addOn: must be from 0 to 2^44 - 1");
    for (instrument, lots) in [(1 << 15, 1), (0, 1 << 31), (0, -(1 << 31)), (1, 0)] {
        assert!(Position::new(instrument, lots).is_err());
    }
    assert!(surplus(&0.into(), 0, 1 << 20).is_err());
    // Three slots of 84 bits do not hold r - 1 less half a slot.
    let beyond: Fr = MontFp!("10944121435919637611123202872628637544274182200208017171849102093287904247808");
    assert!(unpack(&[beyond, Fr::ZERO, Fr::ZERO, Fr::ZERO, Fr::ZERO, Fr::ZERO]).is_err());
    assert_eq!(to_decimal(Fr::ZERO), "0");
}
