// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {DisclosureVerifier} from "../src/DisclosureVerifier.sol";
import {Guardian} from "../src/Guardian.sol";
import {InsuranceFund} from "../src/InsuranceFund.sol";
import {LiquidationEngine} from "../src/LiquidationEngine.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {ILiquidationEngine} from "../src/interfaces/ILiquidationEngine.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {MockGroth16DisclosureVerifier} from "./MockGroth16DisclosureVerifier.sol";
import {Test} from "./Vm.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev Snapshots without signatures.
contract MockFeed {
    mapping(bytes32 root => uint256) public publishedAt;
    bytes32 private _root;

    function publish(bytes32 root) external {
        (_root, publishedAt[root]) = (root, block.timestamp);
    }

    function latest() external view returns (bytes32, uint256) {
        return (_root, publishedAt[_root]);
    }
}

contract MockTimelock {
    function getMinDelay() external pure returns (uint256) {
        return 2 days;
    }
}

/// @dev What the engine knows of a clearing house: accounts without openings, whose worth the test decides. It is its own
/// vault, with its own cash, and settles prices as IClearingHouse says, but has no bound by the day.
contract MockClearingHouse {
    uint256 private constant WAD = 1e18;
    uint256 private constant LEAST = 0.8e18;

    address public immutable feed;
    address public immutable guardian;
    address public immutable timelock;
    InsuranceFund private immutable _fund;
    TestToken private immutable _token;

    LiquidationEngine public engine;
    uint256 public accounts;
    uint256 public cash;
    uint256 public cashFactor = WAD;
    uint32 public maxSnapshotAge = 1 hours;
    uint256 public constant silence = 9 days;
    mapping(uint256 account => IClearingHouse.Account) private _accounts;
    mapping(uint256 account => uint256) private _deadlines;
    mapping(uint256 account => uint256) private _calledAt;
    mapping(uint256 account => uint256) public seizures;
    mapping(uint256 account => uint256) public takeovers;
    mapping(uint256 account => uint256) public returns_;
    uint256 public paidByFund;
    uint256 public paidToFund;
    IClearingHouse.Takeover public last;

    constructor(address feed_, address guardian_, address timelock_, InsuranceFund fund) {
        (feed, guardian, timelock, _fund) = (feed_, guardian_, timelock_, fund);
        _token = TestToken(fund.token());
        _token.approve(address(fund), type(uint256).max);
    }

    modifier onlyEngine() {
        if (msg.sender != address(engine)) revert IClearingHouse.NotEngine(msg.sender);
        _;
    }

    // --- what the test does

    function setEngine(LiquidationEngine engine_) external {
        engine = engine_;
    }

    function open(address owner) external returns (uint256 account) {
        account = ++accounts;
        _accounts[account].owner = owner;
        (_accounts[account].state, _accounts[account].lastHealthyAt) =
        (IClearingHouse.State.Open, uint40(block.timestamp));
        _change(account);
    }

    function change(uint256 account) external {
        _change(account);
    }

    function setHealthyAt(uint256 account, uint256 time) external {
        _accounts[account].lastHealthyAt = uint40(time);
        _deadlines[account] = 0;
    }

    function call(uint256 account, uint256 deadline) external {
        (_deadlines[account], _calledAt[account]) = (deadline, block.timestamp);
    }

    function addCash(uint256 amount) external {
        _token.mint(address(this), amount * _fund.scale());
        cash += amount;
    }

    function setCashFactor(uint256 factor) external {
        cashFactor = factor;
    }

    // --- what the engine asks of it

    function seize(uint256 account) external onlyEngine {
        _inState(account, IClearingHouse.State.Open).state = IClearingHouse.State.Seized;
        ++seizures[account];
    }

    function giveBack(uint256 account, uint256 provenAt) external onlyEngine {
        IClearingHouse.Account storage self = _inState(account, IClearingHouse.State.Seized);
        self.state = IClearingHouse.State.Open;
        (self.lastHealthyAt, _deadlines[account]) = (uint40(provenAt), 0);
        ++returns_[account];
    }

    function takeOver(
        IClearingHouse.Takeover calldata takeover,
        IClearingHouse.Next calldata next,
        IClearingHouse.Health calldata
    ) external onlyEngine {
        uint256 account = takeover.account;
        IClearingHouse.Account storage self = _inState(account, IClearingHouse.State.Seized);
        // Stands for both proofs.
        if (next.commitment == 0) revert IClearingHouse.InvalidTransition(account);
        if (takeover.price > 0) _payPrice(takeover, self.owner);
        else _payWinner(takeover);
        (self.owner, self.state) = (takeover.winner, IClearingHouse.State.Open);
        self.lastHealthyAt = uint40(block.timestamp);
        _deadlines[account] = 0;
        _change(account);
        ++takeovers[account];
        last = takeover;
    }

    function accountOf(uint256 account) external view returns (IClearingHouse.Account memory) {
        return _accounts[account];
    }

    function deadlineOf(uint256 account) external view returns (uint256) {
        if (_deadlines[account] == 0) return type(uint256).max;
        return _deadlines[account] + Guardian(guardian).pausedSeconds(PauseGroups.LIQUIDATE, _calledAt[account]);
    }

    function parameters() external view returns (IClearingHouse.Parameters memory) {
        return IClearingHouse.Parameters(12_500, maxSnapshotAge, 1 days, 1 hours, 1 hours);
    }

    function socialisable() public view returns (uint256) {
        return cash * (cashFactor - LEAST) / cashFactor;
    }

    function insuranceFund() external view returns (address) {
        return address(_fund);
    }

    function _payPrice(IClearingHouse.Takeover calldata takeover, address formerOwner) private {
        (uint256 price, uint256 fee) = (uint256(takeover.price), takeover.fee);
        _token.transferFrom(takeover.winner, address(this), price * _fund.scale());
        _token.transfer(formerOwner, (price - fee) * _fund.scale());
        _fund.deposit(address(this), uint128(fee));
        paidToFund += fee;
    }

    function _payWinner(IClearingHouse.Takeover calldata takeover) private {
        uint256 value = uint256(-takeover.price) * cashFactor / WAD;
        uint256 available = _fund.balanceOf(address(this));
        uint256 covered = value < available ? value : available;
        uint256 loss = value - covered;
        if (loss > socialisable()) revert IClearingHouse.LossExceedsBound(loss, socialisable());
        if (loss != 0) {
            cashFactor = cashFactor * (cash - loss) / cash;
            cash -= loss;
            _token.transfer(takeover.winner, loss * _fund.scale());
        }
        _fund.pay(takeover.winner, uint128(covered));
        paidByFund += covered;
    }

    function _change(uint256 account) private {
        ++_accounts[account].nonce;
        // Small enough for a field element.
        _accounts[account].commitment = keccak256(abi.encode(this, account, _accounts[account].nonce)) >> 8;
    }

    function _inState(uint256 account, IClearingHouse.State state)
        private
        view
        returns (IClearingHouse.Account storage self)
    {
        self = _accounts[account];
        if (self.state != state) revert IClearingHouse.WrongState(account, self.state);
    }
}

/// @dev A market whose accounts are worth what the test says, and disclosures that are proven.
abstract contract LiquidationFixture is Test {
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 internal constant NOW = 1_700_000_000;
    address internal constant WATCH = address(0x6A4D);

    TestToken internal token;
    MockFeed internal feed;
    MockTimelock internal timelock;
    MockGroth16DisclosureVerifier internal circuit;
    DisclosureVerifier internal verifier;
    Guardian internal guardian;
    InsuranceFund internal fund;

    function _deploy() internal {
        token = new TestToken(18);
        feed = new MockFeed();
        timelock = new MockTimelock();
        guardian = new Guardian(address(timelock), WATCH);
        fund = new InsuranceFund(address(token));
        token.approve(address(fund), type(uint256).max);
        circuit = new MockGroth16DisclosureVerifier();
        address[] memory circuits = new address[](1);
        circuits[0] = address(circuit);
        verifier = new DisclosureVerifier(address(feed), circuits);
    }

    function _market() internal returns (MockClearingHouse house) {
        house = new MockClearingHouse(address(feed), address(guardian), address(timelock), fund);
        house.setEngine(new LiquidationEngine(address(house), address(verifier), _parameters()));
    }

    function _parameters() internal pure returns (ILiquidationEngine.Parameters memory) {
        return ILiquidationEngine.Parameters({discountBps: 500, gainBps: 10_000, feeBps: 200, fallTime: 15 minutes});
    }

    function _fill(MockClearingHouse house, uint256 amount) internal {
        token.mint(address(this), amount * 1e12);
        fund.deposit(address(house), uint128(amount));
    }

    /// @dev True at the latest snapshot: equity in pico-quote, requirement in micro-quote.
    function _proof(MockClearingHouse house, uint256 account, int256 equity, uint256 requirement)
        internal
        returns (IDisclosureVerifier.Proof memory proof)
    {
        (bytes32 root,) = feed.latest();
        bool healthy = equity >= int256(requirement * 1e6);
        proof = _unproven(house, account, root, [healthy ? uint256(1) : 0, 0, requirement]);
        proof.signals[3] = equity < 0 ? FIELD - uint256(-equity) : uint256(equity);
        circuit.accept(proof.a, proof.b, proof.c, proof.signals);
    }

    function _unproven(MockClearingHouse house, uint256 account, bytes32 root, uint256[3] memory told)
        internal
        view
        returns (IDisclosureVerifier.Proof memory proof)
    {
        (proof.a, proof.b, proof.c) = ([uint256(1), 2], [[uint256(3), 4], [uint256(5), 6]], [uint256(7), 8]);
        bytes32 commitment = house.accountOf(account).commitment;
        LiquidationEngine engine = house.engine();
        IMarginVerifier.Claim memory claim =
            IMarginVerifier.Claim(commitment, engine.disclosureAction(account), _deadline(), 10_000, 0);
        uint256 context = verifier.contextOf(address(engine), claim);
        proof.signals = [told[0], uint256(commitment), uint256(root), told[1], told[2], 10_000, context];
    }

    function _deadline() internal pure returns (uint256) {
        return NOW + 3650 days;
    }

    /// @dev Both of the winner's proofs, good or not.
    function _next(bool good) internal pure returns (IClearingHouse.Next memory next) {
        next.commitment = bytes32(uint256(good ? 1 : 0));
    }

    function _health() internal pure returns (IClearingHouse.Health memory health) {}
}
