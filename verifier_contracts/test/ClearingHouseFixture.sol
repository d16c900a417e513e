// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ClearingHouse} from "../src/ClearingHouse.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {Guardian} from "../src/Guardian.sol";
import {InsuranceFund} from "../src/InsuranceFund.sol";
import {MarginVerifier} from "../src/MarginVerifier.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {MockGroth16Verifier} from "./MockGroth16Verifier.sol";
import {Test} from "./Vm.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";

/// @dev What the clearing house asks of the oracle's feed, and says what it is told.
contract LooseFeed {
    uint256 public constant delay = 2 days;
    uint256 public breakerPeriod = 12 hours;

    bytes32 public root;
    uint256 public time;
    uint256 public breakerTrippedAt;
    uint256 public breakerSnapshotTime;
    uint256 public unrestSince;
    mapping(bytes32 root => uint256) public publishedAt;

    function publish(bytes32 root_, uint256 time_) external {
        (root, time) = (root_, time_);
        publishedAt[root_] = time_;
    }

    function trip() external {
        if (block.timestamp - breakerTrippedAt > breakerPeriod) unrestSince = block.timestamp;
        (breakerTrippedAt, breakerSnapshotTime) = (block.timestamp, time);
    }

    function setBreakerPeriod(uint256 seconds_) external {
        breakerPeriod = seconds_;
    }

    function latest() external view returns (bytes32, uint256) {
        return (root, time);
    }

    function calmFor(uint256 duration) external view returns (bool) {
        return breakerTrippedAt == 0 || block.timestamp - breakerTrippedAt >= duration;
    }
}

/// @dev Stands where the engine's code would be; the tests speak for it.
contract Engine {}

/// @dev A market whose circuits accept what they are told to, and the proofs for it. What the public signals have to be
/// is worked out here from docs/protocol.md, not by the contract's own library.
abstract contract ClearingHouseFixture is Test {
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 internal constant NOW = 1_700_000_000;
    uint256 internal constant ALICE_KEY = 0xA11CE;
    uint256 internal constant CASH = 8;
    uint256 internal constant TRADE = 9;
    uint256 internal constant COIN = 0;
    uint256 internal constant WAD = 1e18;
    uint256 internal constant COIN_SCALE = 1e12;
    uint64 internal constant ONE = 1_000_000;
    uint32 internal constant INITIAL = 12_500;
    uint32 internal constant MAX_AGE = 10 minutes;
    uint32 internal constant HEARTBEAT = 1 days;
    uint32 internal constant GRACE = 1 hours;
    uint32 internal constant COOLDOWN = 30 minutes;
    address internal constant VENUE = address(0xE1);
    address internal constant PAUSER = address(0x5AFE);
    address internal constant BOB = address(0xB0B);
    address internal constant STRANGER = address(0xBAD);
    bytes32 internal constant ROOT = bytes32(uint256(0x5009));

    address internal alice;
    address internal engine;
    address internal timelock;
    LooseFeed internal feed;
    FreezableToken internal usd;
    FreezableToken internal coin;
    CollateralVault internal vault;
    InsuranceFund internal fund;
    Guardian internal guardian;
    MarginVerifier internal marginVerifier;
    MockGroth16Verifier internal transitions;
    MockGroth16Verifier internal margins;
    ClearingHouse internal house;

    function _deploy() internal {
        vm.warp(NOW);
        alice = vm.addr(ALICE_KEY);
        timelock = address(new TimelockController(2 days, new address[](0), new address[](0), address(0)));
        feed = new LooseFeed();
        feed.publish(ROOT, NOW);
        (usd, coin) = (new FreezableToken(6), new FreezableToken(18));
        vault = _vault();
        fund = new InsuranceFund(address(usd));
        guardian = new Guardian(timelock, PAUSER);
        (transitions, margins) = (new MockGroth16Verifier(), new MockGroth16Verifier());
        address[] memory circuits = new address[](1);
        circuits[0] = address(margins);
        marginVerifier = new MarginVerifier(address(feed), circuits);
        house = new ClearingHouse(_contracts(), VENUE, _parameters());
        vault.setOperator(address(house));
        engine = address(new Engine());
        house.setEngine(engine);
    }

    function _vault() internal returns (CollateralVault) {
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](2);
        listings[0] = ICollateralVault.Listing(CASH, address(usd), type(uint128).max);
        listings[1] = ICollateralVault.Listing(COIN, address(coin), type(uint128).max);
        return new CollateralVault(address(this), listings);
    }

    function _contracts() internal view returns (IClearingHouse.Contracts memory) {
        return IClearingHouse.Contracts({
            vault: address(vault),
            feed: address(feed),
            marginVerifier: address(marginVerifier),
            transitionVerifier: address(transitions),
            guardian: address(guardian),
            insuranceFund: address(fund),
            timelock: timelock
        });
    }

    function _parameters() internal pure returns (IClearingHouse.Parameters memory) {
        return IClearingHouse.Parameters(INITIAL, MAX_AGE, HEARTBEAT, GRACE, COOLDOWN);
    }

    /// @dev A later snapshot, of now.
    function _publish(uint256 root) internal returns (bytes32) {
        feed.publish(bytes32(root), block.timestamp);
        return bytes32(root);
    }

    // --- proofs

    /// @dev Some next state, with a proof that nobody has accepted yet.
    function _next(uint256 seed) internal pure returns (IClearingHouse.Next memory next) {
        next.commitment = bytes32(1 + uint256(keccak256(abi.encode("state", seed))) % (FIELD - 1));
        next.escrow = keccak256(abi.encode("escrow", seed));
        (next.a, next.b, next.c) = ([uint256(1), 2], [[uint256(3), 4], [uint256(5), 6]], [uint256(7), 8]);
    }

    /// @dev The five public signals of a transition, by docs/protocol.md.
    function _signals(
        uint256 account,
        string memory name,
        address receiver,
        address newOwner,
        uint256 asset,
        int256 delta,
        bytes32 commitment
    ) internal view returns (uint256[5] memory signals) {
        IClearingHouse.Account memory old = house.accountOf(account);
        bytes32 action = keccak256(bytes(name));
        signals[0] = uint256(old.commitment);
        signals[1] = uint256(commitment);
        signals[2] = uint256(uint160(old.owner)) + 2 ** 160 * uint256(old.nonce);
        signals[3] = uint256(uint160(newOwner)) + 2 ** 160 * asset + 2 ** 164 * uint256(delta + 2 ** 64);
        signals[4] = uint256(keccak256(abi.encode(block.chainid, address(house), account, action, receiver))) % FIELD;
    }

    function _accept(IClearingHouse.Next memory next, uint256[5] memory signals) internal {
        transitions.accept(next.a, next.b, next.c, signals);
    }

    function _nextOpen(address owner, uint256 asset, uint64 amount, uint256 seed)
        internal
        returns (IClearingHouse.Next memory next)
    {
        next = _next(seed);
        // The account has no number yet, and nothing else.
        uint256[5] memory signals = _signals(0, "open", owner, owner, asset, int256(uint256(amount)), next.commitment);
        signals[2] = uint256(uint160(owner));
        _accept(next, signals);
    }

    function _nextDeposit(uint256 account, uint256 asset, uint64 amount, uint256 seed)
        internal
        returns (IClearingHouse.Next memory next)
    {
        next = _next(seed);
        address owner = house.accountOf(account).owner;
        int256 delta = int256(uint256(amount));
        _accept(next, _signals(account, "deposit", owner, owner, asset, delta, next.commitment));
    }

    function _nextWithdrawal(uint256 account, uint256 asset, uint64 amount, address to, uint256 seed)
        internal
        returns (IClearingHouse.Next memory next)
    {
        next = _next(seed);
        address owner = house.accountOf(account).owner;
        int256 delta = -int256(uint256(amount));
        _accept(next, _signals(account, "withdraw", to, owner, asset, delta, next.commitment));
    }

    function _nextTrade(uint256 account, uint256 seed) internal returns (IClearingHouse.Next memory next) {
        next = _next(seed);
        address owner = house.accountOf(account).owner;
        _accept(next, _signals(account, "trade", owner, owner, TRADE, 0, next.commitment));
    }

    function _nextTakeover(IClearingHouse.Takeover memory takeover, uint256 seed)
        internal
        returns (IClearingHouse.Next memory next)
    {
        next = _next(seed);
        (uint256 account, address winner) = (takeover.account, takeover.winner);
        int256 delta = int256(uint256(takeover.amount));
        _accept(next, _signals(account, "takeOver", winner, winner, takeover.asset, delta, next.commitment));
    }

    /// @dev A proof of health that the margin circuit accepts, with the latest snapshot.
    function _health(string memory name, uint256 account, address receiver, bytes32 commitment, uint256 bps)
        internal
        returns (IClearingHouse.Health memory)
    {
        return _healthBy(feed.root(), name, account, receiver, commitment, bps);
    }

    function _healthBy(
        bytes32 root,
        string memory name,
        uint256 account,
        address receiver,
        bytes32 commitment,
        uint256 bps
    ) internal returns (IClearingHouse.Health memory health) {
        health.deadline = block.timestamp + 1 hours;
        IMarginVerifier.Proof memory proof = health.proof;
        (proof.a, proof.b, proof.c) = ([uint256(9), 10], [[uint256(11), 12], [uint256(13), 14]], [uint256(15), 16]);
        bytes32 action = keccak256(abi.encode(name, account, receiver));
        bytes memory parts = abi.encode(block.chainid, address(house), commitment, action, health.deadline);
        proof.signals = [1, uint256(commitment), uint256(root), bps, uint256(keccak256(parts)) % FIELD];
        _acceptHealth(health);
    }

    function _acceptHealth(IClearingHouse.Health memory health) internal {
        margins.accept(health.proof.a, health.proof.b, health.proof.c, health.proof.signals);
    }

    function _attestation(uint256 account) internal returns (IClearingHouse.Health memory) {
        IClearingHouse.Account memory known = house.accountOf(account);
        return _health("attest", account, known.owner, known.commitment, 10_000);
    }

    // --- what everybody does

    function _fundWith(address who, uint256 asset, uint256 amount) internal {
        FreezableToken token = asset == CASH ? usd : coin;
        token.mint(who, asset == CASH ? amount : amount * COIN_SCALE);
        vm.prank(who);
        token.approve(address(vault), type(uint256).max);
    }

    function _open(address owner, uint256 asset, uint64 amount) internal returns (uint256) {
        _fundWith(owner, asset, amount);
        IClearingHouse.Next memory next = _nextOpen(owner, asset, amount, house.accounts());
        vm.prank(owner);
        return house.open(asset, amount, next);
    }

    function _deposit(uint256 account, uint256 asset, uint64 amount) internal {
        address owner = house.accountOf(account).owner;
        _fundWith(owner, asset, amount);
        IClearingHouse.Next memory next = _nextDeposit(account, asset, amount, _seed(account));
        vm.prank(owner);
        house.deposit(account, asset, amount, next);
    }

    function _withdraw(uint256 account, uint256 asset, uint64 amount, address to) internal {
        IClearingHouse.Next memory next = _nextWithdrawal(account, asset, amount, to, _seed(account));
        IClearingHouse.Health memory health = _health("withdraw", account, to, next.commitment, INITIAL);
        vm.prank(house.accountOf(account).owner);
        house.withdraw(account, asset, amount, to, next, health);
    }

    function _trade(uint256 account, uint256 key) internal {
        IClearingHouse.Next memory next = _nextTrade(account, _seed(account));
        address owner = house.accountOf(account).owner;
        IClearingHouse.Health memory health = _health("trade", account, owner, next.commitment, INITIAL);
        bytes memory signature = _sign(key, account, next, health.deadline);
        vm.prank(VENUE);
        house.trade(account, next, health, signature);
    }

    function _attest(uint256 account) internal {
        house.attest(account, _attestation(account));
    }

    function _seize(uint256 account) internal {
        vm.prank(engine);
        house.seize(account);
    }

    function _takeOver(IClearingHouse.Takeover memory takeover) internal {
        IClearingHouse.Next memory next = _nextTakeover(takeover, _seed(takeover.account));
        IClearingHouse.Health memory health =
            _health("takeOver", takeover.account, takeover.winner, next.commitment, INITIAL);
        vm.prank(engine);
        house.takeOver(takeover, next, health);
    }

    function _insure(uint128 amount) internal {
        usd.mint(address(this), amount);
        usd.approve(address(fund), amount);
        fund.deposit(address(house), amount);
    }

    function _pause(uint256 groups, uint256 duration) internal {
        vm.prank(PAUSER);
        guardian.pause(groups, duration, "test");
    }

    /// @dev Another one for each state of each account.
    function _seed(uint256 account) internal view returns (uint256) {
        return account * 2 ** 64 + house.accountOf(account).nonce;
    }

    function _sign(uint256 key, uint256 account, IClearingHouse.Next memory next, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        return _signWith(key, account, next.commitment, next.escrow, house.accountOf(account).nonce, deadline);
    }

    function _signWith(uint256 key, uint256 account, bytes32 commitment, bytes32 escrow, uint64 nonce, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash =
            keccak256("Trade(uint256 account,bytes32 newCommitment,bytes32 escrow,uint64 nonce,uint256 deadline)");
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain =
            keccak256(abi.encode(domainType, keccak256("zkmargin"), keccak256("1"), block.chainid, address(house)));
        bytes32 message = keccak256(abi.encode(typeHash, account, commitment, escrow, nonce, deadline));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        return abi.encodePacked(r, s, v);
    }
}
