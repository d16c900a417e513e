"""MarginVerifier on a local chain, with real proofs of the smallest margin circuit, under attack.

The numbers in the names are the rows of the table of attacks.
"""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from eth_account import Account as EthAccount
from web3 import Web3
from web3.exceptions import ContractCustomError

import zkmargin_native as native
from support import spec_values
from support.circuits import ROOT, keys_of, margin_instance
from zkmargin import spec
from zkmargin.chain import connect, export_verifier, run_anvil
from zkmargin.chain.contract import contract_errors, deploy, with_imports
from zkmargin.chain.solidity import compile_sources
from zkmargin.chain.verifier import calldata
from zkmargin.contracts.margin_verifier import Claim, DemoSnapshotRegistry, MarginVerifier
from zkmargin.contracts.statement_registry import StatementRegistry, statement_arguments
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.account_statement import AccountStatement, account_id
from zkmargin.proofs.context import action_id
from zkmargin.proofs.instances import find_instance
from zkmargin.proofs.statement_signer import sign_statement
from zkmargin.proving.artifacts import Proof
from zkmargin.proving.backends import backend
from zkmargin.proving.bn254 import BASE_MODULUS
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.proving.keys import build_keys
from zkmargin.proving.witness import WitnessCalculator
from zkmargin.snapshot.signatures import Domain

NAME = "margin_13"
CIRCUIT = find_instance(NAME).number
HOUR = 3600
BPS = 12_500
GAS = ROOT / "verifier_contracts" / "snapshots" / "real_proof.json"

ROWS = {
    1: spec_values.row((100, -120), mark=500, add_on=2),
    2: spec_values.row((80, -30), mark=40, short_floor=25, add_on=1),
    4096: spec_values.row((-50, 60), mark=10, short_floor=5, add_on=3),
}
SNAPSHOT = spec_values.snapshot(ROWS)
OTHER_PARAMETERS = dataclasses.replace(SNAPSHOT, params_hash=SNAPSHOT.params_hash + 1)
LATER = dataclasses.replace(SNAPSHOT, timestamp=SNAPSHOT.timestamp + 60)
HELD = [(1, 2), (2, -3), (4096, 4)]
RICH, POOR = spec_values.account(HELD, cash=10_000), spec_values.account(HELD, cash=-900)


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def registry(node):
    contract = DemoSnapshotRegistry.deploy(node)
    contract.publish(root_of(SNAPSHOT))
    return contract


@pytest.fixture(scope="module")
def source():
    return export_verifier(margin_instance(NAME)[1].zkey)


@pytest.fixture(scope="module")
def deployed(node, registry, source):
    return MarginVerifier.deploy(node, registry.address, {CIRCUIT: source})


@pytest.fixture
def web3(node):
    """Return a connection to the chain, which is put back to where it was."""
    web3 = connect(node)
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield web3
    assert web3.provider.make_request("evm_revert", [before])["result"] is True


@pytest.fixture
def verifier(web3, deployed):
    return MarginVerifier(web3, deployed.address)


@pytest.fixture(scope="module")
def claim(node, deployed):
    deadline = connect(node).eth.get_block("latest")["timestamp"] + HOUR
    return Claim(commitment_of(RICH), action_id("withdraw"), deadline, BPS, HOUR)


@pytest.fixture(scope="module")
def good(deployed, claim):
    """Return circuit, proof and public signals that the contract accepts for the claim."""
    return made(RICH, SNAPSHOT, BPS, deployed.context(claim))


def made(account, snapshot, bps, context):
    circuit, keys = margin_instance(NAME)
    shape = find_instance(NAME).shape
    inputs = spec.circuit_inputs(account, snapshot, shape, bps, context, hasher=native.poseidon)
    witness = WitnessCalculator(circuit.wasm).calculate(inputs.signals)
    proof, public = backend("native").prove(keys.zkey, witness)
    assert public == tuple(inputs.public)
    return CIRCUIT, proof, public


def commitment_of(account):
    return spec.commitment(account, native.poseidon)


def root_of(snapshot):
    return spec.snapshot_root(snapshot, native.poseidon)


def changed(public, index, value):
    return [value if place == index else signal for place, signal in enumerate(public)]


def mine(web3, seconds):
    web3.provider.make_request("evm_increaseTime", [seconds])
    web3.provider.make_request("evm_mine", [])


def negated(point):
    x, y = point
    return x, (-y % BASE_MODULUS if isinstance(y, int) else tuple(-part % BASE_MODULUS for part in y))


# what is accepted


def test_a_proof_of_health_is_accepted_and_consumed(verifier, claim, good):
    verifier.check_health(claim, *good)
    verifier.consume_health(claim, *good)
    assert verifier.is_consumed(verifier.context(claim)) is True


def test_a_proof_of_default_is_accepted_and_consumed(verifier, claim):
    poor = dataclasses.replace(claim, account_commitment=commitment_of(POOR))
    bad = made(POOR, SNAPSHOT, BPS, verifier.context(poor))
    assert bad[2][0] == 0
    verifier.check_default(poor, *bad)
    verifier.consume_default(poor, *bad)
    with pytest.raises(ChainError, match=rf"ContextConsumed\(context={bad[2][4]}\)"):
        verifier.consume_default(poor, *bad)


def test_health_and_default_are_not_confused(verifier, claim, good):
    with pytest.raises(ChainError, match=r"^checkDefault: reverted: NotInDefault\(healthy=1\)$"):
        verifier.check_default(claim, *good)
    poor = dataclasses.replace(claim, account_commitment=commitment_of(POOR))
    bad = made(POOR, SNAPSHOT, BPS, verifier.context(poor))
    with pytest.raises(ChainError, match=r"^checkHealth: reverted: NotHealthy\(healthy=0\)$"):
        verifier.check_health(poor, *bad)


def test_more_than_the_requirement_will_do_for_health_and_less_for_default(verifier, claim, good):
    verifier.check_health(dataclasses.replace(claim, requirement_bps=BPS - 1), *good)
    poor = dataclasses.replace(claim, account_commitment=commitment_of(POOR))
    bad = made(POOR, SNAPSHOT, BPS, verifier.context(poor))
    verifier.check_default(dataclasses.replace(poor, requirement_bps=BPS + 1), *bad)
    lower = dataclasses.replace(poor, requirement_bps=BPS - 1)
    with pytest.raises(ChainError, match=rf"RequirementTooHigh\(provenBps={BPS}, askedBps={BPS - 1}\)"):
        verifier.check_default(lower, *bad)


# 1, 2: the public signals


@pytest.mark.parametrize(
    "change",
    [
        (0, lambda _: 0, r"NotHealthy\(healthy=0\)"),
        (0, lambda _: 2, r"NotHealthy\(healthy=2\)"),
        (1, lambda signal: signal ^ 1, r"WrongAccount\(proven=0x[0-9a-f]{64}, asked=0x[0-9a-f]{64}\)"),
        (2, lambda signal: signal ^ 1, r"UnknownSnapshot\(root=0x[0-9a-f]{64}\)"),
        (3, lambda _: BPS - 1, rf"RequirementTooLow\(provenBps={BPS - 1}, askedBps={BPS}\)"),
        (3, lambda _: BPS + 1, rf"InvalidProof\(circuit={CIRCUIT}\)"),
        (4, lambda signal: signal ^ 1, r"WrongContext\(proven=\d+, asked=\d+\)"),
    ],
)
def test_attack_2_every_changed_signal_is_rejected_by_name(verifier, claim, good, change):
    (index, value, error), (circuit, proof, public) = change, good
    with pytest.raises(ChainError, match=f"^checkHealth: reverted: {error}$"):
        verifier.check_health(claim, circuit, proof, changed(public, index, value(public[index])))


def test_attack_2_a_healthy_proof_is_no_default_with_the_bit_changed(verifier, claim, good):
    circuit, proof, public = good
    with pytest.raises(ChainError, match="InvalidProof"):
        verifier.check_default(claim, circuit, proof, changed(public, 0, 0))


def test_attack_2_a_changed_account_is_rejected_when_the_claim_follows_it(verifier, claim, good):
    # Claim and signals agree on account and context, and still the proof says nothing of them.
    circuit, proof, public = good
    other = dataclasses.replace(claim, account_commitment=commitment_of(POOR))
    signals = [public[0], other.account_commitment, *public[2:4], verifier.context(other)]
    with pytest.raises(ChainError, match="InvalidProof"):
        verifier.check_health(other, circuit, proof, signals)


def test_attack_2_another_published_snapshot_is_rejected(verifier, registry, web3, claim, good):
    circuit, proof, public = good
    registry.publish(root_of(LATER))
    with pytest.raises(ChainError, match="InvalidProof"):
        verifier.check_health(claim, circuit, proof, changed(public, 2, root_of(LATER)))


@pytest.mark.parametrize("index", range(1, 5))
def test_attack_1_a_signal_plus_r_is_rejected(verifier, claim, good, index):
    circuit, proof, public = good
    excess = public[index] + R
    with pytest.raises(ChainError, match=rf"SignalOutOfRange\(signal={excess}\)"):
        verifier.check_health(claim, circuit, proof, changed(public, index, excess))


# 4: keys that do not belong together


def test_attack_4_a_verifier_of_other_keys_of_the_same_circuit_rejects(node, registry, claim, good, tmp_path):
    other = export_verifier(build_keys(margin_instance(NAME)[0], tmp_path).zkey)
    mismatched = MarginVerifier.deploy(node, registry.address, {CIRCUIT: other})
    with pytest.raises(ChainError, match=rf"InvalidProof\(circuit={CIRCUIT}\)"):
        mismatched.check_health(claim, *good)


def test_attack_4_a_verifier_of_another_circuit_is_refused_before_anything_is_deployed():
    other = export_verifier(keys_of("multiplier").zkey)
    with pytest.raises(InputError, match="expected 5 public signals, got 2"):
        MarginVerifier.deploy("http://127.0.0.1:9", "0x" + "11" * 20, {CIRCUIT: other})


def test_attack_4_a_circuit_that_was_left_out_is_unknown(verifier, claim, good):
    with pytest.raises(ChainError, match=r"UnknownCircuit\(circuit=77\)"):
        verifier.check_health(claim, 77, *good[1:])


# 5, 6: the proof


def test_attack_5_a_malleated_proof_is_not_accepted_a_second_time(verifier, claim, good):
    circuit, proof, public = good
    twin = Proof(a=negated(proof.a), b=negated(proof.b), c=proof.c)
    verifier.check_health(claim, circuit, twin, public)
    verifier.consume_health(claim, circuit, proof, public)
    with pytest.raises(ChainError, match=rf"ContextConsumed\(context={public[4]}\)"):
        verifier.consume_health(claim, circuit, twin, public)


def test_attack_5_nor_is_a_second_proof_of_the_same(verifier, claim, good):
    circuit, proof, public = good
    verifier.consume_health(claim, circuit, proof, public)
    second = made(RICH, SNAPSHOT, BPS, public[4])
    assert second[1] != proof
    with pytest.raises(ChainError, match="ContextConsumed"):
        verifier.consume_health(claim, *second)


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: {"a": (proof.a[0] + 1, proof.a[1])},
        lambda proof: {"b": (proof.b[0], (proof.b[1][0] + 1, proof.b[1][1]))},
        lambda proof: {"c": (proof.c[0], proof.c[1] + 1)},
        lambda proof: {"c": (proof.c[0] + BASE_MODULUS, proof.c[1])},
        lambda _: {"a": None},
        lambda _: {"b": None},
        lambda _: {"c": None},
        lambda _: {"a": None, "b": None, "c": None},
        lambda proof: {"b": tuple((imaginary, real) for real, imaginary in proof.b)},
        lambda proof: {"a": negated(proof.a)},
    ],
    ids=["A", "B", "C", "C + q", "A zero", "B zero", "C zero", "all zero", "unswapped B", "-A"],
)
def test_attack_6_points_off_the_curve_zero_and_unswapped_are_rejected(verifier, claim, good, change):
    circuit, proof, public = good
    wrong = dataclasses.replace(proof, **change(proof))
    for ask in (verifier.check_health, verifier.consume_health):
        with pytest.raises(ChainError, match="InvalidProof"):
            ask(claim, circuit, wrong, public)
    assert verifier.is_consumed(public[4]) is False


# 7: gas


def test_attack_7_with_too_little_gas_nothing_changes(verifier, web3, claim, good):
    call = consumption(verifier, claim, good)
    sender = web3.eth.accounts[0]
    enough = call.estimate_gas({"from": sender})
    for gas in range(60_000, enough - 200, 15_000):
        sent = call.transact({"from": sender, "gas": gas})
        assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 0
        assert verifier.is_consumed(good[2][4]) is False
    # An estimate is good here, because the contract reverts where the circuit's verifier says false.
    sent = call.transact({"from": sender, "gas": enough})
    assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    assert verifier.is_consumed(good[2][4]) is True


def test_attack_7_too_little_gas_is_never_called_an_invalid_proof(verifier, web3, claim, good):
    call, sender = consumption(verifier, claim, good), web3.eth.accounts[0]
    names = set()
    for gas in range(70_000, call.estimate_gas({"from": sender}), 4_000):
        with pytest.raises(ContractCustomError) as caught:
            call.call({"from": sender, "gas": gas})
        names.add(caught.value.data[:10])
    assert names == {"0x" + action_id("NotEnoughGas(uint256,uint256)")[:4].hex()}


def consumption(verifier, claim, good):
    asked = (
        claim.account_commitment.to_bytes(32, "big"),
        claim.action,
        claim.deadline,
        claim.requirement_bps,
        claim.max_age,
    )
    circuit, proof, public = good
    return verifier._contract.functions.consumeHealth(asked, (circuit, *calldata(proof, public)))


# 20: replay


def test_attack_20_the_same_proof_is_not_consumed_twice(verifier, claim, good):
    verifier.consume_health(claim, *good)
    with pytest.raises(ChainError, match=r"^consumeHealth: reverted: ContextConsumed\(context=\d+\)$"):
        verifier.consume_health(claim, *good)


def test_attack_20_another_chain_rejects(source, claim, good):
    with run_anvil(chain_id=4242) as url:
        registry = DemoSnapshotRegistry.deploy(url)
        registry.publish(root_of(SNAPSHOT))
        elsewhere = MarginVerifier.deploy(url, registry.address, {CIRCUIT: source})
        with pytest.raises(ChainError, match=rf"WrongContext\(proven={good[2][4]}, asked=\d+\)"):
            elsewhere.check_health(claim, *good)


def test_attack_20_another_consumer_rejects(verifier, web3, claim, good):
    # So whoever sees the transaction on its way cannot use the proof, nor use it up.
    web3.eth.default_account = web3.eth.accounts[1]
    for ask in (verifier.check_health, verifier.consume_health):
        with pytest.raises(ChainError, match=rf"WrongContext\(proven={good[2][4]}, asked=\d+\)"):
            ask(claim, *good)
    web3.eth.default_account = web3.eth.accounts[0]
    verifier.consume_health(claim, *good)


def test_attack_20_another_account_rejects(verifier, claim, good):
    other = dataclasses.replace(claim, account_commitment=commitment_of(POOR))
    with pytest.raises(ChainError, match="WrongAccount"):
        verifier.check_health(other, *good)


@pytest.mark.parametrize("change", [{"action": action_id("attest")}, {"deadline": 2**40}])
def test_attack_20_another_action_or_deadline_rejects(verifier, claim, good, change):
    with pytest.raises(ChainError, match="WrongContext"):
        verifier.check_health(dataclasses.replace(claim, **change), *good)


def test_attack_20_after_the_deadline_it_is_rejected(verifier, web3, claim, good):
    patient = dataclasses.replace(claim, max_age=10 * HOUR)
    mine(web3, HOUR - 60)
    verifier.check_health(patient, *good)
    mine(web3, 120)
    for ask in (verifier.check_health, verifier.consume_health):
        with pytest.raises(ChainError, match=rf"DeadlinePassed\(deadline={claim.deadline}, timestamp=\d+\)"):
            ask(patient, *good)


VENUE = EthAccount.from_key(Web3.keccak(text="venue"))
ID = account_id("account 7")


@dataclasses.dataclass(frozen=True)
class Lending:
    """The consumer of the documentation, with a registry of statements, and a borrower."""

    web3: Web3
    claim: Claim
    statements: StatementRegistry
    contract: object
    borrower: str
    abi: list

    def stated(self, account=RICH, *, venue=VENUE, holder=None):
        """Return a venue's statement of an account, valid for an hour."""
        now, who = self.web3.eth.get_block("latest")["timestamp"], holder or self.borrower
        said = AccountStatement(
            ID, who, commitment_of(account), root_of(SNAPSHOT), now, now + HOUR, "venue.example"
        )
        return sign_statement(said, venue, self.statements.domain)

    def registry(self, sender=None, key=None):
        """Return a client of the registry, as somebody."""
        web3 = connect(self.web3.provider.endpoint_uri, key=key)
        if sender:
            web3.eth.default_account = sender
        return StatementRegistry(web3, self.statements.address)

    def pledge(self, signed, to=None):
        self.registry(signed.statement.holder).pledge(signed, to or self.contract.address)

    def borrowing(self, signed, account=RICH, *, sender=None):
        """Return the call that borrows 1 000, with a proof made for it."""
        total = self.contract.functions.loans(ID).call()[1] + 1000
        action = action_of("borrow", sender or self.borrower, total)
        asked = dataclasses.replace(self.claim, account_commitment=commitment_of(account), action=action)
        context = asked.context(self.web3.eth.chain_id, self.contract.address)
        circuit, proof, public = made(account, SNAPSHOT, BPS, context)
        return self.contract.functions.borrow(
            1000,
            self.claim.deadline,
            (circuit, *calldata(proof, public)),
            statement_arguments(signed.statement),
            signed.signature.value,
        )

    def refuses(self, call, reason, sender=None):
        with pytest.raises(ChainError, match=reason), contract_errors("loan", self.abi):
            call.call({"from": sender or self.borrower})


@pytest.fixture
def lending(web3, deployed, claim):
    text = (ROOT / "docs" / "verifier.md").read_text()
    sources = with_imports({"Lender.sol": re.search(r"```solidity\n(.*?)```", text, re.DOTALL)[1]})
    code, registry = compile_sources(sources, "Lender.sol", "Lender"), StatementRegistry.deploy(web3)
    lender = deploy(web3, code, deployed.address, registry.address, VENUE.address)
    return Lending(web3, claim, registry, lender, web3.eth.accounts[1], deployed._abi + registry._abi)


def test_attack_20_of_the_senders_to_a_consumer_only_the_one_that_it_is_for_succeeds(web3, lending):
    signed = lending.stated()
    lending.refuses(lending.borrowing(signed), "not pledged here")
    lending.pledge(signed)
    borrow = lending.borrowing(signed)
    lending.refuses(borrow, "not the holder", web3.eth.accounts[2])
    web3.eth.wait_for_transaction_receipt(borrow.transact({"from": lending.borrower}))
    assert lending.contract.functions.loans(ID).call() == [lending.borrower, 1000]
    # The total is part of the action, so the proof is of another action now.
    lending.refuses(borrow, "WrongContext")


def test_attack_125_an_invented_account_borrows_nothing(lending):
    """Ten billions of cash that nobody has seen: a proof of health that holds, and a statement made by the borrower."""
    invented = spec_values.account(HELD, cash=10**16)
    own = lending.stated(invented, venue=EthAccount.from_key(Web3.keccak(text="me")))
    lending.pledge(own)
    lending.refuses(lending.borrowing(own, invented), "NotSignedByVenue")
    # With the venue's statement of another account, the proof is about the wrong one.
    honest = lending.stated()
    lending.pledge(honest)
    lending.refuses(lending.borrowing(honest, invented), "WrongAccount")


def test_attack_126_one_account_has_one_borrower_and_one_lender_in_every_state(web3, deployed, lending):
    signed, second = lending.stated(), web3.eth.accounts[2]
    lending.pledge(signed)
    # The same account after a trade, stated for another address.
    later = spec_values.account(HELD, cash=10_001)
    again = lending.stated(later, holder=second)
    with pytest.raises(ChainError, match="AlreadyPledged"):
        lending.pledge(again, deployed.address)
    lending.refuses(lending.borrowing(signed, sender=second), "not the holder", second)


@pytest.mark.parametrize(
    "reason", ["StatementExpired", "StatementRevoked", "NotSignedByVenue", "VenueRetired"]
)
def test_attack_127_a_statement_that_does_not_stand_borrows_nothing(web3, lending, reason):
    signed = lending.stated()
    lending.pledge(signed)
    web3.provider.make_request("anvil_setBalance", [VENUE.address, hex(10**18)])
    if reason == "StatementExpired":
        mine(web3, HOUR + 1)
    elif reason == "NotSignedByVenue":
        elsewhere = sign_statement(signed.statement, VENUE, Domain(1, lending.statements.address))
        with pytest.raises(InputError, match="the registry is that of chain 31337"):
            lending.statements.check(elsewhere)
        signed = dataclasses.replace(elsewhere, domain=signed.domain)
    elif reason == "VenueRetired":
        lending.registry(key=VENUE).retire()
    else:
        lending.registry(key=VENUE).revoke(ID, signed.statement.issued_at)
    with pytest.raises(ChainError, match=reason):
        lending.statements.check(signed)
    lending.refuses(lending.borrowing(signed), reason)


def action_of(purpose, account, amount):
    """Return keccak256(abi.encode(purpose, account, amount)) of the consumer."""
    return Web3.keccak(Web3().codec.encode(["string", "address", "uint256"], [purpose, account, amount]))


# 21: the snapshot


def test_attack_21_an_older_snapshot_is_rejected(verifier, registry, web3, claim, good):
    strict = dataclasses.replace(claim, max_age=HOUR // 2)
    mine(web3, HOUR // 2 - 60)
    verifier.check_health(strict, *good)
    mine(web3, 120)
    registry.publish(root_of(LATER))
    error = rf"StaleSnapshot\(root=0x{root_of(SNAPSHOT):064x}, publishedAt=\d+, maxAge={HOUR // 2}\)"
    with pytest.raises(ChainError, match=error):
        verifier.check_health(strict, *good)
    fresh = made(RICH, LATER, BPS, verifier.context(strict))
    verifier.check_health(strict, *fresh)


def test_attack_21_an_old_snapshot_cannot_be_published_again(registry, web3):
    with pytest.raises(ChainError, match=r"^publish: reverted: AlreadyPublished\(root=0x[0-9a-f]{64}\)$"):
        registry.publish(root_of(SNAPSHOT))


def test_attack_21_other_parameters_are_rejected(verifier, claim):
    other = made(RICH, OTHER_PARAMETERS, BPS, verifier.context(claim))
    with pytest.raises(ChainError, match=rf"UnknownSnapshot\(root=0x{root_of(OTHER_PARAMETERS):064x}\)"):
        verifier.check_health(claim, *other)


# the clients


def test_only_the_owner_publishes(registry, web3):
    web3.eth.default_account = web3.eth.accounts[1]
    stranger = DemoSnapshotRegistry(web3, registry.address)
    caller = web3.eth.accounts[1].lower()
    with pytest.raises(ChainError, match=rf"NotOwner\(caller={caller}\)"):
        stranger.publish(5)
    assert stranger.published_at(5) == 0
    assert stranger.published_at(root_of(SNAPSHOT)) > 0


def test_an_address_without_the_contract_is_a_chain_error(web3, registry):
    # A check returns nothing, so without this any address would seem to accept any proof.
    for address in (web3.eth.accounts[3], registry.address):
        with pytest.raises(ChainError, match=r"^call of MarginVerifier.registry: "):
            MarginVerifier(web3, address)


def test_a_registry_without_code_is_refused(node, source):
    nobody = "0x" + "11" * 20
    with pytest.raises(
        ChainError, match=rf"deployment of MarginVerifier: .*NotAContract\(account={nobody}\)"
    ):
        MarginVerifier.deploy(node, nobody, {CIRCUIT: source})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": b"withdraw"}, "action: expected 32 bytes, got 8"),
        ({"deadline": -1}, "deadline: .*256 bits"),
        ({"account_commitment": 2**256}, "account_commitment: .*256 bits"),
        ({"max_age": 2**256}, "max_age: .*256 bits"),
    ],
)
def test_a_claim_out_of_range_is_an_input_error(verifier, claim, good, change, message):
    with pytest.raises(InputError, match=message):
        verifier.check_health(dataclasses.replace(claim, **change), *good)


def test_a_wrong_number_of_signals_is_an_input_error(verifier, claim, good):
    with pytest.raises(InputError, match="expected 5 public signals, got 4"):
        verifier.check_health(claim, *good[:2], good[2][:4])


def test_gas_with_a_real_proof_is_what_the_snapshot_says(verifier, web3, claim, good):
    sender = web3.eth.accounts[0]
    check = verifier._contract.functions.checkHealth(*consumption(verifier, claim, good).arguments)
    sent = check.transact({"from": sender, "gas": 1_000_000})
    found = {
        "checkHealth": web3.eth.wait_for_transaction_receipt(sent)["gasUsed"],
        "consumeHealth": verifier.consume_health(claim, *good),
    }
    # Calldata has more or fewer zero bytes in each proof, and each key is another.
    wanted = json.loads(GAS.read_text())
    assert found == pytest.approx(wanted, rel=0.005)
